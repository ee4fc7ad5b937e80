"""Trains a model that has `build`, by its recipe, epoch by epoch, with a checkpoint after each."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import torch

from study.catalog import Model, load_model
from study.data import Split, TrialData
from study.engines import checkpoint, weights
from study.engines.job import STOPPED, Job, Outcome, Progress, Steps, tell
from study.engines.processor_time import measured
from study.engines.rehearsal import repeatable
from study.task import DataSpec
from study.task.predictions import predictions_of
from study.training import lazy
from study.training.loop import Training, final_test, fit, prepare, seed_globals
from study.training.outputs import Outputs, check_module
from study.training.preprocessing import Preprocessing
from study.training.scoring import Scoring
from study.trial import Decision, Epoch, Phase, TestImage, TestResult, TrialState

MISTAKES_KEPT = 12
"""Pictures that each tested training leaves in the database."""
LAZY_INPUTS = 2
"""Inputs that give lazy modules their shapes."""


def train(job: Job, data: TrialData, progress: Progress) -> Steps:
    """Train a trial to its end; as `study.engines.trial_runner.run_trial`.

    Args:
        job: The trial and its machine.
        data: The trial's, on the job's device.
        progress: Told what is to be said of the trial however it ends.

    Raises:
        BaseException: Whatever the model's code raises.
    """
    if job.rehearse:
        progress.repeatable = repeatable(lambda: _build(job, data), _splits(job, data)[0])
    training = _build(job, data)
    progress.parameters = sum(weight.numel() for weight in training.model.parameters() if weight.requires_grad)
    last, state, progress.notice = checkpoint.stored(
        job.checkpoint, job.trial.id, resume=job.resume, recorded=job.recorded
    )
    if last is not None:
        training.load_state_dict(state)
    return (yield from _train(job, training, data, last))


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


def _train(job: Job, training: Training, data: TrialData, last: Epoch | None) -> Steps:
    tested = job.trial.phase.tested
    train, validation = _splits(job, data)
    writer = checkpoint.CheckpointWriter(job.checkpoint, job.trial.id)
    try:
        decision = Decision.GO_ON if last is None else (yield from tell(last))
        if decision in STOPPED:
            return Outcome(STOPPED[decision])
        remaining = fit(training, train, validation, job.trial.epochs) if decision is Decision.GO_ON else ()
        for last in measured(remaining, job.device):
            goes_on = tested or last.number < job.trial.epochs  # a complete search trial leaves nothing behind
            if goes_on:  # made while the answer is waited for, and written after it: the database is never behind
                writer.make({**training.state_dict(), "last": asdict(last)})
            decision = yield from tell(last)
            if decision is Decision.PRUNE:
                return Outcome(TrialState.PRUNED)
            if decision is Decision.STOP:
                break
            if goes_on:
                writer.keep()
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
    content = weights.content(
        training.result(),
        model=job.model,
        parameters={name: value for name, value in asdict(params).items() if name in trial.configuration},
        recipe=asdict(training.recipe),
        spec=job.spec,
        preprocessing=training.preprocessing,
        study=trial.study,
        trial=trial.id,
        seed=trial.seed,
    )
    weights.save(job.weights, content)


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
