"""The figures of an ablation: colours of the models, names that cover nothing, and what is said of them."""

from __future__ import annotations

import itertools
import random

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from matplotlib.text import Annotation, Text

from reports.drawing import style
from reports.drawing.hover import points
from reports.figures import ablation_cost, ablation_effects
from reports.formatting import MINUS
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory

VARIANTS = ("everything", "cnn-lstm", "augment", "slices", "bidirectional", "rows-columns", "columns", "transformer")
SEEDS = 9


@pytest.fixture
def ablated(laboratory: Laboratory) -> Laboratory:
    """Two models, one with size controls and re-tuned variants, and names that stand close together."""
    chance = random.Random(0)
    for study in ("cnn@mnist", "lstm@mnist"):
        base = [round(0.96 + chance.gauss(0, 0.002), 3) for _ in range(SEEDS)]
        shifted = {name: 0.004 * place - 0.012 for place, name in enumerate(VARIANTS)}
        arms = [
            Arm(name, [round(value + shift + chance.gauss(0, 0.001), 3) for value in base], seconds=2 + chance.random())
            for name, shift in shifted.items()
        ]
        floor = Arm("noise floor", base[::-1], role="noise-floor", first_seed=900)
        sizes = [Arm(f"baseline with hidden_size={size}", base, role="size-matched") for size in (144, 368)]
        retuned = [baseline(*base, setting="retuned"), Arm("augment", base, setting="retuned", seconds=3.0)]
        others = [*sizes, *retuned] if study == "lstm@mnist" else []
        ablate(laboratory, laboratory.plan(study), baseline(*base), floor, *arms, *others)
    return laboratory


def drawn(module: object, laboratory: Laboratory) -> tuple[Figure, pd.DataFrame]:
    table = module.compute(laboratory.frames())  # type: ignore[attr-defined]
    with style.drawing():
        figure = module.draw(table)  # type: ignore[attr-defined]
        figure.draw_without_rendering()
    return figure, table


def test_effects_stand_by_size_and_controls_last(ablated: Laboratory) -> None:
    figure, _ = drawn(ablation_effects, ablated)
    labels = [text.get_text() for text in figure.axes[1].get_yticklabels()]
    assert labels[labels.index("augment") + 1] == "re-tuned", "it stands under what was not re-tuned"
    labels.remove("re-tuned")
    assert labels[: len(VARIANTS)] == list(VARIANTS[::-1])
    assert sorted(labels[len(VARIANTS) : -1]) == ["hidden_size=144 (size control)", "hidden_size=368 (size control)"]
    assert labels[-1] == "noise floor"
    assert {text.get_color() for text in figure.axes[1].get_yticklabels()[len(VARIANTS) + 1 :]} == {style.GREY}


def test_effects_have_short_ticks_and_a_legend_that_explains(ablated: Laboratory) -> None:
    figure, _ = drawn(ablation_effects, ablated)
    ticks = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert {f"{MINUS}1", "0", "+1"} <= set(ticks)
    legend = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    words = {
        "chance alone (other seeds)",
        "adopt",
        "don't",
        "unproven",
        "a control",
        "re-tuned",
        "a single seed",
    }
    assert set(legend) == words
    told = {point.text for point in points(figure)}
    assert any("lstm@mnist, one-at-a-time: transformer +1.6" in text and "helps" in text for text in told)


def test_names_of_the_cost_cover_neither_each_other_nor_points(ablated: Laboratory) -> None:
    figure, table = drawn(ablation_cost, ablated)
    for axes, (_, part) in zip(figure.axes, table.groupby("study", sort=False), strict=True):
        names = [text for text in axes.texts if isinstance(text, Annotation)]
        boxes = [Text.get_window_extent(text) for text in names]
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
        marks = axes.transData.transform(part[["ratio", "effect"]].to_numpy())
        assert not any(box.contains(x, y) for box in boxes for x, y in marks)
        assert "baseline" in {text.get_text() for text in names}
        assert not any("hidden_size" in text.get_text() for text in names)


