"""Runs one trial as a generator of epochs: checkpoints after each, and stops when told."""

from __future__ import annotations

import re
import resource
import sys
from dataclasses import replace
from pathlib import Path

import torch

from study import storable
from study.catalog import load_model
from study.data import TrialData
from study.engines import own_loop, recipe_loop
from study.engines.isolation import isolated
from study.engines.job import AbandonedError, Job, Outcome, Progress, Steps
from study.errors import StoppedError
from study.files import FileError
from study.importing import place_of
from study.training.loop import DivergedError
from study.trial import Decision, Epoch, TrialState

_BFLOAT16 = re.compile("primitive|bfloat16", re.IGNORECASE)
"""What oneDNN and torch say where they have no kernel in that precision."""


def run_trial(job: Job, data: TrialData) -> Steps:
    """Train a trial to its end, epoch by epoch, and leave the process's global state as it was.

    Args:
        job: The trial and its machine.
        data: On the job's device.

    Yields:
        Each epoch as it ends; what is sent back decides whether the trial goes on.

    Returns:
        The outcome. Whatever model or training raise is one too, SystemExit and its like among it: FAILED, with its
        traceback. INTERRUPTED if its files could not be read or written, or the model's source was changed.

    Raises:
        StoppedError: A signal arrived in this process.
    """
    try:
        # What its module sets when it is imported holds in every trial of this process.
        code = load_model(job.model).code.instructions_hash
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
        except AbandonedError:
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


def _run(job: Job, data: TrialData) -> Steps:
    torch.set_num_threads(job.threads)
    progress = Progress()
    try:
        model, data = load_model(job.model), data.cut(job.cut)
        if model.own is None:
            outcome = yield from recipe_loop.train(job, data, progress)
        else:
            outcome = yield from own_loop.train(job, model, data, progress)
    except (AbandonedError, StoppedError):
        raise
    except FileError as error:
        # Not the trial's fault: it stays resumable, and the study stops rather than lose one trial after another.
        outcome = Outcome(TrialState.INTERRUPTED, failure=(type(error).__name__, storable.line(error), ""))
    except DivergedError as error:
        outcome = Outcome(TrialState.DIVERGED, failure=("DivergedError", str(error), ""))
    except BaseException as error:  # a user's model may raise anything; the study goes on
        outcome = Outcome(TrialState.FAILED, failure=_failure(job, error, progress.source))
    return replace(
        outcome,
        parameters=progress.parameters,
        peak_memory_bytes=_peak_memory(job.device),
        notice=progress.notice,
        repeatable=progress.repeatable,
        log=progress.log,
    )


def _failure(job: Job, error: BaseException, source: str | None) -> tuple[str, str, str]:
    """Return type, message and traceback; where bfloat16 may be what the machine lacks, the message says so.

    Where a user's own training raises, the message begins with its file and line.
    """
    if isinstance(
        error.__cause__, StopIteration
    ):  # Python turns one that leaves a generator, `fit`, into another error
        error = error.__cause__
    kind, message, trace = storable.describe(error)
    if source is not None and not message.startswith(f"{Path(source).name}, line "):
        message = f"{place_of(error, Path(source))}{message}"
    if job.precision == "bfloat16" and isinstance(error, RuntimeError) and _BFLOAT16.search(message):
        message = (
            f"{message} (trained in bfloat16, which this {'CPU' if job.device == 'cpu' else 'GPU'} may not have for "
            f"such a model: a study begun with --precision float32 needs none)"
        )
    return kind, message, trace


def _peak_memory(device: str) -> int:
    if device != "cpu":
        return torch.cuda.max_memory_allocated(device)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
