"""What is done to a picture, in one place: any picture that Pillow opens becomes bytes, grey or RGB, as on paper.

Transparent parts show the paper: white, or black where the picture would not show on white. An EXIF orientation is
followed, of an animation the first frame counts, more than 8 bits are scaled as `depths` decides, and the picture is
stretched to the size that is wanted. `Facts` tell what of that was done; size and colours are decided in `forms`, for
all pictures of a data set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps

from study.data.checks import SHOWS
from study.data.pictures.depths import KINDS, USUAL, Depth, depth_of, is_negative, to_bytes

DRAFT_PIXELS = 2_000_000
"""JPEG pictures of at least so many pixels are decoded at an eighth, a quarter or half of their size."""
DRAFT_FACTOR = 8
"""What is left of each side then, at least: so many pixels for each one of ours."""
LOOKED_AT = (28, 28)
"""Height and width at which a picture with transparent parts is looked at, to tell whether it shows on white."""
GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16L", "I;16B", "I;16N", "F", "La")
"""Pillow's modes that hold no colour."""
PLAIN = {"La": "LA", "RGBa": "RGBA"}
"""Mode whose colours are multiplied with their opacity -> the usual one."""
_AS_GREY = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "YCbCr"})
"""Modes that Pillow turns into grey as they look."""
PAGED = frozenset({"GIF", "TIFF", "WEBP", "PNG", "AVIF"})
"""Formats whose further frames are pictures of their own, not thumbnails or layers."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture was, and what was done to it."""

    width: int
    height: int
    """Of the picture set upright, in pixels."""
    colour: bool
    """Whether any pixel is not grey."""
    turned: bool = False
    """Whether its EXIF orientation turned or mirrored it."""
    ground: str | None = None
    """`white` or `black`: what lies under its transparent parts; None where it has none."""
    paged: bool = False
    """Whether it has further frames or pages."""
    depth: Depth | None = None
    """Of one channel of more than 8 bits."""
    reduced: bool = False
    """Whether it has several channels of more than 8 bits, of which the upper eight are read."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that was read."""

    pixels: NDArray[np.uint8]
    """(channels, height, width), 0 is black: one channel of a picture without colour, or where grey was wanted, else
    three."""
    facts: Facts


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says of its picture before its pixels are read."""

    height: int
    width: int
    """Set upright, in pixels."""
    colour: bool
    """Whether it may be coloured."""


def read_head(path: Path) -> Head:
    """Read the beginning of a file; errors as for `read_picture`.

    Of a PNG whose orientation stands after its pixels height and width may be the other way round.
    """
    with Image.open(path) as opened:
        known = opened.format != "PNG" or "exif" in opened.info  # a PNG would be read whole to look further
        height, width = _upright_size(opened, _orientation(opened) if known else 1)
        return Head(height, width, opened.mode not in GREY_MODES)


def read_picture(
    path: Path, size: tuple[int, int] | None = None, *, grey: bool = False, ranges: Mapping[str, int] = USUAL
) -> Picture:
    """Read a file as a picture.

    Args:
        path: The file.
        size: Height and width to bring it to; None means its own.
        grey: Whether colours are made grey.
        ranges: The range of pictures of more than 8 bits that do not state it, from `depths.decide_ranges`.

    Raises:
        OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, ImageCms.PyCMSError: It cannot be
            read as a picture.
    """
    with Image.open(path) as opened:
        return picture_of(opened, size, grey=grey, ranges=ranges)


def picture_of(
    opened: Image.Image,
    size: tuple[int, int] | None = None,
    *,
    grey: bool = False,
    ranges: Mapping[str, int] = USUAL,
) -> Picture:
    """Return what an opened picture becomes; arguments and errors as for `read_picture`."""
    reduced = _is_reduced(opened)  # before the orientation, for which a PNG is read whole
    orientation = _orientation(opened)
    height, width = _upright_size(opened, orientation)
    wanted = size or (height, width)
    if opened.format == "JPEG" and width * height >= DRAFT_PIXELS:
        side = DRAFT_FACTOR * max(wanted)
        opened.draft(None, (side, side))
    upright = ImageOps.exif_transpose(opened)
    shallow, depth = _eight_bits(upright, opened, ranges)
    flat, ground = _on_paper(shallow)
    facts = Facts(
        width=width,
        height=height,
        colour=_has_colour(flat),
        turned=orientation in range(2, 9),
        ground=ground,
        paged=opened.format in PAGED and bool(getattr(opened, "is_animated", False)),
        depth=depth,
        reduced=reduced,
    )
    pixels = _coloured(flat, wanted) if facts.colour and not grey else _grey(flat, wanted)[None]
    return Picture(pixels, facts)


def shows(grey: NDArray[np.uint8]) -> bool:
    """Return whether there is anything to see in a grey picture of any size."""
    return int(grey.max()) - int(grey.min()) >= SHOWS


def _eight_bits(image: Image.Image, opened: Image.Image, ranges: Mapping[str, int]) -> tuple[Image.Image, Depth | None]:
    """Return a picture in a mode that Pillow turns into grey as it looks, and what the file says of its range."""
    if image.mode == "LAB":
        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, lab, rgb, outputMode="RGB")
        assert converted is not None  # it is None only where the picture is changed in place
        return converted, None
    if image.mode not in KINDS:
        return image.convert(PLAIN.get(image.mode, image.mode)), None
    values = np.asarray(image)  # (height, width)
    depth = depth_of(opened, values)
    greys = to_bytes(values, depth.stated or ranges.get(depth.kind, USUAL[depth.kind]))
    shallow = Image.fromarray(255 - greys if is_negative(opened) else greys)
    if (clear := image.info.get("transparency")) is not None:
        shallow.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return shallow, depth


def _on_paper(image: Image.Image) -> tuple[Image.Image, str | None]:
    """Lay a picture with transparent parts on paper; return it, and the paper's colour where there are any."""
    if not image.has_transparency_data:
        return image, None
    clear = image.info.get("transparency")
    if isinstance(clear, tuple) and max(clear) > 255:  # of 16 bits a channel, of which Pillow keeps the upper eight
        image = image.copy()
        image.info["transparency"] = tuple(level >> 8 for level in clear)
    layered = (image.convert("L") if image.mode == "1" else image).convert("RGBA")
    if layered.getchannel("A").getextrema()[0] == 255:
        return image, None
    white, black = (
        Image.alpha_composite(Image.new("RGBA", layered.size, ground), layered).convert("RGB")
        for ground in ("white", "black")
    )
    seen = not shows(_grey(white, LOOKED_AT)) and shows(_grey(black, LOOKED_AT))
    return (black, "black") if seen else (white, "white")


