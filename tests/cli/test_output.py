"""What commands print."""

from __future__ import annotations

import json
import math

import pytest

from study.cli.output import emit


def test_json_spells_what_is_no_finite_number_as_csv_does(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"timeout_seconds": math.inf, "rows": [{"loss": math.nan, "accuracy": 0.5}]})
    assert json.loads(capsys.readouterr().out) == {"timeout_seconds": "inf", "rows": [{"loss": "nan", "accuracy": 0.5}]}
