"""The notebook's recurrent network: an LSTM that reads an image row by row, and a linear head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from study.errors import StudyError


@dataclass(frozen=True, slots=True)
class Params:
    """The defaults are the notebook's: 214,282 parameters for 10 classes."""

    hidden_size: int = 128
    """Units of each layer and direction."""
    layers: int = 2
    """Stacked LSTM layers."""
    dropout: float = 0.0
    """Probability of zeroing an output between two layers in training; needs at least two."""
    bidirectional: bool = False
    """Whether a second LSTM reads the rows from the bottom up."""

    def __post_init__(self) -> None:
        """Raises StudyError for a network that cannot be built."""
        if self.hidden_size < 1 or self.layers < 1:
            raise StudyError(f"hidden_size and layers are at least 1, not {self.hidden_size} and {self.layers}")
        if not 0 <= self.dropout < 1:
            raise StudyError(f"dropout is in [0, 1), not {self.dropout!r}")
        if self.dropout and self.layers == 1:
            raise StudyError(f"dropout acts between LSTM layers: with layers=1 it is 0, not {self.dropout!r}")


class RowLSTM(nn.Module):
    """Rows as time steps; classifies by the top layer's last state, of both directions if there are two."""

    def __init__(self, params: Params, classes: int) -> None:
        """Builds the layers; weights are drawn from torch's global generator."""
        super().__init__()
        self.lstm = nn.LSTM(
            input_size=28,
            hidden_size=params.hidden_size,
            num_layers=params.layers,
            batch_first=True,
            dropout=params.dropout,
            bidirectional=params.bidirectional,
        )
        self.directions = 2 if params.bidirectional else 1
        self.head = nn.Linear(self.directions * params.hidden_size, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Maps images (batch, 1, 28, 28) to logits (batch, classes)."""
        x = x.squeeze(1)  # (batch, 28, 28): rows as time steps
        _, (state, _) = self.lstm(x)  # state: (layers * directions, batch, hidden)
        last = torch.cat(tuple(state[-self.directions :]), dim=1)  # (batch, directions * hidden)
        logits: Tensor = self.head(last)
        return logits


def build(params: Params, classes: int) -> nn.Module:
    """Builds the network: (batch, 1, 28, 28) -> (batch, classes) logits."""
    return RowLSTM(params, classes)
