"""The table of figures and targets: what is met, what is printed, and a part that fails among parts that do not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import __main__ as command
from benchmarks.targets import Row, Scope, markdown, printed, summary

FASTER = Row(figure="ours against the loop", relation=">=", target=5, value=5.25, n=3, detail="21 against 4 images/s")
SLOWER = Row(figure="--help", relation="<=", target=0.4, value=0.5, unit=" s", n=5)
UNKNOWN = Row(figure="accuracy", relation=">=", target=99.5, value=None, unit=" %", detail="no --data-root")


def test_a_row_is_met_by_its_relation_and_unknown_where_nothing_was_measured() -> None:
    assert [row.met for row in (FASTER, SLOWER, UNKNOWN)] == [True, False, None]
    assert FASTER.ratio == 1.05
    assert UNKNOWN.ratio is None


def test_a_printed_row_has_its_detail_below() -> None:
    first, second = printed(FASTER).splitlines()
    assert first.split("  ")[0] == "ours against the loop"
    assert first.split()[-6:] == [">=", "5x", "5.25x", "1.05", "3", "yes"]
    assert second == "    21 against 4 images/s"


def test_the_markdown_table_has_a_line_for_each_row() -> None:
    lines = markdown([FASTER, SLOWER, UNKNOWN]).splitlines()
    assert lines[2] == "| ours against the loop | >= 5x | 5.25x | 1.05 | 3 | yes | 21 against 4 images/s |"
    assert lines[3] == "| --help | <= 0.4 s | 0.5 s | 1.25 | 5 | NO |  |"
    assert lines[4] == "| accuracy | >= 99.5 % | not measured |  |  |  | no --data-root |"


def test_the_summary_counts_what_was_met_missed_and_not_measured() -> None:
    assert summary([FASTER, SLOWER, UNKNOWN]) == "1 of 3 targets met, 1 missed, 1 not measured"


def test_a_part_that_fails_leaves_the_others_their_rows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scopes: list[Scope] = []

    def fails(scope: Scope) -> Iterator[Row]:
        yield SLOWER
        raise RuntimeError("no such thing")

    def works(scope: Scope) -> Iterator[Row]:
        scopes.append(scope)
        yield FASTER

    for name, rows in (("fails", fails), ("works", works)):
        module = ModuleType(f"benchmarks.{name}")
        module.rows = rows  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"benchmarks.{name}", module)
    monkeypatch.setattr(command, "PARTS", ("fails", "works"))
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--long", "--data-root", "somewhere"])
    assert command.main() == 1
    printed_lines = capsys.readouterr().out.splitlines()
    assert scopes == [Scope(Path("somewhere"), long=True)]
    assert "failed: RuntimeError: no such thing" in printed_lines
    assert printed_lines[-1] == "parts that failed: fails"
    assert printed_lines[-2].startswith("1 of 2 targets met, 1 missed; ")
