"""What ablations found, in sentences. Rows of the effects table in, prose out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.designs import LEAVE_ONE_OUT, PATH
from reports.pairs import GROUP, VARIANT
from reports.statistics import CANNOT_TELL, HELPS, HURTS, LEVEL, NO_EVIDENCE
from reports.style import listed

SETTINGS = {"fixed": "everything else fixed", "retuned": "re-tuned"}
COMMAND = "python -m study ablate SPACE"

_TAKEN_OUT = {HELPS: "taking it out helps: the part itself hurts", HURTS: "taking it out hurts: the part itself helps"}
_COUNTED = {
    HELPS: ("helps", "help"),
    HURTS: ("hurts", "hurt"),
    NO_EVIDENCE: ("shows no evidence of an effect", "show no evidence of an effect"),
}
_WITHOUT = {
    HELPS: ("can go: without it accuracy rises", "can go: without each of them accuracy rises"),
    HURTS: ("is needed: without it accuracy falls", "are needed: without any of them accuracy falls"),
    NO_EVIDENCE: ("shows no evidence of mattering", "show no evidence of mattering"),
}


def verdict_text(row: Mapping[Any, Any], prefix: str = "") -> str:
    """Returns an arm's verdict with its reason; of a part taken out, what that says of the part."""
    verdict, reason = row[f"{prefix}verdict"], row[f"{prefix}verdict_reason"]
    if form.is_missing(verdict):
        return form.MISSING
    text = str(_TAKEN_OUT.get(verdict, verdict) if row["design"] == LEAVE_ONE_OUT else verdict)
    if reason:
        text += f" ({reason})"
    if verdict == HELPS and row[f"{prefix}matched_low"] <= 0:
        text += " (not shown to be better than a baseline of its size)"
    return text


def effect_text(row: Mapping[Any, Any], name: str = "effect", prefix: str = "") -> str:
    """Returns `+0.21 (+0.10 to +0.32)`, in percentage points; without an interval where there is one pair."""
    effect = row[name]
    if form.is_missing(effect):
        return form.MISSING
    low, high = row[f"{prefix}low"], row[f"{prefix}high"]
    interval = "one seed" if form.is_missing(low) else f"{form.signed(low)} to {form.signed(high)}"
    return f"{form.signed(effect)} ({interval})"


def headlines(effects: pd.DataFrame, path: pd.DataFrame) -> list[str]:
    """Returns a sentence for each study, ablation and setting."""
    told = []
    for (study, ablation, setting), arms in effects.groupby(GROUP, sort=False):
        start = f"{study}, {ablation}, {SETTINGS.get(str(setting), setting)}"
        variants = arms[arms["role"] == VARIANT]
        if not variants.empty and (variants["design"] != PATH).all():
            told.append(f"{start}: {_verdicts(variants)}.")
    for (study, ablation, _), steps in path.groupby(GROUP, sort=False):
        told.append(f"{study}, {ablation}: {_walked(steps)}.")
    return told


def noise_sentences(floors: pd.DataFrame) -> list[str]:
    """Returns a sentence on each noise floor that has a pair."""
    return [
        f"{row['study']}, {row['ablation']}: the baseline against itself on other seeds differs by "
        f"{form.signed(row['effect'])} points ({form.count(row['n'], 'pair')}; standard deviation of one pair "
        f"{row['deviation']:.2f} points). Equal configurations differ by up to ±{row['single']:.2f} points between two "
        f"single trainings, by up to ±{row['half_width']:.2f} in the mean of {form.count(row['n'], 'pair')}, 95 times "
        "in 100: an effect inside that band is nothing by itself."
        for row in floors.to_dict("records")
        if row["n"]
    ]


METHODS = (
    "Each arm is compared with its control training by training with the same seed; the effect is the mean difference "
    f"in test accuracy in percentage points, with Student's {LEVEL} interval over the seeds. p is that of the exact "
    "two-sided sign-flip test: with n pairs it cannot go below 2^(1-n). Holm's correction runs over all planned "
    "variants of an ablation, so that a false claim about any of them has a chance of at most 5 %. 'helps' and 'hurts' "
    "need Holm's p at or below 0.05 and an interval without 0; 'helps' also needs every planned seed, for a training "
    "that diverged or failed must not make its arm look better. While a training is unfinished there is no verdict. "
    "McNemar's test counts the test images gained and lost within each seed and asks for a majority of the seeds; it "
    "speaks of these images and these trainings, and takes no part in the verdict."
)
FIXED_OR_RETUNED = (
    "With everything else fixed a variant is tried at settings that were chosen for the baseline, which favours the "
    "baseline; re-tuned, both sides had a search of the same budget, chosen on the validation split."
)


def _verdicts(variants: pd.DataFrame) -> str:
    words = _WITHOUT if (variants["design"] == LEAVE_ONE_OUT).all() else _COUNTED
    parts = []
    for verdict, (one, many) in words.items():
        found = variants[variants["verdict"] == verdict].sort_values("effect", ascending=verdict == HURTS)
        if found.empty:
            continue
        named = zip(found["arm"], found["effect"], strict=True)
        arms = listed([f"{arm} {form.signed(effect)}" for arm, effect in named])
        parts.append(f"{len(found)} {one if len(found) == 1 else many} ({arms} points)")
    unknown = variants[variants["verdict"].str.startswith(CANNOT_TELL)]
    if not unknown.empty:
        why = unknown.groupby("verdict_reason", sort=False)["arm"]
        reasons = "; ".join(f"{listed(arms.tolist())}: {reason}" for reason, arms in why)
        parts.append(f"{len(unknown)} cannot be told with the seeds there are ({reasons})")
    return f"of {form.count(len(variants), 'variant')} {', '.join(parts)}"


def _walked(steps: pd.DataFrame) -> str:
    first, last = steps.iloc[0], steps.iloc[-1]
    if len(steps) == 1:
        return f"the path stands at its start, {first['arm']} ({form.percent(first['accuracy'])} test accuracy)"
    gains = steps.iloc[1:].sort_values("effect", ascending=False, kind="stable").iloc[0]
    return (
        f"{form.count(len(steps) - 1, 'step')} from {first['arm']} to {last['arm']} lead from "
        f"{form.percent(first['accuracy'])} to {form.percent(last['accuracy'])} test accuracy; the largest is "
        f"{gains['arm']} ({form.signed(gains['effect'])} points)"
    )
