"""Pictures of more than 8 bits: which of their values is white. The rule stands here and nowhere else.

A file that states its range (a TIFF of 12 bits a pixel or with a MaxSampleValue, a PGM) is read by that. Otherwise the
range is decided once for all pictures that are read together and of one kind, never picture by picture, which would
change the brightness between them: white is the largest value that the smallest of `DEPTHS` can hold which holds
the largest value of all; for floating-point numbers none of which is larger than 1, white is 1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DEPTHS = (1, 2, 4, 8, 10, 12, 14, 16, 24, 31, 32)
"""Bits a pixel that cameras and scanners deliver; a picture is taken to be of the smallest that holds its values."""
UNIT = 0
"""In place of a number of bits: floating-point numbers from 0 (black) to 1 (white)."""
KINDS: Mapping[str, str] = {
    "I;16": "16-bit",
    "I;16L": "16-bit",
    "I;16B": "16-bit",
    "I;16N": "16-bit",
    "I": "32-bit",
    "F": "floating-point",
}
"""Pillow's mode -> what such pictures are called."""
USUAL: Mapping[str, int] = {"16-bit": 16, "32-bit": 16, "floating-point": UNIT}
"""The range tried first; where the values say otherwise, the pictures are read again."""
_MAXIMUM_TAG, _BITS_TAG, _PHOTOMETRIC_TAG = 281, 258, 262  # TIFF 6.0


@dataclass(frozen=True, slots=True)
class Depth:
    """What a picture of more than 8 bits says of its range."""

    kind: str
    """A value of `KINDS`."""
    largest: float
    """The largest value in it."""
    stated: int | None
    """Bits a pixel as the file states them, or None."""


def depth_of(image: Image.Image, values: NDArray[np.generic]) -> Depth:
    """Return what a picture says of its range.

    Args:
        image: As it was opened, of a mode in `KINDS`; one of 8 bits or fewer needs no such rule.
        values: (height, width), its pixels.

    Raises:
        ValueError: A value is below 0, no number, or beyond all depths, so that nothing says which is black or white.
    """
    if not np.isfinite(values).all():
        raise ValueError("some of its values are no finite numbers")
    low, high = float(values.min()), float(values.max())
    if low < 0:
        raise ValueError(f"its values go from {low:g} to {high:g}, and below 0 nothing says which of them is black")
    if high >= 2 ** DEPTHS[-1]:
        raise ValueError(f"its values go from {low:g} to {high:g}, and no known depth holds so large ones")
    return Depth(KINDS[image.mode], high, _stated_bits(image, high))


def decide_ranges(depths: Iterable[Depth]) -> dict[str, int]:
    """Decide the range of every kind of picture for all that are read together.

    Returns:
        Kind -> bits a pixel, or `UNIT`; only kinds of which a picture does not state its own.
    """
    largest: dict[str, float] = {}
    for depth in depths:
        if depth.stated is None:
            largest[depth.kind] = max(depth.largest, largest.get(depth.kind, 0.0))
    return {kind: _bits(kind, value) for kind, value in largest.items()}


def to_bytes(values: NDArray[np.generic], bits: int) -> NDArray[np.uint8]:
    """Scale values so that 0 is black and the largest of `bits` bits (1 for `UNIT`) is white.

    Args:
        values: Of any shape, none below 0. Whole numbers keep their upper eight bits, which of 16 bits made from 8 are
            exactly those; what is larger than white becomes white.
        bits: One of `DEPTHS`, or `UNIT`.
    """
    if bits > 8 and np.issubdtype(values.dtype, np.integer):
        return np.asarray(np.minimum(values.astype(np.int64) >> (bits - 8), 255), dtype=np.uint8)
    white = 1 if bits == UNIT else 2**bits - 1
    return np.asarray(np.rint(np.minimum(values.astype(np.float64) / white, 1) * 255), dtype=np.uint8)


def is_negative(image: Image.Image) -> bool:
    """Return whether a deep TIFF stores white as 0, which Pillow turns round for up to 8 bits alone."""
    return image.mode in KINDS and getattr(image, "tag_v2", {}).get(_PHOTOMETRIC_TAG) == 0


def _bits(kind: str, largest: float) -> int:
    """Return the range that holds a largest value."""
    if kind == "floating-point" and largest <= 1:
        return UNIT
    return next(bits for bits in DEPTHS if largest < 2**bits)


def _stated_bits(image: Image.Image, largest: float) -> int | None:
    """Return the bits a pixel that a file states, where that tells more than the width of its numbers."""
    if image.format == "PPM":
        return 16 if image.mode == "I" else None  # Pillow scales whatever maximum a PGM states to 16 bits
    tags = getattr(image, "tag_v2", {})
    maximum = _number(tags.get(_MAXIMUM_TAG))
    stated = maximum.bit_length() if maximum else _number(tags.get(_BITS_TAG))
    is_width = stated in (8, 16, 32, 64)
    return stated if stated and not is_width and stated > 1 and largest < 2**stated and image.mode != "F" else None


def _number(value: object) -> int:
    """Return a tag's first value as a whole number, 0 where there is none."""
    first = value[0] if isinstance(value, tuple) and value else value
    return int(first) if isinstance(first, int | float) and np.isfinite(first) and first > 0 else 0
