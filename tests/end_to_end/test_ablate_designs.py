"""Every design from its first search to its last planned trial, and ablations that do not go as they should."""

from __future__ import annotations

import json
import re
import sqlite3
import warnings
from pathlib import Path

import optuna
import pytest

from ..conftest import CommandLine
from ..own_space import DATA, DOCS, PLANNED_TRIALS, SMOOTH, STARTED, TESTS, TRAININGS, WIDE, copy_of, write_space

# Other designs


@pytest.mark.slow
def test_factorial_and_leave_one_out_stand_beside_the_first_and_share_its_trainings(mine: CommandLine) -> None:
    words = ("ablate", "mine.py", "--dataset", "digits", "--replicates", "2")
    out = mine.run(*words, "--design", "factorial", "--factors", "smooth,wide").stdout
    assert "smooth x wide" in out.replace("wide x smooth", "smooth x wide")
    assert len(mine.query(TRAININGS)) == 8 + 2  # both together; the rest is shared with one-at-a-time
    out = mine.run(*words, "--design", "leave-one-out").stdout
    assert "without wide" in out
    # The noise floor of everything is new; everything is the factorial's combination, and without one is the other.
    assert len(mine.query(TRAININGS)) == 8 + 2 + 2
    found = json.loads(mine.run("show", "mine", "--ablation", "--json").stdout)["ablations"]
    assert [entry["name"] for entry in found] == ["one-at-a-time", "factorial of wide, smooth", "leave-one-out"]
    section = (DOCS / "commands.md").read_text().split("**`show --ablation`**")[1].split("\n\n**`")[0]
    assert [row["contrast"] for row in found[1]["factorial"]] == ["wide", "smooth", "wide x smooth"]
    for key in found[1]["factorial"][0]:
        assert f"`{key}`" in section, key


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A path to a best that differs from the baseline."""
    line = CommandLine(tmp_path_factory.mktemp("walked"))
    write_space(line)
    line.run("ablate", "mine.py", *DATA, "--replicates", "2", "--design", "path", "--trials", "4")
    return line


def test_a_path_goes_from_the_baseline_to_the_best(walked: CommandLine) -> None:
    (details,) = json.loads(walked.run("show", "mine", "--ablation", "--json").stdout)["ablations"]
    best = json.loads(walked.run("best", "mine", "--json").stdout)
    assert best["changes"], "the baseline's learning rate is far too small to be the best"
    steps = details["path"]
    assert [step["step"] for step in steps] == list(range(len(best["changes"]) + 1))
    assert steps[0]["arm"] == "baseline"
    assert steps[-1]["changes"] == best["changes"]
    section = (DOCS / "commands.md").read_text().split("**`show --ablation`**")[1].split("\n\n**`")[0]
    for key in steps[0]:
        assert f"`{key}`" in section, key
    assert walked.query("SELECT DISTINCT state, phase FROM trial ORDER BY 2")[0] == ("complete", "ablate")
    assert walked.query("SELECT count(*) FROM arm WHERE added_later") == [(0,)]


@pytest.mark.slow
def test_more_seeds_and_a_longer_search_do_not_bend_a_path(walked: CommandLine, tmp_path: Path) -> None:
    line = copy_of(walked, tmp_path)
    chosen = "SELECT DISTINCT control FROM arm ORDER BY 1"
    before, arms = line.query(TRAININGS), line.query("SELECT name, configuration FROM arm ORDER BY 1")
    controls = line.query(chosen)
    words = ("ablate", "mine.py", "--dataset", "digits", "--design", "path", "--replicates", "3", "--trials", "12")
    line.run(*words)
    assert line.query("SELECT name, configuration FROM arm ORDER BY 1") == arms
    assert line.query(chosen) == controls
    assert [row for row in line.query(TRAININGS) if row in before] == before
    assert line.query("SELECT count(*) FROM trial WHERE phase = 'search'") == [(12,)]
    assert set(line.query("SELECT count(*) FROM planned_trial GROUP BY arm")) == {(3,)}


@pytest.mark.slow
def test_variants_are_added_to_the_best_and_what_it_has_is_left_out(walked: CommandLine, tmp_path: Path) -> None:
    line = copy_of(walked, tmp_path)
    best = json.loads(line.run("best", "mine", "--json").stdout)["configuration"]
    has = f'Variant("has", {{"size": {best["size"]}, "learning_rate": {best["learning_rate"]!r}}}),'
    write_space(line, SMOOTH, has)
    words = ("ablate", "mine.py", "--dataset", "digits", "--from", "best", "--replicates", "1")
    out = line.run(*words).stdout
    assert "note: Variant 'has' changes nothing here: the reference has " in out
    found = dict(line.query("SELECT name, configuration FROM arm WHERE ablation = 'one-at-a-time from best'"))
    assert json.loads(found["baseline"]) == best
    assert json.loads(found["smooth"]) == best | {"label_smoothing": 0.1}
    assert "has" not in found
    assert "nothing to do" in line.run(*words).stdout
    out = line.run("run", "mine.py", "--dataset", "digits", "--dry-run").stdout
    assert re.search(r"│ replicates +│ 6 of 6 ", out)  # no ablation replicates, so `run` has its default


@pytest.fixture(scope="module")
def retuned(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """One variant that the search tunes and one that it does not, re-tuned; killed once on the way."""
    line = CommandLine(tmp_path_factory.mktemp("retuned"))
    write_space(line, WIDE, SMOOTH)
    process = line.start("ablate", "mine.py", *DATA, "--replicates", "1", "--retune", "--trials", "3")
    line.wait_for("SELECT count(*) FROM trial WHERE study LIKE '%+%'", lambda count: count >= 2, process)
    line.kill(process)
    (row,) = json.loads(line.run("list", "--json").stdout)
    assert row["status"] == "unfinished"
    line.run("resume")
    return line


@pytest.mark.slow
def test_every_side_is_re_tuned_with_the_same_budget(retuned: CommandLine) -> None:
    searches = retuned.query("SELECT study, count(*) FROM trial WHERE phase = 'search' GROUP BY 1 ORDER BY 1")
    studies = ["mine@digits", "mine@digits+baseline with size=8", "mine@digits+smooth", "mine@digits+wide"]
    assert searches == [(study, 3) for study in studies]
    arms = retuned.query("SELECT name, control, configuration FROM arm WHERE setting = 'retuned' ORDER BY position")
    assert [(name, control) for name, control, _ in arms] == [
        *(("baseline with size=8", None), ("baseline", None)),
        *(("wide", "baseline with size=8"), ("smooth", "baseline")),
    ]
    sizes = {name: json.loads(configuration)["size"] for name, _, configuration in arms}
    assert (sizes["wide"], sizes["baseline with size=8"]) == (32, 8)
    assert retuned.query("SELECT count(*) FROM planned_trial JOIN trial ON trial = id WHERE state != 'complete'") == [
        (0,)
    ]
    assert retuned.query("SELECT count(*) FROM planned_trial WHERE trial IS NULL") == [(0,)]
    shared = "SELECT count(*) FROM test_result JOIN trial ON trial = id WHERE phase = 'search'"
    assert retuned.query(shared) == [(0,)]


@pytest.mark.slow
def test_optuna_opens_the_searches_and_list_and_report_know_one_study(retuned: CommandLine, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.load_study(study_name="mine@digits+wide", storage=f"sqlite:///{retuned.database}")
    assert len(study.trials) == 3
    assert {name for trial in study.trials for name in trial.params} == {"learning_rate"}
    (row,) = json.loads(retuned.run("list", "--json").stdout)
    assert (row["study"], row["status"], row["search_trials"]) == ("mine@digits", "finished", 3)
    assert retuned.run("resume").stdout.startswith("nothing to resume")
    retuned.run("report", "--output", str(tmp_path), "--format", "html")
    page = (tmp_path / "report.html").read_text()
    assert "smooth" in page
    assert "mine@digits+wide" not in re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)


@pytest.mark.slow
def test_re_tuning_again_is_nothing_to_do_and_keeps_what_was_found(retuned: CommandLine, tmp_path: Path) -> None:
    line = copy_of(retuned, tmp_path)
    arms = "SELECT setting, name, changes, configuration FROM arm ORDER BY 1, 2"
    before, searched = line.query(arms), line.query("SELECT count(*) FROM trial WHERE phase = 'search'")
    words = ("ablate", "mine.py", "--dataset", "digits", "--retune")
    assert "nothing to do" in line.run(*words, "--replicates", "1").stdout
    line.run(*words, "--replicates", "2")
    assert line.query(arms) == before
    assert line.query("SELECT count(*) FROM trial WHERE phase = 'search'") == searched
    assert set(line.query("SELECT count(*) FROM planned_trial GROUP BY setting, arm")) == {(2,)}


# What goes wrong on the way


@pytest.mark.slow
def test_arms_that_fail_and_diverge_leave_the_others_and_are_told(command: CommandLine) -> None:
    write_space(command, 'Variant("broken", {"kind": "broken"}),', 'Variant("steep", {"kind": "steep"}),', SMOOTH)
    out = command.run("ablate", "mine.py", *DATA, "--replicates", "2", "--precision", "float32").stdout
    assert "FAILED: ValueError: no broken models" in out
    assert "DIVERGED: the training loss became" in out
    states = dict(command.query("SELECT variant, group_concat(DISTINCT state) FROM trial GROUP BY 1"))
    assert states == {
        "baseline": "complete",
        "noise floor": "complete",
        "smooth": "complete",
        "broken": "failed",
        "steep": "diverged",
    }
    shown = {
        arm["arm"]: arm
        for arm in json.loads(command.run("show", "mine", "--ablation", "--json").stdout)["ablations"][0]["arms"]
    }
    assert (shown["broken"]["n"], shown["broken"]["failed"]) == (0, 2)
    assert (shown["steep"]["n"], shown["steep"]["diverged"]) == (0, 2)
    assert shown["broken"]["effect"] is None
    table = command.run("show", "mine", "--ablation").stdout
    assert re.search(r"broken .* 0 of 2 +inconclusive", table)
    assert "broken: 2 of 2 seeds failed\nsteep: 2 of 2 seeds diverged\n" in table
    assert "nothing to do" in command.run("ablate", "mine.py", "--dataset", "digits").stdout


def test_a_search_without_a_complete_trial_has_no_best_to_add_to(command: CommandLine) -> None:
    write_space(command, SMOOTH)
    words = ("ablate", "mine.py", *DATA, "--from", "best", "--trials", "2", "--replicates", "1")
    err = command.run(*words, "--set", "kind=broken", status=2).stderr
    assert err == "error: no search trial of 'mine@digits' is complete, so there is no best to go on from\n"
    assert command.query("SELECT phase, state FROM trial") == [("search", "failed")] * 2


@pytest.mark.slow
def test_a_second_ablation_of_the_study_is_refused_while_the_first_searches_for_an_arm(command: CommandLine) -> None:
    write_space(command, 'Variant("slow", {"kind": "slow"}),')  # slow to build where the search draws a size
    process = command.start("ablate", "mine.py", *DATA, "--replicates", "1", "--retune", "--trials", "3")
    command.wait_for("SELECT count(*) FROM trial WHERE study LIKE '%+slow'", lambda count: count >= 2, process)
    refused = command.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "3", status=1)
    assert f"study 'mine@digits' is being run by process {process.pid} on " in refused.stderr
    assert command.query("SELECT replicates FROM ablation") == [(1,)]
    command.kill(process)


WORDS = (
    *("ablate", "cnn", "--dataset", "digits", "--train-size", "200", "--epochs", "3", "--replicates", "2"),
    *("--variants", "translate", "--set", "width=8", "--set", "dropout=0.4", "--workers", "1"),
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    line = CommandLine(tmp_path_factory.mktemp("undisturbed"))
    line.run(*WORDS)
    return line


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [2, 8])
def test_a_killed_ablation_goes_on_and_ends_bit_for_bit_as_if_undisturbed(
    command: CommandLine, undisturbed: CommandLine, epochs: int
) -> None:
    process = command.start(*WORDS, "--engine", "inline")
    command.wait_for(STARTED, lambda count: count >= epochs, process)
    command.kill(process)
    finished = command.query("SELECT id, attempt, finished_at FROM trial WHERE finished_at IS NOT NULL ORDER BY id")
    command.run("resume")
    numbers = "SELECT trial, epoch, train_loss, validation_loss, validation_score FROM epoch ORDER BY 1, 2"
    for sql in (PLANNED_TRIALS, TESTS, numbers):
        assert command.query(sql) == undisturbed.query(sql)
    after = command.query("SELECT id, attempt, finished_at FROM trial ORDER BY id")
    assert [row for row in after if row in finished] == finished
    assert sorted(attempt for _, attempt, _ in after) in ([1] * 6, [1] * 5 + [2])
    assert json.loads(command.run("list", "--json").stdout)[0]["status"] == "finished"


def test_a_database_that_cannot_be_written_is_told_in_one_line(mine: CommandLine) -> None:
    connection = sqlite3.connect(mine.database)
    refusal = "CREATE TRIGGER refuse BEFORE INSERT ON trial BEGIN SELECT RAISE(ABORT, 'nothing more fits'); END"
    connection.execute(refusal)
    connection.commit()
    try:
        err = mine.run("ablate", "mine.py", *DATA, "--replicates", "3", status=2).stderr
    finally:
        connection.execute("DROP TRIGGER refuse")
        connection.commit()
    assert err == "error: the trial database sqlite:///runs/studies.db cannot be used: nothing more fits\n"
    assert connection.execute("SELECT count(*) FROM trial").fetchone() == (8,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
