"""What is done to a picture, in one place: any picture that Pillow opens becomes grey, 28 x 28, as it looks on paper.

Transparent parts show the paper: white, or black where the picture would not show on white. An EXIF orientation is
followed, of an animation the first frame counts, more than 8 bits are scaled as `depths` decides, and the picture is
stretched to its size. `Facts` tell what of that was done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps

from study.data.checks import SHOWS
from study.data.dataset import IMAGE_SIDE
from study.data.depths import KINDS, USUAL, Depth, depth_of, is_negative, to_bytes

DRAFT_PIXELS = 2_000_000
"""JPEG pictures of at least so many pixels are decoded at an eighth, a quarter or half of their size."""
DRAFT_SIDE = 8 * IMAGE_SIDE
"""What is left of each side then, at least: several pixels for each one of ours."""
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
    """Of more than 8 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that was read."""

    grey: NDArray[np.uint8]
    """(28, 28), 0 is black."""
    facts: Facts


def read_picture(path: Path, ranges: Mapping[str, int] = USUAL) -> Picture:
    """Read a file as a picture.

    Args:
        path: The file.
        ranges: The range of pictures of more than 8 bits that do not state it, from `depths.decide_ranges`.

    Raises:
        OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, ImageCms.PyCMSError: It cannot be
            read as a picture.
    """
    with Image.open(path) as opened:
        return grey_picture(opened, ranges)


def grey_picture(opened: Image.Image, ranges: Mapping[str, int] = USUAL) -> Picture:
    """Make a picture grey and 28 x 28; arguments and errors as for `read_picture`."""
    width, height = opened.size
    orientation = opened.getexif().get(ExifTags.Base.Orientation, 1)
    if opened.format == "JPEG" and width * height >= DRAFT_PIXELS:
        opened.draft(None, (DRAFT_SIDE, DRAFT_SIDE))
    upright = ImageOps.exif_transpose(opened)
    shallow, depth = _eight_bits(upright, opened, ranges)
    flat, ground = _on_paper(shallow)
    facts = Facts(
        width=height if orientation in (5, 6, 7, 8) else width,
        height=width if orientation in (5, 6, 7, 8) else height,
        colour=_has_colour(flat),
        turned=orientation in range(2, 9),
        ground=ground,
        paged=opened.format in PAGED and bool(getattr(opened, "is_animated", False)),
        depth=depth,
    )
    return Picture(_small(flat), facts)


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
        return image, None
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
    return (black, "black") if not shows(_small(white)) and shows(_small(black)) else (white, "white")


def _has_colour(image: Image.Image) -> bool:
    """Return whether any pixel is not grey."""
    if image.mode in ("1", "L", "LA", "La"):
        return False
    red, green, blue = image.convert("RGB").split()
    return any(ImageChops.difference(red, other).getbbox() is not None for other in (green, blue))


def _small(image: Image.Image) -> NDArray[np.uint8]:
    """Return a picture as (28, 28) greys."""
    if image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "YCbCr"):
        image = image.convert("RGB")
    small = image.convert("L").resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.BILINEAR)
    return np.array(small, dtype=np.uint8)
