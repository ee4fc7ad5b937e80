"""Names in figures: shortened they still differ, and beside points they cover nothing."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from reports.drawing import style
from reports.drawing.labels import name_points, shortened


def test_names_that_fit_stay_as_they_are() -> None:
    assert shortened(["dropout", "hidden_size=368 (size control)"], 30) == ["dropout", "hidden_size=368 (size control)"]


def test_a_long_name_is_broken_between_two_words() -> None:
    names = ["dropout + batchnorm + label_smoothing", "dropout"]
    assert shortened(names, 30) == ["dropout + batchnorm +\nlabel_smoothing", "dropout"]
    assert shortened(["x" * 50], 11) == ["xxxx…xxxx"]


def test_many_long_names_lose_what_they_share() -> None:
    names = [f"variant-number-{number:02d}-with-a-long-name" for number in range(40)]
    labels = shortened([*names, "dropout"], 24)
    assert labels == [*(f"…{number:02d}…" for number in range(40)), "dropout"]


@pytest.mark.parametrize("names", [["a-b-c-d-e"] * 20, [f"a-b-{'c-' * number}d" for number in range(20)]])
def test_something_is_left_of_every_name(names: list[str]) -> None:
    assert all(label.strip("…\n") for label in shortened(names, 4))


def boxes(named: list[Annotation]) -> list[Bbox]:
    return [Text.get_window_extent(text) for text in named]


def panel(points: npt.NDArray[np.float64]) -> Axes:
    figure, (axes,) = style.panels([3.6])
    axes.scatter(points[:, 0], points[:, 1])
    axes.margins(0.2)
    figure.draw_without_rendering()
    return axes


def test_names_cover_no_name_no_point_and_no_line() -> None:
    points = np.random.default_rng(0).normal(size=(25, 2))
    axes = panel(points)
    line = points[[0, 1]]
    named = name_points(axes, points, [f"variant {number}" for number in range(25)], [line])
    axes.figure.draw_without_rendering()
    found = boxes(named)
    assert len(found) > 15
    assert not any(one.overlaps(other) for one, other in itertools.combinations(found, 2))
    middles = [*axes.transData.transform(points), axes.transData.transform(line.mean(axis=0))]
    assert not any(box.contains(x, y) for box in found for x, y in middles)
    assert all(axes.bbox.containsx(box.x0) and axes.bbox.containsx(box.x1) for box in found)


def test_a_point_without_room_stays_unnamed_and_what_comes_first_is_named() -> None:
    points = np.tile([[0.5, 0.5]], (40, 1))
    named = name_points(
        panel(points), points, [f"a name of some length {number}" for number in range(40)], [points[:1]]
    )
    assert 0 < len(named) < 40
    assert named[0].get_text() == "a name of some length 0"


def test_a_name_beside_its_point_is_nearest_to_it() -> None:
    points = np.array([[0.0, 0.0], [0.03, 0.0], [1.0, 1.0]])
    axes = panel(points)
    (named,) = name_points(axes, points, ["first", "", ""], [points[:1]])
    box = boxes([named])[0]
    near, other = axes.transData.transform(points[:2])
    if named.arrow_patch is None:
        assert abs(near[0] - box.x1) < abs(other[0] - box.x1)
