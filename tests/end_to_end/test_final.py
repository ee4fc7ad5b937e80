"""`final`: longer and other final trials of a stored study, beside its own."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ..conftest import CommandLine

BEGIN = ("--dataset", "digits", "--train-size", "100", "--epochs", "2", "--replicates", "2", "--trials", "3")
VALUES = ("--set", "optimizer=sgd", "--set", "batch_size=100", "--set", "width=4", "--set", "hidden_size=8")
NAME = "best, 3 epochs"
OF_FINAL = f"SELECT replicate, state, epochs, seed, id FROM trial WHERE variant = '{NAME}' ORDER BY replicate"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A small finished study whose best is search trial 1, only copied."""
    line = CommandLine(tmp_path_factory.mktemp("begun"))
    line.run("run", "cnn", *BEGIN, *VALUES)
    change(line, "UPDATE trial SET value = 0.9 WHERE optuna_number = 1")
    line.run("run", "cnn", "--dataset", "digits")  # the replicates of the best, as it is now
    return line


@pytest.fixture
def study(begun: CommandLine, tmp_path: Path) -> CommandLine:
    """A study of this test's own."""
    shutil.copytree(begun.folder / "runs", tmp_path / "runs")
    return CommandLine(tmp_path)


def change(line: CommandLine, sql: str) -> None:
    with sqlite3.connect(line.database) as connection:
        connection.execute(sql)
    connection.close()


def told(line: CommandLine, *words: str) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads(line.run(*words, "--json").stdout)


def test_the_best_is_trained_longer_beside_the_study_which_stays_what_it_was(study: CommandLine) -> None:
    before = told(study, "best", "cnn")
    plan = study.query("SELECT trials, epochs, replicates FROM plan")
    out = study.run("final", "cnn", "--epochs", "3", "--replicates", "1").stdout
    assert (
        "cnn@digits: final trials 'best, 3 epochs' are the configuration of search trial 1, the best of 3, on 1 seed\n"
    ) in out
    assert "note: cnn@digits: the baseline is not trained for 3 epochs, so a difference to it mixes length and " in out
    first = study.query(OF_FINAL)
    assert [row[:3] for row in first] == [(0, "complete", 3)]
    more = study.run("final", "cnn", "--epochs", "3", "--replicates", "3").stdout
    assert "cnn@digits: 1 of 3 final trials are finished; trial database" in more
    rows = study.query(OF_FINAL)
    assert rows[:1] == first, "a finished trial is not trained again"
    assert [row[:3] for row in rows] == [(number, "complete", 3) for number in range(3)]
    # Replicate r has the seed that it has in the best's own replicates, so that pairs exist.
    own = study.query("SELECT replicate, seed FROM trial WHERE variant = 'best' ORDER BY replicate")
    assert [(row[0], row[3]) for row in rows][:2] == own
    assert study.query(f"SELECT count(*) FROM test_result WHERE trial IN (SELECT id FROM ({OF_FINAL}))") == [(3,)]
    assert told(study, "best", "cnn") == before
    assert study.query("SELECT trials, epochs, replicates FROM plan") == plan
    assert study.query("SELECT name, origin, epochs, replicates FROM final") == [(NAME, "best", 3, 3)]
    assert "nothing to do, 3 of 3 final trials are finished" in study.run("final", "cnn", "--epochs", "3").stdout


def test_a_study_with_final_trials_searches_and_replicates_on_as_without(study: CommandLine) -> None:
    study.run("final", "cnn", "--epochs", "3", "--replicates", "1")
    assert "nothing to do, 3 of 3 search trials and 4 of 4 replicates" in study.run("run", "cnn").stdout
    study.run("run", "cnn", "--replicates", "3")
    counted = study.query("SELECT variant, count(*) FROM trial WHERE phase = 'replicate' GROUP BY variant ORDER BY 1")
    assert counted == [("baseline", 3), ("best", 3), (NAME, 1)]
    (row,) = told(study, "list")
    assert (row["replicates"], row["replicate_target"], row["final_trials"], row["final_target"]) == (6, 6, 1, 1)
    assert row["status"] == "finished"


