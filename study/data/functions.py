"""From a user's function, `my_data.py:load` or `package.module:load`, to a data set."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from study.data.arrays.inputs import read_inputs
from study.data.asked import refuse_others
from study.data.dataset import Dataset, Split, make_dataset, safe_name
from study.data.function_values import Part, Returned, understood
from study.data.memory import reserve_bytes
from study.data.pictures.forms import Wanted, asked_form
from study.data.splits import cut_off_test
from study.data.tables.files import Table, table_of
from study.data.tables.inputs import Features
from study.data.tables.table import OPTIONS, Tables, dataset_of_tables
from study.data.tables.targets import Learned, find_task
from study.errors import USER_CODE_RAISES, StudyError, nearest
from study.importing import import_module, load_file, raised_at
from study.options.data import DataOptions
from study.paths import expanded
from study.storable import summary

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]
_FUNCTION = re.compile(r"(?P<place>.+\.py|[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)")
ARRAY_OPTIONS = ("image_size", "grey", "task", "impute")
"""That mean something for arrays."""


def is_function(text: str) -> bool:
    """Return whether a data set is given as a function: `FILE.py:NAME` or `package.module:NAME`."""
    return _FUNCTION.fullmatch(text) is not None


def portable_function(text: str) -> str:
    """Return what gives the same function from any folder: a file's path becomes absolute."""
    place, _, name = text.rpartition(":")
    return f"{expanded(place).resolve()}:{name}" if place.endswith(".py") else text


def load_function(
    text: str, options: DataOptions, features: Features | None = None, wanted: Wanted | None = None
) -> Dataset:
    """Load a data set by calling a user's function.

    Random numbers of Python, NumPy and PyTorch begin from 0, so that a function that shuffles returns the same again.

    Args:
        text: `FILE.py:NAME` or `package.module:NAME`.
        options: How what it returns is read.
        features: What the inputs of a study's table are already.
        wanted: What pictures are to become, where a study's models read them.

    Raises:
        StudyError: There is no such function, it raises something, or it returns nothing that is known.
    """
    place, _, name = text.rpartition(":")
    path = expanded(place) if place.endswith(".py") else None
    module = import_module(place, f"data {text!r}") if path is None else load_file(path, "data file")
    function, source = _found(module, name, place), f"'{text}'"
    _seed()
    try:
        returned = understood(function(), source)
    except StudyError:
        raise
    except USER_CODE_RAISES as error:
        where = raised_at(error, path or Path(module.__file__ or ""))
        raise StudyError(f"{source} raised {summary(error)}{where}; mend it there.") from error
    stem = Path(place).stem if path is not None else place.rpartition(".")[2]
    called = safe_name(stem if name == "load" else f"{stem}-{name}")
    if hasattr(returned.parts["train"].inputs, "columns"):
        return _of_frames(called, returned, options, source, features)
    refuse_others(options, ARRAY_OPTIONS, f"{source} returns arrays with their targets")
    return _of_arrays(called, returned, options, source, wanted or asked_form(options))


def _found(module: ModuleType, name: str, place: str) -> Callable[[], object]:
    """Return a module's function.

    Raises:
        StudyError: There is none of that name.
    """
    found = getattr(module, name, None)
    if not callable(found):
        known = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        problem = "has no function" if found is None else "has, but not as a function,"
        raise StudyError(f"'{place}' {problem} {name!r}{nearest(name, known) or '.'}")
    function: Callable[[], object] = found
    return function


def _seed() -> None:
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the global generator, which a user's code may use
    torch.manual_seed(0)


# Tables


def _of_frames(name: str, returned: Returned, options: DataOptions, source: str, features: Features | None) -> Dataset:
    """Make a data set of pandas frames, as of files of tables."""
    refuse_others(options, OPTIONS, f"{source} returns tables")
    if returned.groups is not None or returned.class_names:
        raise StudyError(f"{source} returns tables: --group names a column, and classes have the names that they hold.")
    tables, targets = {}, options.target
    for split, part in returned.parts.items():
        if not hasattr(part.inputs, "columns"):
            raise StudyError(f"{source} returns a table for one split; return one for its {split} split too.")
        frame, targets = _with_targets(part, options, source)
        tables["training" if split == "train" else split] = table_of(f"the {split} split of {source}", frame)
    return dataset_of_tables(name, Tables(**tables), replace(options, target=targets), features=features)


