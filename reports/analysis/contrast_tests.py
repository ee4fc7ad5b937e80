"""The contrasts of full factorial designs, each tested over the seeds that are complete in every arm."""

from __future__ import annotations

import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.once import once
from reports.analysis.pairs import ARM, GROUP, UNFINISHED, arms_of, planned_trials_of
from reports.analysis.scores import METRIC, metric_of
from reports.analysis.typed import stacked
from reports.statistics import contrasts, mean_tests
from study.design import Design, Role

MAIN, INTERACTION = "main", "interaction"
_TESTED = ["effect", "low", "high", "deviation", "spread", "degrees", "p", "sign_flip_p"]
_COLUMNS = {
    **dict.fromkeys([*GROUP, *METRIC, "contrast", "kind"], "object"),
    **dict.fromkeys(("n", "planned", "unfinished"), "int64"),
    **dict.fromkeys(_TESTED, "float64"),
}


@once
def contrast_tests(frames: Frames) -> pd.DataFrame:
    """Return the main effects and two-way interactions of each full factorial design, in the units of `effects`.

    Each contrast is computed within a seed, over the seeds whose arms are all complete, then tested like a paired
    difference; main effects guard each other's spread, and so do interactions. Nothing is returned of a design that
    lacks an arm.

    Returns:
        `GROUP`, `METRIC`, `contrast` ("a" or "a x b"), `kind` (`MAIN` or `INTERACTION`), `n, planned, unfinished`
        (seeds), and the numbers of `mean_tests`.
    """
    arms = arms_of(frames)
    named = zip(frames.ablations["study"], frames.ablations["name"], strict=True)
    factors = dict(zip(named, frames.ablations["factors"], strict=True))
    arms = arms[(arms["design"] == Design.FACTORIAL) & ~arms["role"].isin([Role.NOISE_FLOOR, Role.SIZE_MATCHED])]
    planned_trials = planned_trials_of(frames)
    tables = []
    for _, group in arms.groupby(GROUP, sort=False):
        study, ablation, _ = group[GROUP].iloc[0]
        compared = planned_trials.merge(group[ARM], on=ARM)
        scores = compared.pivot_table(index="arm", columns="seed", values="score", dropna=False)
        scores = metric_of(group.iloc[0]).scale * scores.reindex(group["arm"])  # (arms, seeds)
        table = _tested(factors[study, ablation], group["factors"].tolist(), scores)
        unfinished = compared.loc[compared["end"] == UNFINISHED, "seed"].nunique()
        about = {name: group[name].iloc[0] for name in (*GROUP, *METRIC)}
        tables.append(table.assign(planned=compared["seed"].nunique(), unfinished=unfinished, **about))
    return stacked(tables, _COLUMNS)


def _tested(factors: list[str], members: list[list[str]], scores: pd.DataFrame) -> pd.DataFrame:
    names, weights = contrasts(factors, members)
    whole = scores.dropna(axis="columns")
    values = weights @ whole.to_numpy(dtype=float)  # (contrasts, seeds)
    about = {
        "contrast": [" x ".join(name) for name in names],
        "kind": [MAIN if len(name) == 1 else INTERACTION for name in names],
    }
    if whole.empty:
        return pd.DataFrame(about).reindex(columns=[*about, "n", *_TESTED]).fillna({"n": 0})
    long = (
        pd.DataFrame(values, columns=whole.columns).assign(**about).melt(["contrast", "kind"], value_name="difference")
    )
    return mean_tests(long, by=["contrast", "kind"], family=["kind"])
