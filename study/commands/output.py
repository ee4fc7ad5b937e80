"""How a command answers: a line, or JSON."""

from __future__ import annotations

import json
from typing import Any

import typer


def emit(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Prints JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def say(text: str) -> None:
    """Prints a line."""
    typer.echo(text)
