"""`--epoch-budget` as a user has it: as many trials as fit, what is left told of, and more of it later."""

from __future__ import annotations

import json
import sqlite3

import pytest

from study.options import rungs

from ..conftest import CommandLine
from ..own_space import MODEL, WIDE, write_space

RUN = (
    *("run", "mine.py", "--dataset", "digits", "--train-size", "100", "--epochs", "3", "--replicates", "1"),
    *("--workers", "1", "--engine", "inline", "--pruner", "promote"),
)
NOT_TRIED = "mine@digits: size=32 was not tried, as"
TRAINED = "SELECT count(*) FROM epoch JOIN trial ON trial.id = epoch.trial WHERE phase = 'search'"


def test_a_search_spends_its_epochs_and_goes_on_with_more(command: CommandLine, unpainted: object) -> None:
    write_space(command)
    dry = command.run(*RUN, "--epoch-budget", "9", "--dry-run").stdout
    assert (
        "mine@digits: the search trains 9 epochs in all; --trials was not given, so that as many trials begin as there "
        "is room for, at most 7\n" in dry
    )
    assert "9 trials, 15 epochs at most" in dry  # 9 of the search, 3 of each replicate
    out = command.run(*RUN, "--epoch-budget", "9").stdout
    ((spent,),) = command.query(TRAINED)
    assert 9 - 1 <= spent <= 9
    assert command.query("SELECT trials, epoch_budget FROM plan") == [(7, 9)]
    (row,) = json.loads(command.run("list", "--json").stdout)
    assert (row["status"], row["search_epochs"], row["epoch_budget"]) == ("finished", spent, 9)
    ((begun,),) = command.query("SELECT count(*) FROM trial WHERE phase = 'search'")
    assert f"{begun} ({spent}/9 epochs)" in command.run("list").stdout
    told = f"mine@digits: nothing to do, {begun} search trials ({spent} of 9 epochs) and 2 of 2 replicates are finished"
    assert told in command.run(*RUN, "--epoch-budget", "9").stdout.replace("1 of 1", "2 of 2")
    assert "nothing to resume" in command.run("resume").stdout
    for smaller in ("9", "4"):
        dry = command.run(*RUN, "--epoch-budget", smaller, "--dry-run").stdout
        over = f"the search has spent {spent} epochs, so that --epoch-budget 9 leaves no room for a further trial\n"
        assert f"mine@digits: {over}" in dry
        assert f"│ search     │ 0 of {begun} │" in dry
        assert ("--epoch-budget stays 9, which it had before; 4 is less" in dry) == (smaller == "4")
    out = command.run(*RUN, "--epoch-budget", "14", "--trials", "9").stdout
    ((more,),) = command.query(TRAINED)
    assert spent < more <= 14
    assert "--epoch-budget was 9, now 14" in command.run("show", "mine").stdout
    assert out


