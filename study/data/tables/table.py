"""From files of tables to a data set: `sales.csv` with `--target price`, or `train.csv,test.csv` as they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from study.data.asked import refuse_others
from study.data.dataset import Dataset, Split, make_dataset, safe_name
from study.data.memory import reserve_bytes
from study.data.splits import cut_off_test
from study.data.tables.files import SUFFIXES, Table, is_table, listed, read_table, stem
from study.data.tables.inputs import Features, cells, find_features
from study.data.tables.targets import Learned, find_task
from study.errors import StudyError
from study.options.data import DataOptions

OPTIONS = ("target", "task", "impute", "group")
"""That mean something for a table."""
_ORDER = (("training",), ("training", "test"), ("training", "validation", "test"))
"""What files are, by how many there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """The tables of a data set, by split."""

    training: Table
    validation: Table | None = None
    test: Table | None = None
    """None where it is cut off the training rows."""

    @property
    def others(self) -> dict[str, Table]:
        """Those that are not learned from, by split."""
        found = {"validation": self.validation, "test": self.test}
        return {split: table for split, table in found.items() if table is not None}


def load_tables(paths: tuple[Path, ...], options: DataOptions, features: Features | None = None) -> Dataset:
    """Load a data set from one table, of which a sixth becomes the test split, or from one for each split.

    Args:
        paths: 'TABLE', 'TRAINING,TEST' or 'TRAINING,VALIDATION,TEST'.
        options: Its target, task, group and what stands for missing values.
        features: What a study's inputs are already; None finds them out.

    Raises:
        StudyError: No target was named, or a file is not what it should be.
    """
    _refuse_other_files(paths)
    refuse_others(options, OPTIONS, f"'{paths[0]}' is a table")
    if not options.target:
        columns = [str(column) for column in read_table(paths[0]).frame.columns]
        raise StudyError(f"A table needs --target, the column that is learned; '{paths[0]}' has {listed(columns)}.")
    tables = [read_table(path) for path in paths]
    splits = dict(zip(_ORDER[len(tables) - 1], tables, strict=True))
    shown = "; ".join(f"{table.source} is the {split} split" for split, table in splits.items())
    notes = (f"{shown}, each as it stands.",) if len(tables) > 1 else ()
    return dataset_of_tables(safe_name(stem(paths[0])), Tables(**splits), options, notes=notes, features=features)


def dataset_of_tables(
    name: str,
    tables: Tables,
    options: DataOptions,
    *,
    notes: tuple[str, ...] = (),
    features: Features | None = None,
) -> Dataset:
    """Make a data set of tables.

    Args:
        name: As `safe_name` returns it.
        tables: Its rows.
        options: Its target, task, group and what stands for missing values.
        notes: What was decided so far, a sentence each.
        features: What a study's inputs are already; None finds them out.

    Raises:
        StudyError: A column is lacking, or values are missing or not what they should be.
    """
    training, impute = tables.training, options.impute is not None
    targets = tuple(training.column(target, "--target") for target in options.target)
    group = None if options.group is None else training.column(options.group, "--group")
    if group in targets:
        raise StudyError(f"--group and --target name different columns, not both {group!r}.")
    inputs = [column for column in training.frame.columns if column not in (*targets, group)]
    learned, told = find_task(training, targets, options.task)
    found, decided = (features, ()) if features is not None else find_features(training, inputs, impute=impute)
    for table in tables.others.values():
        _refuse_other_columns(table, training, learned)

    rows = sum(len(table.frame) for table in (training, *tables.others.values()))
    reserve_bytes(
        4 * rows * len(found.inputs),
        what=f"{rows:,} rows of {len(found.inputs):,} inputs take",
        remedy="give fewer rows or columns",
    )

    def split_of(table: Table) -> Split:
        return Split(found.encode(table, inputs, impute=impute), learned.encode(table))

    whole, ids = split_of(training), None if group is None else _group_ids(training, group)
    splits = {split: split_of(table) for split, table in tables.others.items()}
    said = (*notes, *told, *decided, *_grouped(tables, group), *_imputed(found, [whole, *splits.values()]))
    if "test" in splits:
        test = splits["test"]
    else:
        train, held_out = cut_off_test(whole, name=name, class_names=learned.class_names, groups=ids)
        whole, test = whole.subset(train), whole.subset(held_out)
        ids = None if ids is None else torch.from_numpy(np.unique(ids[train].numpy(), return_inverse=True)[1])
    made = make_dataset(
        name=name,
        training=whole,
        test=test,
        validation=splits.get("validation"),
        class_names=learned.class_names,
        groups=ids,
        notes=said,
    )
    return replace(made, features=found.inputs)


