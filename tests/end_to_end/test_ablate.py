"""`ablate` as a user has it: what it trains, what it never trains twice, and what it refuses."""

from __future__ import annotations

import json
import re

import pytest

from ..conftest import CommandLine
from ..own_space import DATA, DOCS, PLANNED_TRIALS, SMOOTH, TRAININGS, WIDE, write_space

# What is trained


def test_every_arm_is_trained_on_every_seed_and_meets_the_test_split_once(ablated: CommandLine) -> None:
    found = ablated.query(PLANNED_TRIALS)
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
    assert (
        "mine@digits: nothing to do, ablation one-at-a-time: 8 of 8 planned trials are finished\n"
        "mine@digits, one-at-a-time: test accuracy minus the control's, in percentage points"
    ) in out
    assert ablated.query(TRAININGS) == before
    (row,) = json.loads(ablated.run("list", "--json").stdout)
    assert (row["status"], row["ablation_trials"], row["ablation_target"]) == ("finished", 8, 8)
    assert ablated.run("resume").stdout.startswith("nothing to resume")


def test_more_replicates_and_a_new_variant_train_only_what_is_missing(mine: CommandLine) -> None:
    before = mine.query(TRAININGS)
    write_space(mine, 'Variant("quick", {"batch_size": 32}, "Be quick"),', WIDE, SMOOTH)
    mine.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "3")
    after = mine.query(TRAININGS)
    assert after[: len(before)] == before
    assert len(after) == 4 * 3 + 3
    assert mine.query("SELECT name FROM arm WHERE added_later ORDER BY name") == [("quick",)]
    found = mine.query("SELECT arm, count(*) FROM planned_trial GROUP BY 1 ORDER BY 1")
    assert found == [("baseline", 3), ("noise floor", 3), ("quick", 3), ("smooth", 3), ("wide", 3)]
    shown = mine.run("show", "mine", "--ablation").stdout
    assert "quick (added" in shown
    fewer = mine.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "1").stdout
    assert "nothing to do, ablation one-at-a-time: 15 of 15 planned trials are finished" in fewer


def test_a_variant_whose_changes_became_others_is_refused(mine: CommandLine) -> None:
    before = mine.query(TRAININGS)
    write_space(mine, 'Variant("wide", {"size": 64}),', SMOOTH)
    err = mine.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "5", status=2).stderr
    assert err == (
        "error: 'wide' in the ablation of study 'mine@digits' is not what it was, so its trials could not be "
        "compared: size was 32, now 64. Give what is new another name, or begin anew with another --storage\n"
    )
    assert mine.query(TRAININGS) == before
    assert mine.query("SELECT replicates FROM ablation") == [(2,)]


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        (
            'Variant("no_drop", {"szie": 16}),',
            "Variant 'no_drop' changes 'szie', which model 'mine_model' does not have; did you mean 'size'?",
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
        "Go back to what it began with, or begin another one beside it, by --name or with another --storage\n"
    )


def test_a_dry_run_tells_arms_parameters_and_later_the_time(ablated: CommandLine, command: CommandLine) -> None:
    write_space(command, WIDE, SMOOTH)
    out = command.run("ablate", "mine.py", *DATA, "--dry-run").stdout
    assert re.search(r"│ wide +│ 6 of 6 +│ 25,450 +│ size=32 +│ Be wide +│", out)
    assert re.search(r"│ noise floor +│ 6 of 6 +│ 6,370 +│ +│ baseline on other seeds", out)
    assert "24 trials, 24 epochs at most; no epoch of this study was measured yet" in out
    assert "nothing was trained and nothing was written (--dry-run)" in out
    assert not command.database.parent.exists()
    before = ablated.query(TRAININGS)
    out = ablated.run("ablate", "mine.py", "--dataset", "digits", "--replicates", "3", "--dry-run").stdout
    assert re.search(r"│ wide +│ 1 of 3 ", out)
    assert re.search(r"│ everything +│ 3 of 3 ", out)
    assert re.search(r"trials, \d+ epochs at most; about \d+ (second|minute)s? of epochs by those measured so far", out)
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
    query = "SELECT avg(score) FROM test_result JOIN trial ON trial.id = trial WHERE variant = '{}'"
    (ours,), (theirs,) = (ablated.query(query.format(arm))[0] for arm in ("wide", "baseline"))
    assert wide["effect"] == pytest.approx(100 * (ours - theirs))
    assert (wide["n"], wide["planned"]) == (2, 2)


# Beside a search


def test_a_search_after_an_ablation_has_its_own_defaults(ablated: CommandLine) -> None:
    out = ablated.run("run", "mine.py", "--dataset", "digits", "--sampler", "random", "--dry-run").stdout
    assert re.search(r"│ search +│ 20 of 20 ", out)
    assert re.search(r"│ replicates +│ 6 of 6 ", out)


@pytest.mark.slow
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
    assert (row["ablation_trials"], row["ablation_target"]) == (8, 8)
    assert "nothing to do" in mine.run("ablate", "mine.py", "--dataset", "digits", "--variants", "wide").stdout
