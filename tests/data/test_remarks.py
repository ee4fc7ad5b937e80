"""What is said of pictures that were changed, and of images that look wrong."""

import pytest
import torch

from study.data.checks import suspicions
from study.data.depths import Depth
from study.data.pictures import Facts
from study.data.remarks import remarks

PLAIN = Facts(width=28, height=28, colour=False)


def test_colour_and_size_are_told() -> None:
    assert remarks([Facts(width=64, height=64, colour=True)] * 1000, {}) == (
        "1,000 colour pictures of 64 x 64 are read as grey 28 x 28.",
    )


def test_mixed_sizes_and_colours_are_told_as_ranges() -> None:
    facts = [PLAIN, Facts(width=640, height=480, colour=True), Facts(width=20, height=20, colour=False)]
    assert remarks(facts, {}) == (
        "3 pictures of 20-640 x 20-480, 1 of them in colour, are read as grey 28 x 28; 1 is not square and loses its "
        "proportions.",
    )


def test_nothing_is_said_of_grey_28_x_28() -> None:
    assert remarks([PLAIN] * 5, {}) == ()


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        ({"turned": True}, "2 pictures are turned or mirrored as their EXIF orientation says."),
        ({"paged": True}, "2 pictures have several frames or pages: the first is read."),
        ({"ground": "white"}, "2 pictures with transparent parts are laid on white."),
        (
            {"ground": "black"},
            "2 pictures with transparent parts are laid on black, since on white nothing of them shows.",
        ),
    ],
)
def test_what_else_was_done_is_told(fact: dict[str, bool], sentence: str) -> None:
    assert remarks([Facts(28, 28, colour=False, **fact)] * 2, {}) == (sentence,)  # type: ignore[arg-type]


def test_all_bits_of_a_file_need_no_word() -> None:
    facts = [Facts(28, 28, colour=False, depth=Depth("16-bit", 65000, None))]
    assert remarks(facts, {"16-bit": 16}) == ()


def noise(count: int) -> torch.Tensor:
    return torch.randint(0, 256, (count, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_many_blank_images_are_told() -> None:
    images = noise(100)
    images[:5] = torch.arange(5, dtype=torch.uint8).reshape(5, 1, 1, 1)
    assert suspicions(images) == (
        "5 of 100 images are blank (their greys differ by less than 16 of 256): look at the files, or at what became "
        "of them.",
    )


def test_many_equal_images_are_told() -> None:
    images = noise(100)
    images[1:6] = images[0]
    assert suspicions(images) == ("5 of 100 images are equal to an earlier one, pixel by pixel.",)


def test_a_few_blank_or_equal_images_are_not_worth_a_word() -> None:
    images = noise(100)
    images[:2] = 0
    images[4:6] = images[3]
    assert suspicions(images) == ()
