"""An option of a command, stated once as a dataclass's field. Commands, checks and refusals follow from it.

Standard library only. The field's name and default are the option's; the rest is in its metadata.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from study.errors import StudyError, nearest


class OnStored(Enum):
    """What becomes of an option that is given for a study which is stored already."""

    KEPT = "its trials depend on it: another value is refused"
    TARGET = "a target: the larger value holds"
    FREE = "it may be another one every time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """How an option is typed, what it may be, and what it means for a stored study."""

    help: str
    kind: Any
    """Its type on the command line."""
    commands: tuple[str, ...]
    default: Any
    flags: tuple[str, ...] = ()
    """None means `--name` with hyphens."""
    shown: str | None = None
    """The default in words, where its value alone does not say it; `{}` stands for the value."""
    metavar: str | None = None
    environment: str | None = None
    """Variable that may give it."""
    least: float | None = None
    most: float | None = None
    above: float | None = None
    """Not allowed itself."""
    finite: bool = False
    """Whether infinity, too, is no value of it."""
    beyond: str = ""
    """Why no more than `most`."""
    unit: str = ""
    choices: tuple[str, ...] = ()
    stored: OnStored = OnStored.KEPT
    parse: Callable[[Any], Any] | None = None
    """From what is typed to the field's value, where these differ."""
    written: Callable[[Any], Any] | None = None
    """From the field's value to what is typed, where these differ."""
    column: str | None = None
    """Of the plan table; None where it is the field's name."""
    joined: bool = False
    """Whether one text that is given holds several settings, `NAME=VALUE,NAME=VALUE`."""
    search: bool = False
    """Whether it means something only where there is a search."""

    def default_in_words(self) -> str | None:
        """Return the default as help shows it; None where there is nothing to show."""
        value = self.default if self.written is None else self.written(self.default)
        if self.shown is not None:
            return self.shown.format(value)
        return None if value in (None, False, (), "") else str(value)


def option(
    help: str,
    *,
    default: Any,  # noqa: ANN401 - any value
    kind: Any = str,  # noqa: ANN401 - a type, or an Annotated one
    commands: Sequence[str] = ("run", "ablate"),
    **rest: Any,  # noqa: ANN401 - fields of an Option
) -> Any:  # noqa: ANN401 - as `dataclasses.field`
    """Return a dataclass's field that is an option of commands.

    Args:
        help: What stands beside the option in a command's help.
        default: The field's, and the option's.
        kind: The type that Typer parses it by.
        commands: Names of the commands that have it.
        rest: Further fields of an `Option`.
    """
    stated = Option(help=help, kind=kind, commands=tuple(commands), default=default, **rest)
    return dataclasses.field(default=default, metadata={"option": stated})


def options_of(owner: Any, command: str | None = None) -> dict[str, Option]:  # noqa: ANN401 - a dataclass, or one of it
    """Return the options among a dataclass's fields, of one command or of all: name -> option."""
    found = {field.name: field.metadata["option"] for field in dataclasses.fields(owner) if "option" in field.metadata}
    return {name: stated for name, stated in found.items() if command is None or command in stated.commands}


def flag(name: str, stated: Option) -> str:
    """Return how an option is typed."""
    return stated.flags[0] if stated.flags else f"--{name.replace('_', '-')}"


def names_of(text: str) -> tuple[str, ...]:
    """Return the names in a text that are separated by commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def as_words(values: Any) -> list[str]:  # noqa: ANN401 - a dataclass with options
    """Return the words of a command that give every option which is not at its default."""
    words: list[str] = []
    for name, stated in options_of(values).items():
        value = getattr(values, name)
        if value == stated.default:
            continue
        words.append(flag(name, stated))
        if stated.kind is not bool:
            words.append(str(value if stated.written is None else stated.written(value)))
    return words


def check_options(owner: Any, given: Mapping[str, Any]) -> None:  # noqa: ANN401 - a dataclass, or one of it
    """Check the values that were given to options.

    Args:
        owner: Whose options they are.
        given: Name -> value; what is None was not given.

    Raises:
        StudyError: An option cannot have its value.
    """
    for name, stated in options_of(owner).items():
        value = given.get(name)
        if value is not None:
            _check(flag(name, stated), stated, value)


def _check(name: str, stated: Option, value: Any) -> None:  # noqa: ANN401 - any value
    if stated.choices:
        for entry in value if isinstance(value, tuple) else (value,):
            if entry not in stated.choices:
                allowed = ", ".join(stated.choices)
                raise StudyError(f"{name} is one of {allowed}, not {entry!r}{nearest(str(entry), stated.choices)}")
    if stated.least is not None and value < stated.least:
        raise StudyError(f"{name} is at least {stated.least}, not {value}")
    if stated.finite and stated.above is not None and not stated.above < value < math.inf:
        raise StudyError(f"{name} is a number above {stated.above:g}, not {value:g}")
    if stated.above is not None and not value > stated.above:
        raise StudyError(f"{name} is above {stated.above:g} {stated.unit}, or inf for no limit, not {value:g}")
    if stated.most is not None and value > stated.most:
        raise StudyError(f"{name} is at most {stated.most:,}{stated.beyond}, not {value:,}")
