"""What seeds can decide, told before they are trained, and the smallest effect that matters."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import study
from reports.statistics.power import detectable
from study.errors import StudyError

from ..conftest import CommandLine
from ..own_space import DATA, SMOOTH, TRAININGS, WIDE, write_space

HISTORY = "SELECT what, command FROM plan_change ORDER BY number"
AGAIN = ("ablate", "mine.py", "--dataset", "digits", "--variants", "wide,smooth")


def found(out: str, about: str) -> str:
    (line,) = [line for line in out.splitlines() if about in line]
    return line


def spread(line: CommandLine) -> float:
    """The median over the arms of the standard deviation of their differences, in points, by SQL alone."""
    rows = line.query(
        "WITH scored AS (SELECT p.*, score FROM planned_trial AS p JOIN test_result AS t ON t.trial = p.trial), "
        "pairs AS (SELECT one.arm, 100 * (one.score - other.score) AS d FROM scored AS one JOIN arm ON "
        "arm.name = one.arm JOIN scored AS other ON other.arm = arm.control AND other.replicate = one.replicate) "
        "SELECT sqrt((avg(d * d) - avg(d) * avg(d)) * count(*) / (count(*) - 1.0)) FROM pairs GROUP BY arm ORDER BY 1"
    )
    values = [value for (value,) in rows]
    assert len(values) == 3
    return float(values[1])


def test_a_dry_run_and_the_banner_say_what_these_seeds_can_decide(command: CommandLine) -> None:
    write_space(command, WIDE, SMOOTH)
    told = (
        f"mine@digits: 3 seeds find an effect of {detectable(3, 2):.1f} standard deviations of a seed's difference "
        f"with a chance of about 80 % (2 comparisons in this study)"
    )
    words = ("ablate", "mine.py", *DATA, "--replicates", "3")
    assert told in command.run(*words, "--dry-run").stdout.splitlines()
    assert told in command.run(*words).stdout.splitlines()
    (judged,) = json.loads(command.run("show", "mine", "--ablation", "--json").stdout)["ablations"]
    assert {arm["variants"] for arm in judged["arms"] if arm["role"] == "variant"} == {2}  # by so many it was judged
    out = command.run(*AGAIN, "--replicates", "5", "--dry-run").stdout
    (number,) = re.findall(r": about ([\d.]+) percentage points, by the trials that are there", out)
    assert float(number) == pytest.approx(detectable(5, 2) * spread(command), rel=0.06)
    assert "with a chance of about 80 %" not in command.run(*AGAIN).stdout  # nothing is left to decide
    final = command.run("run", "mine.py", "--dataset", "digits", "--dry-run").stdout
    assert "mine@digits: 3 seeds find an effect of" in found(final, "(the best against the baseline): about ")


def test_the_family_is_that_of_all_designs_and_asks_a_question_once(mine: CommandLine) -> None:
    words = ("ablate", "mine.py", "--dataset", "digits", "--design", "leave-one-out", "--variants", "wide", "--dry-run")
    assert "(3 comparisons in this study)" in mine.run(*words).stdout  # without wide, against everything
    write_space(mine, WIDE, SMOOTH)
    assert "(2 comparisons in this study)" in mine.run(*words).stdout  # wide against baseline is asked already
    out = mine.run(*AGAIN, "--replicates", "3", "--retune", "--dry-run").stdout
    assert "(4 comparisons in this study)" in out
    assert "one search each says nothing of another search; a verdict takes at least --searches 3" in out
    out = mine.run(*AGAIN, "--replicates", "3", "--retune", "--searches", "3", "--dry-run").stdout
    assert f"3 searches each find an effect of {detectable(3, 4):.1f} standard deviations of a search's" in out


def test_seeds_that_cannot_decide_are_told(command: CommandLine) -> None:
    out = command.run("ablate", "cnn", "--dataset", "digits", "--replicates", "2", "--dry-run").stdout
    assert "cnn@digits: 2 seeds decide nothing; a verdict takes at least 3 (--replicates)" in out
    out = command.run("run", "cnn", "--dataset", "digits", "--replicates", "1", "--dry-run").stdout
    assert "cnn@digits: 1 seed decides nothing; a verdict takes at least 3 (--replicates)" in out
    out = command.run("run", "cnn", "--dataset", "digits", "--replicates", "0", "--dry-run").stdout
    assert "decide" not in out


def test_the_smallest_effect_is_kept_changes_no_trial_and_its_changes_are_history(mine: CommandLine) -> None:
    before = mine.query(TRAININGS)
    out = mine.run(*AGAIN, "--smallest-effect", "3").stdout
    assert "mine@digits: the smallest effect that matters is 3 percentage points now" in out.splitlines()
    assert "nothing to do" in out
    assert mine.query("SELECT smallest_effect FROM plan") == [(3.0,)]
    out = mine.run(*AGAIN, "--smallest-effect", "0.5").stdout
    assert "mine@digits: the smallest effect that matters is 0.5 percentage points now, no longer 3" in out
    assert mine.query(TRAININGS) == before
    told = [(what, command.rpartition(" --")[2]) for what, command in mine.query(HISTORY)[1:] if "smallest" in what]
    assert told == [
        ("--smallest-effect was not given, now 3.0", "smallest-effect 3"),
        ("--smallest-effect was 3.0, now 0.5", "smallest-effect 0.5"),
    ]
    assert "no longer" not in mine.run(*AGAIN).stdout  # not said again
    mine.run("run", "mine.py", "--dataset", "digits", "--trials", "1", "--replicates", "0", "--smallest-effect", "1")
    assert mine.query("SELECT smallest_effect FROM plan") == [(1.0,)]


def test_seeds_are_advised_for_it_once_a_spread_is_known(command: CommandLine) -> None:
    write_space(command, WIDE, SMOOTH)
    words = ("ablate", "mine.py", *DATA, "--replicates", "3")
    out = command.run(*words, "--smallest-effect", "4").stdout
    assert (
        "mine@digits: the smallest effect that matters is 4 percentage points; how many seeds find it is told once "
        "there are trials that show how far seeds differ" in out
    )
    assert ", --smallest-effect 4.0" in command.query(HISTORY)[0][0]
    out = command.run(*AGAIN, "--replicates", "4", "--dry-run").stdout
    line = found(out, "the smallest effect that matters")
    seeds, advised = map(int, re.search(r"there, (\d+) seeds find it \(--replicates (\d+)\)", line).groups())  # type: ignore[union-attr]
    assert seeds == advised
    assert detectable(seeds, 2) * spread(command) <= 4 < detectable(seeds - 2, 2) * spread(command)
    out = command.run(*AGAIN, "--replicates", "4", "--smallest-effect", "1000", "--dry-run").stdout
    assert "3 seeds find it (which these are)" in out
    out = command.run(*AGAIN, "--replicates", "4", "--smallest-effect", "0.001", "--dry-run").stdout
    assert "no affordable number of seeds would find it" in out


@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan"])
def test_an_effect_that_is_none_is_refused(command: CommandLine, value: str) -> None:
    said = command.run("run", "cnn", "--dataset", "digits", "--smallest-effect", value, status=2).stderr
    assert said == f"error: --smallest-effect is a number above 0, not {value}\n"


def test_python_takes_it_too(tmp_path: Path) -> None:
    storage, said = str(tmp_path / "s.db"), list[str]()
    options = {"dataset": "digits", "train_size": 50, "epochs": 1, "replicates": 1, "engine": "inline"}
    made = study.ablate(
        "mlp", **options, variants="dropout", smallest_effect=0.3, storage=storage, progress=False, say=said.append
    )
    assert made.frames()["studies"]["smallest_effect"].tolist() == [0.3]
    assert "mlp@digits: 1 seed decides nothing; a verdict takes at least 3 (--replicates)" in said
    with pytest.raises(StudyError, match="--smallest-effect is a number above 0, not 0"):
        study.run("mlp", dataset="digits", smallest_effect=0.0, storage=storage)
