"""Settings that somebody believes in, in a search without training: first in line, and never ended early."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from study.database import TrialDatabase, TrialRow
from study.database.tries import add_tries, stored_tries
from study.options.method import PRUNERS, SAMPLERS, Budget, Method
from study.plan import Plan
from study.search import Past, Search, Try, Wish
from study.search.parameters import tuned
from study.trial import TRIED, Decision, Epoch, Trial, TrialState, fingerprint

from ..made_workers import EPOCHS, MadeWorkers, Silent, Stop, coordinator
from ..plans import plan_for, plan_of, space_of

SMALL = {"learning_rate": 0.003, "width": 48}


def made_plan(trials: int = 9, **method: Any) -> Plan:  # noqa: ANN401 - fields of a method
    return plan_of("cnn", budget=Budget(trials=trials, epochs=9, replicates=0), method=Method(**method))


def worst(search: Search, trial: Trial) -> tuple[list[Decision], bool]:
    """Trains a trial that is worse than all others and never gets better."""
    decisions = []
    for number in range(1, search.plan.budget.epochs + 1):
        decisions.append(search.report(trial, Epoch(number, 0.5, 0.5, 0.5, 0.0, 0.001, 1.0)))
        if decisions[-1] is not Decision.GO_ON:
            return decisions, False
    return decisions, True


def until_tried(search: Search) -> Trial:
    """Trains good trials to whatever end they have until one comes that somebody wanted tried."""
    stood: dict[str, int] = {}
    while (trial := search.ask()) is not None:
        if trial.variant == TRIED:
            return trial
        for number in range(stood.get(trial.id, 0) + 1, 10):
            stood[trial.id] = number
            decision = search.report(trial, Epoch(number, 0.5, 0.5, 0.5, 0.9, 0.001, 1.0))
            if decision is not Decision.GO_ON:
                break
        ends = {Decision.PAUSE: TrialState.PAUSED, Decision.PRUNE: TrialState.PRUNED}
        state = ends.get(decision, TrialState.COMPLETE)
        search.tell(trial, state, [0.9] if state is TrialState.COMPLETE else None)
    pytest.fail("nothing was tried")


@pytest.mark.parametrize("spared", [True, False])
@pytest.mark.parametrize("pruner", PRUNERS)
def test_a_spared_trial_goes_to_its_end_whatever_the_pruner_and_the_patience(pruner: str, spared: bool) -> None:
    plan = made_plan(12, pruner=pruner, patience=3)
    wish = Wish(Try.of(plan, SMALL, prune=not spared).values, TRIED, spared=spared)
    search = Search(plan, wishes=lambda number: wish if number == 8 else None)
    trial = until_tried(search)
    assert trial.number == 8
    assert worst(search, trial)[1] is spared


def test_a_spared_trial_is_spared_after_an_interruption_and_takes_nobodys_place() -> None:
    plan = made_plan(12, pruner="promote")
    wish = Wish(Try.of(plan, SMALL, prune=False).values, TRIED, spared=True)
    search = Search(plan, wishes=lambda number: wish if number == 1 else None)
    trial = until_tried(search)
    baseline = Past(search.plan.search_trial(0, {}), TrialState.COMPLETE, {9: 0.9}, [0.9], ended_at="1")
    entry = Past(trial, TrialState.INTERRUPTED, {1: 0.0, 2: 0.0}, began_at="2", spared=True)
    again = Search(plan, [baseline, entry])
    resumed = again.ask()
    assert resumed == trial
    for number in range(3, 10):
        assert again.report(trial, Epoch(number, 0.5, 0.5, 0.5, 1.0, 0.001, 1.0)) is Decision.GO_ON
    again.tell(trial, TrialState.COMPLETE, [1.0])
    assert again.promoted_to(trial) is None


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_what_is_left_out_is_as_in_the_baseline_with_every_sampler(sampler: str) -> None:
    plan = made_plan(sampler=sampler, pruner="none")
    entry = Try.of(plan, SMALL, prune=False)
    search = Search(plan, wishes=lambda number: Wish(entry.values, TRIED, spared=True) if number == 2 else None)
    trial = until_tried(search)
    assert trial.changes == SMALL
    assert trial.configuration == {**plan.baseline, **SMALL} == entry.configuration


def test_a_parameter_that_a_try_puts_in_force_is_at_its_default() -> None:
    plan = plan_of("cnn")
    entry = Try.of(plan, {"optimizer": "sgd"}, prune=False)
    domain = plan.domains["momentum"]
    assert entry.values["momentum"] == domain.default
    assert entry.given == {"optimizer": "sgd"}


def test_a_grid_does_not_repeat_what_was_tried() -> None:
    domains = {"width": replace(plan_of("cnn").domains["width"], default=32, low=16, high=64, step=16)}
    plan = plan_for(
        space_of(domains=domains), budget=Budget(trials=4, epochs=9, replicates=0), method=Method(sampler="grid")
    )
    wish = Wish({"width": 64}, TRIED, spared=True)
    search = Search(plan, wishes=lambda number: wish if number == 1 else None)
    widths = []
    while (trial := search.ask()) is not None:
        widths.append(trial.configuration["width"])
        search.tell(trial, TrialState.FAILED, None)
    assert widths[:2] == [32, 64]
    assert sorted(map(int, widths)) == [16, 32, 48, 64]


# With a database

PLAN = plan_of("cnn", budget=Budget(trials=4, epochs=EPOCHS, replicates=0), method=Method(sampler="random"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        opened.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        add_tries(opened, PLAN.study, [(SMALL, False), ({"width": 16}, True)], changes=[], command="run --try")
        yield opened


def found(database: TrialDatabase) -> list[TrialRow]:
    return sorted(database.trials(PLAN.study), key=lambda row: row.optuna_number or 0)


def test_tries_come_after_the_baseline_each_once(database: TrialDatabase) -> None:
    view = Silent()
    coordinator(database, MadeWorkers(), PLAN, view).run()
    rows = found(database)
    assert [row.variant for row in rows] == ["baseline", TRIED, TRIED, "search"]
    assert [row.changes for row in rows[1:3]] == [SMALL, {"width": 16}]
    assert [entry.trial for entry in stored_tries(database, PLAN.study)] == [rows[1].id, rows[2].id]
    assert "trial 1 is one that --try asked for (learning_rate=0.003, width=48)" in view.notes


@pytest.mark.parametrize("moment", [("epoch", 0, 1), ("epoch", 1, 1), ("epoch", 2, 1), ("began", 1), ("began", 2)])
def test_each_is_tried_once_whenever_the_study_is_killed(database: TrialDatabase, moment: tuple[Any, ...]) -> None:
    def stop(trial: Trial, number: int) -> None:
        if ("epoch", trial.number, number) == moment:
            raise Stop

    first = coordinator(database, MadeWorkers(on_epoch=stop), PLAN)
    if moment[0] == "began":
        began = first.queue.began

        def killed(trial: Trial) -> None:
            if trial.number == moment[1]:
                raise Stop  # its row is written, which try it follows is not
            began(trial)

        first.queue.began = killed  # type: ignore[method-assign]
    with pytest.raises(Stop):
        first.run()
    coordinator(database, MadeWorkers(), PLAN).run()
    rows = found(database)
    assert [(row.optuna_number, row.variant) for row in rows] == [
        (0, "baseline"), (1, TRIED), (2, TRIED), (3, "search"),
    ]  # fmt: skip
    assert {row.state for row in rows} == {TrialState.COMPLETE}
    assert len({fingerprint(tuned(PLAN, row.configuration)) for row in rows}) == 4
