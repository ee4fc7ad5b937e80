"""Every arm's effect with its interval: fixed beside re-tuned, single seeds where there are few, the noise floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from reports.analysis.designs import noise_floor
from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.analysis.pairs import ARM, GROUP, arms_of, pairs_of, planned_trials_of
from reports.analysis.scores import in_words, lower_is_better, metric_of, metrics_of, signs, unit_in_words, with_metrics
from reports.drawing import style
from reports.drawing.distinct import distinct
from reports.drawing.hover import tell
from reports.drawing.labels import shortened
from reports.formatting import MINUS, count, effect, effect_interval, is_missing, unit
from reports.statistics import HELPS, HURTS, LEVEL
from study.design import Design, Role, Setting
from study.task import Metric

NAME = "ablation-effects"
SECTION = "ablation"
ORDER = 1
EMPTY = "No two trials of an ablation can be compared yet, so there is no effect to draw."

MEAN = "mean"
SEED = "seed"
FLOOR = "floor"

_MOST_POINTS = 12
"""With more pairs than this the interval says it all."""
_LINE_INCHES = (0.27, 0.22, 0.18)
"""Of an arm; the lower ones where the figure would be too tall for a page of paper."""
_TWO_LINES_INCHES = 0.34
"""Of an arm whose name takes two lines."""
_FRAME_INCHES = 1.5
_LETTERS = 30
_SHIFT = 0.2
_HOLLOW = "effect not shown"
_CONTROL = "a control"
_MOST_TOLD = 5
"""Arms of each study in the alternative text."""


def compute(frames: Frames) -> pd.DataFrame:
    """Return, for each study and ablation, the means, the single seeds and the noise floor.

    Returns:
        `study, number, ablation, setting, arm, role, kind, effect, low, high, n, verdict, design`, `METRIC`, in the
        units of `effects`: a row of kind "mean" for each arm with a pair, "seed" for each pair, "floor" with the
        half-width of a mean of as many pairs as `low` and `high`.
    """
    table = effects(frames)
    means = table[table["n"] > 0].assign(kind=MEAN)
    if means.empty:
        return pd.DataFrame()
    shown = [*ARM, "role", "kind", "effect", "low", "high", "n", "verdict", "design"]
    pairs = pairs_of(arms_of(frames), planned_trials_of(frames))
    seeds = pairs.rename(columns={"difference": "effect"})[[*ARM, "role", "effect"]].dropna().assign(kind=SEED)
    floors = noise_floor(frames)
    floors = floors[floors["n"] > 0].assign(kind=FLOOR, arm=Role.NOISE_FLOOR, role=Role.NOISE_FLOOR, effect=0.0)
    floors = floors.assign(low=-floors["half_width"], high=floors["half_width"])
    parts = [part for part in (means, seeds, floors) if not part.empty]
    whole = pd.concat(parts, ignore_index=True).reindex(columns=shown)
    return with_metrics(whole, frames).assign(
        number=whole["study"].map(style.studies(frames).set_index("study")["number"])
    )


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel for each study and ablation."""
    parts = [part for _, part in table.groupby(GROUP[:2], sort=False)]
    lines = [_lines(part) for part in parts]
    names = [_names(rows) for rows in lines]
    figure, all_axes = style.panels(_heights(names))
    titles = distinct([_title(part) for part in parts])
    for axes, part, rows, labels in zip(all_axes, parts, lines, names, strict=True):
        _draw_floor(axes, part)
        arms = rows["arm"].tolist()
        for setting in [setting for setting in style.WAYS if (part["setting"] == setting).any()]:
            _draw_setting(axes, part[part["setting"] == setting], _places(part, arms, setting), setting)
        _explain(axes, part)
        axes.axvline(0, color="black", linewidth=0.8, zorder=1)
        axes.set_yticks(range(len(labels)), labels, fontsize=style.SMALL, linespacing=0.9)
        for tick, role in zip(axes.get_yticklabels(), rows["role"], strict=True):
            tick.set_color("black" if role == Role.VARIANT else style.GREY)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(FuncFormatter(_brief))
        axes.set(title=titles[_title(part)], xlabel=_axis(metric_of(part.iloc[0])))
        style.legend(axes, figure, middle_of_figure=True)
    return figure


