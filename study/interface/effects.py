"""What the report computes of a study, for the commands; what cannot be reported is the error that users read."""

from __future__ import annotations

import shlex
from typing import Any

from study.database import TrialDatabase
from study.errors import StudyError
from study.status.details import Details, best_details
from study.status.lookup import find_study

_NUMBERS = ("difference", "low", "high", "p", "sign_flip_p")


def ablations_of(database: TrialDatabase, study: str) -> Details:
    """Return what `show --ablation --json` prints.

    Args:
        database: Open for reading.
        study: The study's name.

    Raises:
        StudyError: There is no such study, or it cannot be reported.
    """
    from reports import ReportError
    from reports.analysis.details import ablation_details

    try:
        return ablation_details(database, study)
    except ReportError as error:
        raise StudyError(str(error)) from error


def best_of_study(database: TrialDatabase, study: str) -> Details:
    """Return what `best --json` prints: the best beside the baseline, whether it beats it, and how to train it.

    Args:
        database: Open for reading.
        study: The study's name.

    Raises:
        StudyError: There is no such study, no search trial of it is complete, or it cannot be reported.
    """
    details = best_details(database, study)
    parents = {plan.study: plan.parent for plan in database.plans()}
    parent = parents[find_study(study, list(parents))]
    return details | (_compared(database, details) if parent is None else _of_an_arm(parent))


def _compared(database: TrialDatabase, details: Details) -> Details:
    from reports import ReportError
    from reports.analysis.examples import learned_from, noun
    from reports.analysis.frames import read
    from reports.findings.commands import settings_command
    from reports.sections.best_in_words import in_words, summary
    from study.trial import Phase

    try:
        frames = read(database, [details["study"]])
    except ReportError as error:
        raise StudyError(str(error)) from error
    (plan,) = frames.plan_rows.values()
    (row,) = summary(frames).to_dict("records")
    return {
        "validation_learned_from": learned_from(plan, Phase.SEARCH),
        "test_learned_from": learned_from(plan, Phase.REPLICATE),
        "example": noun([plan]),
        "against_baseline": _difference(row),
        "in_words": in_words(row, plan),
        "command": settings_command(frames, plan.study) if details["changes"] else None,
    }


def _of_an_arm(parent: str) -> Details:
    """Return what is said of a search that re-tunes an arm, whose choice is compared by its ablation alone."""
    about = dict.fromkeys(("validation_learned_from", "test_learned_from", "against_baseline", "command"))
    told = f"It re-tunes an arm of {parent}: `python -m study show {shlex.quote(parent)} --ablation` compares it."
    return {**about, "example": "example", "in_words": told}


def _difference(row: dict[Any, Any]) -> Details | None:
    """Return best minus baseline over their replicates, as scores are stored; None where no two have the same seed."""
    if row["n"] != row["n"]:
        return None
    numbers = {name: None if row[name] != row[name] else float(row[name]) for name in _NUMBERS}
    return {"n": int(row["n"]), **numbers, "verdict": row["verdict"]}
