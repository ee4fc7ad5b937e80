"""What the notebook's discussion claims of its two families, and how each claim is judged. Declared as data.

A user's own suggestions need no claim here: a variant's `reason` in the search space is its claim (`suggestions`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.document import Card, Link, Stance
from reports.effects import effects
from reports.frames import Frames
from reports.pairs import VARIANT
from reports.rivals import LEAST_SEEDS, Difference, Rivals, ablation_command, rivals, roughness, spread, welch
from reports.statistics import HELPS, LEVEL, intervals

_LEADERBOARD = Link("leaderboard", "leaderboard")
_LOSSES = Link("loss curves", "figure-training-loss")
_COST = Link("cost against accuracy", "figure-cost")
_ABLATIONS = Link("ablation", "ablation")
_SUPPORTED, _CONTRADICTED = "supported", "contradicted"
_ABOUT = (0.985, 0.995)
"""What counts as "about 99 %"."""
_PUBLISHED_EPOCHS = 20
"""Of the notebook, for both networks."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the numbers say of a claim."""

    stance: Stance
    verdict: str
    text: str
    supporting: tuple[str, ...] = ()
    opposing: tuple[str, ...] = ()
    command: str = ""
    """What would decide it, where more seeds alone would not."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence about two families, and the function that judges it from their trainings."""

    text: str
    judge: Callable[[Rivals], Judged]
    links: tuple[Link, ...]
    first: str = "cnn"
    second: str = "lstm"
    source: str = "the notebook"
    needs_equal_machines: bool = False
    dataset: str | None = None
    """The data set that the claim is about; None: any."""


def cards(frames: Frames) -> list[Card]:
    """Returns a card for each claim and data set on which one of its families has a study."""
    return [
        _card(claim, found, named=len(pairs) > 1)
        for claim in CLAIMS
        for pairs in [rivals(frames, (claim.first, claim.second))]
        for found in pairs
    ]


def _card(claim: Claim, found: Rivals, *, named: bool) -> Card:
    judged = _judged(claim, found)
    undecided = judged.stance in (Stance.UNDECIDED, Stance.UNTESTED)
    command = judged.command or (found.command(claim.dataset) if undecided else "")
    return Card(
        claim=f"{claim.text} ({claim.source}; on {found.dataset})" if named else f"{claim.text} ({claim.source})",
        stance=judged.stance,
        verdict=judged.verdict,
        text=judged.text,
        evidence_for=judged.supporting,
        evidence_against=judged.opposing,
        links=claim.links if judged.stance is not Stance.UNTESTED else (),
        command=command,
    )


def _judged(claim: Claim, found: Rivals) -> Judged:
    if claim.dataset not in (None, found.dataset):
        return Judged(Stance.UNTESTED, "not tested", f"The claim is about {claim.dataset}, these are {found.dataset}.")
    if not found.tested:
        missing = [study for side, study in enumerate(found.studies) if found.of(side, "trial").empty]
        text = f"There is no complete training of the baseline of {' or '.join(missing)} that met the test split."
        return Judged(Stance.UNTESTED, "not tested", text)
    unlike = found.unlike() + (found.unlike_machines() if claim.needs_equal_machines else [])
    if unlike:
        text = f"Between the two, {', '.join(unlike)}."
        command = found.command(claim.dataset, anew=True)
        return Judged(Stance.UNDECIDED, "cannot tell: not like for like", text, command=command)
    return claim.judge(found)


def _faster(found: Rivals) -> Judged:
    medians = found.frames.epochs.groupby("trial")["seconds"].median()
    seconds = found.sides(medians)
    ratio = welch(np.log(seconds[0]), np.log(seconds[1]))
    low, high = np.exp(ratio.low), np.exp(ratio.high)
    interval = "" if form.is_missing(ratio.low) else f" ({low:.2f} to {high:.2f})"
    line = f"{_against(found, seconds, '{:.2f} s')}; ratio {np.exp(ratio.effect):.2f}{interval}, {_seeds(ratio)}"
    text = (
        "Seconds an epoch of the baselines' trainings (the median epoch of each), on the same machine, device, "
        f"precision and threads; interval: Welch's at {LEVEL}, of the ratio. Other work on the machine counts too."
    )
    sides = _sided([(ratio.effect < 0, line)])
    if not ratio.decided:
        return Judged(Stance.UNDECIDED, _cannot_tell(*ratio.n), text, *sides)
    stance = Stance.FOR if ratio.effect < 0 else Stance.AGAINST
    return Judged(stance, _SUPPORTED if stance is Stance.FOR else _CONTRADICTED, text, *sides)


