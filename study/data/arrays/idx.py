"""Read IDX files, the format MNIST is published in, plain or compressed by gzip or xz.

Reads and checks; what its labels mean as classes is decided in `labels`.
"""

import gzip
import lzma
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from study.data.arrays.labelled import Labelled, dataset_of
from study.data.asked import PICTURES, refuse_others
from study.data.dataset import Dataset, safe_name
from study.data.memory import reserve
from study.data.pictures.forms import Wanted, asked_form
from study.errors import StudyError
from study.options.data import AS_IT_IS, DataOptions

IMAGE_TYPES = {"00000803": "u1", "00000804": "u1"}
"""Magic number, hexadecimal, of which the last digit is the number of dimensions -> NumPy type: images are bytes."""
LABEL_TYPES = {"00000801": "u1", "00000901": "i1", "00000b01": ">i2", "00000c01": ">i4", "00000c02": ">i4"}
UNPACK: Mapping[str, tuple[bytes, Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "gzip": (b"\x1f\x8b", gzip.decompress, lambda start: zlib.decompressobj(wbits=31).decompress(start, HEADER)),
    "xz": (b"\xfd7zXZ\x00", lzma.decompress, lambda start: lzma.LZMADecompressor().decompress(start, HEADER)),
}
"""Kind of compression -> the first bytes of such a file, what unpacks it, and what unpacks its beginning."""
MOST_PACKED = 8000
"""No file is packed to a smaller part than this: gzip reaches 1,032, xz about 7,000."""
HEADER = 64
"""Bytes that hold the header of any IDX file of images."""
EMNIST_NOTE = (
    "The files bear EMNIST's name, whose pictures are published lying on their side: given as files they are read as "
    "they are; given by name, as emnist-letters, they are set upright."
)
QMNIST_COLUMNS = 8
"""Numbers that QMNIST tells of each image: class, series, writer, and where the scan comes from."""


def load_idx_files(
    paths: tuple[Path, ...], options: DataOptions = AS_IT_IS, *, wanted: Wanted | None = None
) -> Dataset:
    """Load a dataset from IDX files.

    Args:
        paths: Images and labels; or images, labels, test images and test labels. Of a pair, a fixed
            stratified sixth becomes the test split.
        options: `image_size` and `grey` bring the pictures to another form than their own.
        wanted: That form, where it is a study's.

    Raises:
        StudyError: There are not 2 or 4 files, one of them is not what it should be, or an option is not one of
            pictures.
    """
    refuse_others(options, PICTURES, "IDX files hold pictures with their classes")
    if len(paths) not in (2, 4):
        raise StudyError(
            "A dataset of IDX files is given as 'IMAGES,LABELS' or 'IMAGES,LABELS,TEST_IMAGES,TEST_LABELS'; "
            f"{len(paths)} files were given."
        )
    name = safe_name(Path(paths[0].name.removesuffix(".gz").removesuffix(".xz")).stem)
    training, notes = read_pair(paths[0], paths[1])
    test, test_notes = read_pair(paths[2], paths[3]) if len(paths) == 4 else (None, ())
    emnist = (EMNIST_NOTE,) if name.startswith("emnist-") else ()
    return dataset_of(
        name=name,
        training=training,
        test=test,
        wanted=wanted or asked_form(options),
        notes=(*emnist, *notes, *test_notes),
    )


def read_pair(images_path: Path, labels_path: Path) -> tuple[Labelled, tuple[str, ...]]:
    """Read a file of images and the file of their labels.

    Args:
        images_path: n images of bytes.
        labels_path: n labels; or n rows of QMNIST's eight numbers, of which the first is the class.

    Returns:
        Images uint8 in three or four dimensions, as `read_inputs` knows them, with labels (n,); and a note where labels
        had further columns.

    Raises:
        StudyError: A file is unreadable, truncated, too long, or of another type or number of dimensions.
    """
    images = _read_array(images_path, "images", IMAGE_TYPES)  # (n, height, width), perhaps with channels
    labels = _read_array(labels_path, "labels", LABEL_TYPES)  # (n,) or (n, columns)
    notes: tuple[str, ...] = ()
    if labels.ndim == 2:
        if labels.shape[1] != QMNIST_COLUMNS:
            raise StudyError(
                f"Labels of '{labels_path}' have to be one number for each image, or the {QMNIST_COLUMNS} of QMNIST, "
                f"of which the first is the class; found {labels.shape[1]}."
            )
        labels = labels[:, 0]
        notes = (
            f"'{labels_path}' holds {QMNIST_COLUMNS} numbers for each image, as QMNIST does: the first is the class, "
            "the others are not used.",
        )
    return Labelled(images, labels, f"'{images_path}'", f"'{labels_path}'"), notes


def _read_array(path: Path, content: str, types: Mapping[str, str]) -> NDArray[np.integer]:
    """Read one IDX file whose magic number is among `types`, in native byte order."""
    _reserve(path)
    raw = _read_bytes(path)
    magic = raw[:4].hex()
    if magic not in types:
        expected = " or ".join(f"0x{number}" for number in types)
        found = f"0x{magic}" if len(magic) == 8 else f"a file of {len(raw)} bytes"
        raise StudyError(f"'{path}' is not an IDX file of {content}: expected magic number {expected}, found {found}.")
    dimensions = raw[3]
    header = 4 + 4 * dimensions
    if len(raw) < header:
        raise StudyError(f"'{path}' is truncated: expected a header of {header} bytes, found {len(raw)}.")
    shape: tuple[int, ...] = struct.unpack_from(f">{dimensions}I", raw, 4)
    stored = np.dtype(types[magic])
    length = header + math.prod(shape) * stored.itemsize
    if len(raw) != length:
        fault = "is truncated" if len(raw) < length else "has bytes after its end"
        sizes = " x ".join(str(size) for size in shape)
        raise StudyError(f"'{path}' {fault}: expected {length} bytes for {sizes} {content}, found {len(raw)}.")
    values = np.frombuffer(raw, dtype=stored, offset=header).reshape(shape)
    return values.astype(stored.newbyteorder("="))  # a copy: torch wants memory it may write to


def _reserve(path: Path) -> None:
    """Refuse a file of images that do not fit in memory; what cannot be read is refused later."""
    with suppress(OSError, EOFError, zlib.error, lzma.LZMAError):
        with path.open("rb") as file:
            start = file.read(1 << 12)
        for magic, _, begin in UNPACK.values():
            if start.startswith(magic):
                start = begin(start)
        if start[:4].hex() in IMAGE_TYPES and len(start) >= 4 + 4 * start[3]:
            count, *shape = struct.unpack_from(f">{start[3]}I", start, 4)
            if count * math.prod(shape) > MOST_PACKED * path.stat().st_size:
                return  # it is truncated
            reserve(count, shape, of=f"pictures of '{path}'", remedy="give fewer or smaller pictures")


def _read_bytes(path: Path) -> bytes:
    """Read a file, decompressed if its first bytes say that it is gzip or xz."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StudyError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    for kind, (start, unpack, _) in UNPACK.items():
        if raw.startswith(start):
            try:
                return unpack(raw)
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise StudyError(f"'{path}' is a damaged {kind} file: {str(error).rstrip('.')}.") from error
    return raw
