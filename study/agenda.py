"""What a study trains next: a search with the final trainings that follow from it, or cells known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from statistics import median
from typing import Protocol

from study.database import Row, TrialDatabase, checkpoint_path
from study.plan import Plan
from study.progress import best_trial, progress
from study.search import Search
from study.trial import Decision, Epoch, Phase, Trial, TrialState


class Agenda(Protocol):
    """Whoever says what to train, and hears what came of it."""

    def begin(self) -> None:
        """Takes up what an earlier run left."""

    def next(self, running: Sequence[Trial], finished: Collection[str], *, only_begun: bool = False) -> Trial | None:
        """Returns the next training, or None while there is none.

        Args:
            running: What is being trained.
            finished: Ids of the study's finished trials.
            only_begun: Time is up: only what was interrupted goes on.
        """

    def done(self, finished: Collection[str]) -> bool:
        """Whether everything is trained, so that a later run would find nothing to do."""

    def optuna_trial_id(self, trial: Trial) -> int | None:
        """Returns the trial's key in Optuna's own tables, if it is one of a search."""

    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Hears of an epoch; returns what becomes of the trial."""

    def tell(self, trial: Trial, state: TrialState) -> None:
        """Hears how a trial ended; its row is committed."""

    def leave(self) -> None:
        """Leaves everything such that `begin` can go on; what ran is committed as interrupted."""


class Tuning:
    """The search, then the replicates of the baseline and of the best."""

    def __init__(self, plan: Plan, database: TrialDatabase, note: Callable[[str], None]) -> None:
        """Keeps its parts; `note` is told when time is up."""
        self.plan = plan
        self.database = database
        self.note = note
        self._timed_out = False
        self._taken_up: list[Trial] = []
        self._closed: set[str] = set()
        """Ids of trials that are trained again though Optuna counts them as ended: it hears no more of them."""

    def begin(self) -> None:
        """Opens Optuna's study, with the trials that lost their process back in its queue."""
        self.search = Search(self.database.storage, self.plan)
        self.leave()
        rows = [row for row in self.database.trials(self.plan.study) if row["optuna_number"] in self._interrupted()]
        ended = [row for row in rows if self.search.has_ended(row["optuna_number"])]
        self._taken_up = [_trial(row) for row in sorted(ended, key=lambda row: row["optuna_number"])]
        self._closed = {trial.id for trial in self._taken_up}

    def next(self, running: Sequence[Trial], finished: Collection[str], *, only_begun: bool = False) -> Trial | None:
        """Returns a trial of the search while there is one, then replicates."""
        begun = self._interrupted() if only_begun or self._out_of_time() else None
        if self._taken_up:
            return self._taken_up.pop(0)
        if (trial := self.search.ask(only=begun)) is not None:
            return trial
        baseline = self.plan.replicates("baseline", self.plan.baseline)
        if only_begun:
            return _begun(self.database, baseline + self._best_replicates(), running)
        if any(trial.phase is Phase.SEARCH for trial in running):
            return _first(baseline, running, finished)
        self._give_up_paused()
        return _first(baseline + self._best_replicates(), running, finished)

    def done(self, finished: Collection[str]) -> bool:
        """Whether the search and its replicates have reached their targets."""
        row = self.database.plan(self.plan.study)
        return row is not None and progress(row | self.plan.row(), self.database.trials(self.plan.study)).finished

    def optuna_trial_id(self, trial: Trial) -> int | None:
        """Returns Optuna's key of a trial of the search."""
        return self.search.optuna_trial_id(trial)

    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Lets the pruner decide on a trial of the search; a final training goes on."""
        hears = trial.phase is Phase.SEARCH and trial.id not in self._closed
        return self.search.report(trial, epoch) if hears else Decision.GO_ON

    def tell(self, trial: Trial, state: TrialState) -> None:
        """Tells Optuna of a trial of the search."""
        if trial.phase is Phase.SEARCH and trial.id not in self._closed:
            row = self.database.trial(trial.id)
            self.search.tell(trial, state, self._scores(row) if row else None)

    def leave(self) -> None:
        """Brings Optuna's study to where ours is."""
        self.search.adopt(self.database.trials(self.plan.study), self._scores)

    def _interrupted(self) -> set[int]:
        """Returns the numbers of search trials that began, and wait to go on."""
        rows = self.database.trials(self.plan.study)
        return {
            row["optuna_number"]
            for row in rows
            if row["phase"] == Phase.SEARCH.value and row["state"] == TrialState.INTERRUPTED.value
        }

    def _scores(self, row: Row) -> list[float] | None:
        """Returns what a complete trial reached of each objective; the seconds of an epoch are a median."""
        if row["state"] != TrialState.COMPLETE.value:
            return None
        reached = {"accuracy": row["value"], "parameters": row["parameters"]}
        if "seconds" in self.plan.method.objectives:
            reached["seconds"] = median(epoch["seconds"] for epoch in self.database.epochs(row["id"]))
        return [float(reached[name]) for name in self.plan.method.objectives]

    def _give_up_paused(self) -> None:
        """Prunes where they stand the trials that nothing will promote any more."""
        for row in self.database.trials(self.plan.study):
            if row["state"] == TrialState.PAUSED.value:
                checkpoint_path(self.database.storage, row["id"]).unlink(missing_ok=True)
                self.database.finish_trial(row["id"], TrialState.PRUNED)
                self.search.give_up(row["optuna_number"])

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
        self._timed_out = row is not None and row["search_seconds"] >= limit
        if self._timed_out and (left := self.search.remaining() - len(self._interrupted())) > 0:
            self.note(f"the search's {limit:.0f} seconds are over; {left} of its trials will not begin")
        return self._timed_out


