"""From what a user asked to studies that can run: looks up spaces, data and what is stored, then resolves the plans."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from study.ablation import Ablation, Arm
from study.ablation.planning import planned_arms, retuning_of, stored_arms
from study.ablation.withdrawing import withdrawn_variants
from study.catalog import Model, portable_source
from study.data import TrialData
from study.database import FinalRow, PlannedTrialRow, PlanRow, TrialDatabase
from study.database.finals import stored_finals
from study.database.tries import stored_tries
from study.design import Setting
from study.engines import machine
from study.errors import StudyError
from study.options.engine import RAY_DEVICES
from study.options.method import Method
from study.plan import Plan, study_name
from study.prepare.ablation_request import asked_ablation, fitted, without_withdrawn
from study.prepare.code_changed import CodeChange, find_code_changes, unknown_code
from study.prepare.judged_before import judged_before_in_words
from study.prepare.loaded import Cut, Loaded
from study.prepare.own_training import check_own
from study.prepare.place import asked_place, place_told
from study.prepare.plan_changes import changes_of
from study.prepare.request import Request, check_request
from study.prepare.resolve import Found, Stored, resolve, resume, tries_now
from study.prepare.sources import (
    asked_source,
    facts_of,
    moved,
    refuse_other_data_beside,
    stored_source,
    told_apart,
)
from study.prepare.told import (
    beyond_in_words,
    epochs_in_words,
    held_by_arms_in_words,
    held_in_words,
    learned_in_words,
    left_alone_in_words,
    other_rungs_in_words,
    partly_idle_in_words,
    raised_for_tries,
    repeats_in_words,
    reproducible_in_words,
    searches_in_words,
    smaller_in_words,
    smallest_effect_in_words,
    starts_in_words,
    widened_in_words,
)
from study.prepare.tries import Asked
from study.prepare.validation import check_data
from study.prepare.widening import domain_changes
from study.search import lacks_ends
from study.space import SearchSpace
from study.status.finals import final_progress
from study.status.location import stored_space
from study.status.lookup import find_study
from study.status.progress import ablation_progress, progress
from study.trial import CodeDecision


@dataclass(frozen=True, slots=True)
class Launch:
    """A plan with its images, ready to run."""

    plan: Plan
    data: TrialData
    devices: tuple[str, ...]
    """One for each worker of this machine; none where a Ray cluster has the workers."""
    row: PlanRow | None
    """The stored plan, if the study was begun before."""
    notes: tuple[str, ...] = ()
    """What the user should know of the data, a sentence each."""
    code_changes: tuple[CodeChange, ...] = ()
    """What becomes of trials whose code is another one now."""
    tries: Asked = field(default_factory=Asked)
    """Of a search, what it is to try beside what its sampler proposes."""
    ablation: Ablation | None = None
    """All that was asked of the ablation, now and before; None for a search with its replicates."""
    arms: tuple[Arm, ...] = ()
    """Of the ablation, as far as they are known beforehand: if variants are added to a search's best, some change."""
    returned: tuple[str, ...] = ()
    """Variants of the ablation that were withdrawn, and are asked for again."""
    finals: tuple[FinalRow, ...] = ()
    """Final trials that were asked for by name; none for a search with its replicates, and of an ablation."""
    finished: bool = False
    """Whether nothing is left to train."""
    counts: str = ""
    """How far it is, in words."""

    @property
    def stale(self) -> frozenset[str]:
        """Hashes of the code whose trials are put aside when this is launched."""
        return frozenset(change.before for change in self.code_changes if change.decision is CodeDecision.AGAIN)

    @property
    def moves(self) -> bool:
        """Whether checkpoints and weights are to be kept elsewhere from now on."""
        return self.row is not None and self.row.files != self.plan.files

    @property
    def plan_changes(self) -> list[str]:
        """What changed in a stored study's plan, a sentence each; nothing of a new one."""
        return [] if self.row is None else changes_of(self.row, self.plan)

    @property
    def decides(self) -> bool:
        """Whether something is to be kept of it though nothing is left to train."""
        return bool(self.code_changes or self.plan_changes) or self.moves

    @property
    def search_seconds(self) -> float:
        """How long the study has searched so far."""
        return self.row.search_seconds if self.row else 0.0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A space as it was named, and what belongs to it."""

    source: str
    space: SearchSpace
    model: Model
    ablation: Ablation | None


def prepare(
    sources: Sequence[str], request: Request, database: TrialDatabase, declared: Mapping[str, SearchSpace] | None = None
) -> list[Launch]:
    """Check everything that was asked for, before anything is written or trained.

    Args:
        sources: The spaces, as they were named.
        request: What was asked of each.
        database: Open for reading; nothing is stored where there is none yet.
        declared: Source -> space, of those that need not be loaded from there.

    Raises:
        StudyError: A space, an option, a variant, the data or a stored study does not fit.
    """
    loaded = Loaded(dict(declared or {}))
    spaces = [(portable_source(source), loaded.space(source)) for source in sources]
    names = [space.name for _, space in spaces]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError(f"each space is named once; {repeated[0]!r} was given {names.count(repeated[0])} times")
    check_request(request)
    _devices(request.given.get("device", "auto"), request.given.get("workers"), request)
    wanted = []
    for source, space in spaces:
        model = loaded.model(space)
        ablation = asked_ablation(space, request) if request.ablation is not None else None
        wanted.append(_Asked(source, space, model, ablation))
    plans = database.plans()
    return [_launch(asked, request, database, plans, loaded) for asked in wanted]


def prepare_resume(studies: Sequence[str], request: Request, database: TrialDatabase) -> list[Launch]:
    """Rebuild what is not finished of the stored studies and ablations; a finished one's data may be gone.

    A finished search whose end Optuna's tables lack, the study's or an arm's, is rebuilt too, if what it depends on is
    found and as it was.

    Args:
        studies: Names; none means every study.
        request: Its storage, workers, device, time limits and what it takes up again are used, and where space and
            data are now, if they were moved.
        database: Open for reading.

    Raises:
        StudyError: A study is unknown, or what it depends on has changed or is not found.
    """
    check_request(request)
    rows = {row.study: row for row in database.plans()}
    if not rows:
        raise StudyError(f"{database.shown} holds no study yet; `python -m study run SPACE` begins one")
    # What re-tunes an arm is taken up by its ablation.
    chosen = [find_study(name, list(rows)) for name in studies] or [
        name for name, row in rows.items() if row.parent is None
    ]
    loaded = Loaded()
    left = {name: _left(database, rows[name], request, loaded) for name in chosen}
    left = {name: what for name, what in left.items() if what.tunes or what.ablations or what.finals}
    finished = [name for name in chosen if name not in left]
    if len(chosen) > 1 and (request.space or request.dataset):
        option = "--space" if request.space else "--dataset"
        raise StudyError(f"{option} goes with one study, not with {', '.join(chosen)}; name the one that is meant")
    launches = []
    for name, what in left.items():
        launch = restored(rows[name], request, database, loaded)
        if what.tunes or launch.stale:
            launches.append(_counted(launch, request, database))
        finals = stored_finals(database, name) if launch.stale else what.finals
        if finals:
            launches.append(with_finals(launch, finals, request, database))
        launches += [
            _ablating(launch, request, database, Ablation.from_row(row))
            for row in database.ablations(name)
            if launch.stale or row.name in what.ablations
        ]
    for name in finished:
        with contextlib.suppress(StudyError):  # of a finished study nothing needs to be there any more
            launches += _behind(rows, name, request, database, loaded)
    return launches


def _behind(
    rows: Mapping[str, PlanRow], name: str, request: Request, database: TrialDatabase, loaded: Loaded
) -> list[Launch]:
    """Return the launches of a finished study of whose searches, or those of its arms, Optuna's tables lack an end."""
    arms = [row.study for row in rows.values() if row.parent == name]
    own, of_arms = (any(lacks_ends(database, database.trials(study)) for study in found) for found in ([name], arms))
    if not own and not of_arms:
        return []
    launch = restored(rows[name], request, database, loaded)
    ablations = [Ablation.from_row(row) for row in database.ablations(name)] if of_arms else []
    return [
        *([_counted(launch, request, database)] if own else []),
        *(_ablating(launch, request, database, ablation) for ablation in ablations if ablation.retuned),
    ]


