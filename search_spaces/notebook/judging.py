"""How each claim on two models is judged from their baselines' trials, and what those measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.effects import effects
from reports.analysis.published import differences_from_published
from reports.findings.cards import Line
from reports.findings.commands import ablation_command
from reports.findings.comparison import Comparison, Difference, roughness, spread, welch
from reports.findings.wording import beyond_its_size, effect_lines
from reports.pages.document import Stance
from reports.statistics import HELPS, LEAST_SEEDS, LEVEL, intervals
from study.design import Role

_SUPPORTED, _CONTRADICTED = "supported", "contradicted"
_ABOUT = (0.985, 0.995)
"""What counts as "about 99 %"."""
_DISTURBED = 2.0
"""So many times the fastest seed's time, and it was not the seed that made the slowest slow."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the numbers say of a claim."""

    stance: Stance
    verdict: str
    text: str
    lines: tuple[Line, ...] = ()
    command: str = ""
    """What would decide it, where more seeds alone would not."""


def not_alike(text: str, command: str, lines: tuple[Line, ...] = ()) -> Judged:
    """Return the judgement where the two sides differ in more than the claim is about; `command` would mend that."""
    return Judged(Stance.UNDECIDED, "inconclusive: not like for like", text, lines, command)


def faster(found: Comparison) -> Judged:
    """Judge whether an epoch of the first takes less processor time: that of the median epoch, on a log scale.

    Wall-clock time tells of whatever else the machine did, so that it decides nothing.
    """
    medians = found.frames.epochs.groupby("trial")["processor_seconds"].median()
    seconds = found.sides(medians)
    if any(side.isna().any() for side in seconds):
        return _by_the_clock_alone(found)
    ratio = welch(np.log(seconds[0]), np.log(seconds[1]))
    low, high = np.exp(ratio.low), np.exp(ratio.high)
    interval = "" if form.is_missing(ratio.low) else f" ({low:.2f} to {high:.2f})"
    means = [float(np.exp(np.log(side).mean())) for side in seconds]
    first, second = (space.upper() for space in found.spaces)
    line = (
        f"{found.studies[0]} {means[0]:.2f} s against {found.studies[1]} {means[1]:.2f} s of processor time an epoch: "
        f"the {first} takes {np.exp(ratio.effect):.2f} times the {second}'s{interval}, {_seeds(ratio)}"
    )
    text = (
        "A seed's time is the processor time of its median epoch, over all threads; the seconds are the geometric "
        "means over the seeds of each baseline, and their ratio is the one told, all on the same machine, device, "
        "precision and threads."
    )
    if disturbed := _disturbances(found, seconds):
        verdict = "inconclusive: the times were disturbed"
        command = found.command(anew=True, epochs=found.published_epochs)
        return Judged(Stance.UNDECIDED, verdict, " ".join([text, *disturbed]), (Line(line, 0),), command)
    lines = (Line(line, _lower(ratio)),)
    if not ratio.decided:
        return Judged(Stance.UNDECIDED, _inconclusive(*ratio.n), text, lines)
    stance = Stance.FOR if ratio.effect < 0 else Stance.AGAINST
    return Judged(stance, _SUPPORTED if stance is Stance.FOR else _CONTRADICTED, text, lines)


def _by_the_clock_alone(found: Comparison) -> Judged:
    """Return the judgement where processor time is not known of every trial."""
    verdict = "inconclusive: no processor time on both sides"
    if any(device != "cpu" for side in (0, 1) for device in found.of(side, "device")):
        text = (
            "On an accelerator processor time says nothing, and wall-clock times on a shared machine are not compared."
        )
        return Judged(Stance.UNDECIDED, verdict, text)
    text = (
        "Wall-clock times on a shared machine are not compared, and processor time is not recorded of every trial "
        "here: older versions of this program did not measure it."
    )
    return Judged(Stance.UNDECIDED, verdict, text, command=found.command(anew=True, epochs=found.published_epochs))


def _disturbances(found: Comparison, seconds: Sequence[pd.Series]) -> list[str]:
    return [
        f"Between the seeds of {study} times differ {side.max() / side.min():.1f}-fold, as if the machine had "
        "had other work to do: it takes a quiet one."
        for study, side in zip(found.studies, seconds, strict=True)
        if side.max() > _DISTURBED * side.min()
    ]


