"""Read the arrays of .npz, .npy, .mat and CSV files by their names. Never loads Python objects, which may run code.

What the arrays mean is decided in `array_files`.
"""

import math
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from study.data.arrays.pictures import pixel_shape
from study.data.memory import reserve_bytes
from study.data.published.emnist import UPRIGHT_NOTE
from study.errors import StudyError

SUFFIXES = (".npz", ".npy", ".csv", ".csv.gz", ".mat")
OTHER_TABLE = "of another table, --target names the column that is learned"
"""Ends the refusal of a CSV file that holds no arrays."""
LABEL_COLUMNS = ("label", "labels", "class", "target", "y")
"""Headings under which a CSV file's labels are looked for, whatever their case."""


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a file holds."""

    path: Path
    arrays: Mapping[str, NDArray[np.generic]]
    """Name -> array, in the file's order."""
    notes: tuple[str, ...] = ()
    """How it was read where that is a choice, and what was not read."""


def has_arrays(path: Path) -> bool:
    """Return whether a file's name is that of a file of arrays."""
    return path.name.lower().endswith(SUFFIXES)


def read_contents(path: Path) -> Contents:
    """Read all arrays of a file.

    Raises:
        StudyError: The file cannot be read, is damaged, or does not fit in memory.
    """
    _reserve(path)
    readers: Mapping[str, Callable[[Path], Contents]] = {".npz": _read_npz, ".npy": _read_npy, ".mat": _read_mat}
    read = readers.get(path.suffix.lower(), _read_csv)
    try:
        return read(path)
    except StudyError:
        raise
    except MemoryError as error:
        raise StudyError(f"'{path}' does not fit in memory; give fewer or smaller images.") from error
    except OSError as error:
        raise StudyError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # three libraries' parsers, on any bytes: their errors have no common type
        problem = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise StudyError(f"'{path}' cannot be read as a {path.suffix.lower()} file: {problem}.") from error


def _reserve(path: Path) -> None:
    """Refuse a file whose arrays do not fit in memory; what cannot be read is refused later."""
    with suppress(OSError, zipfile.BadZipFile):
        size = path.stat().st_size
        if path.suffix.lower() == ".npz":
            with zipfile.ZipFile(path) as archive:
                size = sum(member.file_size for member in archive.infolist())
        reserve_bytes(size, what=f"The arrays of '{path}' take", remedy="give fewer or smaller examples")


def _read_npz(path: Path) -> Contents:
    """Read NumPy's archive of arrays."""
    arrays: dict[str, NDArray[np.generic]] = {}
    refused: list[str] = []
    with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise StudyError(f"'{path}' is not a .npz archive but a single array; name it '{path.stem}.npy'.")
        for name in archive.files:
            try:
                arrays[name] = archive[name]
            except ValueError as error:
                if "pickle" not in str(error):
                    raise
                refused.append(name)
    return Contents(path, arrays, tuple(_object_note(name, path) for name in refused))


def _read_npy(path: Path) -> Contents:
    """Read NumPy's file of one array."""
    try:
        with path.open("rb") as file:
            return Contents(path, {"array": np.lib.format.read_array(file, allow_pickle=False)})
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise StudyError(_object_note("array", path)) from error


def _read_mat(path: Path) -> Contents:
    """Read a MATLAB file up to version 7; EMNIST's structure is flattened and its pictures set upright."""
    import scipy.io

    try:
        stored = scipy.io.loadmat(path, simplify_cells=True)
    except NotImplementedError as error:
        raise StudyError(
            f"'{path}' is of MATLAB's version 7.3, which is HDF5; save it with '-v7' to have it read."
        ) from error
    notes: tuple[str, ...] = ()
    found = {name: value for name, value in stored.items() if not name.startswith("__")}
    if isinstance(found.get("dataset"), dict):
        found, notes = _flatten_emnist(found["dataset"], path)
    arrays = {
        name: value for name, value in found.items() if isinstance(value, np.ndarray) and value.dtype.kind in "biufUS"
    }
    left = [name for name in found if name not in arrays]
    if left:
        notes = (*notes, f"Of '{path}', {_quoted(left)} {'is' if len(left) == 1 else 'are'} no array, and not read.")
    if not isinstance(stored.get("dataset"), dict) and any(a.ndim == 2 and min(a.shape) > 1 for a in arrays.values()):
        notes = (
            *notes,
            f"The rows of '{path}' are read as pictures row by row, as Python writes them; MATLAB writes column by "
            "column, and such pictures lie on their side.",
        )
    return Contents(path, arrays, notes)


