"""`ablate` as a user has it: what it trains, what it never trains twice, and what it says."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import warnings
from pathlib import Path

import optuna
import pytest

from .conftest import CommandLine

DOCS = Path(__file__).parents[1] / "docs"
DATA = ("--dataset", "digits", "--train-size", "100", "--epochs", "1")
TRAININGS = "SELECT id, attempt, finished_at FROM trial ORDER BY created_at, id"
CELLS = (
    "SELECT cell.ablation, cell.setting, arm, cell.replicate, cell.seed, cell.trial, state FROM cell "
    "LEFT JOIN trial ON trial.id = cell.trial ORDER BY 1, 2, 3, 4"
)
TESTS = "SELECT trial, loss, accuracy, predictions FROM test_result ORDER BY trial"
STARTED = "SELECT count(*) FROM epoch JOIN trial ON trial.id = epoch.trial WHERE phase = 'ablate'"
FAMILY = """
import time
from dataclasses import dataclass

from torch import nn

@dataclass(frozen=True)
class Params:
    kind: str = "plain"
    size: int = 8

def build(params, classes):
    if params.kind == "broken":
        raise ValueError("no broken models")
    if params.kind == "slow" and params.size != 8:
        time.sleep(60)
    if params.kind == "steep":
        hidden = nn.Linear(784, params.size)
        nn.init.constant_(hidden.weight, float("inf"))
        return nn.Sequential(nn.Flatten(), hidden, nn.Linear(params.size, classes))
    return nn.Sequential(nn.Flatten(), nn.Linear(784, params.size), nn.ReLU(), nn.Linear(params.size, classes))
"""
SPACE = """
from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="mine",
    family="mine_family",
    domains={{
        "learning_rate": Float(default=1e-5, low=1e-3, high=1e-2, log=True),
        "size": Int(default=8, low=8, high=64, step=8),
    }},
    variants=({variants}),
    size="size",
)
"""
SPACE = SPACE.replace("low=1e-3", "low=1e-5")
WIDE, SMOOTH = 'Variant("wide", {"size": 32}, "Be wide"),', 'Variant("smooth", {"label_smoothing": 0.1}, "Be smooth"),'
BOTH = 'Variant("everything", {"size": 32, "label_smoothing": 0.1}),'


def write_space(line: CommandLine, *variants: str) -> None:
    """Writes a user's family, which trains in no time, and a space with these variants."""
    (line.folder / "mine_family.py").write_text(FAMILY)
    (line.folder / "mine.py").write_text(SPACE.format(variants=" ".join(variants)))


def copy_of(line: CommandLine, folder: Path) -> CommandLine:
    shutil.copytree(line.folder, folder, dirs_exist_ok=True)
    return CommandLine(folder)


