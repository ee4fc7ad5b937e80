"""Training as a stream: `fit` yields an epoch, whoever pulls may stop. Knows neither Optuna nor a database."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from study.data import Split
from study.recipe import Recipe
from study.seeds import derive
from study.task import DataSpec
from study.task.predictions import prediction_type
from study.training.augment import draw, matrices, transform
from study.training.averaging import Average
from study.training.optimizers import HIGHEST, Updater, make_optimizer, remember_rates
from study.training.outputs import Outputs
from study.training.preprocessing import Preprocessing
from study.training.sampling import draw_order, loss_weights
from study.training.schedules import factor_at
from study.training.scoring import Scoring
from study.trial import Epoch, Precision, TestResult

EVALUATION_BATCH = 1000
"""Examples per step of an evaluation; bounds memory, does not change a result's meaning."""


class DivergedError(Exception):
    """A loss, or what the study goes by, became NaN or infinite."""

    def __init__(self, epoch: int, value: float, what: str = "training loss") -> None:
        """Keep the epoch, counted from 1, and say what became that."""
        super().__init__(f"the {what} became {value} in epoch {epoch}")
        self.epoch = epoch


@dataclass(frozen=True, slots=True)
class Scores:
    """A model on a split."""

    loss: float
    """Mean over the examples."""
    score: float
    """The study's objective; NaN where the loss is not finite."""
    metrics: Mapping[str, float | None]
    """All that is recorded, the objective among it."""
    outputs: Tensor
    """(n, outputs) float32 on the training's device: logits, or values in the targets' units."""


