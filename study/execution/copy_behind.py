"""Brings Optuna's tables up to a finished study: its process may have been killed before the last ends were there."""

from __future__ import annotations

from collections.abc import Callable

from study.database import TrialDatabase
from study.errors import StudyError
from study.execution.ownership import held
from study.execution.queue import SearchQueue
from study.prepare.launch import Launch
from study.search import lacks_ends, quiet


def is_behind(launch: Launch, database: TrialDatabase) -> bool:
    """Return whether Optuna's tables lack the end of a search in which nothing is left to train."""
    is_search = launch.ablation is None and not launch.finals
    return launch.finished and is_search and lacks_ends(database, database.trials(launch.plan.study))


def bring_up(launch: Launch, database: TrialDatabase, say: Callable[[str], None]) -> None:
    """Write what Optuna's tables lack of a finished search; where that is not possible, say so and go on.

    Args:
        launch: Of a search in which nothing is left to train.
        database: Open; for writing from here on, if it can be written.
        say: Tells the user a line.
    """
    plan = launch.plan
    try:
        database.begin_writing(say)
        with held(database, [plan.study]), quiet():
            queue = SearchQueue(plan, database, say)
            queue.begin()
            queue.leave()
    except StudyError as error:
        say(f"{plan.study}: Optuna's tables lack the end of its search, and cannot be brought up now: {error}")
        return
    if not lacks_ends(database, database.trials(plan.study)):
        say(f"{plan.study}: Optuna's tables lacked the end of its search, and have it now")
