"""A database that has a study whose workers train nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from study.database import TrialDatabase

from ..made_workers import PLAN


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        opened.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        yield opened
