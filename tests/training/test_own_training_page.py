"""The sentences on what may go wrong in docs/own-training.md are those that the program says."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from study.catalog.own_training import find_own_training, told_metrics
from study.training.own.run import Run, RunControl, RunData
from study.training.own.told import epoch_of, result_of

from ..conftest import CommandLine
from ..plans import message_of
from ..scoring import ACCURACY
from ..trials import SPEC, make_split

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "own-training.md").read_text()
SPLIT = make_split(8, seed=0)
MODEL = """
from study.space import Int, SearchSpace

SPACE = SearchSpace(name="mine", domains={"size": Int(default=1, low=1, high=9)})
metrics = {"accuracy": "maximize"}

def train(run):
"""


def run_of() -> Run:
    return Run(configuration={}, seed=1, total=1, device="cpu", threads=1, folder=Path("nowhere"))


def twice_asked() -> None:
    run = run_of()
    next(run.epochs())
    next(run.epochs())


@pytest.mark.parametrize("told", [
    0.5, {"validation/accuracy": torch.tensor(0.5)}, {"validation/accuracy": "high"}, {}, {"accuracy": 0.5},
    {"test/accuracy": 0.5}, {"validation/accuracy": 93},
])  # fmt: skip
def test_what_is_refused_of_a_yield_stands_on_the_page(told: object) -> None:
    assert message_of(lambda: epoch_of(told, 1, 0.1, ACCURACY)) in PAGE


@pytest.mark.parametrize("told", [0.5, {"loss": 0.5}, {"test/accuracy": 0.5}])
def test_what_is_refused_of_a_test_stands_on_the_page(told: object) -> None:
    assert message_of(lambda: result_of(told, 1, 0.1, ACCURACY)) in PAGE


@pytest.mark.parametrize("wrong", [
    twice_asked,
    lambda: run_of().data,
    lambda: RunData(SPEC, SPLIT, SPLIT, SPLIT).test,
    lambda: find_own_training("my_training", types.SimpleNamespace(train=print, build=print)),
    lambda: told_metrics("my_training", {"perplexity": "lower"}, SPEC),
    lambda: told_metrics("my_training", {"seconds": "minimize"}, SPEC),
])  # fmt: skip
def test_what_is_refused_of_a_module_and_of_what_it_asks_stands_on_the_page(wrong: Callable[[], object]) -> None:
    assert message_of(wrong) in PAGE


@pytest.mark.parametrize(
    ("body", "options"),
    [
        ("    return {'validation/accuracy': 0.5}", ()),
        ("    yield from ()", ()),
        ("    yield {'train/loss': 0.5}", ()),
        ("    yield {'validation/accuracy': 0.5}", ("--precision", "float32")),
        ("    yield {'validation/accuracy': 0.5}", ("--train-size", "5")),
        ("    yield {'validation/accuracy': 0.5}", ("--replicates", "1")),
    ],
)
def test_what_a_command_refuses_stands_on_the_page(body: str, options: tuple[str, ...], command: CommandLine) -> None:
    (command.folder / "my_training.py").write_text(MODEL + body)
    few = ("--trials", "1", "--replicates", "0", "--workers", "1")
    told = command.run("run", "my_training.py", *few, *options, status=2).stderr
    sentence = re.sub(r"^error: |line \d+: |my_training.py, |model 'my_training' cannot be trained: ", "", told.strip())
    assert sentence in PAGE
    assert not command.database.exists()


def test_a_size_to_grow_by_is_refused_as_the_page_has_it(command: CommandLine) -> None:
    sized = MODEL.replace("high=9)}", 'high=9)}, size="size"')
    (command.folder / "my_training.py").write_text(sized + "    yield {'validation/accuracy': 0.5}")
    told = command.run("run", "my_training.py", "--replicates", "0", status=2).stderr
    assert told.removeprefix("error: ").strip() in PAGE


def test_an_epoch_without_a_yield_is_told_as_the_page_has_it(command: CommandLine) -> None:
    (command.folder / "my_training.py").write_text(
        MODEL + "    run.keep(a=1)\n    for epoch in run.epochs():\n        if epoch > 1:\n"
        "            yield {'validation/accuracy': 0.5}"
    )
    few = ("--trials", "1", "--epochs", "2", "--replicates", "0", "--workers", "1")
    told = command.run("run", "my_training.py", *few, status=2).stderr
    assert told.split(": ")[-1].strip() in PAGE


def test_every_name_of_a_run_stands_on_the_page() -> None:
    names = [name for name in {**vars(Run), **vars(run_of())} if not name.startswith("_")]
    assert len(names) > 10
    assert [name for name in names if f"`run.{name}" not in PAGE] == []
    assert RunControl(run_of()).kept == {}
