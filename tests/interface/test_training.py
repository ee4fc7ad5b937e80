"""A study from Python: begun, gone on with, ablated, interrupted; the process is left as it was."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import optuna
import pandas as pd
import pytest
import torch

import study
from study.engines.inline import InlineEngine
from study.engines.job import Job
from study.engines.protocol import Event
from study.interface.interrupts import Interrupted

from ..conftest import CommandLine
from .conftest import SMALL

MODEL = """
from dataclasses import dataclass
from torch import nn

@dataclass(frozen=True)
class Params:
    units: int = {units}

def build(params, data):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, params.units), nn.ReLU(), nn.Linear(params.units, data.outputs))
"""


def scores(found: study.Study) -> list[tuple[Any, ...]]:
    """Every epoch's numbers but its times, in an order that no clock decides."""
    epochs = found.epochs().merge(
        found.trials()[["id", "phase", "optuna_number", "variant"]], left_on="trial", right_on="id"
    )
    names = ["phase", "variant", "optuna_number", "epoch", "train_loss", "validation_score"]
    return list(epochs[names].astype(object).where(epochs[names].notna(), None).itertuples(index=False, name=None))


def process() -> dict[str, Any]:
    """What belongs to the process, and not to a study."""
    return {
        "handlers": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "path": list(sys.path),
        "filters": list(warnings.filters),
        "optuna": optuna.logging.get_verbosity(),
        "logging": (logging.root.level, list(logging.root.handlers)),
        "matplotlib": dict(mpl.rcParams),
        "pandas": pd.describe_option("display", _print_desc=False),
        "folder": Path.cwd(),
        "threads": threading.active_count(),
    }


def test_a_study_is_begun_goes_on_and_is_what_the_command_makes(folder: Path, command: CommandLine) -> None:
    before, said = process(), list[str]()
    begun = study.run("mlp", trials=2, replicates=1, **SMALL, say=said.append)
    assert process() == before
    assert repr(begun) == (
        "<Study mlp@digits: finished, 2 of 2 search trials, 1 of 1 replicates, best validation accuracy "
        f"{begun.best().validation_score:.2%}>".replace("%>", " %>")
    )
    assert any("search and ablation trials learn from 200 examples" in line for line in said)
    said.clear()
    again = study.run("mlp", trials=3, replicates=1, **SMALL, say=said.append)
    assert again == begun
    assert len(again.trials()) >= 4
    said.clear()
    assert study.resume(say=said.append) == []
    assert said == ["nothing to resume: every study is finished"]
    words = (
        "--dataset",
        "digits",
        "--train-size",
        "200",
        "--epochs",
        "2",
        "--replicates",
        "1",
        "--storage",
        "other.db",
    )
    command.run("run", "mlp", "--trials", "2", *words)
    command.run("run", "mlp", "--trials", "3", *words)
    assert scores(study.open("mlp", "other.db")) == scores(again)
    assert again.details()["plan"]["commands"][0].startswith(
        "study.run('mlp', trials=2, replicates=1, dataset='digits'"
    )


@pytest.mark.slow
def test_several_spaces_give_several_studies_and_an_ablation_its_effects(folder: Path) -> None:
    found = study.ablate(["mlp"], variants=["batchnorm"], replicates=2, **SMALL, say=lambda _: None)
    assert [entry.name for entry in found] == ["mlp@digits"]
    effects = found[0].effects()
    assert "batchnorm" in set(effects["arm"])
    assert len(found[0].planned_trials()) >= 4
    assert found[0].ablations()["ablations"][0]["name"] == "one-at-a-time"
    html = found[0]._repr_html_()
    assert "batchnorm" in html
    assert html.count("<th") == 5
    said = list[str]()
    small = {name: value for name, value in SMALL.items() if name != "progress"}
    (planned,) = study.dry_run("mlp", command="ablate", variants="dropout", replicates=2, **small, say=said.append)
    assert [item.name for item in planned.items if item.trials] == ["dropout"]
    assert "dropout" not in set(found[0].effects()["arm"])


@pytest.mark.parametrize("names", ["nothing", ["mlp", "nothing"]])
def test_an_unknown_study_is_one_sentence(folder: Path, names: str | list[str]) -> None:
    with pytest.raises(study.StudyError, match="there is no trial database"):
        study.resume(names)


