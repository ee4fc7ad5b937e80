"""What the commands tell of stored studies, worked out by hand from a small database."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from study.catalog import load_model, load_space
from study.cli.show import best, list_studies, show
from study.cli.tables import print_best, print_study
from study.database import TrialDatabase, place_of
from study.errors import StudyError
from study.interface.effects import best_of_study
from study.options.method import Budget
from study.plan import DatasetFacts, Plan
from study.status.details import best_details, fruitless, list_rows, study_details
from study.status.intervals import t_interval
from study.trial import Epoch, Scalar, TestResult, Trial, TrialState

from ..examples import examples
from ..plans import FACTS
from ..scoring import ACCURACY

METRIC = ACCURACY.columns()

MACHINE: dict[str, Any] = {"device": "cpu", "precision": "float32", "threads": 1}
ENVIRONMENT: dict[str, Any] = {
    "python": "3.13.0",
    "packages": {},
    "platform": "Linux",
    "processor": "a processor",
    "cores": 2,
    "memory_bytes": 8 * 2**30,
    "accelerator": None,
    "code_version": "0.1.0",
    "git_commit": None,
}


class Laboratory:
    """A study in a database, filled by hand."""

    def __init__(
        self,
        folder: Path,
        *,
        space: str = "cnn",
        facts: DatasetFacts = FACTS,
        fixed: Mapping[str, Scalar] | None = None,
    ) -> None:
        loaded = load_space(space)
        self.plan = Plan(
            space=loaded,
            source=space,
            dataset=facts,
            model=load_model(loaded.model),
            fixed=fixed or {},
            budget=Budget(trials=4, epochs=2, replicates=2),
        )
        self.storage = f"sqlite:///{folder / 'studies.db'}"
        self.database = TrialDatabase(self.storage)
        self.save_plan()
        self.environment = self.database.save_environment(ENVIRONMENT)

    def save_plan(self, **columns: Any) -> None:  # noqa: ANN401 - columns of the plan table
        asked = {"code_version": "0.1.0", "commands": ["python -m study run cnn"]}
        self.database.save_plan(self.plan.columns() | asked | columns)

    def train(self, trial: Trial, accuracies: tuple[float, ...], *, final: bool = False) -> None:
        self.database.begin_trial(trial, worker=0, environment=self.environment, machine=MACHINE)
        for number, accuracy in enumerate(accuracies, start=1):
            validation = (None, None) if final else (0.5, accuracy)
            self.database.record_epochs({trial.id: Epoch(number, 0.4, accuracy, *validation, 0.001, 1.5)})

    def search(
        self,
        number: int,
        *accuracies: float,
        state: TrialState = TrialState.COMPLETE,
        **values: Any,  # noqa: ANN401
    ) -> Trial:
        trial = self.plan.search_trial(number, values)
        self.train(trial, accuracies)
        value = accuracies[-1] if state is TrialState.COMPLETE else None
        self.database.finish_trial(trial.id, state, value=value, parameters=100 + number)
        return trial

    def save_labels(self, counts: list[int]) -> None:
        """Store a test split with so many examples of each class."""
        labels = b"".join(bytes([label]) * count for label, count in enumerate(counts))
        self.database.save_test_split(self.plan.dataset.content_hash, labels)

    def replicate(self, variant: str, configuration: Any, *tests: float) -> list[Trial]:  # noqa: ANN401
        trials = self.plan.replicates(variant, configuration)[: len(tests)]
        for trial, accuracy in zip(trials, tests, strict=True):
            self.train(trial, (0.8, 0.9), final=True)
            result = TestResult(0.1, accuracy, b"\0\1", bytes(4), 0.2)
            self.database.finish_trial(trial.id, TrialState.COMPLETE, result, parameters=7)
        return trials


@pytest.fixture
def empty(tmp_path: Path) -> Laboratory:
    return Laboratory(tmp_path)


@pytest.fixture
def filled(empty: Laboratory) -> Laboratory:
    """Trial 0 0.80, trial 1 0.95, trial 2 pruned at 0.99, trial 3 failed; replicates of the baseline and the best."""
    empty.search(0, 0.7, 0.8)
    best = empty.search(1, 0.9, 0.95, width=48, optimizer="sgd")
    empty.search(2, 0.99, state=TrialState.PRUNED, width=16)
    failed = empty.plan.search_trial(3, {"width": 24})
    empty.train(failed, ())
    failure = {"failure_type": "MemoryError", "failure_message": "out of memory", "failure_traceback": "..."}
    empty.database.finish_trial(failed.id, TrialState.FAILED, **failure)
    empty.replicate("baseline", empty.plan.baseline, 0.90, 0.92)
    empty.replicate("best", best.configuration, 0.96, 0.97)
    return empty


def message_of(action: Any) -> str:  # noqa: ANN401 - a function without arguments
    with pytest.raises(StudyError) as caught:
        action()
    return str(caught.value)


# list


def test_a_finished_study_is_listed_with_its_counts_and_best(filled: Laboratory) -> None:
    row = filled.database.plan("cnn@digits")
    assert row is not None
    assert list_rows(filled.database) == [
        {
            "study": "cnn@digits",
            "status": "finished",
            "search_trials": 4,
            "search_target": 4,
            "search_epochs": None,
            "epoch_budget": None,
            "replicates": 4,
            "replicate_target": 4,
            "final_trials": 0,
            "final_target": 0,
            "ablation_trials": 0,
            "ablation_target": 0,
            "epochs": 2,
            "states": {"complete": 6, "pruned": 1, "failed": 1},
            "not_tried": None,
            "metric": METRIC,
            "best_validation_score": 0.95,
            "created_at": row.created_at,
        }
    ]


def test_a_study_without_trials_is_unfinished(empty: Laboratory) -> None:
    (row,) = list_rows(empty.database)
    assert (row["status"], row["search_trials"], row["search_target"]) == ("unfinished", 0, 4)
    assert (row["replicates"], row["replicate_target"]) == (0, 2)
    assert (row["states"], row["best_validation_score"]) == ({}, None)


def test_a_study_whose_owner_lives_is_running(filled: Laboratory) -> None:
    filled.database.acquire("cnn@digits")
    assert list_rows(filled.database)[0]["status"] == "running"
    filled.database.release("cnn@digits")
    assert list_rows(filled.database)[0]["status"] == "finished"


def test_every_study_is_listed_oldest_first(tmp_path: Path) -> None:
    for space in ("lstm", "cnn"):
        laboratory = Laboratory(tmp_path, space=space)
    assert [row["study"] for row in list_rows(laboratory.database)] == ["lstm@digits", "cnn@digits"]


def test_a_database_without_studies_lists_nothing(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'studies.db'}"
    with TrialDatabase(storage) as database:
        assert list_rows(database) == []


def test_showing_an_absent_database_is_refused(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'none.db'}"
    expected = f"there is no trial database at {storage}; `python -m study run SPACE` begins one"
    for tell in (
        list_studies,
        lambda storage: show("cnn", storage=storage),
        lambda storage: best("cnn", storage=storage),
    ):
        assert message_of(lambda tell=tell: tell(storage)) == expected
    assert list(tmp_path.iterdir()) == []


# show


def test_a_study_is_shown_with_its_plan_and_every_trial(filled: Laboratory) -> None:
    details = study_details(filled.database, "cnn@digits")
    assert {key: details[key] for key in list_rows(filled.database)[0]} == list_rows(filled.database)[0]
    assert (details["plan"]["seed"], details["plan"]["commands"]) == (0, ["python -m study run cnn"])
    assert not {"owner", "owner_seen_at"} & details["plan"].keys()
    assert [(row["phase"], row["state"], row["epochs"]) for row in details["trials"]] == [
        ("search", "complete", 2),
        ("search", "complete", 2),
        ("search", "pruned", 1),
        ("search", "failed", 0),
        *[("replicate", "complete", 2)] * 4,
    ]


def test_a_shown_trial_has_its_last_epoch_and_its_test(filled: Laboratory) -> None:
    trials = study_details(filled.database, "cnn@digits")["trials"]
    expected = filled.plan.search_trial(1, {"width": 48, "optimizer": "sgd"})
    assert trials[1] == {
        "id": expected.id,
        "phase": "search",
        "variant": "search",
        "replicate": None,
        "optuna_number": 1,
        "state": "complete",
        "attempt": 1,
        "changes": {"width": 48, "optimizer": "sgd"},
        "configuration": expected.configuration,
        "seed": expected.seed,
        "value": 0.95,
        "parameters": 101,
        **MACHINE,
        "machine_kinds": [],
        "failure_type": None,
        "failure_message": None,
        "failure_traceback": None,
        "epochs": 2,
        "seconds": 3.0,
        "last_validation_score": 0.95,
        "last_metrics": {},
        "earlier_failures": [],
        "log": [],
        "test_score": None,
        "test_metrics": {},
    }
    assert (trials[3]["failure_type"], trials[3]["failure_message"]) == ("MemoryError", "out of memory")
    assert (trials[3]["last_validation_score"], trials[3]["seconds"]) == (None, 0)
    assert [row["test_score"] for row in trials[4:]] == [0.90, 0.92, 0.96, 0.97]
    assert [row["last_validation_score"] for row in trials[4:]] == [None] * 4


def test_a_study_is_found_by_its_space_alone(filled: Laboratory) -> None:
    assert study_details(filled.database, "cnn")["study"] == "cnn@digits"
    assert best_details(filled.database, "cnn")["study"] == "cnn@digits"


def test_a_study_that_does_not_exist_is_refused(filled: Laboratory) -> None:
    expected = "a study here is one of cnn@digits, not 'cnn@digit'; did you mean 'cnn@digits'?"
    assert message_of(lambda: study_details(filled.database, "cnn@digit")) == expected
    assert message_of(lambda: best_details(filled.database, "cnn@digit")) == expected


def test_showing_a_study_of_an_empty_database_is_refused(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'studies.db'}"
    with TrialDatabase(storage) as database:
        assert message_of(lambda: study_details(database, "cnn")) == (
            f"{storage} holds no study yet; `python -m study run SPACE` begins one"
        )


# best


def test_the_best_stands_beside_the_baseline_with_their_tests(filled: Laboratory) -> None:
    details = best_details(filled.database, "cnn@digits")
    best = filled.plan.search_trial(1, {"width": 48, "optimizer": "sgd"})
    half = stats.t.ppf(0.975, 1) * 0.005  # of 0.96 and 0.97: deviation 0.00707, over the root of 2
    assert details.pop("test")["best"] == {
        "scores": [0.96, 0.97],
        "mean": pytest.approx(0.965),
        "low": pytest.approx(0.965 - half),
        "high": 1.0,  # 0.965 + half is beyond what a fraction can be
        "confidence": 0.95,
        "planned": 2,
        "seconds": 3.0,
        "weights": [],
        "unreachable": None,
    }
    assert details == {
        "study": "cnn@digits",
        "trial": 1,
        "configuration": best.configuration,
        "changes": {"width": 48, "optimizer": "sgd"},
        "tried": False,
        "baseline": filled.plan.baseline,
        "own_training": False,
        "metric": METRIC,
        "objectives": [METRIC],
        "validation_score": 0.95,
        "baseline_validation_score": 0.8,
        "parameters": 101,
        "published": None,  # of MNIST, and this study is not
        "front": [],  # of a search with one objective
        "guessing": None,  # the labels of the test split are not stored
        "files": str(place_of(filled.storage, None)),
    }


def test_the_baselines_tests_are_its_own(filled: Laboratory) -> None:
    baseline = best_details(filled.database, "cnn@digits")["test"]["baseline"]
    assert baseline["scores"] == [0.90, 0.92]
    assert baseline["mean"] == pytest.approx(0.91)


def test_published_numbers_are_told_of_the_dataset_and_the_baseline_they_belong_to(tmp_path: Path) -> None:
    published = {}
    for name, fixed in (("mnist", {}), ("digits", {}), ("mnist", {"width": 16})):
        laboratory = Laboratory(tmp_path, facts=replace(FACTS, name=name, source=name), fixed=fixed)
        laboratory.search(0, 0.7)
        published[name, *fixed] = best_details(laboratory.database, f"cnn@{name}")["published"]
    assert published["mnist",]["test_score"] == 0.9905
    assert published["mnist",]["train_losses"][0] == 0.1649
    assert (published["digits",], published["mnist", "width"]) == (None, None)


def test_a_best_that_is_the_baseline_shares_its_tests(empty: Laboratory) -> None:
    empty.search(0, 0.7, 0.9)
    empty.search(1, 0.7, 0.8, width=48)
    empty.replicate("baseline", empty.plan.baseline, 0.91, 0.93)
    details = best_details(empty.database, "cnn")
    assert (details["trial"], details["changes"]) == (0, {})
    assert details["test"]["best"] == details["test"]["baseline"]
    assert details["test"]["best"]["scores"] == [0.91, 0.93]


def test_replicates_are_told_in_their_own_order_and_an_earlier_bests_are_left_out(empty: Laboratory) -> None:
    empty.search(0, 0.7)
    earlier, best = empty.search(1, 0.8, width=16), empty.search(2, 0.9, width=48)
    empty.replicate("best", earlier.configuration, 0.5, 0.6)
    second, first = reversed(empty.plan.replicates("best", best.configuration)), (0.97, 0.96)
    for trial, accuracy in zip(second, first, strict=True):
        empty.train(trial, (0.9,), final=True)
        empty.database.finish_trial(trial.id, TrialState.COMPLETE, TestResult(0.1, accuracy, b"", b"", 0.1))
    assert best_details(empty.database, "cnn")["test"]["best"]["scores"] == [0.96, 0.97]


def test_only_complete_replicates_are_averaged(empty: Laboratory) -> None:
    empty.search(0, 0.7)
    first, second = empty.plan.replicates("baseline", empty.plan.baseline)
    empty.train(first, (0.9, 0.9), final=True)
    empty.database.finish_trial(first.id, TrialState.COMPLETE, TestResult(0.1, 0.9, b"", b"", 0.1))
    empty.train(second, (0.1,), final=True)
    empty.database.finish_trial(second.id, TrialState.DIVERGED)
    score = best_details(empty.database, "cnn")["test"]["best"]
    assert (score["scores"], score["mean"], score["low"], score["high"]) == ([0.9], 0.9, None, None)
    assert (score["seconds"], score["planned"]) == (3.0, 2)


def test_a_best_without_replicates_has_no_mean(empty: Laboratory) -> None:
    empty.search(0, 0.7)
    score = best_details(empty.database, "cnn")["test"]["best"]
    assert {key: score[key] for key in ("scores", "mean", "low", "high", "seconds")} == {
        "scores": [],
        "mean": None,
        "low": None,
        "high": None,
        "seconds": None,
    }


def test_weights_are_named_where_they_are_kept(filled: Laboratory) -> None:
    best = filled.plan.search_trial(1, {"width": 48, "optimizer": "sgd"})
    trials = filled.plan.replicates("best", best.configuration)
    file = place_of(filled.storage, None).weights(trials[1].id)
    file.write(b"weights")
    assert best_details(filled.database, "cnn")["test"]["best"]["weights"] == [str(file)]
    assert best_details(filled.database, "cnn")["test"]["baseline"]["weights"] == []


def test_a_study_without_a_complete_search_trial_has_no_best(empty: Laboratory) -> None:
    assert message_of(lambda: best_details(empty.database, "cnn")) == (
        "study 'cnn@digits' has no complete search trial yet (none began)"
    )
    empty.search(0, 0.99, state=TrialState.PRUNED)
    empty.search(1, 0.99, state=TrialState.PRUNED, width=16)
    empty.search(2, state=TrialState.DIVERGED, width=48)
    empty.replicate("baseline", empty.plan.baseline, 0.9)
    assert message_of(lambda: best_details(empty.database, "cnn")) == (
        "study 'cnn@digits' has no complete search trial yet (2 pruned, 1 diverged)"
    )


def test_a_baseline_that_was_pruned_has_no_validation_score(empty: Laboratory) -> None:
    empty.search(0, 0.7, state=TrialState.PRUNED)
    empty.search(1, 0.8, width=48)
    assert best_details(empty.database, "cnn")["baseline_validation_score"] is None


def test_everything_told_is_json(filled: Laboratory) -> None:
    for told in (
        list_rows(filled.database),
        study_details(filled.database, "cnn"),
        best_details(filled.database, "cnn"),
    ):
        assert json.loads(json.dumps(told, allow_nan=False)) == told


# Intervals


@examples(60)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=12).filter(lambda values: max(values) - min(values) > 1e-6))
def test_the_interval_is_students(values: list[float]) -> None:
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert t_interval(values) == pytest.approx((expected.low, expected.high), rel=1e-6, abs=1e-9)


def test_equal_values_have_an_interval_without_width() -> None:
    assert t_interval([0.9, 0.9, 0.9]) == pytest.approx((0.9, 0.9))


@pytest.mark.parametrize("values", [[], [0.9]])
def test_under_two_values_there_is_no_interval(values: list[float]) -> None:
    assert t_interval(values) == (None, None)


# What is no result


def test_a_phase_in_which_every_trial_failed_is_told(empty: Laboratory) -> None:
    assert fruitless(empty.database, ["cnn@digits"]) == []
    empty.search(0, 0.1, state=TrialState.DIVERGED)
    empty.search(1, 0.1, state=TrialState.FAILED, width=16)
    found = {"study": "cnn@digits", "phase": "search", "states": {"diverged": 1, "failed": 1}}
    assert fruitless(empty.database, ["cnn@digits"]) == [found]
    assert fruitless(empty.database, ["cnn@mnist"]) == []
    empty.search(2, 0.1, state=TrialState.PRUNED, width=24)
    assert fruitless(empty.database, ["cnn@digits"]) == []


def test_a_study_with_results_in_every_phase_is_not(filled: Laboratory) -> None:
    assert fruitless(filled.database, ["cnn@digits"]) == []


@pytest.mark.parametrize(("counts", "beaten"), [([290, 10], False), ([150, 150], True)])
def test_the_best_is_held_against_the_most_frequent_class(
    filled: Laboratory, counts: list[int], *, beaten: bool
) -> None:
    filled.save_labels(counts)
    guessing = best_details(filled.database, "cnn")["guessing"]
    words = "always answering the most frequent class, 0"
    assert guessing == {"words": words, "score": max(counts) / 300, "beaten": beaten}


def test_nothing_is_said_of_guessing_where_nothing_was_tested_or_counted(empty: Laboratory) -> None:
    empty.search(0, 0.7, 0.8)
    assert best_details(empty.database, "cnn")["guessing"] is None
    empty.save_labels([150, 150])
    assert best_details(empty.database, "cnn")["guessing"] is None


def test_a_best_that_is_no_better_than_guessing_is_told_in_a_line(
    filled: Laboratory, capsys: pytest.CaptureFixture[str]
) -> None:
    filled.save_labels([290, 10])
    print_best(best_of_study(filled.database, "cnn"))
    assert (
        "note: cnn@digits: the best's test accuracy, 96.50 % (2 seeds), is not shown to be better than always "
        "answering the most frequent class, 0: 96.67 %; `python -m study data` tells what was read of the data\n"
    ) in capsys.readouterr().out


# What failed


def test_failed_trials_keep_their_hyperparameters_beside_the_reason(
    filled: Laboratory, capsys: pytest.CaptureFixture[str]
) -> None:
    print_study(study_details(filled.database, "cnn"))
    out = capsys.readouterr().out
    assert re.search(r"│ 3 .* failed .* width=24 +│ MemoryError: out of memory +│", out)
    assert out.splitlines()[-1] == "`python -m study show cnn@digits --failures` prints the tracebacks"


def test_the_failures_of_a_study_are_shown_with_their_tracebacks(
    filled: Laboratory, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = filled.storage
    show("cnn", failures=True, storage=storage)
    assert capsys.readouterr().out == (
        "trial 3 failed: MemoryError: out of memory\n  changes on the baseline: width=24\n  ...\n"
    )
    show("cnn", failures=True, storage=storage, as_json=True)
    (row,) = json.loads(capsys.readouterr().out)["trials"]
    assert (row["optuna_number"], row["failure_traceback"]) == (3, "...")
    with pytest.raises(StudyError, match=r"^--ablation and --failures show different things; give one of them$"):
        show("cnn", failures=True, ablation=True, storage=storage)


def test_show_says_from_how_much_final_trials_learn(filled: Laboratory, capsys: pytest.CaptureFixture[str]) -> None:
    details = study_details(filled.database, "cnn")
    details["plan"] |= {"train_examples": 1000, "final_examples": 1250}
    print_study(details)
    assert "1000 training, " in (out := capsys.readouterr().out)
    assert " test examples; final trials learn from 1250; checkpoints" in out
