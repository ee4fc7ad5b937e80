"""A row as a value has its table's columns, and what a column may not be is told where it leaves the database."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest
from cattrs import BaseValidationError
from sqlalchemy import Table

from study.database import PlannedTrialRow, TrialRow, schema
from study.database.rows import structured
from study.database.whole import APART, WHOLE
from study.trial import Phase, TrialState

from ..rows import made

TABLES = [(stored.kind, stored.table) for stored in WHOLE.values()]
JOINED = {PlannedTrialRow: ["state", "value"]}
"""What a row has beside its table's columns."""


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_a_row_has_its_tables_columns_in_their_order(kind: type[Any], table: Table) -> None:
    assert [field.name for field in fields(kind)] == [*table.columns.keys(), *JOINED.get(kind, [])]


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_a_field_may_be_none_exactly_where_its_column_may_be_empty(kind: type[Any], table: Table) -> None:
    hints = get_type_hints(kind)
    nullable = {column.name for column in table.columns if column.nullable}
    assert {name for name in table.columns.keys() if type(None) in get_args(hints[name])} == nullable  # noqa: SIM118


def test_every_table_has_its_rows_or_holds_nothing_of_a_study() -> None:
    known = {stored.table.name for stored in WHOLE.values()} | APART
    assert known == set(schema.metadata.tables)


def test_a_columns_text_becomes_what_it_stands_for() -> None:
    row = made(TrialRow, phase="ablate", state="pruned", configuration={"blocks": ((16, 0.1), (8, 0.1))})
    assert (row.phase, row.state) == (Phase.ABLATE, TrialState.PRUNED)
    assert row.configuration == {"blocks": ((16, 0.1), (8, 0.1))}


@pytest.mark.parametrize("columns", [{"state": "asleep"}, {"phase": None}, {"epochs": "many"}, {"precision": "float8"}])
def test_a_value_that_a_column_cannot_have_is_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(BaseValidationError):
        made(TrialRow, **columns)


def test_a_column_that_is_missing_is_refused() -> None:
    with pytest.raises(BaseValidationError):
        structured(TrialRow, {"id": "ab"})