@dataclass(frozen=True, slots=True)
class _Left:
    """What is to be taken up of a study."""

    tunes: bool
    """Whether its search or replicates are."""
    ablations: Sequence[str]
    """Names of those that are."""
    finals: Sequence[FinalRow]


def _left(database: TrialDatabase, row: PlanRow, request: Request, loaded: Loaded) -> _Left:
    """Return what is not finished of a study, or taken up again."""
    trials = database.trials(row.study)
    tunes = (
        _to_be_trained_again(database, row, request, loaded)
        or not progress(
            trials,
            row.budget,
            row.baseline,
            row.metric,
            search_seconds=row.search_seconds,
            search_epochs=database.search_epochs(row.study) if row.epoch_budget else None,
            pruner=row.pruner,
        ).finished
        or bool(request.retry.in_search(database, row.study))
        or bool(request.retry.left_alone(trials))  # which is told
    )
    ablations = [
        ablation.name
        for ablation in database.ablations(row.study)
        if not ablation.finished or request.retry.in_ablation(database, row.study, ablation.name)
    ]
    finals = [
        final
        for final in stored_finals(database, row.study)
        if not final_progress([final], trials).finished or request.retry.in_finals(database, row.study, [final])
    ]
    return _Left(tunes, ablations, finals)


def _to_be_trained_again(database: TrialDatabase, row: PlanRow, request: Request, loaded: Loaded) -> bool:
    """Whether trials of a study that may be finished are to be trained again, since their code has changed."""
    if request.code_changed != CodeDecision.AGAIN:
        return False
    _, space = stored_space(row, request.storage, request.space, loaded.space)
    model = loaded.model(space)
    return bool(find_code_changes(database, row.study, model.code, request.code_changed))


