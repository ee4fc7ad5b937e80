"""Labels of one line that differ where names do."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.analysis.frames import Frames, load
from reports.analysis.mistakes import named_confusion, per_class
from reports.drawing import style
from reports.drawing.distinct import distinct
from reports.drawing.fonts import inches
from reports.drawing.hover import points
from reports.figures import confusion_matrix, mistakes
from reports.sections import mistakes as section
from tests.reports.laboratory import Laboratory
from tests.reports.small_studies import planned, predict

PLANTS = [
    "Potato___Early_blight",
    "Potato___Late_blight",
    "Potato___healthy",
    "Tomato___Early_blight",
    "Tomato___Late_blight",
    "Tomato___Yellow_Leaf_Curl_Virus",
    "Tomato___mosaic_virus",
    "Tomato___healthy",
]
names = st.lists(st.text("ab_", min_size=1, max_size=30), unique=True, max_size=40)


@given(names, st.integers(6, 20))
def test_two_names_never_have_one_label(given_names: list[str], length: int) -> None:
    labels = distinct(given_names, length)
    assert list(labels) == given_names
    assert len(set(labels.values())) == len(given_names)


@pytest.mark.parametrize("length", range(9, 25))
def test_plants_of_one_illness_differ_without_a_number(length: int) -> None:
    labels = distinct(PLANTS, length).values()
    assert len(set(labels)) == len(PLANTS)
    assert not any("#" in label or len(label) > length for label in labels)


def test_a_name_that_fits_stays() -> None:
    assert distinct(["cat", "dog", "cat"], 6) == {"cat": "cat", "dog": "dog"}


def many_classes(number: int, folder: Path) -> Frames:
    """A study of so many classes with names that are long and alike, in which each class is taken for the next."""
    return classes([f"{PLANTS[place % 8]}_number_{place // 8}" for place in range(number)], folder)


def classes(found: list[str], folder: Path) -> Frames:
    """A study of these classes, in which each is taken for the next."""
    number = len(found)
    laboratory = Laboratory(folder)
    study = planned(laboratory, "cnn@plants", class_names=found, test_examples=2 * number)
    laboratory.search(study, ("complete", 0.9))
    truth = [place % number for place in range(2 * number)]
    predict(laboratory, study, truth, [*truth[:number], *((place + 1) % number for place in truth[number:])])
    frames = load(laboratory.storage)
    laboratory.database.close()
    return frames


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    "number", [26, 256, *(pytest.param(number, marks=pytest.mark.slow) for number in (13, 43, 50))]
)
def test_no_labels_of_a_confusion_matrix_overlap_or_repeat(number: int, tmp_path: Path) -> None:
    table = confusion_matrix.compute(many_classes(number, tmp_path))
    with style.drawing():
        figure = confusion_matrix.draw(table)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
            assert len({tick.get_text() for tick in ticks}) == len(ticks) == min(number, 44 if number <= 44 else 30)
            boxes = [tick.get_window_extent() for tick in ticks]
            assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
        assert any("Tomato___Yellow_Leaf_Curl_Virus_number_0" in point.text for point in points(figure))
        figure.clear()
    assert ("most frequent mistakes are drawn" in confusion_matrix.caption(table)) == (number > 44)


def test_titles_of_mistakes_tell_classes_apart(tmp_path: Path) -> None:
    table = mistakes.compute(many_classes(26, tmp_path))
    pairs = {(row["truth_name"], row["truth_label"]) for row in table.to_dict("records")}
    assert len({label for _, label in pairs}) == len(pairs) == len({name for name, _ in pairs}) > 1


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    "found",
    [
        ["cat", "dog", "owl"],
        PLANTS,
        [f"{name}S OF AMERICA".upper() for name in PLANTS],
        ["い" * n for n in range(1, 25)],
    ],
)
@pytest.mark.filterwarnings("ignore:Glyph")
def test_titles_of_mistakes_do_not_touch_whatever_their_letters(found: list[str], tmp_path: Path) -> None:
    with style.drawing():
        figure = mistakes.draw(mistakes.compute(classes(found, tmp_path)))
        figure.draw_without_rendering()
        boxes = [axes.title.get_window_extent() for axes in figure.axes if axes.get_title()]
        assert len(boxes) >= 3
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
        assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
        figure.clear()


@pytest.mark.parametrize("text", ["mosaic_virus", "AFRICAN CROWNED CRANE", "→ 7", "ελ"])
def test_the_width_of_a_text_is_that_of_its_drawing(text: str) -> None:
    with style.drawing():
        figure = Figure()
        FigureCanvasAgg(figure)
        drawn = figure.text(0, 0, text, fontsize=style.SMALL).get_window_extent().width / figure.dpi
    assert inches(text) == pytest.approx(drawn, rel=0.08)


def test_a_class_whose_number_is_the_name_of_another_has_a_row_of_its_own(tmp_path: Path) -> None:
    laboratory = Laboratory(tmp_path)
    study = planned(laboratory, "cnn@gaps", class_names=["1", "2", "3"])
    laboratory.search(study, ("complete", 0.9))
    predict(laboratory, study, [0, 0, 1, 1, 2, 2], [0, 0, 1, 3, 2, 2])  # there is no class 3 but the one named so
    table = confusion_matrix.compute(laboratory.frames())
    laboratory.database.close()
    with style.drawing():
        figure = confusion_matrix.draw(table)
        assert len(figure.axes[0].get_yticklabels()) == 4
        figure.clear()


def test_tables_hold_the_whole_matrix_and_every_class(tmp_path: Path) -> None:
    frames = many_classes(50, tmp_path)
    tables = {block.name: block for block in section.section(frames).blocks if block.kind == "table"}
    assert len(tables["confusion"].data) == len(named_confusion(frames)) == 2500
    assert len(tables["class-scores"].data) == 50
    assert len(tables["class-scores"].rows) == section.MOST_CLASSES
    assert "class-scores.csv has all 50 rows" in tables["class-scores"].caption


def test_numbers_of_each_class_are_those_of_its_definition() -> None:
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder))
        study = planned(laboratory, "cnn@three")
        laboratory.search(study, ("complete", 0.9))
        predict(laboratory, study, [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 0, 0])
        table = per_class(laboratory.frames()).set_index("name")
        laboratory.database.close()
    assert table["support"].tolist() == [3, 3, 0]
    assert table["precision"].tolist()[:2] == pytest.approx([2 / 4, 1 / 2])
    assert table["recall"].tolist()[:2] == pytest.approx([2 / 3, 1 / 3])
    assert table["f1"].tolist()[:2] == pytest.approx([4 / 7, 2 / 5])
    assert np.isnan(table.loc["two", ["precision", "recall", "f1"]].to_numpy(dtype=float)).all()