@pytest.fixture(scope="module")
def ablated(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Two variants of a user's space, two seeds each; only read from."""
    line = CommandLine(tmp_path_factory.mktemp("ablated"))
    write_space(line, WIDE, SMOOTH, BOTH)
    line.run("ablate", "mine.py", *DATA, "--replicates", "2", "--variants", "wide,smooth")
    return line


@pytest.fixture
def mine(ablated: CommandLine, tmp_path: Path) -> CommandLine:
    """The same, to go on with."""
    return copy_of(ablated, tmp_path)


# What is trained


def test_every_arm_is_trained_on_every_seed_and_meets_the_test_split_once(ablated: CommandLine) -> None:
    found = ablated.query(CELLS)
    arms = ["baseline", "baseline with size=32", "noise floor", "smooth", "wide"]
    assert sorted({arm for _, _, arm, *_ in found}) == [arm for arm in arms if arm != "baseline with size=32"]
    assert len(found) == 8
    assert {state for *_, state in found} == {"complete"}
    tested = ablated.query(
        "SELECT phase, count(*), count(DISTINCT trial) FROM test_result JOIN trial ON trial.id = trial GROUP BY 1"
    )
    assert tested == [("ablate", 8, 8)]
    assert ablated.query("SELECT DISTINCT phase, attempt, epochs FROM trial") == [("ablate", 1, 1)]
    seeds = {(arm, replicate): seed for _, _, arm, replicate, seed, *_ in found}
    assert seeds["baseline", 0] == seeds["wide", 0] == seeds["smooth", 0] != seeds["noise floor", 0]
    assert len(set(seeds.values())) == 4
    assert ablated.query("SELECT added_later, count(*) FROM arm GROUP BY 1") == [(0, 4)]
    assert ablated.query("SELECT trials, replicates FROM plan") == [(0, 0)]


def test_asked_again_there_is_nothing_to_do(ablated: CommandLine) -> None:
    before = ablated.query(TRAININGS)
    out = ablated.run("ablate", "mine.py", "--dataset", "digits", "--variants", "smooth").stdout
    assert out.startswith(
        "mine@digits: nothing to do, ablation one-at-a-time: 8 of 8 planned trainings are finished\n"
        "mine@digits, one-at-a-time: test accuracy minus the control's, in percentage points"
    )
    assert ablated.query(TRAININGS) == before
    (row,) = json.loads(ablated.run("list", "--json").stdout)
    assert (row["status"], row["ablation_trainings"], row["ablation_target"]) == ("finished", 8, 8)
    assert ablated.run("resume").stdout.startswith("nothing to resume")


def test_more_replicates_and_a_new_variant_train_only_what_is_missing(mine: CommandLine) -> None:
    before = mine.query(TRAININGS)
    write_space(mine, 'Variant("quick", {"batch_size": 32}, "Be quick"),', WIDE, SMOOTH)
    mine.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "3")
    after = mine.query(TRAININGS)
    assert after[: len(before)] == before
    assert len(after) == 4 * 3 + 3
    assert mine.query("SELECT name FROM arm WHERE added_later ORDER BY name") == [("quick",)]
    found = mine.query("SELECT arm, count(*) FROM cell GROUP BY 1 ORDER BY 1")
    assert found == [("baseline", 3), ("noise floor", 3), ("quick", 3), ("smooth", 3), ("wide", 3)]
    shown = mine.run("show", "mine", "--ablation").stdout
    assert "quick (added" in shown
    fewer = mine.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "1").stdout
    assert "nothing to do, ablation one-at-a-time: 15 of 15 planned trainings are finished" in fewer


def test_a_variant_whose_changes_became_others_is_refused(mine: CommandLine) -> None:
    before = mine.query(TRAININGS)
    write_space(mine, 'Variant("wide", {"size": 64}),', SMOOTH)
    err = mine.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "5", status=2).stderr
    assert err == (
        "error: 'wide' in the ablation of study 'mine@digits' is not what it was, so its trainings could not be "
        "compared: size was 32, now 64. Give what is new another name, or begin anew with another --storage\n"
    )
    assert mine.query(TRAININGS) == before
    assert mine.query("SELECT replicates FROM ablation") == [(2,)]


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        (
            'Variant("no_drop", {"szie": 16}),',
            "Variant 'no_drop' changes 'szie', which family 'mine_family' does not have; did you mean 'size'?",
        ),
        ('Variant("half", {"size": 0.5}),', "Variant 'half': 'size' is of type int, not float (0.5)"),
        ('Variant("same", {"size": 8}),', "Variant 'same' changes nothing: the baseline already has {'size': 8}"),
        (
            'Variant("baseline", {"size": 16}),',
            "two arms of this ablation are named 'baseline'; give the variant of that name another one",
        ),
    ],
)
def test_a_wrong_variant_in_a_users_space_is_refused_before_anything_is_written(
    command: CommandLine, variant: str, message: str
) -> None:
    write_space(command, SMOOTH, variant)
    assert command.run("ablate", "mine.py", "--dataset", "digits", status=2).stderr == f"error: {message}\n"
    assert not command.database.parent.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--variants", ","), "--variants takes names separated by commas, not ','"),
        (
            ("--trials", "3"),
            "--trials has no effect on an ablation without a search: needs --retune, --from best or --design path",
        ),
        (
            ("--variants", "droput"),
            "--variants takes variants of space 'cnn', which has dropout, batchnorm, dropout-batchnorm, deeper, "
            "lenet5, resnet, rotate, translate, scale, augment, everything, not 'droput'; did you mean 'dropout'?",
        ),
        (
            ("--variants", "dropout,batchnorm", "--set", "dropout=0.25"),
            "Variant 'dropout' changes nothing here: the reference has dropout=0.25; name the others with --variants",
        ),
    ],
)
def test_an_option_that_goes_wrong_is_told_in_one_line(
    command: CommandLine, words: tuple[str, ...], message: str
) -> None:
    assert command.run("ablate", "cnn", "--dataset", "digits", *words, status=2).stderr == f"error: {message}\n"
    assert list(command.folder.iterdir()) == []


