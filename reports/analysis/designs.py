"""What single designs tell beyond their arms' effects: factorial contrasts, the greedy path, the noise floor."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.analysis import family
from reports.analysis.contrast_tests import INTERACTION, contrast_tests
from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.analysis.looks import level_of
from reports.analysis.once import once
from reports.analysis.pairs import ARM, COMPLETE, GROUP, arms_of, pairs_of, planned_trials_of
from reports.analysis.scores import METRIC, cut, metric_of
from reports.statistics import HELPS, HURTS, Evidence, decide, intervals, student_half_width
from study.design import Design, Role

_CONTRAST = ["contrast", "kind", "n", "planned", "effect", "low", "high", "deviation", "spread", "degrees", "p"]
_CONTRAST += ["sign_flip_p", "p_holm", "look", "level", "verdict", "verdict_reason"]
REINFORCE = "reinforce each other"
WEAKEN = "weaken each other"
_STEP = [*METRIC, "step", "arm", "candidates", "changes", "n", "validation_score", "validation_score_low"]
_STEP += ["validation_score_high", "score", "score_low", "score_high"]
_GAIN = ["effect", "low", "high", "p", "p_holm", "validation_effect", "validation_low", "validation_high", "verdict"]
_GAIN += ["verdict_reason"]
_FLOOR = [*METRIC, "n", "planned", "effect", "low", "high", "deviation", "half_width", "single"]


@once
def factorial(frames: Frames) -> pd.DataFrame:
    """Return the contrasts of each full factorial design with their verdicts.

    Returns:
        `study, ablation, setting`, `METRIC`, `contrast` ("a" or "a x b"), `kind` ("main" or "interaction"), `n,
        planned` (seeds), `effect, low, high, deviation, spread, degrees, p, sign_flip_p, p_holm` (over the family of
        the study), `look, level` (the latest look of the design's arms, and what p_holm is compared with at it),
        `verdict, verdict_reason`; the verdict on an interaction says `REINFORCE` or `WEAKEN`. A seed that
        one arm lost leaves no verdict: which arm it would have favoured is unknown.
    """
    table = contrast_tests(frames)
    arms = effects(frames).merge(arms_of(frames).pipe(lambda rows: rows[ARM].assign(question=family.questions(rows))))
    parts = [family.tests_of(arms), family.tests_of_contrasts(table)]
    _, found = family.adjusted(parts, family.still_to_come(frames, arms_of(frames)))
    latest = arms.groupby(GROUP, sort=False)["look"].max().rename("look").reset_index()
    table = table.assign(p_holm=found["p_holm"]).merge(latest, on=GROUP, how="left")
    table = table.assign(level=[level_of(look) for look in table["look"]])
    return _judged(table)[[*GROUP, *METRIC, *_CONTRAST]]


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
    steps = cut(steps, "validation_score_", "score_")
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


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    said = []
    for row in table.to_dict("records"):
        n, planned = row["n"], row["planned"]
        merit = metric_of(row).sign * row["effect"]
        lost = {"unfinished": row["unfinished"], "control_lost": planned - n}
        verdict, reason = decide(
            Evidence(n=n, merit=merit, p_holm=row["p_holm"], level=row["level"], planned=planned, **lost)
        )
        if n < planned:
            reason = f"{planned - n} of {planned} seeds are not complete in every arm"
        words = {HELPS: REINFORCE, HURTS: WEAKEN} if row["kind"] == INTERACTION else {}
        said.append((words.get(verdict, verdict), reason))
    verdicts, reasons = zip(*said, strict=True) if said else ((), ())
    return table.assign(verdict=list(verdicts), verdict_reason=list(reasons))
