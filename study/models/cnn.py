"""The notebook's convolutional network, and the networks suggested beside it: deeper, LeNet-5, ResNet."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

from torch import nn

from study.errors import StudyError, nearest
from study.models.layers.pooling import convolution_and_pooling
from study.models.layers.residual import PreActivationUnit, activation
from study.models.layers.shapes import unreadable
from study.task import DataSpec

KERNEL = 3
"""Rows and columns of the kernels of plain, but for the first where another was asked for."""
Architecture = Literal["plain", "lenet5", "resnet"]
LENET5_STAGES = 2
LENET5_SIDE = 12
"""Pixels that lenet5 needs at least: halved 6, of which its second convolution leaves 2, halved 1."""
RESNET_UNITS = 2
"""Residual units of each stage."""


@dataclass(frozen=True, slots=True)
class Params:
    """The defaults are the notebook's: 421,642 parameters for 28 x 28 grey pixels and 10 classes.

    Every option acts in every architecture.
    """

    width: int = 32
    """Channels of the first stage."""
    hidden_size: int = 128
    """Units of the hidden layer; of the first of two in lenet5."""
    dropout: float = 0.0
    """Probability of zeroing a unit of the last hidden layer in training."""
    batch_norm: bool = False
    """BatchNorm after each convolution and before its ReLU, in place of the bias (Ioffe & Szegedy, 2015); in resnet,
    before the ReLU that comes before each convolution."""
    stages: int = 2
    """Each halves height and width: 28 -> 14 -> 7 -> 3 -> 1 (resnet rounds up: 4, 2, 1). lenet5 has 2."""
    architecture: Architecture = "plain"
    """plain: the notebook's. lenet5: LeCun et al. (1998). resnet: He et al. (2016). See the builders below."""
    first_kernel: int = 3
    """Rows and columns of the first convolution's kernels, an odd number; those of lenet5 are 5 x 5 all of them."""
    growth: float = 2.0
    """Channels of a stage for each one of the stage before, rounded to whole channels: 32, 64, 128, ..."""
    padding: bool = True
    """Whether zeros around what a convolution reads keep its rows and columns. Without, each convolution of plain takes
    its kernel's size less one away, 28 -> 26 -> 13 -> 11 -> 5 with two stages, and costs as much less."""
    convolutions: int = 1
    """Of each stage of plain but the first, which has one and reads four times as many places as the second."""

    def __post_init__(self) -> None:
        """Check that the network can be built.

        Raises:
            StudyError: It cannot.
        """
        if self.width < 1 or self.hidden_size < 1:
            raise StudyError(f"width and hidden_size are at least 1, not {self.width} and {self.hidden_size}")
        if not 0 <= self.dropout < 1:
            raise StudyError(f"dropout is in [0, 1), not {self.dropout!r}")
        if self.stages < 1:
            raise StudyError(f"stages is at least 1, not {self.stages!r}")
        allowed = get_args(Architecture)
        if self.architecture not in allowed:
            hint = nearest(str(self.architecture), allowed)
            raise StudyError(f"architecture is one of {', '.join(allowed)}, not {self.architecture!r}{hint}")
        if self.first_kernel < 1 or self.first_kernel % 2 == 0:
            raise StudyError(f"first_kernel is an odd number of pixels, 1, 3, 5, ..., not {self.first_kernel!r}")
        if self.convolutions < 1:
            raise StudyError(f"convolutions is at least 1, not {self.convolutions!r}")
        if not 0 < self.growth < math.inf or self.channels(self.stages - 1) < 1:
            raise StudyError(f"growth leaves every stage a channel and is finite, not {self.growth!r}")
        for name, default in (("growth", 2.0), ("convolutions", 1)):
            if self.stages == 1 and (value := getattr(self, name)) != default:
                raise StudyError(
                    f"{name} acts beyond the first stage: with stages=1 leave it at {default}, not {value}"
                )
        _check_architecture(self)

    def channels(self, stage: int) -> int:
        """Return the channels of a stage, counted from 0."""
        return round(self.width * self.growth**stage)


