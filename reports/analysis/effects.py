"""What each arm of an ablation does: its effect with interval, p, examples, cost, and the verdict. Frames to frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports.analysis import family
from reports.analysis.answered import example_counts, variance_floors
from reports.analysis.contrast_tests import contrast_tests
from reports.analysis.costs import costs
from reports.analysis.frames import Frames
from reports.analysis.looks import level_of, looks
from reports.analysis.once import once
from reports.analysis.pairs import ARM, ENDS, GROUP, LOST, UNFINISHED, arms_of, pairs_of, planned_trials_of
from reports.analysis.scores import METRIC, scales, signs
from reports.statistics import (
    Evidence,
    decide,
    equivalence_p,
    intervals,
    mean_tests,
    probability_of_improvement,
    seeds_for_power,
)
from study.design import Role, Setting

_ABOUT = ["role", "control", "matched", "step", "added_later", "withdrawn_at", *METRIC]
_TESTED = ["effect", "low", "high", "deviation", "floor", "spread", "degrees", "p", "sign_flip_p"]


@once
def effects(frames: Frames) -> pd.DataFrame:
    """Return one row for each arm that is not a baseline, in the order in which they were planned.

    Returns:
        study, ablation, setting, arm, design, role, control, matched, step, added_later, withdrawn_at (None unless
        somebody took it out), `METRIC`, reason (why the arm is tried), removed (the variant that the arm of a
        leave-one-out ablation lacks);
        n (pairs), searches (that re-tuned it; missing where nothing was), planned, complete, pruned, diverged, failed,
        unfinished (trials of the arm), control_lost, control_unfinished;
        effect, low, high, deviation (as observed, of a single pair), floor (what the single test examples say it cannot
        be below), spread (guarded: that interval and p rest on), degrees (of freedom), validation_effect,
        validation_low, validation_high: the arm minus its control, in percentage points of a fraction, else as the
        scores are; where lower is better, an effect below 0 helps. The interval is missing where no seed differs from
        another;
        p (guarded t test), sign_flip_p (a check beside it), variants (size of the study's family of tests), p_holm (of
        variants alone), look (1 where all seeds were planned before a score was there), seeds_added (after that),
        level (what p_holm is compared with);
        smallest_effect (that matters, as somebody said it), p_equivalence (adjusted), seeds_needed (for that effect, at
        this spread; infinite beyond `MOST_SEEDS`);
        improvement, improvement_low, improvement_high: how likely a trial of the arm beats one of the control;
        gained, lost (test examples of a classification, mean per pair);
        matched_n, matched_effect, matched_low, matched_high: against the baseline of the arm's size;
        score, validation_score (means, as they are stored), parameters, parameters_ratio, seconds (of a trial,
        median), seconds_ratio, seconds_low, seconds_high, timed_by (`costs.costs`);
        verdict and verdict_reason (of variants alone: the other arms are controls, nobody claims anything of them).
    """
    arms, planned_trials = arms_of(frames), planned_trials_of(frames)
    pairs = pairs_of(arms, planned_trials)
    table = effects_of(
        arms,
        planned_trials,
        pairs,
        floors=variance_floors(frames, pairs, ARM, frames.votes),
        contrasts=contrast_tests(frames),
        further=family.still_to_come(frames, arms),
        smallest=family.smallest_of(frames),
        retrained=frozenset(frames.stale["study"]),
    )
    table = table.merge(_examples(pairs, example_counts(frames, pairs)), on=ARM, how="left")
    matched = _summary(pairs_of(arms, planned_trials, "matched"), "difference", "matched_effect", "matched_")
    table = table.merge(matched, on=ARM, how="left").merge(_improvements(arms, planned_trials), on=ARM, how="left")
    table = table.merge(costs(arms, planned_trials, pairs), on=ARM, how="left")
    table["matched_n"] = table["matched_n"].fillna(0).astype(int)
    return table.merge(arms[[*ARM, "design", "reason", "removed"]], on=ARM, how="left").copy()


def effects_of(
    arms: pd.DataFrame,
    planned_trials: pd.DataFrame,
    pairs: pd.DataFrame | None = None,
    *,
    floors: pd.Series | None = None,
    contrasts: pd.DataFrame | None = None,
    further: Mapping[str, int] | None = None,
    smallest: Mapping[str, float] | None = None,
    retrained: Collection[str] = (),
) -> pd.DataFrame:
    """Return the statistics of `effects` that need scores alone, up to the verdict.

    Args:
        arms: `study, ablation, setting, arm, role, control, matched, step, added_later`, `METRIC`; `withdrawn_at` where
            any can have been withdrawn, `configuration` where two ablations can ask the same.
        planned_trials: As from `pairs.planned_trials_of`.
        pairs: `pairs_of(arms, planned_trials)`, if it is at hand.
        floors: By `ARM`, what the variance of a difference of stored scores cannot be below.
        contrasts: Of factorial designs, whose tests are in the studies' families: as from `contrast_tests`.
        further: Study -> how many tests its family will come to beside these.
        smallest: Study -> the smallest effect that matters.
        retrained: Studies of which earlier scores were put aside.
    """
    pairs = pairs_of(arms, planned_trials) if pairs is None else pairs
    arms = arms if "withdrawn_at" in arms else arms.assign(withdrawn_at=None)
    compared = arms["role"] != Role.BASELINE
    table = arms.loc[compared, [*ARM, *_ABOUT]].assign(question=family.questions(arms)[compared])
    table = table.merge(_accounting(planned_trials, pairs), on=ARM, how="left")
    table = table.merge(_tested(pairs, table, floors), on=ARM, how="left")
    validation = _summary(_units(pairs), "validation_difference", "validation_effect", "validation_")
    table = table.merge(validation.drop(columns="validation_n"), on=ARM, how="left")
    asked = planned_trials.merge(table[[*ARM, "question"]], on=ARM)
    table = table.merge(looks(asked, retrained), on=["study", "question"], how="left")
    whole = [*ENDS, "planned", "control_lost", "control_unfinished", "n"]
    table[whole] = table[whole].fillna(0).astype(int)
    table[["look", "seeds_added"]] = table[["look", "seeds_added"]].fillna({"look": 1, "seeds_added": 0}).astype(int)
    table["level"] = [level_of(look) for look in table["look"]]
    table = _corrected(table, contrasts, further)
    return _decided(_equivalent(table, smallest or {})).drop(columns="question")


def _accounting(planned_trials: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Count the trials of each arm by their end, and those that its control lost or has not finished."""
    ends = pd.DataFrame({end: planned_trials["end"] == end for end in ENDS}, index=planned_trials.index)
    counted = pd.concat([planned_trials[ARM], ends.assign(planned=True)], axis=1).groupby(ARM, sort=False).sum()
    lost = pairs["other_end"].isin(LOST).rename("control_lost")
    waiting = (pairs["other_end"] == UNFINISHED).rename("control_unfinished")
    others = pd.concat([pairs[ARM], lost, waiting], axis=1).groupby(ARM, sort=False).sum()
    return counted.join(others).reset_index()


