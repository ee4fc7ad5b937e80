"""What the sections and figures compute, asserted on the tables themselves."""

from __future__ import annotations

import math

import pytest

from reports.figures import accuracy, discover, search_history, training_loss
from reports.formatting import MISSING
from reports.progress import progress
from reports.sections import accounting, headline, leaderboard, provenance, published, settings
from reports.selection import best_trials, final_trainings, with_roles
from tests.reports.laboratory import BASELINE, NOTEBOOK, Laboratory


def test_pruned_trial_is_never_the_best(finished: Laboratory) -> None:
    best = best_trials(finished.frames()).iloc[0]
    assert best["value"] == 0.985
    assert not best["is_baseline"]


def test_ties_go_to_the_earlier_trial(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.98), ("complete", 0.98), ("complete", 0.97))
    assert best_trials(laboratory.frames())["is_baseline"].tolist() == [True]


def test_overtaken_best_is_counted_apart_and_never_averaged(finished: Laboratory) -> None:
    finished.plan(trials=5)
    finished.search("cnn@mnist", ("complete", 0.99), first=4)
    finished.finals("cnn@mnist", "best", [0.991], number=4)
    frames = finished.frames()
    finals = final_trainings(frames)
    assert finals.groupby("role")["accuracy"].apply(list).to_dict() == {
        "baseline": [0.97, 0.98],
        "best": [0.991],
        "earlier best": [0.98, 0.985],
    }
    rows = accounting.accounting(frames).set_index(["phase", "role"])
    assert rows.loc[("replicate", "earlier best"), "complete"] == 2
    assert math.isnan(rows.loc[("replicate", "earlier best"), "planned"])
    assert rows.loc[("replicate", "best"), ["planned", "complete", "not_begun"]].tolist() == [2, 1, 1]


def test_replicates_of_fewer_epochs_are_earlier(finished: Laboratory) -> None:
    finished.plan(epochs=4)
    finished.finals("cnn@mnist", "baseline", [0.99])
    roles = with_roles(finished.frames())
    counted = roles.loc[roles["phase"] == "replicate", "role"].value_counts().to_dict()
    assert counted == {"best": 2, "earlier baseline": 2, "baseline": 1}


def test_leaderboard_tells_best_and_baseline(finished: Laboratory) -> None:
    table = leaderboard.leaderboard(finished.frames())
    assert table["role"].tolist() == ["best", "baseline"]
    assert table["validation"].tolist() == [0.985, 0.97]
    assert table["test"].tolist() == pytest.approx([0.9825, 0.975])
    assert table["n"].tolist() == [2, 2]
    assert table["seconds"].tolist() == [2.0, 2.0]
    assert table["epochs"].tolist() == [3, 3]
    assert table["inference"].tolist() == pytest.approx([0.0001, 0.0001])
    assert table["watched"].tolist() == [1, 1]
    assert table["reached"].tolist() == [0, 0]
    assert table["to_target"].isna().all()


def test_epochs_to_99_percent_are_the_median_of_all_who_tried(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.995))
    table = leaderboard.leaderboard(laboratory.frames())
    assert table[["to_target", "reached", "watched"]].to_numpy().tolist() == [[3.0, 1.0, 1.0]]


def test_leaderboard_has_one_row_where_the_baseline_is_best(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.98), ("complete", 0.97))
    laboratory.finals(study, "baseline", [0.98, 0.99])
    frames = laboratory.frames()
    assert leaderboard.leaderboard(frames)["role"].tolist() == ["baseline"]
    roles = accounting.accounting(frames).query("phase == 'replicate'")["role"]
    assert roles.tolist() == ["baseline"]


def test_leaderboard_is_ranked_by_validation_accuracy(laboratory: Laboratory) -> None:
    for space, validation, test in (("a", 0.97, 0.999), ("b", 0.98, 0.9)):
        study = laboratory.plan(f"{space}@mnist")
        laboratory.search(study, ("complete", validation))
        laboratory.finals(study, "baseline", [test])
    assert leaderboard.leaderboard(laboratory.frames())["study"].tolist() == ["b@mnist", "a@mnist"]


def test_accounting_counts_every_trial_once(finished: Laboratory) -> None:
    finished.finals("cnn@mnist", "best", [0.9, 0.9, 0.9], number=2, state="running")
    frames = finished.frames()
    table = accounting.accounting(frames)
    states = ["complete", "pruned", "diverged", "failed", "running", "interrupted"]
    assert table[states].to_numpy().sum() == len(frames.trials)
    search = table.set_index(["phase", "role"]).loc[("search", "search")]
    assert search[["planned", "complete", "pruned", "failed"]].tolist() == [3, 1, 1, 1]
    assert table["epochs"].sum() == len(frames.epochs)


