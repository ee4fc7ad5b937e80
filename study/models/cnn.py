"""The notebook's convolutional network: two convolutions with max-pooling, one hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from study.errors import StudyError


@dataclass(frozen=True, slots=True)
class Params:
    """The defaults are the notebook's: 421,642 parameters for 10 classes."""

    width: int = 32
    """Channels of the first convolution; the second has twice as many."""
    hidden_size: int = 128
    """Units of the hidden layer."""
    dropout: float = 0.0
    """Probability of zeroing a hidden unit in training."""

    def __post_init__(self) -> None:
        """Raises StudyError for a network that cannot be built."""
        if self.width < 1 or self.hidden_size < 1:
            raise StudyError(f"width and hidden_size are at least 1, not {self.width} and {self.hidden_size}")
        if not 0 <= self.dropout < 1:
            raise StudyError(f"dropout is in [0, 1), not {self.dropout!r}")


def build(params: Params, classes: int) -> nn.Module:
    """Builds the network: (batch, 1, 28, 28) -> (batch, classes) logits."""
    return nn.Sequential(
        nn.Conv2d(1, params.width, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (batch, width, 14, 14)
        nn.Conv2d(params.width, 2 * params.width, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (batch, 2 width, 7, 7)
        nn.Flatten(),
        nn.Linear(2 * params.width * 7 * 7, params.hidden_size),
        nn.ReLU(),
        *([nn.Dropout(params.dropout)] if params.dropout else []),
        nn.Linear(params.hidden_size, classes),
    )
