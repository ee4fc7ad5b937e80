"""What a training of one's own writes with `run.log` is shown by `show`: of all trials, and of those that failed."""

from __future__ import annotations

import json

import pytest

from ..conftest import CommandLine

MODEL = """
from study.space import Int, SearchSpace

SPACE = SearchSpace(name="mine", domains={"size": Int(default=1, low=1, high=10**6)})
metrics = {"score": "maximize"}

def train(run):
    run.log("began with [b] " + ("the default" if run.config["size"] == 1 else "another size"))
    for epoch in run.epochs():
        yield {"validation/score": epoch * run.config["size"]}
        run.log("half\\nway")
        if run.config["size"] > 1:
            raise ValueError("too large")
"""


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A study of two trials, the second of which failed after its first epoch."""
    command = CommandLine(tmp_path_factory.mktemp("studied"))
    (command.folder / "mine_logs.py").write_text(MODEL)
    options = ("--trials", "2", "--sampler", "random", "--epochs", "2", "--replicates", "0", "--pruner", "none")
    told = command.run("run", "mine_logs.py", *options, "--workers", "1").stdout.splitlines()
    assert told.count("mine@own  trial 0  half way") == 2
    return command


def test_the_lines_of_every_trial_are_shown_with_their_epoch(studied: CommandLine) -> None:
    lines = studied.run("show", "mine", "--log").stdout.splitlines()
    assert lines == [
        "trial 0  epoch 1  began with [b] the default",
        "trial 0  epoch 2  half way",
        "trial 0  epoch 2  half way",
        "trial 1  epoch 1  began with [b] another size",
        "trial 1  epoch 1  half way",
    ]


def test_the_lines_of_a_trial_that_failed_stand_below_its_traceback(studied: CommandLine) -> None:
    shown = studied.run("show", "mine", "--failures").stdout
    assert shown.index("ValueError: too large") < shown.index("  log of epoch 1: began with [b] another size")
    assert "the default" not in shown


def test_the_lines_are_in_the_json(studied: CommandLine) -> None:
    trials = json.loads(studied.run("show", "mine", "--json").stdout)["trials"]
    assert trials[1]["log"] == [{"epoch": 1, "text": "began with [b] another size"}, {"epoch": 1, "text": "half way"}]


def test_one_part_is_shown_at_a_time(studied: CommandLine) -> None:
    told = studied.run("show", "mine", "--failures", "--log", status=2).stderr
    assert told == "error: --failures and --log show different things; give one of them\n"


def test_a_study_whose_trials_wrote_nothing_says_how_one_writes(command: CommandLine) -> None:
    (command.folder / "silent.py").write_text("\n".join(line for line in MODEL.splitlines() if "log" not in line))
    command.run("run", "silent.py", "--trials", "1", "--epochs", "1", "--replicates", "0", "--workers", "1")
    assert command.run("show", "mine", "--log").stdout == "mine@own: no trial wrote a line; run.log(text) writes one\n"
