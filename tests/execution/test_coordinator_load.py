"""The benchmark of the coordinator runs, and prints what it measured."""

from __future__ import annotations

import sys

import pytest

from benchmarks.coordinator_load.__main__ import main


@pytest.mark.parametrize("queue", ["planned", "random:promote", pytest.param("tpe:median", marks=pytest.mark.slow)])
def test_it_prints_a_row_for_each_case(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], queue: str
) -> None:
    words = ["coordinator_load", "--workers", "2,3", "--stored", "4", "--queue", queue, "--epochs", "3"]
    monkeypatch.setattr(sys, "argv", [*words, "--rounds", "1", "--seconds", "20"])
    main()
    out = capsys.readouterr().out
    rows = [line.split() for line in out.splitlines() if line.startswith(queue)]
    assert [row[1:3] for row in rows] == [["4", "2"], ["4", "3"]]
    assert all(float(row[3].replace(",", "")) > 0 for row in rows)
    assert "most memory of this process" in out
