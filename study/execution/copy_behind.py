"""Brings Optuna's tables up to a finished study: its process may have been killed before the last ends were there."""

from __future__ import annotations

from collections.abc import Callable

from study.ablation.planning import as_begun, retuning_of
from study.database import TrialDatabase
from study.design import Setting
from study.errors import StudyError
from study.execution.ownership import held
from study.execution.queue import SearchQueue
from study.plan import Plan
from study.prepare.launch import Launch
from study.search import lacks_ends, quiet


def searches_behind(launch: Launch, database: TrialDatabase) -> list[Plan]:
    """Return the study's and its arms' searches whose end Optuna's tables lack, where nothing is left to train."""
    if not launch.finished or launch.finals:
        return []
    retuned = [retuning_of(launch.plan, arm) for arm in launch.arms if arm.setting is Setting.RETUNED]
    searches = {plan.study: plan for plan in (launch.plan, *retuned)}
    behind = [plan for plan in searches.values() if lacks_ends(database, database.trials(plan.study))]
    return [plan if plan.parent is None else as_begun(plan, database.plan(plan.study)) for plan in behind]


def bring_up(plan: Plan, database: TrialDatabase, say: Callable[[str], None]) -> None:
    """Write what Optuna's tables lack of a finished search; where that is not possible, say so and go on.

    Args:
        plan: Of a search in which nothing is left to train.
        database: Open; for writing from here on, if it can be written.
        say: Tells the user a line.
    """
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
