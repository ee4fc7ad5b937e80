"""Every arm's effect with its interval: fixed beside re-tuned, single seeds where there are few, the noise floor."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from reports import style
from reports.designs import LEAVE_ONE_OUT, noise_floor
from reports.effects import effects
from reports.formatting import count, signed
from reports.frames import Frames
from reports.pairs import ARM, GROUP, NOISE_FLOOR, arms_of, pairs_of, trainings
from reports.statistics import HELPS, HURTS, LEVEL

NAME = "ablation-effects"
SECTION = "ablation"
ORDER = 1
EMPTY = "No two trainings of an ablation can be compared yet, so there is no effect to draw."

MEAN = "mean"
SEED = "seed"
FLOOR = "floor"
FIXED = "fixed"

_MOST_POINTS = 12
"""With more pairs than this the interval says it all."""
_LINE_INCHES = 0.34
_FRAME_INCHES = 1.5
_SHIFT = 0.17
_COLOURS = {FIXED: "#0072B2", "retuned": "#D55E00"}
_MARKERS = {FIXED: "o", "retuned": "s"}
_WORDS = {FIXED: "everything else fixed", "retuned": "re-tuned"}


def compute(frames: Frames) -> pd.DataFrame:
    """Returns, for each study and ablation, the means, the single seeds and the noise floor.

    Returns:
        `study, ablation, setting, arm, kind, effect, low, high, n, verdict, design`, in percentage points: a row of
        kind "mean" for each arm with a pair, "seed" for each pair, "floor" with the half-width of a mean of as many
        pairs as `low` and `high`.
    """
    table = effects(frames)
    means = table[table["n"] > 0].assign(kind=MEAN)
    if means.empty:
        return pd.DataFrame()
    shown = [*ARM, "kind", "effect", "low", "high", "n", "verdict", "design"]
    pairs = pairs_of(arms_of(frames), trainings(frames))
    seeds = pairs.rename(columns={"difference": "effect"})[[*ARM, "effect"]].dropna().assign(kind=SEED)
    floors = noise_floor(frames)
    floors = floors[floors["n"] > 0].assign(kind=FLOOR, arm=NOISE_FLOOR, effect=0.0)
    floors = floors.assign(low=-floors["half_width"], high=floors["half_width"])
    parts = [part for part in (means, seeds, floors) if not part.empty]
    return pd.concat(parts, ignore_index=True).reindex(columns=shown)


def draw(table: pd.DataFrame) -> Figure:
    """Draws one panel for each study and ablation."""
    parts = [part for _, part in table.groupby(GROUP[:2], sort=False)]
    lines = [_lines(part) for part in parts]
    figure, all_axes = style.panels([_FRAME_INCHES + _LINE_INCHES * max(2, len(names)) for names in lines])
    for axes, part, names in zip(all_axes, parts, lines, strict=True):
        _draw_floor(axes, part)
        settings = [setting for setting in _COLOURS if (part["setting"] == setting).any()]
        for setting in settings:
            _draw_setting(axes, part[part["setting"] == setting], _places(part, names, setting), setting)
        axes.axvline(0, color="black", linewidth=0.8, zorder=1)
        axes.set_yticks(range(len(names)), [style.label(name, 30) for name in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: signed(float(f"{value:.3g}"), 2)))
        title = f"{part['study'].iloc[0]}, {part['ablation'].iloc[0]}"
        axes.set(title=style.label(title, 60), xlabel="Effect on test accuracy (points)")
        style.legend(axes, figure, middle_of_figure=True)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Says how to read the figure."""
    text = (
        f"Effect of each arm against its control, paired by seed: mean and {LEVEL} interval in percentage points of "
        "test accuracy. Filled: helps or hurts by the verdict's rule; hollow: not shown, or a control."
    )
    if (table["kind"] == SEED).any():
        text += f" Small points: single seeds (up to {_MOST_POINTS})."
    if (table["kind"] == FLOOR).any():
        text += " Grey: the noise floor, where the baseline on other seeds would fall."
    if (table["design"] == LEAVE_ONE_OUT).any():
        text += " In a leave-one-out ablation a part was taken out: left of 0 the part helps."
    return text


def alternative(table: pd.DataFrame) -> str:
    """Says what the figure shows."""
    means = table[table["kind"] == MEAN].sort_values("effect", ascending=False, kind="stable")
    parts = [
        f"{row['arm']} {signed(row['effect'])} points ({_WORDS.get(row['setting'], row['setting'])}, "
        f"{row['verdict'] or count(int(row['n']), 'pair')})"
        for row in means.to_dict("records")
    ]
    return f"Points with intervals for each arm of an ablation: {style.listed(parts)}."


def _lines(part: pd.DataFrame) -> list[str]:
    means = part[part["kind"] == MEAN]
    first = means.sort_values("setting", kind="stable").drop_duplicates("arm")
    return [str(arm) for arm in first.sort_values("effect", ascending=False, kind="stable")["arm"]]


def _draw_floor(axes: Axes, part: pd.DataFrame) -> None:
    floors = part[(part["kind"] == FLOOR) & part["high"].notna()]
    if not floors.empty:
        half, n = float(floors["high"].iloc[0]), int(floors["n"].iloc[0])
        axes.axvspan(-half, half, color=style.GREY, alpha=0.15, linewidth=0, label=f"noise floor, {count(n, 'pair')}")


def _places(part: pd.DataFrame, names: list[str], setting: str) -> dict[str, float]:
    """An arm's height: on its line, or above and under it where it was tried both ways."""
    ways = part[part["kind"] == MEAN].groupby("arm")["setting"].nunique()
    shift = -_SHIFT if setting == FIXED else _SHIFT
    return {name: place + (shift if ways[name] > 1 else 0.0) for place, name in enumerate(names)}


def _draw_setting(axes: Axes, part: pd.DataFrame, places: dict[str, float], setting: str) -> None:
    means = part[part["kind"] == MEAN]
    colour, marker = _COLOURS[setting], _MARKERS[setting]
    few = means.loc[means["n"] <= _MOST_POINTS, "arm"]
    seeds = part[(part["kind"] == SEED) & part["arm"].isin(few)]
    axes.scatter(
        seeds["effect"].to_numpy(), seeds["arm"].map(places).to_numpy(), s=9, color=colour, alpha=0.45, linewidths=0
    )
    known = means.dropna(subset="low")
    axes.hlines(known["arm"].map(places), known["low"], known["high"], colors=colour, linewidth=1.6, zorder=2)
    sure = means["verdict"].isin([HELPS, HURTS])
    for shown, face in ((means[sure], colour), (means[~sure], "white")):
        axes.scatter(
            shown["effect"].to_numpy(),
            shown["arm"].map(places).to_numpy(),
            s=46,
            marker=marker,
            facecolors=face,
            edgecolors=colour,
            linewidths=1.4,
            zorder=3,
        )
    axes.scatter([], [], s=46, marker=marker, color=colour, label=_WORDS[setting])
