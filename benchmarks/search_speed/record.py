"""Trains every configuration of the table, and keeps what each of its epochs said.

    python -m benchmarks.search_speed record --data-root DIR --raw FILE.jsonl [--seconds 2100]

2,000 training and 2,000 validation examples of MNIST, both stratified; 10 epochs; the product's own loop
(`study.training.loop`), one thread. After each epoch the weights are scored as they are; after epochs 1, 2, 3 and the
last also averaged (an exponential moving average of each step's weights, over about a quarter of an epoch); after 1, 2
and 3 also after a short decay: a copy trains a quarter of an epoch more, its learning rate falling to 0 by a cosine.

Lines are appended as trainings end, in an order drawn once, so that a run may be stopped and goes on; `pack` makes the
table of them. A second training with another seed of some configurations says what the noise is.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.search_speed.grid import EPOCHS, RUNGS, SIZE, points
from benchmarks.search_speed.raw import AGAIN, EXAMPLES, ROWS, read
from study.catalog import load_model
from study.data import Split, load_dataset
from study.data.choosing import stratified_choice
from study.data.splits import development_splits
from study.engines import machine
from study.seeds import derive
from study.task import TASKS, DataSpec
from study.training.loop import Training, evaluate, prepare, seed_globals, train_one_epoch
from study.training.optimizers import HIGHEST, Updater
from study.training.preprocessing import Preprocessing
from study.training.scoring import Scoring

HORIZON = 0.25
"""Epochs that the average reaches back, about."""
BRANCH = 0.25
"""Of an epoch, which a decay takes."""


@dataclass(slots=True)
class Averaging:
    """An optimizer that keeps an average of the weights after each step."""

    inner: Updater
    weights: list[nn.Parameter]
    horizon: float
    """Steps, about, that the average reaches back."""
    average: list[Tensor] = field(init=False)
    steps: int = 0

    def __post_init__(self) -> None:
        self.average = [weight.detach().clone() for weight in self.weights]

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """As `Updater` has it."""
        return self.inner.param_groups

    def zero_grad(self) -> None:
        """As `Updater` has it."""
        self.inner.zero_grad()

    def step(self) -> None:
        """As `Updater` has it."""
        self.inner.step()
        self.steps += 1
        now = [weight.detach() for weight in self.weights]
        torch._foreach_lerp_(self.average, now, 1 / max(1.0, min(self.horizon, self.steps)))  # a plain mean at first

    def state_dict(self) -> dict[str, Any]:
        """As `Updater` has it."""
        return self.inner.state_dict()

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """As `Updater` has it."""
        self.inner.load_state_dict(state)


@dataclass(frozen=True, slots=True)
class Examples:
    """What all trainings see."""

    train: Split
    validation: Split
    spec: DataSpec


def examples(data_root: Path) -> Examples:
    """Return MNIST's subsets: of its training split, and of its validation split."""
    dataset = load_dataset("mnist", data_root=data_root)
    cut = development_splits(dataset, train_size=EXAMPLES)
    chosen = stratified_choice(cut.validation.targets, size=EXAMPLES, keep=0, seed=0)
    return Examples(cut.train, cut.validation.subset(chosen), dataset.spec)


def training_of(configuration: dict[str, Any], seed: int, data: Examples) -> Training:
    """Return a training of the product's `cnn` that has not begun."""
    model = load_model("cnn")
    recipe, params = model.split(model.defaults | configuration)
    seed_globals(seed, "init")
    objective = TASKS["classification"].primary
    return prepare(
        model.build(params, data.spec),
        recipe,
        seed,
        torch.device("cpu"),
        machine.precision("auto", "cpu"),
        scoring=Scoring(data.spec, objective, (objective,)),
        preprocessing=Preprocessing(),
    )


def record_one(configuration: dict[str, Any], seed: int, data: Examples) -> dict[str, Any]:
    """Train a configuration, and return what each epoch said and cost."""
    training = training_of(configuration, seed, data)
    steps = math.ceil(EXAMPLES / training.recipe.batch_size)
    weights = list(training.model.parameters())
    averaging = Averaging(training.optimizer, weights, HORIZON * steps)
    training.optimizer = averaging
    found: dict[str, Any] = {"raw": [], "averaged": {}, "branch": {}, "seconds": [], "branch_seconds": {}}
    for number in range(1, EPOCHS + 1):
        began = time.process_time()
        loss, _ = train_one_epoch(training, data.train, number, EPOCHS)
        training.epoch = number
        if not math.isfinite(loss):
            break
        raw = _scored(training, data)
        found["seconds"].append(round(time.process_time() - began, 4))
        found["raw"].append(raw)
        if number in (*RUNGS, EPOCHS):
            found["averaged"][number] = _with(weights, averaging.average, lambda: _scored(training, data))
        if number in RUNGS:
            began = time.process_time()
            found["branch"][number] = _decayed(training, data, number)
            found["branch_seconds"][number] = round(time.process_time() - began, 4)
    return found


def _scored(training: Training, data: Examples) -> tuple[int, float]:
    """Return the errors on the validation examples, and their mean loss."""
    scores = evaluate(training, data.validation)
    if not math.isfinite(scores.loss):
        return EXAMPLES, math.inf
    return round((1 - scores.score) * EXAMPLES), round(scores.loss, 4)


def _with(weights: list[nn.Parameter], others: list[Tensor], score: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Return what the model scores with other weights."""
    own = [weight.detach().clone() for weight in weights]
    with torch.no_grad():
        torch._foreach_copy_(list(weights), others)
        found = score()
        torch._foreach_copy_(list(weights), own)
    return found


def _decayed(training: Training, data: Examples, number: int) -> tuple[int, float]:
    """Return what a copy scores after a short decay from the learning rate of now."""
    assert isinstance(training.optimizer, Averaging)
    other = copy.copy(training)
    other.model, other.optimizer = copy.deepcopy((training.model, training.optimizer.inner))
    for group in other.optimizer.param_groups:
        group[HIGHEST] = group["lr"]
    other.recipe = replace(training.recipe, schedule="cosine")
    other.seed = derive(training.seed, "branch", number)
    few = torch.randperm(EXAMPLES, generator=torch.Generator().manual_seed(other.seed))[: int(BRANCH * EXAMPLES)]
    train_one_epoch(other, data.train.subset(few), 1, 1)
    return _scored(other, data)


def record(data_root: Path, raw: Path, seconds: float) -> None:
    """Append a line for every training that is missing, as long as there is time."""
    torch.set_num_threads(1)
    machine.keep_freed_memory()
    data = examples(data_root)
    done = {(line["row"], line["seed"]) for line in read(raw)}
    configurations = points()
    drawn = [int(row) for row in np.random.default_rng(0).permutation(SIZE)]
    wanted = [(row, 0) for row in drawn[:ROWS]] + [(row, 1) for row in drawn[:AGAIN]]
    began = time.perf_counter()
    for count, (row, seed) in enumerate(wanted, 1):
        if (row, seed) in done:
            continue
        if time.perf_counter() - began > seconds:
            return
        found = record_one(configurations[row], derive(seed, "table", row), data)
        with raw.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"row": row, "seed": seed, **found}) + "\n")
        if count % 20 == 0:
            print(f"{count} of {len(wanted)} trainings, {time.perf_counter() - began:.0f} s", flush=True)
