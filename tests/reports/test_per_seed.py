"""`tables/trials.csv` and `tables/epochs.csv`: what every seed scored, as a reader of the files finds it."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from reports import write_report
from reports.analysis import per_seed
from reports.pages.spreadsheet import numbers_to_csv
from study.trial import Epoch, Phase, Trial, TrialState
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory


def written(laboratory: Laboratory, folder: Path, table: str) -> pd.DataFrame:
    write_report(laboratory.storage, output=folder, formats=["csv"])
    return pd.read_csv(folder / "tables" / f"{table}.csv")


def test_every_trial_of_search_replicates_and_ablation_has_its_row(finished: Laboratory, tmp_path: Path) -> None:
    ablate(finished, "cnn@mnist", baseline(0.97, 0.98), Arm("wide", [0.99, "diverged"]), Arm("later", [0.96, None]))
    table = written(finished, tmp_path, "trials")
    counted = table.groupby(["phase", "arm", "state"]).size().to_dict()
    assert counted == {
        ("search", "baseline", "complete"): 1,
        ("search", "search", "complete"): 1,
        ("search", "search", "failed"): 1,
        ("search", "search", "pruned"): 1,
        ("replicate", "baseline", "complete"): 2,
        ("replicate", "best", "complete"): 2,
        ("ablate", "baseline", "complete"): 2,
        ("ablate", "wide", "complete"): 1,
        ("ablate", "wide", "diverged"): 1,
        ("ablate", "later", "complete"): 1,
        ("ablate", "later", "not begun"): 1,
    }
    wide = table[table["arm"] == "wide"]
    assert wide[["ablation", "design", "setting", "role", "control", "replicate", "seed"]].to_numpy().tolist() == [
        ["one-at-a-time", "one-at-a-time", "fixed", "variant", "baseline", 0, 100],
        ["one-at-a-time", "one-at-a-time", "fixed", "variant", "baseline", 1, 101],
    ]
    first = wide.iloc[0]
    assert first[["test_score", "validation_score", "seconds", "parameters", "epochs", "learned_from"]].tolist() == [
        *(0.99, pytest.approx(0.98), 6.0, 1000, 3, 4000)
    ]
    best = table[(table["phase"] == "replicate") & (table["arm"] == "best")]
    assert best[["test_score", "test_loss", "learned_from"]].to_numpy().tolist() == [
        [0.98, 0.1, 4500],
        [0.985, 0.1, 4500],
    ]
    assert table.loc[table["phase"] == "search", "test_score"].isna().all()


def test_a_trial_that_two_ablations_share_has_a_row_in_each(laboratory: Laboratory, tmp_path: Path) -> None:
    study = laboratory.plan(trials=0, replicates=0)
    ablate(laboratory, study, baseline(0.97), Arm("wide", [0.99]))
    ablate(laboratory, study, baseline(0.98, first_seed=300), Arm("deep", [0.99], first_seed=300), name="second")
    table = written(laboratory, tmp_path, "trials")
    assert table[["ablation", "arm"]].to_numpy().tolist() == [
        *(["one-at-a-time", "baseline"], ["one-at-a-time", "wide"], ["second", "baseline"], ["second", "deep"])
    ]


def test_every_epoch_has_its_row_with_every_metric(laboratory: Laboratory, tmp_path: Path) -> None:
    study = laboratory.plan()
    trial = Trial(study, Phase.SEARCH, "baseline", laboratory.configuration(0), 0, 3, number=0)
    machine = {"device": "cpu", "precision": "float32", "threads": 1}
    laboratory.database.begin_trial(trial, worker=0, environment=laboratory.environment, machine=machine)
    for number in (1, 2):
        metrics = {"accuracy": (80 + number) / 100, "macro_f1": None if number == 1 else 0.75}
        epoch = Epoch(number, 0.5, 0.8, 0.4, metrics["accuracy"], 0.001, 2.5, metrics)
        laboratory.database.record_epochs({trial.id: epoch})
    laboratory.database.finish_trial(trial.id, TrialState.COMPLETE, value=0.82)
    alone = laboratory.plan("lstm@mnist")
    laboratory.search(alone, ("complete", 0.9))
    table = written(laboratory, tmp_path, "epochs")
    others = table[table["trial"] != trial.id]
    assert (
        others["validation_accuracy"].tolist()
        == others["validation_score"].tolist()
        == pytest.approx([0.86, 0.88, 0.9])
    )
    table = table[table["trial"] == trial.id]
    assert table.drop(columns="trial").to_dict("list") == {
        "epoch": [1, 2],
        "train_loss": [0.5, 0.5],
        "train_score": [0.8, 0.8],
        "validation_loss": [0.4, 0.4],
        "validation_score": [0.81, 0.82],
        "seconds": [2.5, 2.5],
        "processor_seconds": [pytest.approx(float("nan"), nan_ok=True)] * 2,
        "validation_accuracy": [0.81, 0.82],
        "validation_macro_f1": [pytest.approx(float("nan"), nan_ok=True), 0.75],
    }
    assert table["trial"].tolist() == [trial.id, trial.id]


def test_numbers_are_written_in_full_and_headings_survive_any_name() -> None:
    table = pd.DataFrame({"trial": ["0" * 16, 'a "b", c'], 'odd, "name"': [0.1 + 0.2, None]})
    first, *rows = csv.reader(numbers_to_csv(table).decode("utf-8-sig").splitlines())
    assert first == ["trial", 'odd, "name"']
    assert rows == [["0" * 16, "0.30000000000000004"], ['a "b", c', ""]]


def test_an_empty_database_has_empty_tables(laboratory: Laboratory) -> None:
    frames = laboratory.frames()
    assert per_seed.trials(frames).empty
    assert per_seed.epochs(frames).empty
