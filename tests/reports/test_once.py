"""What is computed once of the frames in hand is everybody's own."""

from __future__ import annotations

from reports.analysis.pairs import arms_of
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory


def test_whoever_changes_a_table_changes_nobody_elses(laboratory: Laboratory) -> None:
    ablate(laboratory, laboratory.plan(), baseline(0.9, 0.91), Arm("wide", [0.92, 0.93]))
    frames = laboratory.frames()
    first = arms_of(frames)
    first.loc[:, "arm"] = "mine"
    first["more"] = 1
    assert list(arms_of(frames)["arm"]) == ["baseline", "wide"]
    assert "more" not in arms_of(frames)
