"""Optuna's tables of a finished search whose process was killed before it wrote the last ends there."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from study.database import TrialDatabase
from study.errors import StudyError

from ..conftest import CommandLine
from ..own_space import DATA, WIDE, write_space

RUN = (
    *("run", "mlp", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0"),
    *("--engine", "inline"),
)
SHOWN = "SELECT number, state, value FROM trials LEFT JOIN trial_values USING (trial_id) ORDER BY number"
SHOWN_BY_STUDY = (
    "SELECT study_name, number, state, value FROM trials JOIN studies USING (study_id) "
    "LEFT JOIN trial_values USING (trial_id) ORDER BY study_name, number"
)
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


@pytest.mark.parametrize("words", [("ablate", "mine.py", "--retune", "--variants", "wide"), ("resume",)])
def test_the_searches_that_re_tuned_an_arm_are_brought_up_too(command: CommandLine, words: tuple[str, ...]) -> None:
    write_space(command, WIDE)
    command.run("ablate", "mine.py", *DATA, "--replicates", "2", "--retune", "--searches", "2", "--trials", "2")
    whole = command.query(SHOWN_BY_STUDY)
    studies = sorted({study for study, *_ in whole})
    assert len(studies) == 1 + 2 * 2
    searched = "SELECT study_id FROM studies WHERE study_name LIKE 'mine@digits%'"
    change(
        command,
        f"UPDATE trials SET state = 'RUNNING' WHERE number = 1 AND study_id IN ({searched})",
        f"DELETE FROM trial_values WHERE trial_id IN (SELECT trial_id FROM trials WHERE number = 1 AND study_id IN "
        f"({searched}))",
    )
    assert command.query(SHOWN_BY_STUDY) != whole
    again = command.run(*words).stdout
    lines = [line for line in again.splitlines() if line.endswith("lacked the end of its search, and have it now")]
    assert sorted(line.partition(": Optuna's")[0] for line in lines) == studies
    assert command.query(SHOWN_BY_STUDY) == whole
    assert command.query("SELECT count(*) FROM plan WHERE owner IS NOT NULL") == [(0,)]
    assert "lacked" not in command.run(*words).stdout


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
