"""What commands print."""

from __future__ import annotations

import json
import math

import pytest

from study.cli.output import emit


def test_json_has_no_infinity(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"timeout_seconds": math.inf, "rows": [{"loss": math.nan, "accuracy": 0.5}]})
    assert json.loads(capsys.readouterr().out) == {"timeout_seconds": None, "rows": [{"loss": None, "accuracy": 0.5}]}
