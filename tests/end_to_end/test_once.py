"""A command opens its database, and loads its data, spaces and models, once; nothing is computed twice."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..conftest import CommandLine

SPACE = """
from pathlib import Path
from study.space import Float, SearchSpace, Variant

with (Path(__file__).parent / "loads.txt").open("a") as file:
    file.write("{name} ")
SPACE = SearchSpace(
    name="{name}",
    model="net_of_once",
    domains={{"dropout": Float(default=0.0, low=0.0, high=0.6)}},
    variants=(Variant(name="wide", changes={{"units": 8}}),),
    size="units",
)
"""
MODEL = """
from dataclasses import dataclass
from pathlib import Path
from torch import nn

with (Path(__file__).parent / "loads.txt").open("a") as file:
    file.write("net ")

@dataclass(frozen=True)
class Params:
    units: int = 4
    dropout: float = 0.0

def build(params, data):
    layers = nn.Linear(784, params.units), nn.Dropout(params.dropout), nn.Linear(params.units, data.outputs)
    return nn.Sequential(nn.Flatten(), *layers)
"""
DATA = ("--dataset", "digits", "--train-size", "200", "--epochs", "1")
DONE_ONCE = (
    ("database", "study.database.connection.open_engine"),
    ("data", "study.prepare.sources.load_dataset"),
    ("hash", "study.data.dataset.hash_splits"),
    ("cut", "study.prepare.loaded.development_splits"),
    ("full training set", "study.prepare.loaded.full_training"),
    ("arms", "study.ablation.planning.static_arms"),
)
EVERYTHING = {"database": 1, "data": 1, "hash": 1, "cut": 1, "full training set": 1}


class Counting:
    """A command line whose commands are counted at what they open, load and compute."""

    def __init__(self, command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.command = command
        self.done: Counter[str] = Counter()
        for what, place in DONE_ONCE:
            module, _, name = place.rpartition(".")
            monkeypatch.setattr(place, self._counted(what, getattr(__import__(module, fromlist=[name]), name)))

    def _counted(self, what: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: object, **options: object) -> object:
            self.done[what] += 1
            return function(*arguments, **options)

        return counted

    def __call__(self, *words: str) -> dict[str, int]:
        """Runs a command; returns how often it did what."""
        self.done.clear()
        loads = self.command.folder / "loads.txt"
        loads.write_text("")
        self.command.run(*words)
        return {**self.done, **Counter(loads.read_text().split())}


@pytest.fixture
def counting(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Counting:
    for name in ("once", "again"):
        (command.folder / f"{name}.py").write_text(SPACE.format(name=name))
    (command.folder / "net_of_once.py").write_text(MODEL)
    return Counting(command, monkeypatch)


def interrupt(path: Path) -> None:
    """Leaves every replicate as if its process had been killed."""
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM test_result")
    connection.execute("UPDATE trial SET state = 'running', finished_at = NULL WHERE phase = 'replicate'")
    connection.commit()
    connection.close()


@pytest.mark.slow
def test_every_command_opens_and_loads_each_thing_once(counting: Counting) -> None:
    run = ("run", "once.py", *DATA, "--trials", "1", "--replicates", "1")
    one = EVERYTHING | {"once": 1, "net": 1}
    assert counting(*run, "--dry-run") == one
    assert not counting.command.database.parent.exists()
    assert counting(*run) == one
    assert counting(*run) == one  # it is finished
    assert counting(*run, "--trials", "2") == one
    assert counting("ablate", "once.py", *DATA, "--replicates", "1") == one | {"arms": 1}
    assert counting("ablate", "once.py", *DATA, "--replicates", "2", "--dry-run") == one | {"arms": 1}
    interrupt(counting.command.database)
    assert counting("resume") == one
    for words in (
        ("resume",),
        ("list",),
        ("show", "once"),
        ("show", "once", "--ablation"),
        ("best", "once"),
        ("report", "--format", "csv", "--output", "page"),
    ):
        assert counting(*words) == {"database": 1}, words
    assert counting("predict", "once", "--dataset", "digits") == {
        "database": 1,
        "data": 1,
        "hash": 1,
        "once": 1,
        "net": 1,
    }


@pytest.mark.slow
def test_studies_of_the_same_data_share_it(counting: Counting) -> None:
    both = EVERYTHING | {"once": 1, "again": 1, "net": 1}
    assert counting("run", "once.py", "again.py", *DATA, "--trials", "1", "--replicates", "1") == both
    interrupt(counting.command.database)
    assert counting("resume") == both


def test_a_space_that_is_looked_at_for_changed_code_is_loaded_once(counting: Counting) -> None:
    counting("run", "once.py", *DATA, "--trials", "1", "--replicates", "1")
    model = counting.command.folder / "net_of_once.py"
    model.write_text(model.read_text() + "\n\ndef more():\n    return 1\n")
    assert counting("resume", "--code-changed", "again") == EVERYTHING | {"once": 1, "net": 1}
