"""Reports of studies that are not scored by accuracy: every table, word and figure asks the study's own metric."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from reports.analysis.designs import factorial
from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.analysis.mistakes import confusion, per_label
from reports.analysis.residuals import summaries, worst_errors
from reports.analysis.selection import best_trials, leading_plans
from reports.figures import best_of_n, cost, discover, search_history
from reports.formatting import MINUS, MISSING
from reports.pages.document import Card, Paragraph, Stance, Table
from reports.pages.figure import FigureBlock
from reports.pages.markdown import to_markdown
from reports.pages.pictures import render
from reports.sections import leaderboard, not_tested
from reports.writing import build
from study.cli.tables.ablations import print_ablations
from study.task import TASKS, Metric
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.any_task import EXAMPLES, NAMES, planned, scored, targets_of
from tests.reports.laboratory import METRICS, Laboratory
from tests.reports.overviews import overview, overviews

LOSSES = (0.50, 0.52, 0.51, 0.505, 0.515, 0.51)
LOWER = tuple(loss - 0.1 - 0.001 * place for place, loss in enumerate(LOSSES))
HIGHER = tuple(loss + 0.1 + 0.001 * place for place, loss in enumerate(LOSSES))


def loss_study(laboratory: Laboratory, study: str = "mlp@table") -> str:
    return planned(laboratory, study, "classification", "log_loss")


def texts(frames: Frames) -> str:
    """Returns all that a report says: prose, cells, captions, alternative texts and the words of its figures."""
    document = build(frames)
    drawn = [figure.draw() for figure in document.figures()]
    words = [text.get_text() for figure in drawn for text in figure.findobj(lambda found: hasattr(found, "get_text"))]
    return to_markdown(document) + "\n".join([block.alternative for block in document.figures()] + words)


def table(frames: Frames, name: str) -> Table:
    return next(found for found in build(frames).tables() if found.name == name)


def test_the_best_has_the_lowest_loss_and_leads_the_leaderboard(laboratory: Laboratory) -> None:
    worse = loss_study(laboratory, "lstm@table")
    laboratory.search(worse, ("complete", 0.9), ("complete", 0.7))
    study = loss_study(laboratory)
    laboratory.search(study, ("complete", 0.6), ("complete", 0.8), ("complete", 0.3), ("pruned", 0.1))
    frames = laboratory.frames()
    assert best_trials(frames).set_index("study")["value"].to_dict() == {study: 0.3, worse: 0.7}
    assert leaderboard.leaderboard(frames)["validation"].tolist() == [0.3, 0.6, 0.7, 0.9]
    assert [plan.study for plan in leading_plans(frames, 1)] == [study]
    history = search_history.compute(frames)
    assert history.loc[history["study"] == study, "running_best"].tolist() == [0.6, 0.6, 0.3, 0.3]
    assert "(0.3000 validation log loss)" in overviews(frames)[study].best
    assert "Lower is better for log loss." in table(frames, "leaderboard").caption


@pytest.mark.slow
def test_best_against_baseline_is_judged_by_the_metrics_direction(laboratory: Laboratory) -> None:
    study = loss_study(laboratory)
    laboratory.search(study, ("complete", 0.6), ("complete", 0.4))
    right = targets_of("classification")
    scored(laboratory, study, "classification", LOSSES, [right] * 6)
    scored(laboratory, study, "classification", LOWER, [right] * 6, role="best", number=1)
    frames = laboratory.frames()
    (row,) = table(frames, "best-minus-baseline").rows
    assert row[2] == "better than the baseline"
    assert re.match(rf"{MINUS}0\.10\d \(", row[1])
    assert overview(frames).best.startswith("The best settings are better than the baseline: 0.4075 against 0.51")
    assert "percentage points" not in texts(frames)


@pytest.mark.parametrize(("outcomes", "verdict"), [(LOWER, "helps"), (HIGHER, "hurts")])
def test_a_lower_loss_helps_and_a_higher_one_hurts(
    laboratory: Laboratory, capsys: pytest.CaptureFixture[str], outcomes: tuple[float, ...], verdict: str
) -> None:
    from study.interface.effects import ablations_of

    study = loss_study(laboratory)
    grown = Arm("baseline with width", LOSSES, role="size-matched")
    arm = Arm("dropout", outcomes, matched="baseline with width")
    ablate(laboratory, study, baseline(*LOSSES), arm, grown)
    frames = laboratory.frames()
    row = effects(frames).set_index("arm").loc["dropout"]
    assert row["verdict"] == verdict
    assert row["effect"] == pytest.approx(np.mean(outcomes) - np.mean(LOSSES))
    print_ablations(ablations_of(laboratory.database, study))
    printed = " ".join(capsys.readouterr().out.split())
    assert "test log loss minus the control's; lower is better" in printed
    assert "a baseline as large may do as well" not in printed
    assert re.search(rf"dropout {MINUS if verdict == 'helps' else re.escape('+')}0\.10\d? \(", printed)
    assert f"{'Adopt' if verdict == 'helps' else 'Don' + chr(39) + 't'}: dropout" in printed


def test_a_part_that_is_missed_helps_whichever_way_is_better(laboratory: Laboratory) -> None:
    study = loss_study(laboratory)
    without = Arm("without dropout", HIGHER, removed="dropout")
    ablate(laboratory, study, baseline(*LOSSES), without, design="leave-one-out", name="leave-one-out")
    frames = laboratory.frames()
    (row,) = table(frames, "ablation-mlp-table-leave-one-out").rows
    assert (row[0], row[1], row[4]) == ("without dropout", "Adopt", "hurts: the part helps")


def test_a_suggestion_that_lowers_the_loss_is_supported(laboratory: Laboratory) -> None:
    variants = [{"name": "dropout", "changes": {"dropout": 0.3}, "reason": "Add dropout"}]
    study = loss_study(laboratory)
    definition = laboratory.frames().plan_rows[study].definition | {"variants": variants}
    planned(laboratory, study + "2", "classification", "log_loss", definition=definition)
    ablate(laboratory, study + "2", baseline(*LOSSES), Arm("dropout", LOWER))
    (card,) = build(laboratory.frames(study + "2")).cards()
    assert isinstance(card, Card)
    assert (card.stance, len(card.evidence_for), card.evidence_against) == (Stance.FOR, 1, ())
    assert "in log loss" in card.evidence_for[0]


def test_a_variant_without_meaning_for_the_data_is_no_suggestion(laboratory: Laboratory) -> None:
    variants = [
        {"name": name, "changes": changes, "reason": name}
        for name, changes in (("weights", {"class_weights": "balanced"}), ("dropout", {"dropout": 0.3}))
    ]
    definition = {"name": "mlp", "domains": {}, "variants": variants, "published": None, "claims": None}
    planned(laboratory, "mlp@houses", "regression", "mae", definition=definition, baseline={})
    planned(laboratory, "mlp@table", "classification", "accuracy", definition=definition, baseline={})
    told = [block.text for block in not_tested.section(laboratory.frames()).blocks if isinstance(block, Paragraph)]
    assert told == [
        "mlp@houses: 1 suggestion without a trial: dropout.",
        "mlp@table: 2 suggestions without a trial: weights, dropout.",
    ]


def test_two_parts_that_lower_a_loss_together_reinforce_each_other(laboratory: Laboratory) -> None:
    study = loss_study(laboratory)
    losses = (*LOSSES, 0.506, 0.513)
    lower = [tuple(loss - step for loss in losses) for step in (0.05, 0.04, 0.30)]
    both = tuple(loss - 0.001 * place for place, loss in enumerate(lower[2]))
    arms = [
        Arm("a", lower[0], factors=("a",)),
        Arm("b", lower[1], factors=("b",)),
        Arm("a+b", both, factors=("a", "b")),
    ]
    ablate(laboratory, study, baseline(*losses), *arms, design="factorial", name="factorial", factors=("a", "b"))
    found = factorial(laboratory.frames()).set_index("contrast")["verdict"]
    assert found.to_dict() == {"a": "helps", "b": "helps", "a x b": "reinforce each other"}


def test_the_best_of_n_losses_falls_with_n_and_the_front_is_the_lower_one(laboratory: Laboratory) -> None:
    study = loss_study(laboratory)
    laboratory.search(study, *(("complete", 0.9 - 0.03 * number) for number in range(14)))
    with laboratory.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE plan SET sampler = 'random'")
    frames = laboratory.frames()
    curve = best_of_n.compute(frames)
    assert curve["expected"].is_monotonic_decreasing
    assert (curve["low"] <= curve["expected"]).all()
    assert (curve["expected"] <= curve["high"]).all()
    with laboratory.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE trial SET parameters = 1000 - optuna_number")
    front = cost.front(cost.compute(laboratory.frames()))
    assert front.loc[front["cost"] == "parameters", "score"].tolist() == [pytest.approx(0.9 - 0.03 * 13)]


def regression(laboratory: Laboratory, study: str = "mlp@houses", metric: str = "mae", noise: float = 3.0) -> str:
    planned(laboratory, study, "regression", metric, train_examples=120, validation_examples=30)
    better = (0.6, 0.8) if metric == "r2" else (40.0, 5.0)
    laboratory.search(study, *(("complete", value) for value in better))
    random = np.random.default_rng(0)
    for role, number, width in (("baseline", 0, 5 * noise), ("best", 1, noise)):
        answers = [targets_of("regression") + random.normal(0, width, (EXAMPLES, 2)) for _ in range(3)]
        errors = [np.abs(answer - targets_of("regression")).mean() for answer in answers]
        scores = [1 - 0.01 * error for error in errors] if metric == "r2" else errors
        metrics = [{"mae": error, "r2": 1 - 0.01 * error, "rmse": 1.2 * error} for error in errors]
        scored(laboratory, study, "regression", scores, answers, role=role, number=number, metrics=metrics)
    return study


def test_a_regression_has_residuals_and_no_word_of_classes(laboratory: Laboratory) -> None:
    study = regression(laboratory)
    frames = laboratory.frames()
    page = texts(frames)
    for word in ("accuracy", "accuracies", "image", "class", "percentage points", "confusion"):
        assert word not in re.sub(r"[\w-]+\.csv", "", page).lower().replace("classifications alone", ""), word
    assert "## Errors on the test split" in page
    assert "Mean absolute error" in page
    assert "residuals" in {figure.name for figure in build(frames).figures()}
    found = summaries(frames).set_index("target")
    assert list(found.index) == NAMES["regression"]
    assert (found["seeds"] == 3).all()
    rows = table(frames, "worst-errors").rows
    assert len(rows) == 20
    assert [row[0] for row in rows] == [study] * 20


def test_residuals_are_those_of_their_definition(laboratory: Laboratory) -> None:
    study = planned(laboratory, "mlp@houses", "regression", "rmse")
    laboratory.search(study, ("complete", 1.0))
    truth = targets_of("regression")
    answers = [truth + np.where(np.arange(EXAMPLES) == 7, 8.0, 1.0)[:, None], truth - 1.0]
    scored(laboratory, study, "regression", [1.0, 1.0], answers)
    found = summaries(laboratory.frames()).set_index("target").loc["price"]
    errors = np.concatenate([np.where(np.arange(EXAMPLES) == 7, 8.0, 1.0), np.full(EXAMPLES, -1.0)])
    assert found["bias"] == pytest.approx(errors.mean())
    assert found["mae"] == pytest.approx(np.abs(errors).mean())
    assert found["rmse"] == pytest.approx(np.sqrt((errors**2).mean()))
    assert found["r2"] == pytest.approx(1 - (errors**2).mean() / truth[:, 0].var())
    first = worst_errors(laboratory.frames()).iloc[0]
    assert (first["example"], first["truth"], first["predicted"]) == (7, 70.0, pytest.approx(73.5))
    assert first["error"] == pytest.approx(4.5)


def test_a_regression_that_is_no_better_than_the_mean_is_told(laboratory: Laboratory) -> None:
    study = planned(laboratory, "mlp@houses", "regression", "rmse")
    laboratory.search(study, ("complete", 100.0))
    spread = float(np.sqrt(targets_of("regression").var(axis=0).mean()))
    scored(laboratory, study, "regression", [spread + 1, spread + 2], [targets_of("regression")] * 2)
    told = " ".join(
        block.text for block in leaderboard.section(laboratory.frames()).blocks if isinstance(block, Paragraph)
    )
    assert re.search(
        r"mlp@houses: Root mean squared error \S+ \(2 seeds\) is no better than always answering the mean", told
    )
    assert "Wilson" not in told


def test_every_recorded_metric_is_shown_and_the_objective_named(laboratory: Laboratory) -> None:
    study = regression(laboratory)
    rows = {row[0]: row for row in table(laboratory.frames(), f"metrics-{study.replace('@', '-')}").rows}
    assert list(rows) == ["mean absolute error (the objective)", "R²", "root mean squared error"]
    assert [rows[name][1] for name in rows] == ["lower", "higher", "lower"]
    assert {row[6] for row in rows.values()} == {"3, 3"}
    assert rows["mean absolute error (the objective)"][4:6] == ("5.000", "40.00")


def test_what_measure_returns_reaches_the_page_without_a_direction(laboratory: Laboratory) -> None:
    study = planned(laboratory, "mlp@table", "classification", "macro_f1")
    laboratory.search(study, ("complete", 0.5))
    right = targets_of("classification")
    found = [{"macro_f1": 0.5, "top3": 0.75, "odd": None}, {"macro_f1": 0.6, "top3": 0.85}]
    scored(laboratory, study, "classification", [0.5, 0.6], [right, right], metrics=found)
    rows = {row[0]: row for row in table(laboratory.frames(), "metrics-mlp-table").rows}
    assert list(rows) == ["macro-F1 (the objective)", "top3"]
    assert rows["macro-F1 (the objective)"][2].startswith("55.00 % (")
    assert rows["top3"][1] == MISSING
    assert rows["top3"][2].startswith("0.8000 (")


def test_with_the_objective_alone_there_is_no_table_of_metrics(finished: Laboratory) -> None:
    assert not [found.name for found in build(finished.frames()).tables() if found.name.startswith("metrics")]


@pytest.mark.slow
def test_macro_f1_is_shown_in_per_cent_and_never_called_accuracy(laboratory: Laboratory) -> None:
    study = planned(
        laboratory, "mlp@table", "classification", "macro_f1", metric_definitions=[METRICS["macro_f1"].columns()]
    )
    laboratory.search(study, ("complete", 0.5), ("complete", 0.7), ("pruned", 0.9))
    right = targets_of("classification")
    scored(laboratory, study, "classification", [0.5, 0.52], [right, right])
    scored(laboratory, study, "classification", [0.7, 0.72], [right, right], role="best", number=1)
    ablate(laboratory, study, baseline(0.5, 0.51), Arm("dropout", [0.6, 0.62]))
    frames = laboratory.frames()
    page = texts(frames)
    assert "accurac" not in page.lower()
    assert table(frames, "leaderboard").headings[1] == "Test macro-F1 (95 % interval over seeds)"
    assert "71.00 %" in table(frames, "leaderboard").rows[0][1]
    assert "+20.00 percentage points" in page


def test_labels_have_precision_and_recall_of_their_own(laboratory: Laboratory) -> None:
    study = planned(laboratory, "lstm@signals", "multilabel", "micro_f1")
    laboratory.search(study, ("complete", 0.5))
    truth = targets_of("multilabel")
    answer = np.where(np.arange(3) == 1, 0.9, np.where(truth == 1, 0.8, 0.2))  # every example is given the second label
    scored(laboratory, study, "multilabel", [0.5], [answer])
    found = per_label(laboratory.frames()).set_index("name")
    assert found["support"].tolist() == [20, 10, 0]
    assert found["precision"].tolist()[:2] == [1.0, 0.25]
    assert found["recall"].tolist()[:2] == [1.0, 1.0]
    assert np.isnan(found.loc["bird", ["precision", "recall", "f1"]].astype(float)).all()
    page = texts(laboratory.frames())
    assert "confusion" not in page.lower()
    assert "Each label on the test split" in page


def test_studies_of_different_metrics_never_share_an_axis_or_a_rank(laboratory: Laboratory) -> None:
    for study, metric, values in (
        ("cnn@table", "accuracy", (0.7, 0.9)),
        ("mlp@table", "log_loss", (0.9, 0.2)),
        ("lstm@table", "accuracy", (0.8, 0.85)),
    ):
        planned(laboratory, study, "classification", metric)
        laboratory.search(study, *(("complete", value) for value in values))
        scored(laboratory, study, "classification", [values[0]] * 2, [targets_of("classification")] * 2)
    frames = laboratory.frames()
    rows = leaderboard.leaderboard(frames)
    assert rows["study"].tolist() == ["cnn@table"] * 2 + ["lstm@table"] * 2 + ["mlp@table"] * 2
    drawn = {module.NAME: module for module in discover()}
    for name in ("test-scores", "score-curves", "cost"):
        titles = [axes.get_title(loc="left") for axes in drawn[name].draw(drawn[name].compute(frames)).axes]
        assert any("accuracy" in title.lower() for title in titles), name
        assert any("log loss" in title.lower() for title in titles), name
    assert table(frames, "leaderboard").headings[1] == "Metric"


def test_more_classes_than_a_byte_holds_keep_their_numbers(laboratory: Laboratory) -> None:
    names = [f"class {place}" for place in range(400)]
    truth = np.arange(400)
    wrong = np.where(truth == 300, 399, truth)
    study = laboratory.plan(
        "mlp@many", task="classification", class_names=names, dataset_hash="many", test_examples=400
    )
    laboratory.search(study, ("complete", 0.9))
    laboratory.finals(study, "baseline", [0.9])
    with laboratory.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE test_result SET predictions = ?, confidences = NULL", (wrong.astype("<u2").tobytes(),)
        )
    laboratory.database.save_test_split("many", truth.astype("<u2").tobytes())
    frames = laboratory.frames()
    counted = confusion(frames)
    mistaken = counted[(counted["truth"] != counted["predicted"]) & (counted["examples"] > 0)]
    assert mistaken[["truth", "predicted", "examples"]].to_numpy().tolist() == [[300, 399, 1]]
    assert counted["examples"].sum() == 400
    drawn = next(module for module in discover() if module.NAME == "confusion-matrix")
    assert drawn.draw(drawn.compute(frames)).axes
    (row,) = table(frames, "confusion").rows
    assert row[1:4] == ("class 300", "class 399", "1")


def test_the_notebooks_claims_are_judged_of_accuracy_alone(laboratory: Laboratory) -> None:
    for space in ("cnn", "lstm"):
        laboratory.plan(f"{space}@mnist", metric=METRICS["macro_f1"])
    document = build(laboratory.frames())
    assert not list(document.cards())
    assert "published-scores" not in {
        found.name for found in document.tables() if found.rows and "99.05 %" in found.rows[0]
    }


def test_an_own_metric_is_taken_at_its_word(laboratory: Laboratory) -> None:
    own = Metric("dollars_lost", "minimize")
    study = planned(laboratory, "mlp@houses", "regression", own)
    laboratory.search(study, ("complete", 52_000.0), ("complete", 43_000.0))
    scored(laboratory, study, "regression", [41_000.0, 42_000.0], [targets_of("regression")] * 2, role="best", number=1)
    page = " ".join(texts(laboratory.frames()).split())
    assert "43,000 validation dollars lost" in page
    assert "Validation dollars lost (lower is better)" in page
    assert "no better than" not in page


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("task", "metric"),
    [
        pytest.param(task.name, metric.name, marks=() if metric.name in ("log_loss", "rmse") else pytest.mark.slow)
        for task in TASKS.values()
        for metric in task.metrics
    ],
)
def test_every_metric_of_every_task_makes_a_whole_page(laboratory: Laboratory, task: str, metric: str) -> None:
    study = planned(laboratory, "mlp@data", task, metric)  # type: ignore[arg-type]
    laboratory.search(study, ("complete", 0.5), ("complete", 0.6), ("failed", None))
    answers = targets_of(task)  # type: ignore[arg-type]
    scored(laboratory, study, task, [0.5, 0.55], [answers, answers])  # type: ignore[arg-type]
    ablate(laboratory, study, baseline(0.5, 0.52), Arm("dropout", [0.6, 0.65]))
    page = to_markdown(build(laboratory.frames()))
    assert f"Test {METRICS[metric].label} (95 % interval over seeds)" in page


@pytest.mark.slow
def test_figures_of_a_regression_are_drawn_without_a_warning(laboratory: Laboratory, tmp_path: Path) -> None:
    import warnings

    regression(laboratory, metric="r2")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        blocks = [block for block in build(laboratory.frames()).figures() if isinstance(block, FigureBlock)]
        assert all(render(block).png for block in blocks)
