"""How the numbers of the page are made and what they rest on, said once."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from reports import formatting as form
from reports.analysis.effects import effects
from reports.analysis.examples import counted, learned_from, noun_of
from reports.analysis.frames import Frames
from reports.analysis.guessing import guessing, rule
from reports.analysis.scores import in_words, lower_is_better, metrics_of, unit_in_words
from reports.analysis.selection import ABLATE, REPLICATE
from reports.findings.claims import judged_claims
from reports.pages.document import Bullets, Section
from reports.sections.ablation_designs import designs_read
from reports.sections.leaderboard import leaderboard
from reports.sections.leaderboard_reading import reading
from reports.statistics import LEVEL
from study.database import PlanRow
from study.design import Role, Setting

PER_REPLICATE = "per-replicate"
"""Value of --split-seed."""
_VERDICT = (
    "Verdict: p is that of the exact two-sided sign-flip test: with n pairs it cannot go below 2^(1-n). Holm's "
    "correction runs over all planned variants of an ablation, so that with everything else fixed a false claim about "
    "any of them has a chance of at most 5 %. 'helps' and 'hurts' need Holm's p at or below 0.05 and an interval "
    "without 0; 'helps' also needs every planned seed, for a trial that diverged or failed must not make its variant "
    "look better. While a trial is unfinished there is no verdict. 'inconclusive' says that so few seeds can decide "
    "nothing, 'no evidence' that they could and did not. 'not beyond its size': not shown to be better than the "
    "baseline grown to as many parameters."
)
_ADVICE = (
    "Advice: Adopt where a variant helps, Don't where it hurts or where no effect is larger than what was said to "
    "matter, else Unproven. Where a part was taken out of everything, the advice is about the part. Ablations of one "
    "suggestion that contradict each other leave it unproven."
)
_RETUNED = (
    "Re-tuned: with everything else fixed a variant is tried with hyperparameters that were chosen for the baseline, "
    "which favours the baseline; re-tuned, the variant and its control each had a search of the same budget, chosen on "
    "the validation split. One search each speaks only of the two settings that the searches found: how much another "
    "search would have found is in no interval, and so it decides nothing alone."
)
_TIMES = (
    "Times: the ratio of median times of trials, over the seeds that both have. A machine that does other work "
    "meanwhile changes them: the first screen tells a ratio only where the same ratio of the baseline to itself, on "
    "other seeds, has a narrow interval."
)
_CLAIMS = (
    f"Claims compare the baselines of two models, unpaired (Welch's {LEVEL} interval), and each stands alone, "
    "uncorrected for the number of claims. A number stands under For or Against where its interval leaves out 0."
)


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report; it is empty where there is nothing to explain."""
    items = tuple(_of_ablations(frames)) + tuple(_of_scores(frames))
    items += (_CLAIMS,) if judged_claims(frames).findings else ()
    return Section("Methods", (Bullets(items),) if items else (), appendix=True)


def _of_ablations(frames: Frames) -> Iterator[str]:
    table = effects(frames)
    if table.empty:
        return
    yield _effect(table)
    yield _VERDICT
    yield _ADVICE
    if (table["setting"] == Setting.RETUNED).any():
        yield _RETUNED
    yield _TIMES
    yield from designs_read(frames)
    if not frames.planned_trials.empty:
        yield from (_learned(plan) for study, plan in frames.plan_rows.items() if study in set(frames.arms["study"]))


def _effect(table: pd.DataFrame) -> str:
    metrics = metrics_of(table[table["role"] != Role.BASELINE])
    unit, word, lower = unit_in_words(metrics), in_words(metrics), lower_is_better(metrics)
    text = (
        "Effect: each variant is compared with its control trial by trial with the same seed; the effect is the mean "
        f"difference in test {word}{'' if unit == word else f' in {unit}'}, with its {LEVEL} interval over the seeds."
    )
    return f"{text} {lower} There an effect below 0 helps." if lower else text


def _of_scores(frames: Frames) -> Iterator[str]:
    table = leaderboard(frames)
    if table.empty:
        return
    yield f"Scores: {reading(table, noun_of(frames))}"
    guessed = guessing(frames)
    if not guessed.empty:
        yield f"Guessing: {rule(metrics_of(guessed))}"


def _learned(plan: PlanRow) -> str:
    """Say why a baseline's figures here are not those of its replicates, or that they compare."""
    if plan.own_training:
        given = counted(plan, ABLATE)
        data = f", with {given} of the training split" if given else ""
        return (
            f"{plan.study}: the trials of an ablation, of the search and the replicates are all trained alike, by the "
            f"model's 'train(run)'{data}; those of an ablation and the replicates are scored by its 'test(run)'."
        )
    text = (
        f"{plan.study}: each trial of an ablation learned from {counted(plan, ABLATE)}, of the training split alone, "
        "so that it has a validation curve."
    )
    if plan.split_seed == PER_REPLICATE:
        text += (
            " Each replicate cut training and validation split anew, alike in every variant: the intervals hold what "
            "the cut does as well."
        )
    if learned_from(plan, REPLICATE) == learned_from(plan, ABLATE):
        return f"{text} A replicate learns from as many, drawn from training and validation split together."
    return (
        f"{text} A replicate learns from the validation split too, {form.whole(learned_from(plan, REPLICATE))} in all: "
        "its scores do not compare with those of an ablation."
    )
