"""From a split's numbers to what a network sees, and from its outputs back to the targets' units.

Everything that is fitted is fitted on the split that a trial learns from, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import torch
from torch import Tensor

from study.data import Split
from study.task import TaskName


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How inputs, targets and outputs are scaled. None stands for what is left as it is, or has a fixed scale."""

    mean: Tensor | None = None
    """Of each feature of float inputs; None for uint8 pixels, which become (x / 255 - 0.5) / 0.5 as in the notebook."""
    deviation: Tensor | None = None
    """Standard deviation of each feature; 1 where it is constant."""
    median: Tensor | None = None
    """What stands for a missing number; None where none was missing in the split that was learned from. A row of
    features always has one, since other rows may lack what these have."""
    target_mean: Tensor | None = None
    """(targets,) of a regression; None for other tasks."""
    target_deviation: Tensor | None = None
    """(targets,); 1 where a target is constant."""

    @classmethod
    def fit(cls, train: Split, task: TaskName) -> Self:
        """Fit to the split that a trial learns from.

        A feature is a column of (n, features), the last axis of (n, time, features), a channel of a float picture.

        Args:
            train: What is learned from; NaN stands for a missing number.
            task: Of a regression the targets are scaled too.
        """
        found: dict[str, Tensor] = {}
        if train.inputs.dtype != torch.uint8:
            found = _input_scale(train.inputs)
        if task == "regression":
            found["target_mean"], found["target_deviation"] = _scale(train.targets)
        return cls(**found)

    def inputs(self, inputs: Tensor) -> Tensor:
        """Return what a network sees of a batch, float32; pictures in the memory format channels-last.

        Args:
            inputs: (batch, *shape) uint8 or float32.
        """
        x = inputs.to(torch.float32)
        if self.mean is None or self.deviation is None:
            x = x.mul_(2 / 255).sub_(1) if inputs.dtype == torch.uint8 else x
        else:
            x = x if self.median is None else torch.where(x.isnan(), self.median, x)
            x = (x - self.mean) / self.deviation
        return _channels_last(x) if x.ndim == 4 else x

    def targets(self, targets: Tensor) -> Tensor:
        """Return what a network learns: standardised targets of a regression, else the targets."""
        if self.target_mean is None or self.target_deviation is None:
            return targets
        return (targets - self.target_mean) / self.target_deviation

    def outputs(self, outputs: Tensor) -> Tensor:
        """Return a network's outputs in the targets' units; logits are left as they are."""
        if self.target_mean is None or self.target_deviation is None:
            return outputs
        return outputs * self.target_deviation + self.target_mean

    def on(self, device: torch.device) -> Preprocessing:
        """Return the same on a device."""
        return Preprocessing(**{name: value.to(device) for name, value in self.state().items()})

    def state(self) -> dict[str, Tensor]:
        """Return what was fitted, as a kept model's file holds it."""
        found: dict[str, Tensor | None] = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value is not None}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Return what `state` returned."""
        return cls(**state)


def _channels_last(x: Tensor) -> Tensor:
    """Return pictures in that memory format, those of one channel too, whose strides torch leaves as they are."""
    if x.shape[1] > 1:
        return x.contiguous(memory_format=torch.channels_last)
    return x.reshape(x.shape[0], x.shape[2], x.shape[3], 1).permute(0, 3, 1, 2)  # oneDNN goes by strides


def _input_scale(inputs: Tensor) -> dict[str, Tensor]:
    features = inputs.movedim(1, -1) if inputs.ndim == 4 else inputs  # (n, ..., features)
    flat = features.reshape(-1, features.shape[-1])
    median = flat.nanmedian(dim=0).values.nan_to_num()
    found = {"median": median}
    found["mean"], found["deviation"] = _scale(torch.where(flat.isnan(), median, flat))
    if inputs.ndim == 4:  # (channels, 1, 1), to stand before (batch, channels, height, width)
        found = {name: value.reshape(-1, 1, 1) for name, value in found.items()}
    return found


def _scale(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of each column, (columns,) float32, summed in float64."""
    wide = values.to(torch.float64)
    mean, deviation = wide.mean(dim=0), wide.std(dim=0, correction=0)
    constant = deviation <= 1e-12 * wide.abs().amax(dim=0)
    return mean.to(torch.float32), deviation.masked_fill(constant, 1).to(torch.float32)