def _steadier(found: Rivals) -> Judged:
    curves = found.frames.epochs[found.frames.epochs["trial"].isin(found.trainings["trial"])]
    measures = {
        "share of its descent that the loss gives back by rising": roughness(curves),
        "distance between seeds (mean |log loss - median|)": spread(curves, found.trainings),
    }
    lines, differences = [], []
    for name, values in measures.items():
        sides = found.sides(values)
        difference = welch(*sides)
        differences.append(difference)
        interval = _interval(difference.low, difference.high)
        told = f"{name}: {_against(found, sides, '{:.3f}')}; difference {form.signed(difference.effect, 3)}{interval}"
        lines.append((difference.effect < 0, f"{told}, {_seeds(difference)}"))
    text = (
        "More stable means here: the training loss rises less from epoch to epoch, and seeds lie closer together. Both "
        f"are measured for each training of the baselines; intervals: Welch's at {LEVEL}."
    )
    stance, verdict = _of_two([_direction(difference) for difference in differences])
    return Judged(stance, verdict or _cannot_tell(*differences[0].n), text, *_sided(lines))


def _of_two(directions: list[int]) -> tuple[Stance, str]:
    """Joins what two measures say: 1 for, -1 against, 0 neither."""
    if 1 in directions and -1 in directions:
        return Stance.MIXED, "by one measure, not by the other"
    if not any(directions):
        return Stance.UNDECIDED, ""
    stance = Stance.FOR if 1 in directions else Stance.AGAINST
    alone = " by one measure; the other cannot tell" if 0 in directions else ""
    return stance, (_SUPPORTED if stance is Stance.FOR else _CONTRADICTED) + alone


def _leaner(found: Rivals) -> Judged:
    known = [found.of(side, "parameters").max() for side in (0, 1)]
    if any(map(form.is_missing, known)):
        return Judged(Stance.UNDECIDED, "cannot tell: the parameters are not recorded", "")
    sizes = [int(size) for size in known]
    difference = welch(found.of(0, "accuracy"), found.of(1, "accuracy"))
    counts = " against ".join(f"{study} {size:,}" for study, size in zip(found.studies, sizes, strict=True))
    fewer = sizes[0] < sizes[1]
    lines = [(fewer, f"parameters of the baselines (exact): {counts}")]
    lines.append((difference.effect > 0, _accuracy_line(found, difference)))
    text = (
        "Efficient means here: fewer parameters at no lower test accuracy. The baselines are single points; the Pareto "
        f"front shows what other sizes reach. Interval: Welch's at {LEVEL}."
    )
    size = "fewer parameters" if fewer else "no fewer parameters"
    stance, verdict = {
        (True, 1): (Stance.FOR, f"{_SUPPORTED}: {size} and higher accuracy"),
        (True, -1): (Stance.MIXED, f"{size}, but lower accuracy"),
        (False, 1): (Stance.MIXED, f"{size}, but higher accuracy"),
        (False, -1): (Stance.AGAINST, f"{_CONTRADICTED}: {size} and lower accuracy"),
    }.get((fewer, -_direction(difference)), (Stance.UNDECIDED, f"{size}; accuracy: {_cannot_tell(*difference.n)}"))
    return Judged(stance, verdict, text, *_sided(lines))


def _flattening_costs(found: Rivals) -> Judged:
    difference = welch(found.of(0, "accuracy"), found.of(1, "accuracy"))
    text = (
        "The LSTM reads an image row by row, the CNN in two dimensions. But they differ in more than that, so their "
        "difference alone cannot show that flattening is the cause: it also takes an LSTM that keeps more of the other "
        f"dimension (variants {' and '.join(_KEEP_COLUMNS)}) and gains by it. Interval: Welch's at {LEVEL}, unpaired."
    )
    table = effects(found.frames)
    kept = table[(table["study"] == found.studies[1]) & (table["role"] == VARIANT) & table["arm"].isin(_KEEP_COLUMNS)]
    lines = [(difference.effect > 0, _accuracy_line(found, difference))]
    for row in kept[kept["effect"].notna()].to_dict("records"):
        told = f"{row['study']}, variant {row['arm']}: {effect_line(row)}: {row['verdict']}"
        lines.append((row["effect"] > 0, told))
    sides = _sided(lines)
    if not difference.decided:
        return Judged(Stance.UNDECIDED, _cannot_tell(*difference.n), text, *sides)
    if difference.effect < 0:
        return Judged(Stance.AGAINST, f"{_CONTRADICTED}: reading rows is the more accurate", text, *sides)
    if kept["verdict"].eq(HELPS).any():
        return Judged(Stance.FOR, _SUPPORTED, text, *sides)
    verdict = "reading rows is less accurate; that flattening is the cause is not shown"
    command = ablation_command(found.frames, found.studies[1], _KEEP_COLUMNS) if kept.empty else ""
    return Judged(Stance.MIXED, verdict, text, *sides, command=command)


_KEEP_COLUMNS = ("slices", "cnn-lstm")
"""Variants of the LSTM that see more than one row at a time."""