def steadier(found: Comparison) -> Judged:
    """Judge whether the first's training loss rises less and lies closer together over the seeds."""
    curves = found.frames.epochs[found.frames.epochs["trial"].isin(found.trials["trial"])]
    measures = {
        "rises of the training loss, as a fraction of its fall": roughness(curves),
        "distance between seeds (mean |log loss - median|)": spread(curves, found.trials),
    }
    lines, differences = [], []
    for name, values in measures.items():
        sides = found.sides(values)
        difference = welch(*sides)
        differences.append(difference)
        interval = _interval(difference.low, difference.high)
        told = f"{name}: {_against(found, sides, '{:.3f}')}, difference {form.signed(difference.effect, 3)}{interval}"
        if not form.is_missing(difference.effect):
            lines.append(Line(f"{told}, {_seeds(difference)}", _lower(difference)))
    text = (
        "More stable means here: the training loss rises less from epoch to epoch, and seeds lie closer together. Both "
        "are measured for each trial of the baselines."
    )
    stance, verdict = _of_two([_lower(difference) for difference in differences])
    known = max((difference.n for difference in differences), key=min)
    return Judged(stance, verdict or _inconclusive(*known), text, tuple(lines))


def _of_two(directions: list[int]) -> tuple[Stance, str]:
    """Join what two measures say: 1 for, -1 against, 0 neither."""
    if 1 in directions and -1 in directions:
        return Stance.MIXED, "by one measure, not by the other"
    if not any(directions):
        return Stance.UNDECIDED, ""
    stance = Stance.FOR if 1 in directions else Stance.AGAINST
    alone = " by one measure; the other is inconclusive" if 0 in directions else ""
    return stance, (_SUPPORTED if stance is Stance.FOR else _CONTRADICTED) + alone


def leaner(found: Comparison) -> Judged:
    """Judge whether the first needs fewer parameters at no lower test accuracy."""
    known = [found.of(side, "parameters").max() for side in (0, 1)]
    if any(map(form.is_missing, known)):
        return Judged(Stance.UNDECIDED, "inconclusive: the parameters are not recorded", "")
    sizes = [int(size) for size in known]
    difference = welch(found.of(0, "score"), found.of(1, "score"))
    counts = " against ".join(f"{study} {size:,}" for study, size in zip(found.studies, sizes, strict=True))
    fewer = sizes[0] < sizes[1]
    lines = (
        Line(f"parameters of the baselines (exact): {counts}", 1 if fewer else -1),
        Line(_accuracy_line(found, difference), -_lower(difference)),
    )
    text = (
        "Efficient means here: fewer parameters at no lower test accuracy. The baselines are single points; where a "
        "search tried other sizes, the Pareto front shows what they reach."
    )
    size = "fewer parameters" if fewer else "no fewer parameters"
    stance, verdict = {
        (True, 1): (Stance.FOR, f"{_SUPPORTED}: {size} and higher accuracy"),
        (True, -1): (Stance.MIXED, f"{size}, but lower accuracy"),
        (False, 1): (Stance.MIXED, f"{size}, but higher accuracy"),
        (False, -1): (Stance.AGAINST, f"{_CONTRADICTED}: {size} and lower accuracy"),
    }.get((fewer, -_lower(difference)), (Stance.UNDECIDED, f"{size}; accuracy: {_inconclusive(*difference.n)}"))
    return Judged(stance, verdict, text, lines)


def flattening_costs(found: Comparison) -> Judged:
    """Judge whether the second loses accuracy by reading an image as a sequence of rows."""
    difference = welch(found.of(0, "score"), found.of(1, "score"))
    text = (
        "The LSTM reads an image row by row, the CNN in two dimensions. They differ in more than that: that flattening "
        "is the cause takes an LSTM that sees more of the other dimension (variants "
        f"{' and '.join(_KEEP_COLUMNS)}) and gains by it, more than by its size."
    )
    table = effects(found.frames)
    kept = table[
        (table["study"] == found.studies[1]) & (table["role"] == Role.VARIANT) & table["arm"].isin(_KEEP_COLUMNS)
    ]
    rows = kept.to_dict("records")
    lines = [Line(_accuracy_line(found, difference), -_lower(difference))]
    for row in rows:
        named = f"{row['study']}, variant {row['arm']}"
        # What only its size may have gained speaks neither way.
        sure = beyond_its_size(row)
        told = effect_lines(row, judged=True)
        lines += [Line(f"{named}: {line.text}", line.direction if sure else min(line.direction, 0)) for line in told]
    if not difference.decided:
        return Judged(Stance.UNDECIDED, _inconclusive(*difference.n), text, tuple(lines))
    if difference.effect < 0:
        verdict = f"{_CONTRADICTED}: reading rows is the more accurate"
        return Judged(Stance.AGAINST, verdict, text, tuple(lines))
    if any(row["verdict"] == HELPS and beyond_its_size(row) for row in rows):
        return Judged(Stance.FOR, _SUPPORTED, text, tuple(lines))
    verdict = "reading rows is less accurate; that flattening is the cause is not shown"
    command = "" if rows else _columns_command(found)
    return Judged(Stance.MIXED, verdict, text, tuple(lines), command=command)