def _summary(pairs: pd.DataFrame, column: str, mean: str, prefix: str) -> pd.DataFrame:
    table = intervals(pairs, by=ARM, column=column)
    return table.rename(columns={"mean": mean} | {name: f"{prefix}{name}" for name in ("n", "low", "high")})


def _tested(pairs: pd.DataFrame, arms: pd.DataFrame, floors: pd.Series | None) -> pd.DataFrame:
    """Test each arm's mean difference; of re-tuned arms over the searches, for a search's luck is all its seeds'.

    The arms of one round of a path guard each other, those of another design all at once.
    """
    known = pairs.dropna(subset="difference")
    units = _units(known)
    searches = units[units["setting"] == Setting.RETUNED].groupby(ARM, sort=False).size().rename("searches")
    units = units.merge(arms[[*ARM, "step", *METRIC]], on=ARM).assign(round=lambda rows: rows["step"].fillna(0))
    if floors is not None:
        # A search's mean over its seeds is no single difference, of which the floor is.
        floors = floors[[names[2] != Setting.RETUNED for names in floors.index]]
    if floors is not None and len(floors):
        squared = arms.set_index(ARM).pipe(scales) ** 2
        floors = floors * squared.reindex(floors.index)
        floors.index = pd.Index(
            [(*names, step) for names, step in _with_rounds(floors.index, arms)], tupleize_cols=False
        )
    table = mean_tests(units, by=[*ARM, "round"], family=[*GROUP, "round"], floors=floors)
    pairs_known = known.groupby(ARM, sort=False).size().rename("n").reset_index()
    table = table[[*ARM, *_TESTED]].merge(pairs_known, on=ARM, how="left")
    return table.merge(searches.astype("float64").reset_index(), on=ARM, how="left")


