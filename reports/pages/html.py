"""A document as one self-contained HTML file: no request to any host, every name escaped by the templates."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.pages.document import Document, before_unit
from reports.pages.pictures import Picture

_TEMPLATES = Path(__file__).parent / "templates"
_STYLES = ("style.css", "figures.css")
_SCRIPTS = ("script.js", "figures.js")
_LONGEST_WORD = 24


def to_html(document: Document, pictures: Mapping[str, Picture]) -> str:
    """Return the page.

    Args:
        document: The report.
        pictures: Every figure, drawn, by its name.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.tests["long"] = _is_long
    environment.filters["before_unit"] = before_unit
    style, script = (
        "\n".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in names) for names in (_STYLES, _SCRIPTS)
    )
    # As an image, not as elements of the page: two figures may use the same ids, and none can run a script.
    sources = {
        name: f"data:image/svg+xml;base64,{base64.b64encode(picture.svg).decode()}"
        for name, picture in pictures.items()
    }
    return environment.get_template("report.html.j2").render(
        document=document,
        anchors=document.anchors(),
        pictures=pictures,
        sources=sources,
        style=Markup(style),
        script=Markup(script),
        policy=f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {_digest(script)}",
    )


def _is_long(text: str) -> bool:
    """Return whether a word in it may be broken: a name can be longer than a phone is wide."""
    return any(len(word) > _LONGEST_WORD for word in text.split())


def _digest(text: str) -> str:
    """Return the name by which the page allows this very text to run, and nothing else that may have slipped in."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
