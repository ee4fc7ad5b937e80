"""What `show STUDY --ablation --json` gives out."""

from __future__ import annotations

import json
import re

import pytest

from reports import ReportError
from reports.analysis.details import ablation_details
from study.errors import StudyError
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import ACCURACY, Laboratory

BASE = (0.95, 0.951, 0.952)


def test_every_part_is_json_and_nothing_missing_is_a_number(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    floor = Arm("noise floor", (0.951, 0.95, 0.953), role="noise-floor", first_seed=900)
    later = Arm("later", (None, "failed", 0.97), added_later=True)
    waiting = Arm("a", (), setting="retuned", planned=False)
    ablate(laboratory, study, baseline(*BASE), floor, Arm("a", (0.96, 0.97, 0.98)), later, waiting)
    details = ablation_details(laboratory.database, "cnn")
    assert json.loads(json.dumps(details, allow_nan=False)) == details
    assert details["study"] == "cnn@mnist"
    (ablation,) = details["ablations"]
    assert [ablation[name] for name in ("name", "design", "reference")] == [
        "one-at-a-time",
        "one-at-a-time",
        "baseline",
    ]
    assert [ablation[name] for name in ("factorial", "path")] == [[], []]
    assert ablation["noise_floor"]["fixed"]["n"] == 3
    rows = {(row["setting"], row["arm"]): row for row in ablation["arms"]}
    assert list(rows) == [("fixed", "noise floor"), ("fixed", "a"), ("fixed", "later"), ("retuned", "a")]
    assert rows["fixed", "a"]["effect"] == pytest.approx(1.9)
    assert rows["fixed", "noise floor"]["verdict"] is None
    assert (rows["fixed", "later"]["added_later"], rows["fixed", "later"]["low"]) == (True, None)
    assert rows["retuned", "a"]["verdict_reason"] == "no trial is planned yet"


def test_paths_and_factorials_are_told(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    steps = [baseline(*BASE, step=0), Arm("1. width", (0.96, 0.961, 0.962), step=1)]
    ablate(laboratory, study, *steps, name="path", design="path")
    arms = [baseline(*BASE), Arm("a", (0.96, 0.961, 0.962), factors=("a",))]
    ablate(laboratory, study, *arms, name="factorial", design="factorial", factors=("a",))
    found = {row["name"]: row for row in ablation_details(laboratory.database, study)["ablations"]}
    assert [row["arm"] for row in found["path"]["path"]] == ["baseline", "1. width"]
    assert found["path"]["path"][0]["effect"] is None
    assert [row["contrast"] for row in found["factorial"]["factorial"]] == ["a"]


def test_a_study_without_an_ablation_has_none(laboratory: Laboratory) -> None:
    laboratory.plan()
    assert ablation_details(laboratory.database, "cnn@mnist") == {
        "study": "cnn@mnist",
        "metric": ACCURACY.columns(),
        "learned_from": 4000,
        "example": "image",
        "ablations": [],
    }


def test_an_unknown_study_and_a_search_that_retunes_are_refused(laboratory: Laboratory) -> None:
    laboratory.plan()
    laboratory.plan("cnn-wide@mnist", parent="cnn@mnist", variant="wide")
    with pytest.raises(StudyError, match="a study here is one of cnn@mnist, not 'lstm'"):
        ablation_details(laboratory.database, "lstm")
    message = "'cnn-wide@mnist' re-tunes a variant of 'cnn@mnist'; report that study"
    with pytest.raises(ReportError, match=f"^{re.escape(message)}$"):
        ablation_details(laboratory.database, "cnn-wide@mnist")
