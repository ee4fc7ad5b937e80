"""What the data of studies is called, such that no two data sets of one trial database have the same name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from study.data import (
    DATASET_NAMES,
    Dataset,
)
from study.data.dataset import safe_name
from study.data.functions import is_function
from study.database import PlanRow
from study.errors import StudyError
from study.options.data import DataOptions
from study.options.option import OnStored, options_of
from study.prepare.sources import Source, kept_source
from study.status.lookup import space_of

FREE = {name for name, stated in options_of(DataOptions).items() if stated.stored is OnStored.FREE}
"""Options of data that may be others every time."""


def told_apart(
    dataset: Dataset, asked: Source, space: str, plans: Sequence[PlanRow], study: str | None = None
) -> tuple[Source, str | None]:
    """Return the source with a name that no other data of the database has, and what is to be said of that.

    The folders `a/images` and `b/images` would have one name: the one that comes later is called `b-images`. So would
    one table with two targets, in two spaces: the one that comes later is called `sales-cost`.

    Args:
        dataset: The data, as its loader named it.
        asked: Where it was loaded from.
        space: The space's name. Its own study of that source keeps its name, and is refused where the files changed.
        plans: All stored plans.
        study: What `--name` calls the study.
    """
    if asked.name is not None:
        return asked, None
    source = kept_source(dataset, asked)
    folders = _folders_of(source)
    name, namesake = dataset.name, None
    while (other := _namesake(name, dataset, asked, (space, study), plans)) is not None:
        namesake = namesake or other
        reading = _reading(asked.options, other.data_options) if other.dataset_source == source else ""
        if reading and namesake is other:
            name = safe_name(f"{name}-{reading}")
            continue
        name = safe_name(f"{folders.pop(0)}-{name}") if any(folders) else f"{name}-{dataset.content_hash[:8]}"
    if namesake is None:
        return replace(asked, name=name), None
    other_data = f"of other data, that of {namesake.dataset_source}"
    if namesake.dataset_source == source:
        other_data = "of the same data, read or learned otherwise"
    note = f"the data of {source} is called {name!r}: {namesake.study!r} is {other_data}"
    return replace(asked, name=name), note


def refuse_other_data_beside(study: str, dataset: Dataset, source: Source, plans: Sequence[PlanRow]) -> None:
    """Check that a study which is begun beside others of a space and data set is of the same data.

    Args:
        study: Its name.
        dataset: Its data.
        source: What that is called.
        plans: All stored plans.

    Raises:
        StudyError: The data of the others was another one.
    """
    beside = [plan for plan in plans if plan.dataset == (source.name or dataset.name) and plan.parent is None]
    for plan in beside:
        if space_of(plan.study) == space_of(study) and plan.dataset_hash != dataset.content_hash:
            raise StudyError(
                f"study {study!r} would not be of the data of {plan.study!r}: dataset was {plan.dataset_hash[:12]!r}, "
                f"now {dataset.content_hash[:12]!r}. Go back to what that began with, or begin anew with another "
                f"--storage"
            )


def _reading(asked: DataOptions, other: DataOptions) -> str:
    """Return in a few words how data is read otherwise than it was for another study; nothing where that is alike."""
    stated = options_of(DataOptions)
    values = {name: (getattr(asked, name), getattr(other, name)) for name in stated if name not in FREE}
    words = []
    for name, (mine, theirs) in values.items():
        if mine != theirs:
            written = stated[name].written
            typed = mine if written is None else written(mine)
            words.append(str(typed) if isinstance(typed, str) else name if mine else f"no-{name}")
    return "-".join(words)


def _folders_of(source: str) -> list[str]:
    """Return the names of the folders that a data set's files lie in, the nearest first; none of a name's."""
    if source in DATASET_NAMES or (is_function(source) and not Path(source).is_absolute()):
        return []
    return [folder.name for folder in Path(source.split(",")[0]).parents]


def _namesake(
    name: str, dataset: Dataset, asked: Source, study: tuple[str, str | None], plans: Sequence[PlanRow]
) -> PlanRow | None:
    """Return a stored study of other data of that name, unless this data's own study has it.

    Args:
        name: Of the data.
        dataset: The data.
        asked: Where it was loaded from.
        study: The space's name, and what `--name` calls the study.
        plans: All stored plans.
    """
    source = kept_source(dataset, asked)

    def is_same(plan: PlanRow) -> bool:
        alike = (plan.space, plan.name) == study or not _reading(asked.options, plan.data_options)
        return dataset.content_hash == plan.dataset_hash or (source == plan.dataset_source and alike)

    named = [plan for plan in plans if plan.dataset == name]
    same = [plan for plan in named if is_same(plan)]
    if any(plan.space == study[0] for plan in same):
        return None
    return next((plan for plan in named if plan not in same), None)
