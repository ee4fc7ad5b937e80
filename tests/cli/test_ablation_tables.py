"""`show --ablation` as it stands on a terminal of 100 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.formatting import MINUS, MISSING
from study.cli.tables import cells
from study.cli.tables.ablations import print_ablations
from study.interface.effects import ablations_of
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory

CONTROL = tuple(0.97 + step / 1000 for step in (0, 2, -1, 1, 0, 3, -2, 1, 0, 2, 1, -1))
LONG = "batch-normalization-after-every-convolution-with-a-very-long-name-indeed"


def moved(by: float) -> list[float]:
    """Returns the control's scores moved by so much, and a little on each seed."""
    return [score + by + ((place * 7) % 3 - 1) / 2000 for place, score in enumerate(CONTROL)]


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    made = Laboratory(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def printed(laboratory: Laboratory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every kind of arm, the names as long as they come, printed on 100 columns."""
    monkeypatch.setattr(cells, "LOG_WIDTH", 100)
    study = laboratory.plan(trials=0, replicates=0)
    arms = (
        Arm("baseline on other seeds", moved(0), role="noise-floor", first_seed=300),
        Arm("lenet5", moved(-0.4114)),
        Arm("dropout", moved(0.012), matched="baseline with width 48", seconds=3.0),
        Arm("baseline with width 48", moved(0.001), role="size-matched"),
        Arm(LONG, moved(0.0001)),
        Arm("wide", [*moved(0.002)[:6], *[None] * 6], added_later=True),
        Arm("deep", [*moved(0.003)[:6], *["diverged"] * 6]),
    )
    ablate(laboratory, study, baseline(*CONTROL), *arms)
    print_ablations(ablations_of(laboratory.database, study))
    return capsys.readouterr().out.splitlines()


def test_it_fits_100_columns(printed: list[str]) -> None:
    assert max(map(len, printed)) <= 100
    assert LONG in "".join(line[1:31].strip() for line in printed)


def test_the_best_comes_first_and_controls_last(printed: list[str]) -> None:
    names = ("deep", "dropout", "wide", LONG[:8], "lenet5", "baseline with width 48", "baseline on other seeds")
    found = [next(place for place, line in enumerate(printed) if line.startswith(f" {name}")) for name in names]
    assert [names[place] for place in sorted(range(len(names)), key=found.__getitem__)] == [
        *("dropout", "deep", "wide", LONG[:8], "lenet5", "baseline with width 48", "baseline on other seeds")
    ]


def test_an_effect_has_the_words_of_the_page(printed: list[str]) -> None:
    (line,) = (line for line in printed if line.startswith(" dropout"))
    assert re.fullmatch(r" dropout +\+1\.20 \(\+1\.\d\d to \+1\.\d\d\) +under 0\.0001 +1\.50 +12 +helps *", line)
    (line,) = (line for line in printed if line.startswith(" baseline on other"))
    assert re.search(rf" {MISSING} +1\.00 +12 +control", line)


def test_what_is_lacking_is_said_once(printed: list[str]) -> None:
    told = " ".join(" ".join(printed).split())
    assert told.count("wide (added later): 6 of 12 trials unfinished") == 1
    assert told.count("deep: 6 of 12 seeds diverged") == 1


def test_it_closes_with_what_to_adopt_what_not_and_what_is_unproven(printed: list[str]) -> None:
    told = " ".join(" ".join(printed).split())
    assert re.search(
        rf"Adopt: dropout \+1\.20 \(\+1\.\d\d to \+1\.\d\d\) Don't: lenet5 {MINUS}41\.14 \({MINUS}41\.", told
    )
    assert re.search(rf"Unproven: deep, wide \(added later\), {LONG} next: ", told)


def test_a_part_that_is_missed_is_to_be_kept(laboratory: Laboratory, capsys: pytest.CaptureFixture[str]) -> None:
    study = laboratory.plan(trials=0, replicates=0)
    without = (Arm("without a", moved(0.01), removed="a"), Arm("without b", moved(-0.02), removed="b"))
    ablate(laboratory, study, baseline(*CONTROL), *without, design="leave-one-out", name="leave-one-out")
    print_ablations(ablations_of(laboratory.database, study))
    out = capsys.readouterr().out
    assert re.search(rf"Adopt: without b {MINUS}2\.00 .*\nDon't: without a \+1\.00 ", out)
    assert out.index(" without b ") < out.index(" without a ")


def test_what_would_tell_more_is_said_once_with_its_command(
    laboratory: Laboratory, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "LOG_WIDTH", 100)
    study = laboratory.plan(trials=0, replicates=0)
    names = ("wide", "deep")
    variants = [{"name": name, "changes": {"momentum": 0.5}, "reason": "a suggestion"} for name in names]
    definition = laboratory.frames().plan_rows[study].definition | {"variants": variants}
    laboratory.plan("cnn@digits", trials=0, replicates=0, definition=definition, smallest_effect=0.02)
    arms = (Arm(name, moved(0.0001 * place), changes={"a": place}) for place, name in enumerate(names, start=1))
    ablate(laboratory, "cnn@digits", baseline(*CONTROL), *arms)
    details = ablations_of(laboratory.database, "cnn@digits")
    (needed,) = details["needed"]
    print_ablations(details)
    lines = capsys.readouterr().out.splitlines()
    told = " ".join(" ".join(lines).split())
    assert "would find an effect of 0.02 percentage points of" in needed["text"]
    assert told.count(needed["text"]) == 1
    assert lines.count(f"  {needed['command']}") == 1
    assert needed["command"].startswith("python -m study ablate cnn --variants ")
    assert lines[-5:-1] == [f"  {needed['command']}", "Adopt: none", "Don't: none", "Unproven: deep, wide"]


def test_with_several_ablations_the_closing_lines_say_which(
    laboratory: Laboratory, capsys: pytest.CaptureFixture[str]
) -> None:
    study = laboratory.plan(trials=0, replicates=0)
    ablate(laboratory, study, baseline(*CONTROL), Arm("wide", moved(0.02), changes={"width": 9}))
    full = baseline(*moved(0.03), changes={"width": 9, "depth": 3})
    without = Arm("without depth", moved(0.02), removed="depth", changes={"width": 9})
    ablate(laboratory, study, full, without, design="leave-one-out", name="leave-one-out")
    print_ablations(ablations_of(laboratory.database, study))
    out = capsys.readouterr().out
    assert out.count("Adopt: ") == out.count("Unproven: ") == 1
    assert re.search(r"Adopt: without depth \(leave-one-out\) .*, wide \(one-at-a-time\) \+2\.00 ", out)


def test_a_ratio_of_times_is_told_where_the_machine_was_steady(
    laboratory: Laboratory, capsys: pytest.CaptureFixture[str]
) -> None:
    study = laboratory.plan(trials=0, replicates=0)
    steady = Arm("slow", moved(0), seconds=4.0, changes={"width": 9})
    ablate(laboratory, study, baseline(*CONTROL), steady)
    noisy = Arm("noise floor", moved(0), role="noise-floor", first_seed=900, seconds=5.0)
    given = {"name": "second", "design": "one-at-a-time"}
    ablate(
        laboratory, study, baseline(*CONTROL), Arm("slow too", moved(0), seconds=4.0, changes={"d": 1}), noisy, **given
    )
    print_ablations(ablations_of(laboratory.database, study))
    lines = {line.split("  ")[0].strip(): line.split() for line in capsys.readouterr().out.splitlines()}
    assert "2.00" in lines["slow"]
    assert "2.00" not in lines["slow too"]
