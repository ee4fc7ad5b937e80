"""Which data and space a study is about, and where they are: as asked for, as stored, or where they were moved to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from study.data import (
    DATASET_NAMES,
    Dataset,
    TrialData,
    UnavailableError,
    Wanted,
    dataset_paths,
    load_dataset,
    study_form,
)
from study.data.dataset import Feature, class_counts, no_dataset
from study.data.functions import is_function, portable_function
from study.database import PlanRow
from study.errors import StudyError
from study.options.data import AS_IT_IS, DataOptions
from study.options.option import OnStored
from study.paths import DEFAULT_DATA_ROOT, expanded, find
from study.plan import DatasetFacts, Plan
from study.prepare.request import Request
from study.status.location import NOWHERE, database_folder, moved_space
from study.task import OWN

IN_DATA_ROOT = tuple(name for name in DATASET_NAMES if name not in ("auto", "digits"))
"""Data sets whose files lie in `--data-root`."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which data is meant, and where it is."""

    dataset: str
    """As `load_dataset` takes it."""
    data_root: Path
    options: DataOptions = AS_IT_IS
    """How it is read; a stored study's data is read as it was."""
    name: str | None = None
    """Of the data set, as its stored study has it; None while there is none."""
    features: tuple[Feature, ...] = ()
    """What the inputs of a study's table are, whose models are asked of another one; empty finds them out."""
    note: str | None = None
    """What was chosen that nobody asked for."""
    wanted: Wanted | None = None
    """What pictures are to become, where a stored study's models read them."""


def asked_source(space: str, request: Request, plans: Sequence[PlanRow], *, own: bool = False) -> Source:
    """Return the data that a command is about: what was given; else what the space's stored study was begun with.

    Args:
        space: The space's name.
        request: Its data set, data root and storage are used.
        plans: All stored plans, oldest first.
        own: Whether the model trains itself, and so needs no data of this program's.

    Raises:
        StudyError: The data of the stored study is not found any more.
    """
    begun = [plan for plan in plans if plan.space == space and plan.parent is None]
    named = [plan for plan in begun if plan.name == request.name]
    if request.dataset is None and begun:
        return _of_stored(request, named) if named else _beside(request, begun)
    if request.dataset is None and own:
        return Source(OWN, _data_root(None, request), name=OWN)
    dataset = "auto" if request.dataset is None else request.dataset
    kept = "mnist" if dataset == "auto" else portable_dataset(dataset)
    same = [plan for plan in begun if plan.dataset_source == kept]
    stored = next((plan for plan in same if plan in named), None)
    return Source(
        dataset,
        _data_root(stored or next(iter(same), None), request),
        request.data_options if stored is None else _as_stored(stored, request),
        name=None if dataset == "auto" or stored is None else stored.dataset,
    )


def _of_stored(request: Request, named: Sequence[PlanRow]) -> Source:
    """Return the data of the study that was begun last, of those that a command without a data set may mean."""
    return replace(stored_source(named[-1], request), note=_which(named[-1], named))


def _beside(request: Request, begun: Sequence[PlanRow]) -> Source:
    """Return the data of the space's study that was begun last, for one that is begun beside it."""
    stored = begun[-1]
    source = stored_source(stored, request)
    note = f"--dataset was not given: the data of {stored.study} is taken"
    options = replace(stored.data_options, **request.part(DataOptions))
    if options != source.options:  # read otherwise it is other data, with another name
        return replace(source, options=options, name=None, note=note)
    return replace(source, note=note)


def stored_source(stored: PlanRow, request: Request) -> Source:
    """Return where the data of a stored study is: as given now, as stored, or where it was moved to.

    Raises:
        StudyError: It is not found.
    """
    dataset = request.dataset or _find_dataset(stored, request.storage)
    return Source(dataset, _data_root(stored, request), _as_stored(stored, request), name=stored.dataset)


def load(source: Source) -> Dataset:
    """Load the data.

    Raises:
        StudyError: It cannot be had.
    """
    if source.dataset == OWN:
        return no_dataset()
    try:
        return load_dataset(
            source.dataset,
            data_root=source.data_root,
            options=source.options,
            features=source.features,
            wanted=source.wanted,
        )
    except UnavailableError as error:
        raise StudyError(f"{str(error).rstrip('.')}; --data-root says where its files are") from error


