"""Fonts for names in any script: which installed ones stand in for the default, what none has, how wide a text is."""

from __future__ import annotations

import re
from functools import lru_cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

_DEFAULT = "DejaVu Sans"
"""Comes with Matplotlib."""
_SMALLEST = 9.2
"""Points: `reports.drawing.style.SMALL`."""
_POINTS_PER_INCH = 72
_FIXED_POINT = 65536
"""FreeType tells advances in parts of so many."""
_OTHER_SCRIPTS = re.compile(
    r"Noto Sans|Source Han|WenQuanYi|IPA|Takao|Nanum|Droid Sans|Unifont|Lohit|PingFang|Hiragino|YaHei|SimHei|Gothic|"
    r"Arial Unicode|Padauk|Garuda|Mukti"
)
"""Families of fonts that hold what the default lacks, on the usual systems."""


def families() -> tuple[str, ...]:
    """Return the default font and, after it, the installed ones that may hold letters of other scripts."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return (_DEFAULT, *sorted(name for name in installed if name != _DEFAULT and _OTHER_SCRIPTS.search(name)))


def lacking(text: str) -> str:
    """Return the letters that no font of `families` has, each once, in their order."""
    known = _letters(families())
    return "".join(sign for sign in dict.fromkeys(text) if not sign.isspace() and ord(sign) not in known)


def inches(text: str) -> float:
    """Return how wide a line of text is in the smallest letters of a figure; a letter that no font has is a box."""
    return sum(map(_advance, text)) / _POINTS_PER_INCH


@lru_cache(maxsize=4096)
def _advance(sign: str) -> float:
    """Return the width of one letter, in points."""
    having = (font for font in map(_font, families()) if font.get_char_index(ord(sign)))
    font = next(having, None) or _font(_DEFAULT)
    return font.load_glyph(font.get_char_index(ord(sign))).linearHoriAdvance / _FIXED_POINT


@lru_cache(maxsize=64)
def _font(name: str) -> FT2Font:
    font = FT2Font(font_manager.findfont(name))
    font.set_size(_SMALLEST, _POINTS_PER_INCH)
    return font


@lru_cache(maxsize=1)
def _letters(names: tuple[str, ...]) -> frozenset[int]:
    paths = [font_manager.findfont(name) for name in names]
    return frozenset(code for path in paths for code in font_manager.get_font(path).get_charmap())
