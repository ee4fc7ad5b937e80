"""A multilayer perceptron, which reads anything: every input is flattened to a row of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn

from study.errors import StudyError
from study.models.layers.normalisation import BatchNorm1d
from study.task import DataSpec


@dataclass(frozen=True, slots=True)
class Params:
    """The defaults are a plain perceptron of two hidden layers. An option that could not act is refused."""

    hidden_size: int = 128
    """Units of each hidden layer."""
    layers: int = 2
    """Hidden layers."""
    dropout: float = 0.0
    """Probability of zeroing a unit of a hidden layer in training (Srivastava et al., 2014)."""
    batch_norm: bool = False
    """BatchNorm before each ReLU, in place of the bias (Ioffe & Szegedy, 2015)."""
    residual: bool = False
    """Whether every hidden layer but the first adds its input to its output (He et al., 2016)."""

    def __post_init__(self) -> None:
        """Check that the network can be built.

        Raises:
            StudyError: It cannot.
        """
        if self.hidden_size < 1 or self.layers < 1:
            raise StudyError(f"hidden_size and layers are at least 1, not {self.hidden_size} and {self.layers}")
        if not 0 <= self.dropout < 1:
            raise StudyError(f"dropout is in [0, 1), not {self.dropout!r}")
        if self.residual and self.layers == 1:
            raise StudyError(
                "residual adds a hidden layer's input, which is as wide from the second on: layers is at least 2 "
                f"with residual=True, not {self.layers}"
            )


class Residual(nn.Module):
    """x + f(x)."""

    def __init__(self, layer: nn.Module) -> None:
        """Keep f, whose outputs are as many as its inputs."""
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """Add to `x` what the layer makes of it: (batch, features) -> (batch, features)."""
        y: Tensor = x + self.layer(x)
        return y


def build(params: Params, data: DataSpec) -> nn.Module:
    """Build the network: (batch, *shape) -> (batch, outputs)."""
    first = _hidden(params, math.prod(data.shape))
    others = [_hidden(params, params.hidden_size) for _ in range(params.layers - 1)]
    return nn.Sequential(
        nn.Flatten(),
        first,
        *(Residual(layer) if params.residual else layer for layer in others),
        nn.Linear(params.hidden_size, data.outputs),
    )


def _hidden(params: Params, features: int) -> nn.Sequential:
    """Return a linear layer, BatchNorm if asked for, ReLU, and dropout if asked for."""
    return nn.Sequential(
        nn.Linear(features, params.hidden_size, bias=not params.batch_norm),
        *([BatchNorm1d(params.hidden_size)] if params.batch_norm else []),
        nn.ReLU(),
        *([nn.Dropout(params.dropout)] if params.dropout else []),
    )