def restored(row: PlanRow, request: Request, database: TrialDatabase, loaded: Loaded) -> Launch:
    """Return a launch of a stored study as it was begun, with nothing to train yet.

    Raises:
        StudyError: What it depends on has changed or is not found.
    """
    source, space = stored_space(row, request.storage, request.space, loaded.space)
    model = loaded.model(space)
    where = stored_source(row, request)
    dataset = loaded.dataset(where)
    data = loaded.cut(dataset, Cut(row.train_size, row.final_examples, row.split_seed))
    facts = facts_of(dataset, data, where, row.train_size, own=model.own is not None)
    found = Found(space, source, model, facts, asked_place(row, request, database))
    stored = _stored(row, row.study, database)
    plan = resume(request, found, stored)
    told = (
        *moved(row, plan),
        *place_told(row, plan),
        *other_rungs_in_words(plan, stored),
        *raised_for_tries(plan, request, row, tries_now(plan, request, stored)),
        *beyond_in_words(plan, request.retry, stored),
    )
    return _ready(plan, data, row, told, request, database)


def _launch(
    asked: _Asked,
    request: Request,
    database: TrialDatabase,
    plans: Sequence[PlanRow],
    loaded: Loaded,
) -> Launch:
    own = asked.model.own is not None
    meant = asked_source(asked.space.name, request, plans, own=own)
    dataset = loaded.dataset(meant)
    wanted, renamed = told_apart(dataset, meant, asked.space.name, plans, request.name)
    name = study_name(asked.space.name, wanted.name or dataset.name, request.name)
    row = next((row for row in plans if row.study == name), None)
    if row is None:
        refuse_other_data_beside(name, dataset, wanted, plans)
    stored = _stored(row, name, database)
    cut = _cut(row, request)
    data = loaded.cut(dataset, cut)
    facts = facts_of(dataset, data, wanted, cut.train_size, own=own)
    files = asked_place(row, request, database)
    plan = resolve(request, Found(asked.space, asked.source, asked.model, facts, files), stored)
    if own:
        check_own(plan, request)
    check_data(plan)
    tries = tries_now(plan, request, stored)
    told = (
        *filter(None, (wanted.note, renamed)),
        *(moved(row, plan) if row else ()),
        *place_told(row, plan),
        *dataset.notes,
        *held_in_words(plan),
        *partly_idle_in_words(plan),
        *(f"{name}: {note}" for note in tries.notes),
        *raised_for_tries(plan, request, row, tries),
        *smaller_in_words(plan, request, row),
        *epochs_in_words(plan, request, stored.search_epochs),
        *starts_in_words(plan, stored.trials, asked.ablation),
        *beyond_in_words(plan, request.retry, stored),
        *other_rungs_in_words(plan, stored),
        *repeats_in_words(plan),
        *reproducible_in_words(plan, request, row, tries),
    )
    if asked.ablation is None:
        launch = replace(_ready(plan, data, row, told, request, database), tries=tries)
        return _counted(launch, request, database)
    fitting, left_out = fitted(asked.ablation, plan, request)
    withdrawn = withdrawn_variants(database.arms(name, fitting.name))
    fitting, returned, about = without_withdrawn(fitting, withdrawn, name, request)
    launch = _ready(plan, data, row, (*told, *left_out, *about), request, database)
    launch = replace(launch, returned=returned)
    earlier = {ablation.name: ablation for ablation in stored.ablations}.get(fitting.name)
    ablation = fitting.extended(earlier)
    if earlier is not None and request.ablation is not None and request.ablation.replicates is None:
        ablation = replace(ablation, replicates=earlier.replicates)
    return _ablating(launch, request, database, ablation)


