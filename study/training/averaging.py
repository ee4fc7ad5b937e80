"""An exponential moving average of a model's weights and buffers (Polyak & Juditsky, 1992; Izmailov et al., 2018)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """Averages of all the numbers that a model is made of, its BatchNorms' running moments among them."""

    def __init__(self, model: nn.Module) -> None:
        """Begin with the model as it stands, on its device.

        Args:
            model: Its parameters and buffers are the same objects for as long as the average is used.
        """
        tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        numbers = {name: tensor for name, tensor in tensors.items() if tensor.is_floating_point()}
        self._names = tuple(numbers)
        self._model = list(numbers.values())
        self._averages = [tensor.detach().clone() for tensor in self._model]

    @torch.no_grad()
    def update(self, step: int, steps: float) -> None:
        """Take up the model as it is after a step.

        The fraction min(exp(-1 / steps), (1 + step) / (10 + step)) of the average before is kept: a training begins
        with short averages, so that its random start is soon forgotten.

        Args:
            step: Counted from 0 over the whole training.
            steps: In so many, a step's weight in the average falls to 1/e.
        """
        kept = min(math.exp(-1 / steps), (1 + step) / (10 + step))
        torch._foreach_lerp_(self._averages, self._model, 1 - kept)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the model the averages for as long as the context lasts, then its own numbers again, bit for bit."""
        own = [tensor.detach().clone() for tensor in self._model]
        with torch.no_grad():
            torch._foreach_copy_(self._model, self._averages)
        try:
            yield
        finally:
            with torch.no_grad():
                torch._foreach_copy_(self._model, own)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the averages by the names of what they are of."""
        return dict(zip(self._names, self._averages, strict=True))

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state_dict` returned for the same model."""
        for name, average in zip(self._names, self._averages, strict=True):
            average.copy_(state[name])
