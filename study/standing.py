"""Where a launch stands before it goes on: rows in, a sentence out."""

from __future__ import annotations

from dataclasses import dataclass

from study.ablation import Ablation
from study.database import Row, TrialDatabase
from study.launch import Launch, existing
from study.progress import ablation_progress, progress
from study.retry import Retry


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a launch has come."""

    finished: bool
    """Whether nothing is left to train."""
    text: str
    """The counts in words."""


def standing(launch: Launch, storage: str, retry: Retry) -> Standing:
    """Returns where a launch stands, counted against its plan as it is now, with what is taken up again."""
    study = launch.plan.study
    with existing(storage) as database:
        if launch.ablation is not None:
            again = retry.in_ablation(database, study, launch.ablation.name) if database else []
            found = _of_ablation(launch, launch.ablation, database)
            return Standing(found.finished and not again, found.text)
        again = retry.in_search(database, study) if database else []
        row = (launch.row or {"search_seconds": 0.0}) | launch.plan.row()
        done = progress(row, database.trials(study) if database else [])
        return Standing(done.finished and not again, done.describe())


def _of_ablation(launch: Launch, ablation: Ablation, database: TrialDatabase | None) -> Standing:
    study = launch.plan.study
    stored: Row | None = None
    cells: list[Row] = []
    if database is not None:
        stored = {row["name"]: row for row in database.ablations(study)}.get(ablation.name)
        cells = [cell for cell in database.cells(study) if cell["ablation"] == ablation.name]
    asked_before = stored is not None and stored["finished"] and Ablation.from_row(stored) == ablation
    longer = ablation.searches and launch.plan.budget.trials > (launch.row or {}).get("trials", 0)
    return Standing(asked_before and not longer, f"ablation {ablation.name}: {ablation_progress(cells).describe()}")