def _axis(metric: Metric) -> str:
    if metric.unit == "fraction":
        name = f"Effect on test {metric.label} (percentage points)"
        return name if metric.sign > 0 else f"{name}; below 0 is better"
    return f"Effect on test {metric.label}" + ("" if metric.sign > 0 else " (below 0 is better)")


def _title(part: pd.DataFrame) -> str:
    return f"{part['study'].iloc[0]}, {part['ablation'].iloc[0]}"


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    metrics = metrics_of(table)
    unit_of, word = unit_in_words(metrics), in_words(metrics)
    text = (
        f"Effect of each arm against its control, paired by seed: mean and {LEVEL} interval in "
        f"{unit_of}{'' if unit_of == word else f' of test {word}'}, the best variant first, then the controls. "
        "Filled: helps or hurts by the verdict's rule; hollow: not shown, or a control, of which nothing is claimed."
    )
    if (table["setting"] == Setting.RETUNED).any():
        text += " Squares with dashed intervals: re-tuned, with a search of the control's budget."
    if (table["kind"] == SEED).any():
        text += f" Small points: single seeds (up to {_MOST_POINTS})."
    if (table["kind"] == FLOOR).any():
        text += " Shaded: the noise floor, where the baseline on other seeds would fall."
    if (table["role"] == Role.SIZE_MATCHED).any():
        text += " Size control: a baseline as large as a variant that has more parameters."
    if (table["design"] == Design.LEAVE_ONE_OUT).any():
        text += f" In a leave-one-out ablation a part was taken out: {_missed(metrics)}."
    return f"{text} {lower_is_better(metrics)}".rstrip()


