"""A step of training reads no number back from its device: on a GPU the processor would wait for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from study.catalog import load_model
from study.data import Split
from study.recipe import Recipe
from study.training.loop import prepare, train_one_epoch
from study.training.outputs import Outputs

from ..scoring import PIXELS, by_accuracy, spec_of

CLASSES = 4
READING = ("aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select", "aten::equal", "aten::is_nonzero")
"""What `item`, `float`, `int`, `bool`, boolean indices and the like come to."""


class Reads(TorchDispatchMode):
    """Counts the operations that read numbers back."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def __torch_dispatch__(
        self,
        func: Any,  # noqa: ANN401 - as torch declares it
        types: Sequence[Any],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        name = func.name().partition(".")[0]
        if name in READING:
            self.found[name] += 1
        return func(*args, **(kwargs or {}))


def reads_of_an_epoch(model: str, recipe: Recipe, images: int) -> Counter[str]:
    generator = torch.Generator().manual_seed(0)
    split = Split(
        torch.randint(0, 256, (images, 1, 28, 28), dtype=torch.uint8, generator=generator),
        torch.arange(images) % CLASSES,
    )
    found, spec = load_model(model), spec_of(CLASSES)
    training = prepare(
        found.build(found.params(), spec),
        recipe,
        0,
        torch.device("cpu"),
        "float32",
        scoring=by_accuracy(CLASSES),
        preprocessing=PIXELS,
        check=Outputs(model, spec),
    )
    train_one_epoch(training, split, 1, 2)  # an optimizer makes its state with its first step
    with Reads() as reads:
        train_one_epoch(training, split, 2, 2)
    return reads.found


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(batch_size=4),
        Recipe(batch_size=4, optimizer="adamw", schedule="one-cycle", label_smoothing=0.1, ema=1.0),
        Recipe(batch_size=4, optimizer="sgd", rotation=5, translation=1, scaling=0.1, class_weights="balanced"),
        Recipe(batch_size=4, optimizer="muon", sampler="balanced"),
    ],
    ids=lambda recipe: recipe.optimizer,
)
@pytest.mark.parametrize("model", ["cnn", "lstm"])
def test_an_epoch_reads_as_often_whatever_its_steps(model: str, recipe: Recipe) -> None:
    """NAdam is left out: it reads its own counts of steps, which torch keeps on the CPU whatever the device is."""
    few, many = (reads_of_an_epoch(model, recipe, images) for images in (8, 32))
    assert few == many
    assert few["aten::_local_scalar_dense"] >= 1  # the loss of the epoch; or nothing is counted
