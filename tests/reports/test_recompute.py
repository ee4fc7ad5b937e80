"""Every number again, from the database or from the report's own tables, by lines that are not this project's."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.recompute.__main__ import compare
from reports import write_report
from reports.pages.html import to_html
from reports.pages.pictures import Picture
from reports.writing import build
from tests.conftest import CommandLine
from tests.reports import everything
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import METRICS, Laboratory

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "recompute.md"
PROGRAM = ROOT / "benchmarks" / "recompute"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A database with everything, and its report but for the figures."""
    folder = tmp_path_factory.mktemp("everything")
    laboratory = Laboratory(folder)
    everything.fill(laboratory)
    write_report(laboratory.storage, output=folder / "report", formats=["csv"])
    document = build(laboratory.frames())
    pictures = {figure.name: Picture(png=b"", svg=b"<svg/>") for figure in document.figures()}
    (folder / "report" / "report.html").write_text(to_html(document, pictures), encoding="utf-8")
    laboratory.database.close()
    return folder / "studies.db", folder / "report"


def test_no_number_of_any_table_or_command_disagrees(made: tuple[Path, Path]) -> None:
    database, report = made
    line = CommandLine(database.parent)

    def told(*words: str) -> str:
        return line.run(*words, "--storage", str(database)).stdout

    tally = compare(database, report, told)
    assert tally.disagreements == []
    assert tally.uncovered == set()
    assert tally.compared > 10_000


@pytest.mark.parametrize(
    ("file", "column"),
    [("ablation-cnn-mnist-one-at-a-time", "p_holm"), ("leaderboard", "low"), ("trials", "test_score")],
)
def test_a_number_that_was_changed_is_found(made: tuple[Path, Path], tmp_path: Path, file: str, column: str) -> None:
    database, report = made
    tables = tmp_path / "tables"
    tables.mkdir()
    for path in (report / "tables").glob("*.csv"):
        (tables / path.name).write_bytes(path.read_bytes())
    (tmp_path / "report.html").write_bytes((report / "report.html").read_bytes())
    changed = pd.read_csv(tables / f"{file}.csv", dtype=str)
    place = changed[column].first_valid_index()
    changed.loc[place, column] = str(float(changed.loc[place, column]) + 1e-4)
    changed.to_csv(tables / f"{file}.csv", index=False)
    assert any(f", {column}: the report has" in line for line in compare(database, tmp_path).disagreements)


def test_the_program_that_computes_again_has_nothing_of_what_it_checks() -> None:
    for file in PROGRAM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [entry.name for entry in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            roots = {name.partition(".")[0] for name in names}
            assert not roots & {"study", "reports", "search_spaces", "tests"}, file.name


CONTROL = (0.970, 0.972, 0.968, 0.971, 0.969, 0.973)


def moved(by: float, scale: float = 1.0) -> list[float]:
    """Returns the control's scores moved, and a little apart on each seed."""
    return [round(score + by + scale * ((place * 5) % 7 - 3) / 2000, 4) for place, score in enumerate(CONTROL)]


def test_the_lines_of_the_page_find_what_the_report_found(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = laboratory.plan(trials=0, replicates=0)
    arms = (
        Arm("dropout", moved(0.012), changes={"dropout": 0.1}),
        Arm("wide", moved(0.001, 0.2), changes={"width": 48}),
        Arm("tiny", [*moved(-0.02)[:4], "diverged", "failed"], changes={"width": 2}),
        Arm("baseline on other seeds", moved(0, 2), role="noise-floor", first_seed=900),
    )
    ablate(laboratory, study, baseline(*CONTROL), *arms)
    losses = laboratory.plan("mlp@table", metric=METRICS["log_loss"], trials=0, replicates=0, dataset_hash="c" * 64)
    further = (Arm("deep", moved(-0.3), changes={"depth": 3}), Arm("flat", moved(0.001, 3), changes={"depth": 1}))
    ablate(laboratory, losses, baseline(*CONTROL), *further)
    write_report(laboratory.storage, output=tmp_path / "report", formats=["csv"])
    monkeypatch.chdir(tmp_path / "report")
    found = run_page()
    assert "dropout" in capsys.readouterr().out
    tables = [pd.read_csv(file) for file in Path("tables").glob("ablation-*-one-at-a-time.csv")]
    wanted = pd.concat(tables).set_index(["study", "arm"]).sort_index()
    again = found.set_index(["study", "arm"]).sort_index()
    assert list(again.index) == list(wanted.index)
    for column in ("n", "effect", "deviation", "spread", "degrees", "low", "high", "p", "p_holm"):
        assert again[column].tolist() == pytest.approx(wanted[column].tolist(), rel=1e-8, nan_ok=True), column


def run_page() -> pd.DataFrame:
    """Runs the page's lines one block after the other, as a reader pastes them."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    return names["arms"]


def test_the_first_block_of_the_page_has_ten_lines() -> None:
    first = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)[0]
    lines = [line for line in first.splitlines() if line and not line.startswith("import")]
    assert len(lines) <= 10
