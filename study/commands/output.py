"""How a command answers: a line, or JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import typer


def emit(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Prints JSON, which has neither NaN nor infinity: they become null."""
    typer.echo(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value


def say(text: str) -> None:
    """Prints a line."""
    typer.echo(text)


def remark(text: str) -> None:
    """Prints a line on standard error, where it does not disturb JSON."""
    typer.echo(text, err=True)
