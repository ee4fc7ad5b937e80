"""What `--try` asked for and a search that is over did not begin: for want of what, and the command that tries it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from study.database import PlanRow, TrialDatabase, TriedRow
from study.database.tries import stored_tries
from study.options.rungs import first_limit
from study.status.progress import Progress, out_of_time
from study.trial import Scalar


def untried(database: TrialDatabase, study: str) -> list[TriedRow]:
    """Return what somebody wanted tried in a study and no trial follows; one that was put aside as stale is none."""
    followed = {trial.id for trial in database.trials(study)}
    return [entry for entry in stored_tries(database, study) if entry.trial not in followed]


def untried_in_words(database: TrialDatabase, plan: PlanRow, done: Progress) -> str | None:
    """Return a sentence on what a search that is over did not try; None where it goes on, or has tried everything.

    Args:
        database: Open for reading.
        plan: The study as it is stored now.
        done: How far it is.
    """
    if done.searched < done.search_target or not (waiting := untried(database, plan.study)):
        return None
    why, option = _lacking(plan, waiting, done.epochs)
    listed = " and ".join(given_in_words(entry.given) for entry in waiting)
    was, them = ("was", "it") if len(waiting) == 1 else ("were", "them")
    return f"{plan.study}: {listed} {was} not tried, as {why}; `{_command(database, plan)}{option}` tries {them}"


def given_in_words(given: Mapping[str, Scalar]) -> str:
    """Return the values of a try as they were given: `learning_rate=0.003, width=48`."""
    return ", ".join(f"{name}={value}" for name, value in given.items())


def _lacking(plan: PlanRow, waiting: Sequence[TriedRow], spent: int) -> tuple[str, str]:
    """Return why what waits was not begun, and the option that makes room for it."""
    shortest = first_limit(plan.pruner, plan.epochs)
    needed = sum(shortest if entry.prune else plan.epochs for entry in waiting)
    budget = plan.epoch_budget
    if out_of_time(plan.search_seconds, plan.budget.timeout):
        more = "" if budget is None or spent + needed <= budget else f" --epoch-budget {spent + needed}"
        return f"the search has used up its --timeout of {plan.budget.timeout:g} seconds", f" --timeout inf{more}"
    if budget is not None and spent + needed > budget:
        might = "it" if len(waiting) == 1 else "they"
        left = max(0, budget - spent)
        why = f"{might} might train {needed} epochs, and {left} of --epoch-budget {budget} are left"
        return why, f" --epoch-budget {spent + needed}"
    return f"the search has its {plan.trials} trials", ""  # which the command raises by what waits


def _command(database: TrialDatabase, plan: PlanRow) -> str:
    """Return the command that goes on with a study's search, without a budget."""
    words = ["python", "-m", "study", "run", _shown(plan.space_source)]
    alike = [row for row in database.plans() if (row.space, row.name, row.parent) == (plan.space, plan.name, None)]
    words += ["--dataset", _shown(plan.dataset_source)] if len(alike) > 1 else []
    words += ["--name", plan.name] if plan.name else []
    return shlex.join(words)


def _shown(source: str) -> str:
    """Return a stored path as it is from the working folder, if it lies there; any other source as it is."""
    path, here = Path(source), Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else source
