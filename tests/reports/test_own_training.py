"""Reports of studies whose models train and score themselves: nothing is claimed of data and examples not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.analysis.metrics import metrics
from reports.formatting import effect_interval, score_interval, seconds
from reports.pages.markdown import to_markdown
from reports.sections import leaderboard, provenance
from reports.writing import build
from study.task import OWN, Metric
from study.trial import Epoch, Phase, TestResult, Trial, TrialState
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import ACCURACY, Laboratory

REWARD = Metric("reward", "maximize")
LOADED = {
    "dataset_source": OWN,
    "commands": ["python -m study run noisy.py"],
    "dataset_hash": "e" * 64,
    "task": OWN,
    "input_shape": [],
    "class_names": [],
    "published": None,
    **dict.fromkeys(("train_examples", "validation_examples", "test_examples", "final_examples"), 0),
}


def own_study(laboratory: Laboratory, study: str = "noisy@own", metric: Metric = REWARD, **columns: object) -> str:
    """Fills a study with a search trial and two replicates that tell no training loss, rate or predictions."""
    about = LOADED if study.endswith("@own") else {}
    laboratory.plan(study, metric=metric, own_training=True, trials=1, **(about | columns))
    machine = {"device": "cpu", "precision": "own", "threads": 1}
    configuration = laboratory.configuration(0)
    search = Trial(study, Phase.SEARCH, "baseline", configuration, 1, 1, number=0)
    finals = [Trial(study, Phase.REPLICATE, "baseline", configuration, 5 + n, 1, replicate=n) for n in range(2)]
    for place, trial in enumerate([search, *finals]):
        laboratory.database.begin_trial(trial, worker=0, environment=laboratory.environment, machine=machine)
        score = 0.5 + 0.1 * place
        told = {metric.name: score, "train/loss": 2.0, "tokens": 7.0}
        epoch = Epoch(
            number=1,
            train_loss=None,
            train_score=None,
            validation_loss=None,
            validation_score=score,
            learning_rate=None,
            seconds=0.0027,
            metrics=told,
        )
        laboratory.database.record_epochs({trial.id: epoch})
        result = TestResult(loss=None, score=score, predictions=None, confidences=None, seconds=0.1)
        value = {"value": score} if trial is search else {"result": result}
        laboratory.database.finish_trial(trial.id, TrialState.COMPLETE, **value)
    return study


def test_nothing_is_said_of_data_that_the_model_loads_itself(laboratory: Laboratory) -> None:
    study = own_study(laboratory)
    ablate(laboratory, study, baseline(*[0.5] * 6), Arm("fast", [0.6] * 6))
    page = to_markdown(build(laboratory.frames()))
    assert "(0.5000 validation reward)" in page
    assert "Its test reward is 0.6500 (" in page
    for wrong in ("0 examples", "inf", "test split (", "from training and validation", "McNemar", "## Mistakes"):
        assert wrong not in page
    for wrong in ("--dataset own", "'measure' returns", "train/loss", "Inference", "Learned from"):
        assert wrong not in page
    assert "No complete trial of a baseline tells a training loss" in page
    assert "noisy@own: the model's code loads the data, and this program neither counts nor checks it." in page
    assert "are all trained alike, by the model's 'train(run)'; those" in page
    (row,) = provenance.data(laboratory.frames()).to_dict("records")
    assert row["dataset_source"] == OWN
    assert row["dataset_hash"] is None


def test_a_study_with_data_tells_what_it_was_given_beside_one_that_this_program_trains(laboratory: Laboratory) -> None:
    study = own_study(laboratory, "hand@digits", ACCURACY, final_examples=4000, dataset_hash="c" * 64)
    ablate(laboratory, study, baseline(*[0.5] * 2), Arm("fast", [0.6] * 2))
    laboratory.database.save_test_split("c" * 64, bytes(1000))
    laboratory.plan("cnn@mnist")
    laboratory.search("cnn@mnist", ("complete", 0.9))
    laboratory.finals("cnn@mnist", "baseline", [0.9, 0.91])
    frames = laboratory.frames()
    table = leaderboard.leaderboard(frames).set_index("study")
    assert table["learned_from"].to_dict() == {study: 4000, "cnn@mnist": 4500}
    assert table["inference"].isna().to_dict() == {study: True, "cnn@mnist": False}
    assert table["wilson_low"].isna().to_dict() == {study: True, "cnn@mnist": False}
    page = to_markdown(build(frames))
    assert "hand@digits: the model trains itself and scores itself." in page
    assert "with 4,000 images of the training split" in page


def test_what_is_told_of_the_training_split_has_a_column_and_no_row_of_its_own(laboratory: Laboratory) -> None:
    own_study(laboratory)
    table = metrics(laboratory.frames()).set_index("metric")
    assert table.index.tolist() == ["reward", "tokens", "loss"]
    assert table["metric_direction"].fillna("-").tolist() == ["maximize", "-", "minimize"]
    assert table.loc["loss", "best_train"] == 2.0
    page = to_markdown(build(laboratory.frames()))
    assert "Of a number that is told without being declared" in page
    assert "Best, training" in page


def test_two_models_that_load_their_own_data_are_not_ranked_together(laboratory: Laboratory) -> None:
    own_study(laboratory)
    own_study(laboratory, "other@own")
    assert leaderboard.leaderboard(laboratory.frames())["dataset"].tolist() == ["noisy's data", "other's data"]


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (3.5, 3.7, "+3.50 to +3.70"),
        (3.5999, 3.6001, "+3.5999 to +3.6001"),
        (3.6, 3.6 + 1e-14, "no interval: all seeds alike"),
    ],
)
def test_the_ends_of_an_interval_look_different_unless_they_are_one_number(low: float, high: float, shown: str) -> None:
    assert effect_interval(3.6, low, high, REWARD) == shown


def test_an_interval_of_scores_has_the_digits_that_tell_its_ends_apart() -> None:
    assert score_interval(0.12341, 0.12342, REWARD) == "0.12341 to 0.12342"
    assert score_interval(0.99001, 0.99002, ACCURACY) == "99.001 to 99.002 %"
    assert score_interval(0.5, 0.5, replace(REWARD, unit="fraction")) == "no interval: all seeds alike"


def test_seconds_of_short_trials_are_not_nothing() -> None:
    assert [seconds(value) for value in (0.0, 0.00271, 0.25, 12.345)] == ["0.0", "0.0027", "0.25", "12.3"]
