"""A model and data that do not go together are told apart before anything is stored; what has no use is held."""

from __future__ import annotations

import json

import pytest
import torch

from study.data import Dataset, Split
from study.data.dataset import hash_splits
from study.task import DataSpec, TaskName

from ..conftest import CommandLine

SMALL = ("--dataset", "made.npz", "--epochs", "1", "--replicates", "1", "--workers", "1")


def made(shape: tuple[int, ...], task: TaskName = "classification") -> Dataset:
    """Returns data of random numbers."""
    generator = torch.Generator().manual_seed(0)

    def split(count: int) -> Split:
        inputs = torch.randn(count, *shape, generator=generator)
        match task:
            case "classification":
                return Split(inputs, torch.arange(count) % 3)
            case "multilabel":
                return Split(inputs, torch.randint(0, 2, (count, 3), dtype=torch.uint8, generator=generator))
            case "regression":
                return Split(inputs, torch.randn(count, 3, generator=generator))

    training, test = split(60), split(15)
    spec = DataSpec(task=task, shape=shape, class_names=("a", "b", "c"))
    return Dataset("made", training, test, spec, hash_splits(training, test))


def give(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> None:
    """Lets every command load these data."""
    monkeypatch.setattr("study.prepare.loaded.load", lambda _: dataset)


@pytest.mark.parametrize(
    ("source", "shape", "task", "given", "message"),
    [
        (
            "cnn",
            (10,),
            "classification",
            (),
            "model 'cnn' reads pictures (channels, height, width); the data are 10 (features); `mlp` reads these",
        ),
        (
            "lstm",
            (10,),
            "regression",
            (),
            "model 'lstm' reads pictures (channels, height, width) and sequences (time, features); the data are 10 "
            "(features); `mlp` reads these",
        ),
        (
            "cnn",
            (3, 3, 3),
            "classification",
            (),
            "stages is at most 1 for pictures of 3 x 3 x 3 (channels, height, width) with architecture='plain', as "
            "each stage halves height and width, not 2",
        ),
        (
            "mlp",
            (10,),
            "regression",
            ("--set", "label_smoothing=0.1"),
            "label_smoothing=0.1 has no meaning here, as a regression has no classes: leave it at 0.0",
        ),
        (
            "mlp",
            (10,),
            "classification",
            ("--set", "rotation=5"),
            "rotation=5.0 has no meaning here, as the data are no pictures but 10 (features): leave it at 0.0",
        ),
        (
            "cnn",
            (3, 16, 16),
            "classification",
            ("--set", "translation=9"),
            "translation is from 0 to 8 pixels, half a picture, for pictures of 3 x 16 x 16 (channels, height, width), "
            "not 9.0",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_stored(
    source: str,
    shape: tuple[int, ...],
    task: TaskName,
    given: tuple[str, ...],
    message: str,
    command: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give(monkeypatch, made(shape, task))
    assert command.run("run", source, *SMALL, *given, status=2).stderr == f"error: {message}\n"
    assert not command.database.exists()


def test_what_a_regression_has_no_use_for_is_held_and_said(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, made((10,), "regression"))
    (command.folder / "made.npz").touch()
    note = "mlp@made: held, not tuned: label_smoothing at 0.0, as a regression has no classes"
    began = command.run("run", "mlp", *SMALL, "--trials", "2", "--sampler", "random", "--pruner", "none")
    assert began.stdout.count(note) + began.stderr.count(note) == 1
    (configurations,) = zip(*command.query("SELECT configuration FROM trial"), strict=True)
    assert {json.loads(text)["label_smoothing"] for text in configurations} == {0.0}
    longer = command.run("run", "mlp", "--trials", "3", "--set", "label_smoothing=0")
    assert longer.stdout.count("label_smoothing at") + longer.stderr.count("label_smoothing at") == 1
    assert command.query("SELECT count(*) FROM trial WHERE phase = 'search'") == [(3,)]


@pytest.mark.parametrize("source", ["cnn-best", "cnn-one-epoch", "lstm-best"])
def test_pictures_too_small_for_the_best_recipes_are_told_what_has_room(
    source: str, command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, made((1, 8, 8)))
    refused = command.run("run", source, *SMALL, "--dry-run", status=2)
    assert "; padding=True " in refused.stderr
    command.run("run", source, *SMALL, "--set", "padding=True", "--dry-run")


LEFT_OUT = (
    "left out of the ablation, as they do not go with these data: class-weights (class_weights='balanced' has no "
    "meaning here, as a regression has no classes: leave it at 'none'); balanced-sampler (sampler='balanced' has no "
    "meaning here, as a regression has no classes: leave it at 'shuffle')"
)


def test_an_ablation_leaves_out_what_the_data_cannot_have_and_says_so(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, made((10,), "regression"))
    done = command.run("ablate", "mlp", *SMALL)
    assert (done.stdout + done.stderr).count(LEFT_OUT) == 1
    arms = {name for (name,) in command.query("SELECT name FROM arm WHERE role = 'variant'")}
    assert arms == {"dropout", "batchnorm", "wider", "deeper", "residual", "everything"}


def test_a_sequence_has_neither_columns_nor_rotation(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, made((12, 5)))
    done = command.run("ablate", "lstm", *SMALL, "--dry-run")
    told = " ".join((done.stdout + done.stderr).split())
    assert "columns (sequence='columns' is for pictures, of sequences it is rows or slices" in told
    assert (
        "augment, everything (rotation=10.0 has no meaning here, as the data are no pictures but 12 x 5 (time, "
        "features): leave it at 0.0)" in told
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            ("--variants", "dropout,class-weights"),
            "variant 'class-weights' does not go with these data: class_weights='balanced' has no meaning here, as a "
            "regression has no classes: leave it at 'none'",
        ),
        (
            ("--design", "factorial", "--factors", "dropout,balanced-sampler"),
            "variant 'balanced-sampler' does not go with these data: sampler='balanced' has no meaning here, as a "
            "regression has no classes: leave it at 'shuffle'",
        ),
    ],
)
def test_a_variant_that_is_named_and_cannot_be_is_refused(
    asked: tuple[str, ...], message: str, command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, made((10,), "regression"))
    assert command.run("ablate", "mlp", *SMALL, *asked, status=2).stderr == f"error: {message}\n"
    assert not command.database.exists()


def test_what_others_are_taken_out_of_has_to_go_with_the_data(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, made((12, 5)))
    assert command.run("ablate", "lstm", *SMALL, "--design", "leave-one-out", status=2).stderr == (
        "error: --design leave-one-out begins with 'everything', which does not go with these data: rotation=10.0 has "
        "no meaning here, as the data are no pictures but 12 x 5 (time, features): leave it at 0.0\n"
    )


@pytest.mark.parametrize(
    ("source", "shape", "task"),
    [
        ("cnn", (3, 16, 20), "classification"),
        pytest.param("cnn", (1, 8, 8), "regression", marks=pytest.mark.slow),
        pytest.param("lstm", (12, 5), "multilabel", marks=pytest.mark.slow),
        pytest.param("mlp", (10,), "multilabel", marks=pytest.mark.slow),
    ],
)
def test_any_data_are_trained_and_tested(
    source: str, shape: tuple[int, ...], task: TaskName, command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, made(shape, task))
    command.run("run", source, *SMALL, "--trials", "1", "--set", "optimizer=muon", "--set", "schedule=warmup-cosine")
    assert command.query("SELECT DISTINCT state FROM trial") == [("complete",)]
    assert command.query("SELECT count(*) FROM test_result WHERE score IS NOT NULL")[0][0] >= 1


OWN = """
from dataclasses import dataclass

from torch import nn

@dataclass(frozen=True)
class Params:
    kind: str = "flat"

def build(params, data):
    if params.kind == "raises":
        raise RuntimeError("no network today")
    first = {"flat": nn.Linear(784, 8), "lazy": nn.LazyLinear(8), "picture": nn.Conv2d(1, 8, 28)}[params.kind]
    layers = (first, nn.Flatten()) if params.kind == "picture" else (nn.Flatten(), first)
    return nn.Sequential(*layers, nn.Linear(8, data.outputs))
"""
SPACE = "from study.space import SearchSpace\nSPACE = SearchSpace(name='mine', model='own_net', domains={})\n"


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        (
            "flat",
            "error: model 'own_net' cannot read the data, 3 x 16 x 16 (channels, height, width): mat1 and mat2 shapes "
            "cannot be multiplied (2x768 and 784x8)\n",
        ),
        (
            "picture",
            "error: model 'own_net' cannot read the data, 3 x 16 x 16 (channels, height, width): Given groups=1, "
            "weight of size [8, 1, 28, 28], expected input[2, 3, 16, 16] to have 1 channels, but got 3 channels "
            "instead\n",
        ),
        ("lazy", None),
        ("raises", None),
    ],
)
def test_a_model_of_ones_own_that_cannot_read_the_data_is_refused_and_what_else_it_raises_is_its_trials(
    kind: str, refused: str | None, command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, made((3, 16, 16)))
    (command.folder / "own_net.py").write_text(OWN)
    (command.folder / "mine.py").write_text(SPACE)
    asked = ("run", "mine.py", *SMALL, "--trials", "1", "--set", f"kind={kind}")
    if refused is not None:
        assert command.run(*asked, status=2).stderr == refused
        assert not command.database.exists()
        return
    state = {"lazy": "complete", "raises": "failed"}[kind]
    command.run(*asked, status=0 if kind == "lazy" else 3)
    assert command.query("SELECT DISTINCT state FROM trial") == [(state,)]
