"""An exponential moving average of a model's weights and buffers (Polyak & Juditsky, 1992; Izmailov et al., 2018)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """Averages of all the numbers that a model is made of, its BatchNorms' running moments among them.

    They are looked up by name whenever they are needed, as a model may put another tensor in a buffer's place at any
    step: `self.mean = 0.9 * self.mean + 0.1 * x.mean(0)`.
    """

    def __init__(self, model: nn.Module) -> None:
        """Begin with the model as it stands, on its device.

        Args:
            model: It may change its numbers, and the tensors that hold them.
        """
        self._model = model
        self._averages = {name: tensor.detach().clone() for name, tensor in _numbers(model).items()}

    @torch.no_grad()
    def update(self, step: int, steps: float) -> None:
        """Take up the model as it is after a step.

        The fraction min(exp(-1 / steps), (1 + step) / (10 + step)) of the average before is kept: a training begins
        with short averages, so that its random start is soon forgotten. The average of a tensor that is new, or of
        another shape or type than before, begins with it.

        Args:
            step: Counted from 0 over the whole training.
            steps: In so many, a step's weight in the average falls to 1/e.
        """
        kept = min(math.exp(-1 / steps), (1 + step) / (10 + step))
        numbers = _numbers(self._model)
        self._averages = {
            name: average
            if (average := self._averages.get(name)) is not None and _alike(average, tensor)
            else tensor.detach().clone()
            for name, tensor in numbers.items()
        }
        torch._foreach_lerp_(list(self._averages.values()), list(numbers.values()), 1 - kept)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the model the averages for as long as the context lasts, then its own numbers again, bit for bit.

        It has its own buffers again, too, whatever was put in their places meanwhile.
        """
        numbers = {
            name: tensor
            for name, tensor in _numbers(self._model).items()
            if name in self._averages and _alike(self._averages[name], tensor)
        }
        lent, averages = list(numbers.values()), [self._averages[name] for name in numbers]
        own = [tensor.detach().clone() for tensor in lent]
        buffers = [
            (module, name, buffer)
            for module in self._model.modules()
            for name, buffer in module.named_buffers(recurse=False, remove_duplicate=False)
        ]
        with torch.no_grad():
            torch._foreach_copy_(lent, averages)
        try:
            yield
        finally:
            with torch.no_grad():
                torch._foreach_copy_(lent, own)
            for module, name, buffer in buffers:
                setattr(module, name, buffer)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the averages by the names of what they are of."""
        return dict(self._averages)

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state_dict` returned for the same model."""
        self._averages = {
            name: state[name].detach().to(tensor.device, copy=True) for name, tensor in _numbers(self._model).items()
        }


def _numbers(model: nn.Module) -> dict[str, Tensor]:
    """Return a model's parameters and buffers of real numbers by name, each once."""
    tensors: dict[str, Tensor] = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return {name: tensor for name, tensor in tensors.items() if tensor.is_floating_point()}


def _alike(average: Tensor, tensor: Tensor) -> bool:
    return average.shape == tensor.shape and average.dtype == tensor.dtype
