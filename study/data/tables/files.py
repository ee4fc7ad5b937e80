"""Read a table from a CSV, TSV or Parquet file: named columns, each once, and at least one row."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from study.errors import StudyError, nearest

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
SHOWN_COLUMNS = 12
"""How many columns a sentence lists at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of named columns."""

    source: str
    """What holds them, for sentences: "'sales.csv'"."""
    frame: pd.DataFrame
    """Its columns are text, each once; its index counts the rows from 1, a heading not counted."""

    def column(self, name: str, option: str) -> str:
        """Return the column that a name given to an option means; blanks around a column's own name do not count.

        Raises:
            StudyError: There is none.
        """
        names = [str(column) for column in self.frame.columns]
        found = [column for column in names if column == name] or [column for column in names if column.strip() == name]
        if len(found) != 1:
            raise StudyError(
                f"{option} names a column of {self.source}, which has {listed(names)}, not {name!r}"
                f"{nearest(name, names) or '.'}"
            )
        return found[0]


def is_table(path: Path) -> bool:
    """Return whether a file's name is that of a table."""
    return path.name.lower().endswith(SUFFIXES)


def stem(path: Path) -> str:
    """Return a table's file name in lower case, without what says that it is a table."""
    lower = path.name.lower()
    return lower.removesuffix(max((suffix for suffix in SUFFIXES if lower.endswith(suffix)), key=len))


def read_table(path: Path) -> Table:
    """Read a table.

    Raises:
        StudyError: The file cannot be read, holds no row, or does not name each column once.
    """
    import pandas as pd

    try:
        frame = pd.read_parquet(path) if path.suffix.lower() == ".parquet" else _read_text(path)
    except StudyError:
        raise
    except MemoryError as error:
        raise StudyError(f"'{path}' does not fit in memory; give fewer rows or columns.") from error
    except OSError as error:
        problem = error.strerror or " ".join(str(error).split()).rstrip(".")
        raise StudyError(f"'{path}' cannot be read: {problem}.") from error
    except UnicodeDecodeError as error:
        raise StudyError(f"'{path}' is not text in UTF-8 (byte {error.start:,}); save it in that encoding.") from error
    except Exception as error:  # two libraries' parsers, on any bytes: their errors have no common type
        problem = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise StudyError(f"'{path}' cannot be read as a table: {problem}.") from error
    return table_of(f"'{path}'", frame)


def table_of(source: str, frame: pd.DataFrame) -> Table:
    """Return a frame as a table.

    Raises:
        StudyError: It has no row or no column, or does not name each column once.
    """
    import pandas as pd

    names = [str(name) for name in frame.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise StudyError(f"{source} has to name each column once, found {listed(twice)} more than once; rename one.")
    if not names or not len(frame):
        raise StudyError(f"{source} has to hold at least 1 row, found {'a heading alone' if names else 'nothing'}.")
    return Table(source, frame.set_axis(names, axis=1).set_axis(pd.RangeIndex(1, len(frame) + 1), axis=0))


def listed(names: Sequence[str]) -> str:
    """Return names for a sentence: 'a', 'b', and how many more there are."""
    shown = ", ".join(f"'{name}'" for name in names[:SHOWN_COLUMNS])
    more = len(names) - SHOWN_COLUMNS
    return f"{shown} and {more:,} more" if more > 0 else shown


def _read_text(path: Path) -> pd.DataFrame:
    """Read a CSV or a TSV file, whose first row is the heading."""
    import pandas as pd

    separator = "\t" if stem_suffix(path).startswith(".tsv") else ","
    try:
        heading = pd.read_csv(path, header=None, nrows=1, dtype=str, sep=separator, keep_default_na=False)
    except pd.errors.EmptyDataError as error:
        raise StudyError(f"'{path}' is empty; a table has a heading and at least 1 row.") from error
    names = [str(name) for name in heading.iloc[0]]
    other = next((mark for mark in (";", "\t", "|") if len(names) == 1 and mark in names[0]), None)
    if other is not None:
        raise StudyError(
            f"'{path}' has the single column {names[0]!r}: its values seem to be separated by {other!r}; save it with "
            f"{'tabs' if separator != ',' else 'commas'} between them"
            f"{', or name it .tsv' if other == chr(9) else ''}."
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:  # pandas would rename them
        raise StudyError(f"'{path}' has to name each column once, found {listed(twice)} more than once; rename one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(path, sep=separator, low_memory=False, index_col=False)
    except pd.errors.ParserWarning as error:
        raise StudyError(
            f"'{path}' has rows with more values than its heading has names ({len(names)}); name every column, that of "
            "row names too."
        ) from error
    return frame.set_axis(names, axis=1) if len(names) == len(frame.columns) else frame


def stem_suffix(path: Path) -> str:
    """Return what says that a file is a table: `.csv.gz`."""
    return path.name.lower()[len(stem(path)) :]
