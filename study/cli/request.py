"""From the options that a command was given to a request, and the command as the report tells it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from typing import Any

from study.database import now, shown_url
from study.errors import StudyError
from study.options.option import flag, options_of
from study.prepare.request import OWN, PARTS, AblationRequest, FinalRequest, Request, check_request


def request_of(command: str, options: Mapping[str, Any]) -> Request:
    """Return what a command was asked.

    Args:
        command: Its name.
        options: Name -> value, as typer parsed it; None where it was not given.

    Raises:
        StudyError: A list of names is empty.
    """
    given: dict[str, Any] = {}
    for owner in (*OWN, Request, *PARTS):
        for name, stated in options_of(owner, command).items():
            value = options[name]
            if stated.kind is bool and not value:
                continue  # a flag that is not given says nothing
            if value is not None and stated.parse is not None:
                value = stated.parse(value)
                if not value:
                    raise StudyError(f"{flag(name, stated)} takes names separated by commas, not {options[name]!r}")
            given[name] = value
    own = {
        owner: {name: value for name in options_of(owner) if (value := given.pop(name, None)) is not None}
        for owner in OWN
        if options_of(owner, command)
    }
    request = Request.of(
        **given,
        ablation=AblationRequest(**own[AblationRequest]) if AblationRequest in own else None,
        final=FinalRequest(**own[FinalRequest]) if FinalRequest in own else None,
        command=as_typed(),
        begun=now(),
    )
    check_request(request)
    return request


def as_typed() -> str:
    """Return the command as it was typed, a storage's secrets hidden, and with what the environment said."""
    words = list(sys.argv[1:])
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option == "--storage" and equals:
            words[place] = f"--storage={shown_url(value)}"
        elif place and words[place - 1] == "--storage":
            words[place] = shown_url(word)
    for option, variable in (("--storage", "STUDY_STORAGE"), ("--data-root", "STUDY_DATA_ROOT")):
        said = os.environ.get(variable)
        if said and not any(word.split("=")[0] == option for word in words):
            words += [option, shown_url(said) if option == "--storage" else said]
    return shlex.join(["python", "-m", "study", *words])