def test_losses_stand_beside_the_published_ones(finished: Laboratory) -> None:
    table = published.losses(finished.frames())
    assert table["published"].tolist() == NOTEBOOK["train_losses"]
    # Two baseline replicates: 0.20 and 0.22, divided by the epoch.
    assert table["mean"].tolist() == pytest.approx([0.21, 0.105, 0.07])
    assert table["low"].tolist() == pytest.approx([0.2, 0.1, 0.2 / 3])
    assert table["n"].tolist() == [2, 2, 2]
    assert table["relative"].tolist() == pytest.approx([0.05, 0.05, 0.4])


def test_published_numbers_of_another_dataset_are_not_compared(laboratory: Laboratory) -> None:
    study = laboratory.plan("cnn@digits")
    laboratory.finals(study, "baseline", [0.98])
    frames = laboratory.frames()
    assert published.losses(frames).empty
    assert published.accuracies(frames).empty
    assert set(training_loss.compute(frames)["source"]) == {"ours"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, []),
        ({"epochs": 5}, ["it was trained for 5 epochs, the notebook for 3"]),
        ({"fixed": {"learning_rate": 0.01}}, ["its baseline was changed by learning_rate = 0.01"]),
        ({"fixed": {"learning_rate": 0.001}}, []),
        ({"fixed": {"width": 8}}, ["its baseline was changed by width = 8"]),
        ({"train_size": 2000}, ["it was trained on a subset (2,000 training images)"]),
    ],
)
def test_what_is_not_like_for_like_is_said(
    laboratory: Laboratory, columns: dict[str, object], expected: list[str]
) -> None:
    laboratory.plan(**columns)
    plan = laboratory.frames().plans.to_dict("records")[0]
    assert published.obstacles(plan, NOTEBOOK) == expected


def test_settings_stand_side_by_side(finished: Laboratory) -> None:
    table = settings.settings(finished.frames()).set_index("setting")
    assert table.loc["learning_rate", ["baseline", "best", "published", "changed"]].tolist() == [
        0.001,
        0.003,
        0.001,
        True,
    ]
    # Momentum belongs to sgd, which only the best uses.
    assert table.loc["momentum", ["baseline", "best", "changed"]].tolist() == [None, 0.9, True]
    assert table.loc["bidirectional", ["baseline", "changed"]].tolist() == [BASELINE["bidirectional"], False]


def test_published_settings_ignore_what_the_study_fixed(laboratory: Laboratory) -> None:
    study = laboratory.plan(
        fixed={"optimizer": "sgd", "width": 8}, baseline=BASELINE | {"optimizer": "sgd", "width": 8}
    )
    table = settings.settings(laboratory.frames(study)).set_index("setting")
    assert table.loc["optimizer", ["baseline", "published"]].tolist() == ["sgd", "adam"]
    assert table.loc["momentum", ["baseline", "published"]].tolist() == [0.9, None]
    assert table.loc["width", ["baseline", "published"]].tolist() == [8, None]


def test_history_follows_complete_trials_alone(finished: Laboratory) -> None:
    table = search_history.compute(finished.frames())
    assert table["state"].tolist() == ["complete", "pruned", "complete", "failed"]
    assert table["accuracy"].tolist() == pytest.approx([0.97, 0.999, 0.985, math.nan], nan_ok=True)
    assert table["running_best"].tolist() == [0.97, 0.97, 0.985, 0.985]


def test_accuracy_curves_are_of_the_best(finished: Laboratory) -> None:
    table = accuracy.compute(finished.frames()).set_index(["split", "epoch"])["mean"]
    assert table["validation"].tolist() == pytest.approx([0.945, 0.965, 0.985])
    assert table["training"].iloc[0] == pytest.approx(1 - 0.21 / 4)


def test_a_family_has_one_number_in_every_figure(laboratory: Laboratory) -> None:
    for name in ("lstm@mnist", "cnn@mnist", "cnn@digits"):
        laboratory.search(laboratory.plan(name), ("complete", 0.9))
        laboratory.finals(name, "baseline", [0.9])
    frames = laboratory.frames()
    tables = [table for module in discover() if "number" in (table := module.compute(frames)).columns]
    numbers = [table.groupby("study")["number"].unique().explode().to_dict() for table in tables]
    assert numbers == [{"cnn@mnist": 0, "cnn@digits": 0, "lstm@mnist": 1}] * len(numbers)


def test_test_split_looks_are_counted(finished: Laboratory) -> None:
    assert provenance.looks(finished.frames()).to_dict("records") == [
        {"study": "cnn@mnist", "configurations": 2, "trainings": 4}
    ]


def test_progress_knows_a_time_limit(laboratory: Laboratory) -> None:
    study = laboratory.plan(timeout_seconds=60.0, search_seconds=61.0, replicates=0)
    laboratory.search(study, ("complete", 0.97))
    row = progress(laboratory.frames()).iloc[0]
    assert row["timed_out"]
    assert row["finished"]
    assert "(the time limit ended the search)" in str(headline.section(laboratory.frames()).blocks[1])


def test_missing_values_have_a_sign(laboratory: Laboratory) -> None:
    laboratory.plan()
    rows = settings.section(laboratory.frames()).blocks[0].rows
    assert {row[2] for row in rows} == {MISSING}
