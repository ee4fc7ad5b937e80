"""Writes a study's tables: as CSV or Parquet a file each in a folder, as JSON one file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from reports.export.columns import Column, Kind, Table, as_json
from reports.export.frames import NAMES, tables_of
from study.database import TrialDatabase
from study.errors import StudyError, nearest
from study.status.numbers import in_json
from study.version import __version__

FORMATS = ("csv", "parquet", "json")
JSON_FORMAT = 2
"""Raised when a key of the JSON file changes its meaning."""
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
    Kind.TEXTS: pa.list_(pa.string()),
    Kind.INTEGERS: pa.list_(pa.int64()),
    Kind.JSON: pa.string(),
}
_LISTS = (Kind.TEXTS, Kind.INTEGERS)


@dataclass(frozen=True, slots=True)
class Written:
    """What an export wrote."""

    study: str
    path: Path
    """The folder, or the file."""
    rows: dict[str, int]
    """Table -> rows."""
    stale: int
    """Trials among them that count for nothing any more."""
    left: list[Path]
    """Files of an earlier export that lie there too, since this one has no such table."""


def write_export(
    database: TrialDatabase, study: str, *, format: str, output: Path | None = None, predictions: bool = False
) -> Written:
    """Write all that is known of a study; `docs/export.md` tells of each table and column.

    Args:
        database: Open for reading.
        study: A name such as `cnn@mnist`, or `cnn` where only one study of that space exists.
        format: Of `FORMATS`.
        output: A folder for CSV and Parquet, a file for JSON; None means one below `runs/export` named after the study.
            Files of an earlier export in it are overwritten.
        predictions: Whether to add what each tested trial said of each test example.

    Raises:
        ReportError: The database cannot be read.
        StudyError: There is no such format or study, or the files cannot be written.
    """
    if format not in FORMATS:
        raise StudyError(f"--format is one of {', '.join(FORMATS)}, not {format!r}{nearest(format, FORMATS)}")
    name, tables = tables_of(database, study, predictions=predictions)
    path = output or _default(name, format)
    files = write_tables(name, tables, format, path)
    trials = next(table for table in tables if table.name == "trials")
    stale = next(column for column in trials.columns if column.name == "stale_at")
    return Written(
        study=name,
        path=path,
        rows={table.name: len(table) for table in tables},
        stale=sum(value is not None for value in stale.values),
        left=[file for file in _others(path, format) if file not in files],
    )


def write_tables(study: str, tables: Sequence[Table], format: str, path: Path) -> list[Path]:
    """Write tables in one of `FORMATS`, each file whole or not at all; return the files.

    Raises:
        StudyError: They cannot be written.
    """
    if format == "json" and path.is_dir():
        raise StudyError(f"--format json writes one file, and {path} is a folder; --output names a file in it")
    written = []
    try:
        for file, write in _FILES[format](path, study, tables):
            file.parent.mkdir(parents=True, exist_ok=True)
            whole = file.with_name(f"{file.name}.part")
            write(whole)
            whole.replace(file)
            written.append(file)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StudyError(f"the export cannot be written to {path}: {reason}; --output names another place") from error
    return written


def _others(path: Path, format: str) -> list[Path]:
    """Return the files of an export that lie in a folder, whichever export wrote them."""
    return [] if format == "json" else [file for name in NAMES if (file := path / f"{name}.{format}").exists()]


def _default(study: str, format: str) -> Path:
    name = study.replace("/", "-").replace(os.sep, "-")
    return Path("runs") / "export" / (f"{name}.json" if format == "json" else name)


Files = Iterator[tuple[Path, Callable[[Path], None]]]
"""Each file, and what writes it."""


def _csv(folder: Path, _: str, tables: Sequence[Table]) -> Files:
    for table in tables:
        yield folder / f"{table.name}.csv", partial(pyarrow.csv.write_csv, _arrow(table, nested=False))


def _parquet(folder: Path, _: str, tables: Sequence[Table]) -> Files:
    for table in tables:
        yield folder / f"{table.name}.parquet", partial(pyarrow.parquet.write_table, _arrow(table, nested=True))


def _json(file: Path, study: str, tables: Sequence[Table]) -> Files:
    content = {
        "format": JSON_FORMAT,
        "study": study,
        "program": __version__,
        "written_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "tables": {table.name: _described(table) for table in tables},
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    yield file, partial(_write_text, text)


_FILES: dict[str, Callable[[Path, str, Sequence[Table]], Files]] = {"csv": _csv, "parquet": _parquet, "json": _json}


def _write_text(text: str, path: Path) -> None:
    path.write_text(text + "\n", encoding="utf-8")


def _arrow(table: Table, *, nested: bool) -> pa.Table:
    """Return a table with the types of its columns; lists as JSON text where there are none."""
    arrays, entries = [], []
    for column in table.columns:
        as_text = column.kind is Kind.JSON or (column.kind in _LISTS and not nested)
        type_ = pa.string() if as_text else _TYPES[column.kind]
        values = [as_json(value) for value in column.values] if as_text else column.values
        arrays.append(pa.array(list(values), type=type_, from_pandas=False))
        entries.append(pa.field(column.name, type_, nullable=column.optional))
    return pa.Table.from_arrays(arrays, schema=pa.schema(entries))


def _described(table: Table) -> dict[str, Any]:
    rows = zip(*([_json_value(value) for value in column.values] for column in table.columns), strict=True)
    names = [column.name for column in table.columns]
    return {"columns": dict(_kinds(table.columns)), "rows": [dict(zip(names, row, strict=True)) for row in rows]}


def _kinds(columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    for column in columns:
        yield column.name, column.kind.value


def _json_value(value: Any) -> Any:  # noqa: ANN401 - any value of a column
    """Return a JSON value: JSON has neither times nor numbers that are not finite, so that these are texts."""
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else in_json(value)
