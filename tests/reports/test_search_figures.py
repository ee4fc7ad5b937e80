"""What the figures of a search compute, asserted on their tables; each is drawn once."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from reports.analysis.configurations import LEAST_TRIALS
from reports.analysis.frames import Frames
from reports.drawing import style
from reports.figures import (
    best_of_n,
    cost,
    final_scores,
    parallel_coordinates,
    parameter_importance,
    partial_dependence,
    search_curves,
    search_history,
    slices,
    timeline,
)
from reports.pages.document import Paragraph
from reports.sections.cost import section as cost_section
from reports.sections.illustrated import figures_of
from tests.reports.laboratory import BASELINE, Laboratory

FIGURES = (
    best_of_n,
    cost,
    parallel_coordinates,
    parameter_importance,
    partial_dependence,
    search_curves,
    slices,
    timeline,
)
TRIALS = 40


class Planned(Laboratory):
    """Configurations drawn from the domains; trial 0 is the baseline."""

    @staticmethod
    def configuration(number: int) -> Mapping[str, Any]:
        generator = np.random.default_rng(number)
        drawn = {
            "optimizer": ["adam", "sgd"][generator.integers(2)],
            "learning_rate": float(10 ** generator.uniform(-4, -2)),
            "momentum": float(generator.uniform(0.5, 0.98)),
        }
        return BASELINE | (drawn if number else {})


@pytest.fixture
def searched(tmp_path: Path) -> Planned:
    return search_in(tmp_path)


@pytest.fixture(scope="module")
def searched_frames(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """The same; only read from."""
    laboratory = search_in(tmp_path_factory.mktemp("searched"))
    try:
        return laboratory.frames()
    finally:
        laboratory.database.close()


def search_in(folder: Path, study: str = "cnn@mnist") -> Planned:
    """A search whose accuracy rises with the learning rate and with nothing else; every fifth trial is pruned."""
    laboratory = Planned(folder)
    laboratory.plan(study, trials=TRIALS, sampler="random")
    accuracies = [0.9 + 0.02 * math.log10(laboratory.configuration(n)["learning_rate"] * 1e4) for n in range(TRIALS)]
    states = ["pruned" if number % 5 == 4 else "complete" for number in range(TRIALS)]
    laboratory.search(study, *zip(states, accuracies, strict=True))
    return laboratory


def test_importance_finds_what_the_accuracy_hangs_on(searched_frames: Frames) -> None:
    table = parameter_importance.compute(searched_frames)
    means = table.groupby("hyperparameter")["importance"].mean()
    assert means.idxmax() == "learning_rate"
    assert means["learning_rate"] > 0.5
    assert means.drop("learning_rate").abs().max() < 0.1
    assert set(table["n"]) == {32}
    assert table.groupby("hyperparameter")["seed"].nunique().tolist() == [5, 5, 5], "its uncertainty is over seeds"
    assert table["explained"].iloc[0] > 0.5
    assert "pruned ones, often the worse, are left out" in parameter_importance.method(table)


def test_importance_is_withheld_where_the_accuracy_is_chance_and_the_page_says_so(tmp_path: Path) -> None:
    laboratory = Planned(tmp_path)
    chance = np.random.default_rng(0).uniform(0.8, 0.9, TRIALS)
    laboratory.search(laboratory.plan(), *(("complete", float(accuracy)) for accuracy in chance))
    frames = laboratory.frames()
    assert parameter_importance.compute(frames).empty
    assert partial_dependence.compute(frames).empty
    said = [block.text for block in figures_of("search", frames) if isinstance(block, Paragraph)]
    (sentence,) = [text for text in said if "parameter importance" in text]
    assert sentence.startswith("Of cnn@mnist (\N{MINUS SIGN}" if "\N{MINUS SIGN}" in sentence else "Of cnn@mnist (-")
    assert "a forest explains less than 0.1 of the variance of held-out trials" in sentence


@pytest.mark.slow
def test_a_study_that_the_forest_does_not_explain_is_told_not_drawn(searched: Planned) -> None:
    chance = np.random.default_rng(0).uniform(0.8, 0.9, TRIALS)
    study = searched.plan("lstm@mnist", trials=TRIALS)
    searched.search(study, *(("complete", float(accuracy)) for accuracy in chance))
    table = parameter_importance.compute(searched.frames())
    assert set(table["study"]) == {"cnn@mnist"}
    titles = [axes.get_title(loc="left") for axes in parameter_importance.draw(table).axes]
    assert titles == ["cnn@mnist (32 complete trials)"]
    (sentence,) = parameter_importance.absent(searched.frames())
    assert sentence.startswith("Of lstm@mnist (")


def test_below_thirty_complete_trials_one_sentence_says_how_many_more_it_takes(laboratory: Laboratory) -> None:
    laboratory.search(laboratory.plan(), *[("complete", 0.9)] * 18, *[("pruned", 0.9)] * 2)
    frames = laboratory.frames()
    for figure in (parameter_importance, partial_dependence, slices, parallel_coordinates):
        assert figure.compute(frames).empty
    said = [block.text for block in figures_of("search", frames) if isinstance(block, Paragraph)]
    (sentence,) = [text for text in said if text.startswith("Parameter importance")]
    assert sentence == (
        "Parameter importance, partial dependence, slices and parallel coordinates are drawn from 30 complete search "
        "trials of a study on, for what fewer show may be chance: cnn@mnist has 18 and takes 12 more. Pruned trials do "
        "not count."
    )


def test_dependence_rises_with_what_the_accuracy_hangs_on(searched_frames: Frames) -> None:
    table = partial_dependence.compute(searched_frames)
    assert table["hyperparameter"].drop_duplicates().iloc[0] == "learning_rate"
    assert table["hyperparameter"].nunique() == 2
    curve = table[table["hyperparameter"] == "learning_rate"].sort_values("position")
    assert curve["mean"].iloc[-1] > curve["mean"].iloc[0] + 0.3
    assert (curve["least"] <= curve["mean"]).all()
    assert (curve["mean"] <= curve["most"]).all()
    assert curve["position"].between(1e-4, 1e-2).all()


def test_slices_leave_out_what_a_trial_does_not_use(searched_frames: Frames) -> None:
    table = slices.compute(searched_frames)
    complete = [number for number in range(TRIALS) if number % 5 != 4]
    sgd = [number for number in complete if Planned.configuration(number)["optimizer"] == "sgd"]
    assert table.groupby("hyperparameter").size().to_dict() == {
        "optimizer": len(complete),
        "learning_rate": len(complete),
        "momentum": len(sgd),
    }
    best = table[table["best"] & (table["hyperparameter"] == "learning_rate")]
    assert best["position"].tolist() == [max(Planned.configuration(n)["learning_rate"] for n in complete)]
    assert set(table.loc[table["hyperparameter"] == "optimizer", "shown"]) == {"adam", "sgd"}


def test_a_hyperparameter_that_two_trials_use_has_no_slice(laboratory: Laboratory) -> None:
    used = [BASELINE, BASELINE | {"optimizer": "sgd"}, BASELINE | {"optimizer": "sgd", "momentum": 0.6}]
    laboratory.configuration = lambda number: used[number if number < 3 else 0]  # type: ignore[method-assign]
    laboratory.search(laboratory.plan(), *[("complete", 0.9)] * LEAST_TRIALS)
    assert set(slices.compute(laboratory.frames())["hyperparameter"]) == {"optimizer", "learning_rate"}


def test_every_choice_has_a_tick(laboratory: Laboratory) -> None:
    laboratory.configuration = lambda number: BASELINE  # type: ignore[method-assign]
    laboratory.search(laboratory.plan(), *(("complete", 0.9 + number / 1000) for number in range(LEAST_TRIALS)))
    figure = slices.draw(slices.compute(laboratory.frames()))
    (axes,) = [axes for axes in figure.axes if axes.get_xlabel() == "optimizer"]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["adam", "sgd"]


def test_slices_begin_with_what_matters_most(searched_frames: Frames) -> None:
    assert slices.compute(searched_frames)["hyperparameter"].iloc[0] == "learning_rate"


def test_slices_name_each_study_once(searched: Planned) -> None:
    searched.search(searched.plan("lstm@mnist"), *[("complete", 0.9)] * LEAST_TRIALS)
    figure = slices.draw(slices.compute(searched.frames()))
    headings = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert headings == ["cnn@mnist", "lstm@mnist"]
    assert not any(axes.get_title() for axes in figure.axes)


def test_a_hyperparameter_that_no_trial_uses_has_no_slice(laboratory: Laboratory) -> None:
    adam = BASELINE | {"learning_rate": 0.002}
    laboratory.configuration = lambda number: adam if number else BASELINE  # type: ignore[method-assign]
    laboratory.search(laboratory.plan(), *[("complete", 0.9)] * LEAST_TRIALS)
    table = slices.compute(laboratory.frames())
    assert set(table["hyperparameter"]) == {"optimizer", "learning_rate"}
    assert table["best"].sum() == 2
    axes = parallel_coordinates.compute(laboratory.frames()).groupby("axis")["height"]
    assert axes.count()["momentum"] == 0


def test_parallel_coordinates_stand_in_the_domain(searched_frames: Frames) -> None:
    table = parallel_coordinates.compute(searched_frames)
    assert table["height"].dropna().between(0, 1).all()
    assert table.groupby("axis", sort=False)["place"].first().tolist() == [0, 1, 2, 3]
    assert table[table["group"] == "best"]["trial"].nunique() == 3
    assert set(table[["low", "high"]][table["axis"] == "learning_rate"].iloc[0]) == {"0.0001", "0.01 (log)"}
    momentum = table[table["axis"] == "momentum"].set_index("trial")["height"]
    adam = [number for number in momentum.index if Planned.configuration(int(number))["optimizer"] == "adam"]
    assert momentum[adam].isna().all()


def test_best_of_n_is_exact(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(best_of_n, "LEAST_TRIALS", 3)
    values = [0.91, 0.95, 0.93]
    study = laboratory.plan(sampler="random")
    laboratory.search(study, ("complete", 0.99), *(("complete", value) for value in values))
    table = best_of_n.compute(laboratory.frames())
    for n in (1, 2, 3):
        draws = [max(draw) for draw in itertools.product(values, repeat=n)]
        row = table[table["n"] == n].iloc[0]
        assert row["expected"] == pytest.approx(np.mean(draws))
        assert row["low"] == pytest.approx(np.quantile(draws, 0.1, method="inverted_cdf"))
        assert row["high"] == pytest.approx(np.quantile(draws, 0.9, method="inverted_cdf"))
    assert set(table["baseline"]) == {0.99}
    assert best_of_n.absent(laboratory.frames()) == ()


def test_best_of_n_is_left_out_where_trials_learn_from_each_other_and_that_is_said(laboratory: Laboratory) -> None:
    laboratory.search(laboratory.plan(sampler="tpe"), *[("complete", 0.9)] * 11)
    frames = laboratory.frames()
    assert best_of_n.compute(frames).empty
    (sentence,) = best_of_n.absent(frames)
    assert sentence.startswith("No best-of-n curve is drawn of cnn@mnist: the trials of tpe are not independent draws")
    assert Paragraph(sentence) in figures_of("search", frames)


def test_best_of_n_needs_ten_complete_trials_beside_the_baseline(laboratory: Laboratory) -> None:
    laboratory.search(laboratory.plan(sampler="random"), *[("complete", 0.9)] * 10, *[("pruned", 0.9)] * 9)
    assert best_of_n.compute(laboratory.frames()).empty
    laboratory.search("cnn@mnist", ("complete", 0.9), first=19)
    assert set(best_of_n.compute(laboratory.frames())["trials"]) == {10}


def test_pareto_front_over_all_studies(laboratory: Laboratory) -> None:
    sizes = {"a@mnist": 100, "b@mnist": 50}
    for study, accuracies in (("a@mnist", (0.9, 0.97)), ("b@mnist", (0.95, 0.96))):
        laboratory.search(laboratory.plan(study), *(("complete", accuracy) for accuracy in accuracies), ("pruned", 1.0))
        with laboratory.database.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE trial SET parameters = {sizes[study]} WHERE study = '{study}'")
    frames = laboratory.frames()
    front = cost.front(cost.compute(frames))
    rows = front[front["cost"] == cost.PARAMETERS][["study", "trial", "amount", "score"]].to_numpy().tolist()
    assert rows == [["b@mnist", 1, 50, 0.96], ["a@mnist", 1, 100, 0.97]]
    assert front[front["cost"] == cost.SECONDS]["score"].tolist() == [0.97]
    assert cost_section(frames).blocks[-1].rows[0] == ("mnist", "parameters", "b@mnist", "1", "50", "96.00 %")


def test_every_seed_is_a_point_beside_its_mean(finished: Laboratory) -> None:
    table = final_scores.compute(finished.frames())
    assert table["role"].tolist() == ["best", "best", "baseline", "baseline"]
    assert table["score"].tolist() == [0.98, 0.985, 0.97, 0.98]
    assert table["mean"].tolist() == pytest.approx([0.9825, 0.9825, 0.975, 0.975])
    assert final_scores.draw(table).axes
    assert final_scores.alternative(table).endswith("baseline: 97.50 %.")


def test_seeds_that_are_all_alike_are_not_drawn_as_certain(laboratory: Laboratory) -> None:
    laboratory.finals(laboratory.plan(), "baseline", [0.97, 0.97, 0.97])
    axes = final_scores.draw(final_scores.compute(laboratory.frames())).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no interval: all seeds alike"]
    assert not any(isinstance(found, LineCollection) for found in axes.collections)


def test_many_trials_are_drawn_as_bands(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    laboratory.search(laboratory.plan(), *(("complete", 0.9 + number / 1000) for number in range(9)))
    single = search_curves.compute(laboratory.frames())
    assert single.groupby("group")["line"].nunique().to_dict() == {"best": 1, "complete": 8}
    monkeypatch.setattr(search_curves, "MOST_LINES", 8)
    bands = search_curves.compute(laboratory.frames())
    assert set(bands.loc[bands["group"] == "complete", "line"]) == {"q0.1", "q0.25", "q0.5", "q0.75", "q0.9"}
    last = bands[(bands["line"] == "q0.5") & (bands["epoch"] == 3)]["score"]
    assert last.tolist() == pytest.approx([0.904])
    assert search_curves.draw(bands).axes
    assert "ended sooner" not in search_curves.caption(bands)


def test_bands_over_trials_that_patience_ended_say_whom_they_leave_out(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = laboratory.plan(patience=1)
    laboratory.search(study, *[("complete", 0.9 + number / 1000) for number in range(5)])
    laboratory.epochs[study] = 1
    laboratory.search(study, *[("complete", 0.9) for _ in range(5)], first=5)
    monkeypatch.setattr(search_curves, "MOST_LINES", 8)
    table = search_curves.compute(laboratory.frames())
    assert table["sooner"].all()
    assert "Where some complete trials ended sooner, the later epochs are of the others" in search_curves.caption(table)


def test_timeline_tells_how_trials_ended(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.9), ("pruned", 0.8), ("failed", None), ("running", 0.5))
    table = timeline.compute(laboratory.frames())
    bad = "failed, diverged or unfinished"
    assert table["ending"].tolist() == ["complete", "pruned", bad, bad]
    assert (table["end"] >= table["start"]).all()
    assert table["trained"].tolist() == [6.0, 2.0, 0.0, 2.0]


def test_a_trial_that_was_paused_left_its_worker_then(laboratory: Laboratory) -> None:
    """Pruned at the end of the search, it has the search's end as its own."""
    study = laboratory.plan()
    laboratory.search(study, ("pruned", 0.8), ("paused", 0.8), ("complete", 0.9), ("paused", 0.7))
    stamps = [("00:00", "01:00"), ("00:10", None), ("00:20", "00:30"), ("00:40", None)]
    with laboratory.database.engine.begin() as connection:
        for number, (begun, ended) in enumerate(stamps):
            times = [f"2026-01-01T00:{time}.000000+00:00" if time else None for time in (begun, ended)]
            connection.exec_driver_sql(
                "UPDATE trial SET started_at = ?, finished_at = ? WHERE optuna_number = ?", (*times, number)
            )
    table = timeline.compute(laboratory.frames())
    assert table["ending"].tolist() == ["pruned", "paused", "complete", "paused"]
    assert table["start"].tolist() == [0.0, 10.0, 20.0, 40.0]
    assert table["end"].tolist() == [10.0, 20.0, 30.0, 42.0]
    assert "waits at a rung" in timeline.caption(table)


