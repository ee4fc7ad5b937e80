"""`--try` as a user has it: settings one believes in are tried first, whole, once, and told of."""

from __future__ import annotations

import json
import sqlite3

import pytest

from ..conftest import CommandLine
from ..own_space import DATA, write_space

RUN = ("run", "mine.py", *DATA, "--replicates", "0", "--workers", "1")
VARIANTS = "SELECT optuna_number, variant, json_extract(configuration, '$.size') FROM trial ORDER BY optuna_number"


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> tuple[CommandLine, str]:
    """A study with two tries, only read from, and what its command said."""
    line = CommandLine(tmp_path_factory.mktemp("tried"))
    write_space(line)
    out = line.run(*RUN, "--trials", "4", "--try", "learning_rate=0.005,size=48", "--try", "size=16").stdout
    return line, out


def test_tries_are_told_of_and_trained_before_the_sampler_is_asked(tried: tuple[CommandLine, str]) -> None:
    command, out = tried
    assert (
        "mine@digits: to be tried before the sampler is asked: learning_rate=0.005, size=48; all else is as in the "
        "baseline, and goes to its end in any case\n" in out
    )
    assert "trial 1 is one that --try asked for (learning_rate=0.005, size=48)" in out
    found = command.query(VARIANTS)
    assert [row[1] for row in found] == ["baseline", "tried", "tried", "search"]
    assert [row[2] for row in found[:3]] == [8, 48, 16]
    assert "4 of 4 search trials" in command.run("run", "mine.py").stdout


def test_they_are_marked_wherever_trials_are_shown(
    tried: tuple[CommandLine, str], unpainted: pytest.MonkeyPatch
) -> None:
    command, _ = tried
    assert "│ 1 (tried) " in command.run("show", "mine").stdout
    details = json.loads(command.run("show", "mine", "--json").stdout)
    assert [row["variant"] for row in details["trials"]] == ["baseline", "tried", "tried", "search"]
    assert [(entry["number"], entry["given"], entry["prune"]) for entry in details["tries"]] == [
        (1, {"learning_rate": 0.005, "size": 48}, False),
        (2, {"size": 16}, False),
    ]
    assert [entry["trial"] for entry in details["tries"]] == [row["id"] for row in details["trials"][1:3]]
    best = json.loads(command.run("best", "mine", "--json").stdout)
    assert best["tried"] is (best["trial"] in (1, 2))
    assert (", which --try asked for" in command.run("best", "mine").stdout) is best["tried"]
    command.run("report", "--format", "markdown")
    page = (command.folder / "runs" / "report" / "report.md").read_text()
    assert "Settings that somebody wanted tried" in page
    assert "learning_rate=0.005, size=48" in page


def test_the_same_again_adds_nothing_and_more_raises_the_target(tried: tuple[CommandLine, str]) -> None:
    command, _ = tried
    out = command.run(*RUN, "--try", "size=48,learning_rate=5e-3", "--try", "size=8", "--dry-run").stdout
    assert "--try size=48,learning_rate=5e-3: this is trial 1 already (complete); nothing is added" in out
    assert "--try size=8: this is the baseline, which is trial 0; nothing is added" in out
    assert "0 trials, 0 epochs at most" in out
    more = command.run(*RUN, "--try", "size=24", "--try", "size=24", "--dry-run").stdout
    assert "mine@digits: the search has 5 trials now instead of 4, as those left do not suffice for what is" in more
    assert "--try size=24: this is to be tried already; nothing is added" in more
    assert "│ try 1 " in more
    assert "size=24" in more
    assert "1 trial, 1 epoch at most" in more
    assert command.query("SELECT count(*) FROM tried") == [(2,)]


def test_a_target_that_is_raised_is_stored_with_its_reason(command: CommandLine) -> None:
    write_space(command)
    command.run(*RUN, "--trials", "1")
    command.run(*RUN, "--try", "size=24", "--sampler", "auto")
    assert command.query("SELECT what FROM plan_change ORDER BY number") == [
        ("begun with --trials 1, --epochs 1",),
        ("--trials was 1, now 2",),
        ("to be tried: size=24",),
    ]
    assert [row[1] for row in command.query(VARIANTS)] == ["baseline", "tried"]
    command.run("resume")
    assert len(command.query(VARIANTS)) == 2


def test_what_waits_without_a_trial_left_is_tried_by_the_command_that_is_named(command: CommandLine) -> None:
    write_space(command)
    command.run(*RUN, "--trials", "2", "--try", "size=24")
    with sqlite3.connect(command.database) as connection:  # its trial is put aside, and another one took its place
        connection.execute("UPDATE trial SET variant = 'search' WHERE variant = 'tried'")
        connection.execute("""UPDATE tried SET trial = NULL, given = '{"size": 32}'""")
    told = "mine@digits: size=32 was not tried, as the search has its 2 trials; `python -m study run mine.py` tries it"
    assert told in command.run("resume").stdout
    out = command.run("run", "mine.py").stdout
    assert "mine@digits: the search has 3 trials now instead of 2, as those left do not suffice for what is to" in out
    assert told not in out
    assert [row[1:] for row in command.query(VARIANTS)] == [("baseline", 8), ("search", 24), ("tried", 32)]


def test_a_grid_tries_them_besides_its_points_and_repeats_none(command: CommandLine) -> None:
    write_space(command)
    words = (*RUN, "--sampler", "grid", "--set", "learning_rate=0.001")  # five points of size: 8, 24, 40, 48, 64
    command.run(*words, "--trials", "50", "--try", "size=56", "--try", "size=24")
    sizes = [row[2] for row in command.query(VARIANTS)]
    assert sizes[:3] == [8, 56, 24]
    assert len(sizes) == len(set(sizes)) == 6
    assert "nothing to do, 6 of 6 search trials" in command.run(*words, "--trials", "50").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--try", "sise=16"), "--try gives 'sise', which model 'mine_model' does not have; did you mean 'size'?"),
        (("--try", "size"), "--try takes name=value, not 'size'"),
        (("--try", "size=big"), "--try size takes an integer, not 'big'"),
        (("--try", "size=16,size=24"), "--try gives 'size' once, not 16 and 24 as well"),
        (("--try", "size=10"), "--try size=10 cannot be tried: size=10 is not in its domain, 8 to 64 in steps of 8"),
        (
            ("--try", "size=16,batch_size=8"),
            "--try size=16,batch_size=8 cannot be tried: 'batch_size' is no parameter that is tuned in mine@digits; "
            "tuned are learning_rate, size",
        ),
        (("--prune-tried",), "--prune-tried is about what --try asks for, which was not given"),
        (
            ("--try", "size=16", "--prune-tried", "--pruner", "none"),
            "--prune-tried has no effect on 'mine@digits', which has --pruner none and no --patience",
        ),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_is_stored(
    command: CommandLine, words: tuple[str, ...], message: str
) -> None:
    write_space(command)
    assert command.run(*RUN, *words, status=2).stderr == f"error: {message}\n"
    assert not command.database.exists()


def test_a_search_that_is_out_of_time_tries_nothing_more(command: CommandLine) -> None:
    write_space(command)
    command.run(*RUN, "--trials", "2", "--timeout", "1e-9")
    assert command.run(*RUN, "--try", "size=16", status=2).stderr == (
        "error: --try adds nothing to 'mine@digits', whose search has used up its --timeout of 1e-09 seconds; give a "
        "larger one\n"
    )