def test_what_would_make_cells_incomparable_is_refused(mine: CommandLine) -> None:
    err = mine.run("ablate", "mine.py", "--dataset", "digits", "--epochs", "2", status=2).stderr
    assert err == (
        "error: study 'mine@digits' cannot go on, since its trials could not be compared: --epochs was 1, now 2. "
        "Go back to what it began with, or begin anew with another --storage\n"
    )


def test_a_dry_run_tells_arms_parameters_and_later_the_time(ablated: CommandLine, command: CommandLine) -> None:
    write_space(command, WIDE, SMOOTH)
    out = command.run("ablate", "mine.py", *DATA, "--dry-run").stdout
    assert re.search(r"│ wide +│ 6 of 6 +│ 25,450 +│ size=32 +│ Be wide +│", out)
    assert re.search(r"│ noise floor +│ 6 of 6 +│ 6,370 +│ +│ baseline on other seeds", out)
    assert "24 trainings, 24 epochs at most; no epoch of this study was measured yet" in out
    assert "nothing was trained and nothing was written (--dry-run)" in out
    assert not command.database.parent.exists()
    before = ablated.query(TRAININGS)
    out = ablated.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "3", "--dry-run").stdout
    assert re.search(r"│ wide +│ 1 of 3 ", out)
    assert re.search(r"│ everything +│ 3 of 3 ", out)
    assert re.search(r"trainings, \d+ epochs at most; about \d+ (seconds|minutes) by the epochs measured so far", out)
    assert ablated.query(TRAININGS) == before


def test_show_tells_the_documented_keys(ablated: CommandLine) -> None:
    value = json.loads(ablated.run("show", "mine", "--ablation", "--json").stdout)
    section = (DOCS / "commands.md").read_text().split("**`show --ablation`**")[1].split("\n\n**`")[0]
    (ablation,) = value["ablations"]
    (floor,) = ablation["noise_floor"].values()
    assert [arm["arm"] for arm in ablation["arms"]] == ["noise floor", "wide", "smooth"]
    for key in (*value, *ablation, *ablation["arms"][0], *floor):
        assert f"`{key}`" in section, f"{key} is not in docs/commands.md"
    wide = ablation["arms"][1]
    query = "SELECT avg(accuracy) FROM test_result JOIN trial ON trial.id = trial WHERE variant = '{}'"
    (ours,), (theirs,) = (ablated.query(query.format(arm))[0] for arm in ("wide", "baseline"))
    assert wide["effect"] == pytest.approx(100 * (ours - theirs))
    assert (wide["n"], wide["planned"]) == (2, 2)


# Beside a search


def test_a_search_after_an_ablation_has_its_own_defaults(ablated: CommandLine) -> None:
    out = ablated.run("run", "mine.py", "--dataset", "digits", "--sampler", "random", "--dry-run").stdout
    assert re.search(r"│ search +│ 20 of 20 ", out)
    assert re.search(r"│ replicates +│ 6 of 6 ", out)


def test_a_search_goes_on_beside_an_ablation_and_neither_touches_the_other(mine: CommandLine) -> None:
    before = mine.query(TRAININGS)
    mine.run("run", "mine.py", "--dataset", "digits", "--trials", "2", "--replicates", "1")
    after = mine.query(TRAININGS)
    assert after[: len(before)] == before
    states = mine.query("SELECT phase, count(*) FROM trial GROUP BY 1 ORDER BY 1")
    assert states[0] == ("ablate", 8)
    assert states[2] == ("search", 2)
    (row,) = json.loads(mine.run("list", "--json").stdout)
    assert (row["status"], row["search_trials"], row["search_target"]) == ("finished", 2, 2)
    assert (row["ablation_trainings"], row["ablation_target"]) == (8, 8)
    assert "nothing to do" in mine.run("ablate", "mine.py", "--dataset", "digits", "--variants", "wide").stdout


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
    assert set(line.query("SELECT count(*) FROM cell GROUP BY arm")) == {(3,)}


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
    assert retuned.query("SELECT count(*) FROM cell JOIN trial ON trial = id WHERE state != 'complete'") == [(0,)]
    assert retuned.query("SELECT count(*) FROM cell WHERE trial IS NULL") == [(0,)]
    shared = "SELECT count(*) FROM test_result JOIN trial ON trial = id WHERE phase = 'search'"
    assert retuned.query(shared) == [(0,)]


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


