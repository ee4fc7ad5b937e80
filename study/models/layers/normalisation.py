"""BatchNorm (Ioffe & Szegedy, 2015) that a lone example passes too: the last batch of an epoch may have no other."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class BatchNorm1d(nn.BatchNorm1d):
    """torch's, but that a batch with one number a channel, which has no variance, is normalised as in evaluation."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (batch, channels)."""
        return _by_running(self, input) if self.training and _is_lone(input) else super().forward(input)


class BatchNorm2d(nn.BatchNorm2d):
    """The same for (batch, channels, rows, columns)."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (batch, channels, rows, columns)."""
        return _by_running(self, input) if self.training and _is_lone(input) else super().forward(input)


def _is_lone(x: Tensor) -> bool:
    return x.numel() == x.shape[1]


def _by_running(norm: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor) -> Tensor:
    return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, training=False, eps=norm.eps)
