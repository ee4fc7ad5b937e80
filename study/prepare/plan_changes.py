"""What changes in a stored study's plan with a command, in the words of its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from study.database import PlanRow
from study.options.method import Budget
from study.options.option import Option, flag, options_of
from study.plan import Plan
from study.prepare.widening import domain_changes
from study.space import plain
from study.trial import Scalar

THIS_MACHINE = ("device", "workers")
"""Options that say where trials are trained, which no number depends on: no part of a plan's history."""


def begun(plan: Plan) -> str:
    """Return what a study is begun with, in a sentence."""
    stated = options_of(Budget)
    given = {name: getattr(plan.budget, name) for name in stated}
    listed = [f"{flag(name, stated[name])} {_written(stated[name], value)}" for name, value in given.items() if value]
    if plan.method.smallest_effect is not None:
        listed.append(f"--smallest-effect {plan.method.smallest_effect}")
    return f"begun with {', '.join(listed)}"


def changes_of(stored: PlanRow, plan: Plan) -> list[str]:
    """Return what a plan has that the stored one had not, a sentence each.

    Args:
        stored: As the database has it.
        plan: As it is from now on.
    """
    found = list(domain_changes(stored, plan.space, plan.model).taken)
    found += _changed_starts(stored.definition.get("starts", ()), plan.space.starts)
    for part, part_now in ((stored.budget, plan.budget), (stored.method, plan.method)):
        for name, stated in options_of(type(part_now)).items():
            was, is_now = getattr(part, name), getattr(part_now, name)
            if was != is_now and name not in THIS_MACHINE:
                found.append(f"{flag(name, stated)} was {_written(stated, was)}, now {_written(stated, is_now)}")
    return found


def _changed_starts(before: Sequence[Mapping[str, object]], now: Sequence[Mapping[str, Scalar]]) -> list[str]:
    """Return which starts of a space are new and which are gone, a sentence each."""
    was = [{name: plain(value) for name, value in start.items()} for start in before]  # tuples are stored as lists
    are = [dict(start) for start in now]
    found = [f"the space's start {_in_words(start)} is new" for start in are if start not in was]
    found += [f"the space's start {_in_words(start)} is gone" for start in was if start not in are]
    return found or ["the space's starts have another order"] * (was != are)


def _in_words(start: Mapping[str, Scalar]) -> str:
    return ", ".join(f"{name}={value}" for name, value in start.items())


def _written(stated: Option, value: object) -> str:
    """Return an option's value as it is typed."""
    if value in (None, ()):
        return "not given"
    return str(value if stated.written is None else stated.written(value))
