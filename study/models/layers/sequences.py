"""Reads an image, or a feature map of it, as a sequence, and makes one vector of a sequence. No recurrence here."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def rows(x: Tensor) -> Tensor:
    """Read from the top down: (batch, channels, rows, columns) -> (batch, rows, columns * channels)."""
    return x.permute(0, 2, 3, 1).flatten(2)  # channels last: on a channels-last tensor this copies nothing


def columns(x: Tensor) -> Tensor:
    """Read from left to right: (batch, channels, rows, columns) -> (batch, columns, rows * channels)."""
    return rows(x.transpose(2, 3))


def slices(x: Tensor, width: int, stride: int) -> Tensor:
    """Read slices of `width` rows, `stride` rows apart, each flattened row after row.

    Returns:
        (batch, 1 + (rows - width) // stride, width * columns * channels).
    """
    windows = rows(x).unfold(1, width, stride)  # (batch, steps, columns * channels, width)
    return windows.transpose(2, 3).flatten(2)


class Mean(nn.Module):
    """The mean over the steps: (batch, steps, features) -> (batch, features)."""

    def forward(self, steps: Tensor) -> Tensor:
        """Weigh every step alike."""
        return steps.mean(dim=1)


class Attention(nn.Module):
    """A learned mean over the steps: (batch, steps, features) -> (batch, features).

    Yang et al. (2016), Hierarchical Attention Networks, equations 5 to 7: step t weighs softmax_t(v . tanh(W h_t + b)).
    """

    def __init__(self, features: int) -> None:
        """Draw W, b, then v, from torch's global generator."""
        super().__init__()
        self.hidden = nn.Linear(features, features)
        self.score = nn.Linear(features, 1, bias=False)  # a bias would cancel in the softmax

    def weights(self, steps: Tensor) -> Tensor:
        """Return what each step weighs, (batch, steps), which sums to 1 over the steps."""
        scores: Tensor = self.score(torch.tanh(self.hidden(steps)))  # (batch, steps, 1)
        return scores.squeeze(2).float().softmax(dim=1)

    def forward(self, steps: Tensor) -> Tensor:
        """Return the weighted mean."""
        return (self.weights(steps).unsqueeze(2) * steps).sum(dim=1)
