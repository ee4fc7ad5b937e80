"""What single designs tell beyond their arms' effects: factorial contrasts, the greedy path, the noise floor."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.analysis.once import once
from reports.analysis.pairs import ARM, COMPLETE, GROUP, UNFINISHED, arms_of, pairs_of, planned_trials_of
from reports.analysis.scores import METRIC, metric_of
from reports.analysis.typed import stacked
from reports.statistics import (
    HELPS,
    HURTS,
    Evidence,
    better_side,
    contrasts,
    decide,
    holm,
    intervals,
    sign_flip_p,
    smallest_holm_p,
    smallest_p,
    student_half_width,
)
from study.design import Design, Role

_CONTRAST = ["contrast", "kind", "n", "planned", "effect", "low", "high", "p", "p_holm"]
_CONTRAST += ["smallest_p", "smallest_p_holm", "verdict", "verdict_reason"]
_CONTRASTS = {
    **dict.fromkeys([*GROUP, *METRIC, *_CONTRAST], "object"),
    **dict.fromkeys(("n", "planned"), "int64"),
    **dict.fromkeys(("effect", "low", "high", "p", "p_holm", "smallest_p", "smallest_p_holm"), "float64"),
}
REINFORCE = "reinforce each other"
WEAKEN = "weaken each other"
_STEP = [*METRIC, "step", "arm", "candidates", "changes", "n", "validation_score", "validation_score_low"]
_STEP += ["validation_score_high", "score", "score_low", "score_high"]
_GAIN = ["effect", "low", "high", "p", "p_holm", "validation_effect", "validation_low", "validation_high", "verdict"]
_GAIN += ["verdict_reason"]
_FLOOR = [*METRIC, "n", "planned", "effect", "low", "high", "deviation", "half_width", "single"]


@once
def factorial(frames: Frames) -> pd.DataFrame:
    """Return the main effects and two-way interactions of each full factorial design, in the units of `effects`.

    Each contrast is computed within a seed, over the seeds whose arms are all complete, then told like a paired
    difference. Nothing is returned of a design that lacks an arm.

    Returns:
        `study, ablation, setting`, `METRIC`, `contrast` ("a" or "a x b"), `kind` ("main" or "interaction"), `n,
        planned` (seeds),
        `effect, low, high, p, p_holm` (over the design's contrasts), `smallest_p, smallest_p_holm, verdict,
        verdict_reason`; the verdict on an interaction says `REINFORCE` or `WEAKEN`. A seed that one arm lost leaves
        no verdict: which arm it would have favoured is unknown.
    """
    arms = arms_of(frames)
    named = zip(frames.ablations["study"], frames.ablations["name"], strict=True)
    factors = dict(zip(named, frames.ablations["factors"], strict=True))
    arms = arms[(arms["design"] == Design.FACTORIAL) & ~arms["role"].isin([Role.NOISE_FLOOR, Role.SIZE_MATCHED])]
    planned_trials = planned_trials_of(frames)
    tables = []
    for _, group in arms.groupby(GROUP, sort=False):
        metric = metric_of(group.iloc[0])
        compared = planned_trials.merge(group[ARM], on=ARM)
        scores = compared.pivot_table(index="arm", columns="seed", values="score", dropna=False)
        scores = metric.scale * scores.reindex(group["arm"])  # (arms, seeds)
        study, ablation, _ = group[GROUP].iloc[0]
        table = _contrasts_of(factors[study, ablation], group["factors"].tolist(), scores)
        unfinished = compared.loc[compared["end"] == UNFINISHED, "seed"].nunique()
        table = _judged(table.assign(planned=compared["seed"].nunique()), unfinished, metric.sign)
        tables.append(table.assign(**{name: group[name].iloc[0] for name in (*GROUP, *METRIC)}))
    return stacked(tables, _CONTRASTS)


@once
def path(frames: Frames) -> pd.DataFrame:
    """Return the steps of each greedy path, in order: the start, then the candidate that each decided round chose.

    A round's choice is the control of the next round, or the only candidate of the last one; a round that is not
    decided yet has no row.

    Returns:
        `study, ablation, setting`, `METRIC`, `step, arm, candidates` (tried in the round), `changes, n` (complete
        trials), `validation_score, score` with `_low` and `_high` (as they are stored), and the gain on the step before
        from `effects`: `effect, low, high, p, p_holm, validation_effect, validation_low, validation_high, verdict,
        verdict_reason`.
    """
    arms = arms_of(frames)
    arms = arms[(arms["design"] == Design.PATH) & arms["step"].notna()]
    rounds = arms.groupby([*GROUP, "step"])["arm"]
    arms = arms.assign(candidates=rounds.transform("size"), step=arms["step"].astype(int))
    led_on = pd.MultiIndex.from_frame(arms[[*GROUP, "control"]].dropna())
    chosen = pd.MultiIndex.from_frame(arms[ARM]).isin(led_on) | (arms["role"] == Role.BASELINE)
    last = arms["step"] == arms.groupby(GROUP)["step"].transform("max")
    steps = arms[chosen | (last & (arms["candidates"] == 1))]
    if steps.empty:
        return pd.DataFrame(columns=[*GROUP, *_STEP, *_GAIN])
    planned_trials = planned_trials_of(frames).merge(steps[ARM], on=ARM)
    for measure in ("validation_score", "score"):
        means = intervals(planned_trials, by=ARM, column=measure)
        new = {"mean": measure, "low": f"{measure}_low", "high": f"{measure}_high"}
        steps = steps.merge(means.rename(columns=new)[[*ARM, *new.values()]], on=ARM, how="left")
    complete = planned_trials[planned_trials["end"] == COMPLETE].groupby(ARM).size().rename("n").reset_index()
    steps = steps.merge(complete, on=ARM, how="left").merge(effects(frames)[[*ARM, *_GAIN]], on=ARM, how="left")
    steps["n"] = steps["n"].fillna(0).astype(int)
    return steps[[*GROUP, *_STEP, *_GAIN]].sort_values([*GROUP, "step"], kind="stable", ignore_index=True)


@once
def noise_floor(frames: Frames) -> pd.DataFrame:
    """Return how far the baseline differs from itself on other seeds, in the units of `effects`.

    The true difference is 0, so `deviation` is taken about 0, from n values with n degrees of freedom.

    Returns:
        `study, ablation, setting`, `METRIC`, `n, planned, effect, low, high, deviation, half_width` (of the interval of
        a mean of n such differences) and `single`: what one such difference stays under, 95 times in 100.
    """
    arms = arms_of(frames)
    arms = arms[arms["role"] == Role.NOISE_FLOOR]
    pairs = pairs_of(arms, planned_trials_of(frames))
    table = intervals(pairs, by=GROUP, column="difference").rename(columns={"mean": "effect"})
    table["planned"] = pairs.groupby(GROUP, sort=False).size().to_numpy()
    square = pairs.assign(square=pairs["difference"] ** 2).groupby(GROUP, sort=False)["square"].mean()
    table["deviation"] = np.sqrt(square).to_numpy()
    spread = list(zip(table["deviation"], table["n"], strict=True))
    table["half_width"] = np.array([student_half_width(deviation, n, n) for deviation, n in spread], dtype=float)
    table["single"] = table["half_width"] * np.sqrt(table["n"])
    table = table.merge(arms[[*GROUP, *METRIC]].drop_duplicates(GROUP), on=GROUP, how="left")
    return table[[*GROUP, *_FLOOR]]


def _judged(table: pd.DataFrame, unfinished: int, sign: int) -> pd.DataFrame:
    said = []
    for row in table.to_dict("records"):
        n, planned = row["n"], row["planned"]
        low, high = better_side(row["low"], row["high"], sign)
        evidence = {name: row[name] for name in ("n", "planned", "p_holm")}
        lost = {"unfinished": unfinished, "control_lost": planned - n}
        verdict, reason = decide(Evidence(variants=len(table), low=low, high=high, **evidence, **lost))
        if n < planned:
            reason = f"{planned - n} of {planned} seeds are not complete in every arm"
        words = {HELPS: REINFORCE, HURTS: WEAKEN} if row["kind"] == "interaction" else {}
        said.append((words.get(verdict, verdict), reason))
    return table.assign(verdict=[verdict for verdict, _ in said], verdict_reason=[reason for _, reason in said])


def _contrasts_of(factors: list[str], members: list[list[str]], scores: pd.DataFrame) -> pd.DataFrame:
    names, weights = contrasts(factors, members)
    whole = scores.dropna(axis="columns").to_numpy(dtype=float)  # (arms, seeds)
    values = weights @ whole  # (contrasts, seeds)
    n = values.shape[1]
    mean = values.mean(axis=1) if n else np.full(len(names), np.nan)
    half = [student_half_width(float(np.std(row, ddof=1)) if n > 1 else math.nan, n, n - 1) for row in values]
    p = [sign_flip_p(row) for row in values]
    return pd.DataFrame(
        {
            "contrast": [" x ".join(name) for name in names],
            "kind": ["main" if len(name) == 1 else "interaction" for name in names],
            "n": n,
            "effect": mean,
            "low": mean - np.array(half, dtype=float),
            "high": mean + np.array(half, dtype=float),
            "p": p,
            "p_holm": holm(p),
            "smallest_p": smallest_p(n),
            "smallest_p_holm": smallest_holm_p(n, len(names)),
        }
    )