def _units(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a seed; of re-tuned arms one a search, the means over its seeds."""
    values = [name for name in ("difference", "validation_difference", "score") if name in rows]
    retuned = rows["setting"] == Setting.RETUNED
    searched = rows[retuned].groupby([*ARM, "search"], sort=False, as_index=False)[values].mean()
    return pd.concat([rows.loc[~retuned, [*ARM, *values]], searched[[*ARM, *values]]], ignore_index=True)


def _with_rounds(names: pd.Index, arms: pd.DataFrame) -> list[tuple[tuple[Any, ...], float]]:
    rounds = dict(zip(arms[ARM].itertuples(index=False, name=None), arms["step"].fillna(0), strict=True))
    return [(tuple(name), rounds[tuple(name)]) for name in names]


def _corrected(table: pd.DataFrame, contrasts: pd.DataFrame | None, further: Mapping[str, int] | None) -> pd.DataFrame:
    """Add Holm's correction over all tests of the study."""
    parts = [family.tests_of(table)]
    parts += [] if contrasts is None else [family.tests_of_contrasts(contrasts)]
    found = family.adjusted(parts, further)[0].reindex(table.index)
    return table.assign(p_holm=found["p_holm"].astype(float), variants=found["variants"].fillna(1).astype(int))


def _equivalent(table: pd.DataFrame, smallest: Mapping[str, float]) -> pd.DataFrame:
    """Add what is said of the smallest effect that matters: whether it is ruled out, and the seeds that would find it.

    "No larger effect" is a claim of its own, whose false ones stay within 5 % a study by Bonferroni's correction.
    """
    stated = table["study"].map(dict(smallest)).astype(float)
    rows = zip(table["effect"], table["spread"] ** 2, table["n"], table["degrees"], stated, strict=True)
    units = table["searches"].fillna(table["n"])
    p = [
        np.nan if np.isnan(matters) else equivalence_p(effect, variance, int(unit), degrees, matters)
        for (effect, variance, _, degrees, matters), unit in zip(rows, units.fillna(0), strict=True)
    ]
    is_variant = table["role"] == Role.VARIANT
    next_level = [level_of(look + 1) for look in table["look"]]  # seeds that are added now are a further look
    return table.assign(
        smallest_effect=stated,
        p_equivalence=(pd.Series(p, index=table.index, dtype=float) * table["variants"])
        .clip(upper=1)
        .where(is_variant),
        seeds_needed=seeds_for_power(stated, table["spread"].where(is_variant), table["variants"], next_level),
    )


def _decided(table: pd.DataFrame) -> pd.DataFrame:
    table["sign"] = signs(table)
    said = [_verdict(row) if row["role"] == Role.VARIANT else (None, "") for row in table.to_dict("records")]
    verdicts, reasons = zip(*said, strict=True) if said else ((), ())
    dtype = object
    return table.drop(columns="sign").assign(
        verdict=pd.Series(verdicts, index=table.index, dtype=dtype),
        verdict_reason=pd.Series(reasons, index=table.index, dtype=dtype),
    )


def _verdict(row: Mapping[Any, Any]) -> tuple[str, str]:
    names = ["n", "p_holm", "level", "p_equivalence", "planned", "diverged", "unfinished", "control_lost"]
    searches = (int(row["searches"]) if row["searches"] > 0 else 0) if row["setting"] == Setting.RETUNED else None
    verdict, reason = decide(
        Evidence(
            merit=row["sign"] * row["effect"],
            searches=searches,
            failed=row["failed"] + row["pruned"],
            control_unfinished=row["control_unfinished"],
            **{name: row[name] for name in names},
        )
    )
    if row["withdrawn_at"] and row["unfinished"]:
        return verdict, f"withdrawn with {row['n']} of {row['planned']} seeds evaluated"
    return verdict, reason


def _examples(pairs: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    joined = pairs.loc[counts.index, ARM].join(counts)
    return (
        joined.groupby(ARM, sort=False, as_index=False)[["gained", "lost"]]
        .mean()
        .astype({"gained": "float64", "lost": "float64"})
    )


def _improvements(arms: pd.DataFrame, planned_trials: pd.DataFrame) -> pd.DataFrame:
    scores = {
        names: group.to_numpy(dtype=float)
        for names, group in _units(planned_trials.dropna(subset="score")).groupby(ARM, sort=False)["score"]
    }
    none = np.empty(0)
    compared = arms[arms["control"].notna()].assign(sign=signs)
    found = []
    for row in compared[[*ARM, "control", "sign"]].to_dict("records"):
        sides = [scores.get((*(row[name] for name in GROUP), row[side]), none) for side in ("arm", "control")]
        found.append(probability_of_improvement(*(row["sign"] * side for side in sides)))
    columns = ["improvement", "improvement_low", "improvement_high"]
    numbers = pd.DataFrame(found, columns=columns, index=compared.index, dtype=float)
    return pd.concat([compared[ARM], numbers], axis=1)
