"""What the sections and figures compute, asserted on the tables themselves."""

from __future__ import annotations

import math
import re

import pytest
from sqlalchemy import update

from reports.analysis.progress import progress
from reports.analysis.published import differences_from_published
from reports.analysis.selection import baseline_trials, best_trials, complete_replicates, with_roles
from reports.figures import discover, score_curves, search_history, training_loss
from reports.formatting import MISSING
from reports.pages.document import Bullets, Paragraph, Table
from reports.sections import accounting, hyperparameters, leaderboard, methods, provenance, published, search
from reports.sections.illustrated import figures_of
from study.database import schema
from study.task import COSTS
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import ACCURACY, BASELINE, NOTEBOOK, Laboratory
from tests.reports.overviews import overview, told


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
    finals = complete_replicates(frames)
    assert finals.groupby("role")["score"].apply(list).to_dict() == {
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


def test_leaderboard_is_ranked_by_the_test_score_of_what_validation_chose(laboratory: Laboratory) -> None:
    for space, validation, best, default in (("a", 0.97, 0.95, 0.999), ("b", 0.96, 0.96, 0.9), ("c", 0.99, None, None)):
        study = laboratory.plan(f"{space}@mnist")
        laboratory.search(study, ("complete", 0.9), ("complete", validation))
        if best is not None:
            laboratory.finals(study, "best", [best], number=1)
            laboratory.finals(study, "baseline", [default])
    table = leaderboard.leaderboard(laboratory.frames())
    assert table.drop_duplicates("study")["study"].tolist() == ["b@mnist", "a@mnist", "c@mnist"]
    shown = leaderboard.section(laboratory.frames()).blocks[0]
    assert shown.caption == "Models, ranked by the test accuracy of what validation chose"


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


def test_published_numbers_of_another_dataset_are_shown_and_not_subtracted(laboratory: Laboratory) -> None:
    study = laboratory.plan("cnn@digits")
    laboratory.finals(study, "baseline", [0.98])
    frames = laboratory.frames()
    assert published.losses(frames).empty
    assert published.scores(frames).empty
    assert published.published_shown(frames) == []
    assert hyperparameters.hyperparameters(frames)["published"].isna().all()
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
    study = laboratory.plan(**columns)
    plan = laboratory.frames().plan_rows[study]
    assert differences_from_published(plan, "the notebook", 3) == expected


def test_hyperparameters_stand_side_by_side(finished: Laboratory) -> None:
    table = hyperparameters.hyperparameters(finished.frames()).set_index("hyperparameter")
    assert table.loc["learning_rate", ["baseline", "best", "published", "changed"]].tolist() == [
        0.001,
        0.003,
        0.001,
        True,
    ]
    # Momentum belongs to sgd, which only the best uses.
    assert table.loc["momentum", ["baseline", "best", "changed"]].tolist() == [None, 0.9, True]
    assert table.loc["bidirectional", ["baseline", "changed"]].tolist() == [BASELINE["bidirectional"], False]


def test_published_hyperparameters_ignore_what_the_study_fixed(laboratory: Laboratory) -> None:
    study = laboratory.plan(
        fixed={"optimizer": "sgd", "width": 8}, baseline=BASELINE | {"optimizer": "sgd", "width": 8}
    )
    table = hyperparameters.hyperparameters(laboratory.frames(study)).set_index("hyperparameter")
    assert table.loc["optimizer", ["baseline", "published"]].tolist() == ["sgd", "adam"]
    assert table.loc["momentum", ["baseline", "published"]].tolist() == [0.9, None]
    assert table.loc["width", ["baseline", "published"]].tolist() == [8, None]


def test_history_follows_complete_trials_alone(finished: Laboratory) -> None:
    table = search_history.compute(finished.frames())
    assert table["state"].tolist() == ["complete", "pruned", "complete", "failed"]
    assert table["score"].tolist() == pytest.approx([0.97, 0.999, 0.985, math.nan], nan_ok=True)
    assert table["running_best"].tolist() == [0.97, 0.97, 0.985, 0.985]


def test_accuracy_curves_are_of_the_best(finished: Laboratory) -> None:
    table = score_curves.compute(finished.frames()).set_index(["split", "epoch"])["mean"]
    assert table["validation"].tolist() == pytest.approx([0.945, 0.965, 0.985])
    assert table["training"].iloc[0] == pytest.approx(1 - 0.21 / 4)


def test_a_model_has_one_number_in_every_figure(laboratory: Laboratory) -> None:
    for name in ("lstm@mnist", "cnn@mnist", "cnn@digits"):
        laboratory.search(laboratory.plan(name), ("complete", 0.9))
        laboratory.finals(name, "baseline", [0.9])
    frames = laboratory.frames()
    tables = [table for module in discover() if "number" in (table := module.compute(frames)).columns]
    numbers = [table.groupby("study")["number"].unique().explode().to_dict() for table in tables]
    assert numbers == [{"cnn@mnist": 0, "cnn@digits": 0, "lstm@mnist": 1}] * len(numbers)


def test_test_split_looks_are_counted(finished: Laboratory) -> None:
    assert provenance.looks(finished.frames()).to_dict("records") == [
        {"study": "cnn@mnist", "configurations": 2, "trials": 4}
    ]


def test_progress_knows_a_time_limit(laboratory: Laboratory) -> None:
    study = laboratory.plan(timeout_seconds=60.0, search_seconds=61.0, replicates=0)
    laboratory.search(study, ("complete", 0.97))
    row = progress(laboratory.frames()).iloc[0]
    assert row["timed_out"]
    assert row["finished"]
    assert "(the time limit ended the search)" in told(overview(laboratory.frames()))


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("seconds", "words"), [(29.0, "resume' goes on"), (30.0, "resume --timeout-total SECONDS' goes on")]
)
def test_a_study_whose_time_is_up_is_told_how_to_go_on(laboratory: Laboratory, seconds: float, words: str) -> None:
    study = laboratory.plan(total_timeout_seconds=30.0, total_seconds=seconds, trials=5)
    laboratory.search(study, ("complete", 0.97))
    assert words in told(overview(laboratory.frames()))


