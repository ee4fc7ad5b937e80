"""Ends one trial of a study by hand: in the database, or through the process that runs the study."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from study.database import TrialDatabase, TrialRow, ask_to_skip, place_of
from study.database.ownership import owner_in_words
from study.errors import StudyError, nearest
from study.files import FileError
from study.status.lookup import find_study
from study.trial import SKIPPED, Phase, TrialState


def skip(database: TrialDatabase, study: str, trial: str, tell: Callable[[str], None] = lambda _: None) -> str:
    """End a trial that has not ended as failed.

    Args:
        database: Open for reading; for writing afterwards.
        study: Name of the study.
        trial: The number of a search trial, what `show` calls a trial, or a trial's id.
        tell: Told what was done to a database of an older version.

    Returns:
        A line on what was done: where a process runs the study, that one ends the trial, within seconds.

    Raises:
        StudyError: There is no such study or trial, or the trial has ended.
    """
    plans = {plan.study: plan for plan in database.plans()}
    if not plans:
        raise StudyError(f"{database.shown} holds no study yet; `python -m study run SPACE` begins one")
    plan = plans[find_study(study, list(plans))]
    row = _find(database.trials(plan.study), trial, plan.study)
    if row.state.finished:
        raise StudyError(f"{_called(row)} of {plan.study} has ended ({row.state}); only an open trial is skipped")
    database.begin_writing(tell)
    ask_to_skip(database, row.id)  # first, so that a process that starts just now knows it too
    owner = database.owner_of(plan.study)
    if owner is not None and owner.alive:
        return f"{_called(row)} of {plan.study}: {owner_in_words(owner.name)}, which runs it, ends it in seconds"
    kind, message, _ = SKIPPED
    database.finish_trial(row.id, TrialState.FAILED, failure_type=kind, failure_message=message)
    try:
        place_of(database.storage, plan.files).checkpoint(row.id).remove()
    except FileError as error:
        raise StudyError(f"{_called(row)} of {plan.study} is ended as failed, but {error}") from error
    return f"{_called(row)} of {plan.study} is ended as failed: {message}; no process runs the study"


def _find(rows: Sequence[TrialRow], trial: str, study: str) -> TrialRow:
    found = [row for row in rows if trial in (row.id, _called(row), _called(row).removeprefix("trial "))]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(row.id for row in found)
        raise StudyError(f"{trial!r} could be any of {len(found)} trials of {study}; give one of their ids: {ids}")
    began = [row for row in rows if not row.state.finished]
    names = [_called(row) for row in began]
    listed = f"open now: {', '.join(names)}" if names else "none is open"
    raise StudyError(f"{study} has no trial {trial!r} ({listed}){nearest(trial, names)}")


def _called(row: TrialRow) -> str:
    """Return what `show` calls a trial."""
    if row.phase is Phase.SEARCH:
        return f"trial {row.optuna_number}"
    return f"{row.variant} replicate {row.replicate}"
