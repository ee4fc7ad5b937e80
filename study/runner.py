"""Runs one trial: pulls epochs, hands them over to be recorded, checkpoints, stops when told."""

from __future__ import annotations

import resource
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from study import checkpoint
from study.catalog import load_family
from study.data import Split
from study.seeds import derive
from study.training import DivergedError, Precision, Training, final_test, fit, prepare
from study.trial import Decision, Epoch, Phase, TestImage, TestResult, Trial, TrialState

MISTAKES_KEPT = 12
"""Pictures that each tested training leaves in the database."""
Record = Callable[[Epoch], Decision]
"""Records an epoch and returns what to do now. Called again with the epoch that a resumed trial stands at."""
_STOPPED = {Decision.PAUSE: TrialState.PAUSED, Decision.PRUNE: TrialState.PRUNED}


@dataclass(frozen=True, slots=True)
class Job:
    """A trial, and how to train it here."""

    trial: Trial
    family: str
    classes: int
    device: str
    precision: Precision
    threads: int
    checkpoint: Path
    weights: Path
    """Where a complete final training leaves its model."""
    resume: bool
    """Whether the trial was begun before, so that a checkpoint there is its own."""


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


def run_trial(job: Job, data: TrialData, record: Record) -> Outcome:
    """Trains a trial to its end.

    Args:
        job: The trial and its machine.
        data: On the job's device.
        record: Called with each epoch as it ends.

    Returns:
        The outcome. An exception in model or training is one too: FAILED, with its traceback. INTERRUPTED if a
        checkpoint could not be written.
    """
    torch.set_num_threads(job.threads)
    parameters, notice = None, None
    try:
        training = _build(job)
        parameters = sum(weight.numel() for weight in training.model.parameters() if weight.requires_grad)
        last, notice = _restore(job, training)
        outcome = _train(job, training, data, record, last)
    except checkpoint.CheckpointWriteError as error:
        # Not the trial's fault: it stays resumable, and the study stops rather than lose one trial after another.
        outcome = Outcome(TrialState.INTERRUPTED, failure=(type(error).__name__, str(error.strerror), ""))
    except DivergedError as error:
        outcome = Outcome(TrialState.DIVERGED, failure=("DivergedError", str(error), ""))
    except Exception as error:  # a user's model may raise anything; the study goes on
        outcome = Outcome(TrialState.FAILED, failure=(type(error).__name__, str(error), traceback.format_exc()))
    return replace(outcome, parameters=parameters, peak_memory_bytes=_peak_memory(job.device), notice=notice)


def _build(job: Job) -> Training:
    family = load_family(job.family)
    recipe, params = family.divide(job.trial.configuration)
    torch.manual_seed(derive(job.trial.seed, "init"))
    model = family.build(params, job.classes)
    return prepare(model, recipe, job.trial.seed, torch.device(job.device), job.precision, family.measure)


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
        return None, f"{error}; trial {job.trial.id} starts again from its first epoch"
    last = state.pop("last")
    training.load_state_dict(state)
    assert isinstance(last, dict)  # written by _train below and checksummed
    return Epoch(**last), None


def _train(job: Job, training: Training, data: TrialData, record: Record, last: Epoch | None) -> Outcome:
    tested = job.trial.phase.tested
    whole = job.trial.phase is Phase.REPLICATE
    train, validation = (data.full, None) if whole else (data.train, data.validation)
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
    if whole:
        checkpoint.save(job.weights, job.trial.id, {"model": training.model.state_dict(), "classes": job.classes})
    return Outcome(TrialState.COMPLETE, value=value, result=result, mistakes=_mistakes(result, data.test))


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