def test_missing_values_have_a_sign(finished: Laboratory) -> None:
    rows = hyperparameters.hyperparameters_shown(finished.frames())[0].rows
    assert {row[1]: row[3] for row in rows}["momentum"] == MISSING


def test_changed_hyperparameters_come_first_and_the_rest_is_counted(finished: Laboratory) -> None:
    finished.plan("lstm@mnist")
    table, text = hyperparameters.hyperparameters_shown(finished.frames())
    assert [(row[1], row[-1]) for row in table.rows] == [
        ("optimizer", "yes"),
        ("learning_rate", "yes"),
        ("momentum", "yes"),
    ]
    assert text.text == "Others as in the baseline: 1 of cnn@mnist."
    assert set(table.data["study"]) == {"cnn@mnist"}


def test_inactive_hyperparameters_are_not_shown(laboratory: Laboratory) -> None:
    laboratory.search(laboratory.plan(), ("complete", 0.9))
    table = hyperparameters.hyperparameters_shown(laboratory.frames())[0]
    assert [(row[1], row[-1]) for row in table.rows] == [("optimizer", ""), ("learning_rate", "")]
    assert len(table.data) == 4


def test_a_suspended_machine_does_not_decide_the_seconds(finished: Laboratory) -> None:
    with finished.database.engine.begin() as connection:
        connection.execute(update(schema.epoch).where(schema.epoch.c.epoch == 2).values(seconds=9e4))
    assert leaderboard.leaderboard(finished.frames())["seconds"].tolist() == [2.0, 2.0]


def test_a_study_that_was_only_ablated_shows_its_baselines_planned_trials(laboratory: Laboratory) -> None:
    study = laboratory.plan(trials=0, replicates=0)
    ablate(laboratory, study, baseline(0.97, 0.98), Arm("noise", (0.5, 0.5), role="noise-floor", first_seed=500))
    frames = laboratory.frames()
    assert baseline_trials(frames)["score"].tolist() == [0.97, 0.98]
    row = leaderboard.leaderboard(frames).iloc[0]
    assert row[["role", "phase", "n"]].tolist() == ["baseline", "ablate", 2]
    assert row[["test", "validation"]].tolist() == pytest.approx([0.975, 0.965])
    table = leaderboard.section(frames).blocks[0]
    assert table.rows[0][0] == "cnn@mnist, baseline (planned trials of an ablation)"
    (told,) = [item for item in methods.section(frames).blocks[0].items if item.startswith("Scores: ")]
    assert "its planned trials of an ablation, learned from the training split alone" in told
    assert score_curves.compute(frames)["role"].unique().tolist() == ["baseline"]
    assert set(training_loss.compute(frames)["source"]) == {"ours", "the notebook"}
    compared = published.scores(frames).iloc[0]
    assert compared["mean"] == pytest.approx(0.975)
    assert compared["not_alike"] == ["ours are planned trials of an ablation, learned from the training split alone"]


def test_replicates_come_before_planned_trials_of_ablations(finished: Laboratory) -> None:
    ablate(finished, "cnn@mnist", baseline(0.5, 0.5))
    assert baseline_trials(finished.frames())["phase"].unique().tolist() == ["replicate"]


