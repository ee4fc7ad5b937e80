"""What is said of pictures that were changed, and of images that look wrong."""

import pytest
import torch

from study.data.checks import imbalance, suspicions
from study.data.pictures.depths import Depth
from study.data.pictures.forms import AS_THEY_ARE, Wanted
from study.data.pictures.picture import Facts
from study.data.pictures.remarks import remarks

PLAIN = Facts(width=28, height=28, colour=False)


GREY = (1, 28, 28)
ASKED = Wanted(size=(28, 28), channels=1)


def test_colour_and_size_are_told_where_they_are_lost() -> None:
    facts = [Facts(width=64, height=64, colour=True)] * 1000
    assert remarks(facts, {}, GREY, ASKED) == ("1,000 colour pictures of 64 x 64 are read as grey 28 x 28, as asked.",)
    assert remarks(facts, {}, (1, 64, 64), Wanted(channels=1)) == (
        "1,000 colour pictures of 64 x 64 are read as grey, as asked.",
    )
    assert remarks(facts, {}, (3, 64, 64), AS_THEY_ARE) == ()


def test_mixed_sizes_and_colours_are_told_as_ranges() -> None:
    facts = [PLAIN, Facts(width=640, height=480, colour=True), Facts(width=20, height=20, colour=False)]
    assert remarks(facts, {}, GREY, ASKED) == (
        "3 pictures of 20-480 x 20-640 (height x width), 1 of them in colour, are read as grey 28 x 28, as asked; 1 of "
        "them loses its proportions.",
    )
    assert remarks(facts, {}, (3, 28, 28), AS_THEY_ARE) == (
        "3 pictures of 20-480 x 20-640 (height x width), 1 of them in colour, are read as RGB 28 x 28, their median "
        "height and width; 1 of them loses its proportions.",
    )


def test_a_median_that_is_too_large_is_told() -> None:
    facts = [Facts(width=width, height=300, colour=False) for width in (400, 500, 600)]
    assert remarks(facts, {}, (1, 224, 224), AS_THEY_ARE) == (
        "3 grey pictures of 300 x 400-600 (height x width) are read as 224 x 224, their median height and width, at "
        "most 224; 3 of them lose their proportions.",
    )


def test_grey_pictures_among_coloured_ones_are_told() -> None:
    facts = [PLAIN, Facts(width=28, height=28, colour=True)]
    assert remarks(facts, {}, (3, 28, 28), AS_THEY_ARE) == (
        "2 pictures of 28 x 28, 1 of them in colour, are read as RGB, since some are in colour.",
    )


def test_what_a_study_needs_is_told_as_its_reason() -> None:
    wanted = Wanted(size=(28, 28), channels=3, because="as the study's data are")
    assert remarks([PLAIN], {}, (3, 28, 28), wanted) == (
        "1 grey picture of 28 x 28 is read as RGB, as the study's data are.",
    )


def test_nothing_is_said_of_pictures_that_stay_as_they_are() -> None:
    assert remarks([PLAIN] * 5, {}, GREY, AS_THEY_ARE) == ()
    assert remarks([PLAIN] * 5, {}, GREY, ASKED) == ()


@pytest.mark.parametrize(
    ("fact", "sentence"),
    [
        ({"turned": True}, "2 pictures are turned or mirrored as their EXIF orientation says."),
        ({"paged": True}, "2 pictures have several frames or pages: the first is read."),
        ({"ground": "white"}, "2 pictures with transparent parts are laid on white."),
        ({"reduced": True}, "2 pictures have 16 bits a channel: the upper 8 are read."),
        (
            {"ground": "black"},
            "2 pictures with transparent parts are laid on black, since on white nothing of them shows.",
        ),
    ],
)
def test_what_else_was_done_is_told(fact: dict[str, bool], sentence: str) -> None:
    facts = [Facts(28, 28, colour=False, **fact)] * 2  # type: ignore[arg-type]
    assert remarks(facts, {}, GREY, AS_THEY_ARE) == (sentence,)


def test_all_bits_of_a_file_need_no_word() -> None:
    facts = [Facts(28, 28, colour=False, depth=Depth("16-bit", 65000, None))]
    assert remarks(facts, {"16-bit": 16}, GREY, AS_THEY_ARE) == ()


def noise(count: int) -> torch.Tensor:
    return torch.randint(0, 256, (count, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_many_blank_images_are_told() -> None:
    images = noise(100)
    images[:5] = torch.arange(5, dtype=torch.uint8).reshape(5, 1, 1, 1)
    assert suspicions(images) == (
        "5 of 100 images are blank (their values differ by less than 16 of 256): look at the files, or at what became "
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


def test_an_image_of_the_test_split_that_training_has_too_is_told() -> None:
    images = noise(100)
    assert suspicions(images[:50], images[:5]) == ("5 of 55 images are equal to an earlier one, pixel by pixel.",)


def test_what_is_no_picture_is_not_looked_at() -> None:
    assert suspicions(torch.zeros(100, 4), torch.zeros(10, 5, 4)) == ()


def test_a_class_of_less_than_a_hundredth_is_told() -> None:
    labels = torch.tensor([0] * 600 + [1] * 395 + [2] * 5)
    assert imbalance(labels, ("a", "b", "c")) == (
        "1 class has less than 1 % of the 1,000 training examples ('c' 5): accuracy hardly tells whether such a class "
        "is found; --objective balanced-accuracy or macro-f1 does.",
    )
    assert imbalance(labels[:990].clip(max=1), ("a", "b")) == ()
    assert imbalance(torch.tensor([0] * 99 + [1]), ("a", "b")) == ()


def test_rare_classes_are_named_up_to_five() -> None:
    labels = torch.tensor([0] * 2000 + list(range(1, 9)))
    (said,) = imbalance(labels, (*"abcdefgh", "i, j"))
    assert said.startswith(
        "8 classes have less than 1 % of the 2,008 training examples each ('b' 1, 'c' 1, 'd' 1, 'e' 1, 'f' 1 and 3 "
        "more)"
    )


def test_many_classes_of_one_size_are_not_rare() -> None:
    assert imbalance(torch.arange(200).repeat(5), tuple(map(str, range(200)))) == ()