def _check_architecture(params: Params) -> None:
    """Check that the options act in the architecture.

    Raises:
        StudyError: One does not.
    """
    architecture = params.architecture
    for name, default in (("padding", True), ("convolutions", 1)):
        if architecture != "plain" and (value := getattr(params, name)) != default:
            raise StudyError(
                f"{name} acts in plain alone: with architecture={architecture!r} leave it at {default}, not {value}"
            )
    if architecture != "lenet5":
        return
    if params.stages != LENET5_STAGES:
        raise StudyError(
            f"stages is {LENET5_STAGES} with architecture='lenet5', not {params.stages}; plain and resnet take others"
        )
    if params.first_kernel != KERNEL:
        raise StudyError(
            f"first_kernel acts in plain and resnet alone, as the kernels of architecture='lenet5' are 5 x 5: "
            f"leave it at {KERNEL}, not {params.first_kernel}"
        )
    if params.hidden_size < 2:
        raise StudyError(
            "hidden_size is at least 2 with architecture='lenet5', whose second hidden layer is smaller, "
            f"not {params.hidden_size}"
        )


def build(params: Params, data: DataSpec) -> nn.Module:
    """Build the network: (batch, channels, height, width) -> (batch, outputs), logits of a classification.

    Raises:
        StudyError: The data are no pictures, or pictures that are too small for it.
    """
    if not data.is_picture:
        raise unreadable("cnn", "pictures (channels, height, width)", data)
    _check_size(params, data)
    match params.architecture:
        case "plain":
            return _plain(params, data)
        case "lenet5":
            return _lenet5(params, data)
        case "resnet":
            return _resnet(params, data)


def _most_stages(params: Params, side: int) -> int:
    """Return how many stages of plain or resnet a picture's smaller side, in pixels, has room for."""
    stages = 0
    while (side := _halved(params, stages, side)) > 0:
        stages += 1
        if side == 1 and params.padding:
            break
    return stages


def _halved(params: Params, stage: int, side: int) -> int:
    """Return what a stage of plain or resnet makes of a side in pixels; 0 or less where it has no room."""
    if params.architecture == "resnet" and stage:  # a strided convolution; its first stage alone has a max-pooling
        return (side + 1) // 2
    lost = 0 if params.padding else sum(kernel - 1 for kernel in _kernels(params, stage))
    return (side - lost) // 2


def _kernels(params: Params, stage: int) -> list[int]:
    """Return the rows, or columns, of the kernels of a stage's convolutions in plain; of the first of resnet."""
    return [KERNEL] * params.convolutions if stage else [params.first_kernel]


def _check_size(params: Params, data: DataSpec) -> None:
    """Check that the network fits the pictures.

    Raises:
        StudyError: It does not.
    """
    side, pictures = min(data.shape[1:]), f"pictures of {data.shape_in_words()}"
    if side < 2:
        raise unreadable("cnn", "pictures (channels, height, width) of at least 2 pixels each way", data)
    if params.architecture == "lenet5":
        if side < LENET5_SIDE:
            raise StudyError(
                f"architecture='lenet5' needs at least {LENET5_SIDE} pixels each way, which {pictures} have not: "
                "plain and resnet take smaller ones"
            )
        return
    most = _most_stages(params, side)
    if not most:
        raise StudyError(
            f"padding=False needs at least {params.first_kernel + 1} pixels each way with first_kernel="
            f"{params.first_kernel}, which {pictures} have not: leave it True"
        )
    if params.stages > most:
        cut = "" if params.padding else " and padding=False"
        padded = replace(params, padding=True)
        mends = not params.padding and params.stages <= _most_stages(padded, side)
        raise StudyError(
            f"stages is at most {most} for {pictures} with architecture={params.architecture!r}{cut}, as each stage "
            f"halves height and width, not {params.stages}{'; padding=True has room for them' if mends else ''}"
        )


