"""Confusion matrices and confident mistakes, from stored predictions and labels."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select, update

from reports.analysis.mistakes import confident_mistakes, confusion
from reports.figures import confusion_matrix, mistakes
from reports.pages.figure import FigureBlock
from reports.sections.illustrated import figures_of
from study.database import schema
from study.trial import Phase, TestImage, TestResult, Trial, TrialState
from tests.reports.laboratory import Laboratory

LABELS = [0, 0, 1, 1, 2, 2]
PREDICTIONS = ([0, 1, 1, 1, 2, 0], [0, 1, 1, 2, 2, 2])
CONFIDENCES = ([0.9, 0.6, 0.9, 0.9, 0.9, 1.0], [0.9, 0.8, 0.9, 0.9, 0.9, 0.9])


@pytest.fixture
def scored(laboratory: Laboratory) -> Laboratory:
    """Two replicates on six test images of three classes, the third named in HTML."""
    study = laboratory.plan(class_names=["zero", "one", "<b>"], test_examples=len(LABELS))
    laboratory.search(study, ("complete", 0.9))
    laboratory.finals(study, "best", [0.5], number=3)  # another configuration: an earlier best
    for replicate, (predicted, confident) in enumerate(zip(PREDICTIONS, CONFIDENCES, strict=True)):
        configuration = laboratory.configuration(0)
        trial = Trial(study, Phase.REPLICATE, "baseline", configuration, 5 + replicate, 3, replicate=replicate)
        machine = {"device": "cpu", "precision": "float32", "threads": 1}
        laboratory.database.begin_trial(trial, worker=0, environment=laboratory.environment, machine=machine)
        result = TestResult(0.1, 0.5, bytes(predicted), np.array(confident, dtype="<f2").tobytes(), 0.1)
        laboratory.database.finish_trial(trial.id, TrialState.COMPLETE, result=result)
    laboratory.database.save_test_split("b" * 64, bytes(LABELS))
    images = [TestImage(number, 2, 3, 1, bytes([number] * 6)) for number in (1, 2, 3, 5)]
    laboratory.database.save_test_images("b" * 64, images)
    return laboratory


def test_confusion_adds_up_the_seeds_of_the_best(scored: Laboratory) -> None:
    table = confusion(scored.frames()).query("examples > 0")
    counts = {(row["truth"], row["predicted"]): row["examples"] for row in table.to_dict("records")}
    assert counts == {(0, 0): 2, (0, 1): 2, (1, 1): 3, (1, 2): 1, (2, 2): 3, (2, 0): 1}
    assert set(table["seeds"]) == {2}


def test_mistakes_of_all_seeds_come_first(scored: Laboratory) -> None:
    table = confident_mistakes(scored.frames(), 3)
    assert table["image"].tolist() == [1, 5, 3]
    assert table["confidence"].tolist() == pytest.approx([0.7, 1.0, 0.9], abs=1e-3)
    assert table["wrong"].tolist() == [2, 1, 1]
    assert table["predicted"].tolist() == [1, 0, 2]


def test_trainings_whose_confidences_are_not_known_rank_no_mistakes(scored: Laboratory) -> None:
    """As of the first version of the database, which stored predictions alone."""
    unknown = update(schema.test_result).values(confidences=None)
    second = select(schema.trial.c.id).where(schema.trial.c.variant == "baseline", schema.trial.c.replicate == 1)
    with scored.database.engine.begin() as connection:
        connection.execute(unknown.where(schema.test_result.c.trial.in_(second)))
    frames = scored.frames()
    table = confident_mistakes(frames, 3)
    assert table["image"].tolist() == [5, 1]
    assert table["confidence"].tolist() == pytest.approx([1.0, 0.6], abs=1e-3)
    assert set(table["seeds"]) == {1}
    assert set(confusion(frames)["seeds"]) == {2}
    with scored.database.engine.begin() as connection:
        connection.execute(unknown)
    assert confident_mistakes(scored.frames(), 3).empty


def test_both_draw_names_as_they_are(scored: Laboratory) -> None:
    frames = scored.frames()
    for figure in (confusion_matrix, mistakes):
        table = figure.compute(frames)
        drawn = figure.draw(table)
        assert drawn.axes
        drawn.clear()
        assert figure.caption(table).endswith(".")
    assert "takes a zero for a one with 70 % confidence" in mistakes.alternative(mistakes.compute(frames))


def test_titles_are_whole_and_captions_name_no_shade(scored: Laboratory) -> None:
    frames = scored.frames()
    for module in (confusion_matrix, mistakes):
        table = module.compute(frames)
        figure = module.draw(table)
        figure.draw_without_rendering()
        texts = [axes.title for axes in figure.axes] + [text for axes in figure.axes for text in axes.texts]
        boxes = [text.get_window_extent() for text in texts if text.get_text()]
        frame = figure.bbox.padded(1)
        assert boxes
        assert all(frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1) for box in boxes)
        assert not any(word in module.caption(table).lower() for word in ("black", "white", "inverted"))


def test_predictions_without_labels_are_no_mistakes(finished: Laboratory) -> None:
    assert confusion_matrix.compute(finished.frames()).empty
    assert mistakes.compute(finished.frames()).empty
    finished.database.save_test_split("b" * 64, bytes(7))  # of other images
    assert confusion_matrix.compute(finished.frames()).empty


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_drawn_in_their_own_colours_and_pixels(laboratory: Laboratory, channels: int) -> None:
    study = laboratory.plan(class_names=["zero", "one"], test_examples=1, input_shape=[channels, 4, 6])
    laboratory.search(study, ("complete", 0.9))
    machine = {"device": "cpu", "precision": "float32", "threads": 1}
    trial = Trial(study, Phase.REPLICATE, "baseline", laboratory.configuration(0), 5, 3, replicate=0)
    laboratory.database.begin_trial(trial, worker=0, environment=laboratory.environment, machine=machine)
    result = TestResult(0.1, 0.5, bytes([1]), np.array([0.9], dtype="<f2").tobytes(), 0.1)
    laboratory.database.finish_trial(trial.id, TrialState.COMPLETE, result=result)
    laboratory.database.save_test_split("b" * 64, bytes([0]))
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, channels), dtype=np.uint8)
    laboratory.database.save_test_images("b" * 64, [TestImage(0, 4, 6, channels, pixels.tobytes())])
    figure = mistakes.draw(mistakes.compute(laboratory.frames()))
    (drawn,) = [image for panel in figure.axes for image in panel.images]
    assert np.array_equal(drawn.get_array(), np.broadcast_to(pixels, (4, 6, 3)))
    assert drawn.origin == "upper"


def test_a_dark_page_leaves_pictures_in_their_own_colours_as_they_are(scored: Laboratory) -> None:
    blocks = {block.name: block for block in figures_of("mistakes", scored.frames()) if isinstance(block, FigureBlock)}
    assert {name: block.own_colours for name, block in blocks.items()} == {"confusion-matrix": False, "mistakes": True}
