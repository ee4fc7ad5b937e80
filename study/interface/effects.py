"""What the report computes of a study, for the commands; what cannot be reported is the error that users read."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from study.database import TrialDatabase
from study.errors import StudyError
from study.status.details import Details, best_details
from study.status.lookup import find_study

if TYPE_CHECKING:
    from reports.analysis.frames import Frames

_NUMBERS = ("difference", "low", "high", "p", "sign_flip_p")


def ablations_of(database: TrialDatabase, study: str) -> Details:
    """Return what `show --ablation --json` prints.

    Args:
        database: Open for reading.
        study: The study's name.

    Raises:
        StudyError: There is no such study, or it cannot be reported.
    """
    from reports.analysis.details import details_of
    from reports.analysis.effects import effects
    from reports.analysis.pairs import ARM
    from reports.findings.advised import time_tells

    frames = _frames(database, study)
    details, table = details_of(frames), effects(frames)
    tells = {tuple(row[name] for name in ARM): time_tells(row, table) for row in table.to_dict("records")}
    for ablation in details["ablations"]:
        for row in ablation["arms"]:
            row["time_tells"] = tells[details["study"], ablation["name"], row["setting"], row["arm"]]
    return {**details, "needed": _needed(frames)}


def _needed(frames: Frames) -> list[Details]:
    """Return what would tell more of the variants that are tested and not decided: a text and a command each."""
    from reports.findings.further_trials import further_trials
    from reports.findings.suggestions import suggestions

    open_ones = [found for found in suggestions(frames) if not found.decided and not found.rows.empty]
    return [asdict(further) for further in further_trials(frames, open_ones)]


def _frames(database: TrialDatabase, study: str) -> Frames:
    """Read what the report computes from.

    Raises:
        StudyError: There is no such study, or it cannot be reported.
    """
    from reports import ReportError
    from reports.analysis.frames import read

    try:
        return read(database, [study])
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
    from reports.analysis.examples import learned_from, noun
    from reports.findings.commands import settings_command
    from reports.sections.best_in_words import in_words, summary
    from study.trial import Phase

    frames = _frames(database, details["study"])
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
