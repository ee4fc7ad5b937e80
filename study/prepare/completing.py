"""Completes a launch by what is the same however it was asked for: its workers, what is told of it, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from study.ablation import Ablation, Arm
from study.ablation.planning import planned_arms, retuning_of, stored_arms
from study.data import TrialData
from study.database import FinalRow, PlannedTrialRow, PlanRow, TrialDatabase
from study.design import Setting
from study.engines import machine
from study.errors import StudyError
from study.options.engine import RAY_DEVICES
from study.plan import Plan
from study.prepare.code_changed import find_code_changes, unknown_code
from study.prepare.judged_before import judged_before_in_words
from study.prepare.launch import Launch
from study.prepare.request import Request
from study.prepare.stored import stored_state
from study.prepare.told import (
    beyond_in_words,
    held_by_arms_in_words,
    learned_in_words,
    left_alone_in_words,
    searches_in_words,
    smallest_effect_in_words,
    widened_in_words,
)
from study.prepare.widening import domain_changes
from study.status.finals import final_progress
from study.status.progress import ablation_progress, progress


def ready(
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
    devices = devices_of(plan.method.device, asked or stored or None, request)
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


def counted(launch: Launch, request: Request, database: TrialDatabase) -> Launch:
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


def ablating(launch: Launch, request: Request, database: TrialDatabase, ablation: Ablation) -> Launch:
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
        for sentence in beyond_in_words(search, request.retry, stored_state(rows[search.study], search.study, database))
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


def devices_of(requested: str, workers: int | None, request: Request) -> tuple[str, ...]:
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
