"""One report of the studies of several trial databases, which stand side by side and are never merged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from reports import ReportError, write_report
from reports.analysis.effects import effects
from reports.analysis.finals import finals
from reports.analysis.frames import load
from reports.analysis.progress import progress
from reports.analysis.storages import labels_of, load_all
from reports.findings.comparison import comparisons, storage_option
from reports.sections.accounting import accounting
from reports.sections.leaderboard import leaderboard
from reports.sections.provenance import environments, looks
from reports.writing import build
from study.errors import StudyError
from study.trial import TestImage
from tests.conftest import CommandLine
from tests.reports.laboratory import Laboratory
from tests.reports.longer import STUDY, fill

OLDER = Path(__file__).parents[1] / "databases"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Laboratory, Laboratory]]:
    """Two databases with a study of one name, of other results, and one that each has alone; only read from."""
    folder = tmp_path_factory.mktemp("two")
    made = []
    for name, score in (("a", 0.95), ("b", 0.9)):
        (folder / name).mkdir()
        laboratory = Laboratory(folder / name)
        fill(laboratory, score)
        laboratory.plan(f"lstm@{name}", dataset=name)
        laboratory.search(f"lstm@{name}", ("complete", 0.5))
        laboratory.database.save_test_images("b" * 64, [TestImage(3, 1, 1, 1, b"x")])
        laboratory.database.fold()
        made.append(laboratory)
    yield made[0], made[1]
    for laboratory in made:
        laboratory.database.close()


def test_a_name_that_both_have_is_told_apart_and_others_are_as_they_were(two: tuple[Laboratory, Laboratory]) -> None:
    frames = load_all([laboratory.storage for laboratory in two])
    assert sorted(frames.plan_rows) == [
        "cnn@mnist (a/studies.db)",
        "cnn@mnist (b/studies.db)",
        "lstm@a",
        "lstm@b",
    ]
    assert frames.plans["study"].tolist() == list(frames.plan_rows)
    assert frames.trials["trial"].is_unique
    assert len(frames.trials) == sum(len(laboratory.frames().trials) for laboratory in two)
    assert len(frames.images) == 1, "pictures belong to the data"
    assert len(frames.environments) == 1, "and a machine to nobody"
    assert environments(frames).query("item == 'trials'")["value"].tolist() == [str(len(frames.trials))]


@pytest.mark.parametrize("compute", [leaderboard, effects, finals, accounting, progress, looks])
def test_every_study_has_the_numbers_that_it_has_alone(two: tuple[Laboratory, Laboratory], compute: object) -> None:
    assert callable(compute)
    table = compute(load_all([laboratory.storage for laboratory in two]))
    for laboratory, label in zip(two, ("a/studies.db", "b/studies.db"), strict=True):
        alone = compute(laboratory.frames())
        alone["study"] = alone["study"].replace(STUDY, f"{STUDY} ({label})")
        mine = table[table["study"].isin(alone["study"])]
        assert len(mine) == len(alone) > 0
        keys = [name for name in ("study", "phase", "role", "arm", "name") if name in alone]
        pd.testing.assert_frame_equal(
            mine.sort_values(keys, ignore_index=True), alone.sort_values(keys, ignore_index=True), check_dtype=False
        )


@pytest.mark.slow
def test_commands_name_the_study_and_the_database_that_it_is_in(two: tuple[Laboratory, Laboratory]) -> None:
    frames = load_all([laboratory.storage for laboratory in two])
    assert storage_option(frames, "cnn@mnist (b/studies.db)") == ["--storage", two[1].storage]
    assert storage_option(frames) == ["--storage", two[0].storage, "--storage", two[1].storage]
    page = str(build(frames))
    assert f"final cnn@mnist --baseline --epochs 6 --storage {two[0].storage}" in page
    assert f"final cnn@mnist --baseline --epochs 6 --storage {two[1].storage}" in page
    assert "cnn@mnist (a/studies.db) --baseline" not in page


@pytest.mark.usefixtures("unpainted")
def test_one_page_tells_of_both_and_changes_neither(two: tuple[Laboratory, Laboratory], tmp_path: Path) -> None:
    files = [Path(laboratory.storage.removeprefix("sqlite:///")) for laboratory in two]
    before = [file.read_bytes() for file in files]
    write_report([laboratory.storage for laboratory in two], output=tmp_path / "out", formats=("markdown", "html"))
    page = (tmp_path / "out" / "report.md").read_text()
    assert "Their studies stand side by side and are never merged." in page
    assert "cnn@mnist (a/studies.db)" in page
    assert "cnn@mnist (b/studies.db)" in page
    assert [file.read_bytes() for file in files] == before


def test_data_of_one_name_and_other_contents_are_two_data_sets(
    two: tuple[Laboratory, Laboratory], laboratory: Laboratory
) -> None:
    laboratory.plan("mlp@mnist", dataset_hash="c" * 64)
    labels = labels_of([two[0].storage, laboratory.storage]).values()
    frames = load_all([two[0].storage, laboratory.storage])
    assert sorted(set(frames.plans["dataset"])) == ["a", *sorted(f"mnist ({label})" for label in labels)]
    assert {plan.dataset for plan in frames.plan_rows.values()} == set(frames.plans["dataset"])
    same = load_all([laboratory.storage for laboratory in two], ["cnn@mnist"])
    assert set(same.plans["dataset"]) == {"mnist"}


def test_studies_may_be_named_wherever_they_are(two: tuple[Laboratory, Laboratory]) -> None:
    storages = [laboratory.storage for laboratory in two]
    assert list(load_all(storages, ["lstm@b"]).plan_rows) == ["lstm@b"]
    assert sorted(load_all(storages, ["cnn"]).plan_rows) == ["cnn@mnist (a/studies.db)", "cnn@mnist (b/studies.db)"]
    with pytest.raises(StudyError, match="a study here is one of cnn@mnist, lstm@a, lstm@b, not 'mlp'"):
        load_all(storages, ["mlp"])


def test_a_database_is_named_once(two: tuple[Laboratory, Laboratory]) -> None:
    path = two[0].storage.removeprefix("sqlite:///")
    with pytest.raises(ReportError, match=r"--storage names each database once; .* was given twice"):
        load_all([two[0].storage, path])


def test_one_database_in_a_list_is_that_database(two: tuple[Laboratory, Laboratory]) -> None:
    assert list(load_all([two[0].storage]).plan_rows) == list(load(two[0].storage).plan_rows) == [STUDY, "lstm@a"]


def test_labels_are_the_shortest_that_differ() -> None:
    labels = labels_of(["sqlite:////x/a.db", "sqlite:////x/b.db"])
    assert list(labels.values()) == ["a.db", "b.db"]
    labels = labels_of(["sqlite:////x/runs/a.db", "sqlite:////y/runs/a.db", "postgresql+psycopg://u:p@host/lab"])
    assert list(labels.values()) == ["x/runs/a.db", "y/runs/a.db", "postgresql+psycopg/host/lab"]


def test_a_claim_is_about_the_first_database(two: tuple[Laboratory, Laboratory]) -> None:
    for first, second in (two, two[::-1]):
        frames = load_all([first.storage, second.storage])
        (found,) = [
            one for one in comparisons(frames, list(frames.plan_rows), ("cnn", "lstm")) if one.dataset == "mnist"
        ]
        assert frames.origins[found.studies[0]].storage == first.storage


@pytest.mark.cases(2)
@pytest.mark.parametrize("script", sorted(OLDER.glob("version_*.sql")), ids=lambda script: script.stem)
def test_an_older_database_stands_beside_a_new_one(
    two: tuple[Laboratory, Laboratory], tmp_path: Path, script: Path
) -> None:
    older = tmp_path / "older.db"
    with sqlite3.connect(older) as connection:
        connection.executescript(script.read_text())
    connection.close()
    before = older.read_bytes()
    alone, frames = load(f"sqlite:///{older}"), load_all([f"sqlite:///{older}", two[0].storage])
    assert len(frames.trials) == len(alone.trials) + len(two[0].frames().trials)
    assert len(frames.plan_rows) == len(alone.plan_rows) + 2
    assert not leaderboard(frames).empty
    assert older.read_bytes() == before


@pytest.mark.slow
def test_the_command_takes_several(two: tuple[Laboratory, Laboratory], command: CommandLine) -> None:
    words = [word for laboratory in two for word in ("--storage", laboratory.storage)]
    out = command.run("report", "cnn", *words, "--output", "out", "--format", "csv").stdout
    assert "files to out" in out
    rows = pd.read_csv(command.folder / "out" / "tables" / "leaderboard.csv")
    assert set(rows["study"]) == {"cnn@mnist (a/studies.db)", "cnn@mnist (b/studies.db)"}
    stderr = command.run("report", *words, *words[:2], status=2).stderr
    assert "error: --storage names each database once" in stderr
