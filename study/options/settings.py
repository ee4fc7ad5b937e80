"""Hyperparameters as a command takes them. Standard library only."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from study.trial import Scalar


def set_words(values: Mapping[str, Scalar]) -> list[str]:
    """Return the words `--set NAME=VALUE` of each value, quoted for a shell.

    The values are told in full: the command that is given the words has the same ones, to the last digit.
    """
    return [word for name, value in values.items() for word in ("--set", shlex.quote(f"{name}={_written(value)}"))]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return repr(_tupled(value))
    return str(value)


def _tupled(value: object) -> object:
    """Return lists as the tuples that they were before they were stored as JSON."""
    return tuple(_tupled(entry) for entry in value) if isinstance(value, list | tuple) else value
