"""A forest plot: a row an arm, its effect with its interval, and a mark that says what follows from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import blended_transform_factory

from reports.drawing import lettering, style
from reports.drawing.fonts import inches
from reports.drawing.hover import tell
from reports.formatting import MINUS
from reports.statistics.decision import Advice
from study.task import Metric

CONTROL = "control"
"""The mark of an arm of which nothing is claimed."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How what follows from an effect is drawn: told by its shape and by being filled, not by its colour alone."""

    words: str
    marker: str
    colour: str
    filled: bool

    @property
    def face(self) -> str:
        """The colour inside its line."""
        return self.colour if self.filled else "white"


MARKS: dict[str, Mark] = {
    Advice.ADOPT: Mark("adopt", "^", "#009E73", True),
    Advice.DONT: Mark("don't", "v", "#D55E00", True),
    Advice.UNPROVEN: Mark("unproven", "o", "#3B3B3B", False),
    CONTROL: Mark("a control", "s", style.GREY, False),
}
"""By advice; colours of Okabe and Ito (2008)."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range about 0 that effects are read against; missing numbers where there is none."""

    half: float
    words: str


_FAR = 6.0
"""Magnitudes that part by such a factor do not share an axis: the larger ones stand at its edge, in words."""
_MARGIN = 0.05
_LEAST_SIDE = 0.12
"""Of the axis, on each side of 0: there stands what the side means."""
_POINT = 46
"""Area of a marker, in square points."""
_ROOM_INCHES = 0.16
"""Between a row's last mark and the words beside it, and from these to the edge."""
_FRAME_INCHES = 0.3
_NARROW_INCHES = 3.2
_LONGER = " seeds|no interval: "
"""Left out of the words in a narrow panel."""
_BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.8}
"""Of words that stand on a band."""


def draw(axes: Axes, rows: pd.DataFrame, seeds: pd.DataFrame, *, floor: Band, smallest: Band, width: float) -> None:
    """Draw the rows of one panel, from top to bottom, and the bands behind them.

    Args:
        axes: The panel.
        rows: `label, is_control, effect, low, high, mark` (of `MARKS`), `dashed, note` (words beside the row; they
            stand alone where `effect` is missing), `far` (what is written where the effect lies beyond the axis),
            `told` (what the point says), `key` (of its row in a table).
        seeds: Single pairs: `place` (of its row), `effect`, `told`, `key`.
        floor: The noise floor.
        smallest: The smallest effect of interest.
        width: As the function of that name returns it.
    """
    rows = rows.assign(place=np.arange(len(rows)))
    if width < _NARROW_INCHES:
        rows["note"] = rows["note"].str.replace(_LONGER, "", regex=True)  # else half the panel would be words
    left, right = _limits(rows, seeds, (floor, smallest), width)
    axes.set(xlim=(left, right), ylim=(len(rows) - 0.4, -0.6))
    _draw_bands(axes, floor, smallest)
    axes.axvline(0, color="black", linewidth=0.8, zorder=1)
    for mark in MARKS:
        _draw_marked(axes, rows[rows["mark"] == mark], seeds, MARKS[mark])
    for row in rows.to_dict("records"):
        _write_beside(axes, row, seeds.loc[seeds["place"] == row["place"], "effect"])
    axes.set_yticks(range(len(rows)), rows["label"].tolist(), fontsize=style.SMALL, linespacing=0.9)
    for tick, is_control in zip(axes.get_yticklabels(), rows["is_control"], strict=True):
        tick.set_color(style.GREY if is_control else "black")
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(signed_tick))


def width(axes: Axes, labels: Sequence[str]) -> float:
    """Return about how many inches wide a panel is.

    Args:
        axes: The panel.
        labels: Of the rows of all panels of the figure: those of one column begin at the same place.
    """
    place = axes.get_subplotspec()
    columns = place.get_gridspec().ncols if place else 1
    longest = max((inches(line) for label in labels for line in label.split("\n")), default=0.0)
    whole = axes.figure.bbox.width / axes.figure.dpi
    return max(1.0, float(whole) / columns - lettering.enlarged(longest) - _FRAME_INCHES)


def explain(axes: Axes, rows: pd.DataFrame, seeds: pd.DataFrame) -> None:
    """Add to the legend what the marks mean that occur."""
    known = rows.dropna(subset="effect")
    for name, mark in MARKS.items():
        if (known["mark"] == name).any():
            axes.scatter(
                [], [], s=_POINT, marker=mark.marker, facecolors=mark.face, edgecolors=mark.colour, linewidths=1.4,
                label=mark.words,
            )  # fmt: skip
    if known["dashed"].any():
        axes.plot([], [], "--", color=MARKS[Advice.UNPROVEN].colour, linewidth=1.6, label="re-tuned")
    if not seeds.empty:
        axes.scatter([], [], s=9, color=style.GREY, alpha=0.6, linewidths=0, label="a single seed")