def _stored(row: PlanRow | None, name: str, database: TrialDatabase) -> Stored:
    if row is None:
        return Stored()
    tries, epochs = stored_tries(database, name), database.search_epochs(name)
    return Stored(row, database.ablations(name), database.trials(name), tries, epochs)


def _cut(row: PlanRow | None, request: Request) -> Cut:
    """Return how a study's data is cut: as it was, else as asked; another cut than the stored one is refused later."""
    if row is None:
        return Cut(request.train_size, split_seed=request.given.get("split_seed", Method().split_seed))
    if request.train_size not in (None, row.train_size):
        return Cut(request.train_size, split_seed=row.split_seed)
    return Cut(row.train_size, row.final_examples, row.split_seed)


def _ready(
    plan: Plan,
    data: TrialData,
    row: PlanRow | None,
    notes: tuple[str, ...],
    request: Request,
    database: TrialDatabase,
) -> Launch:
    """Return a launch with the workers that it has here; what is stored is how many processes there would be."""
    stored = row.workers if row is not None else 0
    asked = request.given.get("workers")
    devices = _devices(plan.method.device, asked or stored or None, request)
    plan = replace(plan, method=replace(plan.method, workers=len(devices) or asked or stored))
    changes = find_code_changes(database, plan.study, plan.model.code, request.code_changed)
    told = [change.sentence(plan.study) for change in changes]
    if row is not None:
        told += unknown_code(database, plan.study)
        told += widened_in_words(plan, row)
    told += smallest_effect_in_words(plan, row)
    for name in (plan.study, *(found.study for found in database.plans() if found.parent == plan.study)):
        told += left_alone_in_words(name, request.retry.left_alone(database.trials(name)))
    if request.code_changed and not changes:
        told += [f"{plan.study}: its code is what its trials were trained by; --code-changed has nothing to do"]
    told.append(f"{plan.study}: {learned_in_words(plan)}")
    return Launch(
        plan,
        data,
        devices[:1] if request.training.engine == "inline" else devices,
        row,
        (*notes, *told),
        code_changes=changes,
    )


def _counted(launch: Launch, request: Request, database: TrialDatabase) -> Launch:
    """Return a launch of a search with how far it is, counted against its plan as it is now."""
    study = launch.plan.study
    trials = [trial for trial in database.trials(study) if trial.code not in launch.stale]
    plan = launch.plan
    done = progress(
        trials,
        plan.budget,
        plan.baseline,
        plan.metric,
        search_seconds=launch.search_seconds,
        search_epochs=database.search_epochs(study) if plan.budget.epoch_budget else None,
        pruner=plan.method.pruner,
    )
    again = request.retry.in_search(database, study)
    launch = replace(launch, finished=done.finished and not again, counts=done.describe())
    if launch.finished and launch.row is not None and domain_changes(launch.row, plan.space, plan.model).taken:
        limit = "--trials" if plan.budget.epoch_budget is None else "--epoch-budget"
        told = f"{study}: its search has its {done.searched} trials already; a larger {limit} searches what is new"
        launch = replace(launch, notes=(*launch.notes, told))
    return launch


