"""What a study trains next: a search with the final trainings that follow from it, or cells known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from study.database import TrialDatabase
from study.plan import Plan
from study.progress import best_trial
from study.search import Search
from study.trial import Epoch, Phase, Trial, TrialState


class Agenda(Protocol):
    """Whoever says what to train, and hears what came of it."""

    def begin(self) -> None:
        """Takes up what an earlier run left."""

    def next(self, running: Sequence[Trial], finished: Collection[str]) -> Trial | None:
        """Returns the next training, or None while there is none.

        Args:
            running: What is being trained.
            finished: Ids of the study's finished trials.
        """

    def optuna_trial_id(self, trial: Trial) -> int | None:
        """Returns the trial's key in Optuna's own tables, if it is one of a search."""

    def report(self, trial: Trial, epoch: Epoch) -> bool:
        """Hears of an epoch; returns whether the trial should go on."""

    def tell(self, trial: Trial, state: TrialState, value: float | None) -> None:
        """Hears how a trial ended."""


class Tuning:
    """The search, then the replicates of the baseline and of the best."""

    def __init__(self, plan: Plan, database: TrialDatabase, note: Callable[[str], None]) -> None:
        """Keeps its parts; `note` is told when time is up."""
        self.plan = plan
        self.database = database
        self.note = note
        self._timed_out = False

    def begin(self) -> None:
        """Opens Optuna's study, with the trials that lost their process back in its queue."""
        self.search = Search(self.database.storage, self.plan)
        self.search.adopt(self.database.trials(self.plan.study))

    def next(self, running: Sequence[Trial], finished: Collection[str]) -> Trial | None:
        """Returns a trial of the search while there is one, then replicates."""
        if not self._out_of_time() and (trial := self.search.ask()) is not None:
            return trial
        baseline = self.plan.replicates("baseline", self.plan.baseline)
        searching = any(trial.phase is Phase.SEARCH for trial in running)
        return _first(baseline if searching else baseline + self._best_replicates(), running, finished)

    def optuna_trial_id(self, trial: Trial) -> int | None:
        """Returns Optuna's key of a trial of the search."""
        return self.search.optuna_trial_id(trial)

    def report(self, trial: Trial, epoch: Epoch) -> bool:
        """Lets the pruner decide on a trial of the search; a final training goes on."""
        return trial.phase is not Phase.SEARCH or self.search.report(trial, epoch)

    def tell(self, trial: Trial, state: TrialState, value: float | None) -> None:
        """Tells Optuna of a trial of the search."""
        if trial.phase is Phase.SEARCH:
            self.search.tell(trial, state, value)

    def _best_replicates(self) -> list[Trial]:
        best = best_trial(self.database.trials(self.plan.study))
        if best is None or best["configuration"] == self.plan.baseline:
            return []
        return self.plan.replicates("best", best["configuration"])

    def _out_of_time(self) -> bool:
        limit = self.plan.budget.timeout
        if limit is None or self._timed_out:
            return self._timed_out
        row = self.database.plan(self.plan.study)
        if row is not None and row["search_seconds"] >= limit and (left := self.search.remaining()):
            self._timed_out = True
            self.note(f"the search's {limit:.0f} seconds are over; {left} of its trials will not begin")
        return self._timed_out


class Cells:
    """Trainings that are all known beforehand; none is pruned."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        """Keeps the trainings, in the order in which to begin them."""
        self.trials = trials

    def begin(self) -> None:
        """Nothing is kept outside the database."""

    def next(self, running: Sequence[Trial], finished: Collection[str]) -> Trial | None:
        """Returns the first that has not begun."""
        return _first(self.trials, running, finished)

    def optuna_trial_id(self, trial: Trial) -> int | None:
        """Optuna knows nothing of these."""
        return None

    def report(self, trial: Trial, epoch: Epoch) -> bool:
        """Every training goes to its end."""
        return True

    def tell(self, trial: Trial, state: TrialState, value: float | None) -> None:
        """Nobody chooses by these."""


def _first(trials: Sequence[Trial], running: Sequence[Trial], finished: Collection[str]) -> Trial | None:
    busy = {trial.id for trial in running}
    return next((trial for trial in trials if trial.id not in finished and trial.id not in busy), None)
