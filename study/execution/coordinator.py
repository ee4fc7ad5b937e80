"""Conducts one study: hands trials to workers, records what comes back, and leaves everything resumable."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from study.database import TrialDatabase, asked_to_skip, place_of
from study.database.code import save_code
from study.database.logs import add_lines
from study.engines.job import Job, Outcome
from study.engines.machine import Machine
from study.engines.protocol import Engine, EpochEnded, Event, TrialBegan, TrialEnded, WorkerDied
from study.errors import StudyError
from study.execution.attempts import DEATHS_ALLOWED, Deaths, Running, how_it_died
from study.execution.ownership import Ownership
from study.execution.placement import Placement, threads_of
from study.execution.queue import TrialQueue
from study.execution.removals import Removals
from study.execution.stopping import undivided
from study.execution.view import View, remarks, unrepeatable
from study.files import File, FileError
from study.plan import Plan
from study.task import COSTS
from study.trial import SKIPPED, Phase, Trial, TrialState

VIEW_SECONDS = 0.5
"""How long the loop waits for an event at most; the view is redrawn in between."""
FILL_SECONDS = 0.1
"""For how long free workers are given trials while others may wait for an answer."""
SKIP_SECONDS = 5.0
"""How often trials are looked for that somebody has asked to skip."""
STARTS_ALLOWED = 2
"""How many worker processes in a row may die before their trial begins; then something is wrong with the machine."""


class Coordinator:
    """One run of a study. The only process that writes the study's rows, Optuna's among them."""

    def __init__(
        self,
        plan: Plan,
        queue: TrialQueue,
        database: TrialDatabase,
        engine: Engine,
        view: View,
    ) -> None:
        """Keep its parts; `run` does the work.

        Args:
            plan: Already saved in the database.
            queue: What is trained.
            database: Open for writing.
            engine: Who trains.
            view: Who watches.
        """
        self.plan = plan
        self.queue = queue
        self.database = database
        self.engine = engine
        self.view = view
        self._running: dict[int, Running] = {}
        self._finished: dict[str, TrialState] = {}
        self._waiting: list[Trial] = []
        """Trials that lost their worker, or wait for one of their kind of machine."""
        self._placement = Placement(engine)
        self._environments: dict[Machine, str] = {}
        self._deaths = Deaths()
        self._failed_starts = 0
        self._rehearsed = False
        self._unfolded = False
        """Whether a trial has ended since SQLite's log was folded into its file."""
        self._ownership = Ownership(plan, database)
        self._place = place_of(database.storage, plan.files).absolute()
        self._removals = Removals(self._place)
        self._skipped_at = time.monotonic()
        self._left: tuple[int, bool] | None = None
        """Number of finished trials -> whether something was left then."""

    def run(self) -> None:
        """Run the study to its budget. Interrupted in any way, it leaves every trial resumable.

        Raises:
            StudyBusyError: Another process owns the study.
            OutOfTimeError: The study has trained as long as it may, and is not finished.
        """
        with self._ownership.held():
            code = self.plan.model.code
            save_code(self.database, code.hash, code.files, code.training)
            self.database.interrupt_running(self.plan.study)
            self._take_up()
            self.queue.begin()
            self.database.fold()
            try:
                self._loop()
            finally:
                with undivided():
                    self._leave()

    def _take_up(self) -> None:
        """Read what has ended, end what is to be skipped, and remove what killed processes left."""
        rows = self.database.trials(self.plan.study)
        states = {row.id: row.state for row in rows}
        self._finished = {trial: state for trial, state in states.items() if state.finished}
        for row in rows:
            if row.machine_kinds and not row.state.finished:
                self._placement.began(row.id, row.machine_kinds[-1])
        self._skip()
        still_open = states.keys() - self._finished.keys()
        self._place.sweep(open_trials=still_open, ended_trials=self._finished)

    def _loop(self) -> None:
        while True:
            filled = self._fill()
            if not self._running and not self._waits():
                break
            with undivided():
                self.queue.keep_up()
            events = list(self.engine.events(VIEW_SECONDS if filled else 0.0))
            with undivided():
                self._record(events)
            for event in events:
                with undivided():
                    self._handle(event)
            self._end_overdue()
            self.view.tick()
            if self._ownership.beat_is_due:
                self._heartbeat()
            if time.monotonic() - self._skipped_at >= SKIP_SECONDS:
                self._skipped_at = time.monotonic()
                self._skip()
            self._say_what_stays()
            if self._unfolded:
                self._unfolded = False
                self.database.fold()
        if self._ownership.time_is_up() and not self.queue.done(self._finished):
            raise self._ownership.out_of_time()

    def _fill(self) -> bool:
        """Give free workers trials: those that wait for one, then what the queue says.

        Returns:
            Whether all have what there is for them; not so after `FILL_SECONDS`, for others wait for their answers.
        """
        until = time.monotonic() + FILL_SECONDS
        free = [worker for worker in self.engine.machines if worker not in self._running]
        trials = self._next_trials()
        while free and (trial := next(trials, None)) is not None:
            worker = self._placement.worker_for(trial, free)
            self._waiting = [entry for entry in self._waiting if entry.id != trial.id]
            if worker is None:
                self._waiting.append(trial)
            else:
                free.remove(worker)
                self._start(worker, trial)
                if free and time.monotonic() > until:
                    return False
        return True

    def _waits(self) -> bool:
        """Return whether something is left to train although no worker trains: until one comes."""
        if self._waiting or self.engine.machines:
            return bool(self._waiting)
        if self._left is None or self._left[0] != len(self._finished):
            self._left = len(self._finished), not self.queue.done(self._finished)
        return self._left[1] and (not self._ownership.time_is_up() or self._has_begun())

    def _has_begun(self) -> bool:
        """Return whether a trial that was begun waits to go on."""
        return any(row.state is TrialState.INTERRUPTED for row in self.database.trials(self.plan.study))

    def _next_trials(self) -> Iterator[Trial]:
        yield from list(self._waiting)
        while (trial := self._next()) is not None:
            yield trial

    def _next(self) -> Trial | None:
        """Return what the queue says is next."""
        if self.plan.budget.timeout is not None or self.plan.budget.total_timeout is not None:
            self._heartbeat()  # what follows reads how long the study has searched and trained
        only_begun = self._ownership.time_is_up()
        while True:
            running = [entry.trial for entry in self._running.values()] + self._waiting
            trial = self.queue.next(running, self._finished, only_begun=only_begun)
            if trial is None or trial.id not in self._finished:
                return trial
            self.queue.tell(trial, self._finished[trial.id])  # it was skipped while it waited

    def _start(self, worker: int, trial: Trial) -> None:
        machine = self.engine.machines[worker]
        if moved := self._placement.move_in_words(trial, machine.kind):
            self.view.note(moved)
        self._placement.began(trial.id, machine.kind)
        asked = "own" if self.plan.model.own is not None else self.plan.method.precision
        row = self.database.begin_trial(
            trial,
            worker=worker,
            environment=self._environment(machine),
            machine={
                "device": machine.device,
                "precision": machine.precision if asked == "auto" else asked,
                "threads": threads_of(self.plan, machine),
            },
            kind=machine.kind,
            columns=self.queue.columns(trial) | {"code": self.plan.model.code.hash},
        )
        self.queue.began(trial)
        job = Job(
            trial=trial,
            model=self.plan.space.model,
            code=self.plan.model.code.instructions_hash,
            spec=self.plan.dataset.spec,
            objective=self.plan.metric,
            metrics=self.plan.recorded,
            further=tuple(metric.name for metric in self.plan.objectives[1:] if metric.name not in COSTS),
            device=machine.device,
            precision=row.precision,
            threads=row.threads,
            checkpoint=self._place.checkpoint(trial.id),
            weights=self._place.weights(trial.id),
            resume=row.attempt > 1,
            cut=self.plan.cut_of(trial),
            rehearse=not self._rehearsed,
            later={name: self.plan.model.defaults[name] for name in self.plan.unsaid},
        )
        self._rehearsed = True
        seconds = {epoch.epoch: epoch.seconds for epoch in self.database.epochs(trial.id)} if job.resume else {}
        job = replace(job, recorded=max(seconds, default=0))
        if len(seconds) > 1 and not self._may_have(job.checkpoint):  # after one epoch, it may not be written yet
            self.view.note(
                f"{trial.title}: its checkpoint is not at {job.checkpoint}, though {len(seconds)} of its epochs are "
                f"recorded; it starts again from its first epoch"
            )
        self._running[worker] = Running(trial, job, seconds, resumed_after=len(seconds))
        self.engine.start(worker, job)
        self.view.started(worker, trial, resumed_after=len(seconds))

    def _environment(self, machine: Machine) -> str:
        """Return the id of a machine's row in the environment table."""
        if machine not in self._environments:
            self._environments[machine] = self.database.save_environment(dict(machine.environment))
        return self._environments[machine]

    def _record(self, events: Sequence[Event]) -> None:
        """Commit the epochs that have ended, in one transaction; each worker is answered after that.

        The time of trials that end counts, as search if they are some, even if nothing is trained any more.
        """
        if any(isinstance(event, TrialEnded | WorkerDied) for event in events):
            self._heartbeat()
        ended = {event.worker: event.epoch for event in events if isinstance(event, EpochEnded)}
        epochs = {self._running[worker].trial.id: epoch for worker, epoch in ended.items() if worker in self._running}
        if epochs:
            self.database.record_epochs(epochs)

    def _handle(self, event: Event) -> None:
        """Take note of what has happened; an epoch is committed already."""
        if (running := self._running.get(event.worker)) is None:
            return  # a worker without a trial died: the next trial begins another
        trial = running.trial
        match event:
            case TrialBegan():
                self._failed_starts = 0
                running.began(time.monotonic())
            case EpochEnded():
                self.engine.answer(event.worker, self.queue.report(trial, event.epoch))
                running.record(event.epoch, time.monotonic())
                if event.epoch.number > running.resumed_after:
                    self.view.epoch(event.worker, trial, event.epoch)
                    self._show_log(trial, event.epoch.log)
            case TrialEnded():
                self._end(event.worker, running, event.outcome)
            case WorkerDied():
                self._on_worker_death(event, running)

    def _end(self, worker: int, running: Running, outcome: Outcome) -> None:
        trial = running.trial
        kind, message, trace = outcome.failure or (None, None, None)
        self.database.save_test_images(self.plan.dataset.content_hash, outcome.mistakes)
        if outcome.state is TrialState.INTERRUPTED:
            raise StudyError(f"{message}; once that is mended, `python -m study resume` goes on where this stopped")
        del self._running[worker]  # whatever interrupts from here on, what is committed stays
        self._unfolded = True
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
        if outcome.log:
            add_lines(self.database, trial.id, running.last_epoch, outcome.log)
            self._show_log(trial, outcome.log)
        self.queue.tell(trial, outcome.state)
        if outcome.state.finished:
            self._finished[trial.id] = outcome.state
            self._removals.ask(trial.id)
        for remark in remarks(outcome):
            self.view.note(remark)
        if outcome.repeatable is False:
            told = unrepeatable(self.plan.space.model, own=self.plan.model.own is not None)
            self.database.add_note(self.plan.study, told)
            self.view.note(told)
        self.view.ended(worker, trial, outcome)

    def _may_have(self, file: File) -> bool:
        """Return whether a file is there, or cannot be asked for: its worker tells then."""
        try:
            return file.exists()
        except FileError:
            return True

    def _say_what_stays(self) -> None:
        """Tell of files of ended trials that could not be removed."""
        for error in self._removals.failures():
            self.view.note(f"{error}; it is removed when the study is taken up the next time")

    def _show_log(self, trial: Trial, lines: Iterable[str]) -> None:
        for text in lines:
            self.view.log(f"{self.plan.study}  {trial.title}  {text}")

    def _on_worker_death(self, event: WorkerDied, running: Running) -> None:
        """Take a trial back from a worker that died, to go on with it or, if that leads nowhere, to end it."""
        worker, trial, how = event.worker, running.trial, event.cause or how_it_died(event.exit_code)
        if event.machine_lost:
            self.view.note(f"worker {worker} {how}; its trial goes on from its last checkpoint, on another one")
        elif running.since is None:  # it died before it touched the trial
            self._failed_starts += 1
            if self._failed_starts > STARTS_ALLOWED:
                raise StudyError(
                    f"{self._failed_starts} worker processes in a row died before they could train, the last one "
                    f"{how}; once that is mended, `python -m study resume` goes on where this stopped"
                )
            self.view.note(f"worker {worker} {how} before its trial began; another one takes the trial")
        else:
            count = self._deaths.add(trial.id, running.last_epoch)
            if count > DEATHS_ALLOWED:
                message = (
                    f"its worker process {how} in epoch {running.last_epoch + 1}, as did {count - 1} before it; "
                    f"`python -m study resume --failed` tries it again"
                )
                self._end(worker, running, Outcome(TrialState.FAILED, failure=("WorkerDied", message, "")))
                return
            self.view.note(f"worker {worker} {how}; its trial goes on from its last checkpoint")
        del self._running[worker]
        self.database.finish_trial(trial.id, TrialState.INTERRUPTED)
        self._waiting.append(trial)

    def _end_overdue(self) -> None:
        """End the trials that have trained longer than one may."""
        limit, now = self.plan.budget.trial_timeout, time.monotonic()
        for worker, running in list(self._running.items()):
            if limit is None or running.since is None or (seconds := running.trained(now)) <= limit:
                continue
            self.engine.kill(worker)
            message = (
                f"it had trained for {seconds:.0f} seconds in epoch {running.last_epoch + 1}, "
                f"and --trial-timeout is {limit:g}"
            )
            self._heartbeat()
            self._end(worker, running, Outcome(TrialState.FAILED, failure=("TrialTimeout", message, "")))

    def _skip(self) -> None:
        """End the trials that somebody has asked to skip."""
        for trial in asked_to_skip(self.database, self.plan.study):
            outcome = Outcome(TrialState.FAILED, failure=SKIPPED)
            worker = next((worker for worker, entry in self._running.items() if entry.trial.id == trial), None)
            if worker is not None:
                self.engine.kill(worker)
                self._heartbeat()
                self._end(worker, self._running[worker], outcome)
                continue
            kind, message, _ = SKIPPED
            self.database.finish_trial(trial, outcome.state, failure_type=kind, failure_message=message)
            self._finished[trial] = outcome.state
            self._removals.ask(trial)
            waiting = [entry for entry in self._waiting if entry.id == trial]
            self._waiting = [entry for entry in self._waiting if entry.id != trial]
            for entry in waiting:
                self.queue.tell(entry, outcome.state)
            self.view.note(f"trial {trial} was skipped by hand")

    def _heartbeat(self) -> None:
        phases = {entry.trial.phase for entry in self._running.values()}
        self._ownership.heartbeat(searching=Phase.SEARCH in phases, training=bool(phases))

    def _leave(self) -> None:
        """Stop workers that are still at it, and put what they were doing back into the queue."""
        try:
            if self._running:
                self.engine.stop()
        finally:
            self._put_back()

    def _put_back(self) -> None:
        """Leave what ran resumable, and Optuna's tables whole."""
        self._removals.finish()
        self._say_what_stays()
        if not self.database.owns(self.plan.study):
            return  # another process took over, with these trials
        self._heartbeat()
        self.database.interrupt_running(self.plan.study)
        self.queue.leave()
        self.database.fold()