def with_finals(launch: Launch, finals: Sequence[FinalRow], request: Request, database: TrialDatabase) -> Launch:
    """Return a launch of final trials that were asked for by name, with how far they are."""
    study = launch.plan.study
    trials = [trial for trial in database.trials(study) if trial.code not in launch.stale]
    done = final_progress(finals, trials)
    again = request.retry.in_finals(database, study, finals)
    return replace(launch, finals=tuple(finals), finished=done.finished and not again, counts=done.describe())


def _ablating(launch: Launch, request: Request, database: TrialDatabase, ablation: Ablation) -> Launch:
    """Return the launch with an ablation, all that was asked of it now and before, and how far that is."""
    study = launch.plan.study
    stored = {row.name: row for row in database.ablations(study)}.get(ablation.name)
    planned = planned_by(database, launch, ablation)
    arms = planned_arms(launch.plan, ablation, stored_arms(database, launch.plan, ablation))
    again = request.retry.in_ablation(database, study, ablation.name)
    asked_before = stored is not None and stored.finished and Ablation.from_row(stored) == ablation
    longer = ablation.needs_search and _is_longer(launch)
    finished = asked_before and not longer and not again and not launch.stale
    told = [] if finished else searches_in_words(launch.plan, ablation, arms)
    told += [] if finished else held_by_arms_in_words(launch.plan, arms)
    told += [] if finished else _beyond_by_arms(launch.plan, arms, request, database)
    told += [] if finished else judged_before_in_words(database, launch.plan, arms, ablation.replicates)
    return replace(
        launch,
        notes=(*launch.notes, *told),
        ablation=ablation,
        arms=tuple(arms),
        finished=finished,
        counts=f"ablation {ablation.name}: {ablation_progress(planned).describe()}",
    )


def _beyond_by_arms(plan: Plan, arms: Sequence[Arm], request: Request, database: TrialDatabase) -> list[str]:
    """Return a sentence for each search of a re-tuned arm that what is taken up again leads beyond its epochs."""
    rows = {row.study: row for row in database.plans()}
    searches = [retuning_of(plan, arm) for arm in arms if arm.setting is Setting.RETUNED]
    own = [search for search in searches if search.study != plan.study and search.study in rows]
    return [
        sentence
        for search in own
        for sentence in beyond_in_words(search, request.retry, _stored(rows[search.study], search.study, database))
    ]


def _is_longer(launch: Launch) -> bool:
    """Return whether a search may go further than it might when it was stored."""
    row, now = launch.row, launch.plan.budget
    if row is None:
        return True
    return now.trials > row.trials or (now.epoch_budget or 0) > (row.epoch_budget or now.epoch_budget or 0)


def planned_by(database: TrialDatabase, launch: Launch, ablation: Ablation) -> list[PlannedTrialRow]:
    """Return an ablation's planned trials; those that are put aside at the launch as if they had not begun."""
    aside = {trial.id for trial in database.trials(launch.plan.study) if trial.code in launch.stale}
    return [
        replace(row, state=None, value=None) if row.trial in aside else row
        for row in database.planned_trials(launch.plan.study)
        if row.ablation == ablation.name
    ]


def _devices(requested: str, workers: int | None, request: Request) -> tuple[str, ...]:
    """Return the devices of this machine's workers; none where a Ray cluster trains, which has its own.

    Raises:
        StudyError: There is no such device.
    """
    training = request.training
    if training.engine == "ray":
        if requested not in RAY_DEVICES:
            raise StudyError(f"--device with --engine ray is one of {', '.join(RAY_DEVICES)}, not {requested!r}")
        return ()
    if workers is None or training.workers_per_gpu is not None:
        workers = machine.default_workers(requested, training.workers_per_gpu)
    return tuple(machine.devices(requested, workers))
