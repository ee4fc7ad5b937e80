"""A study's tables, read in one snapshot: for files, or as data frames."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.analysis.frames import read_from, snapshot
from reports.export.columns import Column, Kind, Table
from reports.export.computed import COMPUTED, computed_tables
from reports.export.stored import predictions_table, stored_tables
from study.database import PlanRow, TrialDatabase
from study.database.whole import WHOLE, rows_of_study
from study.errors import StudyError
from study.status.lookup import find_study

NAMES = (*WHOLE, "metrics", *COMPUTED, "predictions")
"""Every table that an export can have."""


def tables_of(database: TrialDatabase, study: str, *, predictions: bool = False) -> tuple[str, list[Table]]:
    """Return the whole name of a study, and all that is known of it and of what re-tunes its arms.

    Args:
        database: Open for reading.
        study: A name such as `cnn@mnist`, or `cnn` where only one study of that space exists.
        predictions: Whether to add what each tested trial said of each test example.

    Raises:
        ReportError: The database cannot be read.
        StudyError: The study is unknown or ambiguous, or re-tunes an arm of another.
    """
    plan = _plan(database, study)
    with snapshot(database) as connection:
        rows = rows_of_study(connection, plan.study)
        frames = read_from(connection, [plan.study], shown=database.shown)
    tables = [*stored_tables(rows), *computed_tables(frames)]
    if predictions:
        tables.append(predictions_table(plan, rows["test_results"], database.test_targets(plan.dataset_hash)))
    return plan.study, tables


def export_tables(database: TrialDatabase, study: str, *, predictions: bool = False) -> dict[str, pd.DataFrame]:
    """Return all that is known of a study as data frames; `docs/export.md` tells of each table and column.

    Trials of searches that re-tune an arm, and stale ones, are among the `trials`: their `study` and `stale_at` tell.

    Args:
        database: Open for reading.
        study: A name such as `cnn@mnist`, or `cnn` where only one study of that space exists.
        predictions: Whether to add what each tested trial said of each test example.

    Returns:
        `studies, plan_changes, trials, epochs, metrics, test_results, failures, logs, tried, finals, ablations, arms,
        planned_trials, environments, code, code_changes, effects, contrasts, path, noise_floor, per_seed`.
        Whole numbers and truth values that may be missing are of pandas' types `Int64` and `boolean`, times are of
        `datetime64[us, UTC]`; what is nested is Python's own (dict, list, tuple).

    Raises:
        ReportError: The database cannot be read.
        StudyError: The study is unknown or ambiguous, or re-tunes an arm of another.
    """
    _, tables = tables_of(database, study, predictions=predictions)
    return {table.name: frame_of(table) for table in tables}


def frame_of(table: Table) -> pd.DataFrame:
    """Return a table as a data frame."""
    return pd.DataFrame({column.name: _series(column) for column in table.columns})


def _series(column: Column) -> pd.Series:
    match column.kind:
        case Kind.INTEGER:
            return pd.Series(column.values, dtype="Int64" if column.optional else "int64")
        case Kind.BOOLEAN:
            return pd.Series(column.values, dtype="boolean" if column.optional else "bool")
        case Kind.FLOAT:
            return pd.Series(np.array(column.values, dtype=np.float64))
        case Kind.TIME:
            return pd.Series(column.values, dtype="datetime64[us, UTC]")
        case Kind.TEXT:
            return pd.Series(column.values, dtype="str")
        case Kind.TEXTS | Kind.INTEGERS | Kind.JSON:
            return pd.Series(column.values, dtype="object")


def _plan(database: TrialDatabase, name: str) -> PlanRow:
    plans = {plan.study: plan for plan in database.plans()}
    if not plans:
        raise StudyError(f"{database.shown} holds no study yet; `python -m study run SPACE` begins one")
    plan = plans[find_study(name, list(plans))]
    if plan.parent is not None:
        raise StudyError(f"{plan.study!r} re-tunes an arm of {plan.parent!r}, whose export has it too; export that")
    return plan
