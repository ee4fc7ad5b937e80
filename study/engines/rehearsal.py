"""Whether a model gives the same numbers twice: its first step is trained two times on one seed, and compared."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from study.data import Split
from study.engines.isolation import isolated
from study.errors import StoppedError
from study.training.loop import Training, train_one_epoch

GPU_TOLERANCE = 1e-3
"""Relative difference of two first losses on a GPU, whose sums may be taken in another order each time."""


def repeatable(build: Callable[[], Training], train: Split) -> bool | None:
    """Compare two first steps on one batch, bit for bit on a CPU; what they did is forgotten.

    On a GPU the first weights are compared bit for bit and the losses to `GPU_TOLERANCE`.

    Args:
        build: Makes the training from its seed; called twice, and the first is gone before the second begins.
        train: The training's images.

    Returns:
        Whether both are equal; None where a step fails, which the trial itself will tell of.
    """
    try:
        first, second = _first_step(build, train), _first_step(build, train)
    except StoppedError:
        raise
    except BaseException:  # the model's own code may raise anything, and will do so again in the trial
        return None
    if first.device == "cpu":
        return first == second
    return first.before == second.before and _close(first.loss, second.loss)


def _close(one: str, other: str) -> bool:
    return one == other or math.isclose(float.fromhex(one), float.fromhex(other), rel_tol=GPU_TOLERANCE)


class _Step(NamedTuple):
    device: str
    before: str
    """SHA-256 of the weights before the step."""
    loss: str
    """In hexadecimal, so that two NaN are equal."""
    after: str
    """SHA-256 of the weights after it."""


def _first_step(build: Callable[[], Training], train: Split) -> _Step:
    with isolated():
        training = build()
        before = _hash(training.model)
        size = training.recipe.batch_size
        loss, _ = train_one_epoch(training, Split(train.inputs[:size], train.targets[:size]), 1, 1)
        return _Step(training.device.type, before, loss.hex(), _hash(training.model))


def _hash(model: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, entry in model.state_dict().items():
        if isinstance(entry, Tensor):
            digest.update(name.encode("utf-8", "surrogatepass"))
            digest.update(entry.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
