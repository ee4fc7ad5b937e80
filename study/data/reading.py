"""Read many picture files: all of them decided together, all bad ones told together, with a bar when it takes long."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from study.data.dataset import IMAGE_SIDE
from study.data.depths import USUAL, decide_ranges
from study.data.pictures import Facts, Picture, read_picture
from study.data.remarks import remarks
from study.errors import StudyError

BAR_SECONDS = 2.0
"""Reading that takes longer shows how far it is."""
Item = TypeVar("Item")
NAMED = 10
"""How many bad files a sentence names at most."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or folder that cannot be read."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Pictures that were read together."""

    files: tuple[Path, ...]
    """Those that could be read, in the order given."""
    images: NDArray[np.uint8]
    """(n, 28, 28), of the same order."""
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]
    """What was done to them that nobody asked for."""


def read_pictures(files: Sequence[Path]) -> Pictures:
    """Read picture files, those of more than 8 bits by one range for all of them.

    Files whose values do not have the usual range are read a second time, with theirs.
    """
    found: dict[int, Picture] = {}
    unreadable = []
    for index, file in follow(list(enumerate(files)), "Reading pictures"):
        read = _read(file, USUAL)
        if isinstance(read, Unreadable):
            unreadable.append(read)
        else:
            found[index] = read
    ranges = decide_ranges(picture.facts.depth for picture in found.values() if picture.facts.depth)
    again = [index for index, picture in found.items() if _differs(picture.facts, ranges)]
    for index in follow(again, "Reading pictures again, by the range of their values"):
        read = _read(files[index], ranges)
        if isinstance(read, Picture):  # it was readable a moment ago
            found[index] = read
    greys = [picture.grey for picture in found.values()]
    return Pictures(
        files=tuple(files[index] for index in found),
        images=np.stack(greys) if greys else np.zeros((0, IMAGE_SIDE, IMAGE_SIDE), dtype=np.uint8),
        unreadable=tuple(unreadable),
        notes=remarks([picture.facts for picture in found.values()], ranges),
    )


def refusal(unreadable: Sequence[Unreadable], remedy: str) -> StudyError:
    """Return the error that names all bad files, or the first `NAMED` and their number."""
    first, count = unreadable[0], len(unreadable)
    if count == 1:
        return StudyError(f"'{first.path}' cannot be read as an image: {first.reason}; {remedy}.")
    return StudyError(
        f"'{first.path}' and {count - 1:,} more cannot be read as images: {listed(unreadable)}; {remedy}."
    )


def listed(unreadable: Sequence[Unreadable]) -> str:
    """Return bad files with their reasons, the first `NAMED` and the number of the others."""
    shown = ", ".join(f"'{bad.path}' ({bad.reason})" for bad in unreadable[:NAMED])
    more = len(unreadable) - NAMED
    return f"{shown}, and {more:,} more" if more > 0 else shown


def follow(items: Sequence[Item], title: str) -> Iterator[Item]:
    """Yield items; on a terminal, a bar on standard error shows how far it is once `BAR_SECONDS` are over."""
    return _follow(items, title, Console(stderr=True))


def _follow(items: Sequence[Item], title: str, console: Console) -> Iterator[Item]:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task(title, total=len(items))
    begun, shown = time.monotonic(), False
    try:
        for item in items:
            if not shown and time.monotonic() - begun >= BAR_SECONDS:
                bar.start()
                shown = True
            yield item
            bar.advance(task)
    finally:
        if shown:
            bar.stop()


def _read(file: Path, ranges: Mapping[str, int]) -> Picture | Unreadable:
    try:
        return read_picture(file, ranges)
    except UnidentifiedImageError:
        return Unreadable(file, "it is empty" if _is_empty(file) else "its content is no picture that Pillow knows")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, ImageCms.PyCMSError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Unreadable(file, " ".join(reason.split()).rstrip(".") or type(error).__name__)


def _is_empty(file: Path) -> bool:
    try:
        return file.stat().st_size == 0
    except OSError:
        return False


def _differs(facts: Facts, ranges: Mapping[str, int]) -> bool:
    """Return whether a picture was read by another range than was decided."""
    depth = facts.depth
    return depth is not None and depth.stated is None and ranges[depth.kind] != USUAL[depth.kind]


def paths_of(unreadable: Iterable[Unreadable], folder: Path) -> tuple[str, ...]:
    """Return bad files relative to a folder, with forward slashes."""
    return tuple(bad.path.relative_to(folder).as_posix() for bad in unreadable)
