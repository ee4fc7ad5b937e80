"""Seeds that were added after results were there: each such addition is a further look, and a further chance to err."""

from __future__ import annotations

import pandas as pd

from reports.analysis.pairs import ARM
from reports.statistics.intervals import ALPHA


def level_of(look: int) -> float:
    """Return what a p is compared with at a look: 0.05 at the first, 0.05 * 2^-k at look k.

    All looks together claim something false with a chance of at most 0.075, however many there are;
    `docs/statistics.md` has what was measured.
    """
    return ALPHA if look <= 1 else ALPHA * 2.0**-look


def looks(planned_trials: pd.DataFrame) -> pd.DataFrame:
    """Return for each arm how often its seeds were added to after it had been scored.

    Args:
        planned_trials: `ARM`, `planned_at` (when the trial was planned) and `scored_at` (when its test score was
            recorded; missing while there is none).

    Returns:
        `ARM`, `look` (1 where all seeds were planned before any score of the arm was there), `seeds_added` (planned
        after that).
    """
    first = planned_trials.groupby(ARM, sort=False)["scored_at"].transform("min")
    late = planned_trials["planned_at"] > first.fillna("9")
    counted = planned_trials.assign(batch=planned_trials["planned_at"].where(late), late=late)
    table = counted.groupby(ARM, sort=False).agg(look=("batch", "nunique"), seeds_added=("late", "sum")).reset_index()
    return table.assign(look=table["look"] + 1, seeds_added=table["seeds_added"].astype(int))
