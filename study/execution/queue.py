"""What a study trains next; of a search: its trials, then replicates of the baseline and of the best."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from study.database import Columns, TrialDatabase, TrialRow, place_of
from study.database.tries import save_follower, stored_tries
from study.execution.planned_queue import begun, first_free
from study.files import FileError
from study.options.rungs import first_limit
from study.plan import Plan
from study.search import (
    Allowance,
    Copy,
    Mirror,
    Past,
    Search,
    Try,
    Turns,
    Wish,
    copy_of,
    follower,
    open_tries,
    tries_of,
)
from study.status.progress import best_trial, objective_value, progress
from study.trial import TRIED, Decision, Epoch, Phase, Trial, TrialState

SHOWING = 0.25
"""The fraction of the time in which Optuna's tables are written while trials are trained."""
SHOWING_SECONDS = 0.05
"""For how long at once, while workers wait for an answer."""
LEAVING_SECONDS = 20.0
"""For how long, when a study is left that is not finished."""


NO_WISHES = "when it would come would depend on the moment, which --reproducible excludes; --try gives it beforehand"


class TrialQueue(Protocol):
    """What is trained: it says which trial is next, and takes note of what came of each."""

    def begin(self) -> None:
        """Take up what an earlier run left."""

    def next(self, running: Sequence[Trial], finished: Collection[str], *, only_begun: bool = False) -> Trial | None:
        """Return the next training, or None while there is none.

        Args:
            running: What is being trained.
            finished: Ids of the study's finished trials.
            only_begun: Time is up: only what was interrupted goes on.
        """

    def done(self, finished: Collection[str]) -> bool:
        """Return whether everything is trained, so that a later run would find nothing to do."""

    def columns(self, trial: Trial) -> Columns:
        """Return what the trial's row keeps of the queue, when it begins or goes on."""

    def began(self, trial: Trial) -> None:
        """Take note that a trial began or goes on; its row is committed."""

    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Take note of an epoch, and return what becomes of the trial."""

    def tell(self, trial: Trial, state: TrialState) -> None:
        """Take note of how a trial ended; its row is committed."""

    def keep_up(self) -> None:
        """Do what can wait, as far as there is time; called after whatever has happened."""

    def leave(self) -> None:
        """Leave everything such that `begin` can go on; what ran is committed as interrupted."""


class SearchQueue:
    """The search, then the replicates of the baseline and of the best."""

    def __init__(self, plan: Plan, database: TrialDatabase, note: Callable[[str], None]) -> None:
        """Keep its parts; `note` is told what the user should know."""
        self.plan = plan
        self.database = database
        self.note = note
        self._timed_out = False
        self._tries: list[Try] = []
        """All that somebody wanted tried."""
        self._open_tries: list[Try] = []
        """Those that no trial follows yet."""
        self._wished: dict[int, int] = {}
        """Number of a trial that is about to begin -> key in Optuna's tables of the wish that it follows."""
        self._showing = Allowance(SHOWING)
        self._unshown: dict[str, None] = {}
        """Ids of trials of which Optuna's tables lack something, the longest first."""
        self._final: list[Trial] | None = None
        """The replicates, once the search is over."""

    def begin(self) -> None:
        """Make the search from our rows, and Optuna's tables in the storage from the search."""
        rows = self.database.trials(self.plan.study)
        searched = [row for row in rows if row.phase is Phase.SEARCH]
        self.mirror = Mirror(self.database, self.plan, self._copy, self.note)
        stored = stored_tries(self.database, self.plan.study)
        self._tries = tries_of(self.plan, stored)
        self._open_tries = open_tries(self._tries, rows)
        for entry, wanted in zip(stored, self._tries, strict=True):
            if entry.trial is None and (row := follower(wanted, rows)) is not None:
                self._save_follower(row.trial)  # an earlier process ended just after it began
        kind = Search if self.plan.method.reproducible is None else Turns
        self.search = kind(self.plan, self._past(searched), self._wish)
        self._catch_up(searched)

    def next(self, running: Sequence[Trial], finished: Collection[str], *, only_begun: bool = False) -> Trial | None:
        """Return a trial of the search while there is one, then replicates."""
        if (trial := self.search.ask(only_begun=only_begun or self._out_of_time())) is not None:
            return trial
        baseline = self.plan.replicates("baseline", self.plan.baseline)
        if only_begun:
            return begun(self.database, self.plan.study, baseline + self._best_replicates(), running)
        if self.search.runs:
            return first_free(baseline, running, finished)
        if self._final is None:
            self._say_what_is_left()
            self._give_up_paused()
            self._final = baseline + self._best_replicates()
        return first_free(self._final, running, finished)

    def done(self, finished: Collection[str]) -> bool:
        """Return whether the search and its replicates have reached their targets."""
        stored = self.database.plan(self.plan.study)
        if stored is None:
            return False
        trials = self.database.trials(self.plan.study)
        found = progress(
            trials,
            self.plan.budget,
            self.plan.baseline,
            self.plan.metric,
            search_seconds=stored.search_seconds,
            search_epochs=self._trained(),
            pruner=self.plan.method.pruner,
        )
        return found.finished

    def columns(self, trial: Trial) -> Columns:
        """Return how far a trial of the search was promoted, its turns, and the key of the wish that it follows."""
        if trial.phase is not Phase.SEARCH:
            return {}
        found: Columns = {
            "promoted_to": self.search.promoted_to(trial),
            "optuna_trial_id": self._wished.pop(trial.number or 0, None),  # only at first: it may be no key any more
            "turns": self._turns(trial),
        }
        return {name: value for name, value in found.items() if value is not None}

    def began(self, trial: Trial) -> None:
        """Keep which try a trial of the search follows; Optuna's tables are to show it."""
        if trial.phase is not Phase.SEARCH:
            return
        if trial.variant == TRIED:
            self._save_follower(trial)
            self._open_tries = [entry for entry in self._open_tries if entry.configuration != trial.configuration]
        self._unshown[trial.id] = None

    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Let the pruner decide on a trial of the search; a final trial goes on."""
        if trial.phase is not Phase.SEARCH:
            return Decision.GO_ON
        if len(self.plan.objectives) == 1:
            self._unshown[trial.id] = None
        return self.search.report(trial, epoch)

    def tell(self, trial: Trial, state: TrialState) -> None:
        """Tell the search of one of its trials."""
        if trial.phase is Phase.SEARCH:
            row = self.database.trial(trial.id)
            self.search.tell(trial, state, self._scores(row) if row else None)
            self._unshown[trial.id] = None

    def keep_up(self) -> None:
        """Show in Optuna's tables what has happened, the oldest first, as far as their allowance goes."""
        if self.mirror.is_anew:
            self.mirror.is_anew = False
            self._unshown = dict.fromkeys(row.id for row in self._searched())
        if self.plan.method.reproducible is not None:
            self.mirror.wish(refused=NO_WISHES)
        until = time.perf_counter() + SHOWING_SECONDS
        while self._unshown and self._showing.is_left and time.perf_counter() < until:
            trial = next(iter(self._unshown))
            del self._unshown[trial]
            with self._showing.spending():
                if (row := self.database.trial(trial)) is not None:
                    key = self.mirror.bring_up(row)
                    if key is not None and (key != row.optuna_trial_id or self.mirror.is_anew):
                        self.database.save_optuna_trial_ids({row.id: key})

    def leave(self) -> None:
        """Bring the search and Optuna's tables to where our rows are, and close the latter."""
        rows = self._searched()
        self._catch_up(rows, LEAVING_SECONDS if any(not row.state.finished for row in rows) else math.inf)
        self.mirror.close()

    def _catch_up(self, rows: Sequence[TrialRow], seconds: float = math.inf) -> None:
        """Bring the search and Optuna's tables to where our rows are, the latter in about so many seconds."""
        for row in rows:
            trial = row.trial
            if row.state.finished and self.search.state(trial.number or 0) is not None:  # skipped while it waited
                self.search.tell(trial, row.state, self._scores(row))
        self._unshown.clear()
        known = sorted(rows, key=lambda row: row.optuna_number or 0)
        if keys := self.mirror.show(known, seconds):
            self.database.save_optuna_trial_ids(keys)

    def _save_follower(self, trial: Trial) -> None:
        """Keep which try a trial follows that somebody wanted."""
        for entry in self._tries:
            if entry.number is not None and entry.configuration == trial.configuration:
                save_follower(self.database, self.plan.study, entry.number, trial.id)

    def _searched(self) -> list[TrialRow]:
        """Return the trials of the search, in the order of their numbers."""
        rows = [row for row in self.database.trials(self.plan.study) if row.phase is Phase.SEARCH]
        return sorted(rows, key=lambda row: row.optuna_number or 0)

    def _past(self, rows: Sequence[TrialRow]) -> list[Past]:
        """Return the trials of the search, as our rows have them."""
        curves, trained = self.database.validation_curves(self.plan.study), self._trained()
        followed = [(entry, follower(entry, rows)) for entry in self._tries if not entry.prune]
        spared = {row.id for _, row in followed if row is not None}
        return [
            Past(
                trial=row.trial,
                state=row.state,
                values=curves.get(row.id, {}),
                scores=self._scores(row),
                promoted_to=row.promoted_to,
                began_at=row.created_at,
                ended_at=row.finished_at,
                spared=row.id in spared,
                turns=row.turns or (),
                epochs=trained.get(row.id, 0),
            )
            for row in rows
        ]

    def _wish(self, number: int) -> Wish | None:
        """Return what somebody wants tried: by `--try`, else in Optuna's study, whose key there is remembered."""
        if self._open_tries and self.search.has_room(self._epochs_of(self._open_tries[0])):
            wanted = self._open_tries[0]
            self.note(f"trial {number} is one that --try asked for ({wanted.in_words()})")
            return Wish(wanted.values, TRIED, spared=not wanted.prune)
        found = self.mirror.wish() if self.plan.method.reproducible is None else None
        if found is None:
            return None
        self._wished[number], values = found
        given = ", ".join(f"{name}={value}" for name, value in values.items()) or "nothing given"
        self.note(f"trial {number} is one that was enqueued in Optuna's study ({given})")
        return Wish(values)

    def _epochs_of(self, wanted: Try) -> int:
        """Return the epochs that a try may train before a decision lets it go on."""
        epochs = self.plan.budget.epochs
        return first_limit(self.plan.method.pruner, epochs) if wanted.prune else epochs

    def _copy(self, row: TrialRow) -> Copy:
        """Return what is to stand in Optuna's tables of a trial of the search."""
        return copy_of(self.plan, row, self.database.validation_curve(row.id), self._scores(row))

    def _scores(self, row: TrialRow) -> list[float] | None:
        """Return what a complete trial reached of each objective; the seconds of an epoch are a median."""
        if row.state is not TrialState.COMPLETE:
            return None

        _, *others = self.plan.objectives
        epochs = self.database.epochs(row.id) if others else []
        scores = [row.value, *(objective_value(metric, row, epochs) for metric in others)]
        return [float(score) for score in scores if score is not None]  # a complete trial has them all

    def _give_up_paused(self) -> None:
        """Prune where they stand the trials that nothing will promote any more."""
        paused = [row for row in self._searched() if row.state is TrialState.PAUSED]
        if not paused:
            return
        self.search.give_up([row.trial for row in paused])
        self.database.give_up({row.id: self._turns(row.trial) for row in paused})
        place = place_of(self.database.storage, self.plan.files)
        for row in paused:
            self._unshown[row.id] = None
            try:
                place.forget(row.id)
            except FileError as error:
                self.note(f"{error}; it is removed when the study is taken up the next time")

    def _turns(self, trial: Trial) -> list[int] | None:
        """Return the turns of a trial of the search, where turns are counted."""
        return list(self.search.turns(trial)) if isinstance(self.search, Turns) else None

    def _say_what_is_left(self) -> None:
        """Tell of the epochs that the search, which is over, did not spend."""
        limit, room = self.plan.budget.epoch_budget, self.search.room()
        if limit is None or not 0 < room <= limit:
            return
        why = "its time is over" if self._timed_out else f"the search has its {self.plan.budget.trials} trials"
        if not self.search.has_room(shortest := first_limit(self.plan.method.pruner, self.plan.budget.epochs)):
            why = f"the next trial might train {shortest}"
        self.note(f"{room:.0f} of the {limit} epochs of --epoch-budget are left, as {why}")

    def _trained(self) -> dict[str, int]:
        """Return the epochs of the search's trials, where these are limited."""
        return {} if self.plan.budget.epoch_budget is None else self.database.search_epochs(self.plan.study)

    def _best_replicates(self) -> list[Trial]:
        best = best_trial(self.database.trials(self.plan.study), self.plan.metric)
        if best is None or best.configuration == self.plan.baseline:
            return []
        return self.plan.replicates("best", best.configuration)

    def _out_of_time(self) -> bool:
        limit = self.plan.budget.timeout
        if limit is None or self._timed_out:
            return self._timed_out
        stored = self.database.plan(self.plan.study)
        self._timed_out = stored is not None and stored.search_seconds >= limit
        if self._timed_out and self.plan.budget.epoch_budget is None and (left := self.search.remaining()):
            self.note(f"the search's {limit:.0f} seconds are over; {left} of its trials will not begin")
        return self._timed_out
