"""Python's functions as a user has them, in an empty folder, with trials in this process."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 200, "epochs": 2, "engine": "inline", "progress": False}
"""Options of a study that takes a second."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("STUDY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
