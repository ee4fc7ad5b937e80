"""Readers make one vector of a sequence: an LSTM, a transformer encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from study.models.layers.sequences import Attention, Mean

FEEDFORWARD = 2
"""Units of a transformer layer's feed-forward part, for each unit of its width. Vaswani et al. (2017) have 4; with 2
the transformer is about as large as the LSTM that it replaces."""
POSITION_DEVIATION = 0.02
"""Standard deviation of the learned positions at the start, as in Devlin et al. (2019)."""


class RecurrentReader(nn.Module):
    """An LSTM: (batch, steps, features) -> (batch, directions * hidden_size)."""

    def __init__(
        self,
        features: int,
        hidden_size: int,
        *,
        layers: int,
        dropout: float,
        bidirectional: bool,
        pooling: str,
    ) -> None:
        """Build the layers.

        Args:
            features: Of each step.
            hidden_size: Units of each layer and direction.
            layers: Stacked.
            dropout: Between two layers.
            bidirectional: A second LSTM reads the steps from the last to the first.
            pooling: last, the state in which each direction ends; or mean or attention, of the top layer's outputs.
        """
        super().__init__()
        self.lstm = nn.LSTM(
            input_size=features,
            hidden_size=hidden_size,
            num_layers=layers,
            batch_first=True,
            dropout=dropout,
            bidirectional=bidirectional,
        )
        self.directions = 2 if bidirectional else 1
        self.pooling = None if pooling == "last" else make_pooling(pooling, self.directions * hidden_size)

    def forward(self, steps: Tensor) -> Tensor:
        """Read the steps in order, and in reverse if there are two directions."""
        outputs, (state, _) = self.lstm(steps)  # state: (layers * directions, batch, hidden)
        if self.pooling is None:
            return torch.cat(tuple(state[-self.directions :]), dim=1)
        pooled: Tensor = self.pooling(outputs)
        return pooled


class EncoderLayer(nn.Module):
    """Self-attention, then two dense layers with GELU, each added to its input: (batch, steps, width), the same out.

    The normalisation comes first (Xiong et al., 2020). It computes what nn.TransformerEncoderLayer does with
    `norm_first` and `gelu`, but the attention itself in float32: on a CPU its backward pass takes ten times as long in
    bfloat16.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        """Build the layers; `width` is a multiple of `heads`."""
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.dense_norm = nn.LayerNorm(width)
        self.dense = nn.Sequential(
            nn.Linear(width, FEEDFORWARD * width),
            nn.GELU(),
            nn.Linear(FEEDFORWARD * width, width),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Let every step attend to every step, itself included."""
        x = x + self.dropout(self.attended(self._attend(self.attention_norm(x))))
        y: Tensor = x + self.dropout(self.dense(self.dense_norm(x)))
        return y

    def _attend(self, x: Tensor) -> Tensor:
        parts = self.queries_keys_values(x).float().unflatten(2, (3, self.heads, -1))
        queries, keys, values = parts.permute(2, 0, 3, 1, 4).unbind(0)  # (batch, heads, steps, width / heads)
        with torch.autocast(x.device.type, enabled=False):
            y = F.scaled_dot_product_attention(queries, keys, values)
        return y.transpose(1, 2).flatten(2)  # (batch, steps, width)


class TransformerReader(nn.Module):
    """A transformer encoder (Vaswani et al., 2017): (batch, steps, features) -> (batch, width).

    A linear embedding, learned positions, encoder layers, a last normalisation, and a pooling.
    """

    def __init__(
        self,
        features: int,
        width: int,
        *,
        steps: int,
        layers: int,
        heads: int,
        dropout: float,
        pooling: str,
    ) -> None:
        """Build the layers.

        Args:
            features: Of each step.
            width: Units by which a step is described inside; a multiple of `heads`.
            steps: Their number, as every position has a vector of its own.
            layers: Stacked.
            heads: Of the self-attention in each layer.
            dropout: Of what attention and dense layers add to their input, as in the paper's section 5.4.
            pooling: mean or attention, of the last layer's outputs.
        """
        super().__init__()
        self.embedding = nn.Linear(features, width)
        self.positions = nn.Parameter(torch.randn(steps, width) * POSITION_DEVIATION)
        self.layers = nn.Sequential(
            *(EncoderLayer(width, heads, dropout) for _ in range(layers)),
            nn.LayerNorm(width),
        )
        self.pooling = make_pooling(pooling, width)

    def forward(self, steps: Tensor) -> Tensor:
        """Let every step attend to every other."""
        x = self.embedding(steps) + self.positions  # (batch, steps, width)
        y: Tensor = self.pooling(self.layers(x))
        return y


def make_pooling(name: str, features: int) -> nn.Module:
    """Return the pooling mean or attention over steps of `features` numbers each."""
    return Attention(features) if name == "attention" else Mean()
