"""What every benchmark comes to: a row that sets a measured figure beside its target, and the table of such rows.

A part of `python -m benchmarks` is a module with a function `rows(scope)` that yields a `Row` for each of its targets
as soon as it is measured. Figures are measured where the program runs, never typed in; what could not be measured is a
row too, which says why.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

WIDTH = 118
"""Characters of a printed line."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is measured, and on what."""

    data_root: Path | None = None
    """Folder of MNIST's files, as `--data-root` takes it; None where there is none, which leaves out what needs it."""
    long: bool = False
    """Whether the long form is measured, for publishing; else the short one, all parts of which end in 10 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure beside its target."""

    figure: str
    """What was measured, without numbers of its own: "CNN, two workers, against the notebook's loop"."""
    relation: Literal[">=", "<="]
    """How the figure has to stand to the target."""
    target: float
    value: float | None
    """None where it was not measured; `detail` says why."""
    unit: str = "x"
    """Of target and value: "x" for a ratio in the same run, " s", " %"."""
    n: int = 0
    """Runs, or pairs of runs, that the value is the median or mean of."""
    detail: str = ""
    """What else a reader needs, such as both sides of a ratio, or the interval: "15,100 images/s against 4,020"."""

    @property
    def met(self) -> bool | None:
        """Whether the value reaches the target; None where it was not measured."""
        if self.value is None:
            return None
        return self.value >= self.target if self.relation == ">=" else self.value <= self.target

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the target; None where it was not measured."""
        return None if self.value is None else self.value / self.target

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return what stands under `HEADINGS` but the last, `detail`."""
        value = "not measured" if self.value is None else f"{_digits(self.value)}{self.unit}"
        share = "" if self.ratio is None else f"{self.ratio:.2f}"
        met = {True: "yes", False: "NO", None: ""}[self.met]
        return f"{self.relation} {_digits(self.target)}{self.unit}", value, share, f"{self.n or ''}", met


class Part(Protocol):
    """A module that measures."""

    def rows(self, scope: Scope) -> Iterator[Row]:
        """Measure, and yield each row as soon as it is known."""


HEADINGS = ("figure", "target", "measured", "of target", "n", "met", "detail")
_WIDTHS = (52, 11, 13, 10, 4, 4)


def heading() -> str:
    """Return the line above printed rows."""
    return "".join(f"{word:<{width}}" for word, width in zip(HEADINGS, _WIDTHS, strict=False)).rstrip()


def printed(row: Row) -> str:
    """Return a row as lines of a terminal, the detail below it."""
    wrapped = textwrap.wrap(row.figure, _WIDTHS[0] - 2)
    first = "".join(
        f"{cell:<{width}}" for cell, width in zip((wrapped[0], *row.cells()), _WIDTHS, strict=True)
    ).rstrip()
    below = [*wrapped[1:], *textwrap.wrap(row.detail, WIDTH - 4)]
    return "\n".join([first, *(f"    {line}" for line in below)])


def markdown(rows: Iterable[Row]) -> str:
    """Return rows as a table in Markdown."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *((row.figure, *row.cells(), row.detail) for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def summary(rows: Iterable[Row]) -> str:
    """Return how many targets were met, missed and not measured, as a sentence."""
    found = [row.met for row in rows]
    parts = [f"{found.count(True)} of {len(found)} targets met"]
    parts += [f"{missed} missed"] if (missed := found.count(False)) else []
    parts += [f"{left} not measured"] if (left := found.count(None)) else []
    return ", ".join(parts)


def _digits(value: float) -> str:
    """Return a number with two digits after the point, or as many as three that count take, and no zeros at its end."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 1000 else f"{value:.4g}" if size >= 10 else f"{value:.3g}"
