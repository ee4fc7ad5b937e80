"""What arrays hold, in whatever layout and range they are saved: pictures as bytes, else numbers; and say so.

Decided for all arrays of a data set together. Whole numbers from 0 to 255 are pictures where an array has three or
four axes; floating-point numbers are where nothing is lost by it, or where there is an axis of channels. Everything
else stays numbers: rows of features, sequences, pictures of other numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from study.data.arrays.pictures import channels_last, picture_arrays, pixel_shape
from study.data.pictures.forms import Wanted, pixels_in_words
from study.errors import StudyError

Array = NDArray[Any]
ROUNDING = 1e-3
"""How far floating-point pictures may pass the ends of their range, as a share of it."""
MNIST_COLUMNS = 28 * 28
"""Rows of so many values are pictures, as MNIST is often saved; of another number only where a size is asked for."""
EXACT = 2**24
"""Whole numbers beyond are rounded in float32."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values of all arrays of a data set."""

    low: float
    high: float
    whole: bool
    """Whether they are saved as whole numbers."""

    @property
    def end(self) -> int | None:
        """The value of white, were they pictures: 1 or 255; None where they cannot be."""
        if self.whole:
            return 255 if self.low >= 0 and self.high <= 255 else None
        return next(
            (end for end in (1, 255) if self.low >= -ROUNDING * end and self.high <= end * (1 + ROUNDING)), None
        )


def read_inputs(
    arrays: Sequence[Array], wanted: Wanted, *, missing: bool = False
) -> tuple[list[Array], tuple[str, ...]]:
    """Bring all arrays of inputs of a data set to one layout.

    Args:
        arrays: Each (n, ...) with the same axes: of training, and of whatever else there is. Pictures are (n, height,
            width), (n, height, width, channels) or (n, channels, height, width).
        wanted: A size or colours that are asked for, which says that the arrays hold pictures.
        missing: Whether numbers may be missing (NaN).

    Returns:
        For each, (n, channels, height, width) uint8 of pictures; else float32: (n, features), (n, time, features) or
        (n, channels, height, width). And a sentence for whatever was done or decided that is not plain.

    Raises:
        StudyError: They are in another layout, not of real numbers, or of numbers that cannot be what was asked for.
    """
    _check(arrays)
    asked = wanted.size is not None or wanted.channels is not None
    found = _range(arrays)
    axes = arrays[0].ndim
    if axes == 2:
        return _read_rows(arrays, found, wanted, asked=asked, missing=missing)
    if asked or _are_pictures(arrays, found):
        scaled, notes = _as_bytes(arrays, found)
        pictures, made = picture_arrays(scaled, wanted)
        return pictures, (*notes, *made)
    numbers, notes = _as_numbers(arrays, missing=missing)
    if axes == 4:
        laid_out = [np.ascontiguousarray(np.moveaxis(channels_last(array), -1, 1)) for array in numbers]
        return laid_out, notes
    return numbers, (*notes, *_sequence_note(arrays, found))


def _read_rows(
    arrays: Sequence[Array], found: Range, wanted: Wanted, *, asked: bool, missing: bool
) -> tuple[list[Array], tuple[str, ...]]:
    """Read arrays of one row of values for each example: features, or the pixels of a square picture."""
    columns = arrays[0].shape[1]
    shape = pixel_shape(columns)
    if asked and shape is None:
        raise StudyError(
            f"pictures have to be square where each is one row of values, found rows of {columns} values; save them as "
            "images, height, width."
        )
    if shape is not None and (asked or (columns == MNIST_COLUMNS and found.end is not None)):
        scaled, notes = _as_bytes([array.reshape(len(array), *shape) for array in arrays], found)
        pictures, made = picture_arrays(scaled, wanted)
        kind = "RGB " if len(shape) == 3 else ""
        rows = f"Rows of {columns:,} values are read as {kind}pictures of {pixels_in_words(*shape[:2])}."
        return pictures, (rows, *notes, *made)
    numbers, notes = _as_numbers(arrays, missing=missing)
    if shape is not None and found.whole and found.end is not None and columns > 1:
        notes = (
            *notes,
            f"Rows of {columns:,} values are read as {columns:,} features; --image-size {shape[0]} has them read as "
            "square pictures.",
        )
    return numbers, notes


def _sequence_note(arrays: Sequence[Array], found: Range) -> tuple[str, ...]:
    """Say that numbers are taken for sequences, where they might be pictures."""
    if not found.whole and found.end is None:
        return ()
    time, features = arrays[0].shape[1:]
    kind = "Whole" if found.whole else "Floating-point"
    remedy = "pictures are scaled to 0 ... 255 first" if found.end is None else "--image-size has them read as pictures"
    return (
        f"{kind} numbers from {found.low:g} to {found.high:g} in three axes are read as sequences of {time} steps of "
        f"{features} {'feature' if features == 1 else 'features'}; {remedy}.",
    )


