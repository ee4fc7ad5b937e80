"""What a worker is given and what it gives back: a job, its epochs, and how the trial ended."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from study.files import File, LocalFile
from study.files.place import SCRATCH
from study.task import DataSpec, Metric
from study.trial import Decision, Epoch, Precision, Scalar, TestImage, TestResult, Trial, TrialState

Steps = Generator[Epoch, Decision, "Outcome"]
"""A trial in training: yields an epoch, is sent what to do now, and ends with its outcome.

A resumed trial first yields again the epoch that it stands at. Closing it leaves it resumable from its checkpoint.
"""
STOPPED = {Decision.PAUSE: TrialState.PAUSED, Decision.PRUNE: TrialState.PRUNED}
"""Decisions that end the steps before the trial's end -> its state then."""


@dataclass(frozen=True, slots=True)
class Job:
    """A trial, and how to train it here."""

    trial: Trial
    model: str
    spec: DataSpec
    objective: Metric
    metrics: tuple[Metric, ...]
    """What is recorded of validation and test split."""
    further: tuple[str, ...] = field(default=(), kw_only=True)
    """Names of the other metrics that the search weighs."""
    device: str
    precision: Precision
    threads: int
    checkpoint: File
    weights: File
    """Where a complete final trial leaves its model."""
    resume: bool
    """Whether the trial was begun before, so that a checkpoint there is its own."""
    recorded: int | None = None
    """The last epoch in the database, beyond which no checkpoint may be; None takes any."""
    cut: int | None = None
    """Number of the replicate whose cut it learns from; None means the cut that all trials share."""
    rehearse: bool = False
    """Whether to find out first if the model gives the same numbers twice."""
    code: str | None = None
    """Hash of the instructions of the code that is to train it; None takes any."""
    later: Mapping[str, Scalar] = field(default_factory=dict)
    """Hyperparameters that came after the study began, each with its default: a configuration may leave them out."""
    check: bool = False
    """Whether to train one epoch and no more, to find out if a model that trains itself can; nothing is kept."""

    @property
    def scratch(self) -> Path | None:
        """The folder of the trial's own files, beside its checkpoint, which goes when the trial ends.

        None where the checkpoint is not a local file: then it is a temporary one of the process that trains the trial.
        """
        return self.checkpoint.path.with_suffix(SCRATCH) if isinstance(self.checkpoint, LocalFile) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended."""

    state: TrialState
    value: float | None = None
    """Validation score of the last epoch, of a complete trial with a validation split."""
    result: TestResult | None = None
    mistakes: tuple[TestImage, ...] = ()
    """The most confident mistakes on the test split, worst first."""
    parameters: int | None = None
    """Trainable parameters."""
    peak_memory_bytes: int | None = None
    """Highest so far of this worker process, or of its GPU."""
    failure: tuple[str, str, str] | None = None
    """Type, message and traceback."""
    notice: str | None = None
    """Something the user should hear of a trial that went on all the same."""
    repeatable: bool | None = None
    """Whether two first steps on one seed were equal; None where it was not asked, or a step failed."""
    once: bool = False
    """Of a check: whether the model's training yields once alone, and has no epochs."""
    log: tuple[str, ...] = ()
    """Lines that a model which trains itself wrote since its last epoch."""
    stuck: tuple[str, ...] = ()
    """Global state that the trial changed and that cannot be put back: its process must train nothing else."""


@dataclass(slots=True)
class Progress:
    """What is to be said of a trial however it ends; it is filled as the trial goes on."""

    source: str | None = None
    """The file of the user's own code, whose line an error is told with."""
    parameters: int | None = None
    notice: str | None = None
    repeatable: bool | None = None
    log: tuple[str, ...] = ()


class AbandonedError(BaseException):
    """Whoever stepped through the trial has left it; a GeneratorExit that a model raises is another thing."""


def tell(epoch: Epoch) -> Generator[Epoch, Decision, Decision]:
    """Tell of an epoch and return what to do now.

    Raises:
        AbandonedError: Nobody listens any more.
    """
    try:
        return (yield epoch)
    except GeneratorExit as error:
        raise AbandonedError from error
