"""`best`: whether the best beats the baseline, and the line that trains it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import study as interface
from tests.conftest import CommandLine
from tests.reports.laboratory import Laboratory


@pytest.fixture
def laboratory(command: CommandLine) -> Iterator[Laboratory]:
    made = Laboratory(command.folder)
    yield made
    made.database.close()


def told(command: CommandLine, *words: str) -> dict[str, Any]:
    details: dict[str, Any] = json.loads(command.run("best", *words, "--storage", "studies.db", "--json").stdout)
    return details


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (
            (0.98, 0.985, 0.982),
            "better than the baseline: 98.23 % against 97.00 % test accuracy, +1.23 percentage points ({} to {})",
        ),
        ((0.969, 0.973, 0.97), "not shown to differ from the baseline: "),
        ((0.98, 0.99), "(too few seeds, needs 3): 98.50 % against"),
        ((0.98,), "+1.00 percentage points (no interval: one seed), 1 seed."),
        ((), "The best settings are not evaluated on test data yet (98.50 % validation accuracy)."),
    ],
)
def test_it_says_whether_the_best_beats_the_baseline_or_why_nobody_knows(
    command: CommandLine, laboratory: Laboratory, scores: tuple[float, ...], words: str
) -> None:
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.97), ("complete", 0.985))
    laboratory.finals(study, "baseline", [0.97, 0.971, 0.969])
    laboratory.finals(study, "best", scores, number=1)
    details = told(command, "cnn")
    out = " ".join(command.run("best", "cnn", "--storage", "studies.db").stdout.split())
    assert f"cnn@mnist: {details['in_words']}" in out
    compared = details["against_baseline"]
    ends = (
        []
        if compared is None or compared["low"] is None
        else [f"+{100 * compared[end]:.2f}" for end in ("low", "high")]
    )
    assert words.format(*ends) in details["in_words"]
    assert (compared is None) == (not scores)
    if compared is not None:
        assert compared["n"] == len(scores)


def test_where_nothing_beat_the_baseline_that_is_said_and_there_is_no_line(
    command: CommandLine, laboratory: Laboratory
) -> None:
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.98), ("complete", 0.97))
    laboratory.finals(study, "baseline", [0.97, 0.98])
    details = told(command, "cnn")
    assert details["in_words"].startswith("No setting beat the baseline on the validation split (98.00 % validation")
    assert details["command"] is None
    assert "--set" not in command.run("best", "cnn", "--storage", "studies.db").stdout


def test_the_search_of_an_arm_points_to_its_ablation(command: CommandLine, laboratory: Laboratory) -> None:
    laboratory.plan()
    arm = laboratory.plan("cnn@mnist+wide", parent="cnn@mnist", variant="wide", search=1)
    laboratory.search(arm, ("complete", 0.97), ("complete", 0.98))
    details = told(command, "cnn@mnist+wide")
    assert details["in_words"] == (
        "It re-tunes an arm of cnn@mnist: `python -m study show cnn@mnist --ablation` compares it."
    )
    assert details["against_baseline"] is None


def test_from_how_much_each_score_was_learned_stands_beside_it(command: CommandLine, laboratory: Laboratory) -> None:
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.97), ("complete", 0.98))
    laboratory.finals(study, "baseline", [0.97, 0.98])
    out = command.run("best", "cnn", "--storage", "studies.db").stdout
    lines = [" ".join(line.split("│")[1].split()) for line in out.splitlines() if line.startswith("│")]
    place = lines.index("validation accuracy, one search trial")
    assert lines[place + 1] == "learned from 4,000 images"
    assert lines[place + 2 : place + 4] == ["test accuracy, mean of final trials", "learned from 4,500 images"]


def test_the_line_that_it_prints_trains_the_best(command: CommandLine) -> None:
    quick = ("--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0")
    command.run("run", "cnn", *quick, "--trials", "3", "--set", "optimizer=sgd", "--set", "batch_size=100")
    details = json.loads(command.run("best", "cnn", "--json").stdout)
    assert details["changes"], "the baseline's learning rate is far too small here"
    line = (
        command.run("best", "cnn").stdout.split("to begin a study whose baseline is the best:\n  ")[1].splitlines()[0]
    )
    assert line == details["command"]
    words = shlex.split(line)
    assert words[:3] == ["python", "-m", "study"]
    out = command.run(*words[3:], "--dry-run").stdout
    assert "cnn@digits:tuned" in out
    command.run(*words[3:], "--trials", "1", "--replicates", "0")
    (stored,) = command.query("SELECT configuration FROM trial WHERE study = 'cnn@digits:tuned'")
    assert json.loads(stored[0]) == details["configuration"]


def test_in_python_the_best_says_the_same(laboratory: Laboratory, tmp_path: Path) -> None:
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.97), ("complete", 0.985))
    laboratory.finals(study, "baseline", [0.97, 0.971, 0.969])
    laboratory.finals(study, "best", [0.98, 0.985, 0.982], number=1)
    best = interface.open("cnn", laboratory.storage).best()
    assert "better than the baseline: 98.23 % against 97.00 % " in best.against_baseline
    assert repr(best).endswith(f"\n{best.against_baseline}")
    assert best.interval is not None
    assert "test accuracy 98.23 % (97.61 to 98.86 %), 3 seeds\n" in repr(best)