def test_a_paused_trial_has_not_ended(laboratory: Laboratory) -> None:
    laboratory.search(laboratory.plan(), ("complete", 0.9), ("paused", 0.99), ("pruned", 0.8))
    frames = laboratory.frames()
    assert search_history.compute(frames)["trial"].tolist() == [0, 2]
    assert set(search_curves.compute(frames)["group"]) == {"best", "pruned"}


def test_every_failed_trial_is_in_sight(laboratory: Laboratory) -> None:
    laboratory.search(laboratory.plan(), *[("failed", None)] * 3)
    axes = search_history.draw(search_history.compute(laboratory.frames())).axes[0]
    low, high = axes.get_xlim()
    places = np.concatenate([marks.get_offsets()[:, 0] for marks in axes.collections])
    assert len(places) == 3
    assert low < min(places) <= max(places) < high


@pytest.mark.parametrize("figure", [*FIGURES, search_history], ids=lambda figure: figure.NAME)
def test_captions_are_true_when_the_page_is_dark(searched_frames: Frames, figure: ModuleType) -> None:
    """The page turns black and white round; grey and the models' colours stay."""
    caption = figure.caption(figure.compute(searched_frames)).lower()
    assert not {"black", "white", "inverted"} & set(re.findall(r"[a-z]+", caption))


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.NAME)
def test_every_figure_draws_and_tells(searched_frames: Frames, figure: ModuleType) -> None:
    table = figure.compute(searched_frames)
    drawn = figure.draw(table)
    assert drawn.axes
    drawn.clear()
    texts = [figure.caption(table), figure.alternative(table)]
    if hasattr(figure, "method"):
        texts.append(figure.method(table))
    for text in texts:
        assert text.endswith(".")
        assert "nan" not in text


