"""The sentences that say what was done to pictures which nobody asked for."""

from collections.abc import Mapping, Sequence

from study.data.pictures.depths import UNIT
from study.data.pictures.forms import GREY, MOST_SIDE, RGB, Wanted, pixels_in_words, shared_size
from study.data.pictures.picture import Facts

STRETCH = 0.02
"""A picture that is stretched by more of its side loses its proportions."""
WIDTHS = {"16-bit": 16, "32-bit": 32, "floating-point": 0}
"""Kind of picture -> bits a pixel in the file, which are not worth a word where all are used."""


def remarks(facts: Sequence[Facts], ranges: Mapping[str, int], shape: Sequence[int], wanted: Wanted) -> tuple[str, ...]:
    """Return what was done to pictures that were read together, a sentence each; none where nothing was changed.

    Args:
        facts: Of every picture, at least one.
        ranges: By which those of more than 8 bits were read.
        shape: What all became: channels, height, width.
        wanted: What was settled of that before.
    """
    said = [_size_and_colour(facts, shape, wanted), *_depths(facts, ranges, wanted), _paper(facts)]
    turned, paged, reduced = (sum(getattr(fact, name) for fact in facts) for name in ("turned", "paged", "reduced"))
    if turned:
        said.append(f"{pictures(turned)} {are(turned)} turned or mirrored as {its(turned)} EXIF orientation says.")
    if paged:
        said.append(f"{pictures(paged)} {has(paged)} several frames or pages: the first is read.")
    if reduced:
        said.append(f"{pictures(reduced)} {has(reduced)} 16 bits a channel: the upper 8 are read.")
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


def _size_and_colour(facts: Sequence[Facts], shape: Sequence[int], wanted: Wanted) -> str:
    """Say which size and colours pictures have lost, or were given, and why."""
    channels, height, width = shape
    total, coloured = len(facts), sum(fact.colour for fact in facts)
    resized = any((fact.height, fact.width) != (height, width) for fact in facts)
    painted = coloured > 0 if channels == GREY else coloured < total
    if not resized and not painted:
        return ""
    kind = "colour" if coloured == total else "grey" if not coloured else ""
    some = f", {coloured:,} of them in colour," if 0 < coloured < total else ""
    become = " ".join(
        [*([{GREY: "grey", RGB: "RGB"}[channels]] if painted else []), *([pixels_in_words(height, width)] * resized)]
    )
    said = f"{pictures(total, kind)} of {_sizes(facts)}{some} {are(total)} read as {become}"
    return f"{said}{_reason(facts, wanted, resized=resized, painted=painted)}{_stretched(facts, height / width)}."


def _reason(facts: Sequence[Facts], wanted: Wanted, *, resized: bool, painted: bool) -> str:
    """Say why pictures have this size and these colours."""
    if resized and wanted.size is None:
        sizes = [(fact.height, fact.width) for fact in facts]
        most = max(max(sides) for sides in zip(*sizes, strict=True))
        capped = most > MOST_SIDE and MOST_SIDE in shared_size(sizes)
        return f", their median height and width{f', at most {MOST_SIDE}' if capped else ''}"
    if (resized and wanted.size) or (painted and wanted.channels):
        return f", {wanted.because}"
    return ", since some are in colour"


def _stretched(facts: Sequence[Facts], proportion: float) -> str:
    """Say how many pictures are stretched to another proportion of height to width."""
    count = sum(abs(fact.height / fact.width / proportion - 1) > STRETCH for fact in facts)
    return f"; {count:,} of them {'loses' if count == 1 else 'lose'} {its(count)} proportions" if count else ""


def _sizes(facts: Sequence[Facts]) -> str:
    """Return the size that all share, or the ranges of height and width."""
    sizes = {(fact.height, fact.width) for fact in facts}
    if len(sizes) == 1:
        return pixels_in_words(*sizes.pop())
    heights, widths = zip(*sizes, strict=True)
    return f"{_range(heights)} x {_range(widths)} (height x width)"


def _range(sides: Sequence[int]) -> str:
    return f"{min(sides)}" if min(sides) == max(sides) else f"{min(sides)}-{max(sides)}"


def _depths(facts: Sequence[Facts], ranges: Mapping[str, int], wanted: Wanted) -> list[str]:
    """Say which value counts as white, for every kind of picture of which not all bits are used."""
    said = []
    for kind, bits in ranges.items():
        largest = [f.depth.largest for f in facts if f.depth and f.depth.kind == kind and f.depth.stated is None]
        if not largest or bits == WIDTHS[kind]:
            continue
        white = 1 if bits == UNIT else 2**bits - 1
        reason = f"since the largest value in {'it' if len(largest) == 1 else 'all of them'} is {_value(max(largest))}"
        if kind in (wanted.ranges or {}):
            reason = wanted.because
        said.append(
            f"{pictures(len(largest), kind)} {are(len(largest))} read with 0 as black and {white:,} as white, {reason}."
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
