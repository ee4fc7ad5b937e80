"""A study that lives on: more trials, a wider space, a longer training, and the result taken out."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

from ..conftest import CommandLine
from ..own_space import DATA, MODEL

SPACE = """
from study.space import Choice, Float, SearchSpace

SPACE = SearchSpace(
    name="mine",
    model="mine_model",
    domains={
        "learning_rate": Float(default=0.01, low=LOW, high=0.1, log=True),
        "size": Choice(default=8, choices=SIZES),
    },
)
"""
FRESH = """
import sys

sys.modules["study"] = None  # whoever opens the file needs no such package

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
(taken,) = session.get_inputs()
pixels = np.random.default_rng(0).integers(0, 256, (5, 1, 28, 28), dtype=np.uint8)
answers = session.run(None, {taken.name: pixels})[0]
print(taken.name, taken.shape, answers.shape, bool(np.isfinite(answers).all()))
"""
SEARCHED = "SELECT id, configuration, value FROM trial WHERE phase = 'search' ORDER BY optuna_number"


def write(line: CommandLine, low: str, sizes: str) -> None:
    (line.folder / "mine.py").write_text(SPACE.replace("LOW", low).replace("SIZES", sizes))


def test_a_study_goes_on_as_its_user_learns(command: CommandLine) -> None:
    pytest.importorskip("onnxruntime")
    (command.folder / "mine_model.py").write_text(MODEL)
    write(command, "0.005", "(8, 16)")
    command.run("run", "mine.py", *DATA, "--trials", "3", "--replicates", "1")
    first = command.query(SEARCHED)

    command.run("run", "mine.py", "--trials", "13")
    assert command.query(SEARCHED)[:3] == first
    assert len(command.query(SEARCHED)) == 13

    write(command, "0.0001", "(8, 16)")
    wider = command.run("run", "mine.py", "--trials", "16").stdout
    assert "learning_rate" in wider
    write(command, "0.0001", "(8, 16, 24)")
    command.run("run", "mine.py", "--trials", "19", "--try", "size=24,learning_rate=0.02")
    searched = command.query(SEARCHED)
    assert (searched[:3], len(searched)) == (first, 19)
    assert {"learning_rate": 0.02, "size": 24}.items() <= json.loads(searched[16][1]).items()

    command.run("final", "mine", "--epochs", "50", "--replicates", "2")
    longer = command.query(
        "SELECT count(*), max(epoch.epoch) FROM trial JOIN epoch ON epoch.trial = trial.id WHERE trial.epochs = 50"
    )
    assert longer == [(100, 50)]
    assert len(command.query(SEARCHED)) == 19

    command.run("export", "mine", "--format", "parquet", "--output", "out")
    trials = pd.read_parquet(command.folder / "out" / "trials.parquet")
    stored = dict(command.query("SELECT id, value FROM trial WHERE value IS NOT NULL"))
    assert dict(zip(trials["id"], trials["value"], strict=True)).items() >= stored.items()
    assert len(trials) == command.query("SELECT count(*) FROM trial")[0][0]

    saved = command.run("best", "mine", "--save", "best.onnx").stdout
    assert "best.onnx" in saved
    found = subprocess.run(
        [sys.executable, "-c", FRESH, "best.onnx"], cwd=command.folder, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.split()[-3:] == ["(5,", "10)", "True"]

    history = command.run("show", "mine").stdout
    for told in ("learning_rate", "size", "50"):
        assert told in history
    command.run("report", "--format", "markdown", "--output", "page")
    page = (command.folder / "page" / "report.md").read_text()
    assert "50 epochs" in page