def _flatten_emnist(dataset: Mapping[str, object], path: Path) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return the arrays of EMNIST's structure under plain names; its pictures are written column by column."""
    found: dict[str, object] = {}
    for split, part in dataset.items():
        if isinstance(part, dict):
            for name, value in part.items():
                found[f"{split}_{name}"] = value
        else:
            found[split] = part
    for name, value in found.items():
        if name.endswith("_images") and isinstance(value, np.ndarray):
            images = np.atleast_2d(value)  # (n, pixels)
            side = math.isqrt(images.shape[-1])
            if images.ndim != 2 or side**2 != images.shape[-1]:
                shape = " x ".join(str(size) for size in value.shape)
                raise StudyError(f"'{name}' of '{path}' has to hold square pictures, one a row; found {shape}.")
            found[name] = images.reshape(len(images), side, side).swapaxes(1, 2)
    return found, (UPRIGHT_NOTE,)


def _read_csv(path: Path) -> Contents:
    """Read a table of numbers: pixels, one picture a row, with or without a column of labels and a heading."""
    import pandas as pd

    first = pd.read_csv(path, header=None, nrows=1, dtype=str)
    heading = any(not _is_number(cell) for cell in first.iloc[0])
    table = pd.read_csv(path, header=0 if heading else None, low_memory=False)
    missing = np.argwhere(table.isna().to_numpy())
    if len(missing):
        row, column = missing[0].tolist()
        raise StudyError(
            f"'{path}' has to hold a value in every cell, found none in row {row + 1} (the heading not counted), "
            f"column {column + 1}; fill the cell, or remove the row."
        )
    label = _label_column([str(name) for name in table.columns] if heading else None, len(table.columns), path)
    arrays: dict[str, NDArray[np.generic]] = {}
    notes: tuple[str, ...] = ()
    if label is not None:
        arrays["labels"] = _plain(table.iloc[:, label].to_numpy())
        if not heading and len(table.columns) > 1:
            notes = (f"'{path}' has no heading: its first column is taken for the labels.",)
    pixels = table.drop(columns=table.columns[label]) if label is not None else table
    if len(pixels.columns):
        numeric = [pd.api.types.is_numeric_dtype(kind) for kind in pixels.dtypes]
        if not all(numeric):
            name = pixels.columns[numeric.index(False)]
            raise StudyError(
                f"'{path}' has to hold numbers beside its labels, found text in column '{name}'; {OTHER_TABLE}."
            )
        arrays["images"] = pixels.to_numpy()
    return Contents(path, arrays, notes)


def _label_column(heading: list[str] | None, columns: int, path: Path) -> int | None:
    """Return which column holds labels, or None where all hold pixels."""
    if heading is not None:
        named = [place for place, name in enumerate(heading) if name.strip().lower() in LABEL_COLUMNS]
        if len(named) > 1:
            found = _quoted([heading[place] for place in named])
            raise StudyError(f"'{path}' has to have one column of labels, found {found}; remove the others.")
        if named:
            return named[0]
    elif columns == 1 or pixel_shape(columns - 1, colour=False) is not None:
        return 0
    if pixel_shape(columns, colour=False) is not None and columns > 1:
        return None
    if heading is None and pixel_shape(columns - 1) is not None:
        return 0
    if pixel_shape(columns) is not None and columns > 1:
        return None
    if columns == 1:
        return 0
    raise StudyError(
        f"'{path}' has to have a column of labels, headed {', '.join(LABEL_COLUMNS[:-1])} or {LABEL_COLUMNS[-1]}, "
        f"beside the pixels of a square picture; found {columns} columns and no such heading; {OTHER_TABLE}."
    )


def _plain(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return a column as NumPy's own text where it is text."""
    return values.astype(np.str_) if values.dtype.kind not in "biuf" else values


def _is_number(cell: object) -> bool:
    """Return whether a cell of the first row is a number; an empty one may be."""
    try:
        float(str(cell))
    except ValueError:
        return False
    return True


def _object_note(name: str, path: Path) -> str:
    """Say that an array was not loaded."""
    return f"'{name}' of '{path}' holds Python objects, which are never loaded, since that may run code."


def _quoted(names: list[str]) -> str:
    """Return names for a sentence: 'a', 'b'."""
    return ", ".join(f"'{name}'" for name in names)
