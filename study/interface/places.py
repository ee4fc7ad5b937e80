"""Which trial database is meant."""

from __future__ import annotations

import os
from pathlib import Path

from study.database import normalised
from study.prepare.request import DEFAULT_STORAGE


def meant_storage(given: str | Path | None) -> str:
    """Return the trial database that is meant."""
    return normalised(str(given or os.environ.get("STUDY_STORAGE") or DEFAULT_STORAGE))
