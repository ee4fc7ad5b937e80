"""Bring arrays of pictures, in whatever layout and range they are saved, to grey 28 x 28 bytes; say what was done."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from study.data.dataset import IMAGE_SIDE
from study.data.pictures import grey_picture
from study.errors import StudyError

CHANNELS = (1, 3, 4)
"""Grey, colour, and colour with transparency."""
ROUNDING = 1e-3
"""How far floating-point pictures may pass the ends of their range, as a share of it."""


def grey_pictures(array: NDArray[np.generic]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Make pictures grey and 28 x 28.

    Args:
        array: (n, height, width), (n, height, width, channels) or (n, channels, height, width), with 1, 3 or 4
            channels. Whole numbers are 0 ... 255, floating-point numbers 0 ... 1 or 0 ... 255; what is boolean or
            holds nothing but 0 and 1 is black and white.

    Returns:
        (n, 28, 28), and a sentence for each thing that was done.

    Raises:
        StudyError: The array is in another layout or range, or not of real numbers.
    """
    pictures = _channels_last(array)  # (n, height, width) or (n, height, width, channels)
    pictures, notes = _as_bytes(pictures)
    height, width = pictures.shape[1:3]
    coloured = pictures.ndim == 4
    if not coloured and (height, width) == (IMAGE_SIDE, IMAGE_SIDE):
        return pictures, notes
    kind = f"{'colour' if coloured else 'grey'} pictures of {width} x {height}"
    notes = (*notes, f"The {kind} are read as grey {IMAGE_SIDE} x {IMAGE_SIDE}.")
    if coloured and pictures.shape[3] == 4:
        notes = (*notes, "Transparent parts of the pictures are laid on paper, as those of picture files are.")
    greys = [grey_picture(Image.fromarray(np.ascontiguousarray(picture))).grey for picture in pictures]
    return np.stack(greys), notes


def _channels_last(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Put channels last, and drop the axis of a single one."""
    if array.ndim == 4 and array.shape[3] not in CHANNELS and array.shape[1] in CHANNELS:
        array = np.moveaxis(array, 1, -1)
    known = array.ndim == 3 or (array.ndim == 4 and array.shape[3] in CHANNELS)
    if not known or 0 in array.shape:
        shape = " x ".join(str(size) for size in array.shape) or "a single value"
        raise StudyError(
            "Pictures have to be an array of images, height, width, and 1, 3 or 4 channels where there are any; found "
            f"{shape}."
        )
    return array[..., 0] if array.ndim == 4 and array.shape[3] == 1 else array


def _as_bytes(pictures: NDArray[np.generic]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Scale pictures to 0 ... 255; bytes stay as they are unless they hold nothing but 0 and 1."""
    kind = pictures.dtype.kind
    if kind not in "biuf":
        raise StudyError(f"Pictures have to be of real numbers, found values of type {pictures.dtype}.")
    lowest, highest = float(pictures.min()), float(pictures.max())
    if kind == "f":
        return _scaled_floats(pictures.astype(np.float64, copy=False), lowest, highest)
    if lowest < 0 or highest > 255:
        raise StudyError(
            f"Whole-number pictures have to be from 0 to 255, found {lowest:.0f} to {highest:.0f}; scale them first."
        )
    if highest == 1:
        return pictures.astype(np.uint8) * np.uint8(255), ("Pictures of 0 and 1 are read as black and white.",)
    return pictures.astype(np.uint8, copy=False), ()


def _scaled_floats(
    pictures: NDArray[np.float64], lowest: float, highest: float
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Scale floating-point pictures by the smaller of the ranges 0 ... 1 and 0 ... 255 that holds them."""
    end = 1.0 if highest <= 1 + ROUNDING else 255.0
    slack = ROUNDING * end
    if not (lowest >= -slack and highest <= end + slack):  # true of NaN too
        raise StudyError(
            f"Floating-point pictures have to be from 0 to 1 or from 0 to 255, found {lowest:g} to {highest:g}; scale "
            "them first."
        )
    levels = (pictures * (255.0 / end)).round().clip(0, 255).astype(np.uint8)
    return levels, (f"Floating-point pictures are read as from 0 to {end:g}, in 256 levels.",)
