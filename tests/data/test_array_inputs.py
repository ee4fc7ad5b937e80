"""Arrays of pictures stay as they are, other arrays stay numbers, and what was decided is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from study.data.arrays.inputs import read_inputs
from study.data.pictures.forms import AS_THEY_ARE, Wanted
from study.errors import StudyError

BYTES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
BYTES[0, 0, :2] = (0, 255)
GREY_28 = Wanted(size=(28, 28), channels=1)


def read(array: NDArray[np.generic], wanted: Wanted = AS_THEY_ARE) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    (found,), notes = read_inputs([array], wanted)
    return found, notes


def grey(array: NDArray[np.generic]) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    """As grey 28 x 28, (n, 28, 28)."""
    found, notes = read(array, GREY_28)
    return found[:, 0], notes


@given(
    st.integers(2, 40),
    st.integers(5, 40),
    st.integers(5, 40),
    st.sampled_from(["grey", "one first", "one last", "last", "first"]),
)
def test_bytes_of_any_size_and_colour_stay_as_they_are_without_a_word(
    count: int, height: int, width: int, layout: str
) -> None:
    channels = 3 if layout in ("last", "first") else 1
    pictures = np.random.default_rng(0).integers(2, 256, (count, channels, height, width), dtype=np.uint8)
    stored = {
        "grey": pictures[:, 0],
        "one first": pictures,
        "first": pictures,
        "one last": np.moveaxis(pictures, 1, -1),
        "last": np.moveaxis(pictures, 1, -1),
    }[layout]
    found, notes = read(stored)
    assert found.dtype == np.uint8
    assert np.array_equal(found, pictures)
    assert notes == ()


@pytest.mark.parametrize("numpy_type", ["i2", ">i4", "u8"])
def test_whole_numbers_of_other_types_are_the_same_pictures(numpy_type: str) -> None:
    found, notes = read(BYTES.astype(numpy_type))
    assert np.array_equal(found[:, 0], BYTES)
    assert notes == ()


@pytest.mark.parametrize(("end", "numpy_type"), [(1, "f4"), (1, "f8"), (255, "f4"), (255, "f2"), (1, "f2")])
def test_bytes_that_were_scaled_are_found_again(end: int, numpy_type: str) -> None:
    found, notes = read((BYTES * (end / 255)).astype(numpy_type))
    assert np.array_equal(found[:, 0], BYTES)
    assert notes == (f"Floating-point pictures are read as from 0 to {end}, in 256 levels.",)


def test_floating_point_pictures_with_channels_are_read_in_256_levels() -> None:
    values = np.random.default_rng(0).random((6, 9, 8, 3))
    found, notes = read(values)
    assert np.array_equal(found, np.moveaxis(np.rint(values * 255), -1, 1))
    assert notes == ("Floating-point pictures are read as from 0 to 1, in 256 levels.",)


def test_pictures_of_other_numbers_stay_floating_point_with_their_channels_first() -> None:
    values = np.random.default_rng(0).normal(size=(6, 9, 8, 3))
    found, notes = read(values)
    assert found.dtype == np.float32
    assert np.array_equal(found, np.moveaxis(values, -1, 1).astype(np.float32))
    assert notes == ()


def test_thirteen_bands_are_channels_where_their_axis_is_the_smallest() -> None:
    bands = np.random.default_rng(0).integers(0, 256, (4, 13, 20, 30), dtype=np.uint8)
    assert np.array_equal(read(bands)[0], bands)
    assert np.array_equal(read(np.moveaxis(bands, 1, -1))[0], bands)


def test_sequences_stay_as_they_are() -> None:
    values = np.random.default_rng(0).normal(size=(6, 50, 3))
    found, notes = read(values)
    assert np.array_equal(found, values.astype(np.float32))
    assert notes == ()


def test_sequences_that_might_be_pictures_are_told() -> None:
    values = np.linspace(0, 1, 6 * 50 * 3).reshape(6, 50, 3)
    found, notes = read(values)
    assert np.array_equal(found, values.astype(np.float32))
    assert notes == (
        "Floating-point numbers from 0 to 1 in three axes are read as sequences of 50 steps of 3 features; "
        "--image-size has them read as pictures.",
    )
    found, notes = read(np.arange(6 * 50).reshape(6, 50, 1) - 10)
    assert found.shape == (6, 50, 1)
    assert notes == (
        "Whole numbers from -10 to 289 in three axes are read as sequences of 50 steps of 1 feature; pictures are "
        "scaled to 0 ... 255 first.",
    )


def test_rows_are_features() -> None:
    values = np.random.default_rng(0).normal(size=(6, 10))
    found, notes = read(values)
    assert np.array_equal(found, values.astype(np.float32))
    assert notes == ()


def test_rows_of_784_are_pictures_and_rows_of_another_square_where_a_size_is_asked_for() -> None:
    found, notes = read(BYTES.reshape(5, 784))
    assert np.array_equal(found[:, 0], BYTES)
    assert notes == ("Rows of 784 values are read as pictures of 28 x 28.",)
    rows = BYTES[:, :8, :8].reshape(5, 64)
    found, notes = read(rows)
    assert np.array_equal(found, rows.astype(np.float32))
    assert notes == ("Rows of 64 values are read as 64 features; --image-size 8 has them read as square pictures.",)
    found, notes = read(rows, Wanted(size=(8, 8)))
    assert np.array_equal(found[:, 0], BYTES[:, :8, :8])
    assert notes == ("Rows of 64 values are read as pictures of 8 x 8.",)


def test_whole_numbers_that_are_rounded_are_told() -> None:
    _, notes = read(np.array([[2**24 + 1, 3], [5, 7]]))
    assert notes == ("Whole numbers beyond 16,777,216 are rounded to the nearest that 32-bit floating point has.",)


@pytest.mark.parametrize("numpy_type", ["bool", "u1", "i8"])
def test_black_and_white_is_told_and_not_read_as_two_blacks(numpy_type: str) -> None:
    found, notes = read((BYTES > 127).astype(numpy_type))
    assert np.array_equal(found[:, 0], np.where(BYTES > 127, 255, 0))
    assert notes == ("Pictures of 0 and 1 are read as black and white.",)


def test_all_arrays_of_a_data_set_are_read_alike() -> None:
    """A test split of black pictures alone is not stretched to black and white."""
    (training, test), notes = read_inputs([BYTES, (BYTES > 127).astype(np.uint8)], AS_THEY_ARE)
    assert np.array_equal(training[:, 0], BYTES)
    assert np.array_equal(test[:, 0], BYTES > 127)
    assert notes == ()


def test_grey_and_coloured_arrays_become_rgb() -> None:
    colour = np.random.default_rng(0).integers(0, 256, (2, 28, 28, 3), dtype=np.uint8)
    (training, test), _ = read_inputs([BYTES[..., None], colour], AS_THEY_ARE)
    assert np.array_equal(training, np.repeat(BYTES[:, None], 3, axis=1))
    assert np.array_equal(test, np.moveaxis(colour, -1, 1))


def test_arrays_of_two_sizes_need_a_size() -> None:
    with pytest.raises(StudyError) as caught:
        read_inputs([BYTES, BYTES[:, :20]], AS_THEY_ARE)
    assert str(caught.value) == (
        "pictures have to be of one size, found 28 x 28 and 20 x 28 (height x width); --image-size brings them to one."
    )
    both, _ = read_inputs([BYTES, BYTES[:, :20]], Wanted(size=(10, 12)))
    assert [array.shape for array in both] == [(5, 1, 10, 12)] * 2


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 255), st.sampled_from(["grey", "last", "first"]))
def test_flat_pictures_of_any_size_keep_their_grey(height: int, width: int, level: int, layout: str) -> None:
    shape = {"grey": (2, height, width), "last": (2, height, width, 3), "first": (2, 3, height, width)}[layout]
    level = level if level != 1 else 2  # 0 and 1 alone are black and white
    if layout == "first" and width in (1, 3, 4):
        return  # there the last axis is taken for the channels
    found, notes = grey(np.full(shape, level, dtype=np.uint8))
    assert found.shape == (2, 28, 28)
    assert set(found.ravel().tolist()) == {level}
    resized = (height, width) != (28, 28)
    assert len(notes) == (resized or layout != "grey")


def test_colour_becomes_as_light_as_it_looks() -> None:
    pictures = np.zeros((2, 28, 28, 3), dtype=np.uint8)
    pictures[0, ..., 1] = 255  # green looks lighter than blue
    pictures[1, ..., 2] = 255
    found, notes = grey(pictures)
    assert np.unique(found[0]).tolist() == [150]
    assert np.unique(found[1]).tolist() == [29]
    assert notes == ("The colour pictures of 28 x 28 are read as grey 28 x 28, as asked.",)


def test_transparent_parts_are_white_and_told() -> None:
    found, notes = read(np.zeros((1, 28, 28, 4), dtype=np.uint8))
    assert found.shape == (1, 3, 28, 28)
    assert np.unique(found).tolist() == [255]
    assert notes == ("Transparent parts of the pictures are laid on paper, as those of picture files are.",)


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (np.zeros((5, 28, 28, 28)), "of 5 x 28 x 28 x 28, which are the channels cannot be told."),
        (np.zeros(5), "found 5."),
        (np.zeros((0, 28, 28)), "found 0 x 28 x 28."),
        (np.array(1.0), "found one value."),
        (np.full((1, 28, 28), np.nan), "found nan at position [0, 0, 0] (counted from 0); --impute median fills"),
        (np.full((1, 3), np.inf), "found inf at position [0, 0] (counted from 0); correct or remove it."),
        (np.full((1, 3), 1e60), "found 1e+60 at position [0, 0] (counted from 0); correct or remove it."),
        (np.full((1, 28, 28), 1j), "inputs have to be real numbers, found values of type complex128."),
    ],
)
def test_what_cannot_be_an_input_is_refused(array: np.ndarray, problem: str) -> None:
    with pytest.raises(StudyError) as caught:
        read(array)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (256, "Whole-number pictures have to be from 0 to 255, found 256 to 256; scale them first."),
        (-1, "Whole-number pictures have to be from 0 to 255, found -1 to -1; scale them first."),
        (-0.5, "from 0 to 1 or from 0 to 255, found -0.5 to -0.5; scale them first."),
        (300.0, "from 0 to 1 or from 0 to 255, found 300 to 300; scale them first."),
        (np.nan, "from 0 to 1 or from 0 to 255, found nan to nan; scale them first."),
    ],
)
def test_what_is_to_be_a_picture_and_cannot_be_one_is_refused(value: float, problem: str) -> None:
    with pytest.raises(StudyError) as caught:
        grey(np.full((1, 28, 28), value))
    assert problem in str(caught.value)


def test_missing_numbers_may_be_where_they_are_imputed() -> None:
    values = np.array([[1.0, np.nan], [2.0, 3.0]])
    (found,), _ = read_inputs([values], AS_THEY_ARE, missing=True)
    assert np.array_equal(found, values.astype(np.float32), equal_nan=True)


def test_training_and_test_have_one_shape() -> None:
    with pytest.raises(StudyError) as caught:
        read_inputs([np.zeros((5, 7)), np.zeros((5, 8))], AS_THEY_ARE)
    assert str(caught.value) == "inputs of training and test have to be of one shape, found 7 and 8."
