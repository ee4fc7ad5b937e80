"""From what a user asked of spaces to studies that can run: looks up spaces, data and what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from study.ablation import Ablation
from study.ablation.withdrawing import withdrawn_variants
from study.catalog import Model, portable_source
from study.database import PlanRow, TrialDatabase
from study.errors import StudyError
from study.options.method import Method
from study.plan import study_name
from study.prepare.ablation_request import asked_ablation, fitted, without_withdrawn
from study.prepare.completing import ablating, counted, devices_of, ready
from study.prepare.data_names import refuse_other_data_beside, told_apart
from study.prepare.given import check_request
from study.prepare.launch import Launch
from study.prepare.loaded import Cut, Loaded
from study.prepare.own_training import check_own
from study.prepare.place import asked_place, place_told
from study.prepare.request import Request
from study.prepare.resolve import Found, resolve, tries_now
from study.prepare.sources import (
    asked_source,
    facts_of,
    moved,
)
from study.prepare.stored import stored_state
from study.prepare.told import (
    beyond_in_words,
    epochs_in_words,
    held_in_words,
    other_rungs_in_words,
    partly_idle_in_words,
    raised_for_tries,
    repeats_in_words,
    reproducible_in_words,
    smaller_in_words,
    starts_in_words,
)
from study.prepare.validation import check_data
from study.space import SearchSpace


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
    devices_of(request.given.get("device", "auto"), request.given.get("workers"), request)
    wanted = []
    for source, space in spaces:
        model = loaded.model(space)
        ablation = asked_ablation(space, request) if request.ablation is not None else None
        wanted.append(_Asked(source, space, model, ablation))
    plans = database.plans()
    return [_launch(asked, request, database, plans, loaded) for asked in wanted]


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
    stored = stored_state(row, name, database)
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
        launch = replace(ready(plan, data, row, told, request, database), tries=tries)
        return counted(launch, request, database)
    fitting, left_out = fitted(asked.ablation, plan, request)
    withdrawn = withdrawn_variants(database.arms(name, fitting.name))
    fitting, returned, about = without_withdrawn(fitting, withdrawn, name, request)
    launch = ready(plan, data, row, (*told, *left_out, *about), request, database)
    launch = replace(launch, returned=returned)
    earlier = {ablation.name: ablation for ablation in stored.ablations}.get(fitting.name)
    ablation = fitting.extended(earlier)
    if earlier is not None and request.ablation is not None and request.ablation.replicates is None:
        ablation = replace(ablation, replicates=earlier.replicates)
    return ablating(launch, request, database, ablation)


def _cut(row: PlanRow | None, request: Request) -> Cut:
    """Return how a study's data is cut: as it was, else as asked; another cut than the stored one is refused later."""
    if row is None:
        return Cut(request.train_size, split_seed=request.given.get("split_seed", Method().split_seed))
    if request.train_size not in (None, row.train_size):
        return Cut(request.train_size, split_seed=row.split_seed)
    return Cut(row.train_size, row.final_examples, row.split_seed)
