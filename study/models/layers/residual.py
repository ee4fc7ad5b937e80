"""The residual unit with full pre-activation: He et al., Identity Mappings in Deep Residual Networks, 2016."""

from __future__ import annotations

from torch import Tensor, nn

from study.models.layers.normalisation import BatchNorm2d


class PreActivationUnit(nn.Module):
    """x + f(x), f being twice (normalise, ReLU, 3 x 3 convolution): He et al. (2016), figure 4 (e).

    Where the shape changes, the shortcut is a 1 x 1 convolution of the first activation.

    Shapes:
        (batch, channels_in, rows, columns) -> (batch, channels_out, ceil(rows / stride), ceil(columns / stride)).
    """

    def __init__(self, channels_in: int, channels_out: int, *, stride: int = 1, batch_norm: bool = True) -> None:
        """Build the layers; a convolution has a bias only where no BatchNorm after it would cancel it."""
        super().__init__()
        bias = not batch_norm
        self.first_activation = activation(channels_in, batch_norm)
        self.first = nn.Conv2d(channels_in, channels_out, kernel_size=3, stride=stride, padding=1, bias=bias)
        self.second_activation = activation(channels_out, batch_norm)
        self.second = nn.Conv2d(channels_out, channels_out, kernel_size=3, padding=1, bias=bias)
        self.projection = (
            nn.Conv2d(channels_in, channels_out, kernel_size=1, stride=stride, bias=False)
            if stride > 1 or channels_in != channels_out
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """Add to `x`, or to its projection, what the two convolutions make of it."""
        activated = self.first_activation(x)
        shortcut = x if self.projection is None else self.projection(activated)
        y: Tensor = shortcut + self.second(self.second_activation(self.first(activated)))
        return y


def activation(channels: int, batch_norm: bool) -> nn.Module:
    """Return ReLU, after BatchNorm if there is one."""
    return nn.Sequential(BatchNorm2d(channels), nn.ReLU()) if batch_norm else nn.ReLU()
