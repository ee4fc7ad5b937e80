"""The six data sets of EMNIST: their files, their classes, and the one archive in which all are published.

EMNIST's pictures are published lying on their side and mirrored; whoever reads them transposes them.
"""

import os
import shutil
import string
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from study.data.published.download import Source, fetch
from study.errors import StudyError

ARCHIVE = "gzip.zip"
"""The archive's name, on NIST's server and in the folder of raw files."""
ARCHIVE_FOLDER = "gzip"
"""Where the files lie inside the archive."""
UNPACKED = "gzip.zip, of which the other five data sets can be unpacked, stays in '{folder}' ({megabytes:,.0f} MB)."

_MERGED = string.digits + string.ascii_uppercase + "abdefghnqrt"
"""The classes that remain where letters that look alike in both cases are one."""
CLASSES = {
    "emnist-byclass": string.digits + string.ascii_uppercase + string.ascii_lowercase,
    "emnist-bymerge": _MERGED,
    "emnist-balanced": _MERGED,
    "emnist-letters": string.ascii_lowercase,
    "emnist-digits": string.digits,
    "emnist-mnist": string.digits,
}
"""Name -> one letter or digit a class."""
FIRST_LABEL = {"emnist-letters": 1}
"""Name -> the label of the first class where it is not 0."""
DEFAULT = "emnist-balanced"
"""What plain 'emnist' means: all 47 merged classes, with as many images each."""
DEFAULT_NOTE = (
    f"'emnist' is six data sets, of which '{DEFAULT}' is taken; the others are "
    f"{', '.join(name for name in CLASSES if name != DEFAULT)}."
)
UPRIGHT_NOTE = "EMNIST's pictures are published lying on their side and mirrored: they were set upright (transposed)."


def archive_source() -> Source:
    """Return where torchvision says that EMNIST's archive is published."""
    from torchvision.datasets import EMNIST

    address, _, name = EMNIST.url.rpartition("/")
    return Source(mirrors=(f"{address}/",), checksums={name: EMNIST.md5})


def unpack(file_names: Iterable[str], folder: Path) -> tuple[str, ...]:
    """Unpack files of EMNIST's archive into `folder`; the archive is downloaded there where it is missing.

    A file appears under its name only when it is whole.

    Args:
        file_names: Such as 'emnist-letters-train-images-idx3-ubyte.gz'.
        folder: The folder of raw files.

    Returns:
        A note on the archive where it was downloaded, for it is large and stays.

    Raises:
        UnavailableError: The archive cannot be had.
        StudyError: The archive is damaged or lacks a file, or the folder cannot be written.
    """
    archive = folder / ARCHIVE
    downloaded = not archive.is_file()
    if downloaded:
        fetch([ARCHIVE], archive_source(), folder)
    try:
        with zipfile.ZipFile(archive) as packed:
            for name in file_names:
                _unpack_one(packed, name, folder)
    except KeyError as error:
        raise StudyError(
            f"'{archive}' is not whole: {error.args[0]}; remove it, so that it is downloaded anew."
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise StudyError(f"'{archive}' is damaged: {error}; remove it, so that it is downloaded anew.") from error
    except OSError as error:
        raise StudyError(f"'{archive}' cannot be unpacked: {error.strerror or error}.") from error
    if not downloaded:
        return ()
    return (UNPACKED.format(folder=folder, megabytes=archive.stat().st_size / 1e6),)


def _unpack_one(packed: zipfile.ZipFile, name: str, folder: Path) -> None:
    """Unpack one file, whose checksum zipfile verifies, under a temporary name first."""
    temporary = folder / f"{name}.{os.getpid()}.part"
    try:
        with packed.open(f"{ARCHIVE_FOLDER}/{name}") as source, temporary.open("wb") as target:
            shutil.copyfileobj(source, target)
        temporary.replace(folder / name)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
