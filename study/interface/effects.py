"""What a study's ablations found, with whatever cannot be reported as the one error that users read."""

from __future__ import annotations

from study.database import TrialDatabase
from study.errors import StudyError
from study.status.details import Details


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
