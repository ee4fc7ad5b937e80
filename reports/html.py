"""A document as one self-contained HTML file: no request to any host, every name escaped by the template."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports.document import Document

_TEMPLATES = Path(__file__).parent / "templates"


def to_html(document: Document, pictures: Mapping[str, bytes]) -> str:
    """Returns the page.

    Args:
        document: The report.
        pictures: SVG of every figure, by its name.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # As an image, not as elements of the page: two figures may use the same ids, and none can run a script.
    sources = {name: f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}" for name, svg in pictures.items()}
    return environment.get_template("report.html.j2").render(document=document, sources=sources)
