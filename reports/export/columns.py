"""A table of an export: columns with the kinds of their values, which no form of a file may lose."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

from study.options.data import DataOptions

Values = Sequence[Any]


class Kind(StrEnum):
    """What a column's values are; each may be missing besides, which is None."""

    TEXT = "text"
    INTEGER = "integer"
    """Of 64 bits."""
    FLOAT = "float"
    BOOLEAN = "boolean"
    TIME = "time"
    """With microseconds, in UTC."""
    TEXTS = "list of text"
    INTEGERS = "list of integers"
    JSON = "json"
    """Nested: an object, or a list of lists."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its values: str, int, float, bool, `datetime`, tuples, or JSON values, and None."""

    name: str
    kind: Kind
    values: Values
    optional: bool = True
    """Whether a value may be missing."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by columns."""

    name: str
    columns: tuple[Column, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.columns[0].values)


def columns_of(kind: type[Any], rows: Sequence[Any], *, without: Iterable[str] = ()) -> list[Column]:
    """Return the columns of rows: a column for each field of their dataclass.

    Args:
        kind: The dataclass.
        rows: Values of it.
        without: Fields that are left out.
    """
    hints = get_type_hints(kind)
    found = []
    for name in (field.name for field in fields(kind) if field.name not in without):
        optional = type(None) in get_args(hints[name])
        column = kind_of(name, hints[name])
        values = [_plain(getattr(row, name), column) for row in rows]
        found.append(Column(name, column, values, optional))
    return found


def kind_of(name: str, hint: Any) -> Kind:  # noqa: ANN401 - a type
    """Return the kind of a field's values, from its type; a text whose name ends in `_at` is a time."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(entry for entry in get_args(hint) if entry is not type(None))
    if get_origin(hint) is tuple:
        return {str: Kind.TEXTS, int: Kind.INTEGERS}.get(get_args(hint)[0], Kind.JSON)
    if get_origin(hint) in (dict, Mapping) or is_dataclass(hint):
        return Kind.JSON
    simple = {bool: Kind.BOOLEAN, int: Kind.INTEGER, float: Kind.FLOAT}
    return simple.get(hint, Kind.TIME if name.endswith("_at") else Kind.TEXT)


def of_values(name: str, values: Values) -> Column:
    """Return a column of values whose type only they tell: of one kind, or JSON where they are of several."""
    known = {type(value) for value in values if value is not None}
    kinds = {bool: Kind.BOOLEAN, int: Kind.INTEGER, float: Kind.FLOAT, str: Kind.TEXT}
    if known == {int, float} and all(float(value) == value for value in values if isinstance(value, int)):
        return Column(name, Kind.FLOAT, [None if value is None else float(value) for value in values])
    kind = kinds.get(next(iter(known)), Kind.JSON) if len(known) == 1 else Kind.JSON
    return Column(name, kind, values)


def as_json(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return a value as JSON text, with lists for tuples; None of None, which is no value."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


def moment(value: str) -> datetime:
    """Return a time as it is stored, ISO 8601, which is in UTC."""
    found = datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _plain(value: Any, kind: Kind) -> Any:  # noqa: ANN401 - any value of a row
    if isinstance(value, str) and kind is Kind.TIME:
        return moment(value)
    if isinstance(value, DataOptions):
        return value.as_json()
    return value.value if isinstance(value, Enum) else value
