"""Compares what was computed again with what a report and the commands say, and counts."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from benchmarks.recompute.database import Row

CLOSE = 1e-7
"""Relative difference up to which two numbers are one: intervals that are found by iteration end there."""
NAMES = ("name", "truth_name", "predicted_name")
"""Columns of texts that may look like numbers."""
NUMBER = re.compile(r"(?:under |over )?[+\-\N{MINUS SIGN}]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")
LOST = re.compile(r"^(\+[\d.,]+), \N{MINUS SIGN}([\d.,]+)$")
"""Examples gained and lost, of which a table stores both as they are counted, without a sign."""
SCALES = (1, 100, 1 / 60, 1000)
"""What a page multiplies a number by: per cent, minutes, milliseconds."""


@dataclass
class Tally:
    """What was compared."""

    compared: int = 0
    disagreements: list[str] = field(default_factory=list)
    uncovered: set[str] = field(default_factory=set)
    """Numbers of the report that nothing here computes, by table and column."""

    def check(self, where: str, found: Any, wanted: Any) -> None:  # noqa: ANN401 - texts and numbers
        """Compare a value."""
        self.compared += 1
        if not same(found, wanted):
            self.disagreements.append(f"{where}: the report has {found!r}, computed is {wanted!r}")


def same(found: Any, wanted: Any) -> bool:  # noqa: ANN401 - texts and numbers
    """Return whether a value of a CSV file, or of JSON, is what was computed; nothing is None, nan or no text."""
    if _is_nothing(wanted) or _is_nothing(found):
        return _is_nothing(wanted) and _is_nothing(found)
    if isinstance(wanted, bool):
        return str(found).lower() == str(wanted).lower()
    if isinstance(wanted, str):
        return str(found) == wanted
    number = float(found)
    return number == wanted or math.isclose(number, wanted, rel_tol=CLOSE, abs_tol=1e-9)


def _text(value: Any) -> str:  # noqa: ANN401 - any value
    return "" if _is_nothing(value) else str(value)


def _is_nothing(value: Any) -> bool:  # noqa: ANN401 - any value
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def is_number(text: str) -> bool:
    """Return whether a cell of a CSV file holds a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def compare_rows(
    tally: Tally, table: str, found: Sequence[Mapping[str, Any]], wanted: Iterable[Row], keys: Sequence[str]
) -> None:
    """Compare the rows of a table with those that were computed, which have these keys.

    A row that one side lacks is a disagreement; a column of numbers that nothing computed is uncovered.
    """
    expected, there = ({tuple(_text(row[key]) for key in keys): row for row in rows} for rows in (wanted, found))
    for name in expected.keys() ^ there.keys():
        tally.disagreements.append(f"{table}: row {name} is {'missing' if name in expected else 'not to be there'}")
    for name in expected.keys() & there.keys():
        for column, value in there[name].items():
            if column in expected[name]:
                if column not in keys:
                    tally.check(f"{table}, {' '.join(name)}, {column}", value, expected[name][column])
            elif column not in NAMES and is_number(str(value)):
                tally.uncovered.add(f"{table}: {column}")


def csv_rows(file: Path) -> list[Row]:
    """Read a CSV file."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


class Page(HTMLParser):
    """The tables of a page: name -> rows of cells, each with whether its column is one of numbers."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.tables: dict[str, list[list[tuple[str, bool]]]] = {}
        self._name, self._cell, self._numeric, self._skip = "", None, False, 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up a table, a row or a cell."""
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if tag == "div" and (given.get("id") or "").startswith("table-"):
            self._name = str(given["id"]).removeprefix("table-")
            self.tables[self._name] = []
        elif tag == "tr" and self._name:
            self._skip = "detail" in classes
            if not self._skip:
                self.tables[self._name].append([])
        elif tag in ("td", "th") and self._name and not self._skip:
            self._cell, self._numeric = "", "number" in classes

    def handle_data(self, data: str) -> None:
        """Add to a cell."""
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag: str) -> None:
        """Close a cell or a table."""
        if tag in ("td", "th") and self._cell is not None:
            self.tables[self._name][-1].append((self._cell.strip(), self._numeric))
            self._cell = None
        elif tag == "table":
            self._name = ""


def compare_page(tally: Tally, page: Page, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Look for the numbers of each row of a page's tables in one row of the table's CSV file, at the digits shown.

    A row of the page that sums up those of a phase is compared with their sums.
    """
    for name, rows in page.tables.items():
        known = tables.get(name)
        if known is None:
            continue
        sets = [_numbers_of(row) for row in (*known, *_sums(known))]
        for place, row in enumerate(rows[1:]):
            cells = [LOST.sub(r"\1, \2", cell) for cell, numeric in row if numeric]
            texts = [text for cell in cells for text in NUMBER.findall(cell)]
            tally.compared += len(texts)
            lacking = min(([text for text in texts if not _is_shown(text, there)] for there in sets), key=len)
            if lacking:
                cells = " | ".join(cell for cell, _ in row)
                tally.disagreements.append(f"page, table {name}, row {place}: {lacking} of {cells!r} are in no row")


def _sums(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the sums of a table's rows by study and phase, where it has these."""
    if not rows or not {"study", "phase"} <= rows[0].keys():
        return []
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        total = found.setdefault((row["study"], row["phase"]), {})
        for name, value in row.items():
            if is_number(str(value)):
                total[name] = total.get(name, 0.0) + float(value)
    return list(found.values())


def _numbers_of(row: Mapping[str, Any]) -> list[float]:
    found = [float(value) for value in row.values() if is_number(str(value))]
    return [value for value in found if math.isfinite(value)]


def _is_shown(text: str, numbers: Sequence[float]) -> bool:
    """Return whether a number as it is printed is one of these, rounded to the digits that are printed."""
    bound, _, plain = text.rpartition(" ")
    plain = plain.replace(",", "").replace("\N{MINUS SIGN}", "-")
    shown, decimals = float(plain), len(plain.partition("e")[0].partition(".")[2])
    if bound:
        return any(number < shown if bound == "under" else number > shown for number in numbers)
    unit = 10.0**-decimals * (10 ** int(plain.partition("e")[2]) if "e" in plain else 1)
    return any(abs(scale * number - shown) <= 0.5001 * unit for number in numbers for scale in SCALES)
