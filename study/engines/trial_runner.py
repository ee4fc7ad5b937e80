"""Runs one trial as a generator of epochs: checkpoints after each, and stops when told."""

from __future__ import annotations

import re
import resource
import sys
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from study import storable
from study.catalog import Model, load_model
from study.data import Split, TrialData
from study.engines import checkpoint, weights
from study.engines.isolation import isolated
from study.engines.rehearsal import repeatable
from study.errors import StoppedError
from study.task import DataSpec, Metric
from study.task.predictions import predictions_of
from study.training import lazy
from study.training.loop import DivergedError, Training, final_test, fit, prepare, seed_globals
from study.training.outputs import Outputs, check_module
from study.training.preprocessing import Preprocessing
from study.training.scoring import Scoring
from study.trial import Decision, Epoch, Phase, Precision, TestImage, TestResult, Trial, TrialState

MISTAKES_KEPT = 12
"""Pictures that each tested training leaves in the database."""
LAZY_INPUTS = 2
"""Inputs that give lazy modules their shapes."""
_BFLOAT16 = re.compile("primitive|bfloat16", re.IGNORECASE)
"""What oneDNN and torch say where they have no kernel in that precision."""
Steps = Generator[Epoch, Decision, "Outcome"]
"""A trial in training: yields an epoch, is sent what to do now, and ends with its outcome.

A resumed trial first yields again the epoch that it stands at. Closing it leaves it resumable from its checkpoint.
"""
_STOPPED = {Decision.PAUSE: TrialState.PAUSED, Decision.PRUNE: TrialState.PRUNED}


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
    checkpoint: Path
    weights: Path
    """Where a complete final trial leaves its model."""
    resume: bool
    """Whether the trial was begun before, so that a checkpoint there is its own."""
    cut: int | None = None
    """Number of the replicate whose cut it learns from; None means the cut that all trials share."""
    rehearse: bool = False
    """Whether to find out first if the model gives the same numbers twice."""
    code: str | None = None
    """Hash of the code that is to train it; None takes any."""


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
    stuck: tuple[str, ...] = ()
    """Global state that the trial changed and that cannot be put back: its process must train nothing else."""


class _LeftError(BaseException):
    """Whoever stepped through the trial has left it; a GeneratorExit that a model raises is another thing."""


def run_trial(job: Job, data: TrialData) -> Steps:
    """Train a trial to its end, epoch by epoch, and leave the process's global state as it was.

    Args:
        job: The trial and its machine.
        data: On the job's device.

    Yields:
        Each epoch as it ends; what is sent back decides whether the trial goes on.

    Returns:
        The outcome. Whatever model or training raise is one too, SystemExit and its like among it: FAILED, with its
        traceback. INTERRUPTED if a checkpoint could not be written, or the model's source was changed.

    Raises:
        StoppedError: A signal arrived in this process.
    """
    try:
        # What its module sets when it is imported holds in every trial of this process.
        code = load_model(job.model).code.hash
        if job.code not in (None, code):
            message = f"the source of model {job.model!r} was changed while its study ran"
            return Outcome(TrialState.INTERRUPTED, failure=("CodeChanged", message, ""))
    except StoppedError:
        raise
    except BaseException:
        pass  # it will do so again in the trial
    with isolated() as stuck:
        try:
            outcome = yield from _run(job, data)
        except _LeftError:
            return Outcome(TrialState.INTERRUPTED)
    return replace(outcome, stuck=tuple(stuck))


def step(trial: Steps, decision: Decision | None) -> Epoch | Outcome:
    """Train a trial on by an epoch.

    Args:
        trial: What `run_trial` returned.
        decision: What becomes of it after the epoch that it told of last; None to begin it.

    Returns:
        The next epoch, or how the trial ended.
    """
    try:
        return next(trial) if decision is None else trial.send(decision)
    except StopIteration as end:
        outcome: Outcome = end.value
        return outcome


def _told(epoch: Epoch) -> Generator[Epoch, Decision, Decision]:
    """Tell of an epoch and return what to do now."""
    try:
        return (yield epoch)
    except GeneratorExit as error:
        raise _LeftError from error


def _run(job: Job, data: TrialData) -> Steps:
    torch.set_num_threads(job.threads)
    data = data.cut(job.cut)
    same = repeatable(lambda: _build(job, data), _splits(job, data)[0]) if job.rehearse else None
    parameters, notice = None, None
    try:
        training = _build(job, data)
        parameters = sum(weight.numel() for weight in training.model.parameters() if weight.requires_grad)
        last, notice = _restore(job, training)
        outcome = yield from _train(job, training, data, last)
    except (_LeftError, StoppedError):
        raise
    except checkpoint.CheckpointWriteError as error:
        # Not the trial's fault: it stays resumable, and the study stops rather than lose one trial after another.
        outcome = Outcome(TrialState.INTERRUPTED, failure=(type(error).__name__, storable.line(error.strerror), ""))
    except DivergedError as error:
        outcome = Outcome(TrialState.DIVERGED, failure=("DivergedError", str(error), ""))
    except BaseException as error:  # a user's model may raise anything; the study goes on
        outcome = Outcome(TrialState.FAILED, failure=_failure(job, error))
    peak = _peak_memory(job.device)
    return replace(outcome, parameters=parameters, peak_memory_bytes=peak, notice=notice, repeatable=same)