def test_other_rungs_than_those_of_before_are_told_of(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    write_space(command)
    words = (*RUN, "--epochs", "10", "--replicates", "0")
    with monkeypatch.context() as patch:
        patch.setattr(rungs, "FIRST", 1 / 10)
        command.run(*words, "--trials", "4")
    told = "an earlier version paused its trials at other rungs (1 epochs) than those of now (2, 4, 10); one that"
    assert told in command.run(*words, "--trials", "5", "--dry-run").stdout
    with monkeypatch.context() as patch:
        patch.setattr(rungs, "FIRST", 1 / 10)
        assert "an earlier version" not in command.run(*words, "--trials", "5", "--dry-run").stdout


def test_epochs_that_nothing_can_spend_are_told_of(command: CommandLine) -> None:
    write_space(command)
    words = [word for word in RUN if word != "promote"]
    out = command.run(*words, "none", "--epoch-budget", "8").stdout
    assert "2 of the 8 epochs of --epoch-budget are left, as the next trial might train 3" in out
    assert command.query(TRAINED) == [(6,)]


def test_what_failed_is_counted_and_told_of_when_it_is_taken_up_again(command: CommandLine) -> None:
    write_space(command)
    fails = "    import os\n    if params.size != 8 and os.path.exists('FAIL'):\n        raise ValueError\n"
    head = "def build(params, data):\n"
    (command.folder / "mine_model.py").write_text(MODEL.replace(head, head + fails))
    (marker := command.folder / "FAIL").touch()
    words = [*(word if word != "promote" else "none" for word in RUN), "--replicates", "0"]
    command.run(*words, "--epoch-budget", "8", "--sampler", "random")
    marker.unlink()
    assert command.query("SELECT state FROM trial ORDER BY optuna_number") == [("complete",), *[("failed",)] * 3]
    again = ("--epoch-budget", "9", "--try", "size=32")
    assert command.run(*words, *again, "--sampler", "random", "--failed", status=2).stderr == (
        "error: what is to be tried needs 3 epochs, and --epoch-budget 9 has 0 left for it; give a larger one\n"
    )
    command.run(*words, *again, "--sampler", "random", "--timeout-total", "0.001")  # it waits
    out = command.run("resume", "--failed", "--timeout-total", "inf", "--engine", "inline").stdout
    assert (
        "mine@digits: what is taken up again is trained in any case, and with it the search may come to 12 epochs, 3 "
        "more than --epoch-budget 9, and what waits to be tried has no room\n" in out
    )
    assert (
        f"{NOT_TRIED} it might train 3 epochs, and 0 of --epoch-budget 9 are left; `python -m study run mine.py "
        f"--epoch-budget 15` tries it\n" in out
    )
    assert command.query(TRAINED) == [(12,)]


def test_what_was_not_tried_is_told_wherever_its_study_is_called_finished(
    command: CommandLine, unpainted: object
) -> None:
    write_space(command)
    words = [*(word if word != "promote" else "none" for word in RUN), "--sampler", "random"]
    command.run(*words, "--trials", "2", "--try", "size=32", "--prune-tried", "--pruner", "median", "--timeout", "1e-9")
    told = (
        f"{NOT_TRIED} the search has used up its --timeout of 1e-09 seconds; `python -m study run mine.py --timeout "
        f"inf` tries it\n"
    )
    (row,) = json.loads(command.run("list", "--json").stdout)
    assert (row["status"], row["not_tried"] + "\n") == ("finished", told)
    for again in (("list",), ("show", "mine"), ("resume",), ("resume", "mine"), ("watch", "mine"), ("run", "mine.py")):
        assert told in command.run(*again).stdout
    assert told not in (out := command.run("run", "mine.py", "--timeout", "inf").stdout)
    assert "trial 1 is one that --try asked for (size=32)" in out
    (row,) = json.loads(command.run("list", "--json").stdout)
    assert (row["status"], row["not_tried"]) == ("finished", None)
    assert "not tried" not in command.run("resume").stdout


def test_a_trial_that_began_as_its_command_died_is_no_longer_to_be_tried(command: CommandLine) -> None:
    write_space(command)
    words = [word if word != "promote" else "none" for word in RUN]
    command.run(*words, "--trials", "2", "--try", "size=32")
    with sqlite3.connect(command.database) as connection:
        connection.execute("UPDATE tried SET trial = NULL")
    command.run("run", "mine.py", "--trials", "3")
    assert command.query("SELECT optuna_number FROM tried JOIN trial ON trial.id = tried.trial") == [(1,)]


def test_what_the_search_of_a_re_tuned_arm_takes_up_again_beyond_its_epochs_is_told_of(command: CommandLine) -> None:
    write_space(command, WIDE)
    fails = "    import os\n    if params.size == 32 and os.path.exists('FAIL'):\n        raise ValueError\n"
    head = "def build(params, data):\n"
    (command.folder / "mine_model.py").write_text(MODEL.replace(head, head + fails))
    (marker := command.folder / "FAIL").touch()
    words = ["ablate", *(word if word != "promote" else "none" for word in RUN[1:]), "--variants", "wide", "--retune"]
    command.run(*words, "--epoch-budget", "7", "--sampler", "random", status=3)
    marker.unlink()
    told = (
        "mine@digits+wide: what is taken up again is trained in any case, and with it the search may come to 15 "
        "epochs, 8 more than --epoch-budget 7\n"
    )
    again = ("ablate", "mine.py", "--failed")
    assert told not in command.run("ablate", "mine.py", "--dry-run").stdout
    assert told in command.run(*again, "--dry-run").stdout
    assert told in command.run("resume", "--failed").stdout
    spent = f"{TRAINED} AND trial.study = 'mine@digits+wide'"
    assert command.query(spent) == [(15,)]


def test_too_few_epochs_are_refused_with_what_they_must_hold(command: CommandLine) -> None:
    write_space(command)
    found = command.run(*RUN, "--epoch-budget", "2", status=2).stderr
    assert found == "error: --epoch-budget is at least --epochs, 3, as the baseline trains them all, not 2\n"
    command.run(*RUN, "--epoch-budget", "4")
    found = command.run(*RUN, "--epoch-budget", "5", "--try", "size=16", status=2).stderr
    assert found == (
        "error: what is to be tried needs 3 epochs, and --epoch-budget 5 has 1 left for it; give a larger one\n"
    )
