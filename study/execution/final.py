"""Trains final trials that somebody asked for by name; the search and its budget stay what they are."""

from __future__ import annotations

from collections.abc import Sequence

from study.database import FinalRow
from study.database.finals import save_finals, stored_finals
from study.execution.session import Session
from study.plan import Plan


def train_finals(session: Session, plan: Plan, finals: Sequence[FinalRow]) -> None:
    """Plan final trials, then train what is missing of them.

    Args:
        session: Its database holds the plan.
        plan: The study.
        finals: What was asked for.

    Raises:
        StudyBusyError: Another process runs the study.
    """
    session.database.acquire(plan.study)
    save_finals(session.database, finals, session.command)
    names = {final.name for final in finals}
    trials = [
        trial
        for final in stored_finals(session.database, plan.study)
        if final.name in names
        for trial in plan.replicates(final.name, final.configuration, epochs=final.epochs, replicates=final.replicates)
    ]
    # One seed of each before the second of any: whenever it stops, they can be compared.
    trials.sort(key=lambda trial: trial.replicate or 0)
    session.train(plan, f"{plan.study} final trials", trials)