def _missed(metrics: Sequence[Metric]) -> str:
    sides = {"left" if metric.sign > 0 else "right" for metric in metrics}
    return (
        f"{sides.pop()} of 0 the part helps" if len(sides) == 1 else "the part helps where the score is worse without"
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    means = table[(table["kind"] == MEAN) & (table["role"] == Role.VARIANT)]
    parts = []
    for (study, ablation), part in means.groupby(GROUP[:2], sort=False):
        ordered = part.assign(merit=signs(part) * part["effect"])
        ordered = ordered.sort_values("merit", ascending=False, kind="stable")
        told = [_told(row) for row in ordered.to_dict("records")]
        parts.append(f"{study}, {ablation}: {style.listed(told, _MOST_TOLD)}")
    return f"Points with intervals for each arm, by study. {'; '.join(parts) or 'No variant has a pair yet'}."


def _told(row: Mapping[Any, Any], reach: str = "") -> str:
    said = count(int(row["n"]), "pair") if is_missing(row["verdict"]) else row["verdict"]
    way = "" if row["setting"] == Setting.FIXED else "re-tuned, "
    metric = metric_of(row)
    shown = effect(row["effect"], metric, *([] if is_missing(row["low"]) else [row["low"], row["high"]]))
    return f"{row['arm']} {shown} {unit(metric)}{reach} ({way}{said})"


def _lines(part: pd.DataFrame) -> pd.DataFrame:
    """Return `arm, role` from top to bottom: variants by their effect, then size controls, then the noise floor."""
    means = part[part["kind"] == MEAN]
    first = means.sort_values("setting", kind="stable").drop_duplicates("arm")
    order = first["role"].map({Role.SIZE_MATCHED: 1, Role.NOISE_FLOOR: 2}).fillna(0)
    ordered = first.assign(order=order, merit=signs(first) * first["effect"])
    ordered = ordered.sort_values(["order", "merit"], ascending=[True, False], kind="stable")
    return ordered[["arm", "role"]]


def _names(rows: pd.DataFrame) -> list[str]:
    """Shorten variants and controls apart: what controls share says what they are."""
    is_variant = rows["role"] == Role.VARIANT
    controls = [
        f"{row['arm'].removeprefix('baseline with ')} (size control)"
        if row["role"] == Role.SIZE_MATCHED
        else row["arm"]
        for row in rows[~is_variant].to_dict("records")
    ]
    return [*shortened(rows.loc[is_variant, "arm"].tolist(), _LETTERS), *shortened(controls, _LETTERS)]


def _heights(names: list[list[str]]) -> list[float]:
    for inches in _LINE_INCHES:
        lines = [_TWO_LINES_INCHES if any("\n" in name for name in panel) else inches for panel in names]
        heights = [_FRAME_INCHES + line * max(2, len(panel)) for line, panel in zip(lines, names, strict=True)]
        if style.fits(heights):
            break
    return heights


def _brief(value: float, _: object = None) -> str:
    text = f"{abs(value):.3g}"
    return text if float(text) == 0 else f"{'+' if value > 0 else MINUS}{text}"


def _draw_floor(axes: Axes, part: pd.DataFrame) -> None:
    floors = part[(part["kind"] == FLOOR) & part["high"].notna()]
    if not floors.empty:
        half, n = float(floors["high"].iloc[0]), int(floors["n"].iloc[0])
        axes.axvspan(-half, half, color=style.GREY, alpha=0.15, linewidth=0, label=f"noise floor, {count(n, 'pair')}")


def _places(part: pd.DataFrame, names: list[str], setting: str) -> dict[str, float]:
    """Return an arm's height: on its line, or above and under it where it was tried both ways."""
    ways = part[part["kind"] == MEAN].groupby("arm")["setting"].nunique()
    shift = -_SHIFT if setting == Setting.FIXED else _SHIFT
    return {name: place + (shift if ways[name] > 1 else 0.0) for place, name in enumerate(names)}


def _draw_setting(axes: Axes, part: pd.DataFrame, places: dict[str, float], setting: str) -> None:
    model = style.look(int(part["number"].iloc[0])).colour
    for is_variant, colour in ((True, model), (False, style.GREY)):
        arms = part[(part["role"] == Role.VARIANT) == is_variant]
        _draw_arms(axes, arms, places, style.WAYS[setting], colour)


def _draw_arms(axes: Axes, part: pd.DataFrame, places: dict[str, float], way: style.Way, colour: str) -> None:
    means = part[part["kind"] == MEAN]
    few = means.loc[means["n"] <= _MOST_POINTS, "arm"]
    seeds = part[(part["kind"] == SEED) & part["arm"].isin(few)]
    dots = axes.scatter(
        seeds["effect"].to_numpy(), seeds["arm"].map(places).to_numpy(), s=9, color=colour, alpha=0.45, linewidths=0
    )
    tell(dots, [f"{row['arm']}, a seed: {_one(row)}" for row in seeds.to_dict("records")])
    known = means.dropna(subset="low")
    axes.hlines(
        known["arm"].map(places), known["low"], known["high"], colors=colour, linewidth=1.6, zorder=2,
        linestyles=way.line,
    )  # fmt: skip
    sure = means["verdict"].isin([HELPS, HURTS])
    for shown, face in ((means[sure], colour), (means[~sure], "white")):
        points = axes.scatter(
            shown["effect"].to_numpy(), shown["arm"].map(places).to_numpy(), s=40, marker=way.marker, facecolors=face,
            edgecolors=colour, linewidths=1.4, zorder=3,
        )  # fmt: skip
        tell(points, [_pointed_at(row) for row in shown.to_dict("records")])


def _pointed_at(row: Mapping[Any, Any]) -> str:
    if is_missing(row["low"]):
        return _told(row)
    return _told(row, f", {effect_interval(row['effect'], row['low'], row['high'], metric_of(row))}")


def _one(row: Mapping[Any, Any]) -> str:
    metric = metric_of(row)
    return f"{effect(row['effect'], metric)} {unit(metric)}"


def _explain(axes: Axes, part: pd.DataFrame) -> None:
    """Add to the legend what the marks mean."""
    colour = style.look(int(part["number"].iloc[0])).colour
    means = part[part["kind"] == MEAN]
    for setting, way in style.WAYS.items():
        if (means["setting"] == setting).any():
            axes.plot([], [], way.line, marker=way.marker, color=colour, label=way.words)
    hollow = ~means["verdict"].isin([HELPS, HURTS])
    for chosen, shade, words in (
        (hollow & (means["role"] == Role.VARIANT), colour, _HOLLOW),
        (means["role"] != Role.VARIANT, style.GREY, _CONTROL),
    ):
        if chosen.any():
            axes.scatter([], [], s=40, facecolors="white", edgecolors=shade, linewidths=1.4, label=words)
