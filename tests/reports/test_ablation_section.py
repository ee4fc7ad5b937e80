"""The section on ablations and its figures, on ordinary databases and on odd ones."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from reports.analysis.effects import effects
from reports.figures import ablation_effects, ablation_path
from reports.findings.wording import verdict_text
from reports.formatting import MINUS, MISSING, TIMES
from reports.pages.document import Document, Paragraph, Section, Table
from reports.pages.markdown import to_markdown
from reports.pages.pictures import render
from reports.sections import ablation, accounting, methods
from reports.writing import build
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory
from tests.reports.overviews import overview

BASE = (0.970, 0.972, 0.968, 0.971, 0.969, 0.970)
BETTER = (0.980, 0.984, 0.979, 0.984, 0.978, 0.981)
WORSE = (0.960, 0.960, 0.957, 0.958, 0.960, 0.959)


def shown(laboratory: Laboratory) -> Section:
    return ablation.section(laboratory.frames())


def page(section: Section) -> str:
    return to_markdown(Document("x", (section,)))


def tables(section: Section) -> dict[str, list[dict[str, str]]]:
    return {
        block.name: [dict(zip(block.headings, row, strict=True)) for row in block.rows]
        for block in section.blocks
        if isinstance(block, Table)
    }


def test_without_an_ablation_there_is_one_sentence(laboratory: Laboratory) -> None:
    laboratory.plan()
    (block,) = shown(laboratory).blocks
    assert isinstance(block, Paragraph)
    assert "'python -m study ablate SPACE'" in block.text


def test_a_baseline_alone_has_no_effect(laboratory: Laboratory) -> None:
    ablate(laboratory, laboratory.plan(), baseline(0.97, 0.98))
    assert effects(laboratory.frames()).empty
    assert build(laboratory.frames()).sections


def test_fixed_and_retuned_stand_in_one_row(laboratory: Laboratory) -> None:
    retuned = [baseline(*BASE, setting="retuned"), Arm("wide", WORSE, setting="retuned")]
    ablate(laboratory, laboratory.plan(), baseline(*BASE), Arm("wide", BETTER, added_later=True), *retuned)
    section = shown(laboratory)
    (row,) = tables(section)["ablation-cnn-mnist-one-at-a-time"]
    assert row["Variant"] == "wide (added afterwards)"
    assert (row["Verdict"], row["Verdict, re-tuned"]) == ("helps", "inconclusive (needs at least 3 searches)")
    assert row["Effect (percentage points, 95 % interval)"] == "+1.10 (+0.77 to +1.43)"
    assert row["Effect, re-tuned (percentage points, 95 % interval)"].startswith(f"{MINUS}1.10 (")
    told = page(methods.section(laboratory.frames()))
    assert "the chance that any Adopt or Don't of a study is false is at most 5 %" in told
    assert "With 3 searches each or more" in told


def test_the_noise_floors_are_a_table(laboratory: Laboratory) -> None:
    floor = Arm("noise floor", BASE[::-1], role="noise-floor", first_seed=900)
    ablate(laboratory, laboratory.plan(), baseline(*BASE), floor, Arm("wide", BETTER))
    section = shown(laboratory)
    assert [list(row.values()) for row in tables(section)["ablation-noise-floor"]] == [
        ["cnn@mnist", "one-at-a-time", "0.00", "6", "0.24", "0.60", "0.24"]
    ]
    told = page(methods.section(laboratory.frames()))
    assert told.count("Equal configurations differ by less than the last two columns 95 times in 100") == 1


def test_the_best_variant_stands_first_and_controls_last(laboratory: Laboratory) -> None:
    floor = Arm("noise floor", BETTER, role="noise-floor", first_seed=900)
    arms = [Arm("bad", WORSE), Arm("flat", BASE), Arm("good", BETTER), Arm("none", (None,) * 6)]
    ablate(laboratory, laboratory.plan(), baseline(*BASE), floor, *arms)
    assert [row["Variant"] for row in tables(shown(laboratory))["ablation-cnn-mnist-one-at-a-time"]] == [
        "good",
        "flat",
        "bad",
        "none",
        "noise floor (control: the baseline on other seeds)",
    ]


def test_the_best_part_is_the_one_that_is_missed_most(laboratory: Laboratory) -> None:
    full = Arm("everything", BASE, role="baseline", control=None)
    parts = [
        Arm("without a", BETTER, removed="a", control="everything"),
        Arm("without b", WORSE, removed="b", control="everything"),
    ]
    ablate(laboratory, laboratory.plan(), full, *parts, name="leave-one-out", design="leave-one-out")
    rows = tables(shown(laboratory))["ablation-cnn-mnist-leave-one-out"]
    assert [row["Variant"] for row in rows] == ["without b", "without a"]


def test_the_answer_stands_in_the_first_columns(laboratory: Laboratory) -> None:
    size = Arm("size=64", BETTER, role="size-matched")
    wide = Arm("wide", BETTER, matched="size=64", parameters=2000, seconds=3.0)
    retuned = [baseline(*BASE, setting="retuned"), Arm("wide", WORSE, setting="retuned")]
    ablate(laboratory, laboratory.plan(), baseline(*BASE), size, wide, *retuned)
    section = shown(laboratory)
    row = tables(section)["ablation-cnn-mnist-one-at-a-time"][0]
    assert list(row) == [
        "Variant",
        "Advice",
        "Effect (percentage points, 95 % interval)",
        "Training time",
        "Verdict",
        "p, Holm",
        "p",
        "Seeds",
        "Parameters",
        "Against its size (percentage points, 95 % interval)",
        "On the validation split (percentage points)",
        "Images gained, lost",
        "Probability of improvement",
        "Effect, re-tuned (percentage points, 95 % interval)",
        "Verdict, re-tuned",
        "p, Holm, re-tuned",
        "Seeds, re-tuned",
    ]
    assert (row["Training time"], row["Parameters"]) == (f"{TIMES} 1.50", f"{TIMES} 2.00 (2,000)")
    (table,) = (block for block in section.blocks if isinstance(block, Table) and block.keys)
    assert (table.first, table.keys) == (5, ("cnn@mnist one-at-a-time wide", "cnn@mnist one-at-a-time size=64"))
    assert all(len(note.split()) < 20 for note in table.notes)


def test_only_the_retuning_may_have_come_later(laboratory: Laboratory) -> None:
    retuned = [baseline(*BASE, setting="retuned"), Arm("wide", WORSE, setting="retuned", added_later=True)]
    alone = Arm("deep", WORSE, setting="retuned", added_later=True)
    ablate(laboratory, laboratory.plan(), baseline(*BASE), Arm("wide", BETTER), *retuned, alone)
    assert [row["Variant"] for row in tables(shown(laboratory))["ablation-cnn-mnist-one-at-a-time"]] == [
        "wide (re-tuning added afterwards)",
        "deep (added afterwards)",
    ]


def test_verdicts_in_cells_are_short(laboratory: Laboratory) -> None:
    arms = [Arm("few", BETTER[:2]), Arm("lost", ("diverged", *BASE[1:]))]
    ablate(laboratory, laboratory.plan(), baseline(*BASE), *arms)
    assert [row["Verdict"] for row in tables(shown(laboratory))["ablation-cnn-mnist-one-at-a-time"]] == [
        "inconclusive",
        "inconclusive (1 of 6 seeds diverged)",
    ]
    assert [verdict_text(row) for row in effects(laboratory.frames()).to_dict("records")] == [
        "inconclusive (2 seeds; needs at least 3 seeds)",
        "inconclusive (5 seeds; 1 of 6 seeds diverged)",
    ]


def test_leaving_a_part_out_says_what_the_part_does(laboratory: Laboratory) -> None:
    full = Arm("everything", BASE, role="baseline", control=None)
    without = Arm("without dropout", WORSE, removed="dropout", control="everything")
    ablate(laboratory, laboratory.plan(), full, without, name="leave-one-out", design="leave-one-out")
    section = shown(laboratory)
    (row,) = tables(section)["ablation-cnn-mnist-leave-one-out"]
    assert (row["Advice"], row["Verdict"]) == ("Adopt", "hurts: the part helps")


def test_a_variant_no_better_than_its_size_says_so(laboratory: Laboratory) -> None:
    size = Arm("size=64", BETTER, role="size-matched")
    ablate(laboratory, laboratory.plan(), baseline(*BASE), size, Arm("wide", BETTER, matched="size=64"))
    rows = {row["Variant"]: row for row in tables(shown(laboratory))["ablation-cnn-mnist-one-at-a-time"]}
    assert rows["wide"]["Verdict"] == "helps (a baseline as large may do as well)"
    assert rows["wide"]["Against its size (percentage points, 95 % interval)"] == "0.00 (no interval: all seeds alike)"
    assert rows["size=64 (control: a larger baseline)"]["Verdict"] == MISSING


def test_every_planned_training_is_accounted_for(laboratory: Laboratory) -> None:
    ends = (0.97, "diverged", "failed", "running", "interrupted", None)
    ablate(laboratory, laboratory.plan(), baseline(*BASE), Arm("x", ends))
    (row,) = tables(accounting.section(laboratory.frames()))["ablation-accounting"]
    counts = [row[name] for name in ("Planned", "Complete", "Pruned", "Diverged", "Failed", "Unfinished")]
    assert counts == ["6", "1", "0", "1", "1", "3"]


def test_where_no_training_is_lacking_a_sentence_says_so(laboratory: Laboratory) -> None:
    ablate(laboratory, laboratory.plan(), baseline(*BASE), Arm("x", BETTER))
    section = accounting.section(laboratory.frames())
    assert "ablation-accounting" not in tables(section)
    assert Paragraph("All 12 planned trials of all variants are complete.") in section.blocks


def test_a_factorial_and_a_path_have_tables_of_their_own(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    pair = [Arm("a", BETTER, factors=("a",)), Arm("b", BASE, factors=("b",)), Arm("a + b", BETTER, factors=("a", "b"))]
    ablate(laboratory, study, baseline(*BASE), *pair, name="factorial", design="factorial", factors=("a", "b"))
    steps = [baseline(*BASE, step=0), Arm("1. width", BETTER, step=1)]
    ablate(laboratory, study, *steps, name="path", design="path")
    section = shown(laboratory)
    assert [row["Contrast"] for row in tables(section)["ablation-factorial"]] == ["a", "b", "a x b"]
    assert [row["Setting"] for row in tables(section)["ablation-path"]] == ["baseline", "1. width"]
    assert overview(laboratory.frames()).remarks[0] == (
        "The path of 1 step from baseline to 1. width leads from 97.00 % to 98.10 % test accuracy; its largest step is "
        "1. width (+1.10 percentage points (+0.77 to +1.43): helps)."
    )


ODD: dict[str, list[Arm]] = {
    "no planned trial": [baseline(), Arm("x", ())],
    "nothing trained": [baseline(None, None), Arm("x", (None, None))],
    "one seed": [baseline(0.97), Arm("x", (0.98,))],
    "all diverged": [baseline(*BASE), Arm("x", ("diverged",) * 6)],
    "the baseline diverged": [baseline("diverged"), Arm("x", (0.9,))],
    "running": [baseline("running", None), Arm("x", ("running", None))],
    "retuned unfinished": [baseline(0.97), Arm("x", (0.98,)), Arm("x", (), setting="retuned", planned=False)],
    "retuned alone": [baseline(0.97, setting="retuned"), Arm("x", (0.98,), setting="retuned")],
    "markup": [baseline(*BASE), Arm("<b>|$x$ `_y_", BETTER, reason="<script>")],
    "forty": [baseline(*BASE), *(Arm(f"variant-{number}", BETTER) for number in range(40))],
    "no difference": [baseline(0.97, 0.97), Arm("x", (0.97, 0.97))],
    "perfect": [baseline(1.0, 1.0), Arm("x", (1.0, 1.0))],
    "no parameters": [baseline(0.97, parameters=None, seconds=0.0), Arm("x", (0.98,), parameters=None, seconds=0.0)],
    "noise floor alone": [baseline(*BASE), Arm("again", (None, 0.9), role="noise-floor", first_seed=900)],
    "baseline alone": [baseline(*BASE)],
}


DESIGNS = ("one-at-a-time", "leave-one-out", "factorial", "path")
TOLD = {("markup", "path"), ("nothing trained", "factorial"), ("the baseline diverged", "leave-one-out")}
TOLD |= {(name, "one-at-a-time") for name in ("all diverged", "retuned alone", "no difference")}
"""Those that tell most apart; the others are of the long set."""


@pytest.mark.cases(3)
@pytest.mark.parametrize(
    ("name", "design"),
    [
        pytest.param(name, design, marks=() if (name, design) in TOLD else pytest.mark.slow)
        for name in ODD
        for design in DESIGNS
    ],
)
def test_odd_ablations_are_told(laboratory: Laboratory, name: str, design: str) -> None:
    arms = ODD[name]
    if design == "path":
        arms = [Arm(**{**_fields(arm), "step": 0 if arm.role == "baseline" else 1}) for arm in arms]
    ablate(laboratory, laboratory.plan(), *arms, name=design, design=design, factors=("x",))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        section = shown(laboratory)
        text = page(section)
    assert "nan" not in text.replace("nant", "")
    assert "None" not in text
    assert "<script>" not in text
    assert "<b>" not in text


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_odd_ablations_are_drawn(laboratory: Laboratory, name: str) -> None:
    ablate(laboratory, laboratory.plan(), *ODD[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = build(laboratory.frames())
        for figure in document.figures():
            assert render(figure).png


def test_the_effects_figure_draws_means_seeds_and_the_floor(laboratory: Laboratory) -> None:
    floor = Arm("noise floor", BASE[::-1], role="noise-floor", first_seed=900)
    ablate(laboratory, laboratory.plan(), baseline(*BASE), floor, Arm("wide", BETTER))
    table = ablation_effects.compute(laboratory.frames())
    assert table.groupby(["kind", "arm"]).size().to_dict() == {
        ("floor", "noise-floor"): 1,
        ("mean", "noise floor"): 1,
        ("mean", "wide"): 1,
        ("seed", "noise floor"): 6,
        ("seed", "wide"): 6,
    }
    band = table[table["kind"] == "floor"].iloc[0]
    assert band["low"] == -band["high"]
    assert "wide +1.10 percentage points (+0.80 to +1.40): helps" in ablation_effects.alternative(table)


def test_the_path_figure_needs_a_step(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    steps = [baseline(*BASE, step=0), Arm("1. width", BETTER, step=1)]
    ablate(laboratory, study, *steps, name="path", design="path")
    alone = baseline(*BASE, step=0, first_seed=300)
    ablate(laboratory, study, alone, name="path from best", design="path")
    table = ablation_path.compute(laboratory.frames())
    assert table["ablation"].tolist() == ["path", "path"]
    assert ablation_path.alternative(table) == (
        "Test accuracy along the path, by study. cnn@mnist, path: baseline 97.00 % and 1. width 98.10 % (+1.10 "
        "percentage points)."
    )


def _fields(arm: Arm) -> dict[str, Any]:
    return {name: getattr(arm, name) for name in arm.__dataclass_fields__}