def named_source(dataset: str, stored: PlanRow, request: Request, *, are_bytes: bool) -> Source:
    """Return data that is named beside a stored study, whose data root it may share; it is read as the study's is.

    Args:
        dataset: As `load_dataset` takes it.
        stored: The study.
        request: Its storage and data root are used.
        are_bytes: Whether the study's inputs are 8-bit pictures, whose form it then has.
    """
    options, root = _as_stored(stored, request), _data_root(stored, request)
    if stored.features:  # a table's task is not found anew in another one
        options = replace(options, task=stored.task)
    wanted = study_form(stored.spec, stored.picture_ranges) if are_bytes else None
    return Source(dataset, root, options, features=stored.features or (), wanted=wanted)


def portable_dataset(given: str) -> str:
    """Return what gives the same data set from any folder: the paths of a data set's files become absolute."""
    if given in DATASET_NAMES:
        return given
    if is_function(given):
        return portable_function(given)
    files = dataset_paths(given) if "," in given else (expanded(given),)
    return ",".join(str(file.resolve()) for file in files)


def facts_of(dataset: Dataset, data: TrialData, source: Source, train_size: int | None, *, own: bool) -> DatasetFacts:
    """Return what a plan keeps of the data.

    Args:
        dataset: As it was loaded.
        data: Its splits.
        source: Where it was loaded from, and what it is called.
        train_size: As it was cut.
        own: Whether the model trains itself: then final trials learn from the training split alone, as others do.
    """
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    counts = None
    if dataset.spec.task == "classification":
        counts = {part: class_counts(split.targets, dataset.spec.outputs).tolist() for part, split in parts.items()}
    return DatasetFacts(
        name=source.name or dataset.name,
        source=kept_source(dataset, source),
        content_hash=dataset.content_hash,
        data_root=str(source.data_root.resolve()),
        spec=dataset.spec,
        train_examples=len(data.train),
        validation_examples=len(data.validation),
        test_examples=len(data.test),
        train_size=train_size,
        final_examples=len(data.train if own else data.full),
        class_counts=counts,
        options=source.options,
        features=dataset.features,
        left_out=dataset.left_out,
        picture_ranges=dataset.ranges,
        notes=dataset.notes,
    )


def moved(stored: PlanRow, plan: Plan) -> list[str]:
    """Return a sentence for each place that a stored study is not read from any more."""
    before, now = stored.dataset_source, plan.dataset.source
    if now in IN_DATA_ROOT:
        before, now = stored.data_root, plan.dataset.data_root
    data = [] if before == now else [f"{plan.study}: its data is read from {now} now, no longer from {before}"]
    return [*moved_space(stored, plan.source), *data]


def kept_source(dataset: Dataset, source: Source) -> str:
    """Return what a plan keeps of where its data is: `auto` and `emnist` become what they found."""
    return dataset.name if source.dataset in (*DATASET_NAMES, OWN) else portable_dataset(source.dataset)


def _which(plan: PlanRow, begun: Sequence[PlanRow]) -> str | None:
    """Say which of several studies of a space is meant where no data set is named."""
    others = ", ".join(other.study for other in begun if other is not plan)
    if not others:
        return None
    return f"--dataset was not given: {plan.study} is taken, begun last; there is also {others}; name it to choose"


def _find_dataset(stored: PlanRow, storage: str) -> str:
    source = stored.dataset_source
    if source in (*DATASET_NAMES, OWN):
        return source
    folder = database_folder(storage)
    if is_function(source):
        return _find_function(stored, source, folder)
    parts = [source] if Path(source).exists() else re.split(r",(?=/)", source)  # a name may have a comma too
    found = [find(Path(part), folder) for part in parts]
    if None in found:
        raise StudyError(
            f"the data of study {stored.study!r} is not at {source} any more, {NOWHERE}; --dataset says where it is now"
        )
    return ",".join(map(str, found))


def _find_function(stored: PlanRow, source: str, folder: Path) -> str:
    place, _, name = source.rpartition(":")
    if not place.endswith(".py"):
        return source
    found = find(Path(place), folder)
    if found is None:
        raise StudyError(
            f"the data function of study {stored.study!r} is not in {place} any more, {NOWHERE}; --dataset says where "
            f"it is now"
        )
    return f"{found}:{name}"


def _as_stored(stored: PlanRow, request: Request) -> DataOptions:
    """Return how a stored study's data is read, with what may be another one every time."""
    return replace(stored.data_options, **request.part(DataOptions, only=OnStored.FREE))


def _data_root(stored: PlanRow | None, request: Request) -> Path:
    """Return the folder of published data sets: as given, else a stored study's, wherever that is now."""
    if request.data_root is not None:
        return expanded(request.data_root)
    found = find(Path(stored.data_root), database_folder(request.storage)) if stored else None
    return found or DEFAULT_DATA_ROOT
