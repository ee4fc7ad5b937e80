"""From what a user asked to studies that can run: resolves spaces, data and stored plans, then hands over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from study import machine
from study.ablation import Ablation
from study.ablation.planning import planned_arms, stored_arms
from study.catalog import load_family, load_space, portable_source
from study.continuation import refuse_other_dataset, refuse_other_options, restore, with_budget
from study.data import DATASET_NAMES, Dataset, development_splits, full_training, load_dataset
from study.database import Row, TrialDatabase
from study.errors import StudyError
from study.grid import grid
from study.names import find_study
from study.plan import DatasetFacts, Plan
from study.progress import progress
from study.request import Request, asked_ablation, budget, check_request, method, searching
from study.runner import TrialData
from study.settings import check_space, parse_settings
from study.space import SearchSpace

MOST_CLASSES = 256
"""A predicted class is stored in one byte."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A plan with its images, ready to run."""

    plan: Plan
    data: TrialData
    devices: tuple[str, ...]
    row: Row | None
    """The stored plan, if the study was begun before."""
    notes: tuple[str, ...] = ()
    """What the user should know of the data, a sentence each."""
    ablation: Ablation | None = None
    """All that was asked of the ablation, now and before; None for a search with its replicates."""


def prepare(sources: Sequence[str], request: Request) -> list[Launch]:
    """Checks everything that was asked for, before anything is written or trained.

    Raises:
        StudyError: A space, an option, a variant, the data or a stored study does not fit.
    """
    spaces = [(portable_source(source), load_space(source)) for source in sources]
    names = [space.name for _, space in spaces]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError(f"each space is named once; {repeated[0]!r} was given {names.count(repeated[0])} times")
    check_request(request)
    _devices(request.device or "auto", request.workers)
    for _, space in spaces:
        check_space(space, load_family(space.family))
        if request.ablation is not None:
            asked_ablation(space, request)
    dataset = load_dataset(request.dataset, data_root=request.data_root)
    return [_prepare(source, space, request, dataset) for source, space in spaces]


def prepare_resume(studies: Sequence[str], request: Request, *, data_root: Path | None) -> list[Launch]:
    """Rebuilds what is not finished of the stored studies and ablations; a finished one's data may be gone.

    Args:
        studies: Names; none means every study.
        request: Its storage, workers, device, time limits and what it takes up again are used.
        data_root: Where the data is now, if it was moved.

    Raises:
        StudyError: A study is unknown, or what it depends on has changed.
    """
    with TrialDatabase(request.storage, read_only=True) as database:
        rows = {row["study"]: row for row in database.plans()}
        if not rows:
            raise StudyError(f"{database.shown} holds no study yet; `python -m study run SPACE` begins one")
        # What re-tunes an arm is taken up by its ablation.
        chosen = [find_study(name, list(rows)) for name in studies] or [
            name for name, row in rows.items() if row["parent"] is None
        ]
        left = {
            name: (
                progress(rows[name], database.trials(name)).finished and not request.retry.in_search(database, name),
                [
                    Ablation.from_row(row)
                    for row in database.ablations(name)
                    if not row["finished"] or request.retry.in_ablation(database, name, row["name"])
                ],
            )
            for name in chosen
        }
    launches = []
    for name, (tuned, ablations) in left.items():
        if tuned and not ablations:
            continue
        launch = _restored(rows[name], request, data_root)
        launches += [] if tuned else [launch]
        launches += [replace(launch, ablation=ablation) for ablation in ablations]
    return launches


def _restored(row: Row, request: Request, data_root: Path | None) -> Launch:
    plan = restore(row)
    root = data_root or Path(plan.dataset.data_root)
    dataset = load_dataset(plan.dataset.source, data_root=root)
    facts, data = _facts(dataset, plan.dataset.source, root, plan.dataset.train_size)
    refuse_other_dataset(plan, facts)
    chosen = replace(plan.method, device=request.device or plan.method.device)
    devices = _devices(chosen.device, request.workers or chosen.workers)
    plan = replace(plan, dataset=facts, method=replace(chosen, workers=len(devices)))
    return Launch(with_budget(plan, limits=request.limits), data, devices, row)


