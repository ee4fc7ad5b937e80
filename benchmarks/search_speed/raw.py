"""What `record` writes: a line of JSON for each training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EXAMPLES = 2_000
"""Of the training and of the validation split, each."""
ROWS = 304
"""Configurations that are recorded, drawn at random from all of the grid."""
AGAIN = 28
"""The first of them, which are trained with a second seed too."""


def read(raw: Path) -> list[dict[str, Any]]:
    """Return the lines that were written so far; one that a stop tore is left out."""
    if not raw.exists():
        return []
    whole = raw.read_text(encoding="utf-8")
    return [json.loads(line) for line in whole.splitlines(keepends=True) if line.endswith("\n")]
