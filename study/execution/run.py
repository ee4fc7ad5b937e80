"""Runs launches to their end: for each launch the engine that trains it, all with the command's one database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from study.database import TrialDatabase
from study.database.plan_changes import record_changes
from study.errors import OutOfTimeError, StudyBusyError, StudyError
from study.execution import stopping
from study.execution.ablation import ablate
from study.execution.code_changed import apply_code_changes
from study.execution.copy_behind import bring_up, searches_behind
from study.execution.engines import Engines
from study.execution.files import claim_files, move_stored
from study.execution.final import train_finals
from study.execution.own_check import check_training
from study.execution.ownership import beating, released
from study.execution.session import OpenView, Session, save_plan
from study.files import FileError
from study.prepare.launch import Launch
from study.prepare.request import Request
from study.prepare.resolve import within_epochs
from study.task import OWN
from study.task.predictions import target_type


def execute(
    launches: Sequence[Launch],
    request: Request,
    database: TrialDatabase,
    open_view: OpenView,
    say: Callable[[str], None],
) -> None:
    """Run launches to their end, one after the other.

    Where nothing is left to train, nothing is written but what Optuna's tables lack of it.

    Args:
        launches: Prepared by `study.prepare`.
        request: Its engine, the command to keep, and what is taken up again.
        database: Open for reading; for writing from here on, if anything is to be written.
        open_view: Opens the view of one stage.
        say: Tells the user one line between stages.
    """
    for launch in launches:
        if launch.finished:
            say(f"{launch.plan.study}: nothing to do, {launch.counts}")
    left = [launch for launch in launches if not launch.finished]
    decided = [launch for launch in launches if launch.finished and launch.decides]
    for launch in left:
        claim_files(database, launch.plan, say)  # a place that cannot be used is told before anything is trained
    for launch in launches:
        for plan in searches_behind(launch, database):
            bring_up(plan, database, say)
    if not left and not decided:
        return
    try:
        _execute(left, decided, request, database, open_view, say)
    except FileError as error:
        told = f"{error}; once that is mended, `python -m study resume` goes on where this stopped"
        raise StudyError(told) from error


def _execute(
    left: Sequence[Launch],
    decided: Sequence[Launch],
    request: Request,
    database: TrialDatabase,
    open_view: OpenView,
    say: Callable[[str], None],
) -> None:
    """Train what is left to be trained, and store what was decided of the rest."""
    with Engines(request, say) as engines:
        left = [_checked(launch, request, engines, say) for launch in left]
        database.begin_writing(say)
        database.is_impatient = stopping.is_asked_for
        for launch in decided:  # what was said of their plan, code and files holds from now on
            with released(database), beating(database):
                _keep(launch, request, database, say)
        ran: set[str] = set()
        for launch in left:
            with released(database), beating(database):
                if launch.row is not None:
                    _take(launch, database, fresh=request.standby and launch.plan.study not in ran)
                ran.add(launch.plan.study)
                say(f"{launch.plan.study}: {launch.counts}; trial database {database.shown}")
                with engines.of(launch) as engine:
                    _run(launch, Session(database, engine, open_view, say, request.retry, request.command))


def _take(launch: Launch, database: TrialDatabase, *, fresh: bool) -> None:
    """Own a stored study before anything is done to it.

    Args:
        launch: Of a stored study.
        database: Open for writing.
        fresh: Whether the study has to be as it was when the launch was prepared: several processes may have waited
            for it, and the others may have run it meanwhile.

    Raises:
        StudyBusyError: Another process owns the study, or has run it meanwhile.
    """
    study = launch.plan.study
    database.acquire(study)
    now, before = database.plan(study), launch.row
    if not fresh or now is None or before is None:
        return
    if replace(now, owner=before.owner, owner_seen_at=before.owner_seen_at) != before:
        raise StudyBusyError(f"study {study!r} was run by another process just now; run this again")


def _checked(launch: Launch, request: Request, engines: Engines, say: Callable[[str], None]) -> Launch:
    """Return a launch whose model can train itself, as far as one epoch tells; others as they are.

    Raises:
        StudyError: It cannot.
    """
    plan = launch.plan
    if plan.model.own is None or (launch.row is not None and not launch.code_changes):
        return launch
    with engines.of(launch) as engine:
        once = check_training(plan, engine, say)
    if once and launch.row is None and "epochs" not in request.given:
        say(f"{plan.study}: train(run) yields once, so that a trial has 1 epoch; --epochs says otherwise")
        once_each = replace(plan, budget=replace(plan.budget, epochs=1))
        return replace(launch, plan=within_epochs(once_each, request, launch.row))
    return launch


def _keep(launch: Launch, request: Request, database: TrialDatabase, say: Callable[[str], None]) -> None:
    """Store what was decided of a study that has nothing left to train."""
    move_stored(database, launch.plan, say, request.command)
    if launch.plan_changes:
        save_plan(database, launch.plan, launch.row, request.command, say)
    apply_code_changes(database, launch.plan, launch.code_changes, say)


def _run(launch: Launch, session: Session) -> None:
    plan, database = launch.plan, session.database
    spec = plan.dataset.spec
    if spec.task != OWN:
        targets = launch.data.test.targets.numpy().astype(target_type(spec.task, spec.outputs)).tobytes()
        database.save_test_split(plan.dataset.content_hash, targets)
    session.save(plan, launch.row)
    if launch.tries.new:
        session.enqueue(plan, launch.tries.new)
    apply_code_changes(database, plan, launch.code_changes, session.say)
    try:
        if launch.ablation is not None:
            changes = [f"variant {name} came back into the ablation {launch.ablation.name}" for name in launch.returned]
            record_changes(database, plan.study, changes, session.command)
            ablate(session, plan, launch.ablation, launch.arms)
        elif launch.finals:
            train_finals(session, plan, launch.finals)
        else:
            session.tune(plan)
    except OutOfTimeError as error:
        session.say(str(error))
