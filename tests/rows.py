"""Rows as the trial database gives them back, of which a test names what it is about."""

from __future__ import annotations

import dataclasses
import json
from enum import Enum
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from study.database import PlanRow
from study.database.rows import structured
from study.plan import Plan

R = TypeVar("R")


def made(kind: type[R], **columns: Any) -> R:  # noqa: ANN401 - columns of a table
    """Returns a row; what is not named is None where it may be, else empty."""
    missing = {name: _empty(hint) for name, hint in get_type_hints(kind).items() if name not in columns}
    return structured(kind, missing | columns)


def plan_row(plan: Plan, **columns: Any) -> PlanRow:  # noqa: ANN401 - columns of the plan table
    """Returns a plan as it is stored."""
    definition = json.loads(json.dumps(plan.space.describe()))
    return made(PlanRow, **plan.columns() | {"definition": definition} | columns)


def _empty(hint: Any) -> Any:  # noqa: ANN401 - any type of a column
    if type(None) in get_args(hint):
        return None
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if dataclasses.is_dataclass(hint):
        return {}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    return (get_origin(hint) or hint)()
