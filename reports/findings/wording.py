"""What ablations found, in sentences. Rows of the effects table in, prose out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.pairs import GROUP
from reports.analysis.scores import in_words, lower_is_better, metric_of, unit_in_words
from reports.findings.cards import Line, direction
from reports.statistics import HELPS, HURTS, INCONCLUSIVE, LEVEL, NO_EVIDENCE, better_side
from study.design import Design, Role, Setting
from study.task import Metric

SETTINGS: dict[str, str] = {Setting.FIXED: "everything else fixed", Setting.RETUNED: "re-tuned"}
COMMAND = "python -m study ablate SPACE"
_TRIED: dict[str, str] = {**SETTINGS, Setting.RETUNED: "re-tuned (one search a side, whose luck no interval holds)"}

_TAKEN_OUT = {HELPS: "taking it out helps: the part itself hurts", HURTS: "taking it out hurts: the part itself helps"}
_TAKEN_OUT_BRIEFLY = {HELPS: "helps: the part hurts", HURTS: "hurts: the part helps"}
_NOT_ITS_SIZE = "not shown to be better than a baseline of its size"
_FEW = "needs at least "
"""Begins the reason where there are too few seeds for any verdict."""
_MOST_NAMED = 3
_DECIDED = {HELPS: ("helps", "help"), HURTS: ("hurts", "hurt")}
_PARTS_DECIDED = {
    HELPS: ("can go, for without it {better}", "can go, for without each of them {better}"),
    HURTS: ("is needed, for without it {worse}", "are needed, for without any of them {worse}"),
}
_MOVES = {1: {"better": "rises", "worse": "falls"}, -1: {"better": "falls", "worse": "rises"}}
"""Sign of the metric -> what its score does where a part is missing."""


def verdict_text(row: Mapping[Any, Any], prefix: str = "", *, brief: bool = False) -> str:
    """Return an arm's verdict with its reason and its caveat; of a part taken out, what that says of the part.

    Args:
        row: Of `effects`, or two of them side by side.
        prefix: Of the columns that are meant.
        brief: For a cell of a table whose other columns tell the seeds there are and the seeds needed.
    """
    verdict, reason = row[f"{prefix}verdict"], row[f"{prefix}verdict_reason"]
    if form.is_missing(verdict):
        return form.MISSING
    text = str(verdict)
    if row["design"] == Design.LEAVE_ONE_OUT:
        text = (_TAKEN_OUT_BRIEFLY if brief else _TAKEN_OUT).get(text, text)
    if brief and text.startswith(INCONCLUSIVE):
        text = INCONCLUSIVE
        reason = "" if reason.startswith(_FEW) else reason
    if reason:
        text = f"{text.removesuffix(')')}; {reason})" if text.endswith(")") else f"{text} ({reason})"
    if verdict == HELPS and not beyond_its_size(row, prefix):
        text += " (not beyond its size)" if brief else f" ({_NOT_ITS_SIZE})"
    return text


def beyond_its_size(row: Mapping[Any, Any], prefix: str = "") -> bool:
    """Return whether an arm is shown to be better than a baseline of its size, where it has such a baseline."""
    if form.is_missing(row[f"{prefix}matched"]):
        return True
    ends = row[f"{prefix}matched_low"], row[f"{prefix}matched_high"]
    return bool(better_side(*ends, metric_of(row).sign)[0] > 0)


def effect_text(row: Mapping[Any, Any], name: str = "effect", prefix: str = "") -> str:
    """Return `+0.21 (+0.10 to +0.32)`, in the metric's unit; without an interval where there is one pair."""
    return form.effect_with_interval(row[name], row[f"{prefix}low"], row[f"{prefix}high"], metric_of(row))


def effect_lines(row: Mapping[Any, Any], *, judged: bool = False) -> list[Line]:
    """Tell the effect of an ablation's arm, and the one against the baseline of its size where it has that.

    Args:
        row: Of `effects`; without an effect there is no line.
        judged: Whether the verdict is said as well.
    """
    if form.is_missing(row["effect"]):
        return []
    where = f"{row['ablation']}, {_TRIED.get(row['setting'], row['setting'])}"
    told = f"{where}: {_points(row)}"
    if not form.is_missing(row["p_holm"]):
        told += f", Holm p {form.probability(row['p_holm'])}"
    if not form.is_missing(row["seconds_ratio"]):
        told += f", {row['seconds_ratio']:.2f} times the training time"
    sign = metric_of(row).sign
    lines = [Line(told + (f": {verdict_text(row)}" if judged else ""), sign * direction(row["low"], row["high"]))]
    if not form.is_missing(row["matched_effect"]):
        told = f"{where}, against a baseline of its size ({row['matched']}): {_points(row, 'matched_')}"
        lines.append(Line(told, sign * direction(row["matched_low"], row["matched_high"])))
    return lines


