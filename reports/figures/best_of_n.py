"""The best validation score to expect of n search trials, from the trials that were run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from reports.analysis.frames import Frames
from reports.analysis.scores import METRIC, in_words, metric_of, metrics_of
from reports.analysis.selection import COMPLETE, SEARCH, baseline_search_trials
from reports.drawing import lettering, score_axes, style
from reports.drawing.comparable import comparable
from reports.drawing.distinct import SHORT, distinct
from study.trial import TRIED

NAME = "best-of-n"
SECTION = "search"
ORDER = 2
LEAST_TRIALS = 10
EMPTY = (
    f"No study has {LEAST_TRIALS} complete trials of random search beside its baseline yet: with fewer, a best-of-n "
    "curve says nothing of another search."
)

_INDEPENDENT = "random"
"""The sampler whose trials are independent draws: others learn from earlier trials, or keep away from them."""
_MOST_POINTS = 60
_LOGARITHMIC_FROM = 50
_LOW, _HIGH = 0.1, 0.9


def compute(frames: Frames) -> pd.DataFrame:
    """Return `dataset`, `METRIC`, `study, number, sampler, n, expected, low, high, trials, baseline`.

    `expected` is the mean of the best of n trials drawn with replacement from the `trials` complete ones that the
    sampler proposed (the baseline is no draw, nor is what `--try` gave); `low` and `high` are the 10 % and the 90 %
    quantile of that best. Only a random sampler's trials are drawn independently: studies of others have no row.
    """
    trials = frames.trials
    drawn = trials[(trials["phase"] == SEARCH) & ~trials["variant"].isin(["baseline", TRIED])]
    drawn = drawn[(drawn["state"] == COMPLETE) & drawn["study"].isin(_of_sampler(frames, independent=True))]
    drawn = drawn.dropna(subset="value")
    parts = []
    for study, values in drawn.groupby("study")["value"]:
        if len(values) >= LEAST_TRIALS:
            sign = frames.plan_rows[str(study)].metric.sign
            parts.append(_curve(values.to_numpy(), sign).assign(study=study, trials=len(values)))
    if not parts:
        return pd.DataFrame()
    baselines = baseline_search_trials(frames).set_index("study")["value"]
    samplers = frames.plans.set_index("study")["sampler"]
    table = pd.concat(parts, ignore_index=True).merge(style.studies(frames), on="study")
    table = table.assign(sampler=table["study"].map(samplers), baseline=table["study"].map(baselines).astype(float))
    return table.sort_values(["dataset", METRIC[0], "place", "n"]).drop(columns="place").reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a data set and metric."""
    panels = comparable(table.assign(label=table["study"].map(distinct(table["study"], SHORT))), SHORT)
    figure, all_axes = style.panels([lettering.height(panel.rows["label"].unique().tolist()) for panel in panels])
    for axes, panel in zip(all_axes, panels, strict=True):
        part = panel.rows
        for _, curve in part.groupby("study", sort=False):
            _draw_curve(axes, curve)
        score_axes.spaced(axes, pd.concat([part["low"], part["high"], part["baseline"]]).dropna(), panel.metric)
        lettering.title(axes, f"Expected best of n search trials on {panel.title}")
        axes.set(
            xlabel="Search trials n", ylabel=score_axes.vertical_label(panel.metric, split="validation", before="best")
        )
        if part["n"].max() > _LOGARITHMIC_FROM:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        else:
            style.whole_epochs(axes)
        lettering.legend(axes, figure)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    return (
        f"Expected best validation {in_words(metrics_of(table))} of n trials of random search (Dodge et al. 2019, "
        "equation 7: exact over the empirical distribution, drawn with replacement); band: 10 to 90 % of such draws; "
        "dotted: the baseline. Towards its right end the curve leans on the few best trials alone."
    )


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    return (
        "Complete trials alone, without the baseline: where trials were pruned, n counts those that the pruner let "
        f"through, and the curve flatters. Studies with fewer than {LEAST_TRIALS} such trials have none."
    )


def absent(frames: Frames) -> tuple[str, ...]:
    """Return the studies whose search is no independent draw of trials."""
    searching = set(frames.trials.loc[frames.trials["phase"] == SEARCH, "study"])
    learning = [study for study in _of_sampler(frames, independent=False) if study in searching]
    if not learning:
        return ()
    samplers = sorted({frames.plan_rows[study].sampler for study in learning})
    return (
        f"No best-of-n curve is drawn of {style.listed(learning)}: the trials of {style.listed(samplers)} are not "
        "independent draws, for each depends on those before, so what n of another search would find does not follow "
        "from them.",
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    ends = table.groupby("study", sort=False).tail(1)
    parts = [
        f"{row['study']} reaches {metric_of(row).show(row['expected'])} with {row['trials']} trials"
        for row in ends.to_dict("records")
    ]
    word = in_words(metrics_of(table))
    return f"Curves of the expected best validation {word} against the number of trials: {style.listed(parts)}."


def _curve(values: npt.NDArray[np.float64], sign: int) -> pd.DataFrame:
    """Return E[max of n] = sum of v_i (F(v_i)^n - F(v_(i-1))^n) over the sorted values; of the lowest with sign -1."""
    ordered = np.sort(sign * values)
    size = len(ordered)
    numbers = np.unique(np.geomspace(1, size, min(size, _MOST_POINTS)).round().astype(int))
    if size <= _MOST_POINTS:
        numbers = np.arange(1, size + 1)
    below = (np.arange(size + 1) / size)[None, :] ** numbers[:, None]  # (n, trials + 1)
    quantiles = [ordered[np.argmax(below[:, 1:] >= level - 1e-12, axis=1)] for level in (_LOW, _HIGH)]
    expected = np.diff(below, axis=1) @ ordered
    low, high = sorted((sign * quantiles[0], sign * quantiles[1]), key=lambda ends: float(ends.sum()))
    return pd.DataFrame({"n": numbers, "expected": sign * expected, "low": low, "high": high})


def _of_sampler(frames: Frames, *, independent: bool) -> list[str]:
    return [study for study, plan in frames.plan_rows.items() if (plan.sampler == _INDEPENDENT) == independent]


def _draw_curve(axes: Axes, curve: pd.DataFrame) -> None:
    first = curve.iloc[0]
    look = style.look(int(first["number"]))
    numbers = curve["n"].to_numpy()
    axes.plot(
        numbers, curve["expected"].to_numpy(), color=look.colour, marker=look.marker if len(curve) < 25 else "",
        markersize=4, label=first["label"],
    )  # fmt: skip
    axes.fill_between(
        numbers, curve["low"].to_numpy(), curve["high"].to_numpy(), color=look.colour, alpha=0.15, linewidth=0
    )
    if pd.notna(first["baseline"]):
        axes.axhline(first["baseline"], color=look.colour, linestyle=":", linewidth=1.2)
