"""Mistakes that were once made: each test is one that a user would have met."""

from __future__ import annotations

import json
import math
import sqlite3
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from study.catalog import load_model, load_space
from study.cli.output import emit
from study.database import TrialDatabase, folder_of, shown_url
from study.errors import StudyError
from study.method import Budget, Method
from study.prepare.request import Request, check_request
from study.prepare.resume import restore, with_budget
from study.prepare.validation import check_space, parse_settings
from study.recipe import Recipe
from study.space import Choice, Float, Int, SearchSpace, Variant

from .conftest import CommandLine
from .plans import plan_for
from .rows import plan_row

SPACE_FILE = "from study.space import Int, SearchSpace\nSPACE = SearchSpace(name={name!r}, model='cnn', domains={{}})\n"


def refusal(space: SearchSpace) -> str:
    with pytest.raises(StudyError) as caught:
        check_space(space, load_model(space.model))
    return str(caught.value)


def test_space_files_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "space.py").write_text(SPACE_FILE.format(name=name))
    assert [load_space(str(tmp_path / name / "space.py")).name for name in ("one", "two")] == ["one", "two"]


@pytest.mark.parametrize("name", ["random.py", "my-space.v2.py"])
def test_a_space_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SPACE_FILE.format(name="mine"))
    assert load_space(str(tmp_path / name)).name == "mine"
    # A worker starts with the same path: there, `import random` must be Python's own.
    assert sys.path.index(sysconfig.get_path("stdlib")) < sys.path.index(str(tmp_path))


def test_a_space_files_neighbour_with_the_name_of_this_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "space.py").write_text(SPACE_FILE.format(name="mine"))
    (tmp_path / "study.py").touch()
    with pytest.raises(StudyError, match=r"study\.py has the name of a package of this program; rename it"):
        load_space(str(tmp_path / "space.py"))


def test_a_password_in_a_urls_query_is_hidden() -> None:
    assert "hunter2" not in shown_url("postgresql+psycopg://host/db?user=u&password=hunter2")
    with pytest.raises(StudyError) as caught:
        shown_url("postgres://host/db?password=hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_database_whose_driver_is_missing_is_refused_in_a_sentence() -> None:
    with pytest.raises(StudyError, match=r"^storage mysql\+pymysql needs the package 'pymysql'; install it first$"):
        TrialDatabase("mysql+pymysql://user:secret@host/name")


def test_databases_never_share_their_files() -> None:
    urls = ("sqlite:///a/s.db", "sqlite:///a/s.sqlite", "sqlite:///a/s", "postgresql://h:1/s", "postgresql://h:2/s")
    assert len({folder_of(url) for url in urls}) == len(urls)


def test_a_database_of_another_schema_version_is_left_as_it_is(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'old.db'}"
    TrialDatabase(storage).close()
    connection = sqlite3.connect(tmp_path / "old.db")
    connection.executescript("UPDATE schema_version SET version = 0; DROP TABLE test_result;")
    connection.close()
    with pytest.raises(StudyError, match="has schema version 0, this program writes version 5"):
        TrialDatabase(storage)
    connection = sqlite3.connect(tmp_path / "old.db")
    assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'test_result'").fetchall() == []
    connection.close()


def test_a_renamed_space_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "space.py"
    path.write_text(SPACE_FILE.format(name="before"))
    row = plan_row(replace(plan_for(load_space(str(path))), source=str(path)))
    path.write_text(SPACE_FILE.format(name="after"))
    with pytest.raises(StudyError, match="space was 'before', now 'after'"):
        restore(row)


def test_a_setting_that_switches_a_condition_off_is_no_contradiction() -> None:
    space = SearchSpace(
        name="deep",
        model="lstm",
        domains={
            "layers": Int(default=2, low=1, high=3),
            "dropout": Float(default=0.3, low=0.0, high=0.5, when={"layers": (2, 3)}),
        },
        variants=(Variant("shallow", {"layers": 1}),),
    )
    model = load_model("lstm")
    check_space(space, model)
    fixed = parse_settings(["layers=1"], space, model)
    assert replace(plan_for(space), fixed=fixed).baseline["dropout"] == 0.0
    assert parse_settings(["dropout=0.2"], space, model) == {"dropout": 0.2}


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_training_takes_what_is_not_finite(value: float) -> None:
    with pytest.raises(StudyError, match="learning_rate is above 0 and finite"):
        Recipe(learning_rate=value)
    with pytest.raises(StudyError, match="weight_decay is at least 0 and finite"):
        Recipe(weight_decay=value)


def test_a_space_is_refused_for_values_that_no_training_could_use() -> None:
    optimizer = SearchSpace(
        name="s", model="cnn", domains={"optimizer": Choice(default="adam", choices=("adam", "admw"))}
    )
    assert (
        refusal(optimizer)
        == "space 's', domain 'optimizer': optimizer is one of adam, adamw, sgd, not 'admw'; did you mean 'adamw'?"
    )
    dropout = SearchSpace(name="s", model="cnn", domains={"dropout": Float(default=0.0, low=0.0, high=1.5)})
    assert refusal(dropout) == "space 's', domain 'dropout': dropout is in [0, 1), not 1.5"
    twice = (Variant("a", {"width": 16}), Variant("a", {"width": 48}))
    assert (
        refusal(SearchSpace(name="s", model="cnn", domains={}, variants=twice)) == "Space 's' has 2 variants named 'a'"
    )


def test_a_setting_given_twice_is_refused() -> None:
    with pytest.raises(StudyError, match="--set fixes 'width' once, not to 16 and to 24 as well"):
        parse_settings(["width=16", "width=24"], load_space("cnn"), load_model("cnn"))


def test_a_time_limit_that_is_not_given_again_stays() -> None:
    plan = replace(plan_for(load_space("cnn")), budget=Budget(timeout=60.0), method=Method())
    assert with_budget(plan).budget.timeout == 60.0
    assert with_budget(plan, limits={"timeout": math.inf}).budget.timeout == math.inf


def test_a_parameter_that_may_be_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "optional_model.py").write_text(
        "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Params:\n    size: int | None = None\n\n"
        "def build(params, classes):\n    raise AssertionError\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        StudyError,
        match=r"'size' is of type int \| None; a parameter is bool, int, float, str, a Literal, or a tuple of these",
    ):
        load_model("optional_model")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": -5.0}, "--timeout is above 0 seconds, or inf for no limit, not -5"),
        ({"timeout": math.nan}, "--timeout is above 0 seconds, or inf for no limit, not nan"),
        ({"seed": 2**64}, "--seed is a whole number of 64 bits, not 18446744073709551616"),
    ],
)
def test_numbers_that_no_study_could_use_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as caught:
        check_request(Request(storage="sqlite:///runs/studies.db", data_root=Path("data"), **options))
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["", "a@b", "a+b", "a,b"])
def test_a_spaces_name_can_be_told_from_a_studys(name: str) -> None:
    with pytest.raises(StudyError) as caught:
        SearchSpace(name=name, model="cnn", domains={})
    assert str(caught.value) == f"a space's name is not empty and has no '@', '+' or ',', not {name!r}"


