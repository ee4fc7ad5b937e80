"""A user's own table and function, from the first command to a prediction; cuts that are drawn for each replicate."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ..conftest import CommandLine

SPACE = """
from study.space import Float, SearchSpace, Variant
SPACE = SearchSpace(
    name="mine", model="net",
    domains={"learning_rate": Float(default=0.01, low=0.001, high=0.1, log=True)},
    variants=(Variant("wide", {"units": 16}),),
)
"""
MODEL = """
from dataclasses import dataclass
from torch import nn

@dataclass(frozen=True)
class Params:
    units: int = 8

def build(params, data):
    return nn.Sequential(nn.Linear(data.shape[0], params.units), nn.ReLU(), nn.Linear(params.units, data.outputs))
"""
DATA = """
import numpy as np

def load():
    inputs = np.random.rand(60, 3)
    return inputs, inputs.sum(axis=1)
"""
TABLE = ("--dataset", "sales.csv", "--target", "price", "--impute", "median")
EPOCHS = (
    "SELECT variant, replicate, epoch, train_loss, validation_loss FROM epoch JOIN trial ON trial.id = epoch.trial "
    "ORDER BY 1, 2, 3"
)


def write_table(path: Path) -> None:
    generator = np.random.default_rng(0)
    ages = generator.integers(18, 80, 90).astype(float)
    cities = generator.choice(["Bern", "Basel"], 90)
    prices = ages + 10 * (cities == "Bern") + generator.normal(size=90)
    ages[generator.choice(90, 5, replace=False)] = np.nan
    pd.DataFrame({"age": ages, "city": cities, "price": prices}).to_csv(path, index=False)


@pytest.fixture
def own(command: CommandLine) -> CommandLine:
    """Returns a command line in a folder with a space, a model, a table and a function."""
    write_table(command.folder / "sales.csv")
    for name, text in (("mine", SPACE), ("net", MODEL), ("data_of_mine", DATA)):
        (command.folder / f"{name}.py").write_text(text)
    return command


def test_a_table_from_the_first_command_to_a_prediction(own: CommandLine) -> None:
    budget = ("--trials", "2", "--replicates", "1", "--epochs", "2")
    said = own.run("run", "mine.py", *TABLE, *budget).stdout
    assert "The target 'price' holds fractions: regression." in said
    assert "5 missing numbers in 'age' become the median of what a trial learns from." in said
    assert (
        "search and ablation trials learn from 63 examples and are validated on 12, final trials learn from 75; the "
        "test split has 15" in " ".join(said.split())
    )
    told = own.run("run", "mine.py", "--dataset", "sales.csv", "--target", "age", status=2).stderr
    assert "--target was 'price', now 'age'" in told
    own.run("run", "mine.py", "--trials", "3", "--epochs", "2")  # nothing about the data is said again
    assert own.query("SELECT count(*), count(DISTINCT study) FROM trial WHERE phase = 'search'") == [(3, 1)]
    write_table(own.folder / "later.csv")
    scored = own.run("predict", "mine", "--dataset", "later.csv").stdout
    assert "on the 15 test examples of later" in scored


def test_a_function_is_found_again_by_resume(own: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--dataset", "data_of_mine.py:load", "--replicates", "1", "--epochs", "2")
    own.run("run", "mine.py", *options, "--trials", "2", "--timeout-total", "0.001")
    source = own.query("SELECT dataset_source FROM plan")[0][0]
    assert source == f"{(own.folder / 'data_of_mine.py').resolve()}:load"
    before = own.query("SELECT count(*) FROM trial WHERE phase = 'search'")[0][0]
    assert before < 2
    own.run("resume", "--timeout-total", "inf")
    assert own.query("SELECT count(*) FROM trial WHERE phase = 'search'") == [(2,)]


def test_each_replicate_of_an_ablation_has_its_cut_and_more_of_them_change_nothing(own: CommandLine) -> None:
    options = ("ablate", "mine.py", "--dataset", "data_of_mine.py:load", "--epochs", "1", "--variants", "wide")
    fixed = ("--storage", f"sqlite:///{own.folder / 'fixed.db'}")
    own.run(*options, "--split-seed", "per-replicate", "--replicates", "1")
    first = own.query(EPOCHS)
    own.run(*options, "--replicates", "2")
    both = own.query(EPOCHS)
    assert [row for row in both if row[1] == 0] == first
    trials = own.query("SELECT id FROM trial ORDER BY 1")
    assert own.query("SELECT split_seed FROM plan") == [("per-replicate",)]
    told = own.run(*options, "--split-seed", "fixed", status=2).stderr
    assert "--split-seed was 'per-replicate', now 'fixed'" in told
    own.run(*options, "--replicates", "2", *fixed)
    with sqlite3.connect(own.folder / "fixed.db") as database:
        assert database.execute("SELECT id FROM trial ORDER BY 1").fetchall() == trials
        shared = database.execute(EPOCHS).fetchall()
    assert {row[:3] for row in shared} == {row[:3] for row in both}
    assert all(one[4] != two[4] for one, two in zip(shared, both, strict=True))


PICTURES = """
import numpy as np

def load():
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 2
    pictures = generator.random((60, 1, 8, 8)).astype(np.float32) * (0.5 + 0.5 * labels.reshape(-1, 1, 1, 1))
    return {"train": (pictures, labels), "test": (pictures[:20].astype(np.float32), labels[:20])}

def bytes():
    return {name: ((255 * x).astype(np.uint8), y) for name, (x, y) in load().items()}
"""


def test_a_functions_floating_pictures_are_answered_as_they_were_learned(command: CommandLine) -> None:
    (command.folder / "shots.py").write_text(PICTURES)
    words = ("--dataset", "shots.py:load", "--epochs", "2", "--trials", "1", "--replicates", "1")
    command.run("run", "cnn", *words, "--set", "width=4", "--set", "hidden_size=8", "--precision", "float32")
    ((tested,),) = command.query("SELECT score FROM test_result")
    scored = json.loads(command.run("predict", "cnn", "--dataset", "shots.py:load", "--json").stdout)
    assert scored["metrics"]["accuracy"] == tested
    refused = command.run("predict", "cnn", "--dataset", "shots.py:bytes", status=2).stderr
    assert "'shots-bytes' holds 8-bit pixels; the models of 'cnn@shots' learned from other numbers" in refused
