"""Fonts for names in other scripts: which installed ones stand in for the default, and which letters none has."""

from __future__ import annotations

import re
from functools import lru_cache

from matplotlib import font_manager

_DEFAULT = "DejaVu Sans"
"""Comes with Matplotlib."""
_OTHER_SCRIPTS = re.compile(
    r"Noto Sans|Source Han|WenQuanYi|IPA|Takao|Nanum|Droid Sans|Unifont|Lohit|PingFang|Hiragino|YaHei|SimHei|Gothic|"
    r"Arial Unicode|Padauk|Garuda|Mukti"
)
"""Families of fonts that hold what the default lacks, on the usual systems."""


def families() -> tuple[str, ...]:
    """Returns the default font and, after it, the installed ones that may hold letters of other scripts."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    return (_DEFAULT, *sorted(name for name in installed if name != _DEFAULT and _OTHER_SCRIPTS.search(name)))


def lacking(text: str) -> str:
    """Returns the letters that no font of `families` has, each once, in their order."""
    known = _letters(families())
    return "".join(sign for sign in dict.fromkeys(text) if not sign.isspace() and ord(sign) not in known)


@lru_cache(maxsize=1)
def _letters(names: tuple[str, ...]) -> frozenset[int]:
    paths = [font_manager.findfont(name) for name in names]
    return frozenset(code for path in paths for code in font_manager.get_font(path).get_charmap())
