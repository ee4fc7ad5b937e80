"""The processor time of an epoch: that of whoever trains it, whatever else the machine does meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from study.engines import processor_time
from study.task import Metric
from study.trial import Epoch, Phase

from ..conftest import CommandLine
from ..own_space import DATA, SMOOTH, write_space
from ..trials import SEARCH_DATA, TEST, Recorder, make_job, train

WAITS = """
import time

def train(run):
    for epoch in run.epochs():
        time.sleep(0.1)
        yield {"validation/f1": 0.5}

def test(run):
    return {"f1": 0.5}
"""


def works(seconds: float) -> None:
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass


def epochs() -> Iterator[Epoch]:
    """Two epochs: one that waits, one that works."""
    for number, spend in enumerate((time.sleep, works), start=1):
        spend(0.2)
        yield Epoch(number, 0.5, 0.8, 0.6, 0.7, 0.001, 0.2)


def test_waiting_takes_no_processor_time_and_what_is_done_between_epochs_is_of_none() -> None:
    found = []
    for epoch in processor_time.measured(epochs(), "cpu"):
        found.append(epoch.processor_seconds or 0.0)
        works(0.3)
    assert found[0] < 0.1
    assert 0.2 <= found[1] < 0.3


def test_on_an_accelerator_nothing_is_told() -> None:
    assert [epoch.processor_seconds for epoch in processor_time.measured(epochs(), "cuda:0")] == [None, None]
    assert processor_time.used("cuda:1") is None


def test_a_training_of_its_own_is_measured_too(tmp_path: Path, model_module: Callable[[str, str], str]) -> None:
    metric = Metric("f1", "maximize", "fraction", "F1")
    model = model_module("waits", WAITS)
    job = replace(make_job(tmp_path, Phase.ABLATE, model=model), objective=metric, metrics=(metric,), precision="own")
    record = Recorder()
    train(job, replace(SEARCH_DATA, full=SEARCH_DATA.train, test=TEST), record)
    for epoch in record.epochs:
        assert epoch.seconds >= 0.1
        assert epoch.processor_seconds is not None
        assert 0 <= epoch.processor_seconds < 0.08


@pytest.mark.cases(1)
@pytest.mark.parametrize("phase", list(Phase))
def test_every_epoch_of_our_loop_has_its_processor_time(command: CommandLine, phase: Phase) -> None:
    write_space(command, SMOOTH)
    words = (*DATA, "--replicates", "1")
    command.run(
        *(("ablate", "mine.py", *words) if phase is Phase.ABLATE else ("run", "mine.py", *words, "--trials", "1"))
    )
    measured = "SELECT count(*), min(processor_seconds > 0) FROM epoch JOIN trial ON trial.id = trial"
    ((number, known),) = command.query(f"{measured} WHERE phase = '{phase}'")
    assert number > 0
    assert known == 1