def test_any_trial_the_baseline_and_other_values_have_rows_of_their_own(study: CommandLine) -> None:
    study.run("final", "cnn", "--trial", "2", "--replicates", "1")
    study.run("final", "cnn", "--baseline", "--epochs", "3", "--replicates", "1")
    out = study.run("final", "cnn", "--set", "width=5", "--set", "dropout=0.2", "--replicates", "1").stdout
    assert "'width=5, dropout=0.2, 2 epochs' are the baseline with width=5, dropout=0.2, on 1 seed" in out
    study.run("final", "cnn", "--trial", "2", "--set", "width=5", "--replicates", "1")
    found = {row["name"]: row for row in told(study, "show", "cnn")["finals"]}
    assert {name: row["origin"] for name, row in found.items()} == {
        "trial 2, 2 epochs": "trial 2",
        "baseline, 3 epochs": "baseline",
        "width=5, dropout=0.2, 2 epochs": "set",
        "trial 2 with width=5, 2 epochs": "set",
    }
    assert found["width=5, dropout=0.2, 2 epochs"]["changes"] == {"width": 5, "dropout": 0.2}
    assert found["baseline, 3 epochs"]["changes"] == {}
    assert all(row["finished"] == row["test"]["planned"] == 1 for row in found.values())
    # Trial 2 is asked for by another way, and found again.
    (other,) = study.query("SELECT configuration FROM trial WHERE optuna_number = 2")
    change(study, "UPDATE trial SET value = 0.95 WHERE optuna_number = 2")
    assert "is what cnn@digits has final trials of anyway" in study.run("final", "cnn", status=2).stderr
    assert json.loads(other[0]) == found["trial 2, 2 epochs"]["configuration"]


def test_the_best_of_a_longer_search_is_told_from_the_one_before(study: CommandLine) -> None:
    study.run("final", "cnn", "--epochs", "3", "--replicates", "1")
    change(study, "UPDATE trial SET value = 0.95 WHERE optuna_number = 2")
    study.run("final", "cnn", "--epochs", "3", "--replicates", "1")
    assert (
        "'best, 3 epochs' are the configuration of search trial 1, on 2 seeds; 1 were planned on 20"
        in study.run("final", "cnn", "--trial", "1", "--epochs", "3", "--replicates", "2").stdout
    )
    rows = study.query("SELECT name, replicates FROM final ORDER BY name")
    assert rows == [("best (2), 3 epochs", 1), (NAME, 2)]
    names = study.query("SELECT variant FROM trial WHERE epochs = 3 ORDER BY variant")
    assert names == [("best (2), 3 epochs",), (NAME,), (NAME,)]


def test_what_time_did_not_reach_is_resumed(study: CommandLine) -> None:
    words = ("final", "cnn", "--epochs", "3", "--replicates", "2")
    assert "seconds of --timeout-total are over" in study.run(*words, "--timeout-total", "0.001").stdout
    assert study.query(OF_FINAL) == []
    assert study.query("SELECT name, replicates FROM final") == [(NAME, 2)], "they are planned before they run"
    assert told(study, "list")[0]["status"] == "unfinished"
    study.run("resume", "--timeout-total", "inf")
    assert [row[1] for row in study.query(OF_FINAL)] == ["complete", "complete"]
    assert "nothing to resume" in study.run("resume").stdout


