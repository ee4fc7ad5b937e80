"""Seeds that were added after results were there: each such addition is a further look, and a further chance to err."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from reports.statistics.intervals import ALPHA


def level_of(look: int) -> float:
    """Return what a p is compared with at a look: 0.05 at the first, 0.05 * 2^-k at look k.

    All looks together claim something false with a chance of at most 0.075, however many there are;
    `docs/statistics.md` has what was measured.
    """
    return ALPHA if look <= 1 else ALPHA * 2.0**-look


def looks(planned_trials: pd.DataFrame, retrained: Collection[str] = ()) -> pd.DataFrame:
    """Return for each question of a study how often its seeds were added to after it had been scored.

    Two ablations that ask the same question share its seeds: one that asks it again with no other seeds adds none, and
    one that asks it with more adds those.

    Args:
        planned_trials: `study`, `question`, `search`, `seed`, `planned_at` (when the trial was planned) and `scored_at`
            (when its test score was recorded; missing while there is none).
        retrained: Studies of which scores were put aside, since their code was changed: what was known when, is not
            known any more, so all later seeds of theirs are added ones.

    Returns:
        `study`, `question`, `look` (1 where all seeds were planned before any score was there), `seeds_added` (planned
        after that).
    """
    asked = ["study", "question"]
    grouped = planned_trials.groupby([*asked, "search", "seed"], sort=False)
    seeds = grouped.agg(planned_at=("planned_at", "min"), scored_at=("scored_at", "min")).reset_index()
    by_question = seeds.groupby(asked, sort=False)
    scored, begun = by_question["scored_at"].transform("min"), by_question["planned_at"].transform("min")
    known = scored.fillna("9").where(~seeds["study"].isin(retrained), begun)
    late = seeds["planned_at"] > known
    counted = seeds.assign(batch=seeds["planned_at"].where(late), late=late).groupby(asked, sort=False)
    table = counted.agg(look=("batch", "nunique"), seeds_added=("late", "sum")).reset_index()
    return table.assign(look=table["look"] + 1, seeds_added=table["seeds_added"].astype(int))
