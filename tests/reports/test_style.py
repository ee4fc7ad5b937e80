"""What every figure shares: panels that fit a page, whole titles, and an axis for accuracies."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from reports.drawing import score_axes, style


def outside(figure: Figure) -> list[str]:
    """Titles that the figure's edge cuts."""
    figure.draw_without_rendering()
    titles = [axes.title for axes in figure.axes if axes.get_title()]
    titles += [text for axes in figure.axes for text in axes.texts]
    boxes = [(text.get_text(), text.get_window_extent()) for text in titles]
    frame = figure.bbox.padded(1)
    return [text for text, box in boxes if not (frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1))]


def test_titles_of_images_lie_within_the_figure() -> None:
    figure, all_axes = style.small_panels(3, columns=2, inches=(4.6, 4.3))
    grouped, groups = style.grouped_panels({"cnn": 5, "lstm": 3}, columns=4, inches=(1.6, 1.95))
    for axes in [*all_axes, *(axes for group in groups for axes in group)]:
        axes.imshow(np.eye(28))
        axes.set_title("a title\nof two lines")
    assert outside(figure) == []
    assert outside(grouped) == []


def test_a_group_stands_in_rows_of_its_own_under_its_name() -> None:
    figure, groups = style.grouped_panels({"cnn": 5, "lstm": 3}, columns=4, inches=(1.6, 1.95))
    assert [len(group) for group in groups] == [5, 3]
    rows = [[axes.get_subplotspec().rowspan.start for axes in group] for group in groups]
    assert rows == [[1, 1, 1, 1, 2], [4, 4, 4]]
    assert [axes.texts[0].get_text() for axes in figure.axes if axes.texts] == ["cnn", "lstm"]


@pytest.mark.parametrize(
    ("heights", "size"),
    [
        ([4.0, 4.0], (style.WIDTH, 8.0)),
        ([4.0, 4.0, 3.0], (2 * style.COLUMN, 7.0)),
        ([2.0, 5.0, 6.0, 3.0], (2 * style.COLUMN, 11.0)),
        ([30.0], (style.WIDTH, 30.0)),
    ],
)
def test_panels_stand_two_abreast_where_a_column_would_be_too_tall(
    heights: list[float], size: tuple[float, float]
) -> None:
    figure, axes = style.panels(heights)
    assert tuple(figure.get_size_inches()) == pytest.approx(size)
    assert len(axes) == len(heights)
    assert style.fits(heights) == (size[1] <= 1.4 * size[0])


@pytest.mark.parametrize(
    ("lowest", "highest"),
    [(0.955, 0.9795), (0.972, 0.984), (0.98, 0.98), (0.1, 0.999), (0.65, 0.97), (0.9, 1.0), (1.0, 1.0), (0.0, 0.3)],
)
def test_an_accuracy_axis_has_at_least_four_ticks_apart(lowest: float, highest: float) -> None:
    figure, (axes,) = style.panels([3.0])
    score_axes.accuracy_axis(axes, pd.Series([lowest, highest]))
    figure.draw_without_rendering()
    bottom, top = axes.get_ylim()
    labels = [tick.label1 for tick in axes.yaxis.get_major_ticks()]
    shown = [label for label in labels if bottom <= label.get_position()[1] <= top]
    assert len({label.get_text() for label in shown}) >= 4
    boxes = [label.get_window_extent() for label in shown]
    assert not any(one.overlaps(other) for one, other in itertools.pairwise(boxes))
    below, above = axes.transData.transform([(0, lowest), (0, highest)])[:, 1]
    assert axes.bbox.y0 < below <= above < axes.bbox.y1
