"""Arrays of pictures are read as picture files are."""

import numpy as np
import pytest
from PIL import Image

from study.data.array_pictures import grey_arrays
from study.data.pictures import grey_picture
from study.errors import StudyError

COLOUR = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
WANTED = np.stack([grey_picture(Image.fromarray(picture)).grey for picture in COLOUR])


def test_grey_bytes_of_28_x_28_stay_as_they_are() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    greys, notes = grey_arrays(images, "'x'")
    assert np.array_equal(greys, images)
    assert notes == ()


@pytest.mark.parametrize("axis", [1, 3])
def test_colour_arrays_are_read_as_colour_files(axis: int) -> None:
    greys, notes = grey_arrays(np.moveaxis(COLOUR, 3, axis), "'x'")
    assert np.array_equal(greys, WANTED)
    assert notes == ("4 colour pictures of 32 x 32 are read as grey 28 x 28.",)


def test_numbers_up_to_1_are_scaled() -> None:
    greys, notes = grey_arrays(COLOUR.astype(np.float32) / 255, "'x'")
    assert np.array_equal(greys, WANTED)
    assert notes[1] == "Numbers of 'x' are read with 0 as black and 1 as white; the largest is 1."


def test_whole_numbers_within_a_byte_are_bytes() -> None:
    greys, _ = grey_arrays(COLOUR.astype(np.int64), "'x'")
    assert np.array_equal(greys, WANTED)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            np.zeros((4, 784)),
            "Images of 'x' have to be pictures x height x width, or with 1, 3 or 4 channels beside, found 4 x 784.",
        ),
        (np.full((1, 28, 28), -1), "Images of 'x' have to be finite numbers from 0 on, found values from -1 to -1."),
    ],
)
def test_other_arrays_are_refused(images: np.ndarray, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        grey_arrays(images, "'x'")
    assert str(caught.value) == message
