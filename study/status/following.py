"""Follows a study that another process runs, from the database alone: what happens to its trials."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from study.database import PlanRow, TrialDatabase, TrialRow
from study.database.finals import stored_finals
from study.database.following import (
    best_value,
    counts_of,
    ended_since,
    epochs_after,
    epochs_before,
    epochs_done,
    epochs_saved,
    family_of,
    last_times,
    running_trials,
    score_on_test,
    trials_with,
)
from study.engines.job import Outcome
from study.status.progress import out_of_time
from study.trial import Epoch, Phase, TestResult, Trial, TrialState

NOBODY = -1
"""The worker of a trial that began and ended between two looks: its own is at another one by then."""


@dataclass(frozen=True, slots=True)
class Started:
    """A worker began a trial, or went on with one."""

    worker: int
    trial: Trial
    resumed_after: int
    """Epochs that it had then."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """An epoch of a trial was recorded."""

    worker: int
    trial: Trial
    epoch: Epoch


@dataclass(frozen=True, slots=True)
class Left:
    """Nobody trains a trial any more: it ended, or waits."""

    worker: int
    trial: Trial
    outcome: Outcome


Happened = Started | Advanced | Left


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a study is, counted in epochs."""

    total: int
    """Of all that is planned, as if nothing were pruned."""
    done: int
    """Those that need not be trained any more."""
    best: float | None
    """Validation score of the best complete search trial so far."""


@dataclass(slots=True)
class _Known:
    row: TrialRow
    worker: int
    epoch: int
    """Its last epoch that was told of."""


