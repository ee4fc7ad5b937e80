"""Metrics of a user's own, from the model's module to the database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from study.catalog import load_model
from study.errors import StudyError

from ..conftest import CommandLine
from ..own_space import DATA, write_space

MEASURE = """
def measure(logits, labels):
    assert logits.shape == (len(labels), 10) and not logits.requires_grad
    top = logits.topk(3, dim=1).indices
    return {"top3": (top == labels[:, None]).any(dim=1).float().mean(), "nothing": float("nan")}
"""


def test_a_models_own_metrics_are_kept_with_every_epoch(command: CommandLine) -> None:
    write_space(command)
    model = command.folder / "mine_model.py"
    model.write_text(model.read_text() + MEASURE)
    command.run("run", "mine.py", *DATA, "--trials", "2", "--replicates", "1", "--workers", "1")
    found = command.query(
        "SELECT phase, epoch.metrics, validation_score FROM epoch JOIN trial ON trial.id = epoch.trial"
    )
    for phase, text, score in found:
        metrics = json.loads(text)
        if phase == "replicate":
            assert metrics == {}
        else:
            assert metrics.keys() == {"accuracy", "top3", "nothing"}
            assert metrics["nothing"] is None
            assert score == metrics["accuracy"] <= metrics["top3"] <= 1
    assert [phase for phase, _, _ in found].count("search") == 2
    shown = json.loads(command.run("show", "mine", "--json").stdout)["trials"][0]
    assert shown["last_metrics"].keys() == {"accuracy", "top3", "nothing"}


def test_a_measure_that_raises_fails_its_trial_alone(command: CommandLine) -> None:
    write_space(command)
    model = command.folder / "mine_model.py"
    model.write_text(model.read_text() + "\ndef measure(logits, labels):\n    raise ValueError('no measure')\n")
    command.run("run", "mine.py", *DATA, "--trials", "1", "--replicates", "0", "--workers", "1", status=3)
    assert command.query("SELECT state, failure_type, failure_message FROM trial") == [
        ("failed", "ValueError", "no measure")
    ]


def test_a_measure_is_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    body = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Params: ...\n"
    (tmp_path / "odd_measure.py").write_text(body + "def build(params, data): ...\nmeasure = 3\n")
    with pytest.raises(StudyError) as caught:
        load_model("odd_measure")
    assert str(caught.value) == (
        "a model's `measure` is a function `measure(outputs, targets)`; that of 'odd_measure' is not"
    )
