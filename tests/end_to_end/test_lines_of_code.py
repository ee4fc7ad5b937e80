"""A script with a loop of its own becomes a study by at most 25 added lines; the page says what is counted."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest

from ..conftest import CommandLine

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks" / "lines_of_code"


def test_the_script_becomes_a_study_by_25_lines_and_the_page_has_the_count() -> None:
    counting = runpy.run_path(str(FOLDER / "count.py"))
    added, _ = counting["changed"]("as_study.py")
    assert 15 < added <= 25
    assert all(counting["changed"](name)[0] > 2 * added for name in ("with_optuna.py", "with_ray_tune.py"))
    assert counting["table"]() in (ROOT / "docs" / "own-training.md").read_text(encoding="utf-8")
    assert 110 <= len((FOLDER / "script.py").read_text(encoding="utf-8").splitlines()) <= 125


@pytest.mark.usefixtures("unpainted")
def test_the_script_as_a_study_is_searched_tested_and_ablated(command: CommandLine) -> None:
    shutil.copy(FOLDER / "as_study.py", command.folder)
    few = ("--workers", "1", "--replicates", "1", "--epochs", "2")
    told = command.run("run", "as_study.py", *few, "--trials", "1").stdout
    assert "gave other numbers" not in told
    command.run("ablate", "as_study.py", *few)
    assert command.query("SELECT count(*) FROM test_result") == [(1 + 4,)]
    assert command.query("SELECT DISTINCT state FROM trial WHERE phase != 'search'") == [("complete",)]
