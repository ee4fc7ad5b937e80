"""What the report says with numbers about chance. Every function takes values or a frame and returns the same.

`docs/statistics.md` tells the methods, why each was chosen, and what a simulation measured of them.
"""

from reports.statistics.decision import (
    ALL_VERDICTS,
    EQUIVALENT,
    HELPS,
    HURTS,
    INCONCLUSIVE,
    NO_EVIDENCE,
    Advice,
    Evidence,
    advice,
    better_side,
    decide,
)
from reports.statistics.factorial import contrasts
from reports.statistics.intervals import ALPHA, LEVEL, intervals, student_half_width
from reports.statistics.mcnemar import combined_mcnemar_p, gained_and_lost, mcnemar_p
from reports.statistics.multiple import holm, smallest_holm_p
from reports.statistics.paired import paired_differences, verdict
from reports.statistics.power import MOST_SEEDS, POWER, seeds_for_holm, seeds_for_power
from reports.statistics.sign_flip import EXACT_PAIRS, SEEDS_NEEDED, sign_flip_p, smallest_p
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
    "LEVEL",
    "MOST_SEEDS",
    "NO_EVIDENCE",
    "POWER",
    "SEEDS_NEEDED",
    "Advice",
    "Evidence",
    "advice",
    "better_side",
    "combined_mcnemar_p",
    "contrasts",
    "decide",
    "gained_and_lost",
    "holm",
    "intervals",
    "mcnemar_p",
    "paired_differences",
    "seeds_for_holm",
    "seeds_for_power",
    "sign_flip_p",
    "smallest_holm_p",
    "smallest_p",
    "student_half_width",
    "verdict",
    "wilson",
]