def test_re_tuning_again_is_nothing_to_do_and_keeps_what_was_found(retuned: CommandLine, tmp_path: Path) -> None:
    line = copy_of(retuned, tmp_path)
    arms = "SELECT setting, name, changes, configuration FROM arm ORDER BY 1, 2"
    before, searched = line.query(arms), line.query("SELECT count(*) FROM trial WHERE phase = 'search'")
    words = ("ablate", "mine.py", "--dataset", "digits", "--retune")
    assert "nothing to do" in line.run(*words, "--replicates", "1").stdout
    line.run(*words, "--replicates", "2")
    assert line.query(arms) == before
    assert line.query("SELECT count(*) FROM trial WHERE phase = 'search'") == searched
    assert set(line.query("SELECT count(*) FROM cell GROUP BY setting, arm")) == {(2,)}


# What goes wrong on the way


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
    assert "0 of 2, 2" in table
    assert "nothing to do" in command.run("ablate", "mine.py", "--dataset", "digits").stdout


def test_a_search_without_a_complete_trial_has_no_best_to_add_to(command: CommandLine) -> None:
    write_space(command, SMOOTH)
    words = ("ablate", "mine.py", *DATA, "--from", "best", "--trials", "2", "--replicates", "1")
    err = command.run(*words, "--set", "kind=broken", status=2).stderr
    assert err == "error: no search trial of 'mine@digits' is complete, so there is no best to go on from\n"
    assert command.query("SELECT phase, state FROM trial") == [("search", "failed")] * 2


def test_a_second_ablation_of_the_study_is_refused_while_the_first_searches_for_an_arm(command: CommandLine) -> None:
    write_space(command, 'Variant("slow", {"kind": "slow"}),')  # slow to build where the search draws a size
    process = command.start("ablate", "mine.py", *DATA, "--replicates", "1", "--retune", "--trials", "3")
    command.wait_for("SELECT count(*) FROM trial WHERE study LIKE '%+slow'", lambda count: count >= 2, process)
    refused = command.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "3", status=1)
    assert f"study 'mine@digits' is being run by process {process.pid} on " in refused.stderr
    assert command.query("SELECT replicates FROM ablation") == [(1,)]
    command.kill(process)


WORDS = (
    *("ablate", "cnn", "--dataset", "digits", "--train-size", "300", "--epochs", "3", "--replicates", "2"),
    *("--variants", "dropout,translate", "--set", "width=16", "--workers", "1"),
)


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [2, 11])
def test_a_killed_ablation_goes_on_and_ends_bit_for_bit_as_if_undisturbed(
    command: CommandLine, tmp_path_factory: pytest.TempPathFactory, epochs: int
) -> None:
    undisturbed = CommandLine(tmp_path_factory.mktemp("undisturbed"))
    undisturbed.run(*WORDS)
    process = command.start(*WORDS)
    command.wait_for(STARTED, lambda count: count >= epochs, process)
    command.kill(process)
    finished = command.query("SELECT id, attempt, finished_at FROM trial WHERE finished_at IS NOT NULL ORDER BY id")
    command.run("resume")
    numbers = "SELECT trial, epoch, train_loss, validation_loss, validation_accuracy FROM epoch ORDER BY 1, 2"
    for sql in (CELLS, TESTS, numbers):
        assert command.query(sql) == undisturbed.query(sql)
    after = command.query("SELECT id, attempt, finished_at FROM trial ORDER BY id")
    assert [row for row in after if row in finished] == finished
    assert sorted(attempt for _, attempt, _ in after) in ([1] * 8, [1] * 7 + [2])
    assert json.loads(command.run("list", "--json").stdout)[0]["status"] == "finished"


def test_a_database_that_cannot_be_written_is_told_in_one_line(mine: CommandLine) -> None:
    storage = f"sqlite:///file:{mine.database}?mode=ro&uri=true"
    err = mine.run("ablate", "mine.py", *DATA, "--replicates", "3", "--storage", storage, status=2).stderr
    assert err.startswith("error: the trial database ")
    assert err.count("\n") == 1
    connection = sqlite3.connect(mine.database)
    assert connection.execute("SELECT count(*) FROM trial").fetchone() == (8,)
    connection.close()
