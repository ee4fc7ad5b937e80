"""A user's own model, which trains in no time, its space, and what to ask a database of its ablations."""

from __future__ import annotations

import shutil
from pathlib import Path

from .conftest import CommandLine

DOCS = Path(__file__).parents[1] / "docs"
DATA = ("--dataset", "digits", "--train-size", "100", "--epochs", "1")
TRAININGS = "SELECT id, attempt, finished_at FROM trial ORDER BY created_at, id"
PLANNED_TRIALS = (
    "SELECT planned.ablation, planned.setting, arm, planned.replicate, planned.seed, planned.trial, state "
    "FROM planned_trial AS planned LEFT JOIN trial ON trial.id = planned.trial ORDER BY 1, 2, 3, 4"
)
TESTS = "SELECT trial, loss, score, predictions FROM test_result ORDER BY trial"
STARTED = "SELECT count(*) FROM epoch JOIN trial ON trial.id = epoch.trial WHERE phase = 'ablate'"
MODEL = """
import time
from dataclasses import dataclass

from torch import nn

@dataclass(frozen=True)
class Params:
    kind: str = "plain"
    size: int = 8

def build(params, data):
    if params.kind == "broken":
        raise ValueError("no broken models")
    if params.kind == "slow" and params.size != 8:
        time.sleep(60)
    if params.kind == "steep":
        hidden = nn.Linear(784, params.size)
        nn.init.constant_(hidden.weight, float("inf"))
        return nn.Sequential(nn.Flatten(), hidden, nn.Linear(params.size, data.outputs))
    return nn.Sequential(nn.Flatten(), nn.Linear(784, params.size), nn.ReLU(), nn.Linear(params.size, data.outputs))
"""
SPACE = """
from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="mine",
    model="mine_model",
    domains={{
        "learning_rate": Float(default=1e-5, low=1e-3, high=1e-2, log=True),
        "size": Int(default=8, low=8, high=64, step=8),
    }},
    variants=({variants}),
    size="size",
)
"""
SPACE = SPACE.replace("low=1e-3", "low=1e-5")
WIDE, SMOOTH = 'Variant("wide", {"size": 32}, "Be wide"),', 'Variant("smooth", {"label_smoothing": 0.1}, "Be smooth"),'
BOTH = 'Variant("everything", {"size": 32, "label_smoothing": 0.1}),'


def write_space(line: CommandLine, *variants: str) -> None:
    """Writes a user's model, which trains in no time, and a space with these variants."""
    (line.folder / "mine_model.py").write_text(MODEL)
    (line.folder / "mine.py").write_text(SPACE.format(variants=" ".join(variants)))


def copy_of(line: CommandLine, folder: Path) -> CommandLine:
    shutil.copytree(line.folder, folder, dirs_exist_ok=True)
    return CommandLine(folder)
