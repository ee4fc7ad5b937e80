"""Workers that train nothing: an engine that tells at once, or at its own pace, what so many workers would tell."""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from study.engines.job import STOPPED, Job, Outcome
from study.engines.machine import Machine
from study.engines.protocol import EpochEnded, Event, TrialBegan, TrialEnded
from study.trial import Decision, Epoch, Phase, TestResult, Trial, TrialState


class EnoughError(BaseException):
    """What was to be measured is measured: the run ends here, as by Ctrl-C."""


ENVIRONMENT: Mapping[str, Any] = {
    "python": "3",
    "packages": {},
    "platform": "made up",
    "processor": "made up",
    "cores": 2,
    "memory_bytes": 2**33,
    "accelerator": None,
    "code_version": "benchmark",
    "git_commit": None,
}


@dataclass(slots=True)
class _Worker:
    job: Job
    done: int
    """Epochs told of."""
    decision: Decision = Decision.GO_ON
    began: bool = False


@dataclass
class StubWorkers:
    """An engine of so many workers, each of which ends an epoch `epoch_seconds` after it was answered.

    An event is due when a real worker would have sent it; what the engine's user takes longer counts as waiting.
    """

    count: int
    epoch_seconds: float = 0.0
    """Mean of an exponential distribution; 0 makes every worker tell of its next epoch at once."""
    limit_trials: int | None = None
    """Trials after whose end the run is ended."""
    limit_seconds: float | None = None
    """Seconds after the first job after which the run is ended."""
    done: dict[str, int] = field(default_factory=dict)
    """Trial's id -> its epochs, of those that were paused."""
    epochs: int = 0
    ended: int = 0
    """Trials that have ended, or were paused."""
    began_at: float | None = None
    """When the first job was given (time.perf_counter)."""
    stopped_at: float | None = None
    processor_seconds: float = 0.0
    """Processor time of this process from the first job to the end of the run."""
    answers: list[float] = field(default_factory=list)
    """Seconds that each epoch waited for its answer."""
    _workers: dict[int, _Worker] = field(default_factory=dict)
    _due: list[tuple[float, int]] = field(default_factory=list)
    _asked: dict[int, float] = field(default_factory=dict)
    """Worker -> when its epoch was due that waits for its answer."""
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def __post_init__(self) -> None:
        """Make the workers, which stay."""
        self.machines = {number: Machine("cpu", "made up", 1, "float32", ENVIRONMENT) for number in range(self.count)}
        self.elastic = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Forget every job."""
        self.stop()

    def start(self, worker: int, job: Job) -> None:
        """Take a job."""
        now = time.perf_counter()
        if self.began_at is None:
            self.began_at, self.processor_seconds = now, -time.process_time()
        self._workers[worker] = _Worker(job, self.done.get(job.trial.id, 0))
        heapq.heappush(self._due, (now, worker))
        self._end_in_time(now)

    def answer(self, worker: int, decision: Decision) -> None:
        """Go on as is decided."""
        now = time.perf_counter()
        self.answers.append(now - self._asked.pop(worker))
        self._workers[worker].decision = decision
        pause = self._random.expovariate(1 / self.epoch_seconds) if self.epoch_seconds else 0.0
        heapq.heappush(self._due, (now + pause, worker))

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield what is due."""
        now = time.perf_counter()
        self._end_in_time(now)
        if self._due and (wait := self._due[0][0] - now) > 0:
            time.sleep(min(wait, timeout))
        now, ready = time.perf_counter(), []
        while self._due and self._due[0][0] <= now:
            ready.append(heapq.heappop(self._due))
        for due, worker in ready:
            yield self._next(due, worker)

    def kill(self, worker: int) -> int | None:
        """Forget a job."""
        return -9 if self._workers.pop(worker, None) else None

    def stop(self) -> None:
        """Forget every job."""
        self._workers.clear()
        self._due.clear()

    def _next(self, due: float, worker: int) -> Event:
        entry = self._workers[worker]
        trial = entry.job.trial
        if not entry.began:
            entry.began = True
            heapq.heappush(self._due, (due, worker))
            return TrialBegan(worker)
        state = STOPPED.get(entry.decision)
        if state is not None or entry.done == trial.epochs:
            del self._workers[worker]
            self.ended += 1
            self.done[trial.id] = entry.done
            return TrialEnded(worker, _outcome(trial, state))
        entry.done += 1
        self.epochs += 1
        self._asked[worker] = due
        return EpochEnded(worker, _epoch(trial, entry.done))

    def _end_in_time(self, now: float) -> None:
        enough = self.limit_trials is not None and self.ended >= self.limit_trials
        late = self.limit_seconds is not None and now - (self.began_at or now) >= self.limit_seconds
        if enough or late:
            self.stopped_at = now
            self.processor_seconds += time.process_time()
            raise EnoughError


def score(trial: Trial, epoch: int) -> float:
    """Return a made-up validation score: rising, of the same course for the same seed."""
    generator = random.Random(trial.seed)
    error = 0.01 + 0.05 * generator.random()
    return 1 - error * (1 + 4 / epoch)


def measured(score: float) -> Mapping[str, float]:
    """Return the metrics of an epoch, as the program's own training tells them."""
    return {"accuracy": score, "balanced_accuracy": score}


def _epoch(trial: Trial, number: int) -> Epoch:
    found = score(trial, number)
    judged = trial.phase is not Phase.REPLICATE
    return Epoch(
        number=number,
        train_loss=3 * (1 - found),
        train_score=found,
        validation_loss=3 * (1 - found) if judged else None,
        validation_score=found if judged else None,
        learning_rate=0.001,
        seconds=1.0,
        metrics=measured(found) if judged else {},
        processor_seconds=1.0,
    )


def _outcome(trial: Trial, stopped: TrialState | None) -> Outcome:
    if stopped is not None:
        return Outcome(stopped, parameters=421_642)
    found = score(trial, trial.epochs)
    result = TestResult(0.05, found, b"", b"", 0.1, {"accuracy": found}) if trial.phase is not Phase.SEARCH else None
    judged = trial.phase is not Phase.REPLICATE
    return Outcome(TrialState.COMPLETE, value=found if judged else None, result=result, parameters=421_642)
