"""What each variant of an ablation brings and what it costs: effect against training time, both with intervals."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from reports.analysis.costs import PROCESSOR, WALL_CLOCK
from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.analysis.pairs import ARM, GROUP
from reports.analysis.scores import METRIC, in_words, metric_of, metrics_of, signs
from reports.drawing import lettering, style
from reports.drawing.arms import key, mark
from reports.drawing.distinct import distinct
from reports.drawing.forest import CONTROL, MARKS, Mark, axis_label, largest_together, signed_tick
from reports.drawing.hover import tell
from reports.drawing.labels import name_points, shortened
from reports.formatting import effect, effect_with_interval, is_missing, no_interval, ratio
from reports.statistics import LEVEL, Advice
from study.design import Design, Role, Setting

NAME = "ablation-cost"
SECTION = "ablation"
ORDER = 2
EMPTY = "No two trials of an ablation can be compared yet, so there is no cost to set against an effect."

_PANEL_INCHES = 4.2
_LETTERS = 24
_MOST_NAMES = 20
"""Of more arms than this, only the baseline and the front are named."""
_MOST_TOLD = 4
"""Arms of each study's front in the alternative text."""
_POINT = 40
"""Area of a marker, in square points."""
_MARGIN = 0.08
_FEWEST_TICKS = 3
_LEAST_RATIO = 1.1
"""Of times that the axis shows in any case: what differs by less than a percent is not spread over it."""
_BASELINE = Mark("baseline", "D", "#3B3B3B", True)


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each arm with a pair, steps of paths left out, and one for each baseline, where nothing differs.

    Returns:
        `study, ablation, setting, arm, removed, design, role, mark, effect, low, high, ratio, ratio_low, ratio_high,
        timed_by, n, searches`, `METRIC`: the effect in the units of `effects`, and the training time as a multiple of
        the control's, both with their intervals. Of a leave-one-out ablation it is what the part brings that was taken
        out.
    """
    table = effects(frames)
    table = table[(table["n"] > 0) & (table["seconds_ratio"] > 0) & (table["design"] != Design.PATH)]
    if table.empty:
        return pd.DataFrame()
    table = table.assign(mark=[mark(row) for row in table.to_dict("records")])
    times = {"seconds_ratio": "ratio", "seconds_low": "ratio_low", "seconds_high": "ratio_high"}
    table = _parts_turned(table.rename(columns=times))
    baselines = table.drop_duplicates(GROUP)[[*GROUP, "design", *METRIC]]
    baselines = baselines.assign(arm=Role.BASELINE, role=Role.BASELINE, mark=CONTROL, effect=0.0, ratio=1.0)
    shown = [
        *ARM,
        "removed",
        "design",
        "role",
        "mark",
        "effect",
        "low",
        "high",
        *times.values(),
        "timed_by",
        "n",
        "searches",
        *METRIC,
    ]
    return pd.concat([table, baselines], ignore_index=True)[shown]


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel for each study and ablation."""
    parts = [part for _, part in table.groupby(GROUP[:2], sort=False)]
    figure, all_axes = style.panels([_PANEL_INCHES] * len(parts))
    titles = distinct([_title(part) for part in parts])
    shown = [_within(part) for part in parts]
    for axes, part in zip(all_axes, shown, strict=True):
        axes.axhline(0, color="black", linewidth=0.8, zorder=1)
        axes.axvline(1, color="black", linewidth=0.8, zorder=1)
        is_baseline = part["role"] == Role.BASELINE
        for name, look in MARKS.items():
            _draw_marked(axes, part[(part["mark"] == name) & ~is_baseline], look)
        _draw_marked(axes, part[is_baseline].iloc[:1], _BASELINE)
        _set_axes(axes, part)
        lettering.title(axes, titles[_title(part)])
        lettering.legend(axes, figure)
    # Only a figure that has been laid out knows where a name would be in the way.
    figure.draw_without_rendering()
    for axes, part in zip(all_axes, shown, strict=True):
        named = _named(part)
        names = shortened([_name(row) for row in named.to_dict("records")], _LETTERS)
        others = part.drop(named.index)
        points = pd.concat([named, others])[["ratio", "shown"]].to_numpy(dtype=float)
        name_points(axes, points, [*names, *[""] * len(others)], _lines(axes, part))
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    metrics = metrics_of(table)
    word, sides = in_words(metrics), {"Up" if metric.sign > 0 else "Down" for metric in metrics}
    better = f"{sides.pop()} is better" if len(sides) == 1 else "Up is better where a higher score is"
    text = (
        f"Effect on test {word} of each variant against its training time as a multiple of the control's, both with "
        f"{LEVEL} intervals over the seeds. {better}, left is faster. Named where there is room, what is decided "
        "first."
    )
    if (table["role"] == Role.NOISE_FLOOR).any():
        text += " Noise floor: the baseline on other seeds, so how far apart equals lie."
    if (table["design"] == Design.LEAVE_ONE_OUT).any():
        text += " Of a leave-one-out ablation: what the part brings."
    return text


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    return (
        "A ratio of times is the geometric mean over the pairs, with Student's interval of the logarithms. It is of "
        f"{PROCESSOR} time where every pair has that, else of {WALL_CLOCK} time: what else the machine did is in that."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    parts = []
    for (study, ablation), part in table[table["role"] == Role.VARIANT].groupby(GROUP[:2], sort=False):
        ordered = part.assign(merit=signs(part) * part["effect"])
        ordered = ordered.sort_values("merit", ascending=False, kind="stable")
        words = [_told(row) for row in ordered.to_dict("records")]
        parts.append(f"{study}, {ablation}: {style.listed(words, _MOST_TOLD)}")
    return f"Points of effect on test {in_words(metrics_of(table))} against training time. {'; '.join(parts)}."


def _parts_turned(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which an arm of a leave-one-out ablation tells what the part brings that it lacks."""
    turned = table["design"] == Design.LEAVE_ONE_OUT
    other = table.assign(effect=-table["effect"], low=-table["high"], high=-table["low"], ratio=1 / table["ratio"])
    other = other.assign(ratio_low=1 / table["ratio_high"], ratio_high=1 / table["ratio_low"])
    return table.mask(turned, other)


def _title(part: pd.DataFrame) -> str:
    return f"{part['study'].iloc[0]}, {part['ablation'].iloc[0]}"


def _within(part: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with `shown`, where their effect is drawn, and `far`: at the edge, if it is beyond the others."""
    reach = largest_together(part["effect"].abs())
    far = part["effect"].abs() > reach
    return part.assign(shown=part["effect"].clip(-1.15 * reach, 1.15 * reach), far=far)


def _named(part: pd.DataFrame) -> pd.DataFrame:
    """Return the arms to name: the baseline, then what is decided or beyond the axis, then the larger effects."""
    arms = part[part["role"] != Role.SIZE_MATCHED]
    # The baselines of both settings stand at one place.
    arms = arms[(arms["role"] != Role.BASELINE) | ~arms["role"].duplicated()]
    decided = arms["far"] | arms["mark"].isin([Advice.ADOPT, Advice.DONT])
    order = arms.assign(first=arms["role"] == Role.BASELINE, decided=decided, size=arms["effect"].abs())
    return order.sort_values(["first", "decided", "size"], ascending=False, kind="stable").iloc[:_MOST_NAMES]


def _lines(axes: Axes, part: pd.DataFrame) -> list[npt.NDArray[np.float64]]:
    """Return what names keep away from: the bars, and where nothing differs."""
    bars = part[~part["far"]].dropna(subset=["low", "ratio_low"])
    upright = bars[["ratio", "low", "ratio", "high"]].to_numpy(dtype=float).reshape(-1, 2, 2)
    level = bars[["ratio_low", "effect", "ratio_high", "effect"]].to_numpy(dtype=float).reshape(-1, 2, 2)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    cross = [np.array([[left, 0.0], [right, 0.0]]), np.array([[1.0, bottom], [1.0, top]])]
    clipped = [np.clip(line, [left, bottom], [right, top]) for line in (*upright, *level)]
    return [*cross, *clipped]


def _name(row: Mapping[Any, Any]) -> str:
    name = str(row["arm"] if is_missing(row["removed"]) else row["removed"])
    way = ", re-tuned" if row["setting"] == Setting.RETUNED and row["role"] != Role.BASELINE else ""
    return f"{name}{way} {effect(row['effect'], metric_of(row))}" if row["far"] else f"{name}{way}"


def _draw_marked(axes: Axes, part: pd.DataFrame, look: Mark) -> None:
    for far, marker in ((False, look.marker), (True, "$\u2193$")):
        points = part[part["far"] == far]
        if points.empty:
            continue
        if not far:
            spans = points.dropna(subset=["low", "ratio_low"])
            line: dict[str, Any] = {"colors": look.colour, "linewidth": 1.2, "alpha": 0.7}
            axes.vlines(spans["ratio"], spans["low"], spans["high"], **line)
            axes.hlines(spans["effect"], spans["ratio_low"], spans["ratio_high"], **line)
        drawn = axes.scatter(
            points["ratio"], points["shown"], s=2 * _POINT if far else _POINT, marker=marker, facecolors=look.face,
            edgecolors=look.colour, linewidths=1.4, zorder=3, label="_" if far else look.words,
        )  # fmt: skip
        tell(drawn, [_told(row) for row in points.to_dict("records")], [key(row) for row in points.to_dict("records")])


def _told(row: Mapping[Any, Any]) -> str:
    if row["role"] == Role.BASELINE:
        return str(Role.BASELINE)
    way = " (re-tuned)" if row["setting"] == Setting.RETUNED else ""
    name = row["arm"] if is_missing(row["removed"]) else row["removed"]
    why = no_interval(row["n"], row["searches"])
    brings = effect_with_interval(row["effect"], row["low"], row["high"], metric_of(row), with_unit=True, why=why)
    return f"{name}{way}: {brings} at {ratio(row['ratio'], row['ratio_low'], row['ratio_high'])} times the time"


def _set_axes(axes: Axes, part: pd.DataFrame) -> None:
    metric, near = metric_of(part.iloc[0]), part[~part["far"]]
    # A bar that is far longer than all others is cut rather than that the points are pressed together.
    reach = largest_together(near[["effect", "low", "high"]].abs().max(axis=1))
    ends = near[["effect", "low", "high"]].to_numpy(dtype=float)
    low, high = np.nanmin(np.clip(ends, -reach, reach)), np.nanmax(np.clip(ends, -reach, reach))
    low, high = min(low, part["shown"].min()), max(high, part["shown"].max())
    margin = _MARGIN * (high - low) or 1.0
    axes.set_ylim(low - margin, high + margin)
    first = min(part[["ratio", "ratio_low"]].min().min(), 1 / _LEAST_RATIO)
    last = max(part[["ratio", "ratio_high"]].max().max(), _LEAST_RATIO)
    axes.set_xscale("log")
    axes.set_xlim(first / (last / first) ** _MARGIN, last * (last / first) ** _MARGIN)
    axes.xaxis.set_major_locator(_ticks(*axes.get_xlim()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"\N{MULTIPLICATION SIGN}{value:.3g}"))
    axes.yaxis.set_major_formatter(FuncFormatter(signed_tick))
    clocks = part["timed_by"].dropna().unique()
    clock = f" ({clocks[0]})" if len(clocks) == 1 else ""
    axes.set_xlabel(f"Training time{clock}, as a multiple of the control's", fontsize=style.SMALL)
    axes.set_ylabel(textwrap.fill(axis_label(metric), 34), fontsize=style.SMALL)
    axes.tick_params(labelsize=style.SMALL)


def _ticks(low: float, high: float) -> FixedLocator:
    """Return few ticks that double or halve, or even ones where times differ by less."""
    doubled = [2.0**power for power in range(-12, 13) if low <= 2.0**power <= high]
    even = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
    return FixedLocator(doubled if len(doubled) > _FEWEST_TICKS else [tick for tick in even if low <= tick <= high])
