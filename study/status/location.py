"""Where the space of a stored study is now: as given, as stored, or where it was moved to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from study.catalog import load_space, portable_source
from study.database import PlanRow, folder_of
from study.errors import StudyError
from study.paths import find
from study.space import SearchSpace

NOWHERE = "nor found by that path's last parts beside the trial database or in the working folder"


def stored_space(
    plan: PlanRow, storage: str, given: str | None, load: Callable[[str], SearchSpace] = load_space
) -> tuple[str, SearchSpace]:
    """Return where the space of a stored study is, and the space: as given now, as stored, or where it was moved to.

    Args:
        plan: The study.
        storage: URL of its database, beside which a moved space is looked for.
        given: Where it is, if that was said.
        load: Loads it.

    Raises:
        StudyError: It is not found, or cannot be imported from here.
    """
    source = plan.space_source
    if given is not None:
        source = portable_source(given)
        return source, load(source)
    if source.endswith(".py"):
        found = find(Path(source), database_folder(storage))
        if found is None:
            raise StudyError(
                f"the space file of study {plan.study!r} is not at {source} any more, {NOWHERE}; "
                f"--space says where it is now"
            )
        return str(found), load(str(found))
    try:
        return source, load(source)
    except StudyError as error:
        raise StudyError(f"{error}; --space says where the space of study {plan.study!r} is now") from error


def moved_space(plan: PlanRow, source: str) -> tuple[str, ...]:
    """Return a sentence if a stored study's space is not read from where it was any more."""
    before = plan.space_source
    return () if source == before else (f"{plan.study}: its space is read from {source} now, no longer from {before}",)


def database_folder(storage: str) -> Path:
    """Return the folder of the trial database; of a server, the one that holds its files."""
    return folder_of(storage).parent.resolve()
