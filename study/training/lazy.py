"""Gives modules that learn their sizes from their first input (torch.nn.LazyLinear, say) these sizes."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy


def is_uninitialized(model: nn.Module) -> bool:
    """Return whether a parameter or buffer of the model has no shape yet."""
    return any(is_lazy(tensor) for tensor in (*model.parameters(), *model.buffers()))


def initialize(model: nn.Module, inputs: Callable[[], Tensor]) -> None:
    """Run lazy modules once, so that an optimizer can take their parameters; other models stay untouched.

    The pass is in evaluation mode, so that it moves no running mean and draws no dropout; what initialises the new
    weights draws from torch's random state as it stands.

    Args:
        model: As `build` returned it.
        inputs: Returns (batch, *shape) float32, as the network is to see them, on the model's device.
    """
    if not is_uninitialized(model):
        return
    was_training = model.training
    model.eval()
    with torch.no_grad():
        model(inputs())
    model.train(was_training)
