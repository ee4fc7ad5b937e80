"""The rows of our tables as values, made once, where they leave the database."""

from study.database.rows.ablation import AblationRow, ArmRow, PlannedTrialRow
from study.database.rows.code import CodeChangeRow, CodeRow, EnvironmentRow
from study.database.rows.plan import FinalRow, PlanChangeRow, PlanRow, TriedRow
from study.database.rows.trial import CountRow, EpochRow, FailureRow, LogRow, TestRow, TrialRow
from study.database.rows.values import Columns, Configuration, Json, structured

__all__ = [
    "AblationRow",
    "ArmRow",
    "CodeChangeRow",
    "CodeRow",
    "Columns",
    "Configuration",
    "CountRow",
    "EnvironmentRow",
    "EpochRow",
    "FailureRow",
    "FinalRow",
    "Json",
    "LogRow",
    "PlanChangeRow",
    "PlanRow",
    "PlannedTrialRow",
    "TestRow",
    "TrialRow",
    "TriedRow",
    "structured",
]
