"""Runs one trial: pulls epochs, hands them over to be recorded, checkpoints, stops when told."""

from __future__ import annotations

import contextlib
import re
import resource
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from study import checkpoint, lazy, storable, weights
from study.catalog import load_family
from study.data import Split
from study.isolation import isolated
from study.outputs import Logits, check_module
from study.rehearsal import repeatable
from study.training import DivergedError, Precision, Training, final_test, fit, normalise, prepare, seed_globals
from study.trial import Decision, Epoch, Phase, TestImage, TestResult, Trial, TrialState

MISTAKES_KEPT = 12
"""Pictures that each tested training leaves in the database."""
LAZY_IMAGES = 2
"""Images that give lazy modules their shapes."""
_BFLOAT16 = re.compile("primitive|bfloat16", re.IGNORECASE)
"""What oneDNN and torch say where they have no kernel in that precision."""
Record = Callable[[Epoch], Decision]
"""Records an epoch and returns what to do now. Called again with the epoch that a resumed trial stands at."""
_STOPPED = {Decision.PAUSE: TrialState.PAUSED, Decision.PRUNE: TrialState.PRUNED}


@dataclass(frozen=True, slots=True)
class Job:
    """A trial, and how to train it here."""

    trial: Trial
    family: str
    class_names: tuple[str, ...]
    device: str
    precision: Precision
    threads: int
    checkpoint: Path
    weights: Path
    """Where a complete final training leaves its model."""
    resume: bool
    """Whether the trial was begun before, so that a checkpoint there is its own."""
    rehearse: bool = False
    """Whether to find out first if the model gives the same numbers twice."""


