"""How much memory a data set takes: told before it is read, and refused where it is too much for the machine."""

from __future__ import annotations

import math
from collections.abc import Sequence

import psutil
from rich.console import Console

from study.errors import StudyError

TOLD_BYTES = 100_000_000
"""More is told before it is read."""
MOST = 0.6
"""Fraction of the machine's memory that a data set may take, with its splits."""
COPIES = 2
"""A study holds its training set whole, for final trials, and cut into training and validation examples."""


def reserve(count: int, shape: Sequence[int], *, of: str, remedy: str) -> None:
    """Tell on standard error how much memory examples of bytes take, where it is much.

    Args:
        count: Examples.
        shape: Of one.
        of: What they are: `pictures`.
        remedy: What makes it less: `give a smaller --image-size`.

    Raises:
        StudyError: It is more than a fraction `MOST` of this machine's memory.
    """
    sizes = " x ".join(map(str, shape))
    reserve_bytes(count * math.prod(shape), what=f"{count:,} {of}, {sizes} each, take", remedy=remedy)


def reserve_bytes(size: int, *, what: str, remedy: str) -> None:
    """Tell on standard error how much memory data take, where it is much; arguments and errors as for `reserve`."""
    machine = psutil.virtual_memory().total
    held = f"{what} {in_words(size)} of memory, and with their splits {in_words(COPIES * size)}"
    if COPIES * size > MOST * machine:
        raise StudyError(
            f"{held}, which is more than {100 * MOST:.0f} % of this machine's {in_words(machine)}; {remedy}."
        )
    if size > TOLD_BYTES:
        Console(stderr=True, highlight=False).print(f"{held}.", soft_wrap=True, markup=False)


def in_words(size: float) -> str:
    """Return a number of bytes for a sentence: `1.5 GB`, `120 MB`."""
    if size >= 1e9:
        return f"{size / 1e9:,.1f} GB"
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
