"""Every arm's effect with its interval, and what follows: fixed and re-tuned, what was lost, the noise floor."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.designs import noise_floor
from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.analysis.pairs import ARM, GROUP, arms_of, pairs_of, planned_trials_of
from reports.analysis.scores import in_words, lower_is_better, metric_of, metrics_of, signs, unit_in_words, with_metrics
from reports.drawing import forest, lettering, style
from reports.drawing.arms import MEAN, MOST_POINTS, SEED, mark, note, rows_of, seeds_of, told, whole_labels
from reports.drawing.distinct import distinct
from reports.statistics import LEVEL, Advice
from study.design import Design, Role, Setting
from study.task import Metric

NAME = "ablation-effects"
SECTION = "ablation"
ORDER = 1
EMPTY = "No trial of an ablation has ended yet, so there is no effect to draw."

FLOOR = "floor"

_LINE_INCHES = (0.27, 0.22, 0.18)
"""Of an arm; the lower ones where the figure would be too tall for a page of paper."""
_TWO_LINES_INCHES = 0.34
"""Of an arm whose name takes two lines."""
_FRAME_INCHES = 1.75
_MOST_TOLD = 5
"""Arms of each study in the alternative text."""
_LETTER_INCHES = 0.075
"""Of an axis's label."""
_COMPACT_INCHES = 6.4
"""So narrow that its letters are those of the page where it stands beside a card."""
_COMPACT_FRAME_INCHES, _COMPACT_LINE_INCHES = 1.4, 0.21
_COMPACT_LETTERS = 13
"""Points of the letters that all others are sized by."""
_COMPACT_ROWS = 9


def compute(frames: Frames) -> pd.DataFrame:
    """Return, for each study and ablation, the arms, the single seeds and the noise floor.

    Returns:
        `study, number, ablation, setting, arm, role, kind, effect, low, high, n, verdict, design, mark, note,
        removed, searches, smallest_effect`, `METRIC`, in the units of `effects`: a row of kind "mean" for each arm that
        was planned, its effect missing where it has no pair; "seed" for each pair; "floor" with the half-width of a
        mean of as many pairs as `low` and `high`. `mark` is what follows from the verdict, of `forest.MARKS`; `note`
        says what became of seeds that give no pair, and that the pairs do not differ.
    """
    table = effects(frames)
    means = table[(table["planned"] > 0)].assign(kind=MEAN)
    if not (means["unfinished"] < means["planned"]).any():
        return pd.DataFrame()
    means = means.assign(
        mark=[mark(row) for row in means.to_dict("records")], note=[note(row) for row in means.to_dict("records")]
    )
    shown = [*ARM, "role", "kind", "effect", "low", "high", "n", "verdict", "design", "mark", "note"]
    shown += ["removed", "searches", "smallest_effect"]
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
    panels = [rows_of(part) for part in parts]
    figure, all_axes = style.panels(_heights([rows["label"].tolist() for rows in panels]))
    labels = pd.concat(panels)["label"].tolist()
    titles = distinct([_title(part) for part in parts])
    for axes, part, rows in zip(all_axes, parts, panels, strict=True):
        _draw_panel(axes, part, rows, seeds_of(part, rows), forest.width(axes, labels))
        lettering.title(axes, titles[_title(part)], pad=20)
        lettering.legend(axes, figure, middle_of_figure=True)
    return figure


