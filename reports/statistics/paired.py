"""Best against baseline: the differences between trials with the same seed, and the verdict on them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from reports.statistics.decision import HELPS, HURTS, NO_EVIDENCE, Evidence, better_side, decide
from reports.statistics.intervals import intervals
from reports.statistics.sign_flip import sign_flip_p, smallest_p

_WORDS = {
    HELPS: "better than the baseline",
    HURTS: "worse than the baseline",
    NO_EVIDENCE: "no evidence of a difference",
}


def paired_differences(finals: pd.DataFrame, signs: Mapping[str, int]) -> pd.DataFrame:
    """Compare the best configuration with the baseline, trial by trial with the same seed.

    Args:
        finals: One row a replicate: `study`, `role` ("best" or "baseline"), `replicate`, `seed`, `score`.
        signs: Study -> 1 where a higher score is better, -1 where a lower one is.

    Returns:
        A row for each study with a pair: `study`, `n`, `difference`, `low`, `high` (as scores are stored), `p`,
        `smallest_p`, `verdict`.
    """
    keys = ["study", "replicate", "seed"]
    sides = [finals.loc[finals["role"] == role, [*keys, "score"]] for role in ("best", "baseline")]
    pairs = sides[0].merge(sides[1], on=keys, suffixes=("_best", "_baseline")).dropna()
    pairs["difference"] = pairs["score_best"] - pairs["score_baseline"]
    table = intervals(pairs, by=["study"], column="difference").rename(columns={"mean": "difference"})
    grouped = {study: group.to_numpy() for study, group in pairs.groupby("study")["difference"]}
    table["p"] = [sign_flip_p(grouped[study]) for study in table["study"]]
    table["smallest_p"] = [smallest_p(n) for n in table["n"]]
    table["verdict"] = [
        verdict(n=row["n"], low=row["low"], high=row["high"], p=row["p"], sign=signs[row["study"]])
        for row in table.to_dict("records")
    ]
    return table


def verdict(*, n: int, low: float, high: float, p: float, sign: int = 1) -> str:
    """Return in words what pairs show of best against baseline, by the rule of `decide` for a single comparison.

    Args:
        n: Pairs.
        low: Lower bound of the interval of their mean difference.
        high: Its upper bound.
        p: Of the sign-flip test.
        sign: -1 where a lower score is better.
    """
    low, high = better_side(low, high, sign)
    found, reason = decide(Evidence(n=n, variants=1, low=low, high=high, p_holm=p, planned=n))
    return f"{found.removesuffix(')')}; {reason})" if reason else _WORDS[found]
