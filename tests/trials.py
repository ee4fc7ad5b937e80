"""One trial in this process: small data, a job, and somebody who records its epochs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from study.catalog import load_model
from study.data import Split, TrialData
from study.engines import weights
from study.engines.job import Job, Outcome
from study.engines.trial_runner import run_trial, step
from study.files import File, LocalFile
from study.trial import Decision, Epoch, Phase, Scalar, Trial

from .scoring import ACCURACY, spec_of

CLASSES = 4
SPEC = spec_of(CLASSES)
EPOCHS = 4
SMALL: dict[str, Scalar] = {"width": 2, "hidden_size": 4, "dropout": 0.5, "batch_size": 8, "learning_rate": 0.01}


def make_split(images: int, seed: int) -> Split:
    """Returns images whose brightness tells their label, with noise."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(images) % CLASSES
    noise = torch.randint(0, 60, (images, 1, 28, 28), generator=generator)
    return Split((noise + 60 * labels.reshape(-1, 1, 1, 1)).to(torch.uint8), labels)


class PoisonedError(Exception):
    """Somebody looked at images that are not for them."""


class Unseen:
    """Inputs of which nobody may know more than that they are bytes."""

    dtype = torch.uint8

    def __getattr__(self, name: str) -> object:
        raise PoisonedError(name)


class Poison:
    """A split that nobody may look at."""

    inputs = Unseen()

    def __getattr__(self, name: str) -> object:
        raise PoisonedError(name)

    def __len__(self) -> int:
        raise PoisonedError("length")


POISON = cast("Split", Poison())
TRAIN, VALIDATION, FULL, TEST = (make_split(size, seed) for seed, size in enumerate((20, 9, 29, 11)))
SEARCH_DATA = TrialData(train=TRAIN, validation=VALIDATION, full=POISON, test=POISON)
FINAL_DATA = TrialData(train=POISON, validation=POISON, full=FULL, test=TEST)


def make_job(folder: Path, phase: Phase = Phase.SEARCH, *, model: str = "cnn", **values: Scalar) -> Job:
    configuration = load_model(model).defaults | (SMALL if model == "cnn" else {}) | values
    trial = Trial("cnn@made", phase, "search", configuration, seed=5, epochs=EPOCHS)
    return Job(
        trial=trial,
        model=model,
        spec=SPEC,
        objective=ACCURACY,
        metrics=(ACCURACY,),
        device="cpu",
        precision="float32",
        threads=1,
        checkpoint=LocalFile(folder / "checkpoints" / f"{trial.id}.pt"),
        weights=LocalFile(folder / "weights" / f"{trial.id}.pt"),
        resume=False,
    )


class Recorder:
    """Keeps epochs, and prunes, pauses or raises after one of them."""

    def __init__(self, *, stop_after: int = 0, pause_after: int = 0, interrupt_at: int = 0) -> None:
        self.epochs: list[Epoch] = []
        self.decisions = {stop_after: Decision.PRUNE, pause_after: Decision.PAUSE, 0: Decision.GO_ON}
        self.interrupt_at = interrupt_at

    def __call__(self, epoch: Epoch) -> Decision:
        if epoch.number == self.interrupt_at:
            raise KeyboardInterrupt
        self.epochs.append(epoch)
        return self.decisions.get(epoch.number, Decision.GO_ON)

    @property
    def numbers(self) -> list[int]:
        return [epoch.number for epoch in self.epochs]


def train(job: Job, data: TrialData, record: Callable[[Epoch], Decision]) -> Outcome:
    """Steps through a trial; whoever records may leave it by raising."""
    trial = run_trial(job, data)
    happened = step(trial, None)
    with contextlib.closing(trial):
        while isinstance(happened, Epoch):
            happened = step(trial, record(happened))
    return happened


def but_seconds(epochs: list[Epoch]) -> list[Epoch]:
    return [replace(epoch, seconds=0.0, processor_seconds=None) for epoch in epochs]


def same_result(one: Outcome, other: Outcome) -> bool:
    """Equal but for times and memory."""
    plain = []
    for outcome in (one, other):
        result = replace(outcome.result, seconds=0.0) if outcome.result else None
        plain.append(replace(outcome, result=result, peak_memory_bytes=None))
    return plain[0] == plain[1]


def path_of(file: File) -> Path:
    """Returns where a file that is here lies."""
    return Path(str(file))


def same_weights(one: File, other: File, trial: str) -> bool:
    found = [weights.load(file) for file in (one, other)]
    assert [kept["trial"] for kept in found] == [trial, trial]
    states = [cast("dict[str, Tensor]", kept["state_dict"]) for kept in found]
    return states[0].keys() == states[1].keys() and all(torch.equal(states[0][k], states[1][k]) for k in states[0])