def test_failed_final_trials_are_taken_up_by_resume_and_by_final_alone(study: CommandLine) -> None:
    words = ("final", "cnn", "--epochs", "3", "--replicates", "1")
    study.run(*words)
    change(study, f"UPDATE trial SET state = 'failed', failure_type = 'E' WHERE variant = '{NAME}'")
    assert "nothing to do" in study.run("run", "cnn", "--failed", status=3).stdout
    out = study.run("show", "cnn").stdout
    assert f"{NAME} replicate 0" in out
    assert study.query(OF_FINAL)[0][1] == "failed"
    assert "1 failed taken up again" in study.run("resume", "--failed").stdout
    assert study.query(OF_FINAL)[0][1] == "complete"
    change(study, f"UPDATE trial SET state = 'failed', failure_type = 'E' WHERE variant = '{NAME}'")
    assert "1 failed taken up again" in study.run(*words, "--failed").stdout
    assert study.query(OF_FINAL)[0][1] == "complete"


def test_a_dry_run_writes_nothing(study: CommandLine) -> None:
    before = study.database.read_bytes()
    out = study.run("final", "cnn", "--epochs", "3", "--replicates", "2", "--dry-run").stdout
    assert "2 of 2" in out
    assert "2 trials, 6 epochs at most" in out
    assert study.database.read_bytes() == before


def test_their_weights_answer(study: CommandLine) -> None:
    study.run("final", "cnn", "--epochs", "3", "--replicates", "2")
    scored = told(study, "predict", "cnn", "--dataset", "digits", "--variant", NAME)
    assert scored["models"] == 2
    stderr = study.run("predict", "cnn", "--dataset", "digits", "--variant", "best, 4 epochs", status=2).stderr
    assert stderr == (
        f"error: --variant is one of best; baseline; {NAME}, not 'best, 4 epochs'; did you mean '{NAME}'?\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (),
            "the configuration of search trial 1, the best of 3 at 2 epochs is what cnn@digits has final trials of "
            "anyway: `python -m study run cnn --replicates 2` trains 2 of the best and of the baseline; give --epochs "
            "for another length",
        ),
        (("--trial", "7"), "cnn@digits has no search trial 7: its search trials are 0 to 2; `show` lists them"),
        (
            ("--trial", "1", "--baseline"),
            "--baseline and --trial 1 name two configurations; give one of them",
        ),
        (("--set", "width=4"), "--set width=4 changes nothing on the baseline"),
        (("--epochs", "0"), "--epochs is at least 1, not 0"),
        (("--replicates", "0"), "--replicates is at least 1, not 0"),
        (("--set", "width"), "--set takes name=value, not 'width'"),
    ],
)
def test_what_cannot_be_is_one_sentence(begun: CommandLine, words: tuple[str, ...], message: str) -> None:
    assert begun.run("final", "cnn", *words, status=2).stderr == f"error: {message}\n"


def test_there_is_nothing_to_train_longer_without_a_study(command: CommandLine) -> None:
    stderr = command.run("final", "cnn", status=2).stderr
    assert stderr == (
        "error: there is no trial database at sqlite:///runs/studies.db; `python -m study run SPACE` begins one\n"
    )


@pytest.mark.slow
def test_killed_final_trials_end_as_undisturbed_ones(begun: CommandLine, tmp_path: Path) -> None:
    lines = []
    for name in ("killed", "undisturbed"):
        shutil.copytree(begun.folder / "runs", tmp_path / name / "runs")
        lines.append(CommandLine(tmp_path / name))
    killed, undisturbed = lines
    words = ("final", "cnn", "--epochs", "40", "--replicates", "2", "--workers", "1")
    process = killed.start(*words)
    killed.wait_for(
        "SELECT count(*) FROM epoch JOIN trial ON trial.id = epoch.trial WHERE trial.epochs = 40",
        lambda number: number >= 5,
        process,
    )
    killed.kill(process, signal.SIGKILL)
    killed.run_process("resume", "--workers", "1")
    undisturbed.run_process(*words)
    results = [
        line.query(
            "SELECT trial.id, score, loss, predictions FROM test_result JOIN trial ON trial.id = test_result.trial "
            "WHERE trial.epochs = 40 ORDER BY trial.id"
        )
        for line in lines
    ]
    assert len(results[0]) == 2
    assert results[0] == results[1]
