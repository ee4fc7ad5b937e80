"""The sentences that say what was done to pictures which nobody asked for."""

from collections.abc import Mapping, Sequence

from study.data.dataset import IMAGE_SIDE
from study.data.depths import UNIT
from study.data.pictures import Facts

WIDTHS = {"16-bit": 16, "32-bit": 32, "floating-point": 0}
"""Kind of picture -> bits a pixel in the file, which are not worth a word where all are used."""


def remarks(facts: Sequence[Facts], ranges: Mapping[str, int]) -> tuple[str, ...]:
    """Return what was done to pictures that were read together, a sentence each; none where nothing was changed.

    Args:
        facts: Of every picture.
        ranges: By which those of more than 8 bits were read.
    """
    said = [_size_and_colour(facts), *_depths(facts, ranges), _paper(facts)]
    turned, paged = sum(fact.turned for fact in facts), sum(fact.paged for fact in facts)
    if turned:
        said.append(f"{pictures(turned)} {are(turned)} turned or mirrored as {its(turned)} EXIF orientation says.")
    if paged:
        said.append(f"{pictures(paged)} {has(paged)} several frames or pages: the first is read.")
    return tuple(sentence for sentence in said if sentence)


def pictures(count: int, kind: str = "") -> str:
    """Return a number of pictures: '1 picture', '1,000 colour pictures'."""
    return f"{count:,} {kind}{' ' if kind else ''}picture{'' if count == 1 else 's'}"


def are(count: int) -> str:
    """Return the verb for a number of things."""
    return "is" if count == 1 else "are"


def has(count: int) -> str:
    """Return the verb for a number of things."""
    return "has" if count == 1 else "have"


def its(count: int) -> str:
    """Return the pronoun for a number of things."""
    return "its" if count == 1 else "their"


def _size_and_colour(facts: Sequence[Facts]) -> str:
    """Say that colour, size and proportions are lost, as far as they are."""
    total, coloured = len(facts), sum(fact.colour for fact in facts)
    resized = sum((fact.width, fact.height) != (IMAGE_SIDE, IMAGE_SIDE) for fact in facts)
    oblong = sum(fact.width != fact.height for fact in facts)
    if not coloured and not resized:
        return ""
    kind = "colour" if coloured == total else "grey" if not coloured else ""
    some = f", {coloured:,} of them in colour," if 0 < coloured < total else ""
    target = f"grey {IMAGE_SIDE} x {IMAGE_SIDE}" if coloured else f"{IMAGE_SIDE} x {IMAGE_SIDE}"
    shape = f"; {oblong:,} {are(oblong)} not square and {'loses' if oblong == 1 else 'lose'} {its(oblong)} proportions"
    return f"{pictures(total, kind)} of {_sizes(facts)}{some} {are(total)} read as {target}{shape if oblong else ''}."


def _sizes(facts: Sequence[Facts]) -> str:
    """Return the size that all share, or the ranges of width and height."""
    sizes = {(fact.width, fact.height) for fact in facts}
    if len(sizes) == 1:
        return " x ".join(str(side) for side in sizes.pop())
    widths, heights = zip(*sizes, strict=True)
    return f"{_range(widths)} x {_range(heights)}"


def _range(sides: Sequence[int]) -> str:
    return f"{min(sides)}" if min(sides) == max(sides) else f"{min(sides)}-{max(sides)}"


def _depths(facts: Sequence[Facts], ranges: Mapping[str, int]) -> list[str]:
    """Say which value counts as white, for every kind of picture of which not all bits are used."""
    said = []
    for kind, bits in ranges.items():
        largest = [f.depth.largest for f in facts if f.depth and f.depth.kind == kind and f.depth.stated is None]
        if not largest or bits == WIDTHS[kind]:
            continue
        white = 1 if bits == UNIT else 2**bits - 1
        said.append(
            f"{pictures(len(largest), kind)} {are(len(largest))} read with 0 as black and {white:,} as white, since "
            f"the largest value in {'it' if len(largest) == 1 else 'all of them'} is {_value(max(largest))}."
        )
    return said


def _value(value: float) -> str:
    return f"{int(value):,}" if value.is_integer() else f"{value:.4g}"


def _paper(facts: Sequence[Facts]) -> str:
    """Say what transparent parts were laid on."""
    white, black = (sum(fact.ground == ground for fact in facts) for ground in ("white", "black"))
    count = white + black
    if not count:
        return ""
    parts = f"{pictures(count)} with transparent parts {are(count)} laid on"
    if not black:
        return f"{parts} white."
    if not white:
        return f"{parts} black, since on white nothing of {'it' if count == 1 else 'them'} shows."
    return f"{parts} white, but {black:,} of them, of which nothing shows on white, on black."
