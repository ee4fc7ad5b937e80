"""How a command answers: a line, or JSON."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import typer

from study import storable


def emit(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print JSON, which has neither NaN nor infinity: they become null. Escaped where the output is not Unicode."""
    text = json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(_finite(value), indent=2, allow_nan=False)
    typer.echo(text)


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return value


def say(text: str) -> None:
    """Print a line."""
    typer.echo(one_line(text))


def remark(text: str) -> None:
    """Print a line on standard error, where it does not disturb JSON."""
    typer.echo(one_line(text), err=True)


def one_line(message: str) -> str:
    """Return a message on one line, with whatever would act on a terminal escaped."""
    return storable.text(" ".join(filter(None, map(str.strip, message.splitlines()))))
