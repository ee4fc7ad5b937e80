"""Optuna's tables of a finished search whose process was killed before it wrote the last ends there."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from study.database import TrialDatabase
from study.errors import StudyError

from ..conftest import CommandLine

RUN = (
    *("run", "mlp", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0"),
    *("--engine", "inline"),
)
SHOWN = "SELECT number, state, value FROM trials LEFT JOIN trial_values USING (trial_id) ORDER BY number"
LACKED = "mlp@digits: Optuna's tables lacked the end of its search, and have it now\n"


def change(command: CommandLine, *statements: str) -> None:
    with closing(sqlite3.connect(command.database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize("words", [RUN, ("resume",)], ids=["run", "resume"])
@pytest.mark.parametrize(
    "lost",
    [
        ("UPDATE trials SET state = 'RUNNING' WHERE number = 1", "DELETE FROM trial_values WHERE trial_id = 2"),
        (
            "UPDATE trial SET optuna_trial_id = NULL WHERE optuna_number = 1",
            *(f"DELETE FROM {table} WHERE trial_id = 2" for table in ("trial_values", "trial_params", "trials")),
            "DELETE FROM trial_user_attributes WHERE trial_id = 2",
        ),
    ],
    ids=["open", "absent"],
)
def test_a_finished_search_that_is_asked_for_again_writes_what_optunas_tables_lack(
    command: CommandLine, lost: tuple[str, ...], words: tuple[str, ...]
) -> None:
    command.run(*RUN, "--trials", "2")
    whole = command.query(SHOWN)
    assert [state for _, state, _ in whole] == ["COMPLETE"] * 2
    assert LACKED not in command.run(*words).stdout
    change(command, *lost)
    assert command.query(SHOWN) != whole
    again = command.run(*words).stdout
    assert "mlp@digits: nothing to do" in again
    assert again.count(LACKED) == 1
    assert command.query(SHOWN) == whole
    assert command.query("SELECT owner FROM plan") == [(None,)]
    assert LACKED not in command.run(*words).stdout


def test_resume_leaves_alone_what_is_finished_and_whose_data_are_gone(command: CommandLine) -> None:
    command.run(*RUN, "--trials", "1")
    change(command, "UPDATE trials SET state = 'RUNNING'", "UPDATE plan SET dataset_source = 'gone.npz'")
    assert "nothing to resume" in command.run("resume").stdout


def test_where_they_cannot_be_written_it_says_so_and_ends_well(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.run(*RUN, "--trials", "1")
    change(command, "UPDATE trials SET state = 'RUNNING'")

    def refused(self: TrialDatabase, tell: object) -> None:
        raise StudyError("it is read-only")

    monkeypatch.setattr(TrialDatabase, "begin_writing", refused)
    told = command.run(*RUN).stdout
    assert "mlp@digits: nothing to do" in told
    assert (
        "mlp@digits: Optuna's tables lack the end of its search, and cannot be brought up now: it is read-only\n"
        in told
    )