def compact(table: pd.DataFrame, study: str) -> Figure | None:
    """Draw the suggestions of one study alone, small enough for the first screen.

    Args:
        table: As `compute` returns it.
        study: Whose suggestions; a path's steps and controls are left out, and where suggestions were tried one at a
            time what became of them taken out. Of more than fit, the most telling are drawn, and how many are not is
            written.

    Returns:
        The figure, or None where the study has no suggestion to draw.
    """
    part = _of_study(table, study)
    if part.empty:
        return None
    panels = [rows_of(group) for _, group in part.groupby("ablation", sort=False)]
    rows = pd.concat(panels, ignore_index=True)
    rows = rows[~rows["is_control"]].reset_index(drop=True)
    rows["label"] = whole_labels(rows)
    chosen = _most_telling(rows)
    with mpl.rc_context({"font.size": _COMPACT_LETTERS}):
        height = _COMPACT_FRAME_INCHES + _COMPACT_LINE_INCHES * max(2, len(chosen))
        figure, (axes,) = style.panels([height])
        figure.set_size_inches(_COMPACT_INCHES, height)
        width = forest.width(axes, chosen["label"].tolist())
        _draw_panel(axes, part, chosen, seeds_of(part, chosen).iloc[:0], width)
        if left_out := len(rows) - len(chosen):
            # It would run out of the figure under the middle of the panel.
            text = f"{axes.get_xlabel()}; {left_out} more in the table"
            axes.set_xlabel(text, loc="right", fontsize=style.SMALL)
        handles, labels = lettering.entries(axes)
        figure.legend(
            handles, labels, loc="outside lower center", ncols=lettering.legend_columns(labels, _COMPACT_INCHES),
            fontsize=style.SMALL, frameon=False,
        )  # fmt: skip
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    metrics = metrics_of(table)
    unit_of, word = unit_in_words(metrics), in_words(metrics)
    text = (
        f"Effect of each variant against its control, paired by seed: mean and {LEVEL} interval in "
        f"{unit_of}{'' if unit_of == word else f' of test {word}'}, the best first, then the controls. Filled: what "
        "the verdict's rule decides; hollow: unproven, or a control, of which nothing is claimed."
    )
    return f"{text} {lower_is_better(metrics)}".rstrip()


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks: what the marks mean that not every figure has."""
    means = table[table["kind"] == MEAN]
    sentences = {
        "Dashed: re-tuned, with a search of the control's budget.": (means["setting"] == Setting.RETUNED).any(),
        f"Small points: single seeds (up to {MOST_POINTS}).": (table["kind"] == SEED).any(),
        "Cross: no pair of trials to compare; why is written beside it.": means["effect"].isna().any(),
        "Shaded: the noise floor, where the baseline on other seeds would fall.": (table["kind"] == FLOOR).any(),
        "Dotted area: effects smaller than the one that was stated to matter.": table["smallest_effect"].notna().any(),
        "Size control: a baseline as large as a variant that has more parameters.": (
            table["role"] == Role.SIZE_MATCHED
        ).any(),
        f"In a leave-one-out ablation a part was taken out: {_missed(metrics_of(table))}.": (
            table["design"] == Design.LEAVE_ONE_OUT
        ).any(),
    }
    return " ".join(sentence for sentence, is_true in sentences.items() if is_true)


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    means = table[(table["kind"] == MEAN) & (table["role"] == Role.VARIANT)]
    parts = []
    for (study, ablation), part in means.groupby(GROUP[:2], sort=False):
        ordered = part.assign(merit=signs(part) * part["effect"])
        ordered = ordered.sort_values("merit", ascending=False, kind="stable")
        words = [told(row) for row in ordered.to_dict("records")]
        parts.append(f"{study}, {ablation}: {style.listed(words, _MOST_TOLD)}")
    return f"Points with intervals for each variant, by study. {'; '.join(parts) or 'No variant is planned yet'}."


def _of_study(table: pd.DataFrame, study: str) -> pd.DataFrame:
    """Return the rows of one study's suggestions, of designs that share an axis; none where there is no suggestion."""
    if table.empty:
        return table
    part = table[(table["study"] == study) & (table["design"] != Design.PATH)]
    suggestions = part[(part["kind"] == MEAN) & (part["role"] == Role.VARIANT)]
    added = suggestions[suggestions["design"] != Design.LEAVE_ONE_OUT]
    return part[part["ablation"].isin((suggestions if added.empty else added)["ablation"])]


def _draw_panel(axes: Axes, part: pd.DataFrame, rows: pd.DataFrame, seeds: pd.DataFrame, width: float) -> None:
    metric = metric_of(part.iloc[0])
    forest.draw(axes, rows, seeds, floor=_floor(part), smallest=_smallest(part), width=width)
    forest.explain(axes, rows, seeds)
    forest.direct(axes, *_sides(part, metric))
    axes.set_xlabel(
        textwrap.fill(forest.axis_label(metric), max(int(width / _LETTER_INCHES), 20)), fontsize=style.SMALL
    )
    axes.tick_params(axis="x", labelsize=style.SMALL)


def _most_telling(rows: pd.DataFrame) -> pd.DataFrame:
    """Return as many rows as fit, in their order: those decided or lost before the open ones, then the larger."""
    decided = (rows["mark"] != Advice.UNPROVEN) | rows["effect"].isna()
    order = rows.assign(decided=decided, size=rows["effect"].abs()).sort_values(
        ["decided", "size"], ascending=False, kind="stable"
    )
    return rows.loc[np.sort(order.index[:_COMPACT_ROWS])].reset_index(drop=True)


def _floor(part: pd.DataFrame) -> forest.Band:
    floors = part[(part["kind"] == FLOOR) & part["high"].notna()]
    if floors.empty:
        return forest.Band(math.nan, "")
    return forest.Band(float(floors["high"].iloc[0]), "chance alone (other seeds)")


def _smallest(part: pd.DataFrame) -> forest.Band:
    stated = part["smallest_effect"].dropna()
    if stated.empty:
        return forest.Band(math.nan, "")
    return forest.Band(float(stated.iloc[0]), f"too small to matter (±{stated.iloc[0]:g})")


def _sides(part: pd.DataFrame, metric: Metric) -> tuple[str, str]:
    """Return what left and right of 0 mean."""
    leave_one_out = (part["design"].dropna() == Design.LEAVE_ONE_OUT).all()
    sides = ("the part helps", "the part hurts") if leave_one_out else ("worse", "better")
    return sides if metric.sign > 0 else sides[::-1]


def _title(part: pd.DataFrame) -> str:
    return f"{part['study'].iloc[0]}, {part['ablation'].iloc[0]}"


def _missed(metrics: Sequence[Metric]) -> str:
    sides = {"left" if metric.sign > 0 else "right" for metric in metrics}
    return (
        f"{sides.pop()} of 0 the part helps" if len(sides) == 1 else "the part helps where the score is worse without"
    )


def _heights(names: list[list[str]]) -> list[float]:
    for inches in _LINE_INCHES:
        lines = [_TWO_LINES_INCHES if any("\n" in name for name in panel) else inches for panel in names]
        heights = [_FRAME_INCHES + line * max(2, len(panel)) for line, panel in zip(lines, names, strict=True)]
        if style.fits(heights):
            break
    return heights