def _has_colour(image: Image.Image) -> bool:
    """Return whether any pixel is not grey."""
    if image.mode in GREY_MODES:
        return False
    red, green, blue = image.convert("RGB").split()
    return any(ImageChops.difference(red, other).getbbox() is not None for other in (green, blue))


def _grey(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture as greys, (height, width)."""
    return _stretched((image if image.mode in _AS_GREY else image.convert("RGB")).convert("L"), size)


def _coloured(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture as (3, height, width): red, green, blue."""
    return np.moveaxis(_stretched(image.convert("RGB"), size), -1, 0)


def _stretched(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    height, width = size
    return np.array(image.resize((width, height), Image.Resampling.BILINEAR), dtype=np.uint8)


def _orientation(opened: Image.Image) -> int:
    found: int = opened.getexif().get(ExifTags.Base.Orientation, 1)
    return found


def _upright_size(opened: Image.Image, orientation: int) -> tuple[int, int]:
    """Return height and width of a picture that is set upright."""
    width, height = opened.size
    return (width, height) if orientation in (5, 6, 7, 8) else (height, width)


def _is_reduced(opened: Image.Image) -> bool:
    """Return whether Pillow keeps the upper eight bits of several channels; the pixels are not read yet."""
    if opened.mode in KINDS:
        return False
    told = [tile[3] for tile in getattr(opened, "tile", ()) if len(tile) > 3]
    largest = {args[1] for args in told if opened.format == "PPM" and isinstance(args, tuple)}
    return any(";16" in str(args) for args in told) or max(largest, default=0) > 255