@pytest.fixture
def _interrupts() -> Iterator[None]:
    """Interrupts as a Python that a shell starts in the foreground has them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interrupts")
def test_an_interrupt_leaves_all_resumable_and_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: CommandLine
) -> None:
    step, said, epochs = InlineEngine.events, list[str](), [0]

    def interrupted(engine: InlineEngine, timeout: float) -> Iterator[Event]:
        for event in step(engine, timeout):
            yield event
            epochs[0] += 1
            if epochs[0] == 5:
                signal.raise_signal(signal.SIGINT)

    options = {**SMALL, "trials": 2, "replicates": 1}
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(InlineEngine, "events", interrupted)
        with pytest.raises(KeyboardInterrupt) as caught:
            study.run("mlp", **options, say=said.append)
    assert isinstance(caught.value, Interrupted)
    assert said[-1] == "interrupted; nothing is lost: calling it again goes on where this stopped"
    assert caught.value._render_traceback_() == [f"KeyboardInterrupt: {said[-1]}"]
    assert signal.getsignal(signal.SIGINT) is before
    assert "unfinished" in repr(study.open("mlp"))
    (resumed,) = study.resume(engine="inline", progress=False, say=said.append)
    undisturbed = study.run("mlp", **options, storage="other.db", say=said.append)
    assert scores(resumed) == scores(undisturbed)


@pytest.mark.slow
def test_another_thread_trains_too_and_no_two_train_one_study(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, errors, found = list[str](), list[Exception](), list[study.Study]()
    begun, go_on = threading.Event(), threading.Event()
    start = InlineEngine.start

    def waiting(engine: InlineEngine, worker: int, job: Job) -> None:
        begun.set()
        go_on.wait(60)
        start(engine, worker, job)

    monkeypatch.setattr(InlineEngine, "start", waiting)

    def train() -> None:
        try:
            found.append(study.run("mlp", trials=1, replicates=0, **SMALL, say=said.append))
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=train)
    thread.start()
    assert begun.wait(60)
    try:
        with pytest.raises(study.StudyBusyError, match=r"study 'mlp@digits' is being run by another thread"):
            study.run("mlp", trials=1, replicates=0, **SMALL, say=lambda _: None)
    finally:
        go_on.set()
        thread.join()
    assert not errors
    assert found[0].best().validation_score is not None
    assert said[0].startswith("note: an interrupt reaches the main thread alone")


@pytest.mark.slow
def test_a_space_that_is_an_object_goes_on_from_its_file(folder: Path, command: CommandLine) -> None:
    (folder / "net_declared.py").write_text(MODEL.format(units=3))
    space = study.SearchSpace(
        name="mine",
        model="net_declared",
        domains={
            "units": study.Int(default=3, low=2, high=8),
            "learning_rate": study.Float(default=0.01, low=1e-3, high=0.1, log=True),
        },
        variants=(study.Variant("wide", {"units": 6}, reason="it's wider"),),
        starts=({"units": 4},),
    )  # fmt: skip
    sys.path.insert(0, str(folder))
    said = list[str]()
    begun = study.run(space, trials=2, replicates=1, **SMALL, say=said.append)
    kept = Path(begun.details()["plan"]["space_source"])
    assert study.load_space(str(kept)) == space
    assert f"space 'mine' is kept in {kept.relative_to(folder)}, from which its study goes on" in said
    said.clear()
    study.run(space, trials=2, replicates=1, **SMALL, say=said.append)
    assert not any("is kept in" in line for line in said)
    sys.path.remove(str(folder))
    assert "nothing to resume" in command.run("resume").stdout
    command.run("run", str(kept), "--trials", "3", "--replicates", "1", "--dataset", "digits", "--train-size", "200")
    assert begun.best().model()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


@pytest.mark.slow
def test_a_model_that_was_written_anew_is_imported_anew(folder: Path) -> None:
    model, said = folder / "net_anew.py", list[str]()
    sys.path.insert(0, str(folder))
    space = study.SearchSpace(name="anew", model="net_anew", domains={"units": study.Int(default=3, low=2, high=8)})
    model.write_text(MODEL.format(units=3))
    study.run(space, trials=1, replicates=0, **SMALL, say=said.append)
    model.write_text(MODEL.format(units=3) + "\n\ndef more():\n    return 1\n")
    with pytest.raises(study.StudyError, match="--code-changed"):
        study.run(space, trials=2, replicates=0, **SMALL, say=said.append)
    assert "imported anew, for their files were written since: net_anew" in said
    assert hasattr(sys.modules["net_anew"], "more")


@pytest.mark.parametrize(("model", "told"), [("__main__", "not '__main__'"), (dict, "not dict")])
def test_a_model_of_the_notebook_itself_is_refused_with_the_remedy(model: str, told: str) -> None:
    with pytest.raises(study.StudyError, match=rf"{told}; .*%%writefile my_model.py"):
        study.SearchSpace(name="here", model=model, domains={})