def axis_label(metric: Metric) -> str:
    """Return the label of an axis of effects, with the unit of a difference."""
    return f"Effect on test {metric.label}" + (f" ({metric.differences_in})" if metric.unit == "fraction" else "")


def direct(axes: Axes, left: str, right: str) -> None:
    """Write over the panel what either side of 0 means."""
    for words, side in ((f"\N{LEFTWARDS ARROW} {left}", -1), (f"{right} \N{RIGHTWARDS ARROW}", 1)):
        axes.annotate(
            words, (0, 1), xycoords=("data", "axes fraction"), xytext=(7 * side, 3), textcoords="offset points",
            ha="right" if side < 0 else "left", va="bottom", fontsize=style.SMALL, color=style.GREY,
        )  # fmt: skip


def _limits(rows: pd.DataFrame, seeds: pd.DataFrame, bands: tuple[Band, ...], width: float) -> tuple[float, float]:
    """Return the ends of the axis: all rows, but for the few that would press the others together."""
    known = rows.dropna(subset="effect")
    ends = known[["effect", "low", "high"]]
    reach = largest_together(ends.abs().max(axis=1))
    inside = [end for end in ends.to_numpy().ravel() if abs(end) <= reach]
    inside += [end for end in seeds["effect"] if abs(end) <= reach]
    inside += [end for band in bands for end in (-band.half, band.half) if abs(end) <= 1.5 * reach]
    low, high = min([0.0, *inside]), max([0.0, *inside])
    margin = _MARGIN * (high - low) or 1.0
    low, high = low - margin, high + margin
    low, high = min(low, -_LEAST_SIDE * (high - low)), max(high, _LEAST_SIDE * (high - low))
    # Words stand on the side with more room; where it is too little the axis grows there.
    for row in known[known["note"].ne("")].to_dict("records"):
        first, last = _extent(row, seeds.loc[seeds["place"] == row["place"], "effect"], low, high)
        words = min(0.8, (lettering.enlarged(inches(row["note"])) + 2 * _ROOM_INCHES) / width)  # of the final axis
        if high - last >= first - low:
            high = max(high, (last - words * low) / (1 - words))
        else:
            low = min(low, (first - words * high) / (1 - words))
    return low, high


def largest_together(magnitudes: pd.Series) -> float:
    """Return the largest of the magnitudes that may share an axis; at least half of them do."""
    ordered = np.sort(magnitudes.to_numpy(dtype=float))
    least = math.ceil(len(ordered) / 2)
    for place in range(least, len(ordered)):
        if ordered[place] > _FAR * ordered[place - 1] > 0:
            return float(ordered[place - 1])
    return float(ordered[-1]) if len(ordered) else 0.0


def _extent(row: Mapping[Any, Any], seeds: pd.Series, low: float, high: float) -> tuple[float, float]:
    """Return from where to where a row has marks, within the axis."""
    ends = [end for end in (row["effect"], row["low"], row["high"], *seeds) if not math.isnan(end)]
    return max(low, min(ends)), min(high, max(ends))


def _draw_bands(axes: Axes, floor: Band, smallest: Band) -> None:
    if floor.half > 0:
        axes.axvspan(-floor.half, floor.half, color=style.GREY, alpha=0.15, linewidth=0, label=floor.words, zorder=0)
    if smallest.half > 0:
        axes.axvspan(
            -smallest.half, smallest.half, facecolor="none", edgecolor="#0072B2", hatch="..", alpha=0.6, linewidth=0,
            label=smallest.words, zorder=0,
        )  # fmt: skip
        for end in (-smallest.half, smallest.half):
            axes.axvline(end, color="#0072B2", linewidth=0.9, linestyle=":", zorder=1)


