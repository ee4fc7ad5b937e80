"""How a data set is to be read: each field an option of the commands, stated here alone. Standard library only.

A study stores it, so that it is read in the same way when the study goes on, and by `predict`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, Literal

from study.errors import StudyError
from study.options.option import OnStored, check_options, names_of, option
from study.task import TASKS, TaskName

Impute = Literal["median"]
MOST_PIXELS_A_SIDE = 4096
"""Of `--image-size`."""
_ASKED = ("run", "ablate", "data")
"""Commands that read data as they are told to; the others read a stored study's as it was read."""


def _joined(names: tuple[str, ...]) -> str | None:
    return ",".join(names) or None


def _size(text: str) -> tuple[int, int]:
    """Return the height and width that `N` or `HxW` stands for.

    Raises:
        StudyError: It is neither, or out of range.
    """
    found = re.fullmatch(r"\s*(\d{1,9})\s*(?:x\s*(\d{1,9}))?\s*", text, re.IGNORECASE | re.ASCII)
    height, width = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not (1 <= height <= MOST_PIXELS_A_SIDE and 1 <= width <= MOST_PIXELS_A_SIDE):
        raise StudyError(
            f"--image-size is N or HEIGHTxWIDTH in pixels, from 1 to {MOST_PIXELS_A_SIDE:,} each, such as 64 or 48x64, "
            f"not {text!r}"
        )
    return height, width


def size_in_words(size: tuple[int, int] | None) -> str | None:
    """Return a size as it is typed: `48x64`, or `64` of a square."""
    if size is None:
        return None
    height, width = size
    return f"{height}" if height == width else f"{height}x{width}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """What was asked for; the defaults read everything as it is, and refuse what cannot be read."""

    skip_unreadable: bool = option(
        "Leave out files that cannot be read, say and store which, and go on.",
        default=False,
        kind=bool,
        commands=(*_ASKED, "predict"),
        stored=OnStored.FREE,
    )
    """Whether picture files that cannot be read are left out, and named, instead of refused."""
    image_size: tuple[int, int] | None = option(
        "Bring pictures to this height and width in pixels.",
        default=None,
        commands=_ASKED,
        metavar="N|HxW",
        shown="their own, where all have one size",
        parse=_size,
        written=size_in_words,
    )
    """Height and width in pixels that pictures are brought to; None means their own where they share one."""
    cut_validation: bool = option(
        "Cut validation examples off the training examples, though files or folders hold some.",
        default=False,
        kind=bool,
        commands=_ASKED,
    )
    """Whether validation examples of a folder or an array file are not the validation split, as before schema 6."""
    grey: bool = option("Make coloured pictures grey.", default=False, kind=bool, commands=_ASKED)
    """Whether coloured pictures are made grey."""
    target: tuple[str, ...] = option(
        "Columns of a table that are learned, separated by commas; several are labels of 0 and 1, or numbers.",
        default=(),
        commands=_ASKED,
        metavar="NAMES",
        parse=names_of,
        written=_joined,
    )
    """Columns of a table that are learned; several make a task of many labels or targets."""
    task: TaskName | None = option(
        "classification, multilabel or regression.",
        default=None,
        commands=_ASKED,
        choices=tuple(TASKS),
        shown="found out from the targets, and said",
    )
    """What is learned; None finds it out from the targets, and says so."""
    impute: Impute | None = option(
        "median: missing numbers become their column's median in what a trial learns from; a missing category is a "
        "level of its own.",
        default=None,
        commands=_ASKED,
        choices=("median",),
        shown="missing values are refused",
    )
    """What stands for missing numbers; None refuses them."""
    group: str | None = option(
        "Column of a table whose rows of one value stay on one side of every cut.",
        default=None,
        commands=_ASKED,
        metavar="COLUMN",
    )
    """Column of a table whose equal values stay on one side of every cut."""

    def __post_init__(self) -> None:
        """Check what can be checked without data.

        Raises:
            StudyError: An option has a value that no data set could be read by.
        """
        check_options(DataOptions, {name: getattr(self, name) for name in ("task", "impute")})
        if self.group is not None and self.group in self.target:
            raise StudyError(f"--group and --target name different columns, not both {self.group!r}")
        if len(set(self.target)) < len(self.target):
            raise StudyError(f"--target names each column once, not {','.join(self.target)!r}")

    def as_json(self) -> dict[str, Any]:
        """Return what a plan stores of it."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


AS_IT_IS = DataOptions()
"""What nobody asked anything of."""
