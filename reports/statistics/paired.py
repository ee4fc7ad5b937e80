"""Best against baseline: the differences between trials with the same seed, and the verdict on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.statistics.decision import HELPS, HURTS, NO_EVIDENCE, Evidence, decide
from reports.statistics.mean_tests import mean_tests

if TYPE_CHECKING:
    import pandas as pd

_WORDS = {
    HELPS: "better than the baseline",
    HURTS: "worse than the baseline",
    NO_EVIDENCE: "no evidence of a difference",
}


def pairs_of_replicates(finals: pd.DataFrame) -> pd.DataFrame:
    """Pair the best configuration's replicates with the baseline's of the same seed.

    Args:
        finals: One row a replicate: `study`, `role` ("best" or "baseline"), `trial`, `replicate`, `seed`, `score`.

    Returns:
        `study, replicate, seed, trial, other_trial, difference` (as scores are stored).
    """
    keys = ["study", "replicate", "seed"]
    sides = [finals.loc[finals["role"] == role, [*keys, "trial", "score"]] for role in ("best", "baseline")]
    pairs = sides[0].merge(sides[1].rename(columns={"trial": "other_trial"}), on=keys, suffixes=("", "_other"))
    pairs = pairs.dropna(subset=["score", "score_other"])
    return pairs.assign(difference=pairs["score"] - pairs["score_other"]).drop(columns=["score", "score_other"])


def paired_differences(pairs: pd.DataFrame, floors: pd.Series | None = None) -> pd.DataFrame:
    """Compare the best configuration with the baseline, trial by trial with the same seed.

    Args:
        pairs: Of `pairs_of_replicates`.
        floors: By study, what the variance of a difference cannot be below, where that is known.

    Returns:
        A row for each study with a pair: `study`, `n`, `difference`, `low`, `high` (as scores are stored), `p` (of the
        t test), `sign_flip_p`.
    """
    table = mean_tests(pairs, by=["study"], family=["study"], floors=floors).rename(columns={"effect": "difference"})
    return table[["study", "n", "difference", "low", "high", "p", "sign_flip_p"]]


def verdict(evidence: Evidence) -> str:
    """Return in words what pairs show of best against baseline, by the rule of `decide` for a single comparison."""
    found, reason = decide(evidence)
    return f"{found.removesuffix(')')}; {reason})" if reason else _WORDS[found]