_KEEP_COLUMNS = ("slices", "cnn-lstm")
"""Variants of the LSTM that see more than one row at a time."""


def _columns_command(found: Comparison) -> str:
    declared = found.frames.plan_rows[found.studies[1]].definition["variants"]
    names = [variant["name"] for variant in declared if variant["name"] in _KEEP_COLUMNS]
    return ablation_command(found.frames, found.studies[1], names) if names else ""


def about_99(found: Comparison) -> Judged:
    """Judge whether both test accuracies lie about 99 %, by the intervals of their means."""
    table = intervals(found.trials, by=["study"], column="score").set_index("study").loc[list(found.studies)]
    low, high = _ABOUT
    inside = (table["low"] >= low) & (table["high"] <= high)
    outside = (table["high"] < low) | (table["low"] > high)
    sides = inside.astype(int) - outside.astype(int)
    lines = []
    for row in table.assign(side=sides).reset_index().to_dict("records"):
        interval = form.percent_interval(row["low"], row["high"])
        told = f"{row['study']}: {form.percent(row['mean'])} ({interval}), n = {form.count(row['n'], 'seed')}"
        lines.append(Line(told, row["side"]))
    text = (
        f"About 99 % means here: the {LEVEL} interval (Student's t over seeds) of each baseline's mean test accuracy "
        f"lies within {form.percent_interval(low, high)}."
    )
    enough = bool((table["n"] >= LEAST_SEEDS).all())
    if enough and inside.all():
        return Judged(Stance.FOR, _SUPPORTED, text, tuple(lines))
    if differing := _unlike_published(found):
        command = found.command(anew=True, epochs=found.published_epochs)
        return not_alike(f"{text} {differing}", command, tuple(lines))
    if enough and outside.any():
        verdict = f"{_CONTRADICTED} for {' and '.join(table.index[outside])}"
        return Judged(Stance.AGAINST, verdict, text, tuple(lines))
    return Judged(Stance.UNDECIDED, _inconclusive(*table["n"].tolist()), text, tuple(lines))


def _unlike_published(found: Comparison) -> str:
    """Say in what the studies' trials differ from the published ones, where they say nothing against a claim."""
    told = []
    for side, study in enumerate(found.studies):
        trained = int(found.of(side, "epochs").max())
        plan = found.frames.plan_rows[study]
        differing = differences_from_published(plan, "the notebook", found.published_epochs, trained)
        told += [f"{study}: {'; '.join(differing)}"] if differing else []
    return f"Not as the notebook trained. {'. '.join(told)}." if told else ""


def _lower(difference: Difference) -> int:
    """Return 1 if the first is lower, -1 if it is higher, 0 if that cannot be told."""
    if not difference.decided:
        return 0
    return 1 if difference.effect < 0 else -1


def _inconclusive(first: int, second: int) -> str:
    few = f"; needs at least {LEAST_SEEDS}" if min(first, second) < LEAST_SEEDS else ""
    return f"inconclusive ({first} and {second} seeds{few})"


def _against(found: Comparison, sides: Sequence[pd.Series], shown: str) -> str:
    told = [f"{study} {shown.format(side.mean())}" for study, side in zip(found.studies, sides, strict=True)]
    return " against ".join(told)


def _accuracy_line(found: Comparison, difference: Difference) -> str:
    sides = [100 * found.of(side, "score") for side in (0, 1)]
    interval = _interval(100 * difference.low, 100 * difference.high, 2)
    points = f"{form.signed(100 * difference.effect)} percentage points{interval}"
    return f"test accuracy: {_against(found, sides, '{:.2f} %')}, difference {points}, {_seeds(difference)}"


def _interval(low: float, high: float, digits: int = 3) -> str:
    return "" if form.is_missing(low) else f" ({form.signed(low, digits)} to {form.signed(high, digits)})"


def _seeds(difference: Difference) -> str:
    return f"n = {difference.n[0]} and {difference.n[1]} seeds"
