"""What a stage of planned trials looks like, on a terminal and in a log."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from study.engines.job import Outcome
from study.execution.session import Outlook
from study.interface import cell
from study.interface.live import LiveView, PlainView, open_view
from study.trial import Epoch, Phase, TestResult, Trial, TrialState

from ..scoring import ACCURACY

OUTLOOK = Outlook("cnn@digits one-at-a-time", epochs=4, done=2, metric=ACCURACY, best=None)
CELL = Trial("cnn@digits", Phase.ABLATE, "[/b] odd", configuration={}, seed=1, epochs=2, replicate=3)
EPOCHS = [Epoch(number, 0.5, 0.8, 0.6, 0.7, 0.001, 1.0) for number in (1, 2)]
DONE = Outcome(TrialState.COMPLETE, value=0.7, result=TestResult(0.5, 0.75, b"", b"", 0.1))
FAILED = Outcome(TrialState.FAILED, failure=("ValueError", "no [/b] models\nat all", "trace"))


def shown(outcome: Outcome, *, terminal: bool) -> str:
    """Returns all that a view prints of one training."""
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120, color_system=None)
    view = open_view(console, OUTLOOK)
    assert isinstance(view, LiveView if terminal else PlainView)
    with view:
        view.started(0, CELL, resumed_after=1)
        for epoch in EPOCHS[1:]:
            view.epoch(0, CELL, epoch)
        view.tick()
        view.ended(0, CELL, outcome)
        view.note("a note")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("then", "whole"), [("both pause", "6/6"), ("one is promoted", "4/6"), ("and trained to its end", "6/6")]
)
def test_what_a_pause_saved_is_to_be_trained_after_all_once_promoted(then: str, whole: str) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    first, second = (
        Trial("cnn@digits", Phase.SEARCH, "search", configuration={}, seed=seed, epochs=3, number=seed)
        for seed in (0, 1)
    )
    with LiveView(console, Outlook("cnn@digits", epochs=6, done=0, metric=ACCURACY, best=None)) as view:
        for trial in (first, second):
            view.started(0, trial, resumed_after=0)
            view.epoch(0, trial, EPOCHS[0])
            view.ended(0, trial, Outcome(TrialState.PAUSED))
        if then != "both pause":
            view.started(0, first, resumed_after=1)
        if then == "and trained to its end":
            for number in (2, 3):
                view.epoch(0, first, replace(EPOCHS[0], number=number))
            view.ended(0, first, Outcome(TrialState.COMPLETE, value=0.7))
    assert isinstance(console.file, io.StringIO)
    assert re.findall(r"./6", console.file.getvalue())[-1] == whole


def test_where_epochs_are_limited_a_pause_saves_none_for_others_train_them() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    trial = Trial("cnn@digits", Phase.SEARCH, "search", configuration={}, seed=0, epochs=3, number=0)
    outlook = Outlook("cnn@digits", epochs=6, done=0, metric=ACCURACY, best=None, spends_epochs=True)
    with LiveView(console, outlook) as view:
        view.started(0, trial, resumed_after=0)
        view.epoch(0, trial, EPOCHS[0])
        view.ended(0, trial, Outcome(TrialState.PAUSED))
    assert isinstance(console.file, io.StringIO)
    assert re.findall(r"./6", console.file.getvalue())[-1] == "1/6"


class Drawn(cell.Cell):
    """A cell of which the lines are kept that it would draw."""

    def draw(self, view: cell.CellView, html: str, plain: Sequence[str]) -> None:
        self.lines = list(plain)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_trial_that_waits_takes_no_line_from_the_one_that_has_its_worker_now(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell, "SECONDS_BETWEEN", 0.0)
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    drawn = Drawn(print)
    first, second = (
        Trial("cnn@digits", Phase.SEARCH, "search", configuration={}, seed=seed, epochs=2, number=seed)
        for seed in (0, 1)
    )

    def lines(view: LiveView | cell.CellView) -> list[str]:
        if isinstance(view, cell.CellView):
            return [line.strip() for line in drawn.lines[1:]]
        aside = Console(file=io.StringIO(), width=120)
        with aside.capture() as shown:
            aside.print(view)
        return [line.strip() for line in shown.get().splitlines()[1:]]

    outlook = Outlook("cnn@digits", epochs=4, done=0, metric=ACCURACY, best=None)
    with LiveView(console, outlook) if terminal else drawn.view(outlook) as view:
        assert isinstance(view, LiveView | cell.CellView)
        view.started(0, first, resumed_after=0)
        view.epoch(0, first, EPOCHS[0])
        view.started(0, second, resumed_after=0)  # the worker of the first was lost
        (line,) = lines(view)
        assert line.startswith("trial 1")
        view.ended(0, first, Outcome(TrialState.INTERRUPTED))
        assert len(lines(view)) == 1
        view.epoch(0, second, EPOCHS[0])
        (line,) = lines(view)
        assert "validation accuracy 70.00 %" in line
        view.started(1, first, resumed_after=1)
        assert [line.split("  ")[0] for line in lines(view)] == ["trial 1", "trial 0"]
        view.ended(1, first, DONE)
        view.ended(0, second, DONE)
        assert lines(view) == []


def test_a_log_has_a_line_for_every_epoch_and_end_of_a_cell() -> None:
    assert shown(DONE, terminal=False).splitlines() == [
        "cnn@digits one-at-a-time  [/b] odd replicate 3  goes on after epoch 1",
        "cnn@digits one-at-a-time  [/b] odd replicate 3  epoch 2/2  loss 0.5000  validation accuracy 70.00 %  1.0 s",
        "cnn@digits one-at-a-time  [/b] odd replicate 3  complete  test accuracy 75.00 %",
        "note: a note",
    ]


def test_a_terminal_shows_a_cell_and_the_whole_stage_whatever_a_variant_is_called() -> None:
    text = shown(DONE, terminal=True)
    assert "[/b] odd replicate 3  complete  test accuracy 75.00 %" in text
    assert "cnn@digits one-at-a-time" in text
    assert "3/4" in text
    assert "best" not in text  # nobody chooses by the test split, nor among cells


@pytest.mark.parametrize("terminal", [False, True])
def test_a_failure_is_told_in_one_line(terminal: bool) -> None:
    assert "[/b] odd replicate 3  FAILED: ValueError: no [/b] models\n" in shown(FAILED, terminal=terminal)
