"""From stored studies to what is not finished of them, each as it was begun."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.ablation import Ablation
from study.database import FinalRow, PlanRow, TrialDatabase
from study.database.finals import stored_finals
from study.errors import StudyError
from study.prepare.code_changed import find_code_changes
from study.prepare.completing import ablating, counted, ready, with_finals
from study.prepare.given import check_request
from study.prepare.launch import Launch
from study.prepare.loaded import Cut, Loaded
from study.prepare.place import asked_place, place_told
from study.prepare.request import Request
from study.prepare.resolve import Found, resume, tries_now
from study.prepare.sources import (
    facts_of,
    moved,
    stored_source,
)
from study.prepare.stored import stored_state
from study.prepare.told import (
    beyond_in_words,
    other_rungs_in_words,
    raised_for_tries,
)
from study.search import lacks_ends
from study.status.finals import final_progress
from study.status.location import stored_space
from study.status.lookup import find_study
from study.status.progress import progress
from study.trial import CodeDecision


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
            launches.append(counted(launch, request, database))
        finals = stored_finals(database, name) if launch.stale else what.finals
        if finals:
            launches.append(with_finals(launch, finals, request, database))
        launches += [
            ablating(launch, request, database, Ablation.from_row(row))
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
        *([counted(launch, request, database)] if own else []),
        *(ablating(launch, request, database, ablation) for ablation in ablations if ablation.retuned),
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
    stored = stored_state(row, row.study, database)
    plan = resume(request, found, stored)
    told = (
        *moved(row, plan),
        *place_told(row, plan),
        *other_rungs_in_words(plan, stored),
        *raised_for_tries(plan, request, row, tries_now(plan, request, stored)),
        *beyond_in_words(plan, request.retry, stored),
    )
    return ready(plan, data, row, told, request, database)
