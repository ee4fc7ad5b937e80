"""How a command answers: a line, or JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer

from study import storable
from study.status.numbers import in_json


def emit(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print JSON, with texts for what is no finite number. Escaped where the output is not Unicode."""
    shown = in_json(value)
    text = json.dumps(shown, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(shown, indent=2, allow_nan=False)
    typer.echo(text)


def say(text: str) -> None:
    """Print a line."""
    typer.echo(one_line(text))


def remark(text: str) -> None:
    """Print a line on standard error, where it does not disturb JSON."""
    typer.echo(one_line(text), err=True)


def one_line(message: str) -> str:
    """Return a message on one line, with whatever would act on a terminal escaped."""
    return storable.text(" ".join(filter(None, map(str.strip, message.splitlines()))))
