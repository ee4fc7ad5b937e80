"""Where a study is to keep its checkpoints and weights: as asked for, else as stored, else where a new one does."""

from __future__ import annotations

from study.database import PlanRow, TrialDatabase
from study.database.place import new_place, next_place
from study.errors import StudyError
from study.plan import Plan
from study.prepare.request import Request


def asked_place(row: PlanRow | None, request: Request, database: TrialDatabase) -> str | None:
    """Return the place as a plan says it; None means the folder that goes with the database.

    Args:
        row: The stored study, if it was begun before.
        request: Its place is used.
        database: Where the study is stored, or will be.

    Raises:
        StudyError: It is a file, no URL that can be used, or one of a single process where others train.
    """
    if row is None:
        files = new_place(database.storage, request.files)
    else:
        files = next_place(database.storage, row.files, request.files)
    if files is not None and files.startswith("memory://") and request.training.engine != "inline":
        raise StudyError(
            f"{files} is in the memory of a single process, and --engine {request.training.engine} trains in others: "
            f"keep the files in a folder or an object store, or train with --engine inline"
        )
    return files


def place_told(row: PlanRow | None, plan: Plan) -> list[str]:
    """Return a sentence on where checkpoints and weights are kept, where that is another place from now on."""
    if plan.files == (row.files if row else None):
        return []
    return [f"{plan.study}: checkpoints and weights are kept in {plan.files}"]
