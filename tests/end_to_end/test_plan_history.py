"""How a study's plan came to be what it is: kept with every change, shown by `show`, told by the report."""

from __future__ import annotations

import json
import re

import pytest

from study.database import TrialDatabase, schema

from ..conftest import CommandLine
from ..own_space import DATA, SMOOTH, write_space

BEGUN = "begun with --trials 1, --epochs 1, --replicates 1"


@pytest.mark.usefixtures("unpainted")
def test_each_change_is_kept_with_its_command_and_told(command: CommandLine) -> None:
    write_space(command)
    command.run("run", "mine.py", *DATA, "--trials", "1", "--replicates", "1")
    assert "how its plan came to be" not in command.run("show", "mine").stdout
    command.run("report", "--format", "markdown")
    assert "How the plans came to be" not in (command.folder / "runs" / "report" / "report.md").read_text()

    command.run("run", "mine.py", "--trials", "2", "--workers", "1")
    out = command.run("run", "mine.py", "--timeout", "900").stdout
    assert "mine@digits: nothing to do" in out
    command.run("run", "mine.py", "--trials", "2")  # changes nothing, and is no change

    history = json.loads(command.run("show", "mine", "--json").stdout)["history"]
    assert [change["what"] for change in history] == [
        BEGUN,
        "--trials was 1, now 2",
        "--timeout was not given, now 900.0",
    ]
    assert history[2]["command"] == "python -m study run mine.py --timeout 900"
    shown = command.run("show", "mine").stdout
    assert re.search(rf"\n  [-\d]+ [\d:]+ UTC  {BEGUN}\n  .* UTC  --trials was 1, now 2\n  .*--timeout was", shown)

    command.run("report", "--format", "markdown")
    page = (command.folder / "runs" / "report" / "report.md").read_text()
    assert "How the plans came to be what they are" in page
    assert "--trials was 1, now 2" in page
    assert command.query("SELECT timeout_seconds, owner FROM plan") == [(900.0, None)]


def test_what_re_tunes_an_arm_has_a_history_of_its_own(command: CommandLine) -> None:
    write_space(command, SMOOTH)
    words = ("ablate", "mine.py", *DATA, "--retune", "--replicates", "1")
    command.run(*words, "--trials", "1")
    command.run(*words, "--trials", "2")
    found = command.query("SELECT study, what, command FROM plan_change WHERE study LIKE '%+%' ORDER BY number")
    assert [row[:2] for row in found] == [
        ("mine@digits+smooth", "begun with --trials 1, --epochs 1"),
        ("mine@digits+smooth", "--trials was 1, now 2"),
    ]
    assert all(row[2].startswith("python -m study ablate mine.py") for row in found)


def test_a_database_from_before_has_no_history_and_is_shown(command: CommandLine) -> None:
    write_space(command)
    command.run("run", "mine.py", *DATA, "--trials", "1", "--replicates", "0")
    with TrialDatabase(f"sqlite:///{command.database}") as database, database.begin() as connection:
        connection.execute(schema.plan_change.delete())
    assert json.loads(command.run("show", "mine", "--json").stdout)["history"] == []
    assert "how its plan" not in command.run("show", "mine").stdout