def _prepare(source: str, space: SearchSpace, request: Request, dataset: Dataset) -> Launch:
    name = f"{space.name}@{dataset.name}"
    with existing(request.storage) as database:
        row = database.plan(name) if database else None
        ablations = database.ablations(name) if database else []
    train_size = request.train_size
    if row is not None and train_size is None:
        train_size = row["train_size"]
    dataset_source = _portable_dataset(request.dataset, dataset)
    facts, data = _facts(dataset, dataset_source, request.data_root, train_size)
    plan = (
        _new_plan(source, space, request, facts)
        if row is None
        else _stored_plan(source, row, request, facts, ablations)
    )
    if plan.method.sampler == "grid" and plan.budget.trials:
        plan = replace(plan, budget=replace(plan.budget, trials=grid_trials(plan)))
    if not plan.domains:  # more trials would be the baseline on other seeds, and the luckiest would win
        plan = replace(plan, budget=replace(plan.budget, trials=min(plan.budget.trials, 1)))
    device = request.device or plan.method.device
    devices = _devices(device, request.workers or (row["workers"] if row else None))
    chosen = replace(plan.method, device=device, workers=len(devices))
    launch = Launch(replace(plan, method=chosen), data, devices, row, dataset.notes)
    if request.ablation is None:
        return launch
    asked = asked_ablation(space, request)
    earlier = {stored["name"]: stored for stored in ablations}.get(asked.name)
    ablation = asked.extended(earlier)
    if earlier is not None and request.replicates is None:
        ablation = replace(ablation, replicates=earlier["replicates"])
    with existing(request.storage) as database:
        planned_arms(launch.plan, ablation, stored_arms(database, launch.plan, ablation))
    return replace(launch, ablation=ablation)


def _new_plan(source: str, space: SearchSpace, request: Request, facts: DatasetFacts) -> Plan:
    family = load_family(space.family)
    fixed = parse_settings(request.settings, space, family)
    plan = Plan(space=space, source=source, dataset=facts, family=family, fixed=fixed)
    return replace(plan, budget=budget(request), method=method(request))


def _stored_plan(source: str, row: Row, request: Request, facts: DatasetFacts, ablations: Sequence[Row]) -> Plan:
    plan = restore(row, source=source)
    searches = request.ablation is None or request.ablation.searches
    # A study that was only ablated has no search yet: whoever wants one first says how, and gets the defaults else.
    fresh = plan.budget.trials == 0 and searches
    if fresh:
        plan = replace(plan, method=searching(request, plan.method))
    fixed = parse_settings(request.settings, plan.space, plan.family)
    refuse_other_dataset(plan, facts)
    given = {name: getattr(request, name) for name in ("epochs", "seed", "sampler", "pruner", "patience", "precision")}
    objective = ",".join(request.objectives) if request.objectives else None
    refuse_other_options(plan, given | {"objective": objective, "train-size": request.train_size, "set": fixed or None})
    plan = replace(plan, dataset=facts)
    wanted = budget(request)
    # No ablation replicates, so where one searched, `run` was not asked yet and has its default too.
    unasked = fresh or (plan.budget.replicates == 0 and any(Ablation.from_row(row).searches for row in ablations))
    replicates = wanted.replicates if unasked else request.replicates
    return with_budget(
        plan,
        trials=wanted.trials if fresh else request.trials,
        replicates=replicates if request.ablation is None else None,
        limits=request.limits,
    )


def grid_trials(plan: Plan) -> int:
    """Returns the plan's trials, at most the baseline and every point of the grid."""
    points = grid(plan.domains, plan.fixed, seed=0)
    return 1 + sum(1 for _ in itertools.islice(points, plan.budget.trials - 1))


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
        notes=dataset.notes,
        left_out=dataset.left_out,
    )
    return facts, data


def _portable_dataset(given: str, dataset: Dataset) -> str:
    """Returns what gives the same dataset from any folder: `auto` becomes what it found, paths become absolute."""
    if given == "auto":
        return dataset.name
    if given in DATASET_NAMES:
        return given
    whole = Path(given).expanduser()
    files = [whole] if whole.is_dir() else [Path(part.strip()).expanduser() for part in given.split(",")]
    return ",".join(str(file.resolve()) for file in files)


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
