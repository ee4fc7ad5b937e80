"""From what a user asked to running studies: resolves spaces, data and stored plans, then hands over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from study import machine
from study.catalog import load_family, load_space, portable_source
from study.continuation import refuse_other_dataset, refuse_other_options, restore, with_budget
from study.coordinator import Coordinator, View
from study.data import Dataset, development_splits, full_training, load_dataset
from study.database import Row, TrialDatabase
from study.engines.local import LocalWorkers
from study.errors import StudyError, nearest
from study.grid import grid
from study.names import find_study
from study.plan import DatasetFacts, Method, Plan
from study.progress import Progress, best_trial, progress
from study.runner import TrialData
from study.settings import check_space, parse_settings
from study.space import SearchSpace
from study.trial import Budget, TrialState

MOST_CLASSES = 256
"""A predicted class is stored in one byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of a command; None where one was not given, so that a stored study keeps its own."""

    storage: str
    data_root: Path
    dataset: str = "auto"
    trials: int | None = None
    epochs: int | None = None
    replicates: int | None = None
    timeout: float | None = None
    workers: int | None = None
    seed: int | None = None
    sampler: str | None = None
    pruner: str | None = None
    train_size: int | None = None
    settings: tuple[str, ...] = ()
    device: str | None = None
    precision: str | None = None
    command: str = ""
    """As it was typed, without secrets; kept for the report's provenance."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A plan with its images, ready to run."""

    plan: Plan
    data: TrialData
    devices: tuple[str, ...]
    row: Row | None
    """The stored plan, if the study was begun before."""
    notice: str = ""
    """What the user should know of the data."""


def prepare_run(sources: Sequence[str], request: Request) -> list[Launch]:
    """Checks everything that was asked for, before anything is written or trained.

    Raises:
        StudyError: A space, an option, the data or a stored study does not fit.
    """
    spaces = [(portable_source(source), load_space(source)) for source in sources]
    names = [space.name for _, space in spaces]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError(f"each space is named once; {repeated[0]!r} was given {names.count(repeated[0])} times")
    _check_request(request)
    devices = _devices(request.device or "auto", request.workers)
    dataset = load_dataset(request.dataset, data_root=request.data_root)
    return [_prepare(source, space, request, dataset, devices) for source, space in spaces]


def prepare_resume(studies: Sequence[str], request: Request, *, data_root: Path | None) -> list[Launch]:
    """Rebuilds the stored studies that are not finished; a finished one's data may be gone.

    Args:
        studies: Names; none means every study.
        request: Its storage, workers and device are used.
        data_root: Where the data is now, if it was moved.

    Raises:
        StudyError: A study is unknown, or what it depends on has changed.
    """
    with TrialDatabase(request.storage, read_only=True) as database:
        rows = {row["study"]: row for row in database.plans()}
        if not rows:
            raise StudyError(f"{database.shown} holds no study yet; `python -m study run SPACE` begins one")
        chosen = [find_study(name, list(rows)) for name in studies] or list(rows)
        unfinished = [name for name in chosen if not progress(rows[name], database.trials(name)).finished]
    launches = []
    for name in unfinished:
        plan = restore(rows[name])
        root = data_root or Path(plan.dataset.data_root)
        dataset = load_dataset(plan.dataset.source, data_root=root)
        facts, data = _facts(dataset, plan.dataset.source, root, plan.dataset.train_size)
        refuse_other_dataset(plan, facts)
        method = replace(plan.method, device=request.device or plan.method.device)
        devices = _devices(method.device, request.workers or plan.method.workers)
        method = replace(method, workers=len(devices))
        launches.append(Launch(replace(plan, dataset=facts, method=method), data, devices, rows[name]))
    return launches


def run(launch: Launch, request: Request, view: View) -> None:
    """Runs one study to its budget."""
    with (
        TrialDatabase(request.storage) as database,
        LocalWorkers(launch.devices, launch.data) as workers,
    ):
        here = machine.environment()
        environment = database.save_environment(here)
        if launch.row is not None:
            database.acquire(launch.plan.study)  # before its plan is touched: another process may be running it
        database.save_test_split(
            launch.plan.dataset.content_hash, launch.data.test.labels.to(torch.uint8).numpy().tobytes()
        )
        commands = (launch.row or {}).get("commands", [])
        database.save_plan(
            launch.plan.row()
            | {"code_version": here["code_version"], "commands": [*commands, *filter(None, [request.command])]}
        )
        Coordinator(launch.plan, database, workers, view, environment=environment).run()


