"""A model's source is changed between two commands, as people do: nothing old is mixed with anything new unsaid."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..conftest import CommandLine
from ..own_space import BOTH, DATA, WIDE, copy_of, write_space

SEARCH = ("run", "mine.py", *DATA, "--trials", "2", "--replicates", "2")
ABLATE = ("ablate", "mine.py", *DATA, "--variants", "wide", "--replicates", "2")
TRIALS = "SELECT id, phase, configuration_hash, seed, code, stale_at IS NOT NULL FROM trial ORDER BY created_at, id"
LAYERS = "nn.Flatten(), nn.Linear(784, params.size), nn.ReLU(), nn.Linear(params.size, data.outputs)"
BUILT = f"    return nn.Sequential({LAYERS})"
DROPPED = BUILT.replace("nn.ReLU()", "nn.ReLU(), nn.Dropout(0.9)")


pytestmark = pytest.mark.usefixtures("unpainted")


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    line = CommandLine(tmp_path_factory.mktemp("studied"))
    write_space(line, WIDE, BOTH)
    line.run(*SEARCH)
    line.run(*ABLATE)
    return line


@pytest.fixture
def mine(studied: CommandLine, tmp_path: Path) -> CommandLine:
    return copy_of(studied, tmp_path)


def edit(line: CommandLine, old: str, new: str) -> None:
    model = line.folder / "mine_model.py"
    text = model.read_text()
    assert old in text
    model.write_text(text.replace(old, new))


def test_every_trial_keeps_what_it_was_trained_by(mine: CommandLine) -> None:
    ((code, files),) = mine.query("SELECT hash, files FROM code")
    assert list(json.loads(files)) == ["mine_model"]
    assert {row[4] for row in mine.query(TRIALS)} == {code}


@pytest.mark.parametrize("words", [(*SEARCH, "--trials", "3"), (*ABLATE, "--replicates", "3"), SEARCH])
def test_changed_code_is_refused_with_what_changed_and_both_ways_out(mine: CommandLine, words: tuple[str, ...]) -> None:
    before = mine.query(TRIALS)
    edit(mine, BUILT, DROPPED)
    told = mine.run(*words, status=2).stderr
    assert f"what {len(before)} of its trials were trained by has changed since: mine_model (+1 -1 lines)" in told
    assert "--code-changed keep" in told
    assert "--code-changed again" in told
    assert mine.query(TRIALS) == before


def test_changed_comments_are_told_and_change_nothing(mine: CommandLine) -> None:
    before = mine.query(TRIALS)
    edit(mine, "import time", '"""Mine."""\nimport time  # sleeps')
    told = mine.run(*SEARCH, "--trials", "3").stdout
    assert "mine_model (+2 -1 lines) changed in comments, docstrings or its space alone" in told
    after = mine.query(TRIALS)
    assert after[: len(before)] == before
    assert len(after) > len(before)
    assert mine.query("SELECT decision FROM code_change") == [("comments",)]
    assert "changed in comments" not in mine.run(*SEARCH, "--trials", "4").stdout  # it was said


@pytest.mark.slow
def test_kept_trials_count_on_and_are_paired_with_new_ones(mine: CommandLine) -> None:
    before = mine.query(TRIALS)
    edit(mine, BUILT, "    print(end='')\n" + BUILT)
    told = mine.run(*ABLATE, "--replicates", "3", "--code-changed", "keep").stdout
    assert f"{len(before)} trials trained before mine_model (+1 -0 lines) changed count on" in told
    after = mine.query(TRIALS)
    assert after[: len(before)] == before
    assert {row[1] for row in after[len(before) :]} == {"ablate"}
    assert {row[4] for row in after[len(before) :]}.isdisjoint(row[4] for row in before)
    assert mine.query("SELECT decision, trials FROM code_change") == [("keep", len(before))]
    mine.run(*ABLATE, "--replicates", "4")  # the decision holds
    mine.run("report", "--format", "markdown")
    assert "mine_model (+1 -0 lines)" in (mine.folder / "runs" / "report" / "report.md").read_text()


@pytest.mark.slow
def test_stale_trials_are_trained_again_and_stand_beside_nothing(mine: CommandLine) -> None:
    before = mine.query(TRIALS)
    edit(mine, BUILT, DROPPED)
    told = mine.run(*SEARCH, "--code-changed", "again").stdout
    assert f"{len(before)} trials trained before mine_model (+1 -1 lines) changed are stale, and trained again" in told
    mine.run(*ABLATE)
    after = mine.query(TRIALS)
    stale = [row for row in after if row[5]]
    fresh = [row for row in after if not row[5]]
    assert len(stale) == len(before)
    assert {row[4] for row in stale}.isdisjoint(row[4] for row in fresh)
    planned = {row[0] for row in before if row[1] == "ablate"}
    assert planned == {row[0] for row in fresh if row[1] == "ablate"}  # the same trials, anew
    shown = json.loads(mine.run("show", "mine", "--json").stdout)
    assert {row["id"] for row in shown["trials"]} == {row[0] for row in fresh}
    assert shown["stale"] == len(stale)
    assert mine.query("SELECT count(*) FROM trials WHERE state = 'COMPLETE'") == [(2,)]  # Optuna's: the fresh ones
    mine.run("report", "--format", "markdown", "--format", "csv")
    assert f"{len(stale)} trials are stale" in (mine.folder / "runs" / "report" / "report.md").read_text()


@pytest.mark.slow
def test_a_finished_study_is_trained_again_by_resume(mine: CommandLine) -> None:
    edit(mine, BUILT, DROPPED)
    assert "nothing to resume" in mine.run("resume").stdout
    assert "trained again" in mine.run("resume", "--code-changed", "again").stdout
    counts = {(phase, stale): count for phase, stale, count in mine.query(
        "SELECT phase, stale_at IS NOT NULL, count(*) FROM trial WHERE state = 'complete' GROUP BY 1, 2")}  # fmt: skip
    assert counts["search", 0] == counts["search", 1]
    assert counts["ablate", 0] == counts["ablate", 1]


def test_where_nothing_changed_the_option_says_so(mine: CommandLine) -> None:
    before = mine.query(TRIALS)
    assert "--code-changed has nothing to do" in mine.run(*SEARCH, "--code-changed", "again").stdout
    assert mine.query(TRIALS) == before


@pytest.mark.cases(1)
@pytest.mark.parametrize(("old", "new", "words"), [
    (BUILT, "    print(end='')\n" + BUILT, ("--code-changed", "keep")),
    ("import time", "import time  # sleeps", ()),
])  # fmt: skip
def test_a_decision_about_a_finished_study_holds(mine: CommandLine, old: str, new: str, words: tuple[str, ...]) -> None:
    edit(mine, old, new)
    for command in (SEARCH, ABLATE):
        told = mine.run(*command, *words).stdout
        assert "nothing to do" in told
    assert mine.query("SELECT count(*) FROM code_change") == [(1,)]
    assert "mine_model" not in mine.run(*SEARCH).stdout  # it was said, and it was kept


def test_a_dry_run_counts_what_would_be_trained_again_and_puts_nothing_aside(mine: CommandLine) -> None:
    before = mine.query(TRIALS)
    edit(mine, BUILT, DROPPED)
    assert "│ 2 of 2 " in mine.run(*SEARCH, "--code-changed", "again", "--dry-run").stdout
    planned = mine.run(*ABLATE, "--code-changed", "again", "--dry-run").stdout
    assert planned.count("2 of 2") >= 2
    assert "0 of" not in planned
    assert mine.query(TRIALS) == before


def test_what_is_trained_again_is_counted_as_missing(mine: CommandLine) -> None:
    edit(mine, BUILT, DROPPED)
    assert "mine@digits: 0 of 2 search trials and 0 of " in mine.run(*SEARCH, "--code-changed", "again").stdout


@pytest.mark.slow
def test_trials_are_trained_again_where_their_code_changed_alone(mine: CommandLine) -> None:
    mine.run("run", "cnn", *DATA, "--trials", "1", "--replicates", "0")
    edit(mine, BUILT, DROPPED)
    told = mine.run("resume", "--code-changed", "again").stdout
    assert "cnn@digits" not in told
    assert "mine@digits" in told


def test_weights_of_other_code_are_used_with_a_word(mine: CommandLine) -> None:
    assert "has changed since" not in mine.run("predict", "mine", "--dataset", "digits").stdout
    edit(mine, BUILT, BUILT.replace("nn.ReLU()", "nn.Tanh()"))
    told = mine.run("predict", "mine", "--dataset", "digits").stdout
    assert "mine@digits: mine_model (+1 -1 lines) has changed since these weights were trained" in told
