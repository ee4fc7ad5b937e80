"""What somebody wanted tried and a search that is over did not: for want of what, and by which command it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from study.database.tries import add_tries, save_follower, stored_tries
from study.status.details import list_rows, study_row
from study.status.untried import untried
from study.status.words import in_words
from study.trial import TRIED

from .test_details import Laboratory

TWO = ("width=48 and width=16, dropout=0.25 were not tried, as", "tries them")


@pytest.fixture
def searched(tmp_path: Path) -> Laboratory:
    """Four trials of four, and two settings that somebody wanted tried, of which the second may be pruned."""
    laboratory = Laboratory(tmp_path)
    laboratory.plan = replace(laboratory.plan, budget=replace(laboratory.plan.budget, replicates=0))
    laboratory.save_plan()
    for number in range(4):
        laboratory.search(number, 0.7, 0.8)
    wanted: list[tuple[Any, bool]] = [({"width": 48}, False), ({"width": 16, "dropout": 0.25}, True)]
    add_tries(laboratory.database, laboratory.plan.study, wanted, changes=[], command="")
    return laboratory


def told(laboratory: Laboratory) -> str | None:
    (row,) = [row for row in list_rows(laboratory.database) if row["study"] == laboratory.plan.study]
    assert row["status"] == "finished"
    found: str | None = row["not_tried"]
    return found


def limited(laboratory: Laboratory, pruner: str = "none", seconds: float = 0.0, **budget: Any) -> None:  # noqa: ANN401
    plan = laboratory.plan
    method = replace(plan.method, pruner=pruner)
    laboratory.plan = replace(plan, budget=replace(plan.budget, **budget), method=method)
    laboratory.save_plan(search_seconds=seconds)


def test_what_has_no_trial_is_tried_by_the_same_command_which_raises_their_number(searched: Laboratory) -> None:
    assert told(searched) == (f"cnn@digits: {TWO[0]} the search has its 4 trials; `python -m study run cnn` {TWO[1]}")
    assert in_words(study_row(searched.database, "cnn@digits")).endswith(", not all of --try was tried")


@pytest.mark.parametrize(("pruner", "needed"), [("none", 10), ("promote", 6)])
def test_what_has_no_epochs_is_tried_by_a_budget_that_holds_it(searched: Laboratory, pruner: str, needed: int) -> None:
    limited(searched, pruner, epochs=5, epoch_budget=9)
    assert told(searched) == (
        f"cnn@digits: {TWO[0]} they might train {needed} epochs, and 1 of --epoch-budget 9 are left; `python -m study "
        f"run cnn --epoch-budget {8 + needed}` {TWO[1]}"
    )


def test_what_has_no_time_is_tried_by_one_without_limit(searched: Laboratory) -> None:
    limited(searched, timeout=60.0, seconds=61.0)
    assert told(searched) == (
        f"cnn@digits: {TWO[0]} the search has used up its --timeout of 60 seconds; `python -m study run cnn --timeout "
        f"inf` {TWO[1]}"
    )
    limited(searched, timeout=60.0, seconds=61.0, epoch_budget=9)
    assert "`python -m study run cnn --timeout inf --epoch-budget 12`" in (told(searched) or "")


def test_the_command_says_which_of_several_studies_of_the_space_is_meant(searched: Laboratory) -> None:
    plan = searched.plan
    for name, facts in ((None, replace(plan.dataset, name="mine", source="my data.npz")), ("long", plan.dataset)):
        searched.plan = replace(plan, name=name, dataset=facts)
        searched.save_plan()
    searched.plan = plan
    assert "`python -m study run cnn --dataset digits`" in (told(searched) or "")


def test_what_is_followed_by_a_trial_is_tried_and_what_is_put_aside_is_not(searched: Laboratory) -> None:
    database, study = searched.database, searched.plan.study
    trial = replace(searched.plan.search_trial(4, {"width": 48}), variant=TRIED)
    searched.train(trial, (0.7, 0.8))
    save_follower(database, study, 1, trial.id)
    assert [entry.number for entry in untried(database, study)] == [2]
    save_follower(database, study, 2, "a trial that counts for nothing any more")
    assert [entry.number for entry in untried(database, study)] == [2]
    assert [entry.trial is None for entry in stored_tries(database, study)] == [False, False]


def test_a_search_that_goes_on_has_nothing_that_it_did_not_try(searched: Laboratory) -> None:
    limited(searched, trials=6)
    (row,) = list_rows(searched.database)
    assert (row["status"], row["not_tried"]) == ("unfinished", None)