class Cells:
    """Trainings that are all known beforehand; none is pruned."""

    def __init__(self, trials: Sequence[Trial], database: TrialDatabase) -> None:
        """Keeps the trainings, in the order in which to begin them, and where those that were begun stand."""
        self.trials = trials
        self.database = database

    def begin(self) -> None:
        """Nothing is kept outside the database."""

    def next(self, running: Sequence[Trial], finished: Collection[str], *, only_begun: bool = False) -> Trial | None:
        """Returns the first that has not begun."""
        if only_begun:
            return _begun(self.database, self.trials, running)
        return _first(self.trials, running, finished)

    def done(self, finished: Collection[str]) -> bool:
        """Whether all have ended."""
        return all(trial.id in finished for trial in self.trials)

    def optuna_trial_id(self, trial: Trial) -> int | None:
        """Optuna knows nothing of these."""
        return None

    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Every training goes to its end."""
        return Decision.GO_ON

    def tell(self, trial: Trial, state: TrialState) -> None:
        """Nobody chooses by these."""

    def leave(self) -> None:
        """Nothing is kept outside the database."""


def _trial(row: Row) -> Trial:
    """Returns the trial of a row."""
    return Trial(
        study=row["study"],
        phase=Phase(row["phase"]),
        variant=row["variant"],
        configuration=row["configuration"],
        seed=row["seed"],
        epochs=row["epochs"],
        changes=row["changes"],
        replicate=row["replicate"],
        number=row["optuna_number"],
    )


def _begun(database: TrialDatabase, trials: Sequence[Trial], running: Sequence[Trial]) -> Trial | None:
    """Returns the first that was begun and interrupted."""
    rows = {trial.id: database.trial(trial.id) for trial in trials}
    begun = {trial for trial, row in rows.items() if row and row["state"] == TrialState.INTERRUPTED.value}
    return _first([trial for trial in trials if trial.id in begun], running, ())


def _first(trials: Sequence[Trial], running: Sequence[Trial], finished: Collection[str]) -> Trial | None:
    busy = {trial.id for trial in running}
    return next((trial for trial in trials if trial.id not in finished and trial.id not in busy), None)