def _failure(job: Job, error: BaseException) -> tuple[str, str, str]:
    """Return type, message and traceback; where bfloat16 may be what the machine lacks, the message says so."""
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
    model = load_model(job.model)
    recipe, params = model.split(job.trial.configuration)
    seed_globals(job.trial.seed, "init")
    network = model.build(params, job.spec)
    check_module(job.model, network)
    train = _splits(job, data)[0]
    preprocessing = Preprocessing.fit(train, job.spec.task)
    lazy.initialize(network, lambda: preprocessing.on(torch.device("cpu")).inputs(train.inputs[:LAZY_INPUTS].cpu()))
    return prepare(
        network,
        recipe,
        job.trial.seed,
        torch.device(job.device),
        job.precision,
        scoring=_scoring(job, model),
        preprocessing=preprocessing,
        check=Outputs(job.model, job.spec),
    )


def _scoring(job: Job, model: Model) -> Scoring:
    """Return by what the trial is scored; what computes a model's own metrics did not travel with the job."""
    own = {metric.name: metric for metric in model.own_metrics(job.spec)}
    metrics = tuple(own.get(metric.name, metric) for metric in job.metrics)
    return Scoring(job.spec, own.get(job.objective.name, job.objective), metrics, model.measure, job.further)


def _splits(job: Job, data: TrialData) -> tuple[Split, Split | None]:
    """Return what the trial learns from, and its validation split: a replicate learns from that too."""
    return (data.full, None) if job.trial.phase is Phase.REPLICATE else (data.train, data.validation)


def _restore(job: Job, training: Training) -> tuple[Epoch | None, str | None]:
    """Go on from the trial's checkpoint; return the epoch it stands at, and what to tell of a bad file."""
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
    renamed = {name.replace("_accuracy", "_score"): value for name, value in last.items()}  # as it was before schema 6
    return Epoch(**renamed), None


def _train(job: Job, training: Training, data: TrialData, last: Epoch | None) -> Steps:
    tested = job.trial.phase.tested
    train, validation = _splits(job, data)
    writer = checkpoint.CheckpointWriter(job.checkpoint, job.trial.id)
    try:
        decision = Decision.GO_ON if last is None else (yield from _told(last))
        if decision in _STOPPED:
            return Outcome(_STOPPED[decision])
        remaining = fit(training, train, validation, job.trial.epochs) if decision is Decision.GO_ON else ()
        for last in remaining:
            decision = yield from _told(last)
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
    value = last.validation_score if last else None
    if not tested:
        return Outcome(TrialState.COMPLETE, value=value)
    result = final_test(training, data.test)
    if job.trial.phase is Phase.REPLICATE:
        _keep(job, training)
    return Outcome(TrialState.COMPLETE, value=value, result=result, mistakes=_mistakes(job.spec, result, data.test))


def _keep(job: Job, training: Training) -> None:
    """Write the trained model where the user finds it."""
    trial = job.trial
    _, params = load_model(job.model).split(trial.configuration)
    weights.save(
        job.weights,
        training.model.state_dict(),
        model=job.model,
        parameters={name: value for name, value in asdict(params).items() if name in trial.configuration},
        recipe=asdict(training.recipe),
        spec=job.spec,
        preprocessing=training.preprocessing,
        study=trial.study,
        trial=trial.id,
        seed=trial.seed,
    )


def _mistakes(spec: DataSpec, result: TestResult, test: Split) -> tuple[TestImage, ...]:
    """Return the test pictures that the model got wrong with the greatest confidence; none of other data."""
    if spec.task != "classification" or not spec.is_picture or test.inputs.dtype != torch.uint8:
        return ()
    if spec.shape[0] not in (1, 3) or result.confidences is None or result.predictions is None:
        return ()
    predictions = predictions_of(result.predictions, spec.task, spec.outputs)
    confidences = np.frombuffer(result.confidences, dtype="<f2")
    wrong = np.flatnonzero(predictions != test.targets.cpu().numpy())
    worst = wrong[np.argsort(-confidences[wrong], kind="stable")][:MISTAKES_KEPT]
    channels, height, width = spec.shape
    return tuple(
        TestImage(
            int(number), height, width, channels, test.inputs[int(number)].permute(1, 2, 0).cpu().numpy().tobytes()
        )
        for number in worst
    )


def _peak_memory(device: str) -> int:
    if device != "cpu":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