def _plain(params: Params, data: DataSpec) -> nn.Sequential:
    """Return stages of convolutions that end with a max-pooling, then one hidden layer: the notebook's network."""
    layers: list[nn.Module] = []
    channels, height, width = data.shape
    for stage in range(params.stages):
        wide = params.channels(stage)
        *before, last = _kernels(params, stage)
        for kernel in before:
            layers += _convolution(channels, wide, params.batch_norm, kernel, kernel // 2 if params.padding else 0)
            channels = wide
        layers += _pooled(channels, wide, params.batch_norm, last, last // 2 if params.padding else 0)
        channels = wide
        # (batch, 32, 14, 14), (batch, 64, 7, 7), ... of 28 x 28 pixels
        height, width = (_halved(params, stage, side) for side in (height, width))
    return nn.Sequential(
        *layers, nn.Flatten(), *_dense(channels * height * width, params.hidden_size), *_head(params, data.outputs)
    )


def _lenet5(params: Params, data: DataSpec) -> nn.Sequential:
    """Return LeNet-5 (LeCun et al., 1998, figure 2) with ReLU, max-pooling, and BatchNorm and dropout where asked for.

    Its layout: 5 x 5 convolutions, the first padded, and two hidden layers in the proportion of its 120 and 84.
    Its 6 and 16 feature maps become width and growth times width. With BatchNorm and the other defaults,
    269,501 parameters for 28 x 28 grey pixels and 10 classes.
    """
    channels, height, width = data.shape
    second = params.hidden_size * 84 // 120
    first_maps, second_maps = params.channels(0), params.channels(1)
    places = ((height // 2 - 4) // 2) * ((width // 2 - 4) // 2)
    return nn.Sequential(  # of 28 x 28 pixels:
        *_pooled(channels, first_maps, params.batch_norm, 5, 2),  # (batch, 32, 14, 14)
        *_pooled(first_maps, second_maps, params.batch_norm, 5, 0),  # (batch, 64, 5, 5)
        nn.Flatten(),
        *_dense(second_maps * places, params.hidden_size),
        *_dense(params.hidden_size, second),
        *_head(params, data.outputs, second),
    )


def _resnet(params: Params, data: DataSpec) -> nn.Sequential:
    """Return a pre-activation ResNet (He et al., 2016) for small images.

    Its stem is the notebook's first convolution and max-pooling; then stages of two units, all but the first stage
    halving rows and columns; then the mean over all places. A hidden layer before the head, which He et al. do not
    have, keeps hidden_size and dropout meaningful. With BatchNorm and the other defaults, 178,666 parameters for grey
    pictures and 10 classes.
    """
    kernel = params.first_kernel
    layers: list[nn.Module] = [
        nn.Conv2d(data.shape[0], params.width, kernel, padding=kernel // 2, bias=not params.batch_norm),
        nn.MaxPool2d(2),  # (batch, 32, 14, 14) of 28 x 28 pixels
    ]
    channels = params.width
    for stage in range(params.stages):
        for unit in range(RESNET_UNITS):
            wider, stride = params.channels(stage), 2 if stage and not unit else 1
            layers.append(PreActivationUnit(channels, wider, stride=stride, batch_norm=params.batch_norm))
            channels = wider  # (batch, 32, 14, 14), (batch, 64, 7, 7), (batch, 128, 4, 4), ...
    layers += [activation(channels, params.batch_norm), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers, *_dense(channels, params.hidden_size), *_head(params, data.outputs))


def _convolution(channels_in: int, channels_out: int, batch_norm: bool, kernel: int, padding: int) -> list[nn.Module]:
    """Return a convolution, BatchNorm if asked for, and ReLU."""
    # BatchNorm takes the mean away, and a bias with it.
    convolution = nn.Conv2d(channels_in, channels_out, kernel_size=kernel, padding=padding, bias=not batch_norm)
    return [convolution, *([nn.BatchNorm2d(channels_out)] if batch_norm else []), nn.ReLU()]


def _pooled(channels_in: int, channels_out: int, batch_norm: bool, kernel: int, padding: int) -> list[nn.Module]:
    """Return the same and a max-pooling."""
    normalisation = nn.BatchNorm2d(channels_out) if batch_norm else None
    return convolution_and_pooling(
        channels_in, channels_out, kernel=kernel, padding=padding, normalisation=normalisation
    )


def _dense(units_in: int, units_out: int) -> list[nn.Module]:
    return [nn.Linear(units_in, units_out), nn.ReLU()]


def _head(params: Params, outputs: int, units: int | None = None) -> list[nn.Module]:
    """Return dropout if asked for, and the last layer."""
    dropout = [nn.Dropout(params.dropout)] if params.dropout else []
    return [*dropout, nn.Linear(units or params.hidden_size, outputs)]
