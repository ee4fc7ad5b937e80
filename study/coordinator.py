"""Conducts one study: hands trials to workers, records what comes back, and leaves everything resumable."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from study.agenda import Agenda
from study.database import TrialDatabase, checkpoint_path, weights_path
from study.engines.local import EpochEnded, Event, LocalWorkers, TrialEnded, WorkerDied
from study.errors import StudyError
from study.machine import precision, threads
from study.plan import Plan
from study.runner import Job, Outcome
from study.trial import Epoch, Phase, Trial, TrialState

BEAT_SECONDS = 5.0
"""How often the owner says that it lives."""
VIEW_SECONDS = 0.5
"""How long the loop waits for an event at most; the view is redrawn in between."""
DEATHS_ALLOWED = 2
"""How often a trial may lose its worker process (to the out-of-memory killer, say) before it counts as failed."""


class View(Protocol):
    """Whoever watches a study: the terminal, or nobody."""

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """A worker began a trial, or went on with one after that many epochs."""

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """An epoch was committed."""

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """A trial's end was committed."""

    def note(self, text: str) -> None:
        """Something the user should know."""

    def tick(self) -> None:
        """Time passed."""


@dataclass(slots=True)
class _Running:
    trial: Trial
    job: Job
    recorded: int
    """Epochs in the database when it was started here; a resumed trial may send the last ones again."""


