"""What each arm of an ablation does: its effect with interval, p, examples, cost, and the verdict. Frames to frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.once import once
from reports.analysis.pairs import (
    ARM,
    COMPLETE,
    ENDS,
    GROUP,
    LOST,
    UNFINISHED,
    arms_of,
    example_counts,
    pairs_of,
    planned_trials_of,
)
from reports.analysis.scores import METRIC, signs
from reports.analysis.typed import typed
from reports.statistics import (
    Evidence,
    better_side,
    combined_mcnemar_p,
    decide,
    holm,
    intervals,
    seeds_for_holm,
    seeds_for_power,
    sign_flip_p,
    smallest_holm_p,
    smallest_p,
)
from study.design import Role

_EXAMPLES = {"gained": "float64", "lost": "float64", "mcnemar_n": "int64", "mcnemar_p": "float64"}
_ABOUT = ["role", "control", "matched", "step", "added_later", "withdrawn_at", *METRIC]


@once
def effects(frames: Frames) -> pd.DataFrame:
    """Return one row for each arm that is not a baseline, in the order in which they were planned.

    Returns:
        study, ablation, setting, arm, design, role, control, matched, step, added_later, withdrawn_at (None unless
        somebody took it out), `METRIC`, reason (why the arm is tried), removed (the variant that the arm of a
        leave-one-out ablation lacks);
        n (pairs), planned, complete, pruned, diverged, failed, unfinished (trials of the arm), control_lost,
        control_unfinished;
        effect, low, high, deviation, validation_effect, validation_low, validation_high: the arm minus its control, in
        percentage points of a fraction, else as the scores are; where lower is better, an effect below 0 helps;
        p, smallest_p (exact sign flip), variants (size of Holm's family), p_holm, smallest_p_holm (of variants alone);
        gained, lost (test examples of a classification, mean per pair), mcnemar_n, mcnemar_p;
        matched_n, matched_effect, matched_low, matched_high: against the baseline of the arm's size;
        score, validation_score (means, as they are stored), parameters, parameters_ratio, seconds (of a trial,
        median), seconds_ratio (of the medians over the pairs);
        seeds_needed (infinite beyond `MOST_SEEDS`), seeds_for_holm, seeds_for_power;
        verdict and verdict_reason (of variants alone: the other arms are controls, nobody claims anything of them).
    """
    arms, planned_trials = arms_of(frames), planned_trials_of(frames)
    pairs = pairs_of(arms, planned_trials)
    table = effects_of(arms, planned_trials, pairs)
    table = table.merge(_examples(pairs, example_counts(frames, pairs)), on=ARM, how="left")
    matched = _summary(pairs_of(arms, planned_trials, "matched"), "difference", "matched_effect", "matched_")
    table = table.merge(matched.drop(columns="matched_deviation"), on=ARM, how="left")
    table = table.merge(_costs(arms, planned_trials, pairs), on=ARM, how="left")
    for column in ("matched_n", "mcnemar_n"):
        table[column] = table[column].fillna(0).astype(int)
    return table.merge(arms[[*ARM, "design", "reason", "removed"]], on=ARM, how="left")


def effects_of(arms: pd.DataFrame, planned_trials: pd.DataFrame, pairs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the statistics of `effects` that need scores alone, up to the verdict.

    Args:
        arms: `study, ablation, setting, arm, role, control, matched, step, added_later`, `METRIC`, and `withdrawn_at`
            where any can have been withdrawn.
        planned_trials: As from `pairs.planned_trials_of`.
        pairs: `pairs_of(arms, planned_trials)`, if it is at hand.
    """
    pairs = pairs_of(arms, planned_trials) if pairs is None else pairs
    if "withdrawn_at" not in arms:
        arms = arms.assign(withdrawn_at=None)
    table = arms.loc[arms["role"] != Role.BASELINE, [*ARM, *_ABOUT]]
    table = table.merge(_accounting(planned_trials, pairs), on=ARM, how="left")
    table = table.merge(_summary(pairs, "difference", "effect", ""), on=ARM, how="left")
    validation = _summary(pairs, "validation_difference", "validation_effect", "validation_")
    table = table.merge(validation.drop(columns=["validation_n", "validation_deviation"]), on=ARM, how="left")
    whole = [*ENDS, "planned", "control_lost", "control_unfinished", "n"]
    table[whole] = table[whole].fillna(0).astype(int)
    return _decided(_tested(table, pairs))


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
    deviation = pairs.groupby(ARM, sort=False)[column].std().rename("deviation").reset_index()
    table = table.merge(deviation, on=ARM)
    new = {name: f"{prefix}{name}" for name in ("n", "low", "high", "deviation")}
    return table.rename(columns=new | {"mean": mean})


def _tested(table: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Add p, what p could be at best, Holm's correction over the variants, and the seeds needed."""
    known = pairs.dropna(subset="difference")
    p = known.groupby(ARM, sort=False)["difference"].agg(lambda values: sign_flip_p(values.to_numpy()))
    table = table.merge(p.rename("p").astype(float).reset_index(), on=ARM, how="left")
    table["smallest_p"] = [smallest_p(n) for n in table["n"]]
    is_variant = table["role"] == Role.VARIANT
    table["variants"] = is_variant.groupby([table[name] for name in GROUP]).transform("sum").where(is_variant, 1)
    # An arm that was withdrawn stays in the family. One whose trials have not all ended counts as 1, as does one that
    # is not trained: whoever stops at a lucky moment makes no other verdict better by it.
    cut_short = table["withdrawn_at"].notna() & (table["unfinished"] > 0)
    counted = table.assign(p=table["p"].where(~cut_short))
    table["p_holm"] = counted.loc[is_variant].groupby(GROUP, sort=False)["p"].transform(lambda p: holm(p.to_numpy()))
    smallest = [smallest_holm_p(n, m) for n, m in zip(table["n"], table["variants"], strict=True)]
    table["smallest_p_holm"] = pd.Series(smallest, index=table.index, dtype=float).where(is_variant)
    table["seeds_for_holm"] = [seeds_for_holm(m) for m in table["variants"]]
    table["seeds_for_power"] = seeds_for_power(table["effect"], table["deviation"], table["variants"])
    table["seeds_needed"] = table[["seeds_for_holm", "seeds_for_power"]].max(axis=1)
    return table


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
    names = ["n", "variants", "p_holm", "planned", "diverged", "unfinished", "control_lost", "control_unfinished"]
    low, high = better_side(row["low"], row["high"], row["sign"])
    evidence = {name: row[name] for name in names}
    verdict, reason = decide(Evidence(failed=row["failed"] + row["pruned"], low=low, high=high, **evidence))
    if row["withdrawn_at"] and row["unfinished"]:
        return verdict, f"withdrawn with {row['n']} of {row['planned']} seeds evaluated"
    return verdict, reason


def _examples(pairs: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    joined = pairs.loc[counts.index, ARM].join(counts)
    rows = [
        {
            **dict(zip(ARM, names, strict=True)),
            "gained": group["gained"].mean(),
            "lost": group["lost"].mean(),
            "mcnemar_n": len(group),
            "mcnemar_p": combined_mcnemar_p(group["gained"].to_numpy(), group["lost"].to_numpy()),
        }
        for names, group in joined.groupby(ARM, sort=False)
    ]
    return typed(pd.DataFrame(rows, columns=[*ARM, *_EXAMPLES]), _EXAMPLES)


def _costs(arms: pd.DataFrame, planned_trials: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean scores and costs of each arm, and their ratios to the control's.

    Seconds are medians: a machine that was suspended or busy during one trial says nothing of the arm.
    """
    names = {"score": "mean", "validation_score": "mean", "parameters": "max", "seconds": "median"}
    means = planned_trials.groupby(ARM, sort=False).agg(names)
    paired = pairs[(pairs["end"] == COMPLETE) & (pairs["other_end"] == COMPLETE)].groupby(ARM, sort=False)
    seconds = paired["seconds"].median() / paired["other_seconds"].median().replace(0.0, np.nan)
    table = arms[[*ARM, "control"]].merge(means.reset_index(), on=ARM, how="left")
    controls = means["parameters"].rename("control_parameters").rename_axis([*GROUP, "control"]).reset_index()
    table = table.merge(controls, on=[*GROUP, "control"], how="left")
    table["parameters_ratio"] = table["parameters"] / table["control_parameters"]
    table = table.merge(seconds.rename("seconds_ratio").reset_index(), on=ARM, how="left")
    return table.drop(columns=["control", "control_parameters"])
