"""Trial databases for the reports' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reports.laboratory import Laboratory


@pytest.fixture
def laboratory(tmp_path: Path) -> Iterator[Laboratory]:
    made = Laboratory(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def finished(laboratory: Laboratory) -> Laboratory:
    """One finished study: its best is trial 2, and a pruned trial with a higher accuracy must not win."""
    study = laboratory.plan()
    laboratory.search(study, ("complete", 0.97), ("pruned", 0.999), ("complete", 0.985), ("failed", None))
    laboratory.finals(study, "baseline", [0.97, 0.98])
    laboratory.finals(study, "best", [0.98, 0.985], number=2)
    return laboratory
