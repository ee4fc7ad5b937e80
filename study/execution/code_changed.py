"""Does what was decided about trials whose code has changed since: they count on, or are put aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from study.database import TrialDatabase
from study.database.code import mark_stale, save_code, save_code_change
from study.execution.ownership import held
from study.plan import Plan
from study.prepare.code_changed import CodeChange, with_retunings
from study.search import forget
from study.trial import CodeDecision


def apply_code_changes(
    database: TrialDatabase, plan: Plan, changes: Sequence[CodeChange], say: Callable[[str], None]
) -> None:
    """Store what was decided about trials of other code than trains from now on, and put aside those that are stale.

    Args:
        database: Open for writing; it holds the plan.
        plan: The study.
        changes: What was decided, where the code changed.
        say: Tells the user a line.

    Raises:
        StudyBusyError: Another process runs the study, or one that re-tunes an arm of its ablations.
    """
    if not changes:
        return
    code = plan.model.code
    save_code(database, code.hash, code.files, code.training)
    studies = with_retunings(database, plan.study)
    with held(database, studies):
        stale = [change.before for change in changes if change.decision is CodeDecision.AGAIN]
        if stale and mark_stale(database, studies, stale):
            for study in studies:
                forget(database, study, say)
        for change in changes:
            save_code_change(
                database,
                plan.study,
                change.before,
                code.hash,
                decision=change.decision,
                changes=change.changes,
                trials=change.trials,
            )
