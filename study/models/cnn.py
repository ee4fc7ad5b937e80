"""The notebook's convolutional network, and the networks suggested beside it: deeper, LeNet-5, ResNet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from torch import nn

from study.errors import StudyError, nearest
from study.models.layers.residual import PreActivationUnit, activation
from study.task import DataSpec

Architecture = Literal["plain", "lenet5", "resnet"]
IMAGE = 28
"""Rows and columns of an image."""
LENET5_STAGES = 2
RESNET_UNITS = 2
"""Residual units of each stage."""


@dataclass(frozen=True, slots=True)
class Params:
    """The defaults are the notebook's: 421,642 parameters for 10 classes. Every option acts in every architecture."""

    width: int = 32
    """Channels of the first stage; every further stage has twice as many as the one before."""
    hidden_size: int = 128
    """Units of the hidden layer; of the first of two in lenet5."""
    dropout: float = 0.0
    """Probability of zeroing a unit of the last hidden layer in training."""
    batch_norm: bool = False
    """BatchNorm after each convolution and before its ReLU, in place of the bias (Ioffe & Szegedy, 2015); in resnet,
    before the ReLU that comes before each convolution."""
    stages: int = 2
    """Each halves rows and columns: 28 -> 14 -> 7 -> 3 -> 1 (resnet rounds up: 4, 2). lenet5 has 2."""
    architecture: Architecture = "plain"
    """plain: the notebook's. lenet5: LeCun et al. (1998). resnet: He et al. (2016). See the builders below."""

    def __post_init__(self) -> None:
        """Check that the network can be built.

        Raises:
            StudyError: It cannot.
        """
        if self.width < 1 or self.hidden_size < 1:
            raise StudyError(f"width and hidden_size are at least 1, not {self.width} and {self.hidden_size}")
        if not 0 <= self.dropout < 1:
            raise StudyError(f"dropout is in [0, 1), not {self.dropout!r}")
        if not 1 <= self.stages <= 4:
            raise StudyError(f"stages is from 1 to 4, as {IMAGE} pixels halve to 14, 7, 3 and 1, not {self.stages!r}")
        allowed = get_args(Architecture)
        if self.architecture not in allowed:
            hint = nearest(str(self.architecture), allowed)
            raise StudyError(f"architecture is one of {', '.join(allowed)}, not {self.architecture!r}{hint}")
        if self.architecture == "lenet5" and self.stages != LENET5_STAGES:
            raise StudyError(
                f"stages is {LENET5_STAGES} with architecture='lenet5', not {self.stages}; plain and resnet take others"
            )
        if self.architecture == "lenet5" and self.hidden_size < 2:
            raise StudyError(
                "hidden_size is at least 2 with architecture='lenet5', whose second hidden layer is smaller, "
                f"not {self.hidden_size}"
            )


def build(params: Params, data: DataSpec) -> nn.Module:
    """Build the network: (batch, 1, 28, 28) -> (batch, classes) logits."""
    classes = data.outputs
    match params.architecture:
        case "plain":
            return _plain(params, classes)
        case "lenet5":
            return _lenet5(params, classes)
        case "resnet":
            return _resnet(params, classes)


def _plain(params: Params, classes: int) -> nn.Sequential:
    """Return stages of one 3 x 3 convolution and a max-pooling, then one hidden layer: the notebook's network."""
    layers: list[nn.Module] = []
    channels, size = 1, IMAGE
    for stage in range(params.stages):
        layers += _convolution(channels, params.width * 2**stage, params.batch_norm, kernel=3, padding=1)
        channels, size = params.width * 2**stage, size // 2  # (batch, width, 14, 14), (batch, 2 width, 7, 7), ...
    return nn.Sequential(
        *layers, nn.Flatten(), *_dense(channels * size * size, params.hidden_size), *_head(params, classes)
    )


def _lenet5(params: Params, classes: int) -> nn.Sequential:
    """Return LeNet-5 (LeCun et al., 1998, figure 2) with ReLU, max-pooling, and BatchNorm and dropout where asked for.

    Its layout: 5 x 5 convolutions, the first padded, and two hidden layers in the proportion of its 120 and 84.
    Its 6 and 16 feature maps become width and 2 width. With BatchNorm and the other defaults, 269,501 parameters
    for 10 classes.
    """
    second = params.hidden_size * 84 // 120
    return nn.Sequential(
        *_convolution(1, params.width, params.batch_norm, kernel=5, padding=2),  # (batch, width, 14, 14)
        *_convolution(params.width, 2 * params.width, params.batch_norm, kernel=5, padding=0),  # (batch, 2 width, 5, 5)
        nn.Flatten(),
        *_dense(2 * params.width * 5 * 5, params.hidden_size),
        *_dense(params.hidden_size, second),
        *_head(params, classes, second),
    )


def _resnet(params: Params, classes: int) -> nn.Sequential:
    """Return a pre-activation ResNet (He et al., 2016) for small images.

    Its stem is the notebook's first convolution and max-pooling; then stages of two units, all but the first stage
    halving rows and columns; then the mean over all places. A hidden layer before the head, which He et al. do not
    have, keeps hidden_size and dropout meaningful. With BatchNorm and the other defaults, 178,666 parameters for 10
    classes.
    """
    layers: list[nn.Module] = [
        nn.Conv2d(1, params.width, kernel_size=3, padding=1, bias=not params.batch_norm),
        nn.MaxPool2d(2),  # (batch, width, 14, 14)
    ]
    channels = params.width
    for stage in range(params.stages):
        for unit in range(RESNET_UNITS):
            wider, stride = params.width * 2**stage, 2 if stage and not unit else 1
            layers.append(PreActivationUnit(channels, wider, stride=stride, batch_norm=params.batch_norm))
            channels = wider  # (batch, width, 14, 14), (batch, 2 width, 7, 7), (batch, 4 width, 4, 4), ...
    layers += [activation(channels, params.batch_norm), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, *_dense(channels, params.hidden_size), *_head(params, classes))


def _convolution(
    channels_in: int, channels_out: int, batch_norm: bool, *, kernel: int, padding: int
) -> list[nn.Module]:
    """Return a convolution, BatchNorm if asked for, ReLU and a max-pooling that halves rows and columns."""
    # BatchNorm takes the mean away, and a bias with it.
    convolution = nn.Conv2d(channels_in, channels_out, kernel_size=kernel, padding=padding, bias=not batch_norm)
    normalisation = [nn.BatchNorm2d(channels_out)] if batch_norm else []
    return [convolution, *normalisation, nn.ReLU(), nn.MaxPool2d(2)]


def _dense(units_in: int, units_out: int) -> list[nn.Module]:
    return [nn.Linear(units_in, units_out), nn.ReLU()]


def _head(params: Params, classes: int, units: int | None = None) -> list[nn.Module]:
    """Return dropout if asked for, and the last layer."""
    dropout = [nn.Dropout(params.dropout)] if params.dropout else []
    return [*dropout, nn.Linear(units or params.hidden_size, classes)]
