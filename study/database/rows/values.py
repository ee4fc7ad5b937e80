"""What rows hold, and how one is made a value: a column that is missing fails there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from cattrs import Converter
from sqlalchemy import RowMapping

from study.trial import Scalar

Configuration = dict[str, Scalar]
"""Hyperparameters by name, as a column of type `schema.Hyperparameters` holds them."""
Json = dict[str, Any]
Columns = dict[str, Any]
"""What is written to a row: column -> value."""

R = TypeVar("R")

_converter = Converter()


def _as_it_is(value: Any, _: object) -> Any:  # noqa: ANN401 - any JSON value
    return value


_converter.register_structure_hook_func(lambda kind: kind in (Configuration, Json), _as_it_is)


def structured(kind: type[R], row: Mapping[str, Any] | RowMapping) -> R:
    """Return a row as a value.

    Args:
        kind: A row's dataclass.
        row: Column -> value.

    Raises:
        cattrs.BaseValidationError: A column is missing, or holds what the field cannot be.
    """
    return _converter.structure(row, kind)
