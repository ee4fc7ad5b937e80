"""Keeps the files of a study, its checkpoints and weights, where its plan says: moves them there, marks the place."""

from __future__ import annotations

from collections.abc import Callable

from study.database import PlanRow, TrialDatabase, place_of, record_changes
from study.database.place import claim, is_own
from study.execution.ownership import held
from study.files.copying import copy_files, is_same
from study.plan import Plan
from study.prepare.code_changed import with_retunings

Say = Callable[[str], None]


def claim_files(database: TrialDatabase, plan: Plan, say: Say) -> None:
    """Mark the place that a plan names as this database's.

    Raises:
        StudyError: It belongs to another database, or cannot be written.
    """
    if plan.files is not None and (note := claim(database.storage, plan.files, database.server_identity)):
        say(f"{plan.study}: {note}")


def move_files(database: TrialDatabase, plan: Plan, stored: PlanRow, say: Say, command: str = "") -> None:
    """Move the files of a study, and of what re-tunes its arms, from where they were to where its plan says.

    They are copied first, then the plan is stored, then they go where they were: interrupted, nothing is lost.

    Args:
        database: Open for writing; this process owns the study.
        plan: The study as it is from now on.
        stored: As it was.
        say: Tells the user a line.
        command: As it was typed, for the plan's history.

    Raises:
        StudyError: The place belongs to another database, or a file cannot be copied.
    """
    if plan.files == stored.files:
        return
    before, after = place_of(database.storage, stored.files), place_of(database.storage, plan.files)
    claim_files(database, plan, say)
    studies = with_retunings(database, plan.study)
    is_other = not is_same(before, after)
    copied = copy_files(before, after, database.trial_ids(studies)) if is_other else []
    database.save_files(studies, plan.files)
    what = f"checkpoints and weights are kept in {after}, no longer in {before}"
    record_changes(database, plan.study, [what] if is_other else [], command)
    moved = is_own(database.storage, before, database.server_identity)
    for file in copied if moved else ():
        file.remove()
    if copied:
        files = f"{len(copied)} file{'s' if len(copied) > 1 else ''}"
        say(f"{plan.study}: {files} {'moved' if moved else 'copied'} from {before} to {after}")


def move_stored(database: TrialDatabase, plan: Plan, say: Say, command: str) -> None:
    """Move the files of a study in which nothing is left to train; as `move_files`.

    Raises:
        StudyBusyError: Another process runs the study.
    """
    stored = database.plan(plan.study)
    if stored is None or stored.files == plan.files:
        return
    with held(database, [plan.study]):
        move_files(database, plan, stored, say, command)
