"""`ablate --retune --searches K`: several independent searches of each re-tuned variant and control, in pairs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ..conftest import CommandLine
from ..own_space import DATA, SMOOTH, TRAININGS, WIDE, copy_of, write_space

WORDS = ("ablate", "mine.py", *DATA, "--replicates", "2", "--retune", "--trials", "2", "--variants", "wide")
SEARCHED = "SELECT plan.variant, plan.search, plan.seed, count(*) FROM plan JOIN trial ON trial.study = plan.study "
CONTROL = "baseline with size=8"


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """One variant and its control, two searches each; only read from, and copied."""
    line = CommandLine(tmp_path_factory.mktemp("searched"))
    write_space(line, WIDE, SMOOTH)
    line.run(*WORDS, "--searches", "2")
    return line


def test_search_k_of_every_arm_draws_from_one_seed_and_no_two_searches_share_one(searched: CommandLine) -> None:
    found = searched.query(f"{SEARCHED} WHERE parent IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2")
    assert [(arm, search, trials) for arm, search, _, trials in found] == [
        (arm, search, 2) for arm in (CONTROL, "wide") for search in (1, 2)
    ]
    seeds = {(arm, search): seed for arm, search, seed, _ in found}
    assert seeds[CONTROL, 1] == seeds["wide", 1]
    assert seeds[CONTROL, 2] == seeds["wide", 2] != seeds["wide", 1]
    drawn = searched.query(
        "SELECT trial.seed FROM trial JOIN plan ON plan.study = trial.study WHERE plan.variant = 'wide'"
    )
    assert len(set(drawn)) == 4


def test_what_each_search_finds_is_trained_on_its_own_seeds_which_its_control_has_too(searched: CommandLine) -> None:
    rows = searched.query(
        "SELECT arm, search, planned.replicate, planned.seed, state, json_extract(configuration, '$.learning_rate') "
        "FROM planned_trial AS planned JOIN trial ON trial.id = planned.trial WHERE setting = 'retuned' "
        "ORDER BY 1, 2, 3"
    )
    assert [(arm, search, replicate) for arm, search, replicate, *_ in rows] == [
        (arm, search, replicate) for arm in (CONTROL, "wide") for search in (1, 2) for replicate in (0, 1)
    ]
    assert {state for *_, state, _ in rows} == {"complete"}
    seeds = {(arm, search, replicate): seed for arm, search, replicate, seed, *_ in rows}
    assert all(seed == seeds[CONTROL, search, replicate] for (_, search, replicate), seed in seeds.items())
    assert len(set(seeds.values())) == 4
    best = searched.query(
        "SELECT plan.variant, plan.search, json_extract(configuration, '$.learning_rate'), max(value) "
        "FROM trial JOIN plan ON plan.study = trial.study WHERE parent IS NOT NULL GROUP BY 1, 2"
    )
    assert {(arm, search, rate) for arm, search, _, _, _, rate in rows} == {row[:3] for row in best}


def test_frames_and_commands_tell_the_searches(searched: CommandLine, tmp_path: Path) -> None:
    line = copy_of(searched, tmp_path)
    (row,) = json.loads(line.run("list", "--json").stdout)
    assert (row["status"], row["ablation_trials"], row["ablation_target"]) == ("finished", 14, 14)
    assert line.run("resume").stdout.startswith("nothing to resume")
    (ablation,) = json.loads(line.run("show", "mine", "--ablation", "--json").stdout)["ablations"]
    (wide,) = [arm for arm in ablation["arms"] if arm["setting"] == "retuned"]
    assert (wide["planned"], wide["complete"], wide["n"]) == (4, 4, 4)
    line.run("export", "mine", "--output", "tables", "--format", "csv")
    planned = (line.folder / "tables" / "planned_trials.csv").read_text()
    assert '"retuned","wide",2,1,' in planned


def test_more_searches_train_only_what_is_missing(searched: CommandLine, tmp_path: Path) -> None:
    line = copy_of(searched, tmp_path)
    before = line.query(TRAININGS)
    words = ("ablate", "mine.py", "--dataset", "digits", "--variants", "wide", "--retune")
    assert "nothing to do" in line.run(*words).stdout
    shown = line.run(*words, "--searches", "3", "--dry-run").stdout
    assert re.search(r"│ 3 searches of wide +│ 2 of 6 ", shown)
    assert re.search(r"│ wide +│ 2 of 6 +│ . +│ size=32 +│ re-tuned: what each of its searches", shown)
    assert (
        "mine@digits: 1 variant and 1 control are re-tuned by 3 independent searches each, search k of all from one "
        "seed: 6 searches of 2 trials, and 12 trials of what they find" in shown
    )
    assert line.query(TRAININGS) == before
    line.run(*words, "--searches", "3")
    after = line.query(TRAININGS)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2 * 2 + 2 * 2
    assert line.query("SELECT searches FROM ablation") == [(3,)]
    assert line.query("SELECT search, count(*) FROM planned_trial WHERE setting = 'retuned' GROUP BY 1") == [
        (1, 4),
        (2, 4),
        (3, 4),
    ]


def test_a_variant_that_is_withdrawn_takes_its_searches_along(searched: CommandLine, tmp_path: Path) -> None:
    line = copy_of(searched, tmp_path)
    line.run("ablate", "mine.py", "--variants", "smooth", "--dataset", "digits")
    out = line.run("ablate", "mine.py", "--withdraw", "wide").stdout
    assert "wide is withdrawn from the ablation one-at-a-time; its trials stay (6 ended)" in out
    before = line.query(TRAININGS)
    line.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "3")
    trained = line.query("SELECT DISTINCT variant FROM trial ORDER BY created_at, id")
    assert len(line.query(TRAININGS)) == len(before) + 3, trained  # baseline, noise floor, smooth
    assert json.loads(line.run("list", "--json").stdout)[0]["status"] == "finished"


@pytest.mark.slow
def test_killed_in_its_second_search_it_ends_as_if_undisturbed(command: CommandLine, searched: CommandLine) -> None:
    write_space(command, WIDE, SMOOTH)
    process = command.start(*WORDS, "--searches", "2")
    command.wait_for("SELECT count(*) FROM trial WHERE study LIKE '%+wide#2'", lambda count: count >= 1, process)
    command.kill(process)
    (row,) = json.loads(command.run("list", "--json").stdout)
    assert row["status"] == "unfinished"
    command.run("resume")
    scores = (
        "SELECT arm, search, planned.replicate, trial.id FROM planned_trial AS planned JOIN trial "
        "ON trial.id = planned.trial WHERE state = 'complete' ORDER BY 1, 2, 3"
    )
    assert command.query(scores) == searched.query(scores)


@pytest.mark.usefixtures("unpainted")
def test_a_control_that_holds_nothing_is_searched_first_by_the_studys_own_search(command: CommandLine) -> None:
    write_space(command, SMOOTH)
    command.run("ablate", "mine.py", *DATA, "--replicates", "1", "--retune", "--trials", "2", "--searches", "2")
    studies = command.query("SELECT study, variant, search, trials FROM plan ORDER BY study")
    assert studies == [
        ("mine@digits", None, None, 2),
        ("mine@digits+baseline#2", "baseline", 2, 2),
        ("mine@digits+smooth", "smooth", 1, 2),
        ("mine@digits+smooth#2", "smooth", 2, 2),
    ]
    assert command.query("SELECT count(*) FROM planned_trial WHERE trial IS NULL") == [(0,)]
    command.run("report", "--output", "page", "--format", "markdown")
    page = (command.folder / "page" / "report.md").read_text()
    assert "mine@digits: smooth, re-tuned, search 2" in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--searches", "2"), "--searches 2 counts the searches of --retune, which was not given"),
        (("--retune", "--searches", "0"), "--searches is at least 1, not 0"),
        (("--retune", "--searches", "101"), "--searches is at most 100, not 101"),
    ],
)
def test_what_goes_wrong_is_told_in_one_line(command: CommandLine, words: tuple[str, ...], message: str) -> None:
    assert command.run("ablate", "cnn", "--dataset", "digits", *words, status=2).stderr == f"error: {message}\n"
