"""Several trial databases as one set of frames: their studies side by side, never merged."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from reports.analysis.frames import Frames, load
from reports.analysis.queries import TYPES
from reports.analysis.typed import typed
from reports.errors import ReportError
from study.database import PlanRow, TrialDatabase, parse_url, shown_url
from study.errors import StudyError
from study.status.lookup import find_study

_BY_STUDY = ("study", "parent")
"""Columns that name a study."""
_BY_TRIAL = ("trial",)
"""Columns that name a trial, whose id follows from its study's name: two databases may hold the same."""
_SHARED = {"images": ["dataset_hash", "image"]}
"""Field of `Frames` -> what its rows are of, where they belong to data and not to a study."""


def load_all(storages: Sequence[str], studies: Sequence[str] = ()) -> Frames:
    """Read studies of several trial databases, each in one snapshot of its own.

    A study that has the name of one in another database is told apart by its database, `cnn@mnist (a.db)`, and so is
    the other. Nothing is shared between studies but what belongs to the machine or to the data: environments, and
    pictures of test splits.

    Args:
        storages: SQLAlchemy URLs, at least one.
        studies: Names such as `cnn@mnist`, or `cnn` where a database holds only one study of that space; of every
            database that holds one of that name. None means all.

    Raises:
        ReportError: A database is named twice, a study re-tunes a variant of another, or a database cannot be read.
        study.errors.StudyError: A study is in none of them or ambiguous in one, or there is no trial database at one.
    """
    _refuse_repeated(storages)
    if len(storages) == 1:
        return load(storages[0], studies)
    wanted = _wanted(storages, studies)
    read = [(storage, load(storage, names)) for storage, names in wanted.items() if names or not studies]
    labels = labels_of([storage for storage, _ in read])
    known = [name for _, frames in read for name in (*frames.plan_rows, *frames.child_rows)]
    parts = []
    for storage, frames in read:
        repeated = {name for name in (*frames.plan_rows, *frames.child_rows) if known.count(name) > 1}
        parts.append(_renamed(frames, labels[storage], repeated))
    return _joined(_data_told_apart(parts, [labels[storage] for storage, _ in read]))


def labels_of(storages: Sequence[str]) -> dict[str, str]:
    """Return for each database the shortest end of its path, or of its server's address, that no other has."""
    parts = {storage: _parts(storage) for storage in storages}
    most = max((len(found) for found in parts.values()), default=1)
    for length in range(1, most + 1):
        labels = {storage: "/".join(found[-length:]) for storage, found in parts.items()}
        if len(set(labels.values())) == len(labels):
            return labels
    return {storage: f"{'/'.join(found)} #{number}" for number, (storage, found) in enumerate(parts.items(), start=1)}


def _parts(storage: str) -> list[str]:
    url = parse_url(storage)
    if url.get_backend_name() == "sqlite":
        return [part for part in Path(url.database or "").resolve().parts if part != "/"]
    return [str(part) for part in (url.drivername, url.host or url.query.get("host"), url.port, url.database) if part]


def _refuse_repeated(storages: Sequence[str]) -> None:
    found: dict[tuple[str, ...], str] = {}
    for storage in storages:
        place = tuple(_parts(storage))
        if place in found:
            raise ReportError(f"--storage names each database once; {shown_url(storage)} was given twice")
        found[place] = storage


def _wanted(storages: Sequence[str], studies: Sequence[str]) -> dict[str, list[str]]:
    """Return for each database which of the named studies it holds, by their whole names.

    Raises:
        StudyError: A study is in none of them, or ambiguous in one.
    """
    found: dict[str, list[str]] = {storage: [] for storage in storages}
    if not studies:
        return found
    there: dict[str, list[str]] = {}
    for storage in storages:
        with TrialDatabase(storage, read_only=True) as database:
            there[storage] = [plan.study for plan in database.plans()]
    for name in studies:
        holding = [storage for storage, known in there.items() if name in known or name in _spaces(known)]
        if not holding:
            every = [study for known in there.values() for study in known if "+" not in study]
            raise StudyError(_unknown(name, every))
        for storage in holding:
            if (study := find_study(name, there[storage])) not in found[storage]:
                found[storage].append(study)
    return found


def _unknown(name: str, known: Sequence[str]) -> str:
    try:
        find_study(name, list(dict.fromkeys(known)))
    except StudyError as error:
        return str(error)
    return f"there is no study {name!r}"


def _spaces(studies: Sequence[str]) -> set[str]:
    return {study.partition("@")[0] for study in studies if "+" not in study}