class Follower:
    """A running study, and what re-tunes arms of its ablations. A look costs a few small queries."""

    def __init__(self, database: TrialDatabase, study: str) -> None:
        """Begin with what is being trained now.

        Args:
            database: Open for reading; nothing is written or locked.
            study: Its whole name.
        """
        self.database = database
        self.study = study
        self._studies = family_of(database, study)
        self._running: dict[str, _Known] = {}
        self._counts: object = None
        self._reached: dict[str, int] = {}
        """Id of an open trial -> its last epoch that was told of."""
        self._begun_at, self._ended_at = last_times(database, self._studies)
        """When the last trial began that is known, and when the last one ended: by the clock of who runs the study."""
        self._told = {_end(row) for row in ended_since(database, self._studies, self._ended_at)}
        """Ends at `_ended_at` or later that need not be told of any more."""

    def news(self) -> Iterator[Happened]:
        """Yield what has happened since the last call; at the first one, what is being trained.

        Of a trial that began and ended in between everything is told.
        """
        self._studies = family_of(self.database, self.study)
        is_first = self._counts is None
        counts = counts_of(self.database, self._studies)
        changed, self._counts = counts != self._counts, counts
        rows = running_trials(self.database, self._studies) if changed or self._running else []
        yield from self._advances()
        yield from self._ends({row.id: row.attempt for row in rows})
        if changed:
            yield from self._short_ones({row.id for row in rows})
        for row in rows:
            if row.id not in self._running:
                yield self._started(row, row.worker or 0, whole=is_first)
        yield from self._advances()
        self._begun_at = max([self._begun_at, *(row.started_at for row in rows)])

    def extent(self) -> Extent:
        """Return how far the study is; for now and then, since it counts what is planned."""
        plan = self.database.plan(self.study)
        if plan is None:
            return Extent(0, 0, None)
        retunings = [found for name in self._studies if name != self.study and (found := self.database.plan(name))]
        planned = {
            row.trial or (row.ablation, row.setting, row.arm, row.search, row.replicate)
            for row in self.database.planned_trials(self.study)
        }
        finals = sum(final.replicates * final.epochs for final in stored_finals(self.database, self.study))
        replicates = plan.replicates * (2 if plan.definition["domains"].keys() - plan.fixed.keys() else 1)
        searches = [plan, *retunings]
        searched = self._search_trials(searches) * plan.epochs
        done = epochs_done(self.database, self._studies)
        if plan.epoch_budget is not None:  # what pruning saves is trained by others
            searched = min(searched, len(searches) * plan.epoch_budget)
            done -= epochs_saved(self.database, [entry.study for entry in searches])
        best = best_value(self.database, self.study, higher_is_better=plan.metric.sign > 0)
        total = searched + (replicates + len(planned)) * plan.epochs + finals
        return Extent(total, min(done, total), best)

    def _search_trials(self, plans: Sequence[PlanRow]) -> int:
        begun: dict[str, int] = {}
        for count in counts_of(self.database, [plan.study for plan in plans], counting=True):
            if count.phase is Phase.SEARCH:
                begun[count.study] = begun.get(count.study, 0) + count.trials
        return sum(
            begun.get(plan.study, 0)
            if out_of_time(plan.search_seconds, plan.timeout_seconds)
            else max(begun.get(plan.study, 0), plan.trials)
            for plan in plans
        )

    def _advances(self) -> Iterator[Advanced]:
        for row in epochs_after(self.database, {id: known.epoch for id, known in self._running.items()}):
            known = self._running[row.trial]
            known.epoch = self._reached[row.trial] = row.epoch
            yield Advanced(known.worker, known.row.trial, row.record)

    def _ends(self, attempts: dict[str, int]) -> Iterator[Left]:
        """Yield the trials that were being trained and are not any more, or again.

        Args:
            attempts: Id -> attempt of what is being trained.
        """
        gone = [known.row for id, known in self._running.items() if attempts.get(id) != known.row.attempt]
        now = {row.id: row for row in trials_with(self.database, [row.id for row in gone])}
        for row in gone:
            found = now.get(row.id)
            if found is None:  # put aside as stale
                found = replace(row, state=TrialState.INTERRUPTED)
            elif found.state is TrialState.RUNNING:  # begun again
                found = replace(row, state=TrialState.PAUSED if found.promoted_to else TrialState.INTERRUPTED)
            yield self._left(found)

    def _short_ones(self, running: Collection[str]) -> Iterator[Happened]:
        """Yield what happened to trials that began and ended since the last look.

        Args:
            running: Ids of those that were still being trained a moment ago; the next look tells of their end.
        """
        for row in ended_since(self.database, self._studies, self._ended_at):
            if row.id in running or _end(row) in self._told:
                continue
            if row.started_at > self._begun_at:  # else it waited, and was given up
                yield self._started(row, NOBODY, whole=False)
                yield from self._advances()
                yield self._left(row)

    def _started(self, row: TrialRow, worker: int, *, whole: bool) -> Started:
        """Take note of a trial that is being trained.

        Args:
            row: The trial.
            worker: As it is told.
            whole: Whether all its epochs so far count as known.
        """
        before = self._reached.get(row.id, 0)
        if whole or row.attempt > 1:
            before = max(before, epochs_before(self.database, row.id, None if whole else row.started_at))
        self._running[row.id] = _Known(row, worker, before)
        return Started(worker, row.trial, before)

    def _left(self, row: TrialRow) -> Left:
        worker = self._running.pop(row.id).worker
        if row.state.finished:
            self._told.add(_end(row))
            self._ended_at = max(self._ended_at, row.finished_at or "")
            self._reached.pop(row.id, None)
        failure = None
        if row.failure_type is not None:
            failure = (row.failure_type, row.failure_message or "", row.failure_traceback or "")
        result = None
        if row.phase.tested and row.state is TrialState.COMPLETE:
            score = score_on_test(self.database, row.id)
            result = None if score is None else TestResult(None, score, None, None, 0.0)
        return Left(worker, row.trial, Outcome(row.state, value=row.value, result=result, failure=failure))


def _end(row: TrialRow) -> tuple[str, str | None]:
    return row.id, row.finished_at
