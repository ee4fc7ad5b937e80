"""What of a search's budget of epochs is spoken for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from study.database import TrialRow
from study.options.rungs import limit_of
from study.plan import Plan
from study.search import Try, follower
from study.trial import Phase


def spoken_for(plan: Plan, known: Sequence[Try], trials: Sequence[TrialRow], trained: Mapping[str, int]) -> int:
    """Return the epochs that ended trials have spent and the others may train, the baseline's among them.

    Args:
        plan: The study.
        known: All that was to be tried.
        trials: The study's, with those open that are taken up again.
        trained: Trial id -> epochs that it has spent, of the search.
    """
    budget = plan.budget
    spared = {row.id for entry in known if not entry.prune and (row := follower(entry, trials)) is not None}
    begun = [row for row in trials if row.phase is Phase.SEARCH]
    taken = 0 if any(row.optuna_number == 0 for row in begun) else budget.epochs
    for row in begun:
        whole = row.optuna_number == 0 or row.id in spared
        limit = budget.epochs if whole else limit_of(plan.method.pruner, budget.epochs, row.promoted_to)
        taken += trained.get(row.id, 0) if row.state.finished else limit
    return taken
