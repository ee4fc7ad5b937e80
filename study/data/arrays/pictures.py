"""Arrays of pictures that are bytes already: their channels, and the size and colours that are asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from study.data.pictures.forms import GREY, RGB, Wanted, pixels_in_words
from study.data.pictures.picture import picture_of
from study.errors import StudyError

Array = NDArray[Any]
CHANNELS = (1, 3, 4)
"""Grey, colour, and colour with transparency."""
OPACITY = 4
"""The number of channels of which the last is opacity."""


def pixel_shape(count: int, *, colour: bool = True) -> tuple[int, ...] | None:
    """Return the shape of a square picture of so many values, (side, side) or (side, side, 3), or None."""
    side = math.isqrt(count)
    if side and side**2 == count:
        return (side, side)
    side = math.isqrt(count // 3)
    return (side, side, 3) if colour and side and 3 * side**2 == count else None


def channels_last(array: Array) -> Array:
    """Return an array of pictures as (n, height, width, channels).

    Args:
        array: (n, height, width); or with an axis of channels, last or after the first: 1, 3 or 4 of them, else the
            smaller axis of the two.

    Raises:
        StudyError: Which axis holds the channels cannot be told.
    """
    if array.ndim == 3:
        return array[..., None]
    first, last = array.shape[1], array.shape[3]
    if last in CHANNELS:
        return array
    if first in CHANNELS or first < min(array.shape[2:]):
        return np.moveaxis(array, 1, -1)
    if last < min(array.shape[1:3]):
        return array
    shape = " x ".join(map(str, array.shape))
    raise StudyError(
        "pictures have to be an array of images, height, width, and 1, 3 or 4 channels where there are any; of "
        f"{shape}, which are the channels cannot be told."
    )


def picture_arrays(arrays: Sequence[Array], wanted: Wanted) -> tuple[list[Array], tuple[str, ...]]:
    """Bring bytes to the size and colours that are wanted; without such a wish they stay as they are.

    Args:
        arrays: uint8, in any layout that `channels_last` knows.
        wanted: Its size and channels.

    Returns:
        For each, (n, channels, height, width) uint8; and a sentence for each thing that was done.

    Raises:
        StudyError: They are of several sizes and none is wanted, or of channels that make no grey or RGB picture.
    """
    pictures = [channels_last(array) for array in arrays]
    sizes = list(dict.fromkeys((*array.shape[1:3],) for array in pictures))
    if len(sizes) > 1 and wanted.size is None:
        found = " and ".join(pixels_in_words(*size) for size in sizes)
        raise StudyError(f"pictures have to be of one size, found {found}; --image-size brings them to one.")
    size = wanted.size or sizes[0]
    most = max(array.shape[3] for array in pictures)
    channels = wanted.channels or (RGB if most == OPACITY else most)
    notes = _notes(sizes, size, most, channels, wanted)
    return [_converted(array, size, channels) for array in pictures], notes


def _converted(pictures: Array, size: tuple[int, int], channels: int) -> Array:
    """Return pictures, (n, height, width, channels), as (n, channels, height, width) of the form that is wanted."""
    found = pictures.shape[3]
    if tuple(pictures.shape[1:3]) == size and found == channels:
        return np.ascontiguousarray(np.moveaxis(pictures, -1, 1))
    if found not in CHANNELS or channels not in (GREY, RGB):
        raise StudyError(f"pictures of {found} channels cannot be brought to another size or colour; save them so.")
    made = np.empty((len(pictures), channels, *size), dtype=np.uint8)
    for place, picture in enumerate(pictures):
        plain = np.ascontiguousarray(picture[..., 0] if found == 1 else picture)
        made[place] = picture_of(Image.fromarray(plain), size, grey=channels == GREY).pixels
    return made


def _notes(
    sizes: Sequence[tuple[int, ...]], size: tuple[int, int], most: int, channels: int, wanted: Wanted
) -> tuple[str, ...]:
    """Say what was done to pictures."""
    notes = []
    resized, painted = any(found != size for found in sizes), channels != min(most, RGB) and most in CHANNELS
    if resized or painted:
        kind = "grey" if most == 1 else "colour" if most in CHANNELS else f"{most}-channel"
        found = " and ".join(pixels_in_words(*found) for found in sizes)
        colours = {GREY: "grey ", RGB: "RGB "}.get(channels, "") if painted else ""
        notes.append(f"The {kind} pictures of {found} are read as {colours}{pixels_in_words(*size)}, {wanted.because}.")
    if most == OPACITY:
        notes.append("Transparent parts of the pictures are laid on paper, as those of picture files are.")
    return tuple(notes)