def test_the_control_of_another_configuration_is_not_the_baseline(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    ablate(laboratory, study, baseline(0.99, changes={"learning_rate": 0.01}), reference="best")
    assert baseline_trials(laboratory.frames()).empty


@pytest.fixture
def retuned(finished: Laboratory) -> Laboratory:
    """The finished study, its variant `dropout` re-tuned by a search that found another optimizer."""
    child = finished.plan(
        "cnn@mnist+dropout", parent="cnn@mnist", variant="dropout", fixed={"bidirectional": True}, commands=[]
    )
    finished.search(child, ("complete", 0.999), ("pruned", 0.5), ("failed", None))
    found = {"bidirectional": True, "optimizer": "sgd"}
    ablate(
        finished,
        "cnn@mnist",
        baseline(0.97, 0.98, setting="retuned"),
        Arm("dropout", (0.98, None), setting="retuned", changes=found),
    )
    return finished


def test_a_re_tuning_search_ranks_nowhere(retuned: Laboratory) -> None:
    frames = retuned.frames()
    assert best_trials(frames)["value"].tolist() == [0.985]
    assert set(frames.trials["study"]) == {"cnn@mnist"}
    assert search.searches(frames)["study"].tolist() == ["cnn@mnist"]
    assert "0.999" not in leaderboard.leaderboard(frames).to_csv()


def test_a_re_tuning_search_is_accounted_for(retuned: Laboratory) -> None:
    frames = retuned.frames()
    rows = accounting.accounting(frames).set_index(["phase", "role"])
    columns = ["planned", "complete", "pruned", "failed", "not_begun", "epochs", "seconds"]
    assert rows.loc[("search, re-tuned", "dropout"), columns].tolist() == [4, 1, 1, 1, 1, 4, 8.0]
    assert rows.loc[("ablate, re-tuned", "dropout"), columns].tolist() == [2, 1, 0, 0, 1, 3, 6.0]
    shown = accounting.section(frames).blocks[1]
    assert "search of dropout, re-tuned" in [row[1] for row in shown.rows]
    assert accounting.failures(frames)[["phase", "trials"]].to_numpy().tolist() == [
        ["search", 1],
        ["search, re-tuned", 1],
    ]
    plans = {table.name: table for table in provenance.section(frames).blocks if isinstance(table, Table)}["plans"]
    assert [row[0] for row in plans.rows] == ["cnn@mnist", "cnn@mnist: dropout, re-tuned"]


def test_what_a_re_tuned_arm_found_is_told_from_what_makes_it(retuned: Laboratory) -> None:
    table = hyperparameters.retuned(retuned.frames())
    assert table[["arm", "hyperparameter", "found", "tuned"]].to_numpy().tolist() == [
        ["baseline", None, None, None],
        ["dropout", "optimizer", "sgd", True],
        ["dropout", "momentum", 0.9, True],
        ["dropout", "bidirectional", True, False],
    ]
    shown = hyperparameters.hyperparameters_shown(retuned.frames())[-1]
    assert [row[-1] for row in shown.rows] == [
        "its search found nothing better",
        "its search found it",
        "its search found it",
        "it makes the variant",
    ]


def test_the_page_tells_only_what_is_not_complete_by_variant(laboratory: Laboratory) -> None:
    study = laboratory.plan(trials=0, replicates=0)
    ablate(laboratory, study, baseline(0.97, 0.98), Arm("dropout", (0.98, 0.98)))
    frames = laboratory.frames()
    _, table, text = accounting.section(frames).blocks[:3]
    assert table.rows == (("cnn@mnist", "ablation", "4", "4", "12", "0.40"),)
    assert table.headings == ("Study", "Phase", "Planned", "Complete", "Epochs trained", "Training time (min)")
    assert table.data["role"].tolist() == ["baseline", "dropout"]
    assert text.text.startswith("All 4 planned trials that are evaluated on the test split are complete. ")
    ablate(laboratory, study, baseline(0.97), Arm("deeper", ("diverged", "paused", None)), name="more")
    rest = {table.name: table for table in accounting.section(laboratory.frames()).blocks if isinstance(table, Table)}
    assert rest["incomplete"].headings[3:-2] == ("Planned", "Complete", "Diverged", "Paused", "Not begun")
    assert rest["incomplete"].rows == (("cnn@mnist", "ablation", "deeper", "3", "0", "1", "1", "1", "0", "0.0"),)


def test_studies_without_a_search_have_no_search(laboratory: Laboratory) -> None:
    laboratory.plan("lstm@mnist", trials=0)
    definitions = [ACCURACY.columns(), COSTS["parameters"].columns()]
    names = {"objective": "accuracy,parameters", "direction": "maximize,minimize"}
    laboratory.plan(**names, metric_definitions=definitions)
    table = search.section(laboratory.frames()).blocks[0]
    assert [row[:2] for row in table.rows] == [("cnn@mnist", "maximize validation accuracy, minimize parameters")]


def test_absent_figures_are_told_in_one_place(laboratory: Laboratory) -> None:
    laboratory.plan()
    told, reasons = figures_of("search", laboratory.frames())
    assert isinstance(told, Paragraph)
    assert told.text == "Not in this report:"
    assert isinstance(reasons, Bullets)
    assert reasons.items[0].startswith("No search trial has ")


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("python -m study run cnn", True),
        ("python -m study run cnn --storage postgresql://me:secret@host/x", False),
        ("python -m study run cnn --storage=sqlite:///x.db", False),
    ],
)
def test_commands_name_their_database(laboratory: Laboratory, command: str, named: bool) -> None:
    laboratory.plan(commands=[command])
    shown = provenance.section(laboratory.frames()).blocks[-1].lines
    added = f" --storage {laboratory.storage}" if named else ""
    assert shown[0] == command.replace("secret", "***") + added
    assert laboratory.storage in shown[1]


def test_times_are_read_by_people(finished: Laboratory) -> None:
    text = provenance.section(finished.frames()).blocks[0].text
    assert re.search(r"Last change of a trial: \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$", text)
