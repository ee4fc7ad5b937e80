"""What a figure's points say."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from reports.drawing import style
from reports.drawing.hover import lines, points, tell, tell_lines


def panel() -> tuple[Figure, Axes]:
    figure, (axes,) = style.panels([3.0])
    axes.set(xlabel="Effect", ylabel="")
    return figure, axes


def told(figure: Figure) -> list[str]:
    figure.canvas.draw()
    return [point.text for point in points(figure)]


def test_error_bars_say_the_row_and_the_interval() -> None:
    figure, axes = panel()
    axes.errorbar([1.5, 2.25], [0.1, 1.1], xerr=[[0.5, 0.25], [1.0, 0.25]], fmt="o", label="fixed")
    axes.set_yticks([0, 1], ["dropout", "batchnorm"])
    assert told(figure) == ["fixed: Effect 1.5, dropout (1 to 2.5)", "fixed: Effect 2.25, batchnorm (2 to 2.5)"]


def test_bars_say_their_ends() -> None:
    figure, axes = panel()
    axes.barh([0, 1], [0.25, 1234])
    axes.set_yticks([0, 1], ["depth", "width"])
    assert told(figure) == ["Effect 0.25, depth", "Effect 1,234, width"]


def test_cells_of_a_heat_map_say_their_row_column_and_value() -> None:
    figure, axes = panel()
    axes.imshow([[0.25, 3], [np.nan, 2]])
    axes.set_xticks([0, 1], ["cat", "dog"])
    axes.set_yticks([0, 1], ["sun", "moon"])
    assert told(figure) == [
        "Effect cat, sun: 0.25",
        "Effect dog, sun: 3",
        "Effect dog, moon: 2",
    ]
    axes.set_axis_off()
    assert told(figure) == []


def test_cells_stand_where_they_are_drawn() -> None:
    figure, axes = panel()
    axes.imshow([[1, 2], [3, 4]], origin="lower")
    figure.canvas.draw()
    places = {point.text[-1]: (point.x, point.y) for point in points(figure)}
    assert places["1"][0] == places["3"][0] < places["2"][0]
    assert places["1"][1] == places["2"][1] > places["3"][1]


def test_a_named_bundle_of_lines_says_every_vertex() -> None:
    figure, axes = panel()
    axes.add_collection(LineCollection([[(0, 0), (1, 0.5)], [(0, 1), (1, 1)]], label="complete"))
    axes.add_collection(LineCollection([[(0, 0), (1, 1)]]))
    axes.set(xlim=(-1, 2), ylim=(-1, 2))
    assert told(figure) == [f"complete: Effect {point}" for point in ("0, 0", "1, 0.5", "0, 1", "1, 1")]


def test_a_point_on_the_edge_says_only_what_it_has() -> None:
    figure, axes = panel()
    axes.scatter([3, 4], [0.04, 0.04], transform=axes.get_xaxis_transform(), label="failed")
    axes.set_xlim(0, 5)
    assert told(figure) == ["failed: Effect 3", "failed: Effect 4"]


def test_lines_without_a_name_and_what_lies_outside_are_silent() -> None:
    figure, axes = panel()
    axes.plot([1, 2, np.nan, 9], [1, 2, 3, 1], label="seen")
    axes.plot([1, 2], [1, 1])
    axes.set_xlim(0, 3)
    assert told(figure) == ["seen: Effect 1, 1", "seen: Effect 2, 2"]


def test_an_artist_may_have_words_of_its_own_or_none() -> None:
    figure, axes = panel()
    tell(axes.scatter([1, 2], [1, 2]), ["first", "second"])
    tell(axes.plot([1, 2], [2, 1], label="seen")[0], ())
    assert told(figure) == ["first", "second"]


def test_panels_are_told_apart() -> None:
    figure, all_axes = style.panels([2.0, 2.0])
    for axes, name in zip(all_axes, ("cnn", "lstm"), strict=True):
        axes.plot([1], [1], marker="o", label="best")
        axes.set(title=name, xlabel="Epoch", ylabel="Loss")
    assert told(figure) == ["cnn: best: Epoch 1, Loss 1", "lstm: best: Epoch 1, Loss 1"]


def test_a_crowd_of_points_is_thinned_or_silent() -> None:
    figure, axes = panel()
    axes.scatter(np.arange(2001), np.arange(2001), label="too many")
    for number in range(6):
        axes.plot(np.arange(1000), np.arange(1000) + number, label=str(number))
    assert 2000 <= len(told(figure)) <= 4000
    assert not any("too many" in text for text in told(figure))


def test_a_point_has_the_key_that_links_it() -> None:
    figure, axes = panel()
    tell(axes.scatter([1, 2], [1, 2]), ["first", "second"], ["a", "b"])
    axes.scatter([3], [3], label="none")
    figure.canvas.draw()
    assert [point.key for point in points(figure)] == ["a", "b", ""]


def test_lines_over_parallel_axes_stand_where_they_are_drawn() -> None:
    figure, axes = panel()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    tell_lines(axes, np.array([[0.0, 1.0], [0.5, 0.5]]), ["rises", "level"], ["a", "b"])
    figure.canvas.draw()
    rises, level = lines(figure)
    assert (rises.text, rises.key, level.key) == ("rises", "a", "b")
    assert rises.panel == level.panel
    (left, low), (right, high) = rises.places
    assert left < right
    assert high < low, "from the upper edge"
    assert [y for _, y in level.places] == pytest.approx([(low + high) / 2] * 2, abs=1e-3)