def _draw_marked(axes: Axes, rows: pd.DataFrame, seeds: pd.DataFrame, mark: Mark) -> None:
    left, right = axes.get_xlim()
    known = rows[rows["effect"].notna()]
    single = seeds[seeds["place"].isin(known["place"]) & seeds["effect"].between(left, right)]
    dots = axes.scatter(
        single["effect"].to_numpy(), single["place"].to_numpy(), s=9, color=mark.colour, alpha=0.45, linewidths=0
    )
    tell(dots, single["told"].tolist(), single["key"].tolist())
    lines: dict[bool, Literal["-", "--"]] = {False: "-", True: "--"}
    for dashed, line in lines.items():
        spans = known[known["low"].notna() & (known["high"] > known["low"]) & (known["dashed"] == dashed)]
        axes.hlines(
            spans["place"], spans["low"].clip(left, right), spans["high"].clip(left, right), colors=mark.colour,
            linewidth=1.6, linestyles=line, zorder=2,
        )  # fmt: skip
        _draw_arrowheads(axes, spans, mark)
    points = known[known["effect"].between(left, right)]
    drawn = axes.scatter(
        points["effect"].to_numpy(), points["place"].to_numpy(), s=_POINT, marker=mark.marker,
        facecolors=mark.face, edgecolors=mark.colour, linewidths=1.4, zorder=3,
    )  # fmt: skip
    tell(drawn, points["told"].tolist(), points["key"].tolist())


def _draw_arrowheads(axes: Axes, spans: pd.DataFrame, mark: Mark) -> None:
    """Point on where an interval goes on beyond the axis."""
    left, right = axes.get_xlim()
    for edge, marker, beyond in ((left, "<", spans["low"] < left), (right, ">", spans["high"] > right)):
        inside = spans[beyond & spans["effect"].between(left, right)]
        heads = axes.scatter(
            np.full(len(inside), edge), inside["place"].to_numpy(), s=22, marker=marker, color=mark.colour,
            linewidths=0, zorder=3, clip_on=False,
        )  # fmt: skip
        tell(heads, ())


def _write_beside(axes: Axes, row: Mapping[Any, Any], seeds: pd.Series) -> None:
    """Write what a mark cannot say: what was lost, that there is no interval, an effect beyond the axis."""
    left, right = axes.get_xlim()
    if math.isnan(row["effect"]):
        _write_lost(axes, row)
        return
    if not left <= row["effect"] <= right:
        _write_far(axes, row, left if row["effect"] < left else right)
        return
    if not row["note"]:
        return
    first, last = _extent(row, seeds, left, right)
    on_right = right - last >= first - left
    axes.annotate(
        row["note"], (last if on_right else first, row["place"]), xytext=(8 if on_right else -8, 0),
        textcoords="offset points", ha="left" if on_right else "right", va="center", fontsize=style.SMALL,
        color=style.GREY, annotation_clip=False, bbox=_BEHIND,
    ).set_in_layout(False)  # fmt: skip


def _write_lost(axes: Axes, row: Mapping[Any, Any]) -> None:
    """Mark a row that has no effect at all."""
    across = blended_transform_factory(axes.transAxes, axes.transData)
    colour = MARKS[row["mark"]].colour if row["mark"] == CONTROL else MARKS[Advice.DONT].colour
    lost = axes.scatter(
        [0.025], [row["place"]], s=36, marker="x", color=colour, linewidths=1.6, transform=across, zorder=3
    )
    tell(lost, [row["told"]], [row["key"]])
    axes.annotate(
        row["note"], (0.025, row["place"]), xycoords=across, xytext=(9, 0), textcoords="offset points", ha="left",
        va="center", fontsize=style.SMALL, color=style.GREY, bbox=_BEHIND,
    ).set_in_layout(False)  # fmt: skip


def _write_far(axes: Axes, row: Mapping[Any, Any], edge: float) -> None:
    """Stand at the edge for an effect that lies beyond the axis."""
    mark, on_left = MARKS[row["mark"]], edge < 0
    arrow = axes.scatter(
        [edge], [row["place"]], s=_POINT, marker="<" if on_left else ">", facecolors=mark.face, edgecolors=mark.colour,
        linewidths=1.4, zorder=3, clip_on=False,
    )  # fmt: skip
    tell(arrow, [row["told"]], [row["key"]])
    words = "; ".join(filter(None, [row["far"], row["note"]]))
    axes.annotate(
        words, (edge, row["place"]), xytext=(9 if on_left else -9, 0), textcoords="offset points",
        ha="left" if on_left else "right", va="center", fontsize=style.SMALL, color=mark.colour, bbox=_BEHIND,
    ).set_in_layout(False)  # fmt: skip


def signed_tick(value: float, _: object = None) -> str:
    """Return how an axis of effects writes a number: `+0.5`, `0`."""
    text = f"{abs(value):.3g}"
    return text if float(text) == 0 else f"{'+' if value > 0 else MINUS}{text}"