@pytest.mark.parametrize("figure", [*FIGURES, search_history], ids=lambda figure: figure.NAME)
def test_a_caption_is_read_at_a_glance(searched_frames: Frames, figure: ModuleType) -> None:
    assert len(figure.caption(figure.compute(searched_frames)).split()) <= 60


@pytest.fixture(scope="module")
def long_named_frames(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    study = "a-model-with-a-name-that-is-rather-long@a-data-set-with-a-name-that-is-long-too"
    laboratory = search_in(tmp_path_factory.mktemp("long"), study)
    try:
        return laboratory.frames()
    finally:
        laboratory.database.close()


@pytest.mark.cases(3)
@pytest.mark.parametrize("figure", [*FIGURES, search_history], ids=lambda figure: figure.NAME)
def test_no_title_and_no_label_is_clipped(long_named_frames: Frames, figure: ModuleType) -> None:
    with style.drawing():
        drawn = figure.draw(figure.compute(long_named_frames))
        drawn.draw_without_rendering()
    width, height = drawn.bbox.size
    for axes in drawn.axes:
        names = [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        for text in filter(lambda text: text.get_visible() and text.get_text(), names):
            box = text.get_window_extent()
            assert box.x0 > -1, text.get_text()
            assert box.y0 > -1, text.get_text()
            assert box.x1 < width + 1, text.get_text()
            assert box.y1 < height + 1, text.get_text()