def _renamed(frames: Frames, label: str, repeated: set[str]) -> Frames:
    """Return the frames with a database's label behind the names of the studies that are repeated, and their trials."""
    if not repeated:
        return frames
    names = {name: f"{name} ({label})" for name in repeated}
    # A study's re-tuning searches go with it, whatever they are called elsewhere.
    names |= {name: f"{name} ({label})" for name, row in frames.child_rows.items() if row.parent in repeated}

    def of_study(name: Any) -> Any:  # noqa: ANN401 - missing where there is no parent
        return names.get(name, name)

    def renamed(table: pd.DataFrame) -> pd.DataFrame:
        new = {column: table[column].map(of_study).astype(object) for column in _BY_STUDY if column in table}
        new |= {
            column: table[column].map(lambda trial: trial if pd.isna(trial) else f"{trial} ({label})").astype(object)
            for column in _BY_TRIAL
            if column in table
        }
        return table.assign(**new)

    def rows(found: Mapping[str, PlanRow]) -> dict[str, PlanRow]:
        return {
            of_study(name): dataclasses.replace(row, study=of_study(name), parent=of_study(row.parent))
            for name, row in found.items()
        }

    changed: dict[str, Any] = {name: renamed(table) for name, table in _tables(frames).items()}
    return dataclasses.replace(
        frames,
        **changed,
        plan_rows=rows(frames.plan_rows),
        child_rows=rows(frames.child_rows),
        alive=frozenset(map(of_study, frames.alive)),
        origins={of_study(name): origin for name, origin in frames.origins.items()},
    )


def _data_told_apart(parts: Sequence[Frames], labels: Sequence[str]) -> list[Frames]:
    """Return frames in which data sets of one name with other contents have their database's label behind the name."""
    hashes: dict[str, set[str]] = {}
    for frames in parts:
        for row in (*frames.plan_rows.values(), *frames.child_rows.values()):
            hashes.setdefault(row.dataset, set()).add(row.dataset_hash)
    told = {name for name, found in hashes.items() if len(found) > 1}
    if not told:
        return list(parts)

    return [_with_data_named(frames, told, label) for frames, label in zip(parts, labels, strict=True)]


def _with_data_named(frames: Frames, repeated: set[str], label: str) -> Frames:
    def named(dataset: str) -> str:
        return f"{dataset} ({label})" if dataset in repeated else dataset

    def of_table(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(dataset=table["dataset"].map(named).astype(object))

    def of_rows(found: Mapping[str, PlanRow]) -> dict[str, PlanRow]:
        return {study: dataclasses.replace(row, dataset=named(row.dataset)) for study, row in found.items()}

    return dataclasses.replace(
        frames,
        plans=of_table(frames.plans),
        children=of_table(frames.children),
        plan_rows=of_rows(frames.plan_rows),
        child_rows=of_rows(frames.child_rows),
    )


def _joined(parts: Sequence[Frames]) -> Frames:
    """Return the frames of several databases as those of one; no two of their studies have one name."""
    tables = {name: [getattr(frames, name) for frames in parts] for name in _tables(parts[0])}
    joined = {name: _stacked(name, found) for name, found in tables.items()}
    for name, keys in _SHARED.items():
        joined[name] = joined[name].drop_duplicates(keys, ignore_index=True)
    for name in ("plans", "children"):
        joined[name] = joined[name].sort_values(["created_at", "study"], kind="stable", ignore_index=True)
    plans = {name: row for frames in parts for name, row in frames.plan_rows.items()}
    children = {name: row for frames in parts for name, row in frames.child_rows.items()}
    environments = {row.id: row for frames in parts for row in frames.environments}
    return dataclasses.replace(
        parts[0],
        **joined,
        plan_rows={name: plans[name] for name in joined["plans"]["study"]},
        child_rows={name: children[name] for name in joined["children"]["study"]},
        alive=frozenset().union(*(frames.alive for frames in parts)),
        environments=[environments[name] for name in sorted(environments)],
        not_asked_for=tuple(study for frames in parts for study in frames.not_asked_for),
        storages=tuple(storage for frames in parts for storage in frames.storages),
        origins={name: origin for frames in parts for name, origin in frames.origins.items()},
    )


def _stacked(name: str, found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put one table of several databases under each other; an empty one has no say in the types."""
    filled = [table for table in found if len(table)]
    whole = pd.concat(filled, ignore_index=True) if filled else found[0]
    return typed(whole, TYPES.get(name, {}))


def _tables(frames: Frames) -> dict[str, pd.DataFrame]:
    found = {field.name: getattr(frames, field.name) for field in dataclasses.fields(frames)}
    return {name: value for name, value in found.items() if isinstance(value, pd.DataFrame)}