def _check(arrays: Sequence[Array]) -> None:
    """Refuse what has no layout that is known."""
    for array in arrays:
        if array.dtype.kind not in "biuf":
            raise StudyError(f"inputs have to be real numbers, found values of type {array.dtype}.")
        if array.ndim not in (2, 3, 4) or 0 in array.shape or array.ndim != arrays[0].ndim:
            shapes = " and ".join(dict.fromkeys(" x ".join(map(str, array.shape)) or "one value" for array in arrays))
            raise StudyError(
                "inputs have to be an array of rows of features, of sequences (n, time, features), or of pictures (n, "
                f"height, width) with 1, 3 or 4 channels where there are any; found {shapes}."
            )
    if arrays[0].ndim < 4 and not _one_length(arrays):
        shapes = " and ".join(" x ".join(map(str, array.shape[1:])) for array in arrays)
        whole = all(array.dtype.kind in "biu" for array in arrays)
        if arrays[0].ndim == 2 or not whole:
            raise StudyError(f"inputs of training and test have to be of one shape, found {shapes}.")


def _one_length(arrays: Sequence[Array]) -> bool:
    return len({array.shape[1:] for array in arrays}) == 1


def _range(arrays: Sequence[Array]) -> Range:
    lows, highs = zip(*((float(np.min(array)), float(np.max(array))) for array in arrays), strict=True)
    low, high = float(np.min(lows)), float(np.max(highs))  # NaN where any is
    return Range(low, high, all(array.dtype.kind in "biu" for array in arrays))


def _are_pictures(arrays: Sequence[Array], found: Range) -> bool:
    """Return whether arrays of three or four axes hold pictures."""
    if found.end is None:
        return False
    return found.whole or arrays[0].ndim == 4 or all(_are_levels(array, found.end) for array in arrays)


def _are_levels(array: Array, end: int) -> bool:
    """Return whether floating-point numbers are the 256 levels of bytes, so that nothing is lost."""
    if array.dtype.kind != "f":
        return True
    tolerance = max(ROUNDING, 128 * float(np.finfo(array.dtype).eps)) if end == 1 else 0.0
    for part in np.array_split(array, max(1, array.size // 2**22)):
        scaled = part * np.asarray(255 / end, dtype=np.float64)
        if not (np.abs(scaled - np.rint(scaled)) <= tolerance).all():
            return False
    return True


def _as_bytes(arrays: Sequence[Array], found: Range) -> tuple[list[Array], tuple[str, ...]]:
    """Scale pictures to 0 ... 255; bytes stay as they are unless they hold nothing but 0 and 1."""
    if found.end is None:
        whole, ends = ("Whole-number", "0 to 255") if found.whole else ("Floating-point", "0 to 1 or from 0 to 255")
        raise StudyError(
            f"{whole} pictures have to be from {ends}, found {found.low:g} to {found.high:g}; scale them first."
        )
    if not found.whole:
        scaled = [_levels(array, found.end) for array in arrays]
        return scaled, (f"Floating-point pictures are read as from 0 to {found.end}, in 256 levels.",)
    bytes_ = [array.astype(np.uint8, copy=False) for array in arrays]
    if found.high == 1:
        return [array * np.uint8(255) for array in bytes_], ("Pictures of 0 and 1 are read as black and white.",)
    return bytes_, ()


def _levels(array: Array, end: int) -> Array:
    """Return floating-point pictures in 256 levels, a part at a time: in double precision they are much larger."""
    levels = np.empty(array.shape, dtype=np.uint8)
    step = max(1, 2**22 // max(1, math.prod(array.shape[1:])))
    for start in range(0, len(array), step):
        part = array[start : start + step].astype(np.float64)
        levels[start : start + step] = (part * (255.0 / end)).round().clip(0, 255)
    return levels


def _as_numbers(arrays: Sequence[Array], *, missing: bool) -> tuple[list[Array], tuple[str, ...]]:
    """Return numbers as float32; refuse what is missing, unless it may be, and what is infinite or too large."""
    numbers: list[Array] = []
    notes: tuple[str, ...] = ()
    for array in arrays:
        with np.errstate(over="ignore"):
            number = array.astype(np.float32)
        bad = np.isinf(number) if missing else ~np.isfinite(number)
        if bad.any():
            place = tuple(int(axis[0]) for axis in np.nonzero(bad))
            remedy = "--impute median fills missing numbers" if np.isnan(number[place]) else "correct or remove it"
            raise StudyError(
                f"inputs have to be finite numbers, found {array[place]} at position {list(place)} (counted from 0); "
                f"{remedy}."
            )
        if array.dtype.kind in "iu" and max(abs(int(array.min())), abs(int(array.max()))) > EXACT:
            notes = (f"Whole numbers beyond {EXACT:,} are rounded to the nearest that 32-bit floating point has.",)
        numbers.append(number)
    return numbers, notes
