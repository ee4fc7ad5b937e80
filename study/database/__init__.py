"""The trial database, from its URL to its rows. Does not import Optuna: showing and reporting need our tables alone."""

from study.database.ownership import FOREIGN_OWNER_SECONDS, owner_alive, owner_name
from study.database.place import folder_of, place_of
from study.database.plan_changes import plan_changes, record_changes
from study.database.retries import ask_to_skip, asked_to_skip, earlier_failures, take_up_again
from study.database.rows import (
    AblationRow,
    ArmRow,
    Columns,
    Configuration,
    CountRow,
    EnvironmentRow,
    EpochRow,
    FailureRow,
    FinalRow,
    LogRow,
    PlanChangeRow,
    PlannedTrialRow,
    PlanRow,
    TestRow,
    TrialRow,
    TriedRow,
    structured,
)
from study.database.sentences import one_line
from study.database.storage import (
    BUSY_SECONDS,
    is_absent,
    normalised,
    parse_url,
    shown_url,
)
from study.database.trial_database import TrialDatabase
from study.database.writing import now

__all__ = [
    "BUSY_SECONDS",
    "FOREIGN_OWNER_SECONDS",
    "AblationRow",
    "ArmRow",
    "Columns",
    "Configuration",
    "CountRow",
    "EnvironmentRow",
    "EpochRow",
    "FailureRow",
    "FinalRow",
    "LogRow",
    "PlanChangeRow",
    "PlanRow",
    "PlannedTrialRow",
    "TestRow",
    "TrialDatabase",
    "TrialRow",
    "TriedRow",
    "ask_to_skip",
    "asked_to_skip",
    "earlier_failures",
    "folder_of",
    "is_absent",
    "normalised",
    "now",
    "one_line",
    "owner_alive",
    "owner_name",
    "parse_url",
    "place_of",
    "plan_changes",
    "record_changes",
    "shown_url",
    "structured",
    "take_up_again",
]
