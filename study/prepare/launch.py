"""From what a user asked to studies that can run: resolves spaces and stored plans, then hands over."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from study.ablation import Ablation
from study.ablation.planning import planned_arms, stored_arms
from study.catalog import load_model, load_space, portable_source
from study.data import Dataset, TrialData
from study.database import AblationRow, PlanRow, TrialDatabase
from study.engines import machine
from study.errors import NoDatabaseError, StudyError
from study.plan import DatasetFacts, Plan
from study.prepare.request import Request, asked_ablation, budget, check_request, method, searching
from study.prepare.resume import refuse_other_dataset, refuse_other_options, restore, with_budget
from study.prepare.sources import Source, asked_source, cut, load, moved, stored_source, told_apart
from study.prepare.validation import check_space, parse_settings
from study.search.grid import grid
from study.space import SearchSpace
from study.status.location import stored_space
from study.status.lookup import find_study
from study.status.progress import progress


@dataclass(frozen=True, slots=True)
class Launch:
    """A plan with its images, ready to run."""

    plan: Plan
    data: TrialData
    devices: tuple[str, ...]
    stored: PlanRow | None
    """Its plan as it is stored, if the study was begun before."""
    notes: tuple[str, ...] = ()
    """What the user should know of the data, a sentence each."""
    ablation: Ablation | None = None
    """All that was asked of the ablation, now and before; None for a search with its replicates."""

    @property
    def search_seconds(self) -> float:
        """How long the study has searched so far."""
        return self.stored.search_seconds if self.stored else 0.0


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
        check_space(space, load_model(space.model))
        if request.ablation is not None:
            asked_ablation(space, request)
    with existing(request.storage) as database:
        plans = database.plans() if database else []
    load_once = functools.cache(load)
    return [_prepare(source, space, request, plans, load_once) for source, space in spaces]


def prepare_resume(studies: Sequence[str], request: Request) -> list[Launch]:
    """Rebuilds what is not finished of the stored studies and ablations; a finished one's data may be gone.

    Args:
        studies: Names; none means every study.
        request: Its storage, workers, device, time limits and what it takes up again are used, and where space and
            data are now, if they were moved.

    Raises:
        StudyError: A study is unknown, or what it depends on has changed or is not found.
    """
    check_request(request)
    with TrialDatabase(request.storage, read_only=True) as database:
        plans = {plan.study: plan for plan in database.plans()}
        if not plans:
            raise StudyError(f"{database.shown} holds no study yet; `python -m study run SPACE` begins one")
        # What re-tunes an arm is taken up by its ablation.
        chosen = [find_study(name, list(plans)) for name in studies] or [
            name for name, plan in plans.items() if plan.parent is None
        ]
        left = {
            name: (
                _searched(plans[name], database) and not request.retry.in_search(database, name),
                [
                    Ablation.from_row(row)
                    for row in database.ablations(name)
                    if not row.finished or request.retry.in_ablation(database, name, row.name)
                ],
            )
            for name in chosen
        }
    if len(left) > 1 and (request.space or request.dataset):
        option = "--space" if request.space else "--dataset"
        raise StudyError(f"{option} goes with one study, not with {', '.join(left)}; name the one that is meant")
    launches = []
    for name, (tuned, ablations) in left.items():
        if tuned and not ablations:
            continue
        launch = _restored(plans[name], request)
        launches += [] if tuned else [launch]
        launches += [replace(launch, ablation=ablation) for ablation in ablations]
    return launches


def _searched(stored: PlanRow, database: TrialDatabase) -> bool:
    """Whether a study's search and its replicates have reached their targets."""
    trials = database.trials(stored.study)
    return progress(trials, stored.budget, stored.baseline, search_seconds=stored.search_seconds).finished


def _restored(stored: PlanRow, request: Request) -> Launch:
    plan = restore(stored, source=stored_space(stored, request.storage, request.space))
    source = stored_source(stored, request)
    facts, data = cut(load(source), source, plan.dataset.train_size)
    refuse_other_dataset(plan, facts)
    chosen = replace(plan.method, device=request.device or plan.method.device)
    devices = _devices(chosen.device, request.workers or chosen.workers)
    plan = replace(plan, dataset=facts, method=replace(chosen, workers=len(devices)))
    launch = Launch(with_budget(plan, limits=request.limits), data, devices, stored, tuple(moved(stored, plan)))
    return _with_engine(launch, request)


