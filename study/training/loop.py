"""Training as a stream: `fit` yields an epoch, whoever pulls may stop. Knows neither Optuna nor a database."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from study import storable
from study.data import Split
from study.recipe import Recipe
from study.seeds import derive
from study.training.augment import draw, matrices, transform
from study.training.optimizers import make_optimizer
from study.training.outputs import Logits
from study.training.schedules import learning_rate_at
from study.trial import Epoch, Precision, TestResult

Measure = Callable[[Tensor, Tensor], Mapping[str, float]]
"""Logits (n, classes) and labels (n,) -> metrics by name."""
EVALUATION_BATCH = 1000
"""Images per step of an evaluation; bounds memory, does not change a result's meaning."""


class DivergedError(Exception):
    """A loss became NaN or infinite."""

    def __init__(self, epoch: int, loss: float, split: str = "training") -> None:
        """Keep the epoch, counted from 1, and say of which split the loss is."""
        super().__init__(f"the {split} loss became {loss} in epoch {epoch}")
        self.epoch = epoch


@dataclass(frozen=True, slots=True)
class Scores:
    """A model on a split."""

    loss: float
    """Mean cross-entropy."""
    accuracy: float
    """Share in [0, 1]."""
    predictions: Tensor
    """(n,) uint8 on the CPU: the predicted class of each image."""
    confidences: Tensor
    """(n,) float16 on the CPU: the probability given to it."""
    metrics: Mapping[str, float | None]


@dataclass(slots=True)
class Training:
    """A model in training: all that changes from step to step, and so all that a checkpoint holds."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    seed: int
    device: torch.device
    precision: Precision
    measure: Measure | None = None
    logits: Logits | None = None
    """What the model has to return; None leaves it unchecked."""
    epoch: int = 0
    """Epochs finished."""

    def state_dict(self) -> dict[str, object]:
        """Return the state at the end of an epoch; random streams need none, they derive from (seed, epoch)."""
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "epoch": self.epoch}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Go back to a state that `state_dict` returned for the same recipe and model."""
        self.model.load_state_dict(state["model"])  # type: ignore[arg-type]
        self.optimizer.load_state_dict(state["optimizer"])  # type: ignore[arg-type]
        self.epoch = int(state["epoch"])  # type: ignore[call-overload]


