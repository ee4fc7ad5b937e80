"""How the numbers of the page are made and what they rest on, said once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from reports.statistics import ALPHA, LEAST_SEARCHES, LEAST_SEEDS, LEVEL, POWER
from study.database import PlanRow
from study.design import Role, Setting

PER_REPLICATE = "per-replicate"
"""Value of --split-seed."""
_VERDICT = (
    "Verdict: a t test over the seeds, whose spread is guarded: a variance that is small by chance among few "
    "seeds is raised towards those of the study's other variants, and never below what the test examples can "
    "resolve. Interval and p rest on the same spread. Holm's correction runs over all comparisons of the study, "
    "in all of its ablations: the chance that any Adopt or Don't of a study is false is at most 5 %. Intervals are of "
    "single variants, uncorrected, so one may exclude 0 where the corrected p decides nothing. 'helps' and "
    f"'hurts' need the corrected p at or below {ALPHA:g}, and {LEAST_SEEDS} seeds; 'helps' also every planned "
    "seed, for a trial that diverged or failed must not make its variant look better. While a trial is unfinished "
    "there is no verdict. 'inconclusive' says that seeds or trials are lacking, 'no evidence' that they were "
    "there and did not decide. 'a baseline as large may do as well': not shown to be better than the baseline grown "
    "to as many parameters."
)
_ADVICE = (
    "Advice: Adopt where a variant helps, Don't where it hurts or where no effect is larger than what was said to "
    "matter, else Unproven. Where a part was taken out of everything, the advice is about the part. Ablations of one "
    "suggestion that contradict each other leave it unproven."
)
_LOOKS = (
    f"Seeds that were added after results were there are a further look: at look k the p is compared with {ALPHA:g} x "
    "2^-k, so that looking again and again does not find by chance what is not there."
)
_SMALLEST = (
    "Smallest effect that matters: it was stated with --smallest-effect. 'no effect larger than' it is a test of its "
    "kind, corrected for all variants; the seeds needed would find an effect of that size, at the spread seen, with a "
    f"chance of {100 * POWER:.0f} %."
)
_RETUNED = (
    "Re-tuned: with everything else fixed a variant is tried with the baseline's hyperparameters, which favours "
    "the baseline where they were tuned for it; re-tuned, the variant and its control each had searches of the same "
    f"budget, chosen on the validation split. With {LEAST_SEARCHES} searches each or more, what another search would "
    "have found is in the interval; with fewer it is not, and nothing is decided."
)
_TIMES = (
    "Times: the ratio to the control's, a geometric mean over the seeds that both have, by processor time where it was "
    "measured. A machine that does other work meanwhile changes wall-clock times: the first screen tells a ratio only "
    "where the same ratio of the baseline to itself, on other seeds, has a narrow interval round 1, or "
    "lies wholly apart from it."
)
_SPLITS = (
    "Splits: what a data set does not bring along is cut off it with a fixed seed, a sixth for the test split and a "
    "sixth of the rest for validation: {stratified}by whole groups where these were named, else at random. All "
    "trials of all studies of a data set share the cut, but where a study says otherwise."
)
_CLAIMS = (
    f"Claims compare the baselines of two models, unpaired (Welch's {LEVEL} interval), and each stands alone, "
    "uncorrected for the number of claims. A number stands under For or Against where its interval leaves out 0, and "
    "where it is an ablation's, its verdict decides."
)


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report; it is empty where there is nothing to explain."""
    items = tuple(_of_ablations(frames)) + tuple(_of_scores(frames))
    items += _splits(list(frames.plan_rows.values()))
    items += (_CLAIMS,) if judged_claims(frames).findings else ()
    return Section("Methods", (Bullets(items),) if items else (), appendix=True)


def _of_ablations(frames: Frames) -> Iterator[str]:
    table = effects(frames)
    if table.empty:
        return
    yield _effect(table)
    yield _VERDICT
    yield _ADVICE
    if (table["look"] > 1).any():
        yield _LOOKS
    if table["smallest_effect"].notna().any():
        yield _SMALLEST
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


def _splits(plans: Sequence[PlanRow]) -> tuple[str, ...]:
    """Return how data were cut, unless every model loads its own."""
    if all(plan.loads_own_data for plan in plans):
        return ()
    classes = any(plan.task == "classification" for plan in plans)
    return (_SPLITS.format(stratified="stratified where there are classes, " if classes else ""),)
