"""`--patience`: a search trial that gets no better ends, complete, whatever the pruner; the baseline never does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from study.database import TrialDatabase
from study.execution.planned_queue import PlannedQueue
from study.options.method import PRUNERS, Budget, Method
from study.search import Search
from study.trial import Decision, Epoch, Phase, Trial

from ..made_workers import PLAN, MadeWorkers, coordinator
from ..plans import plan_of

EPOCHS = 9


def search_with(**method: object) -> Search:
    budget = Budget(trials=9, epochs=EPOCHS, replicates=0)
    return Search(replace(plan_of("cnn"), budget=budget, method=replace(Method(), **method)))  # type: ignore[arg-type]


def asked(search: Search) -> Trial:
    trial = search.ask()
    assert trial is not None
    return trial


def decisions(search: Search, trial: Trial, curve: Callable[[int], float]) -> list[Decision]:
    """Returns what is decided after each epoch, up to the trial's end."""
    found: list[Decision] = []
    for number in range(1, EPOCHS + 1):
        found.append(search.report(trial, Epoch(number, 0.5, 0.5, 0.5, curve(number), 0.001, 1.0)))
        if found[-1] is not Decision.GO_ON:
            break
    return found


@pytest.mark.parametrize("pruner", [pruner for pruner in PRUNERS if pruner != "promote"])
def test_a_trial_stops_when_it_was_no_better_for_that_many_epochs(pruner: str) -> None:
    search = search_with(pruner=pruner, patience=3)
    asked(search)
    found = decisions(search, asked(search), lambda epoch: min(epoch, 4) / 10)
    assert found[-1] in (Decision.STOP, Decision.PRUNE)
    if found[-1] is Decision.STOP:
        assert len(found) == 7  # the best in epoch 4, and three that were no better
    if pruner in ("none", "median"):
        assert found[-1] is Decision.STOP


def test_it_works_with_several_objectives() -> None:
    search = search_with(pruner="none", objectives=("accuracy", "parameters"), patience=2)
    asked(search)
    assert decisions(search, asked(search), lambda epoch: 0.5) == [Decision.GO_ON] * 2 + [Decision.STOP]


def test_a_paused_trial_ends_by_patience_once_it_is_promoted() -> None:
    search = search_with(pruner="promote", patience=1)
    asked(search)
    trial = asked(search)
    assert decisions(search, trial, lambda epoch: 0.5) == [Decision.GO_ON, Decision.PAUSE]


def test_the_baseline_is_trained_to_its_end() -> None:
    search = search_with(pruner="none", patience=1)
    assert decisions(search, asked(search), lambda epoch: 0.5) == [Decision.GO_ON] * EPOCHS


def test_without_it_every_epoch_is_trained() -> None:
    search = search_with(pruner="none")
    asked(search)
    assert decisions(search, asked(search), lambda epoch: 0.5) == [Decision.GO_ON] * EPOCHS


def test_final_trials_are_trained_to_their_end(tmp_path: Path) -> None:
    told: list[tuple[Phase, Decision]] = []

    class Recorded(MadeWorkers):
        def answer(self, worker: int, decision: Decision) -> None:
            told.append((self.jobs[worker][0].trial.phase, decision))
            super().answer(worker, decision)

    plan = replace(PLAN, method=replace(PLAN.method, patience=1, pruner="none"))
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as database:
        database.save_plan(plan.columns() | {"code_version": "0", "commands": []})
        coordinator(database, Recorded(), plan).run()
    assert {decision for phase, decision in told if phase is Phase.REPLICATE} == {Decision.GO_ON}
    planned = PlannedQueue(plan.replicates("baseline", plan.baseline), database)
    final = planned.trials[0]
    assert planned.report(final, Epoch(9, 0.5, 0.5, 0.5, 0.0, 0.001, 1.0)) is Decision.GO_ON
