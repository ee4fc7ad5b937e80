"""The command of the first screen, which trains with a study's best settings, does what it says."""

from __future__ import annotations

import shlex

from reports.findings.commands import settings_command
from study.options.settings import set_words
from tests.conftest import CommandLine
from tests.reports.laboratory import Laboratory
from tests.reports.overviews import overview


def test_it_begins_a_study_with_the_best_settings_to_the_last_digit(
    laboratory: Laboratory, command: CommandLine
) -> None:
    study = laboratory.plan("cnn@digits", epochs=3)
    laboratory.search(study, ("complete", 0.9), ("complete", 0.8), ("complete", 0.95))
    frames = laboratory.frames()
    line = settings_command(frames, study)
    assert overview(frames).command == line
    assert line.startswith("python -m study run cnn --dataset digits --epochs 3 --name tuned --set optimizer=sgd ")
    assert "--set learning_rate=0.003 --set momentum=0.9" in line
    words = shlex.split(line)[3:]
    words[words.index("--storage") + 1] = "new.db"
    told = command.run(*words, "--dry-run").stdout
    assert told.startswith("cnn@digits:tuned: ")
    assert "nothing was trained and nothing was written (--dry-run)" in told


def test_the_best_that_is_the_baseline_has_no_command(laboratory: Laboratory) -> None:
    laboratory.search(laboratory.plan("cnn@digits"), ("complete", 0.9), ("complete", 0.8))
    found = overview(laboratory.frames())
    assert (found.changes, found.command) == ((), "")
    assert found.best.startswith("No setting beat the baseline on the validation split (90.00 % validation accuracy).")


def test_words_of_settings_are_what_a_shell_and_the_command_read() -> None:
    words = set_words({"learning_rate": 0.004138479168536923, "batch_norm": True, "layers": ((16, 0.1), (8, 0.1))})
    assert words == [
        *("--set", "learning_rate=0.004138479168536923"),
        *("--set", "batch_norm=true"),
        *("--set", "'layers=((16, 0.1), (8, 0.1))'"),
    ]
    assert shlex.split(" ".join(words))[-1] == "layers=((16, 0.1), (8, 0.1))"