def test_cost_has_an_interval_in_both_directions_and_says_its_units(laboratory: Laboratory) -> None:
    base = [0.97, 0.971, 0.972]
    faster = Arm("faster", [value + 0.01 + 0.001 * (place % 2) for place, value in enumerate(base)], seconds=1.0)
    ablate(laboratory, laboratory.plan(), baseline(*base), faster)
    with laboratory.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE epoch SET seconds = 1.2 * seconds WHERE epoch = 1 AND trial IN"
            " (SELECT id FROM trial WHERE replicate = 0 AND variant = 'faster')"
        )
    figure, table = drawn(ablation_cost, laboratory)
    (arm,) = table[table["arm"] == "faster"].to_dict("records")
    assert arm["ratio"] == pytest.approx(0.5, abs=0.04)
    assert 0.4 < arm["ratio_low"] < arm["ratio_high"] < 0.7
    axes = figure.axes[0]
    assert axes.get_xlabel() == "Training time (wall clock), as a multiple of the control's"
    assert " ".join(axes.get_ylabel().split()) == "Effect on test accuracy (percentage points)"
    spans = [found for found in axes.collections if isinstance(found, LineCollection)]
    ends = [tuple((end - start) > 0) for found in spans for start, end in found.get_segments()]
    assert sorted(ends) == [(False, True), (True, False)], "an upright bar and a level one"
    told = {point.text for point in points(figure)}
    assert any(text.startswith("faster: +1.0") and text.endswith("times the time") for text in told)


def test_cost_of_a_part_that_was_taken_out_is_what_it_brings(laboratory: Laboratory) -> None:
    base = [0.97, 0.971, 0.972]
    without = Arm("without dropout", [value - 0.01 for value in base], removed="dropout", seconds=1.0)
    ablate(laboratory, laboratory.plan(), baseline(*base), without, name="leave-one-out", design="leave-one-out")
    figure, table = drawn(ablation_cost, laboratory)
    (arm,) = table[table["removed"] == "dropout"].to_dict("records")
    assert (arm["effect"], arm["ratio"]) == pytest.approx((1.0, 2.0))
    assert {text.get_text() for text in figure.axes[0].texts} == {"baseline", "dropout"}


def test_forty_long_names_differ_on_one_page(laboratory: Laboratory) -> None:
    base = [0.96, 0.961, 0.962]
    names = [f"variant-number-{number:02d}-with-a-long-name" for number in range(40)]
    ablate(laboratory, laboratory.plan(), baseline(*base), *(Arm(name, base) for name in names))
    figure, _ = drawn(ablation_effects, laboratory)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert len(set(labels)) == 40
    width, height = figure.get_size_inches()
    assert height <= 1.4 * width


def test_what_is_read_aloud_names_the_study_of_each_arm(ablated: Laboratory) -> None:
    frames = ablated.frames()
    effects = ablation_effects.alternative(ablation_effects.compute(frames))
    assert effects.startswith(
        "Points with intervals for each variant, by study. cnn@mnist, one-at-a-time: transformer +"
    )
    assert "; lstm@mnist, one-at-a-time: transformer +" in effects
    assert "noise floor" not in effects
    cost = ablation_cost.alternative(ablation_cost.compute(frames))
    assert cost.startswith("Points of effect on test accuracy against training time. ")
    for study in ("cnn@mnist", "lstm@mnist"):
        assert f"{study}, one-at-a-time: transformer: +" in cost


@pytest.mark.cases(1)
@pytest.mark.parametrize("module", [ablation_effects, ablation_cost])
def test_letters_have_at_least_nine_points(ablated: Laboratory, module: object) -> None:
    figure, _ = drawn(module, ablated)
    with mpl.rc_context({"font.size": 11}):
        texts = [text for text in figure.findobj(Text) if text.get_text()]
        assert min(text.get_fontsize() for text in texts) >= 9


def colours(figure: Figure, *, marker: str) -> dict[str, str]:
    """The names of the rows where a mark of this shape stands, with the colour inside it."""
    axes = figure.axes[0]
    names = [text.get_text() for text in axes.get_yticklabels()]
    shape = MarkerStyle(marker)
    outline = shape.get_path().transformed(shape.get_transform()).vertices
    marks = [found for found in axes.collections if isinstance(found, PathCollection) and len(found.get_paths()) == 1]
    return {
        names[round(y)]: to_hex(found.get_facecolors()[0]).upper()
        for found in marks
        if found.get_paths()[0].vertices.shape == outline.shape and np.allclose(found.get_paths()[0].vertices, outline)
        for _, y in np.asarray(found.get_offsets())
        if found.get_sizes()[0] > 20
    }


