"""Arrays of pictures become grey bytes of 28 x 28, and what was done is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.data.grey_arrays import grey_pictures
from study.errors import StudyError

BYTES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
BYTES[0, 0, :2] = (0, 255)


def test_bytes_of_28_x_28_stay_as_they_are_without_a_word() -> None:
    grey, notes = grey_pictures(BYTES)
    assert np.array_equal(grey, BYTES)
    assert notes == ()


@pytest.mark.parametrize("numpy_type", ["i2", ">i4", "u8"])
def test_whole_numbers_of_other_types_are_the_same_pictures(numpy_type: str) -> None:
    grey, notes = grey_pictures(BYTES.astype(numpy_type))
    assert np.array_equal(grey, BYTES)
    assert notes == ()


@pytest.mark.parametrize(("end", "numpy_type"), [(1, "f4"), (1, "f8"), (255, "f4"), (255, "f2")])
def test_floating_point_ranges_are_found(end: int, numpy_type: str) -> None:
    grey, notes = grey_pictures((BYTES * (end / 255)).astype(numpy_type))
    assert np.array_equal(grey, BYTES)
    assert notes == (f"Floating-point pictures are read as from 0 to {end}, in 256 levels.",)


@pytest.mark.parametrize("numpy_type", ["bool", "u1", "i8"])
def test_black_and_white_is_told_and_not_read_as_two_blacks(numpy_type: str) -> None:
    grey, notes = grey_pictures((BYTES > 127).astype(numpy_type))
    assert np.array_equal(grey, np.where(BYTES > 127, 255, 0))
    assert notes == ("Pictures of 0 and 1 are read as black and white.",)


def test_a_single_channel_is_no_colour_wherever_it_stands() -> None:
    for array in (BYTES[..., None], BYTES[:, None]):
        grey, notes = grey_pictures(array)
        assert np.array_equal(grey, BYTES)
        assert notes == ()


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 255), st.sampled_from(["grey", "last", "first"]))
def test_flat_pictures_of_any_size_keep_their_grey(height: int, width: int, level: int, layout: str) -> None:
    shape = {"grey": (2, height, width), "last": (2, height, width, 3), "first": (2, 3, height, width)}[layout]
    level = level if level != 1 else 2  # 0 and 1 alone are black and white
    if layout == "first" and width in (1, 3, 4):
        return  # there the last axis is taken for the channels
    grey, notes = grey_pictures(np.full(shape, level, dtype=np.uint8))
    assert grey.shape == (2, 28, 28)
    assert set(grey.ravel().tolist()) == {level}
    unchanged = layout == "grey" and height == width == 28
    kind = "grey" if layout == "grey" else "colour"
    assert notes == (() if unchanged else (f"The {kind} pictures of {width} x {height} are read as grey 28 x 28.",))


def test_colour_becomes_as_light_as_it_looks() -> None:
    pictures = np.zeros((2, 28, 28, 3), dtype=np.uint8)
    pictures[0, ..., 1] = 255  # green looks lighter than blue
    pictures[1, ..., 2] = 255
    grey, _ = grey_pictures(pictures)
    assert np.unique(grey[0]).tolist() == [150]
    assert np.unique(grey[1]).tolist() == [29]


def test_transparent_parts_are_white_and_told() -> None:
    grey, notes = grey_pictures(np.zeros((1, 28, 28, 4), dtype=np.uint8))
    assert np.unique(grey).tolist() == [255]
    assert notes[-1] == "Transparent parts of the pictures are laid on paper, as those of picture files are."


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (np.zeros((5, 28, 28, 28)), "found 5 x 28 x 28 x 28."),
        (np.zeros(5), "found 5."),
        (np.zeros((0, 28, 28)), "found 0 x 28 x 28."),
        (np.array(1.0), "found a single value."),
        (np.full((1, 28, 28), 256), "Whole-number pictures have to be from 0 to 255, found 256 to 256; scale them"),
        (np.full((1, 28, 28), -1), "Whole-number pictures have to be from 0 to 255, found -1 to -1; scale them"),
        (np.full((1, 28, 28), -0.5), "from 0 to 1 or from 0 to 255, found -0.5 to -0.5; scale them first."),
        (np.full((1, 28, 28), 300.0), "from 0 to 1 or from 0 to 255, found 300 to 300; scale them first."),
        (np.full((1, 28, 28), np.nan), "from 0 to 1 or from 0 to 255, found nan to nan; scale them first."),
        (np.full((1, 28, 28), 1j), "Pictures have to be of real numbers, found values of type complex128."),
    ],
)
def test_what_cannot_be_a_picture_is_refused(array: np.ndarray, problem: str) -> None:
    with pytest.raises(StudyError) as caught:
        grey_pictures(array)
    assert problem in str(caught.value)
