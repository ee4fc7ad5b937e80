"""The whole chain, from search to report, on a regression, a macro-F1 study and multilabel data: nobody is accurate."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from study.database import TrialDatabase
from study.status.progress import best_trial
from study.task.predictions import predictions_of, targets_of
from study.trial import Phase

from ..conftest import CommandLine

QUICK = ("--workers", "1", "--precision", "float32", "--set", "hidden_size=32", "--set", "batch_size=32")
ARRAYS = """
import numpy as np

def _draw(count, seed):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(count, 6)).astype(np.float32)
    return generator, x

def rare():
    parts = {}
    for seed, part in enumerate(("train", "test")):
        _, x = _draw(240, seed)
        y = np.where(x[:, 0] > 1.2, "rare", np.where(x[:, 1] > 0, "one", "two"))
        parts[part] = (x, y)
    return parts

def tagged():
    parts = {}
    for seed, part in enumerate(("train", "test")):
        _, x = _draw(240, seed)
        parts[part] = (x, (x[:, :3] > 0).astype(np.uint8))
    return {**parts, "class_names": ("a", "b", "c")}
"""

pytestmark = pytest.mark.usefixtures("unpainted")


def write_table(file: Path, rows: int = 240) -> None:
    """A made table: what a house costs by its size, its age and its quarter."""
    generator = random.Random(0)
    with file.open("w", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(("size", "age", "quarter", "price"))
        for _ in range(rows):
            size, age = generator.uniform(30, 200), generator.uniform(0, 90)
            quarter = generator.choice(("north", "south"))
            price = 2000 * size - 900 * age + (30_000 if quarter == "south" else 0) + generator.gauss(0, 5_000)
            table.writerow((f"{size:.1f}", f"{age:.1f}", quarter, f"{price:.0f}"))


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A regression that was searched by its RMSE, replicated, and ablated in two designs."""
    line = CommandLine(tmp_path_factory.mktemp("priced"))
    write_table(line.folder / "houses.csv")
    data = ("--dataset", "houses.csv", "--target", "price", "--epochs", "4")
    line.run(
        *("run", "mlp", *data, *QUICK, "--objective", "rmse", "--metrics", "mae", "--pruner", "promote"),
        *("--trials", "5", "--replicates", "2"),
    )
    line.run("ablate", "mlp", *data, *QUICK, "--variants", "deeper,batchnorm", "--replicates", "2")
    return line


def opened(line: CommandLine) -> TrialDatabase:
    return TrialDatabase(f"sqlite:///{line.database}", read_only=True)


def test_the_best_of_a_regression_has_the_smallest_error(priced: CommandLine) -> None:
    with opened(priced) as database:
        (plan,) = database.plans()
        trials = database.trials(plan.study)
    assert (plan.task, plan.objective, plan.direction) == ("regression", "rmse", "minimize")
    assert plan.input_shape == (4,)  # two numbers, and a column for each of two quarters
    values = [trial.value for trial in trials if trial.phase is Phase.SEARCH and trial.value is not None]
    best = best_trial(trials, plan.metric)
    assert best is not None
    assert best.value == min(values)
    details = json.loads(priced.run("best", "mlp", "--json").stdout)
    assert (details["metric"]["name"], details["trial"]) == ("rmse", best.optuna_number)


def test_the_predictions_of_a_regression_give_its_scores(priced: CommandLine) -> None:
    ((stored,),) = priced.query("SELECT targets FROM test_split")
    truth = targets_of(stored, "regression", 1)
    tests = priced.query("SELECT predictions, score, metrics, confidences FROM test_result")
    assert len(tests) >= 4
    for predictions, score, metrics, confidences in tests:
        error = predictions_of(predictions, "regression", 1).astype(float) - truth
        assert score == pytest.approx(float(np.sqrt((error**2).mean())), rel=1e-5)
        found = json.loads(metrics)
        assert found.keys() == {"r2", "rmse", "mae"}
        assert found["mae"] == pytest.approx(float(np.abs(error).mean()), rel=1e-5)
        assert confidences is None


def test_an_arm_with_a_smaller_error_helps(priced: CommandLine) -> None:
    shown = json.loads(priced.run("show", "mlp", "--ablation", "--json").stdout)
    rows = {row["arm"]: row for ablation in shown["ablations"] for row in ablation["arms"]}
    scores: dict[str, list[float]] = {}
    for variant, score in priced.query(
        "SELECT variant, score FROM test_result JOIN trial ON trial.id = trial "
        "WHERE phase = 'ablate' ORDER BY replicate"
    ):
        scores.setdefault(variant, []).append(score)
    effect = np.mean(np.array(scores["deeper"]) - np.array(scores["baseline"]))
    assert rows["deeper"]["effect"] == pytest.approx(effect)
    assert rows["deeper"]["score"] == pytest.approx(np.mean(scores["deeper"]))


