"""A stuck, failing or endless trial as its user meets it: limits, `skip`, and `--failed`, from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..conftest import CommandLine
from ..own_space import DATA, WIDE, write_space

MODEL = """
import time
from dataclasses import dataclass

from torch import nn

@dataclass(frozen=True)
class Params:
    size: int = 8

class Net(nn.Module):
    def __init__(self, size, classes):
        super().__init__()
        self.size = size
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, size), nn.ReLU(), nn.Linear(size, classes))

    def forward(self, x):
        if self.size == 16:
            {wide}
        return self.layers(x)

def build(params, data):
    return Net(params.size, data.outputs)
"""
SPACE = """
from study.space import Choice, SearchSpace

SPACE = SearchSpace(name="mine", model="mine_model", domains={"size": Choice(default=8, choices=(8, 16))})
"""
GRID = (*DATA, "--trials", "3", "--sampler", "grid", "--pruner", "none", "--replicates", "1", "--workers", "1")
ENDS = (
    "SELECT json_extract(configuration, '$.size'), state, failure_type, failure_message "
    "FROM trial WHERE phase = 'search'"
)


@pytest.fixture
def with_workers(command: CommandLine) -> CommandLine:
    """Returns a command line whose trials have worker processes: only these can be ended in the midst of an epoch."""
    command.engine = "local"
    return command


def write(line: CommandLine, wide: str) -> None:
    (line.folder / "mine_model.py").write_text(MODEL.format(wide=wide))
    (line.folder / "mine.py").write_text(SPACE)


def ends(line: CommandLine) -> list[tuple[Any, ...]]:
    """Returns size, state, type and message of every search trial that is not complete."""
    return [row for row in line.query(ENDS) if row[1] != "complete"]


def status(line: CommandLine) -> str:
    found: str = json.loads(line.run("list", "--json").stdout)[0]["status"]
    return found


@pytest.mark.slow
def test_a_stuck_trial_ends_by_its_limit_and_the_study_goes_on(with_workers: CommandLine) -> None:
    command = with_workers
    write(command, "time.sleep(1000)")
    out = command.run("run", "mine.py", *GRID, "--trial-timeout", "3").stdout
    ((size, state, kind, message),) = ends(command)
    assert (size, state, kind) == (16, "failed", "TrialTimeout")
    assert message.startswith("it had trained for ")
    assert message.endswith(" seconds in epoch 1, and --trial-timeout is 3")
    assert "FAILED: TrialTimeout: it had trained for" in out
    assert status(command) == "finished"


@pytest.mark.slow
def test_a_stuck_trial_is_skipped_while_its_study_runs_and_after(command: CommandLine) -> None:
    write(command, "time.sleep(1000)")
    process = command.start("run", "mine.py", *GRID)
    stuck = "SELECT count(*) FROM trial WHERE state = 'running' AND json_extract(configuration, '$.size') = 16"
    command.wait_for(stuck, lambda count: count == 1, process)
    ((number,),) = command.query("SELECT optuna_number FROM trial WHERE state = 'running'")
    out = command.run("skip", "mine", str(number)).stdout
    assert out == (
        f"trial {number} of mine@digits: process {process.pid} on {out.split(' on ')[1].split(',')[0]}, which runs it, "
        f"ends it in seconds\n"
    )
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert ends(command) == [(16, "failed", "Skipped", "skipped by hand")]
    ended = command.run("skip", "mine", str(number), status=2).stderr
    assert ended == f"error: trial {number} of mine@digits has ended (failed); only an open trial is skipped\n"


def test_a_study_whose_time_is_up_is_unfinished_says_how_to_go_on_and_does(command: CommandLine) -> None:
    write(command, "pass")
    limit = ("--timeout-total", "0.001")
    over = "mine@digits: the 0.001 seconds of --timeout-total are over and it is not finished; "
    assert over in command.run("run", "mine.py", *GRID, *limit).stdout
    assert command.query("SELECT count(*) FROM trial") == [(1,)]
    assert status(command) == "unfinished"
    assert over in command.run("run", "mine.py").stdout
    assert over in command.run("resume").stdout
    assert command.query("SELECT count(*) FROM trial") == [(1,)]
    command.run("resume", "--timeout-total", "inf")
    assert status(command) == "finished"
    assert command.query("SELECT state, count(*) FROM trial GROUP BY state") == [("complete", 4)]


@pytest.mark.slow
def test_an_ablation_whose_time_is_up_is_unfinished_too(command: CommandLine) -> None:
    write_space(command, WIDE)
    words = ("ablate", "mine.py", *DATA, "--replicates", "2", "--workers", "1")
    out = command.run(*words, "--timeout-total", "0.001").stdout
    assert "mine@digits: the 0.001 seconds of --timeout-total are over and it is not finished; " in out
    assert command.query("SELECT count(*) FROM trial") == [(1,)]
    assert command.query("SELECT finished FROM ablation") == [(0,)]
    assert status(command) == "unfinished"
    command.run("resume", "mine", "--timeout-total", "100000")
    assert command.query("SELECT finished FROM ablation") == [(1,)]
    assert command.query("SELECT DISTINCT state FROM trial") == [("complete",)]


@pytest.mark.parametrize(
    "words",
    [
        ("resume", "--failed", "--code-changed", "keep"),  # others are complete, which the mended line did not train
        pytest.param(("run", "mine.py", "--retry-failed", "--code-changed", "keep"), marks=pytest.mark.slow),
    ],
)
def test_what_failed_is_tried_again_where_that_is_asked_for(command: CommandLine, words: tuple[str, ...]) -> None:
    write(command, "raise SystemExit('caf\\udce9')")
    command.run("run", "mine.py", *GRID)
    failed = (16, "failed", "SystemExit", "caf\\udce9")
    assert ends(command) == [failed]
    assert "nothing to do" in command.run("run", "mine.py").stdout
    seeds = command.query("SELECT id, seed FROM trial WHERE phase = 'search' ORDER BY id")
    write(command, "pass")
    assert "│ 0 of 2 " in command.run("run", "mine.py", "--code-changed", "keep", "--dry-run").stdout
    assert "│ 1 of 2 " in command.run("run", "mine.py", "--code-changed", "keep", "--failed", "--dry-run").stdout
    assert ends(command) == [failed]
    out = command.run(*words).stdout
    assert "mine@digits: 1 failed taken up again, from the first epoch; `show` tells how they ended before" in out
    assert ends(command) == []
    assert command.query("SELECT id, seed FROM trial WHERE phase = 'search' ORDER BY id") == seeds
    shown = command.run("show", "mine").stdout
    assert "was taken up again: its attempt 1 ended SystemExit: caf\\udce9" in shown
    rows = json.loads(command.run("show", "mine", "--json").stdout)["trials"]
    (earlier,) = [row["earlier_failures"] for row in rows if row["earlier_failures"]]
    assert [(entry["attempt"], entry["state"], entry["type"]) for entry in earlier] == [(1, "failed", "SystemExit")]
    assert status(command) == "finished"


@pytest.mark.slow
def test_what_fails_once_more_is_not_tried_for_ever(with_workers: CommandLine) -> None:
    command = with_workers
    write(command, "raise KeyboardInterrupt")
    command.run("run", "mine.py", *GRID)
    command.run("resume", "--failed", "--diverged")
    assert ends(command) == [(16, "failed", "KeyboardInterrupt", "")]
    assert command.query("SELECT attempt FROM trial WHERE state = 'failed'") == [(2,)]
    assert status(command) == "finished"


@pytest.mark.parametrize("option", ["--timeout-total", "--trial-timeout"])
def test_a_limit_is_above_nothing(command: CommandLine, option: str) -> None:
    write(command, "pass")
    for words in (("run", "mine.py"), ("ablate", "mine.py"), ("resume",)):
        err = command.run(*words, option, "0", status=2).stderr
        assert err == f"error: {option} is above 0 seconds, or inf for no limit, not 0\n"