@dataclass(slots=True)
class Training:
    """A model in training: all that changes from step to step, and so all that a checkpoint holds."""

    model: nn.Module
    optimizer: Updater
    recipe: Recipe
    seed: int
    device: torch.device
    precision: Precision
    scoring: Scoring
    preprocessing: Preprocessing
    """On the training's device."""
    check: Outputs | None = None
    """What the model has to return; None leaves it unchecked."""
    epoch: int = 0
    """Epochs finished."""
    average: Average | None = None
    """Of the model; None where the recipe has none."""

    def state_dict(self) -> dict[str, object]:
        """Return the state at the end of an epoch; random streams need none, they derive from (seed, epoch)."""
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "epoch": self.epoch}
        return state if self.average is None else state | {"average": self.average.state_dict()}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Go back to a state that `state_dict` returned for the same recipe and model."""
        self.model.load_state_dict(state["model"])  # type: ignore[arg-type]
        self.optimizer.load_state_dict(state["optimizer"])  # type: ignore[arg-type]
        remember_rates(self.optimizer, self.recipe)
        if self.average is not None:
            self.average.load_state_dict(state["average"])  # type: ignore[arg-type]
        self.epoch = int(state["epoch"])  # type: ignore[call-overload]

    def result(self) -> dict[str, Any]:
        """Return the state dict of the trained model, or of its average where the recipe has one."""
        if self.average is None:
            return self.model.state_dict()
        with self.average.applied():
            return deepcopy(self.model.state_dict())


def prepare(
    model: nn.Module,
    recipe: Recipe,
    seed: int,
    device: torch.device,
    precision: Precision,
    *,
    scoring: Scoring,
    preprocessing: Preprocessing,
    check: Outputs | None = None,
) -> Training:
    """Put a model on its device, channels-last, and give it the recipe's optimizer and average.

    Args:
        model: Moved in place.
        recipe: How to train it.
        seed: The trial's; every random stream of the training derives from it.
        device: Where to train.
        precision: Arithmetic of matrix products.
        scoring: The loss, and what is measured.
        preprocessing: Fitted to what is learned from.
        check: What the model has to return; None leaves it unchecked.
    """
    model = model.to(device)
    model = model.to(memory_format=torch.channels_last)
    optimizer = make_optimizer(model, recipe)
    average = Average(model) if recipe.ema else None
    return Training(
        model, optimizer, recipe, seed, device, precision, scoring, preprocessing.on(device), check, average=average
    )


def seed_globals(seed: int, *names: str | int) -> None:
    """Seed the random states that a model may draw from: torch's, and those of `random` and NumPy.

    Args:
        seed: The trial's.
        names: The stream; torch's is exactly this one, the others are derived from it.
    """
    if torch.accelerator.is_available():
        torch.manual_seed(derive(seed, *names))
    else:  # the same, but for a note to CUDA, with a traceback, to do so once it is there: a millisecond
        torch.default_generator.manual_seed(derive(seed, *names))
    random.seed(derive(seed, *names, "random"))
    # A model of a user's own may draw from NumPy's global state; nothing of ours does.
    np.random.seed(derive(seed, *names, "numpy") % 2**32)  # noqa: NPY002


def fit(training: Training, train: Split, validation: Split | None, epochs: int) -> Iterator[Epoch]:
    """Train up to `epochs`, from wherever `training` stands, and yield each epoch as it ends.

    Args:
        training: Changed in place; between two epochs its `state_dict` is all that is needed to go on.
        train: The examples to learn from, on the training's device.
        validation: Scored after every epoch; None for a final trial, which has no validation split.
        epochs: The whole training's length, which the schedule is stretched over.

    Raises:
        DivergedError: The loss is NaN or infinite.
    """
    while training.epoch < epochs:
        began = time.perf_counter()
        number = training.epoch + 1
        loss, score = train_one_epoch(training, train, number, epochs)
        if not math.isfinite(loss):
            raise DivergedError(number, loss)
        scored = None
        if validation is not None:
            seed_globals(training.seed, "validation", number)
            scored = evaluate(training, validation)
        if scored is not None and not math.isfinite(scored.loss):  # the last step of an epoch can ruin a model
            raise DivergedError(number, scored.loss, "validation loss")
        training.epoch = number
        yield Epoch(
            number=number,
            train_loss=loss,
            train_score=score if math.isfinite(score) else None,
            validation_loss=scored.loss if scored else None,
            validation_score=scored.score if scored else None,
            learning_rate=float(training.optimizer.param_groups[0]["lr"]),
            seconds=time.perf_counter() - began,
            metrics=scored.metrics if scored else {},
        )


def evaluate(training: Training, split: Split) -> Scores:
    """Score the model, or its average where the recipe has one, on a split.

    Returns:
        What the model scored, and what it said of every example.

    Raises:
        MetricError: The objective is no finite number, though the loss is.
    """
    with nullcontext() if training.average is None else training.average.applied():
        return _evaluate(training, split)


def _evaluate(training: Training, split: Split) -> Scores:
    training.model.eval()
    scoring, preprocessing = training.scoring, training.preprocessing
    losses = torch.zeros((), device=training.device, dtype=torch.float64)
    outputs = torch.empty(len(split), scoring.spec.outputs, device=training.device)
    with torch.inference_mode():
        for start in range(0, len(split), EVALUATION_BATCH):
            part = slice(start, start + EVALUATION_BATCH)
            found = _forward(training, split.inputs[part])
            losses += scoring.loss(found, preprocessing.targets(split.targets[part]), reduction="sum")
            outputs[part] = preprocessing.outputs(found)
        loss = float(losses) / len(split)
        if not math.isfinite(loss):
            return Scores(loss, math.nan, {}, outputs)
        metrics = scoring.scores(outputs, split.targets)
    score = metrics[scoring.objective.name]
    assert score is not None  # `scores` has refused it
    return Scores(loss, score, metrics, outputs)


def final_test(training: Training, test: Split) -> TestResult:
    """Score a finished training on the test split; called once for each.

    Raises:
        DivergedError: The loss is NaN or infinite.
    """
    began = time.perf_counter()
    seed_globals(training.seed, "test")
    scores = evaluate(training, test)
    if not math.isfinite(scores.loss):
        raise DivergedError(training.epoch, scores.loss, "test loss")
    predictions, confidences = _said(training.scoring.spec, scores.outputs.cpu())
    return TestResult(
        loss=scores.loss,
        score=scores.score,
        metrics=dict(scores.metrics),
        predictions=predictions,
        confidences=confidences,
        seconds=time.perf_counter() - began,
    )


def _said(spec: DataSpec, outputs: Tensor) -> tuple[bytes, bytes | None]:
    """Return what a model said of each example, as it is stored, and how sure it was where that is another number."""
    kind = prediction_type(spec.task, spec.outputs)
    match spec.task:
        case "classification":
            confidences, classes = outputs.softmax(dim=1).max(dim=1)
            return classes.numpy().astype(kind).tobytes(), confidences.numpy().astype("<f2").tobytes()
        case "multilabel":
            return outputs.sigmoid().numpy().astype(kind).tobytes(), None
        case _:
            return outputs.numpy().astype(kind).tobytes(), None


def _forward(training: Training, inputs: Tensor) -> Tensor:
    with torch.autocast(training.device.type, torch.bfloat16, enabled=training.precision == "bfloat16"):
        output: Tensor = training.model(training.preprocessing.inputs(inputs))
    if training.check is not None:
        training.check.check(output, len(inputs))
    return output.float()


def train_one_epoch(training: Training, train: Split, number: int, epochs: int) -> tuple[float, float]:
    """Train on as many examples as there are; return the mean loss and the objective over them, as the weights change.

    Args:
        training: Changed in place, but for its count of epochs.
        train: The examples to learn from, on the training's device.
        number: The epoch, from 1; it decides all that is random.
        epochs: The whole training's length.
    """
    model, optimizer, recipe, device = training.model, training.optimizer, training.recipe, training.device
    scoring, preprocessing = training.scoring, training.preprocessing
    model.train()
    shuffle = torch.Generator().manual_seed(derive(training.seed, "shuffle", number))
    order = draw_order(train.targets, recipe.sampler, shuffle).to(device)
    weights = loss_weights(train.targets, scoring.spec.outputs, recipe.class_weights)
    seed_globals(training.seed, "dropout", number)
    transformations = _draw_transformations(training, train, number)
    batches = math.ceil(len(train) / recipe.batch_size)
    total = torch.zeros((), device=device, dtype=torch.float64)
    seen = torch.empty(len(train), scoring.spec.outputs, device=device)
    for index, batch in enumerate(torch.split(order, recipe.batch_size)):
        step = (number - 1) * batches + index
        factor = factor_at(recipe.schedule, step, epochs * batches)
        for group in optimizer.param_groups:
            group["lr"] = group[HIGHEST] * factor
        shown = slice(index * recipe.batch_size, index * recipe.batch_size + len(batch))
        inputs = train.inputs.index_select(0, batch)  # copies whole examples, which an index does not
        if transformations is not None:  # an example that is shown again is not transformed alike
            inputs = transform(inputs, transformations[batch if recipe.sampler == "shuffle" else shown])
        outputs = _forward(training, inputs)
        targets = preprocessing.targets(train.targets[batch])
        loss = scoring.loss(outputs, targets, label_smoothing=recipe.label_smoothing, weights=weights)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if training.average is not None:
            training.average.update(step, recipe.ema * batches)
        total += loss.detach() * len(batch)
        seen[shown] = outputs.detach()
    mean = float(total) / len(train)
    if not math.isfinite(mean):
        return mean, math.nan
    return mean, scoring.score(preprocessing.outputs(seen), train.targets[order])


def _draw_transformations(training: Training, train: Split, number: int) -> Tensor | None:
    """Return a matrix for every image that an epoch shows, (n, 2, 3), or None where the recipe does not augment."""
    recipe = training.recipe
    if not (recipe.rotation or recipe.translation or recipe.scaling):
        return None
    drawn = draw(
        len(train),
        torch.Generator().manual_seed(derive(training.seed, "augment", number)),
        rotation=recipe.rotation,
        translation=recipe.translation,
        scaling=recipe.scaling,
    )
    rows, columns = train.inputs.shape[-2:]
    return matrices(drawn, (rows, columns)).to(training.device)