def _prepare(source: str, space: SearchSpace, request: Request, dataset: Dataset, devices: tuple[str, ...]) -> Launch:
    family = load_family(space.family)
    check_space(space, family)
    fixed = parse_settings(request.settings, space, family)
    with existing(request.storage) as database:
        row = database.plan(f"{space.name}@{dataset.name}") if database else None
    train_size = request.train_size
    if row is not None and train_size is None:
        train_size = row["train_size"]
    dataset_source = _portable_dataset(request.dataset, dataset)
    facts, data = _facts(dataset, dataset_source, request.data_root, train_size)
    if row is not None:
        plan = restore(row, source=source)
        refuse_other_dataset(plan, facts)
        given = {name: getattr(request, name) for name in ("epochs", "seed", "sampler", "pruner", "precision")}
        refuse_other_options(plan, given | {"train-size": request.train_size, "set": fixed or None})
        plan = with_budget(
            replace(plan, dataset=facts),
            trials=request.trials,
            replicates=request.replicates,
            timeout=request.timeout,
        )
    else:
        plan = Plan(space=space, source=source, dataset=facts, family=family, fixed=fixed, budget=_budget(request))
        plan = replace(plan, method=_method(request))
    if plan.method.sampler == "grid":
        plan = replace(plan, budget=replace(plan.budget, trials=grid_trials(plan)))
    method = replace(plan.method, device=request.device or plan.method.device, workers=len(devices))
    return Launch(replace(plan, method=method), data, devices, row, dataset.notice)


def grid_trials(plan: Plan) -> int:
    """Returns the plan's trials, at most the baseline and every point of the grid."""
    points = grid(plan.domains, plan.fixed, seed=0)
    return 1 + sum(1 for _ in itertools.islice(points, plan.budget.trials - 1))


def _budget(request: Request) -> Budget:
    defaults = Budget()
    return Budget(
        trials=defaults.trials if request.trials is None else request.trials,
        epochs=defaults.epochs if request.epochs is None else request.epochs,
        replicates=defaults.replicates if request.replicates is None else request.replicates,
        timeout=request.timeout,
    )


def _method(request: Request) -> Method:
    defaults = Method()
    return Method(
        seed=defaults.seed if request.seed is None else request.seed,
        sampler=request.sampler or defaults.sampler,
        pruner=request.pruner or defaults.pruner,
        precision=request.precision or defaults.precision,
    )


def _check_request(request: Request) -> None:
    """Raises StudyError for options that no study could have, before data is loaded or downloaded."""
    _method(request)
    for name, least in (("trials", 1), ("epochs", 1), ("replicates", 0), ("workers", 1), ("train_size", 1)):
        value = getattr(request, name)
        if value is not None and value < least:
            raise StudyError(f"--{name.replace('_', '-')} is at least {least}, not {value}")
    if request.precision is not None and request.precision not in machine.PRECISIONS:
        allowed = machine.PRECISIONS
        hint = nearest(request.precision, allowed)
        raise StudyError(f"--precision is one of {', '.join(allowed)}, not {request.precision!r}{hint}")


def _devices(requested: str, workers: int | None) -> tuple[str, ...]:
    return tuple(machine.devices(requested, workers or machine.default_workers(requested)))


def _facts(dataset: Dataset, source: str, data_root: Path, train_size: int | None) -> tuple[DatasetFacts, TrialData]:
    """Cuts the splits; returns what the plan keeps of the dataset, and the images."""
    if len(dataset.class_names) > MOST_CLASSES:
        raise StudyError(
            f"a data set has at most {MOST_CLASSES} classes, {dataset.name!r} has {len(dataset.class_names)}"
        )
    splits = development_splits(dataset, train_size=train_size)
    data = TrialData(
        train=splits.train,
        validation=splits.validation,
        full=full_training(dataset, train_size=train_size),
        test=dataset.test,
    )
    facts = DatasetFacts(
        name=dataset.name,
        source=source,
        content_hash=dataset.content_hash,
        data_root=str(data_root.resolve()),
        class_names=dataset.class_names,
        train_images=len(data.train),
        validation_images=len(data.validation),
        test_images=len(data.test),
        train_size=train_size,
    )
    return facts, data


def _portable_dataset(given: str, dataset: Dataset) -> str:
    """Returns what gives the same dataset from any folder: `auto` becomes what it found, paths become absolute."""
    if given == "auto":
        return dataset.name
    parts = given.split(",")
    if all(Path(part).exists() for part in parts):
        return ",".join(str(Path(part).resolve()) for part in parts)
    return given


@contextmanager
def existing(storage: str) -> Iterator[TrialDatabase | None]:
    """Opens the database read-only; None where there is none yet."""
    try:
        database = TrialDatabase(storage, read_only=True)
    except StudyError:
        yield None
        return
    with database:
        yield database


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a study stands before it goes on."""

    progress: Progress
    epochs: int
    """Epochs that need not be trained any more: recorded ones, and those that pruning saved."""
    best: float | None
    """Validation accuracy of the best complete search trial."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.progress.finished


def standing(launch: Launch, storage: str) -> Standing:
    """Returns where a study stands, counted against its plan as it is now."""
    row = (launch.row or {"search_seconds": 0.0}) | launch.plan.row()
    with existing(storage) as database:
        trials = database.trials(launch.plan.study) if database else []
        running = [trial for trial in trials if not TrialState(trial["state"]).finished]
        recorded = sum(len(database.epochs(trial["id"])) for trial in running) if database else 0
    ended = len(trials) - len(running)
    best = best_trial(trials)
    return Standing(
        progress(row, trials), ended * launch.plan.budget.epochs + recorded, best["value"] if best else None
    )