def _with_targets(part: Part, options: DataOptions, source: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a frame with its targets as columns, and their names."""
    if part.targets is None:
        if not options.target:
            raise StudyError(f"{source} returns a table alone: --target names its column that is learned.")
        return part.inputs, options.target
    if options.target:
        raise StudyError(f"{source} returns the targets beside the table, so --target names none; leave it out.")
    if len(part.inputs) != len(part.targets):
        raise StudyError(
            f"{source} has to return a target for each row, found {len(part.inputs):,} rows and "
            f"{len(part.targets):,} targets."
        )
    columns = _target_frame(part.targets, ())
    both = [column for column in columns.columns if column in part.inputs.columns]
    if both:
        raise StudyError(f"{source} returns {both[0]!r} both as an input and as a target; drop it from the inputs.")
    frame = part.inputs.reset_index(drop=True).join(columns.reset_index(drop=True))
    return frame, tuple(str(column) for column in columns.columns)


def _target_frame(targets: Any, names: tuple[str, ...]) -> pd.DataFrame:  # noqa: ANN401 - an array, series or frame
    """Return targets as named columns."""
    import pandas as pd

    if isinstance(targets, pd.DataFrame):
        return targets.set_axis([str(column) for column in targets.columns], axis=1)
    if isinstance(targets, pd.Series):
        return targets.to_frame(str(targets.name or "target"))
    values = targets.reshape(len(targets), -1) if targets.ndim != 1 else targets[:, None]
    count = values.shape[1]
    fitting = names if len(names) == count else tuple(str(number) for number in range(count))
    return pd.DataFrame(values, columns=["target"] if count == 1 else list(fitting)).infer_objects()


# Arrays


def _of_arrays(name: str, returned: Returned, options: DataOptions, source: str, wanted: Wanted) -> Dataset:
    """Make a data set of arrays."""
    parts = returned.parts
    for split, part in parts.items():
        _refuse_lengths(part, split, source)
    learned, encoded, told = _targets(returned, options, source)
    try:
        arrays = [part.inputs for part in parts.values()]
        reserve_bytes(_size(arrays), what=f"The inputs of {source} take", remedy="return fewer or smaller examples")
        inputs, made = _inputs(arrays, wanted, missing=options.impute is not None)
    except StudyError as error:
        raise StudyError(f"Inputs of {source}: {error}") from error
    splits = {
        split: Split(torch.from_numpy(np.ascontiguousarray(array)), targets)
        for split, array, targets in zip(parts, inputs, encoded, strict=True)
    }
    whole, ids = splits["train"], _group_ids(returned, source)
    names = learned.class_names
    test = splits.get("test")
    if test is None:
        train, held_out = cut_off_test(whole, name=name, class_names=names, groups=ids)
        whole, test = whole.subset(train), whole.subset(held_out)
        ids = None if ids is None else torch.from_numpy(np.unique(ids[train].numpy(), return_inverse=True)[1])
    return make_dataset(
        name=name,
        training=whole,
        test=test,
        validation=splits.get("validation"),
        class_names=names,
        groups=ids,
        notes=(*told, *(f"Inputs of {source}: {note}" for note in made)),
    )


def _size(arrays: list[Array]) -> int:
    """Return the bytes that inputs take once they are bytes of pictures, or 32-bit numbers."""
    return sum(array.size * (1 if array.dtype == np.uint8 and array.ndim > 2 else 4) for array in arrays)


def _refuse_lengths(part: Part, split: str, source: str) -> None:
    inputs = len(part.inputs) if getattr(part.inputs, "ndim", 0) else 0
    targets = len(part.targets) if getattr(part.targets, "ndim", 0) else 0
    if not inputs or inputs != targets:
        raise StudyError(
            f"{source} has to return a target for each input, found {inputs:,} inputs and {targets:,} targets in its "
            f"{split} split."
        )


def _inputs(arrays: list[Array], wanted: Wanted, *, missing: bool) -> tuple[list[Array], tuple[str, ...]]:
    """Return inputs as a split holds them: bytes of three or four axes are pictures, anything else is numbers.

    Raises:
        StudyError: They are in no layout that is known.
    """
    arrays = [array[:, None] if array.ndim == 1 else array for array in arrays]
    pictures = all(array.dtype == np.uint8 and array.ndim in (3, 4) for array in arrays)
    if pictures or wanted != Wanted():
        return read_inputs(arrays, wanted, missing=missing)
    return _numbers(arrays, missing=missing)


def _numbers(arrays: list[Array], *, missing: bool) -> tuple[list[Array], tuple[str, ...]]:
    shapes = list(dict.fromkeys(array.shape[1:] for array in arrays))
    if len(shapes) > 1 or len(shapes[0]) > 3 or 0 in shapes[0]:
        shown = " and ".join(" x ".join(map(str, shape)) for shape in shapes)
        raise StudyError(f"they have to be of one shape of 1 to 3 axes, found {shown}.")
    found: list[Array] = []
    for array in arrays:
        if array.dtype.kind not in "biuf":
            raise StudyError(f"they have to be real numbers, found values of type {array.dtype}.")
        with np.errstate(over="ignore"):
            numbers = array.astype(np.float32)
        bad = np.isinf(numbers) if missing else ~np.isfinite(numbers)
        if bad.any():
            place = np.argwhere(bad)[0].tolist()
            remedy = "--impute median stands in" if np.isnan(numbers[tuple(place)]) else "correct it"
            raise StudyError(f"they have to be finite numbers, found {array[tuple(place)]} at {place}; {remedy}.")
        found.append(numbers)
    last = len(shapes[0]) == 3 and shapes[0][2] in (1, 3, 4) and shapes[0][0] not in (1, 3, 4)
    if not last:
        return found, ()
    shape = " x ".join(map(str, shapes[0]))
    return [np.moveaxis(array, -1, 1) for array in found], (f"Of {shape}, the last axis is taken for the channels.",)


def _targets(
    returned: Returned, options: DataOptions, source: str
) -> tuple[Learned, list[torch.Tensor], tuple[str, ...]]:
    """Return what is learned, the targets of each split, and how the task was found."""
    tables = {
        split: Table(f"the {split} split of {source}", _numbered(_target_frame(part.targets, returned.class_names)))
        for split, part in returned.parts.items()
    }
    columns = tuple(str(column) for column in tables["train"].frame.columns)
    asked, note = options.task, tuple[str, ...]()
    if asked is None and len(columns) == 1:
        asked, note = _as_classes(tables["train"].frame[columns[0]], returned.class_names)
    learned, told = find_task(tables["train"], columns, asked)
    if learned.task == "classification" and returned.class_names:
        learned = _named(learned, returned.class_names, source)
        tables = {split: _renamed(table, learned, columns[0]) for split, table in tables.items()}
    return learned, [learned.encode(table) for table in tables.values()], (*note, *told)


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0)


def _as_classes(targets: pd.Series, class_names: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """Return that whole numbers are classes, where they are 0, 1, 2, ... as those of classes are, and say so."""
    from pandas.api import types

    if not types.is_integer_dtype(targets.dtype):
        return None, ()
    found = np.unique(targets.to_numpy())
    if class_names:
        return "classification", ()
    if not np.array_equal(found, np.arange(len(found))) or len(targets) < 3 * len(found):
        return None, ()
    return "classification", (
        f"The targets are 0 to {len(found) - 1}: classification into {len(found):,} classes (--task regression takes "
        f"them as numbers).",
    )


def _named(learned: Learned, names: tuple[str, ...], source: str) -> Learned:
    """Return a classification whose classes have the names that a function returned."""
    numbers = all(name.isdecimal() for name in learned.classes)
    if not numbers and set(learned.classes) <= set(names):
        return replace(learned, classes=names)
    if not numbers or int(learned.classes[-1]) >= len(names):
        raise StudyError(
            f"{source} has to name every class: it returns {len(names)} class_names, and {learned.classes[-1]!r} among "
            f"its targets; targets are 0 to {len(names) - 1}, or the names themselves."
        )
    return replace(learned, classes=names)


def _renamed(table: Table, learned: Learned, column: str) -> Table:
    """Return targets that are numbers of classes as the classes' names."""
    series = table.frame[column]
    if series.dtype.kind not in "iu" or not series.between(0, len(learned.classes) - 1).all():
        return table
    names = series.map(dict(enumerate(learned.classes)))
    return replace(table, frame=table.frame.assign(**{column: names}))


def _group_ids(returned: Returned, source: str) -> torch.Tensor | None:
    if returned.groups is None:
        return None
    groups, count = np.asarray(returned.groups), len(returned.parts["train"].targets)
    if groups.shape != (count,):
        shape = " x ".join(map(str, groups.shape)) or "one value"
        raise StudyError(f"{source} has to return a group for each of its {count:,} training examples, found {shape}.")
    return torch.from_numpy(np.unique(groups, return_inverse=True)[1].astype(np.int64))
