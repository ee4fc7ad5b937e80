"""What the report says with numbers about chance. Every function takes values or a frame and returns the same.

`docs/statistics.md` tells the methods, why each was chosen, and what a simulation measured of them.
"""

from reports.statistics.decision import (
    ALL_VERDICTS,
    EQUIVALENT,
    HELPS,
    HURTS,
    INCONCLUSIVE,
    LEAST_SEARCHES,
    LEAST_SEEDS,
    NEEDS,
    NO_EVIDENCE,
    Advice,
    Evidence,
    advice,
    better_side,
    decide,
)
from reports.statistics.equivalence import equivalence_p
from reports.statistics.factorial import contrasts
from reports.statistics.guarded import guarded, guarded_p, half_widths
from reports.statistics.improvement import probability_of_improvement
from reports.statistics.intervals import ALPHA, LEVEL, intervals, student_half_width
from reports.statistics.mean_tests import mean_tests
from reports.statistics.multiple import holm
from reports.statistics.paired import paired_differences, pairs_of_replicates, verdict
from reports.statistics.power import MOST_SEEDS, POWER, detectable, seeds_for_power
from reports.statistics.sign_flip import EXACT_PAIRS, sign_flip_p
from study.status.intervals import CONFIDENCE, wilson

__all__ = [
    "ALL_VERDICTS",
    "ALPHA",
    "CONFIDENCE",
    "EQUIVALENT",
    "EXACT_PAIRS",
    "HELPS",
    "HURTS",
    "INCONCLUSIVE",
    "LEAST_SEARCHES",
    "LEAST_SEEDS",
    "LEVEL",
    "MOST_SEEDS",
    "NEEDS",
    "NO_EVIDENCE",
    "POWER",
    "Advice",
    "Evidence",
    "advice",
    "better_side",
    "contrasts",
    "decide",
    "detectable",
    "equivalence_p",
    "guarded",
    "guarded_p",
    "half_widths",
    "holm",
    "intervals",
    "mean_tests",
    "paired_differences",
    "pairs_of_replicates",
    "probability_of_improvement",
    "seeds_for_power",
    "sign_flip_p",
    "student_half_width",
    "verdict",
    "wilson",
]