def _refuse_other_files(paths: tuple[Path, ...]) -> None:
    """Refuse what is not one table for each split, in their order.

    Raises:
        StudyError: There are too many files, one is no table, or their names say another order.
    """
    foreign = next((path for path in paths if not is_table(path)), None)
    if foreign is not None:
        raise StudyError(f"Files of a table end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}, not '{foreign}'.")
    if len(paths) > len(_ORDER):
        raise StudyError(
            f"Tables are given as 'TABLE', 'TRAINING,TEST' or 'TRAINING,VALIDATION,TEST'; found {len(paths)} files."
        )
    if len(paths) > 1 and ("test" in stem(paths[0]) or "train" in stem(paths[-1])):
        raise StudyError(
            f"Tables are given in the order training, validation, test; '{paths[0].name}' stands first and "
            f"'{paths[-1].name}' last. Turn them round, or rename them."
        )


def _refuse_other_columns(table: Table, training: Table, learned: Learned) -> None:
    """Refuse a table of another split whose columns are not those of the training rows, in whichever order.

    Raises:
        StudyError: A column is there more or less.
    """
    ours, theirs = set(training.frame.columns), set(table.frame.columns)
    if lacking := sorted(ours - theirs):
        raise StudyError(f"{table.source} lacks {listed(lacking)}, which {training.source} has; add it there.")
    if more := sorted(theirs - ours):
        raise StudyError(f"{table.source} has {listed(more)}, which {training.source} lacks; remove it there.")


def _group_ids(table: Table, column: str) -> Tensor:
    """Return the group of each row, (n,) int64 from 0 on.

    Raises:
        StudyError: A row has none.
    """
    import pandas as pd

    series = table.frame[column]
    if series.isna().any():
        raise StudyError(
            f"{table.source} has to name the group of every row, found none in {cells(series.isna().to_frame())}; "
            f"fill it, or remove the row."
        )
    codes, _ = pd.factorize(series, sort=True)
    return torch.from_numpy(np.asarray(codes, dtype=np.int64))


def _grouped(tables: Tables, column: str | None) -> list[str]:
    """Say what the groups are, and which of them stand on both sides of splits that are taken as they are."""
    if column is None:
        return []
    groups = set(tables.training.frame[column])
    said = [f"'{column}' has {len(groups):,} values; its rows stay together in every cut, and it is no input."]
    for split, table in tables.others.items():
        both = groups & set(table.frame[column].dropna())
        if both:
            said.append(
                f"{len(both):,} values of '{column}' are in the training and the {split} split, which are taken as "
                f"they are: what is scored there was partly seen."
            )
    return said


def _imputed(features: Features, splits: list[Split]) -> list[str]:
    """Say which numbers are missing."""
    missing = sum(split.inputs.isnan().sum(dim=0) for split in splits)
    assert isinstance(missing, Tensor)  # there is a split
    columns = [name for name, count in zip(features.names, missing.tolist(), strict=True) if count]
    if not columns:
        return []
    return [
        f"{int(missing.sum()):,} missing numbers in {listed(columns)} become the median of what a trial learns from."
    ]
