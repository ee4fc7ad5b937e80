"""The engine in this process: the same numbers as worker processes give, and what it cannot do is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from study.data import TrialData
from study.engines.inline import InlineEngine
from study.engines.job import Outcome
from study.engines.protocol import Engine, EpochEnded, TrialBegan, TrialEnded
from study.trial import Decision, Epoch, Phase, TrialState

from ..conftest import CommandLine
from ..trials import FULL, TEST, TRAIN, VALIDATION, but_seconds, make_job, same_result

DATA = TrialData(train=TRAIN, validation=VALIDATION, full=FULL, test=TEST)


def train(engine: Engine, folder: Path, phase: Phase, *, leave_after: int = 0) -> tuple[list[Epoch], Outcome | None]:
    """Trains one trial to its end, or leaves it after an epoch; a trial whose checkpoint is there goes on."""
    job = make_job(folder, phase)
    engine.start(0, replace(job, resume=job.checkpoint.exists()))
    epochs: list[Epoch] = []
    began = False
    while True:
        for event in engine.events(0.2):
            match event:
                case TrialBegan():
                    began = True
                case EpochEnded():
                    epochs.append(event.epoch)
                    engine.answer(0, Decision.PAUSE if event.epoch.number == leave_after else Decision.GO_ON)
                case TrialEnded():
                    assert began
                    return epochs, event.outcome
                case _:
                    pytest.fail(f"{event}")


def test_a_trial_that_is_left_goes_on_from_its_last_epoch(tmp_path: Path) -> None:
    whole, expected = train(InlineEngine("cpu", DATA), tmp_path / "whole", Phase.SEARCH)
    engine, job = InlineEngine("cpu", DATA), make_job(tmp_path / "left")
    engine.start(0, job)
    for _ in range(3):  # it begins, and ends two epochs; the first of them is answered
        for event in engine.events(0):
            if isinstance(event, EpochEnded):
                engine.answer(0, Decision.GO_ON)
    engine.kill(0)
    assert list(engine.events(0)) == []
    rest, outcome = train(engine, tmp_path / "left", Phase.SEARCH)
    assert but_seconds(rest) == but_seconds(whole)[-len(rest) :]
    assert rest[0].number == 1
    assert outcome is not None
    assert expected is not None
    assert same_result(outcome, expected)
    assert outcome.state is TrialState.COMPLETE


def test_several_workers_in_one_process_are_refused(command: CommandLine) -> None:
    words = ("run", "cnn", "--dataset", "digits", "--workers", "2", "--engine")
    message = "error: --engine inline trains one trial at a time, in this process, not 2\n"
    assert command.run(*words, "inline", status=2).stderr == message
    message = "error: --engine is one of local, inline, ray, not 'inlin'; did you mean 'inline'?\n"
    assert command.run(*words, "inlin", status=2).stderr == message


ONE = ("run", "cnn", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0")


def test_a_study_trained_in_one_process_is_not_bound_to_one(command: CommandLine) -> None:
    command.run(*ONE, "--trials", "1", "--set", "width=2")
    assert command.query("SELECT workers, device FROM plan") == command.query(
        "SELECT (SELECT cores FROM environment), 'auto'"
    )


@pytest.mark.slow
def test_a_study_trained_in_one_process_goes_on_in_as_many_as_there_would_be(command: CommandLine) -> None:
    command.run(*ONE, "--trials", "1", "--set", "width=2")
    command.engine = "local"
    command.run("run", "cnn", "--trials", "3")
    assert command.query("SELECT count(*) FROM trial WHERE state = 'complete'") == [(3,)]
