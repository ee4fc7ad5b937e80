"""Which options of `DataOptions` a kind of data knows: any other is refused, for it would do nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields

from study.errors import StudyError
from study.options.data import DataOptions

PICTURES = ("skip_unreadable", "image_size", "grey")
"""Options of pictures. Where no file can be left out, none is unreadable, and `skip_unreadable` goes without a word."""


def refuse_others(options: DataOptions, known: Collection[str], what: str) -> None:
    """Refuse options that a kind of data does not know.

    Args:
        options: As they were asked for.
        known: Names of fields that mean something.
        what: Why the others do not: `'photos' is a folder of pictures`.

    Raises:
        StudyError: One of the others was given.
    """
    given = [
        field.name
        for field in fields(options)
        if field.name not in known and getattr(options, field.name) not in (None, False, ())
    ]
    if given:
        option = "--" + given[0].replace("_", "-")
        means = ", ".join("--" + name.replace("_", "-") for name in known)
        raise StudyError(f"{option} means nothing here: {what}; the options of such data are {means}.")
