"""Trials that are all known beforehand: the planned ones of an ablation, or final ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

from study.database import Columns, TrialDatabase
from study.trial import Decision, Epoch, Trial, TrialState


class PlannedQueue:
    """Trainings that are all known beforehand; none is pruned."""

    def __init__(self, trials: Sequence[Trial], database: TrialDatabase) -> None:
        """Keep the trials, in the order in which to begin them, and where those that were begun stand."""
        self.trials = trials
        self.database = database
        self._left = deque(trials)

    def begin(self) -> None:
        """Go through the trials from the first on."""
        self._left = deque(self.trials)

    def next(self, running: Sequence[Trial], finished: Collection[str], *, only_begun: bool = False) -> Trial | None:
        """Return the first trial that has not begun, or that was interrupted where `only_begun`.

        What is returned is in the hands of who asked, and is not returned again.
        """
        if only_begun:
            study = self.trials[0].study if self.trials else ""
            return begun(self.database, study, self.trials, running)
        busy: set[str] | None = None
        while self._left:
            trial = self._left.popleft()
            if trial.id in finished:
                continue
            busy = {entry.id for entry in running} if busy is None else busy
            if trial.id not in busy:
                return trial
        return None

    def done(self, finished: Collection[str]) -> bool:
        """Return whether all have ended."""
        return all(trial.id in finished for trial in self.trials)

    def columns(self, trial: Trial) -> Columns:
        """Return nothing, since no more is known of these trials than what they are."""
        return {}

    def began(self, trial: Trial) -> None:
        """Do nothing, since these trials are shown nowhere but in the database."""

    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Return that the trial goes on, since every one is trained to its end."""
        return Decision.GO_ON

    def tell(self, trial: Trial, state: TrialState) -> None:
        """Do nothing, since nothing is chosen by these trials."""

    def keep_up(self) -> None:
        """Do nothing, since nothing waits."""

    def leave(self) -> None:
        """Do nothing, since nothing is kept outside the database."""


def begun(database: TrialDatabase, study: str, trials: Sequence[Trial], running: Sequence[Trial]) -> Trial | None:
    """Return the first that was begun and interrupted."""
    begun = database.interrupted(study)
    return first_free([trial for trial in trials if trial.id in begun], running, ())


def first_free(trials: Sequence[Trial], running: Sequence[Trial], finished: Collection[str]) -> Trial | None:
    """Return the first trial that has not ended and that nobody trains."""
    busy = {trial.id for trial in running}
    return next((trial for trial in trials if trial.id not in finished and trial.id not in busy), None)
