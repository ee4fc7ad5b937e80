"""Read many picture files: all of them decided together, all bad ones told together, with a bar when it takes long."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from study.data.memory import reserve
from study.data.pictures.depths import USUAL, decide_ranges
from study.data.pictures.forms import AS_THEY_ARE, GREY, RGB, Wanted, shared_size
from study.data.pictures.picture import Facts, Head, Picture, read_head, read_picture
from study.data.pictures.remarks import remarks
from study.errors import StudyError

BAR_SECONDS = 2.0
"""Reading that takes longer shows how far it is."""
Item = TypeVar("Item")
Read = TypeVar("Read")
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
    """(n, channels, height, width), of the same order."""
    unreadable: tuple[Unreadable, ...]
    notes: tuple[str, ...]
    """What was done to them that nobody asked for."""
    ranges: Mapping[str, int] = field(default_factory=dict)
    """By which those of more than 8 bits were read: kind -> bits."""


def read_pictures(files: Sequence[Path], wanted: Wanted = AS_THEY_ARE) -> Pictures:
    """Read picture files, all of them in one form: height and width, colours, and the range of more than 8 bits.

    What is not settled by `wanted` is decided from all files that can be read, whatever their order: the sizes from
    their beginnings, the ranges from their values, so that some are read a second time.

    Raises:
        StudyError: They would take too much memory.
    """
    heads = _read_all(read_head, files, "Looking at pictures")
    sizes = [(head.height, head.width) for head in heads if isinstance(head, Head)]
    size = wanted.size or (shared_size(sizes) if sizes else (1, 1))
    known = dict(wanted.ranges or {})
    while True:
        shelf = _Shelf.for_heads(heads, size, wanted)
        found = _read_into(shelf, files, range(len(files)), wanted, {**USUAL, **known})
        facts = [fact for fact in found if isinstance(fact, Facts)]
        settled = wanted.size or (shared_size([(fact.height, fact.width) for fact in facts]) if facts else size)
        if settled == size:
            break
        size = settled  # some of the files could not be read to their ends, or told their orientation late
    ranges = decide_ranges(fact.depth for fact in facts if fact.depth) | known
    again = [index for index, fact in enumerate(found) if isinstance(fact, Facts) and _differs(fact, ranges, known)]
    _read_into(shelf, files, again, wanted, ranges)
    kept = [index for index, fact in enumerate(found) if isinstance(fact, Facts)]
    images = shelf.images if len(kept) == len(files) else shelf.images[kept]
    return Pictures(
        files=tuple(files[index] for index in kept),
        images=images,
        unreadable=tuple(fact for fact in found if isinstance(fact, Unreadable)),
        notes=remarks(facts, ranges, images.shape[1:], wanted) if facts else (),
        ranges=ranges,
    )


class _Shelf:
    """Room for the pictures of a data set: grey until the first coloured one is put there, then RGB."""

    def __init__(self, count: int, channels: int, size: tuple[int, int]) -> None:
        self.images = np.zeros((count, channels, *size), dtype=np.uint8)
        """(count, channels, height, width)"""

    @classmethod
    def for_heads(cls, heads: Sequence[Head | Unreadable], size: tuple[int, int], wanted: Wanted) -> "_Shelf":
        """Return room for what has these beginnings; refuse what does not fit in memory."""
        coloured = any(isinstance(head, Head) and head.colour for head in heads)
        channels = wanted.channels or (RGB if coloured else GREY)
        readable = sum(isinstance(head, Head) for head in heads)
        remedy = "give a smaller --image-size" + (", or --grey" if channels == RGB else "")
        reserve(readable, (channels, *size), of="pictures", remedy=remedy)
        return cls(len(heads), wanted.channels or GREY, size)

    def put(self, index: int, pixels: NDArray[np.uint8]) -> None:
        """Put a picture, (1 or 3, height, width), at its place."""
        if len(pixels) > self.images.shape[1]:
            grey = self.images
            self.images = np.zeros((len(grey), RGB, *grey.shape[2:]), dtype=np.uint8)
            self.images[:index] = grey[:index]  # pictures are put in their order
        self.images[index] = pixels


def _read_into(
    shelf: _Shelf, files: Sequence[Path], places: Sequence[int], wanted: Wanted, ranges: Mapping[str, int]
) -> list[Facts | Unreadable]:
    """Read the files at some places, in ascending order, onto the shelf; return what was found there."""
    height, width = shelf.images.shape[2:]
    read = partial(read_picture, size=(height, width), grey=wanted.channels == GREY, ranges=ranges)
    found: list[Facts | Unreadable] = []
    for place in follow(places, "Reading pictures"):
        picture = _tried(read, files[place])
        if isinstance(picture, Picture):
            shelf.put(place, picture.pixels)
        found.append(picture.facts if isinstance(picture, Picture) else picture)
    return found


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


def _read_all(read: Callable[[Path], Read], files: Sequence[Path], title: str) -> list[Read | Unreadable]:
    """Return what is read of every file."""
    return [_tried(read, file) for file in follow(files, title)]


def _tried(read: Callable[[Path], Read], file: Path) -> Read | Unreadable:
    """Return what is read of a file, or why it cannot be read."""
    try:
        return read(file)
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


def _differs(facts: Facts, ranges: Mapping[str, int], known: Mapping[str, int]) -> bool:
    """Return whether a picture was read by another range than was decided."""
    depth = facts.depth
    if depth is None or depth.stated is not None:
        return False
    return ranges[depth.kind] != known.get(depth.kind, USUAL[depth.kind])


def paths_of(unreadable: Iterable[Unreadable], folder: Path) -> tuple[str, ...]:
    """Return bad files relative to a folder, with forward slashes."""
    return tuple(bad.path.relative_to(folder).as_posix() for bad in unreadable)
