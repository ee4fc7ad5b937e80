"""What all pictures of a data set become: one height and width, and grey or RGB. Decided from all of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

from study.options.data import DataOptions
from study.task import DataSpec

MOST_SIDE = 224
"""Pixels of each side, at most, where pictures of several sizes are brought to one and nobody said which."""
GREY, RGB = 1, 3
"""Numbers of channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What pictures are to become, as far as it is settled before they are read."""

    size: tuple[int, int] | None = None
    """Height and width; None means their own where they share one, else the median, at most `MOST_SIDE`."""
    channels: int | None = None
    """`GREY` or `RGB`; None means RGB where any is coloured."""
    ranges: Mapping[str, int] | None = None
    """By which pictures of more than 8 bits are read, from `depths.decide_ranges`; what is not in it is decided from
    their values."""
    because: str = "as asked"
    """Why, for a sentence."""


AS_THEY_ARE = Wanted()


def asked_form(options: DataOptions) -> Wanted:
    """Return what the user of a data set asked for."""
    return Wanted(size=options.image_size, channels=GREY if options.grey else None)


def study_form(spec: DataSpec, ranges: Mapping[str, int] | None = None) -> Wanted | None:
    """Return what pictures are to become so that a study's models read them as they read the study's own.

    Args:
        spec: Of the study's data.
        ranges: By which its pictures of more than 8 bits were read.

    Returns:
        None where the models read no grey or RGB pictures.
    """
    if not spec.is_picture or spec.shape[0] not in (GREY, RGB):
        return None
    channels, height, width = spec.shape
    return Wanted(size=(height, width), channels=channels, ranges=ranges, because="as the study's data are")


def shared_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the height and width that pictures of these sizes (at least one) are brought to."""
    if len(set(sizes)) == 1:
        return sizes[0]
    heights, widths = zip(*sizes, strict=True)
    return min(median_low(heights), MOST_SIDE), min(median_low(widths), MOST_SIDE)


def pixels_in_words(height: int, width: int) -> str:
    """Return a size for a sentence: `64 x 64`, `48 x 64 (height x width)`."""
    return f"{height} x {width}" + ("" if height == width else " (height x width)")