@dataclass(frozen=True, slots=True)
class TrialData:
    """The images of a study: what a search may see, what a final training learns from, and the test split."""

    train: Split
    validation: Split
    full: Split
    test: Split

    def on(self, device: torch.device) -> TrialData:
        """Returns the same data on a device."""
        return TrialData(
            *(
                Split(split.images.to(device), split.labels.to(device))
                for split in (self.train, self.validation, self.full, self.test)
            )
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended."""

    state: TrialState
    value: float | None = None
    """Validation accuracy of the last epoch, of a complete trial with a validation split."""
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
    stuck: tuple[str, ...] = ()
    """Global state that the trial changed and that cannot be put back: its process must train nothing else."""


def run_trial(job: Job, data: TrialData, record: Record) -> Outcome:
    """Trains a trial to its end, and leaves the process's global state as it was.

    Args:
        job: The trial and its machine.
        data: On the job's device.
        record: Called with each epoch as it ends.

    Returns:
        The outcome. Whatever model or training raise is one too, SystemExit and its like among it: FAILED, with its
        traceback. INTERRUPTED if a checkpoint could not be written.

    Raises:
        BaseException: What `record` raised, if it is no Exception.
    """
    with contextlib.suppress(BaseException):
        load_family(job.family)  # what its module sets when it is imported holds in every trial of this process
    with isolated() as stuck:
        outcome = _run(job, data, _Recorder(record))
    return replace(outcome, stuck=tuple(stuck))


class _Recorder:
    """Passes epochs on, and remembers what made it fail: that is the engine's, not the trial's."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.raised: BaseException | None = None

    def __call__(self, epoch: Epoch) -> Decision:
        try:
            return self._record(epoch)
        except BaseException as error:
            self.raised = error
            raise


def _run(job: Job, data: TrialData, record: _Recorder) -> Outcome:
    torch.set_num_threads(job.threads)
    same = repeatable(lambda: _build(job, data), _splits(job, data)[0]) if job.rehearse else None
    parameters, notice = None, None
    try:
        training = _build(job, data)
        parameters = sum(weight.numel() for weight in training.model.parameters() if weight.requires_grad)
        last, notice = _restore(job, training)
        outcome = _train(job, training, data, record, last)
    except checkpoint.CheckpointWriteError as error:
        # Not the trial's fault: it stays resumable, and the study stops rather than lose one trial after another.
        outcome = Outcome(TrialState.INTERRUPTED, failure=(type(error).__name__, storable.line(error.strerror), ""))
    except DivergedError as error:
        outcome = Outcome(TrialState.DIVERGED, failure=("DivergedError", str(error), ""))
    except BaseException as error:  # a user's model may raise anything; the study goes on
        if error is record.raised and not isinstance(error, Exception):
            raise
        outcome = Outcome(TrialState.FAILED, failure=_failure(job, error))
    peak = _peak_memory(job.device)
    return replace(outcome, parameters=parameters, peak_memory_bytes=peak, notice=notice, repeatable=same)


def _failure(job: Job, error: BaseException) -> tuple[str, str, str]:
    """Returns type, message and traceback; where bfloat16 may be what the machine lacks, the message says so."""
    if isinstance(
        error.__cause__, StopIteration
    ):  # Python turns one that leaves a generator, `fit`, into another error
        error = error.__cause__
    kind, message, trace = storable.describe(error)
    if job.precision == "bfloat16" and isinstance(error, RuntimeError) and _BFLOAT16.search(message):
        message = (
            f"{message} (trained in bfloat16, which this {'CPU' if job.device == 'cpu' else 'GPU'} may not have for "
            f"such a model: a study begun with --precision float32 needs none)"
        )
    return kind, message, trace


def _build(job: Job, data: TrialData) -> Training:
    family = load_family(job.family)
    recipe, params = family.divide(job.trial.configuration)
    seed_globals(job.trial.seed, "init")
    model = family.build(params, len(job.class_names))
    check_module(job.family, model)
    lazy.initialize(model, lambda: normalise(_splits(job, data)[0].images[:LAZY_IMAGES].cpu()))
    logits = Logits(job.family, len(job.class_names))
    return prepare(model, recipe, job.trial.seed, torch.device(job.device), job.precision, family.measure, logits)


def _splits(job: Job, data: TrialData) -> tuple[Split, Split | None]:
    """Returns what the trial learns from, and its validation split: a replicate learns from that too."""
    return (data.full, None) if job.trial.phase is Phase.REPLICATE else (data.train, data.validation)


def _restore(job: Job, training: Training) -> tuple[Epoch | None, str | None]:
    """Goes on from the trial's checkpoint; returns the epoch it stands at, and what to tell of a bad file."""
    if not job.resume:
        checkpoint.remove(job.checkpoint)
        return None, None
    try:
        state = checkpoint.load(job.checkpoint, job.trial.id)
    except FileNotFoundError:
        return None, None
    except checkpoint.CheckpointError as error:
        return None, storable.line(f"{error}; trial {job.trial.id} starts again from its first epoch")
    last = state.pop("last")
    training.load_state_dict(state)
    assert isinstance(last, dict)  # written by _train below and checksummed
    return Epoch(**last), None


def _train(job: Job, training: Training, data: TrialData, record: Record, last: Epoch | None) -> Outcome:
    tested = job.trial.phase.tested
    train, validation = _splits(job, data)
    writer = checkpoint.CheckpointWriter(job.checkpoint, job.trial.id)
    try:
        decision = Decision.GO_ON if last is None else record(last)
        if decision in _STOPPED:
            return Outcome(_STOPPED[decision])
        remaining = fit(training, train, validation, job.trial.epochs) if decision is Decision.GO_ON else ()
        for last in remaining:
            decision = record(last)
            if decision is Decision.PRUNE:
                return Outcome(TrialState.PRUNED)
            if decision is Decision.STOP:
                break
            if tested or last.number < job.trial.epochs:  # a complete search trial leaves nothing behind
                writer.submit({**training.state_dict(), "last": asdict(last)})
            if decision is Decision.PAUSE:
                return Outcome(TrialState.PAUSED)
    finally:
        writer.close()
    value = last.validation_accuracy if last else None
    if not tested:
        return Outcome(TrialState.COMPLETE, value=value)
    result = final_test(training, data.test)
    if job.trial.phase is Phase.REPLICATE:
        _keep(job, training)
    return Outcome(TrialState.COMPLETE, value=value, result=result, mistakes=_mistakes(result, data.test))


def _keep(job: Job, training: Training) -> None:
    """Writes the trained model where the user finds it."""
    trial = job.trial
    _, params = load_family(job.family).divide(trial.configuration)
    weights.save(
        job.weights,
        model=training.model.state_dict(),
        family=job.family,
        parameters={name: value for name, value in asdict(params).items() if name in trial.configuration},
        recipe=asdict(training.recipe),
        class_names=job.class_names,
        study=trial.study,
        trial=trial.id,
        seed=trial.seed,
    )


def _mistakes(result: TestResult, test: Split) -> tuple[TestImage, ...]:
    """Returns the test images that the model got wrong with the greatest confidence."""
    predictions = np.frombuffer(result.predictions, dtype=np.uint8)
    confidences = np.frombuffer(result.confidences, dtype="<f2")
    wrong = np.flatnonzero(predictions != test.labels.cpu().numpy())
    worst = wrong[np.argsort(-confidences[wrong], kind="stable")][:MISTAKES_KEPT]
    height, width = test.images.shape[-2:]
    return tuple(
        TestImage(int(number), height, width, test.images[int(number)].cpu().numpy().tobytes()) for number in worst
    )


def _peak_memory(device: str) -> int:
    if device != "cpu":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
