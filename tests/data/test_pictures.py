"""What becomes of a picture: every mode and depth looks as it does on paper."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from study.data.pictures.depths import DEPTHS, Depth, decide_ranges
from study.data.pictures.forms import Wanted
from study.data.pictures.picture import DRAFT_PIXELS, Picture, picture_of
from study.data.pictures.reading import read_pictures

from ..examples import examples

SIDE = 28


def ink(seed: int = 0) -> NDArray[np.uint8]:
    """A filled square of strong ink, 0 to 255, (28, 28)."""
    drawn = np.zeros((SIDE, SIDE), dtype=np.uint8)
    drawn[5 + seed : 15, 8:20] = 255
    return drawn


def reopened(image: Image.Image, form: str = "PNG", **options: object) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    stream.seek(0)
    return Image.open(stream)


GREY_28 = Wanted(size=(SIDE, SIDE), channels=1)


def grey_picture(image: Image.Image) -> Picture:
    return picture_of(image, (SIDE, SIDE), grey=True)


def greys(image: Image.Image) -> NDArray[np.uint8]:
    """As it looks in grey, (28, 28)."""
    return grey_picture(image).pixels[0]


def grey_of(path: Path) -> NDArray[np.uint8]:
    return read_pictures([path], GREY_28).images[0, 0]


def drawn_in_alpha(mode: str, level: int) -> Image.Image:
    alpha = Image.fromarray(ink())
    if mode == "PA":
        picture = Image.new("P", (SIDE, SIDE), 0)
        picture.putpalette([level] * 768)
        picture = picture.convert("PA")
    else:
        picture = Image.new(mode[:-1], (SIDE, SIDE), level if mode == "LA" else (level,) * 3)
    picture.putalpha(alpha)
    return picture


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
@pytest.mark.parametrize(("level", "ground"), [(0, "white"), (255, "black")])
def test_ink_in_the_alpha_channel_shows_on_paper(mode: str, level: int, ground: str) -> None:
    picture = grey_picture(reopened(drawn_in_alpha(mode, level), "TIFF"))
    assert np.array_equal(picture.pixels[0], ink() if level else 255 - ink())
    assert picture.facts.ground == ground


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "I;16"])
@pytest.mark.parametrize("black_is_clear", [True, False])
def test_a_colour_that_is_declared_transparent_is_paper(mode: str, black_is_clear: bool) -> None:
    """The other colour, the ink, shows: on white where it is black, on black where it is white."""
    drawn = ink()
    if mode == "I;16":
        picture, white = Image.fromarray(drawn.astype(np.uint16) * 257), 65535
    else:
        picture, white = Image.fromarray(drawn).convert(mode), 1 if mode == "1" else 255
    level = 0 if black_is_clear else white
    if mode == "P":
        picture = Image.fromarray((drawn // 255).astype(np.uint8), "L").convert("P")
        picture.putpalette([0, 0, 0, 255, 255, 255])
        level = 0 if black_is_clear else 1
    opened = reopened(picture, transparency=(level,) * 3 if mode == "RGB" else level)
    assert "transparency" in opened.info
    read = grey_picture(opened)
    assert read.facts.ground == ("black" if black_is_clear else "white")
    assert np.array_equal(read.pixels[0], drawn)  # black ink on a clear ground of white: white paper, as it was


def test_an_opaque_alpha_channel_changes_nothing() -> None:
    colours = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    plain = grey_picture(reopened(Image.fromarray(colours)))
    layered = grey_picture(reopened(Image.fromarray(colours).convert("RGBA")))
    assert np.array_equal(plain.pixels, layered.pixels)
    assert layered.facts.ground is None


@pytest.mark.parametrize(
    ("mode", "form", "near"),
    [
        ("1", "PNG", 0),
        ("P", "GIF", 0),
        ("CMYK", "TIFF", 1),
        ("YCbCr", "TIFF", 1),
        ("RGB", "PPM", 0),
        ("RGB", "TGA", 0),
        ("RGB", "BMP", 0),
        ("L", "PCX", 0),
        ("L", "JPEG2000", 0),
    ],
)
def test_modes_without_depth_keep_their_greys(mode: str, form: str, near: int) -> None:
    drawn = ink()
    opened = reopened(Image.fromarray(drawn).convert("RGB").convert(mode), form)
    assert np.abs(greys(opened).astype(int) - drawn).max() <= near


def test_lab_is_the_picture_that_it_was_made_from() -> None:
    colours = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    colours[4:20, 6:22] = (200, 90, 30)
    rgb = Image.fromarray(colours)
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(rgb, *profiles, outputMode="LAB")
    assert lab is not None
    read, wanted = grey_picture(reopened(lab, "TIFF")), grey_picture(rgb)
    assert np.abs(read.pixels[0].astype(int) - wanted.pixels[0]).max() <= 2
    assert read.facts.colour


SHADES = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).integers(20, 221, (40, 40), dtype=np.uint8)
)


@examples(40)
@given(shades=SHADES, bits=st.sampled_from([10, 12, 14, 16]), form=st.sampled_from(["PNG", "TIFF"]))
def test_every_depth_of_16_bit_files_is_the_picture_of_8_bits(
    shades: NDArray[np.uint8], bits: int, form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shades[0, 0] = 220  # more than half of the range, so that it is the picture's own
    path = tmp_path_factory.mktemp("deep") / f"deep.{'png' if form == 'PNG' else 'tif'}"
    Image.fromarray(shades.astype(np.uint16) << (bits - 8)).save(path)
    assert np.array_equal(grey_of(path), greys(Image.fromarray(shades)))


@examples(40)
@given(shades=SHADES, bits=st.sampled_from([8, 10, 12, 16, 24, 31]), form=st.sampled_from(["whole", "float"]))
def test_32_bit_and_floating_point_numbers_are_the_picture_of_8_bits(
    shades: NDArray[np.uint8], bits: int, form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shades[0, 0] = 220
    values = shades.astype(np.int64) * (2**bits - 1) // 255
    path = tmp_path_factory.mktemp("deep") / "deep.tif"
    Image.fromarray(values.astype(np.int32 if form == "whole" else np.float32)).save(path)
    wanted = greys(Image.fromarray(shades))
    assert np.abs(grey_of(path).astype(int) - wanted).max() <= 1


def test_floating_point_numbers_up_to_1_are_white_at_1(tmp_path: Path) -> None:
    Image.fromarray((ink() / 255 * 0.5).astype(np.float32)).save(tmp_path / "float.tif")
    assert int(grey_of(tmp_path / "float.tif").max()) == 128


def test_big_endian_16_bits(tmp_path: Path) -> None:
    shades = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE) * 83
    stored = Image.frombytes("I;16B", (SIDE, SIDE), shades.astype(">u2").tobytes())
    stored.save(tmp_path / "big.tif")
    assert np.array_equal(grey_of(tmp_path / "big.tif"), shades // 256)


def test_a_deep_tiff_whose_white_is_0_is_turned_round(tmp_path: Path) -> None:
    Image.fromarray((255 - ink()).astype(np.uint16) * 257).save(tmp_path / "negative.tif", tiffinfo={262: 0})
    assert np.array_equal(grey_of(tmp_path / "negative.tif"), ink())


def test_the_range_is_one_for_all_pictures_that_are_read_together(tmp_path: Path) -> None:
    """A dark picture beside a bright one stays dark."""
    for name, share in (("bright", 1.0), ("dark", 0.05)):
        Image.fromarray((ink().astype(float) * 16 * share).astype(np.uint16)).save(tmp_path / f"{name}.png")
    read = read_pictures([tmp_path / "bright.png", tmp_path / "dark.png"])
    assert [int(image.max()) for image in read.images] == [255, 12]
    assert read.notes == (
        "2 16-bit pictures are read with 0 as black and 4,095 as white, since the largest value in all of them is "
        "4,080.",
    )


def test_the_range_that_a_file_states_is_believed(tmp_path: Path) -> None:
    values = (ink().astype(np.uint16) * 16) // 8
    Image.fromarray(values).save(tmp_path / "stated.tif", tiffinfo={281: 4095})
    assert int(grey_of(tmp_path / "stated.tif").max()) == 510 >> 4


@given(largest=st.integers(0, 2**32 - 1))
def test_the_smallest_depth_that_holds_all_values_is_taken(largest: int) -> None:
    bits = decide_ranges([Depth("32-bit", largest, None), Depth("32-bit", 0, None)])["32-bit"]
    assert largest < 2**bits
    assert all(largest >= 2**smaller for smaller in DEPTHS if smaller < bits)


@pytest.mark.parametrize(
    ("value", "reason"),
    [(-5.0, "its values go from -5 to 255"), (np.nan, "no finite numbers"), (1e30, "no known depth")],
)
def test_values_of_which_nothing_says_which_is_black_are_refused(value: float, reason: str, tmp_path: Path) -> None:
    values = ink().astype(np.float32)
    values[0, 0] = value
    Image.fromarray(values).save(tmp_path / "signed.tif")
    (bad,) = read_pictures([tmp_path / "signed.tif"]).unreadable
    assert reason in bad.reason


@pytest.mark.parametrize("mode", ["L", "RGB", "I;16"])
def test_an_exif_orientation_is_followed_and_told(mode: str) -> None:
    """Orientation 6: the picture lies on its left side."""
    drawn = ink()
    lying = np.rot90(drawn)
    picture = Image.fromarray(lying.astype(np.uint16) * 257 if mode == "I;16" else lying.copy())
    exif = Image.Exif()
    exif[0x0112] = 6
    read = grey_picture(reopened(picture if mode == "I;16" else picture.convert(mode), exif=exif))
    assert np.array_equal(read.pixels[0], drawn)
    assert read.facts.turned


def test_large_jpegs_by_draft_mode_look_the_same(tmp_path: Path) -> None:
    y, x = np.mgrid[0:1499, 0:1601]
    shades = (127 + 127 * np.sin(x / 90) * np.cos(y / 70)).astype(np.uint8)
    assert shades.size >= DRAFT_PIXELS
    read = grey_picture(reopened(Image.fromarray(shades), "JPEG", quality=95))
    whole = np.asarray(Image.fromarray(shades).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    assert (read.facts.width, read.facts.height) == (1601, 1499)
    assert np.abs(read.pixels[0].astype(int) - whole).max() <= 4


def test_smaller_jpegs_keep_their_pixels_to_the_bit() -> None:
    """Studies of such folders compare the hash of their pixels."""
    shades = np.random.default_rng(0).integers(0, 256, (1200, 1600, 3), dtype=np.uint8)
    opened = reopened(Image.fromarray(shades), "JPEG")
    stored = reopened(Image.fromarray(shades), "JPEG").convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    assert np.array_equal(greys(opened), np.asarray(stored))