def test_nothing_that_is_said_of_a_regression_is_of_accuracy(priced: CommandLine, tmp_path: Path) -> None:
    said = [priced.run(*words).stdout for words in (("show", "mlp"), ("best", "mlp"), ("list",))]
    priced.run("report", "--output", str(tmp_path), "--format", "markdown")
    said.append((tmp_path / "report.md").read_text())
    for text in said:
        assert "accura" not in text.lower()
        assert "percentage point" not in text
    assert "root mean squared error" in said[1]
    assert "root mean squared error" in said[-1].lower()


def test_a_regression_answers_a_table(priced: CommandLine) -> None:
    scored: dict[str, Any] = json.loads(priced.run("predict", "mlp", "--dataset", "houses.csv", "--json").stdout)
    assert scored["task"] == "regression"
    assert scored["metrics"].keys() == {"r2", "rmse", "mae"}
    assert len(scored["predictions"]) == scored["examples"]
    first = scored["predictions"][0]
    assert first["lowest"]["price"] <= first["values"]["price"] <= first["highest"]["price"]
    errors = [row["values"]["price"] - row["truth"]["price"] for row in scored["predictions"]]
    assert scored["metrics"]["rmse"] == pytest.approx(float(np.sqrt(np.mean(np.square(errors)))), rel=1e-4)


def test_a_path_of_a_regression_goes_down(priced: CommandLine) -> None:
    data = ("--dataset", "houses.csv", "--target", "price", "--epochs", "4")
    priced.run("ablate", "mlp", *data, *QUICK, "--design", "path", "--replicates", "2")
    validation: dict[str, list[float]] = {}
    for arm, value in priced.query(
        "SELECT arm, value FROM planned_trial JOIN trial ON trial.id = trial "
        "WHERE ablation LIKE 'path%' AND arm LIKE '1.%'"
    ):
        validation.setdefault(arm, []).append(value)
    shown = json.loads(priced.run("show", "mlp", "--ablation", "--json").stdout)
    path = next(ablation["path"] for ablation in shown["ablations"] if ablation["path"])
    first = next(step for step in path if step["step"] == 1)
    assert first["arm"] == min(validation, key=lambda arm: float(np.mean(validation[arm])))


def test_macro_f1_is_what_a_study_goes_by(command: CommandLine, tmp_path: Path) -> None:
    (command.folder / "arrays.py").write_text(ARRAYS)
    data = ("--dataset", "arrays.py:rare", "--epochs", "3")
    words = ("--objective", "macro-f1", "--metrics", "all", "--trials", "3", "--replicates", "2")
    command.run("run", "mlp", *data, *QUICK, *words)
    command.run("ablate", "mlp", *data, *QUICK, "--variants", "class-weights,balanced-sampler", "--replicates", "2")
    names = {"accuracy", "balanced_accuracy", "macro_f1", "auroc", "log_loss"}
    for text, score in command.query("SELECT metrics, validation_score FROM epoch WHERE validation_score IS NOT NULL"):
        found = json.loads(text)
        assert found.keys() == names
        assert score == found["macro_f1"]
    ((stored,),) = command.query("SELECT targets FROM test_split")
    truth = targets_of(stored, "classification", 3)
    for predictions, score in command.query("SELECT predictions, score FROM test_result"):
        said = predictions_of(predictions, "classification", 3)
        parts = [2 * ((said == k) & (truth == k)).sum() / ((said == k).sum() + (truth == k).sum()) for k in range(3)]
        assert score == pytest.approx(float(np.mean(parts)), rel=1e-5)
    command.run("report", "--output", str(tmp_path / "report"), "--format", "markdown")
    assert "macro-F1" in (tmp_path / "report" / "report.md").read_text()


@pytest.mark.slow
def test_multilabel_data_are_searched_tested_and_answered(command: CommandLine, tmp_path: Path) -> None:
    (command.folder / "arrays.py").write_text(ARRAYS)
    data = ("--dataset", "arrays.py:tagged", "--epochs", "6", "--set", "learning_rate=0.01")
    command.run("run", "mlp", *data, *QUICK, "--trials", "2", "--replicates", "1")
    ((task, objective, names),) = command.query("SELECT task, objective, class_names FROM plan")
    assert (task, objective, json.loads(names)) == ("multilabel", "macro_f1", ["a", "b", "c"])
    ((stored,),) = command.query("SELECT targets FROM test_split")
    truth = targets_of(stored, "multilabel", 3)
    for predictions, score in command.query("SELECT predictions, score FROM test_result"):
        said = predictions_of(predictions, "multilabel", 3) >= 0.5
        parts = 2 * (said & (truth == 1)).sum(axis=0) / (said.sum(axis=0) + truth.sum(axis=0))
        assert score == pytest.approx(float(parts.mean()), abs=0.01)  # probabilities are stored in half precision
        assert score > 0.8
    scored = json.loads(command.run("predict", "mlp", "--dataset", "arrays.py:tagged", "--json").stdout)
    assert all(set(row["labels"]) <= {"a", "b", "c"} for row in scored["predictions"])
    command.run("report", "--output", str(tmp_path / "report"), "--format", "markdown")