def prepare(
    model: nn.Module,
    recipe: Recipe,
    seed: int,
    device: torch.device,
    precision: Precision,
    measure: Measure | None = None,
    logits: Logits | None = None,
) -> Training:
    """Put a model on its device, channels-last, and give it the recipe's optimizer.

    Args:
        model: Moved in place.
        recipe: How to train it.
        seed: The trial's; every random stream of the training derives from it.
        device: Where to train.
        precision: Arithmetic of matrix products.
        measure: What to measure on the validation split beside loss and accuracy; None for nothing.
        logits: What the model has to return; None leaves it unchecked.
    """
    model = model.to(device)
    model = model.to(memory_format=torch.channels_last)
    return Training(model, make_optimizer(model, recipe), recipe, seed, device, precision, measure, logits)


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
        train: The images to learn from, on the training's device.
        validation: Scored after every epoch; None for a final trial, which has no validation split.
        epochs: The whole training's length, which the schedule is stretched over.

    Raises:
        DivergedError: The loss is NaN or infinite.
    """
    while training.epoch < epochs:
        began = time.perf_counter()
        number = training.epoch + 1
        loss, accuracy = train_one_epoch(training, train, number, epochs)
        if not math.isfinite(loss):
            raise DivergedError(number, loss)
        scored = None
        if validation is not None:
            seed_globals(training.seed, "validation", number)
            scored = evaluate(training, validation)
        if scored is not None and not math.isfinite(scored.loss):  # the last step of an epoch can ruin a model
            raise DivergedError(number, scored.loss, "validation")
        training.epoch = number
        yield Epoch(
            number=number,
            train_loss=loss,
            train_accuracy=accuracy,
            validation_loss=scored.loss if scored else None,
            validation_accuracy=scored.accuracy if scored else None,
            learning_rate=float(training.optimizer.param_groups[0]["lr"]),
            seconds=time.perf_counter() - began,
            metrics=scored.metrics if scored else {},
        )


def evaluate(training: Training, split: Split) -> Scores:
    """Score the model on a split.

    Returns:
        What the model scored, and what it said of every image.
    """
    training.model.eval()
    losses = torch.zeros((), device=training.device, dtype=torch.float64)
    predictions = torch.empty(len(split), dtype=torch.uint8, device=training.device)
    confidences = torch.empty(len(split), dtype=torch.float16, device=training.device)
    kept: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(split), EVALUATION_BATCH):
            labels = split.labels[start : start + EVALUATION_BATCH]
            logits = _forward(training, split.images[start : start + EVALUATION_BATCH])
            losses += F.cross_entropy(logits, labels, reduction="sum")
            predictions[start : start + EVALUATION_BATCH] = logits.argmax(dim=1)
            confidences[start : start + EVALUATION_BATCH] = logits.softmax(dim=1).amax(dim=1)
            if training.measure is not None:
                kept.append(logits.cpu())
        metrics = storable.metrics(training.measure(torch.cat(kept), split.labels.cpu())) if training.measure else {}
    correct = int((predictions == split.labels).sum())
    return Scores(float(losses) / len(split), correct / len(split), predictions.cpu(), confidences.cpu(), metrics)


def final_test(training: Training, test: Split) -> TestResult:
    """Score a finished training on the test split; called once for each.

    Raises:
        DivergedError: The loss is NaN or infinite.
    """
    began = time.perf_counter()
    seed_globals(training.seed, "test")
    scores = evaluate(training, test)
    if not math.isfinite(scores.loss):
        raise DivergedError(training.epoch, scores.loss, "test")
    return TestResult(
        loss=scores.loss,
        accuracy=scores.accuracy,
        predictions=scores.predictions.numpy().tobytes(),
        confidences=scores.confidences.numpy().astype("<f2").tobytes(),
        seconds=time.perf_counter() - began,
    )


def normalise(images: Tensor) -> Tensor:
    """Map uint8 images (batch, 1, 28, 28) to float32 in [-1, 1], (x - 0.5) / 0.5 as the notebook does."""
    x = images.to(torch.float32).mul_(2 / 255).sub_(1)
    return x.contiguous(memory_format=torch.channels_last)


def _forward(training: Training, images: Tensor) -> Tensor:
    with torch.autocast(training.device.type, torch.bfloat16, enabled=training.precision == "bfloat16"):
        output: Tensor = training.model(normalise(images))
    if training.logits is not None:
        training.logits.check(output, len(images))
    return output.float()


def train_one_epoch(training: Training, train: Split, number: int, epochs: int) -> tuple[float, float]:
    """Train on every image once; return the mean loss and the accuracy over them.

    Args:
        training: Changed in place, but for its count of epochs.
        train: The images to learn from, on the training's device.
        number: The epoch, from 1; it decides all that is random.
        epochs: The whole training's length.
    """
    model, optimizer, recipe, device = training.model, training.optimizer, training.recipe, training.device
    model.train()
    shuffle = torch.Generator().manual_seed(derive(training.seed, "shuffle", number))
    order = torch.randperm(len(train), generator=shuffle).to(device)
    seed_globals(training.seed, "dropout", number)
    transformations = _draw_transformations(training, train, number)
    batches = math.ceil(len(train) / recipe.batch_size)
    total = torch.zeros((), device=device, dtype=torch.float64)
    correct = torch.zeros((), device=device, dtype=torch.int64)
    for index, batch in enumerate(torch.split(order, recipe.batch_size)):
        rate = learning_rate_at(recipe, (number - 1) * batches + index, epochs * batches)
        for group in optimizer.param_groups:
            group["lr"] = rate
        labels = train.labels[batch]
        images = train.images[batch]
        if transformations is not None:
            images = transform(images, transformations[batch])
        logits = _forward(training, images)
        loss = F.cross_entropy(logits, labels, label_smoothing=recipe.label_smoothing)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        total += loss.detach() * len(batch)
        correct += (logits.detach().argmax(dim=1) == labels).sum()
    return float(total) / len(train), int(correct) / len(train)


def _draw_transformations(training: Training, train: Split, number: int) -> Tensor | None:
    """Return a matrix for every image of the split, (n, 2, 3), or None where the recipe does not augment."""
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
    rows, columns = train.images.shape[-2:]
    return matrices(drawn, (rows, columns)).to(training.device)