def _about_99(found: Rivals) -> Judged:
    table = intervals(found.trainings, by=["study"], column="accuracy").set_index("study").loc[list(found.studies)]
    low, high = _ABOUT
    inside = (table["low"] >= low) & (table["high"] <= high)
    outside = (table["high"] < low) | (table["low"] > high)
    lines = []
    for row in table.reset_index().to_dict("records"):
        interval = form.percent_interval(row["low"], row["high"])
        told = f"{row['study']}: {form.percent(row['mean'])} ({interval}), n = {row['n']} seeds"
        lines.append((low <= row["mean"] <= high, told))
    text = (
        f"About 99 % means here: the {LEVEL} interval (Student's t over seeds) of each baseline's mean test accuracy "
        f"lies within {form.percent_interval(low, high)}."
    )
    enough = bool((table["n"] >= LEAST_SEEDS).all())
    if enough and inside.all():
        return Judged(Stance.FOR, _SUPPORTED, text, *_sided(lines))
    if enough and outside.any() and (less := _less_than_published(found)):
        return Judged(Stance.UNDECIDED, "cannot tell: not like for like", f"{text} {less}", *_sided(lines))
    if enough and outside.any():
        verdict = f"{_CONTRADICTED} for {' and '.join(table.index[outside])}"
        return Judged(Stance.AGAINST, verdict, text, *_sided(lines))
    return Judged(Stance.UNDECIDED, _cannot_tell(*table["n"].tolist()), text, *_sided(lines))


def _less_than_published(found: Rivals) -> str:
    """Returns what a study had less of than the notebook, so that its accuracy says nothing against a claim."""
    plans = found.frames.plans
    told = []
    for plan in plans[plans["study"].isin(found.studies)].to_dict("records"):
        if not form.is_missing(plan["train_size"]):
            told.append(f"{plan['study']} learned from {form.count(plan['train_size'], 'image')} alone")
        elif plan["epochs"] < _PUBLISHED_EPOCHS:
            told.append(f"{plan['study']} had {form.count(plan['epochs'], 'epoch')} of {_PUBLISHED_EPOCHS}")
    return f"Not as the notebook trained: {'; '.join(told)}." if told else ""


CLAIMS = (
    Claim("The CNN trains faster than the LSTM", _faster, (_LEADERBOARD, _COST), needs_equal_machines=True),
    Claim("The CNN converges more stably than the LSTM", _steadier, (_LOSSES,)),
    Claim("The CNN is parameter-efficient: sharing weights, it needs fewer", _leaner, (_LEADERBOARD, _COST)),
    Claim("Flattening images to rows loses accuracy", _flattening_costs, (_LEADERBOARD, _ABLATIONS)),
    Claim("CNN and LSTM both reach about 99 %", _about_99, (_LEADERBOARD,), dataset="mnist"),
)
"""Of the notebook's discussion, in its order."""


def effect_line(row: Mapping[Any, Any]) -> str:
    """Says the effect of an ablation's arm: a row of `effects` that has one."""
    interval = _interval(row["low"], row["high"], 2, "needs 2 pairs")
    p = "" if form.is_missing(row["p_holm"]) else f", Holm p {form.probability(row['p_holm'])}"
    where = f"{row['ablation']}, {row['setting']}"
    return f"{where}: {form.signed(row['effect'])} points{interval}, {form.count(int(row['n']), 'pair')}{p}"


def _direction(difference: Difference) -> int:
    """1 if the first is lower, -1 if it is higher, 0 if that cannot be told."""
    if not difference.decided:
        return 0
    return 1 if difference.effect < 0 else -1


def _sided(lines: list[tuple[bool, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Parts the lines that speak for a claim from those that speak against it."""
    return tuple(line for supports, line in lines if supports), tuple(line for supports, line in lines if not supports)


def _cannot_tell(first: int, second: int) -> str:
    few = f" (needs at least {LEAST_SEEDS})" if min(first, second) < LEAST_SEEDS else ""
    return f"cannot tell with {first} and {second} seeds{few}"


def _against(found: Rivals, sides: Sequence[pd.Series], shown: str) -> str:
    told = [f"{study} {shown.format(side.mean())}" for study, side in zip(found.studies, sides, strict=True)]
    return " against ".join(told)


def _accuracy_line(found: Rivals, difference: Difference) -> str:
    sides = [100 * found.of(side, "accuracy") for side in (0, 1)]
    interval = _interval(100 * difference.low, 100 * difference.high, 2)
    told = f"{_against(found, sides, '{:.2f} %')}; difference {form.points(difference.effect)}{interval}"
    return f"test accuracy: {told}, {_seeds(difference)}"


def _interval(low: float, high: float, digits: int = 3, missing: str = "") -> str:
    if form.is_missing(low):
        return f" ({missing})" if missing else ""
    return f" ({form.signed(low, digits)} to {form.signed(high, digits)})"


def _seeds(difference: Difference) -> str:
    return f"n = {difference.n[0]} and {difference.n[1]} seeds"
