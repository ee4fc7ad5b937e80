"""`ablate --withdraw`: what stays of a variant that nobody wants any more, and how it comes back."""

from __future__ import annotations

import json
import sqlite3

import pytest

from ..conftest import CommandLine
from ..own_space import BOTH, DATA, PLANNED_TRIALS, SMOOTH, TRAININGS, WIDE, write_space

ARMS = "SELECT setting, name, withdrawn_at IS NOT NULL FROM arm ORDER BY 1, 2"


def test_its_trials_stay_and_none_is_trained_any_more(mine: CommandLine) -> None:
    before = mine.query(TRAININGS)
    out = mine.run("ablate", "mine.py", "--withdraw", "wide").stdout
    assert out.startswith(
        "mine@digits: wide is withdrawn from the ablation one-at-a-time; its trials stay (2 ended), and none is "
        "trained any more\nmine@digits: Holm's family stays as large as it was, so that no verdict gets better by "
        "this\n"
    )
    assert "wide (withdrawn" in out
    assert "over the whole study, stays at 2 comparisons" in out
    assert mine.query(TRAININGS) == before
    assert ("fixed", "wide", 1) in mine.query(ARMS)
    (row,) = json.loads(mine.run("list", "--json").stdout)
    assert (row["status"], row["ablation_trials"], row["ablation_target"]) == ("finished", 6, 6)
    mine.run("ablate", "mine.py", "--replicates", "3", "--variants", "smooth")
    counted = mine.query("SELECT variant, count(*) FROM trial GROUP BY 1 ORDER BY 1")
    assert counted == [("baseline", 3), ("noise floor", 3), ("smooth", 3), ("wide", 2)]
    details = json.loads(mine.run("show", "mine", "--ablation", "--json").stdout)["ablations"][0]
    arms = {arm["arm"]: arm for arm in details["arms"]}
    assert [arms[name]["variants"] for name in ("wide", "smooth")] == [2, 2]
    assert arms["wide"]["withdrawn_at"] is not None
    assert arms["smooth"]["withdrawn_at"] is None
    changes = mine.query("SELECT what, command FROM plan_change WHERE what LIKE '%withdrawn%'")
    assert changes == [
        ("variant wide withdrawn from the ablation one-at-a-time", "python -m study ablate mine.py --withdraw wide")
    ]


def test_all_variants_are_those_that_are_not_withdrawn_until_one_is_named(mine: CommandLine) -> None:
    mine.run("ablate", "mine.py", "--withdraw", "wide,smooth")
    out = mine.run("ablate", "mine.py", "--replicates", "2").stdout
    assert "left out of the ablation: wide (withdrawn on 20" in out
    counted = dict(mine.query("SELECT variant, count(*) FROM trial GROUP BY 1"))
    assert counted == {"baseline": 2, "noise floor": 2, "smooth": 2, "wide": 2, "everything": 2}
    out = mine.run("ablate", "mine.py", "--variants", "wide", "--replicates", "3").stdout
    assert "mine@digits: wide (withdrawn on 20" in out
    assert "comes back into the ablation one-at-a-time" in out
    # A trial that two arms share has the name of the first.
    counted = dict(mine.query("SELECT arm, count(*) FROM planned_trial GROUP BY 1"))
    assert (counted["wide"], counted["smooth"]) == (3, 2)
    assert mine.query(f"SELECT count(*) FROM ({PLANNED_TRIALS}) WHERE state <> 'complete'") == [(0,)]
    assert [name for _, name, withdrawn in mine.query(ARMS) if withdrawn] == ["smooth"]
    assert mine.query("SELECT what FROM plan_change ORDER BY number DESC LIMIT 2") == [
        ("ablation one-at-a-time: seeds were 2, now 3",),
        ("variant wide came back into the ablation one-at-a-time",),
    ]


@pytest.mark.slow
def test_an_interrupted_ablation_is_finished_without_it(mine: CommandLine) -> None:
    stopped = mine.run(
        "ablate", "mine.py", "--replicates", "4", "--timeout-total", "0.001", "--variants", "wide"
    ).stdout
    assert "it is not finished" in stopped
    out = mine.run("ablate", "mine.py", "--withdraw", "wide").stdout
    assert "Not trained on every planned seed, and so counted as p = 1: wide." in out
    assert "withdrawn with 2 of 4 seeds evaluated" in " ".join(out.replace("│", " ").split())
    mine.run("resume", "--timeout-total", "inf")
    counted = dict(mine.query("SELECT variant, count(*) FROM trial GROUP BY 1"))
    assert counted == {"baseline": 4, "noise floor": 4, "smooth": 4, "wide": 2}
    assert json.loads(mine.run("list", "--json").stdout)[0]["status"] == "finished"


