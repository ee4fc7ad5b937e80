"""`export`: every table in every form, read back with nothing but the form's own reader."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.csv
import pyarrow.parquet
import pytest
from sqlalchemy import update

from reports.analysis.details import ablation_details
from reports.analysis.scores import METRIC
from reports.export import FORMATS, export_tables
from reports.export.columns import Column, Kind, Table, of_values
from reports.export.computed import COMPUTED
from reports.export.frames import NAMES, frame_of, tables_of
from reports.export.stored import CONFIG, ELSEWHERE
from reports.export.writing import write_tables
from study.database import TrialDatabase, schema
from study.database.whole import WHOLE
from study.task import TaskName
from tests.conftest import CommandLine
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.any_task import EXAMPLES, planned, scored, targets_of
from tests.reports.any_task import NAMES as OUTPUTS
from tests.reports.laboratory import Laboratory

PAGE = Path(__file__).parents[2] / "docs" / "export.md"
LONG_SEED = 2**63 - 1
NUMBERS = (math.nan, math.inf, -math.inf, None, 0.1, -0.0, 5e-324)
TEXTS = ("", None, 'a "quoted", one', "two\nlines", "NaN", "na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve", "007")
ANY = Table(
    "any",
    (
        Column("text", Kind.TEXT, TEXTS),
        Column("integer", Kind.INTEGER, (LONG_SEED, -(2**63), None, 0, 2**53 + 1, 1, 2)),
        Column("float", Kind.FLOAT, NUMBERS),
        Column("boolean", Kind.BOOLEAN, (True, False, None, True, True, False, None)),
        Column("time", Kind.TIME, (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), *[None] * 6)),
        Column("texts", Kind.TEXTS, (("a", "b,c"), (), None, ("",), ("d",), ("e",), ("f",))),
        Column("integers", Kind.INTEGERS, ((1, LONG_SEED), (), None, (0,), (1,), (2,), (3,))),
        Column("json", Kind.JSON, ({"a": ((1, 0.1), (2, 0.2))}, None, {}, [], "x", {"b": None}, {"c": True})),
    ),
)


def read(format: str, path: Path, table: Table) -> dict[str, list[Any]]:
    """Returns a table's columns from its file, as the form's own reader gives them, JSON text read."""
    if format == "json":
        found = json.loads(path.read_text(encoding="utf-8"))["tables"][table.name]
        assert found["columns"] == {column.name: column.kind for column in table.columns}
        return {
            column.name: [_of_json(row[column.name], column.kind) for row in found["rows"]] for column in table.columns
        }
    if format == "parquet":
        data = pyarrow.parquet.read_table(path / f"{table.name}.parquet")
    else:
        kinds = {Kind.TEXT: pyarrow.string(), Kind.INTEGER: pyarrow.int64(), Kind.FLOAT: pyarrow.float64()}
        kinds |= {Kind.BOOLEAN: pyarrow.bool_(), Kind.TIME: pyarrow.timestamp("us", tz="UTC")}
        options = pyarrow.csv.ConvertOptions(
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            column_types={column.name: kinds.get(column.kind, pyarrow.string()) for column in table.columns},
        )
        parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
        data = pyarrow.csv.read_csv(path / f"{table.name}.csv", convert_options=options, parse_options=parsing)
    lists = (Kind.JSON,) if format == "parquet" else (Kind.JSON, Kind.TEXTS, Kind.INTEGERS)
    return {
        column.name: [
            json.loads(value) if column.kind in lists and value is not None else value
            for value in data[column.name].to_pylist()
        ]
        for column in table.columns
    }


def _of_json(value: Any, kind: Kind) -> Any:  # noqa: ANN401 - any JSON value
    if kind is Kind.FLOAT and isinstance(value, str):
        return float(value)
    return datetime.fromisoformat(value) if kind is Kind.TIME and value is not None else value


def same(found: Any, wanted: Any) -> bool:  # noqa: ANN401 - any values
    """Returns whether values are equal in type too; lists stand for tuples, NaN equals NaN and not None."""
    if isinstance(wanted, float):
        return isinstance(found, float) and np.array_equal(np.float64(found).tobytes(), np.float64(wanted).tobytes())
    return json.dumps(found, default=str) == json.dumps(wanted, default=str)


def assert_read_back(format: str, path: Path, table: Table) -> None:
    found = read(format, path, table)
    for column in table.columns:
        pairs = list(zip(found[column.name], column.values, strict=True))
        assert all(same(value, wanted) for value, wanted in pairs), (table.name, column.name, pairs)


@dataclass(frozen=True)
class Whole:
    """A study with one of everything, in the forms that an export makes of it."""

    study: str
    database: TrialDatabase
    tables: list[Table]
    frames: dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    laboratory = Laboratory(tmp_path_factory.mktemp("whole"))
    study = filled(laboratory)
    name, tables = tables_of(laboratory.database, study, predictions=True)
    frames = {table.name: frame_of(table) for table in tables}
    yield Whole(name, laboratory.database, tables, frames)
    laboratory.database.close()


def filled(laboratory: Laboratory) -> str:
    """Fills a study with one of everything: a long seed, tuples, a failure, a re-tuned arm, a stale trial."""
    study = laboratory.plan(seed=LONG_SEED, notes=["a 'note', \"quoted\""])
    laboratory.search(study, ("complete", 0.97), ("pruned", 0.9), ("complete", 0.985), ("failed", None))
    laboratory.finals(study, "baseline", [0.97, 0.98])
    arms = [baseline(0.95, 0.951, 0.952), Arm("wide", (0.96, 0.97, 0.98), changes={"widths": ((8, 0.1), (16, 0.2))})]
    ablate(laboratory, study, *arms, Arm("later", (None, "failed", 0.97), added_later=True))
    child = laboratory.plan("cnn@mnist+wide", parent=study, variant="wide")
    laboratory.search(child, ("complete", 0.96))
    trial = schema.trial
    with laboratory.database.begin() as connection:
        connection.execute(update(trial).where(trial.c.optuna_number == 1).values(seed=LONG_SEED))
        stale = {"stale_at": "2026-01-01T00:00:00.000001+00:00"}
        connection.execute(update(trial).where(trial.c.state == "pruned").values(**stale))
    laboratory.search(laboratory.plan("lstm@mnist"), ("complete", 0.9))  # another study, which no table may hold
    return study


@pytest.mark.parametrize("format", FORMATS)
def test_every_table_is_read_back_as_it_is(format: str, whole: Whole, tmp_path: Path) -> None:
    assert {table.name for table in whole.tables} == set(NAMES)
    write_tables(whole.study, whole.tables, format, tmp_path / "out")
    for table in whole.tables:
        assert_read_back(format, tmp_path / "out", table)


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_lost_of_any_value(format: str, tmp_path: Path) -> None:
    write_tables("a study", [ANY], format, tmp_path / "out")
    assert_read_back(format, tmp_path / "out", ANY)


def test_a_withdrawn_arm_has_the_time_at_which_it_was(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    ablate(laboratory, study, baseline(0.95, 0.951), Arm("wide", (0.96, 0.97)), Arm("deep", (0.96, 0.97)))
    arm = schema.arm
    with laboratory.database.begin() as connection:
        connection.execute(update(arm).where(arm.c.name == "wide").values(withdrawn_at="2026-01-02T03:04:05+00:00"))
    frames = export_tables(laboratory.database, study)
    for table, key in (("effects", "arm"), ("arms", "name")):
        withdrawn = frames[table].set_index(key)["withdrawn_at"]
        assert withdrawn["wide"] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert withdrawn["deep"] is pd.NaT


def test_parquet_has_real_types(whole: Whole, tmp_path: Path) -> None:
    write_tables(whole.study, whole.tables, "parquet", tmp_path)
    schema = pyarrow.parquet.read_schema(tmp_path / "trials.parquet")
    wanted = {
        "seed": "int64",
        "replicate": "int64",
        "value": "double",
        "skip": "bool",
        "state": "string",
        "created_at": "timestamp[us, tz=UTC]",
        "configuration": "string",
        "config.learning_rate": "double",
        "config.bidirectional": "bool",
        "config.optimizer": "string",
    }
    assert {name: str(schema.field(name).type) for name in wanted} == wanted
    studies = pyarrow.parquet.read_schema(tmp_path / "studies.parquet")
    assert str(studies.field("input_shape").type) == "list<element: int64>"


@pytest.mark.parametrize("name", WHOLE)
def test_a_table_has_every_column_of_its_rows(name: str, whole: Whole) -> None:
    elsewhere = ELSEWHERE.get(name, {})
    wanted = [field.name for field in fields(WHOLE[name].kind) if field.name not in elsewhere]
    assert [column for column in whole.frames[name] if not column.startswith(CONFIG)] == wanted
    assert set(elsewhere.values()) <= set(NAMES)


def test_frames_have_the_studys_rows_and_those_of_what_retunes_its_arms(whole: Whole) -> None:
    frames = export_tables(whole.database, "cnn")
    assert list(frames) == [name for name in whole.frames if name != "predictions"]
    assert frames["studies"]["study"].tolist() == ["cnn@mnist", "cnn@mnist+wide"]
    trials = frames["trials"]
    assert set(trials["study"]) == {"cnn@mnist", "cnn@mnist+wide"}
    assert trials["stale_at"].notna().sum() == 1
    assert trials.loc[trials["optuna_number"] == 1, "seed"].tolist() == [LONG_SEED]
    assert [str(trials[name].dtype) for name in ("seed", "replicate", "value", "created_at", "config.momentum")] == [
        *("int64", "Int64", "float64", "datetime64[us, UTC]", "float64")
    ]
    assert trials["configuration"].map(type).eq(dict).all()


def test_metrics_are_told_by_the_objectives_name(whole: Whole) -> None:
    trials, metrics = whole.frames["trials"], whole.frames["metrics"]
    trial = trials.loc[(trials["phase"] == "search") & (trials["study"] == whole.study), "id"].iloc[0]
    found = metrics[(metrics["trial"] == trial) & (metrics["epoch"] == 3)]
    assert found[["split", "metric", "value"]].to_numpy().tolist() == [
        ["train", "loss", pytest.approx(0.1)],
        ["train", "accuracy", pytest.approx(0.975)],
        ["validation", "loss", pytest.approx(0.1)],
        ["validation", "accuracy", pytest.approx(0.97)],
    ]
    tested = metrics[metrics["split"] == "test"]
    assert tested["epoch"].isna().all()
    assert set(tested["trial"]) == set(whole.frames["test_results"]["trial"])


def test_effects_are_those_of_show(whole: Whole) -> None:
    effects = whole.frames["effects"]
    (ablation,) = ablation_details(whole.database, whole.study)["ablations"]
    assert effects["arm"].tolist() == ["wide", "later"]
    for row, wanted in zip(effects.to_dict("records"), ablation["arms"], strict=True):
        for name, value in wanted.items():
            missing = row[name] is None or row[name] is pd.NA or row[name] != row[name]
            assert (None if missing else row[name]) == value, name
    assert effects.loc[0, ["effect", "variants", "verdict"]].tolist() == [
        pytest.approx(1.9),
        2,
        "no evidence",
    ]


def test_every_table_and_column_is_documented(whole: Whole) -> None:
    page = PAGE.read_text()
    for name in NAMES:
        assert f"`{name}`" in page, f"table {name} is not in docs/export.md"
    for name in ("metrics", "predictions", *COMPUTED):
        section = page.split(f"**`{name}`**")[1].split("\n\n")[0]
        for column in whole.frames[name]:
            assert f"`{column}`" in section or column in METRIC, f"{name}.{column} is not in docs/export.md"


@pytest.mark.parametrize("task", ["classification", "multilabel", "regression"])
def test_predictions_stand_beside_the_truth(task: TaskName, laboratory: Laboratory) -> None:
    metric = {"classification": "accuracy", "multilabel": "auroc", "regression": "r2"}[task]
    study = planned(laboratory, "mlp@data", task, metric)
    truth = targets_of(task)
    scored(laboratory, study, task, [0.5, 0.6], [truth, truth])
    found = export_tables(laboratory.database, study, predictions=True)["predictions"]
    names = OUTPUTS[task]
    outputs = 1 if task == "classification" else len(names)
    assert len(found) == 2 * EXAMPLES * outputs
    assert found["example"].max() == EXAMPLES - 1
    assert (found["truth"] == found["prediction"]).all()
    if task == "classification":
        assert found["prediction"].tolist() == 2 * [names[number] for number in truth]
        assert (found["confidence"] == 0.5).all()
    else:
        assert found["output"].tolist() == 2 * EXAMPLES * names
        assert found["prediction"].astype(float).tolist() == 2 * truth.ravel().tolist()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((1, None, 2), Kind.INTEGER),
        ((1, 0.5), Kind.FLOAT),
        ((2**53 + 1, 0.5), Kind.JSON),
        ((True, False), Kind.BOOLEAN),
        ((True, 1), Kind.JSON),
        (("a", 1), Kind.JSON),
        (((1, 2), None), Kind.JSON),
    ],
)
def test_a_hyperparameters_column_has_the_one_type_that_holds_its_values(values: tuple[Any, ...], kind: Kind) -> None:
    column = of_values("config.x", values)
    assert (column.kind, list(column.values)) == (kind, list(values))


def test_the_command_says_what_it_wrote_and_what_it_left_out(command: CommandLine, laboratory: Laboratory) -> None:
    study = filled(laboratory)
    out = command.run("export", "cnn", "--storage", "studies.db", "--predictions").stdout
    assert out == (
        "wrote 22 tables of cnn@mnist (15 trials, 37 epochs, 2 effects) to runs/export/cnn@mnist\n"
        "among the trials 1 is stale, whose column `stale_at` is filled: it counts for nothing\n"
    )
    assert len(list((command.folder / "runs/export/cnn@mnist").glob("*.csv"))) == 22
    again = command.run("export", study, "--storage", "studies.db").stdout.splitlines()
    assert again[1] == "runs/export/cnn@mnist/predictions.csv is of an earlier export; this one has no such table"
    assert again[-1] == "what the tested trials said of each test example is left out; --predictions adds it"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cnn", "--format", "parket"], "--format is one of csv, parquet, json, not 'parket'; did you mean 'parquet'?"),
        (["cmm"], "a study here is one of cnn@mnist, cnn@mnist+wide, not 'cmm'"),
        (
            ["cnn@mnist+wide"],
            "'cnn@mnist+wide' re-tunes an arm of 'cnn@mnist', whose export has it too; export that",
        ),
        (
            ["cnn", "--output", "studies.db"],
            "the export cannot be written to studies.db: File exists; --output names another place",
        ),
        (
            ["cnn", "--format", "json", "--output", "studies"],
            "--format json writes one file, and studies is a folder; --output names a file in it",
        ),
    ],
)
def test_what_cannot_be_exported_is_a_sentence(
    words: list[str], message: str, command: CommandLine, laboratory: Laboratory
) -> None:
    laboratory.plan("cnn@mnist+wide", parent=laboratory.plan(), variant="wide")
    (command.folder / "studies").mkdir()
    said = command.run("export", *words, "--storage", "studies.db", status=2).stderr
    assert said == f"error: {message}\n"
