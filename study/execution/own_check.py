"""Whether a model that trains itself can: one epoch of its baseline is trained, and forgotten, before all else."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from study.engines.job import Job, Outcome
from study.engines.machine import Machine
from study.engines.protocol import Engine, TrialBegan, TrialEnded, WorkerDied
from study.errors import StudyError
from study.execution.attempts import how_it_died
from study.files import LocalFile
from study.plan import Plan
from study.task import COSTS
from study.trial import TrialState

WAIT_SECONDS = 0.5


def check_training(plan: Plan, engine: Engine, say: Callable[[str], None]) -> bool:
    """Train an epoch of the baseline in a worker; nothing of it is kept.

    Args:
        plan: Of a model that trains itself.
        engine: Free.
        say: Tells the user one line.

    Returns:
        Whether the training yields once, and so has no epochs.

    Raises:
        StudyError: The user's code raised something, or told something else than it has to.
    """
    say(f"{plan.study}: one epoch of the baseline is tried first, and forgotten")
    with tempfile.TemporaryDirectory(prefix="study-check-") as folder:
        outcome = _trained(plan, engine, Path(folder))
    if outcome.state is TrialState.DIVERGED:
        return False  # its trial will tell
    if outcome.state is not TrialState.COMPLETE:
        kind, message, _ = outcome.failure or ("", "it came to no end", "")
        told = message if kind == "ToldError" else f"{message} ({kind})"
        raise StudyError(f"model {plan.model.name!r} cannot be trained: {told}")
    if "parameters" in plan.method.objectives and outcome.parameters is None:
        raise StudyError(
            f"--objective parameters counts those of the torch modules that run.keep is given; model "
            f"{plan.model.name!r} gives it none"
        )
    return outcome.once


def _trained(plan: Plan, engine: Engine, folder: Path) -> Outcome:
    limit = plan.budget.trial_timeout
    began: float | None = None
    worker = _begun(plan, engine, folder)
    while True:
        for event in engine.events(WAIT_SECONDS):
            if isinstance(event, TrialBegan):
                began = time.monotonic()
            if isinstance(event, TrialEnded):
                return event.outcome
            if isinstance(event, WorkerDied) and event.machine_lost:
                began, worker = None, _begun(plan, engine, folder)
            elif isinstance(event, WorkerDied):
                message = f"its worker {event.cause or how_it_died(event.exit_code)}"
                return Outcome(TrialState.FAILED, failure=("WorkerDied", message, ""))
        if limit is not None and began is not None and time.monotonic() - began > limit:
            engine.kill(worker)
            message = f"it yielded nothing in {limit:g} seconds, which --trial-timeout allows"
            return Outcome(TrialState.FAILED, failure=("TrialTimeout", message, ""))


def _begun(plan: Plan, engine: Engine, folder: Path) -> int:
    """Let a worker begin, as soon as there is one; return which."""
    while not engine.machines:
        for _ in engine.events(WAIT_SECONDS):
            pass
    worker = next(iter(engine.machines))
    engine.start(worker, _job(plan, engine.machines[worker], folder))
    return worker


def _job(plan: Plan, machine: Machine, folder: Path) -> Job:
    trial = plan.search_trial(0, {name: domain.default for name, domain in plan.domains.items()})
    return Job(
        trial=trial,
        model=plan.space.model,
        spec=plan.dataset.spec,
        objective=plan.metric,
        metrics=plan.recorded,
        further=tuple(metric.name for metric in plan.objectives[1:] if metric.name not in COSTS),
        device=machine.device,
        precision="own",
        threads=machine.threads,
        checkpoint=LocalFile(folder / f"{trial.id}.pt"),
        weights=LocalFile(folder / "weights.pt"),
        resume=False,
        later={name: plan.model.defaults[name] for name in plan.unsaid},
        check=True,
    )