def test_failed_trials_of_it_are_not_taken_up_again(mine: CommandLine) -> None:
    mine.run("ablate", "mine.py", "--withdraw", "wide")
    with sqlite3.connect(mine.database) as connection:
        connection.execute("UPDATE trial SET state = 'failed' WHERE variant = 'wide'")
    connection.close()
    assert "nothing to resume" in mine.run("resume", "--failed").stdout


@pytest.mark.slow
def test_a_retuned_arm_and_its_control_go_along(command: CommandLine) -> None:
    write_space(command, WIDE, SMOOTH)
    command.run("ablate", "mine.py", *DATA, "--replicates", "1", "--retune", "--trials", "2")
    out = command.run("ablate", "mine.py", "--withdraw", "wide").stdout
    assert "mine@digits: baseline with size=8 goes along, as nothing else is compared with it" in out
    assert "mine@digits: Holm's family stays as large as it was" in out
    gone = [(setting, name) for setting, name, withdrawn in command.query(ARMS) if withdrawn]
    assert gone == [("fixed", "wide"), ("retuned", "baseline with size=8"), ("retuned", "wide")]
    command.run("ablate", "mine.py", "--replicates", "2")
    counted = command.query(
        "SELECT setting, arm, count(*) FROM planned_trial WHERE arm IN ('wide', 'smooth') GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert counted == [("fixed", "smooth", 2), ("fixed", "wide", 1), ("retuned", "smooth", 2), ("retuned", "wide", 1)]


def test_a_part_is_withdrawn_by_the_name_of_its_variant(command: CommandLine) -> None:
    write_space(command, WIDE, SMOOTH, BOTH)
    command.run("ablate", "mine.py", *DATA, "--replicates", "1", "--design", "leave-one-out")
    command.run("ablate", "mine.py", "--design", "leave-one-out", "--withdraw", "wide")
    assert [name for _, name, withdrawn in command.query(ARMS) if withdrawn] == ["without wide"]
    stderr = command.run("ablate", "mine.py", "--design", "leave-one-out", "--withdraw", "smooth", status=2).stderr
    assert stderr == "error: smooth cannot be withdrawn: nothing would be left to take out of 'everything'\n"


def test_a_dry_run_withdraws_nothing(mine: CommandLine) -> None:
    before = mine.database.read_bytes()
    out = mine.run("ablate", "mine.py", "--withdraw", "wide", "--dry-run").stdout
    assert "wide is withdrawn" in out
    assert out.endswith("nothing was written (--dry-run)\n")
    assert mine.database.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--withdraw", "wid"),
            "--withdraw takes variants of this ablation, which are wide, smooth, not 'wid'; did you mean 'wide'?",
        ),
        (
            ("--withdraw", "wide", "--replicates", "3"),
            "goes with --design, --from, --dataset, --name and --storage, not with --replicates",
        ),
        (
            ("--withdraw", "wide", "--epochs", "3"),
            "goes with --design, --from, --dataset, --name and --storage, not with --epochs",
        ),
        (("--withdraw", "wide", "--variants", "smooth"), "--dataset, --name and --storage, not with --variants"),
        (
            ("--withdraw", "wide", "--from", "best"),
            "mine@digits has no ablation 'one-at-a-time from best'; it has one-at-a-time; --design and --from say "
            "which is meant",
        ),
        (
            ("--withdraw", "wide", "--design", "path"),
            "--withdraw goes with --design one-at-a-time and leave-one-out; a path design needs all of its arms",
        ),
        (("--withdraw", "wide", "--name", "other"), "holds no study of space 'mine'"),
        (("--withdraw", "wide", "--dataset", "mnist"), "holds no study of space 'mine' of mnist"),
        (("--withdraw", ","), "--withdraw takes names separated by commas"),
    ],
)
def test_what_cannot_be_withdrawn_is_one_sentence(ablated: CommandLine, words: tuple[str, ...], message: str) -> None:
    stderr = ablated.run("ablate", "mine.py", *words, status=2).stderr
    assert message in stderr
    assert stderr.count("\n") == 1