class Coordinator:
    """One run of a study. The only process that writes the study's rows, Optuna's among them."""

    def __init__(
        self,
        plan: Plan,
        agenda: Agenda,
        database: TrialDatabase,
        workers: LocalWorkers,
        view: View,
        *,
        environment: str,
    ) -> None:
        """Keeps its parts; `run` does the work.

        Args:
            plan: Already saved in the database.
            agenda: What is trained.
            database: Open for writing.
            workers: Who trains.
            view: Who watches.
            environment: Id of this machine's row in the environment table.
        """
        self.plan = plan
        self.agenda = agenda
        self.database = database
        self.workers = workers
        self.view = view
        self.environment = environment
        self._running: dict[int, _Running] = {}
        self._retry: list[Trial] = []
        self._deaths: Counter[str] = Counter()
        self._beat = time.monotonic()
        # Who re-tunes an arm of an ablation works for the study that is ablated, and owns it too.
        self._owned = [plan.study, *([plan.parent] if plan.parent else [])]

    def run(self) -> None:
        """Runs the study to its budget. Interrupted in any way, it leaves every trial resumable.

        Raises:
            StudyBusyError: Another process owns the study.
        """
        try:
            for study in self._owned:
                self.database.acquire(study)
            self.database.interrupt_running(self.plan.study)
            self.agenda.begin()
            try:
                self._loop()
            finally:
                self._leave()
        finally:
            for study in self._owned:
                self.database.release(study)

    def _loop(self) -> None:
        rows = self.database.trials(self.plan.study)
        self._finished = {row["id"] for row in rows if TrialState(row["state"]).finished}
        while True:
            self._fill()
            if not self._running:
                return
            for event in self.workers.events(VIEW_SECONDS):
                self._handle(event)
            self.view.tick()
            if time.monotonic() - self._beat >= BEAT_SECONDS:
                self._say_alive()

    def _fill(self) -> None:
        for worker in range(len(self.workers.devices)):
            if worker not in self._running and (trial := self._next()) is not None:
                self._start(worker, trial)

    def _next(self) -> Trial | None:
        """Returns what to train now: a trial that lost its worker, else what the agenda says."""
        if self._retry:
            return self._retry.pop(0)
        if self.plan.budget.timeout is not None:
            self._say_alive()  # the agenda reads how long the study has searched
        return self.agenda.next([entry.trial for entry in self._running.values()], self._finished)

    def _start(self, worker: int, trial: Trial) -> None:
        device = self.workers.devices[worker]
        machine = {
            "device": device,
            "precision": precision(self.plan.method.precision, device),
            "threads": threads(len(self.workers.devices), device),
        }
        row = self.database.begin_trial(
            trial,
            optuna_trial_id=self.agenda.optuna_trial_id(trial),
            worker=worker,
            environment=self.environment,
            machine=machine,
        )
        job = Job(
            trial=trial,
            family=self.plan.space.family,
            classes=len(self.plan.dataset.class_names),
            device=device,
            precision=row["precision"],
            threads=row["threads"],
            checkpoint=checkpoint_path(self.database.storage, trial.id).resolve(),
            weights=weights_path(self.database.storage, trial.id).resolve(),
            resume=row["attempt"] > 1,
        )
        recorded = len(self.database.epochs(trial.id)) if job.resume else 0
        self._running[worker] = _Running(trial, job, recorded)
        self.workers.start(worker, job)
        self.view.started(worker, trial, resumed_after=recorded)

    def _handle(self, event: Event) -> None:
        if (running := self._running.get(event.worker)) is None:
            return  # a worker without a trial died: the next trial begins another
        trial = running.trial
        match event:
            case EpochEnded():
                self.database.record_epoch(trial.id, event.epoch)
                self.workers.answer(event.worker, self.agenda.report(trial, event.epoch))
                if event.epoch.number > running.recorded:
                    self.view.epoch(event.worker, trial, event.epoch)
            case TrialEnded():
                self._end(event.worker, running, event.outcome)
            case WorkerDied():
                self._mourn(event.worker, running, event.exit_code)

    def _end(self, worker: int, running: _Running, outcome: Outcome) -> None:
        trial = running.trial
        kind, message, trace = outcome.failure or (None, None, None)
        self.database.save_test_images(self.plan.dataset.content_hash, outcome.mistakes)
        if outcome.state is TrialState.INTERRUPTED:
            raise StudyError(f"{message}; once that is mended, `python -m study resume` goes on where this stopped")
        if trial.phase is Phase.SEARCH:
            self._say_alive()  # its time counts as search, even if nothing is searched any more
        del self._running[worker]  # whatever interrupts from here on, what is committed stays
        self.database.finish_trial(
            trial.id,
            outcome.state,
            outcome.result,
            value=outcome.value,
            parameters=outcome.parameters,
            peak_memory_bytes=outcome.peak_memory_bytes,
            failure_type=kind,
            failure_message=message,
            failure_traceback=trace,
        )
        self.agenda.tell(trial, outcome.state)
        if outcome.state.finished:
            self._finished.add(trial.id)
            running.job.checkpoint.unlink(missing_ok=True)
        if outcome.notice:
            self.view.note(outcome.notice)
        self.view.ended(worker, trial, outcome)

    def _mourn(self, worker: int, running: _Running, exit_code: int | None) -> None:
        trial = running.trial
        self._deaths[trial.id] += 1
        how = f"signal {-exit_code}" if exit_code is not None and exit_code < 0 else f"exit status {exit_code}"
        if self._deaths[trial.id] <= DEATHS_ALLOWED:
            self.view.note(f"worker {worker} died ({how}); its trial goes on from its last checkpoint")
            del self._running[worker]
            self._retry.append(trial)
            return
        message = f"its worker process died {self._deaths[trial.id]} times, at last by {how}"
        self._end(worker, running, Outcome(TrialState.FAILED, failure=("WorkerDied", message, "")))

    def _say_alive(self) -> None:
        elapsed = time.monotonic() - self._beat
        searching = any(entry.trial.phase is Phase.SEARCH for entry in self._running.values())
        for study in self._owned:
            mine = study == self.plan.study
            self.database.keep(study, search_seconds=elapsed if searching and mine else 0.0)
        self._beat = time.monotonic()

    def _leave(self) -> None:
        """Stops workers that are still at it, and puts what they were doing back into the queue."""
        if self._running:
            self.workers.stop()
        if not self.database.owns(self.plan.study):
            return  # another process took over, with these trials
        self._say_alive()
        self.database.interrupt_running(self.plan.study)
        self.agenda.leave()