def _points(row: Mapping[Any, Any], prefix: str = "") -> str:
    effect, low, high = (row[f"{prefix}{name}"] for name in ("effect", "low", "high"))
    seeds = form.count(int(row[f"{prefix}n"]), "seed")
    return f"{form.effect_with_interval(effect, low, high, metric_of(row), with_unit=True)}, {seeds}"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence, and whether it decides anything: who is in a hurry reads those first."""

    text: str
    decided: bool


def headlines(effects: pd.DataFrame, path: pd.DataFrame, *, learned: str = "") -> list[Told]:
    """Return a sentence for each ablation and setting of one study.

    Args:
        effects: The study's rows of `reports.analysis.effects.effects`.
        path: Its rows of `reports.analysis.designs.path`.
        learned: From how many examples each trial of an ablation learns; not said where it is empty.
    """
    told = []
    source = f", each trial learned from {learned}" if learned else ""
    for (_, ablation, setting), arms in effects.groupby(GROUP, sort=False):
        variants = arms[arms["role"] == Role.VARIANT]
        if not variants.empty and (variants["design"] != Design.PATH).all():
            start = f"Ablation {ablation}, {_TRIED.get(str(setting), setting)}, {_pairs_of(variants)}"
            start += source
            start += f", {LEVEL} intervals" if _decides(variants) else ""
            told.append(Told(f"{start}: {_verdicts(variants)}.", _decides(variants)))
    for (_, ablation, _), steps in path.groupby(GROUP, sort=False):
        told.append(Told(f"Ablation {ablation}{source}: {_walked(steps)}.", _decides(steps)))
    return told


NOISE_FLOORS = (
    "The noise floor is the baseline against itself on other seeds, where the true difference is 0. Equal "
    "configurations differ by less than the last two columns 95 times in 100: an effect inside that band is nothing "
    "by itself."
)


def methods(metrics: Sequence[Metric], noun: str, *, mcnemar: bool = True) -> str:
    """Return how effects and verdicts of ablations are made.

    Args:
        metrics: Of the studies with ablations.
        noun: What an example is called.
        mcnemar: Whether any of them may have a McNemar's test.
    """
    unit, word, lower = unit_in_words(metrics), in_words(metrics), lower_is_better(metrics)
    sentences = [
        "Each arm is compared with its control trial by trial with the same seed; the effect is the mean difference in "
        f"test {word}{'' if unit == word else f' in {unit}'}, with Student's {LEVEL} interval over the seeds.",
        f"{lower} There an effect below 0 helps." if lower else "",
        _METHODS,
        _MCNEMAR.format(noun=noun) if mcnemar else "",
    ]
    return " ".join(filter(None, sentences))


_MCNEMAR = (
    "McNemar's test, of classifications alone, counts the test {noun}s gained and lost within each seed and asks for a "
    "majority of the seeds; it speaks of these {noun}s and these trials, and takes no part in the verdict."
)
_METHODS = (
    "p is that of the exact two-sided sign-flip test: with n pairs it cannot go below 2^(1-n). Holm's correction runs "
    "over all planned variants of an ablation, so that with everything else fixed a false claim about any of them has "
    "a chance of at most 5 %. 'helps' and 'hurts' need Holm's p at or below 0.05 and an interval without 0; 'helps' "
    "also needs every planned seed, for a trial that diverged or failed must not make its arm look better. While a "
    "trial is unfinished there is no verdict. 'inconclusive' says that so few seeds can decide nothing, 'no evidence' "
    "that they could and did not. 'not beyond its size': not shown to be better than the baseline grown to as many "
    "parameters."
)
FIXED_OR_RETUNED = (
    "With everything else fixed a variant is tried with hyperparameters that were chosen for the baseline, which "
    "favours the baseline; re-tuned, both sides had a search of the same budget, chosen on the validation split. But "
    "that is one search a side: n, interval, p and verdict of re-tuned arms speak only of the two configurations that "
    "the searches found, and the luck of the search is in none of them. The 5 % do not hold there: in simulated "
    "studies where a search's luck has half the standard deviation of a seed's, 22 % of those with 9 seeds claimed "
    "something false."
)
RETUNED_CAPTION = "re-tuned: of the two configurations that one search a side found, without the luck of the search"


def _decides(rows: pd.DataFrame) -> bool:
    return bool(rows["verdict"].isin([HELPS, HURTS]).any())


def _pairs_of(variants: pd.DataFrame) -> str:
    fewest, most = int(variants["n"].min()), int(variants["n"].max())
    return form.count(most, "seed") if fewest == most else f"{fewest} to {form.count(most, 'seed')}"


def _verdicts(variants: pd.DataFrame) -> str:
    metric = metric_of(variants.iloc[0])
    moves = {word: f"{metric.label} {move}" for word, move in _MOVES[metric.sign].items()}
    words = _PARTS_DECIDED if (variants["design"] == Design.LEAVE_ONE_OUT).all() else _DECIDED
    variants = variants.assign(merit=metric.sign * variants["effect"])
    parts = []
    for verdict, (one, many) in words.items():
        found = variants[variants["verdict"] == verdict].sort_values("merit", ascending=verdict == HURTS)
        if not found.empty:
            arms = [_decided(row) for row in found.to_dict("records")]
            parts.append(f"{len(found)} {(one if len(found) == 1 else many).format(**moves)}: {_first(arms)}")
    unproven = variants[variants["verdict"] == NO_EVIDENCE].sort_values("merit", ascending=False)
    if not unproven.empty:
        parts.append(f"{len(unproven)} not shown to help or hurt: {_first(unproven['arm'].tolist())}")
    unknown = variants[variants["verdict"].str.startswith(INCONCLUSIVE)]
    for reason, names in unknown.groupby("verdict_reason", sort=False)["arm"]:
        parts.append(f"{_unknown(str(reason), len(names))}: {_first(names.tolist())}")
    return f"of {form.count(len(variants), 'variant')} {'; '.join(parts)}"


def _unknown(reason: str, number: int) -> str:
    if reason.startswith(_FEW):
        return f"{number} with too few seeds to decide (needs {reason.removeprefix(_FEW)})"
    return f"{number} inconclusive ({reason})"


def _decided(row: Mapping[Any, Any]) -> str:
    interval = "" if form.is_missing(row["low"]) else _bounds(row)
    ratio = row["seconds_ratio"]
    time = "" if form.is_missing(ratio) else f"{ratio:.2f} times the training time"
    caveat = "" if row["verdict"] != HELPS or beyond_its_size(row) else _NOT_ITS_SIZE
    told = ", ".join(filter(None, [interval, time, caveat]))
    return f"{row['arm']} {_gain(row)}" + (f" ({told})" if told else "")


def _first(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _walked(steps: pd.DataFrame) -> str:
    first, last = steps.iloc[0], steps.iloc[-1]
    metric = metric_of(first)
    start = form.score(first["score"], metric)
    if len(steps) == 1:
        return f"the path stands at its start, {first['arm']} ({start} test {metric.label})"
    gains = metric.sign * steps["effect"].iloc[1:]
    largest: dict[Any, Any] = steps.loc[gains.sort_values(ascending=False, kind="stable").index[0]].to_dict()
    gain = "no gain is known yet"
    if not form.is_missing(largest["effect"]):
        interval = "" if form.is_missing(largest["low"]) else f", {_bounds(largest)}"
        gain = f"{_gain(largest)}{interval}: {_step_verdict(largest)}"
    return (
        f"{form.count(len(steps) - 1, 'step')} from {first['arm']} to {last['arm']} lead from "
        f"{start} to {form.score(last['score'], metric)} test {metric.label}; the largest is {largest['arm']} ({gain})"
    )


def _gain(row: Mapping[Any, Any]) -> str:
    """Return an effect with its unit."""
    metric = metric_of(row)
    return f"{form.effect(row['effect'], metric, row['low'], row['high'])} {form.unit(metric)}"


def _bounds(row: Mapping[Any, Any]) -> str:
    return form.effect_interval(row["effect"], row["low"], row["high"], metric_of(row))


def _step_verdict(step: Mapping[Any, Any]) -> str:
    reason = step["verdict_reason"]
    if reason.startswith(_FEW):
        return f"too few seeds to decide, needs {reason.removeprefix(_FEW)}"
    return f"{step['verdict']} ({reason})" if reason else str(step["verdict"])