@pytest.fixture
def decided(laboratory: Laboratory) -> Laboratory:
    """Nine seeds of a variant of each kind; two lost seeds, one lost all, one never differs, one is far off."""
    chance = random.Random(0)
    base = [round(0.96 + chance.gauss(0, 0.002), 3) for _ in range(SEEDS)]

    def by(shift: float) -> list[float]:
        return [round(value + shift + chance.gauss(0, 0.001), 3) for value in base]

    arms = [
        Arm("good", by(0.01)),
        Arm("bad", by(-0.01)),
        Arm("open", by(0.0)),
        Arm("tie", base),
        Arm("shaky", ["diverged", "diverged", *by(0.01)[2:]]),
        Arm("lost", ["diverged"] * 7 + ["failed"] * 2),
        Arm("collapsed", by(-0.4)),
    ]
    ablate(laboratory, laboratory.plan(), baseline(*base), *arms)
    return laboratory


def test_what_follows_from_a_verdict_is_told_by_shape_and_colour(decided: Laboratory) -> None:
    figure, _ = drawn(ablation_effects, decided)
    assert colours(figure, marker="^") == {"good": "#009E73"}
    assert colours(figure, marker="v") == {"bad": "#D55E00"}
    assert set(colours(figure, marker="o")) == {"open", "tie", "shaky"}
    assert set(colours(figure, marker="o").values()) == {"#FFFFFF"}


def test_what_was_lost_what_never_differs_and_what_is_far_off_is_written_beside_it(decided: Laboratory) -> None:
    figure, _ = drawn(ablation_effects, decided)
    axes = figure.axes[0]
    beside = {
        axes.get_yticklabels()[round(text.xy[1])].get_text(): text.get_text()
        for text in axes.texts
        if isinstance(text, Annotation) and text.xycoords != ("data", "axes fraction")
    }
    assert beside["tie"] == "all seeds alike"
    assert beside["shaky"] == "2 of 9 seeds diverged"
    assert beside["lost"] == "7 of 9 seeds diverged, 2 failed"
    assert beside["collapsed"].startswith(f"{MINUS}39.9")
    low, high = axes.get_xlim()
    assert -10 < low < high < 10, "one collapse does not press the others together"
    told = {point.text for point in points(figure)}
    assert any(text.startswith("lost (7 of 9 seeds diverged, 2 failed)") for text in told)


def test_no_interval_is_drawn_where_all_seeds_are_alike(laboratory: Laboratory) -> None:
    ablate(laboratory, laboratory.plan(), baseline(0.9, 0.91, 0.92), Arm("tie", [0.91, 0.92, 0.93]))
    figure, _ = drawn(ablation_effects, laboratory)
    spans = [found for found in figure.axes[0].collections if isinstance(found, LineCollection)]
    lengths = [abs(end[0] - start[0]) for found in spans for start, end in found.get_segments()]
    assert all(length > 0 for length in lengths)
    assert "all seeds alike" in {text.get_text() for text in figure.axes[0].texts}


def test_the_smallest_effect_that_matters_is_drawn_where_it_was_stated(laboratory: Laboratory) -> None:
    base = [0.9, 0.91, 0.92]
    ablate(laboratory, laboratory.plan(smallest_effect=0.3), baseline(*base), Arm("wide", [0.91, 0.93, 0.935]))
    figure, _ = drawn(ablation_effects, laboratory)
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "too small to matter (±0.3)" in legend
    edges = {round(float(line.get_xdata()[0]), 3) for line in figure.axes[0].lines if line.get_linestyle() == ":"}
    assert edges == {-0.3, 0.3}


def test_the_first_screen_has_the_suggestions_of_one_study_alone(ablated: Laboratory) -> None:
    table = ablation_effects.compute(ablated.frames())
    figure = ablation_effects.compact(table, "lstm@mnist")
    assert figure is not None
    width, height = 72 * figure.get_size_inches()
    assert max(width / 560, height / 260) <= 1
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert set(labels) == {*VARIANTS, "augment, re-tuned"}
    assert ablation_effects.compact(table, "unknown@mnist") is None


def test_nothing_of_a_small_effects_figure_is_clipped(laboratory: Laboratory) -> None:
    study = laboratory.plan("a-model-with-a-name-that-is-long@a-data-set-with-a-name-that-is-long")
    ablate(
        laboratory, study, baseline(0.9, 0.91), Arm("a-variant-with-a-name-that-takes-two-lines-at-least", [0.9, 0.92])
    )
    figure, _ = drawn(ablation_effects, laboratory)
    width, height = figure.get_size_inches() * figure.dpi
    for text in [*figure.axes[0].texts, figure.axes[0].title, figure.axes[0]._left_title]:
        box = Text.get_window_extent(text)
        assert min(box.x0, box.y0) >= 0, text.get_text()
        assert (box.x1 <= width, box.y1 <= height) == (True, True), text.get_text()
