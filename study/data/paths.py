"""From the text that names files, separated by commas, to their paths; a path may hold commas itself."""

import itertools
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from study.errors import StudyError
from study.paths import expanded

MOST_FILES = 4
"""A dataset's images, labels, test images and test labels; of tables at most 3: training, validation and test."""
MOST_COMMAS = 60
"""More are not tried: there would be too many ways to part the text."""


def is_folder(text: str) -> bool:
    """Return whether a path is a folder; what cannot be a path on this system is none."""
    return bool(text) and os.path.isdir(expanded(text))  # noqa: PTH112 (Path.is_dir raises for a name that is too long)


def is_file(text: str) -> bool:
    """Return whether a path is a file; what cannot be a path on this system is none."""
    return bool(text) and os.path.isfile(expanded(text))  # noqa: PTH113 (as above)


def dataset_paths(text: str) -> tuple[Path, ...]:
    """Return the folder, or the files, that a dataset is given by.

    Raises:
        StudyError: As in `split_paths`.
    """
    return (expanded(text),) if is_folder(text) else split_paths(text)


def split_paths(text: str) -> tuple[Path, ...]:
    """Part a text at those commas at which it names 1 to 4 files that are there.

    Args:
        text: 'IMAGES,LABELS' and the like. Spaces around a path are ignored.

    Returns:
        The paths. Where no way leads to files that are all there, the text parted at every comma, so that whoever
        reads them tells which is missing.

    Raises:
        StudyError: More than one way leads to files that are there, or there are commas in paths and no way does.
    """
    parts = text.split(",")
    if len(parts) > MOST_COMMAS:
        raise StudyError(f"A dataset is given as at most {MOST_FILES} files; '{text}' holds {len(parts) - 1} commas.")
    ways = list(_ways(tuple(parts)))
    if len(ways) == 1:
        return tuple(expanded(path) for path in ways[0])
    if ways:
        shown = " or ".join("; ".join(f"'{path}'" for path in way) for way in ways[:3])
        raise StudyError(
            f"The commas of '{text}' can be read in {len(ways)} ways, since all these files are there: {shown}; rename "
            "one of them, or name them from within another folder."
        )
    alone = [part.strip() for part in parts]
    if len(parts) in (2, MOST_FILES) or all(is_file(part) for part in alone):
        return tuple(expanded(part) for part in alone)
    missing = next(part for part in alone if not is_file(part))
    raise StudyError(
        f"'{text}' does not name 2 to {MOST_FILES} files, at whichever of its commas it is parted: '{missing}' is not "
        "a file, nor together with what stands beside it; name files that are there, as 'IMAGES,LABELS'."
    )


def _ways(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield every way to join neighbouring parts to 1, 2 or 4 files that are there."""

    @cache
    def file(start: int, stop: int) -> str | None:
        joined = ",".join(parts[start:stop]).strip()
        return joined if is_file(joined) else None

    for count in range(1, MOST_FILES + 1):
        for inner in itertools.combinations(range(1, len(parts)), count - 1):
            bounds = (0, *inner, len(parts))
            way = [file(start, stop) for start, stop in itertools.pairwise(bounds)]
            found = [path for path in way if path is not None]
            if len(found) == count:
                yield tuple(found)