def _prepare(
    source: str,
    space: SearchSpace,
    request: Request,
    plans: Sequence[PlanRow],
    load_once: Callable[[Source], Dataset],
) -> Launch:
    asked = asked_source(space.name, request, plans)
    dataset = load_once(replace(asked, name=None, note=None))
    wanted, renamed = told_apart(dataset, asked, space.name, plans)
    name = f"{space.name}@{wanted.name}"
    stored = next((row for row in plans if row.study == name), None)
    with existing(request.storage) as database:
        ablations = database.ablations(name) if database else []
    train_size = request.train_size
    if stored is not None and train_size is None:
        train_size = stored.train_size
    facts, data = cut(dataset, wanted, train_size)
    plan = (
        _new_plan(source, space, request, facts)
        if stored is None
        else _stored_plan(source, stored, request, facts, ablations)
    )
    if plan.method.sampler == "grid" and plan.budget.trials:
        plan = replace(plan, budget=replace(plan.budget, trials=grid_trials(plan)))
    if not plan.domains:  # more trials would be the baseline on other seeds, and the luckiest would win
        plan = replace(plan, budget=replace(plan.budget, trials=min(plan.budget.trials, 1)))
    device = request.device or plan.method.device
    devices = _devices(device, request.workers or (stored.workers if stored else None))
    chosen = replace(plan.method, device=device, workers=len(devices))
    plan = replace(plan, method=chosen)
    notes = (*filter(None, (wanted.note, renamed)), *(moved(stored, plan) if stored else ()), *dataset.notes)
    launch = _with_engine(Launch(plan, data, devices, stored, notes), request)
    return launch if request.ablation is None else _ablating(launch, space, request, ablations)


def _ablating(launch: Launch, space: SearchSpace, request: Request, ablations: Sequence[AblationRow]) -> Launch:
    """Returns the launch with the ablation that was asked for, and what was asked of it before."""
    asked = asked_ablation(space, request)
    earlier = {row.name: row for row in ablations}.get(asked.name)
    ablation = asked.extended(earlier)
    if earlier is not None and request.replicates is None:
        ablation = replace(ablation, replicates=earlier.replicates)
    with existing(request.storage) as database:
        planned_arms(launch.plan, ablation, stored_arms(database, launch.plan, ablation))
    return replace(launch, ablation=ablation)


def _new_plan(source: str, space: SearchSpace, request: Request, facts: DatasetFacts) -> Plan:
    model = load_model(space.model)
    fixed = parse_settings(request.settings, space, model)
    plan = Plan(space=space, source=source, dataset=facts, model=model, fixed=fixed)
    return replace(plan, budget=budget(request), method=method(request))


def _stored_plan(
    source: str, stored: PlanRow, request: Request, facts: DatasetFacts, ablations: Sequence[AblationRow]
) -> Plan:
    plan = restore(stored, source=source)
    searches = request.ablation is None or request.ablation.searches
    # A study that was only ablated has no search yet: whoever wants one first says how, and gets the defaults else.
    fresh = plan.budget.trials == 0 and searches
    if fresh:
        plan = replace(plan, method=searching(request, plan.method))
    fixed = parse_settings(request.settings, plan.space, plan.model)
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


def _with_engine(launch: Launch, request: Request) -> Launch:
    """Returns the launch with the workers that its engine has; what is stored is how many processes there would be."""
    return replace(launch, devices=launch.devices[:1]) if request.engine == "inline" else launch


def _devices(requested: str, workers: int | None) -> tuple[str, ...]:
    return tuple(machine.devices(requested, workers or machine.default_workers(requested)))


@contextmanager
def existing(storage: str) -> Iterator[TrialDatabase | None]:
    """Opens the database read-only; None where there is none yet.

    Raises:
        StudyError: There is one, but it cannot be read.
    """
    try:
        database = TrialDatabase(storage, read_only=True)
    except NoDatabaseError:
        yield None
        return
    with database:
        yield database