def test_json_has_no_infinity(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"timeout_seconds": math.inf, "rows": [{"loss": math.nan, "accuracy": 0.5}]})
    assert json.loads(capsys.readouterr().out) == {"timeout_seconds": None, "rows": [{"loss": None, "accuracy": 0.5}]}


def test_where_nothing_is_tuned_the_baseline_is_tried_once(command: CommandLine) -> None:
    """More would be the baseline on other seeds, and the luckiest would count as the best."""
    (command.folder / "small.py").write_text(SPACE_FILE.format(name="small"))
    words = ("small.py", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0")
    command.run("run", *words, "--trials", "3")
    assert command.query("SELECT variant, state FROM trial") == [("baseline", "complete")]
    assert "nothing to do, 1 of 1 search trials" in command.run("run", *words, "--trials", "3").stdout


def test_a_folder_named_like_a_data_set_is_not_taken_for_it_and_workers_are_kept(command: CommandLine) -> None:
    (command.folder / "digits").mkdir()
    (command.folder / "small.py").write_text(SPACE_FILE.format(name="small"))
    words = ("run", "small.py", "--dataset", "digits", "--train-size", "100", "--epochs", "1")
    command.run(*words, "--workers", "1", "--replicates", "1")
    command.run(*words, "--replicates", "2")
    assert command.query("SELECT dataset_source, workers FROM plan") == [("digits", 1)]


def test_a_data_sets_folder_may_have_a_comma_and_is_found_from_anywhere(command: CommandLine) -> None:
    for label in ("yes", "no"):
        folder = command.folder / "one, two" / label
        folder.mkdir(parents=True)
        for number in range(12):
            grey = 200 if label == "yes" else 20 + number
            Image.new("L", (28, 28), grey).save(folder / f"{number}.png")
    (command.folder / "small.py").write_text(SPACE_FILE.format(name="small"))
    command.run("run", "small.py", "--dataset", "one, two", "--epochs", "1", "--replicates", "0")
    assert command.query("SELECT dataset_source FROM plan") == [(str((command.folder / "one, two").resolve()),)]


def test_a_grid_smaller_than_the_budget_ends_and_counts_as_finished(command: CommandLine) -> None:
    (command.folder / "small.py").write_text(
        "from study.space import Choice, SearchSpace\n"
        "WIDTHS = Choice(default=8, choices=(8, 16, 24))\n"
        "SPACE = SearchSpace(name='small', model='cnn', domains={'hidden_size': WIDTHS})\n"
    )
    words = ("run", "small.py", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0")
    command.run(*words, "--sampler", "grid", "--pruner", "none")
    found = command.query("SELECT json_extract(configuration, '$.hidden_size') FROM trial ORDER BY 1")
    assert [width for (width,) in found] == [8, 8, 16, 24]  # the baseline, then every point
    assert "nothing to do, 4 of 4 search trials" in command.run(*words).stdout
