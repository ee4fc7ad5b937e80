"""From the options that a command was given to a request, and the command as the report tells it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.database import now, parse_url, shown_url
from study.interface import keywords
from study.interface.keywords import NOTIFY_SHOWN
from study.prepare.request import DEFAULT_STORAGE, Request


def request_of(command: str, options: Mapping[str, Any]) -> Request:
    """Return what a command was asked.

    Args:
        command: Its name.
        options: Field -> value, as typer parsed it; None where it was not given.

    Raises:
        StudyError: An option cannot have its value.
    """
    return keywords.request_of(command, options, words=as_typed(), begun=now())


def as_typed() -> str:
    """Return the command as it was typed, with what the environment said, and without secrets.

    Hidden are those of a storage, and the command of `--notify`, which may hold an address that lets everybody write.
    """
    words = list(sys.argv[1:])
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option == "--storage" and equals:
            words[place] = f"--storage={shown_url(value)}"
        elif place and words[place - 1] == "--storage":
            words[place] = shown_url(word)
        elif option == "--notify" and equals:
            words[place] = f"--notify={NOTIFY_SHOWN}"
        elif place and words[place - 1] == "--notify":
            words[place] = NOTIFY_SHOWN
    for option, variable in (("--storage", "STUDY_STORAGE"), ("--data-root", "STUDY_DATA_ROOT")):
        said = os.environ.get(variable)
        if said and not any(word.split("=")[0] == option for word in words):
            words += [option, shown_url(said) if option == "--storage" else said]
    return shlex.join(["python", "-m", "study", *words])


def how_to_go_on() -> str:
    """Return what to type after an interruption, with the storage that was typed."""
    words = sys.argv[1:]
    typed = next((word.partition("=")[2] for word in words if word.startswith("--storage=")), None)
    if "--storage" in words[:-1]:
        typed = words[words.index("--storage") + 1]
    storage = typed or os.environ.get("STUDY_STORAGE") or DEFAULT_STORAGE
    url = parse_url(storage)
    if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
        return "nothing was stored yet: give the same command again"
    option = f" --storage {shlex.quote(shown_url(typed))}" if typed else ""
    return f"`python -m study resume{option}` goes on where this stopped"
