"""ReLU and max-pooling as one layer: the numbers of PyTorch's two modules, on a CPU in a fraction of their time."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

_FEWEST = 2**18
"""Numbers in a batch from which on `_PooledBits` is faster than PyTorch's own, as `benchmarks.kernels` finds."""


def convolution_and_pooling(
    channels_in: int, channels_out: int, *, kernel: int, padding: int, normalisation: nn.Module | None = None
) -> list[nn.Module]:
    """Return a convolution, BatchNorm if it is given, ReLU and a max-pooling that halves rows and columns.

    For `nn.Sequential`: ReLU and max-pooling are one module, and an empty one follows, so that the modules after it
    keep the names that their weights are stored by. With BatchNorm, which takes a mean away, there is no bias.
    """
    convolution = nn.Conv2d(channels_in, channels_out, kernel, padding=padding, bias=normalisation is None)
    normalised = [] if normalisation is None else [normalisation]
    return [convolution, *normalised, ReLUMaxPool2d(), nn.Identity()]


class ReLUMaxPool2d(nn.Module):
    """Max-pooling of 2 x 2 with stride 2, and ReLU: (n, channels, h, w) -> (n, channels, h // 2, w // 2).

    Outputs and gradients are those of `nn.MaxPool2d(2)(nn.ReLU()(x))`, bit for bit; of equal values in a window the
    first in the order of rows has the gradient. Two things alone may differ in training on a CPU: -0.0 comes out as
    0.0, and of NaN with its sign bit set only that in the batch's first corner is kept.

    The pooling comes first, as ReLU changes no order, and has a quarter of the work left. In training on a CPU the
    input may be overwritten: it has to be the output of a convolution or of BatchNorm that nothing else uses; autograd
    refuses whatever would need it.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled pictures, in the memory format of `x`."""
        if self.training and _is_fast(x):
            pooled: Tensor = _PooledBits.apply(x)
            return pooled
        return F.relu(F.max_pool2d(x, 2))


def _is_fast(x: Tensor) -> bool:
    """Return whether `x` is for `_PooledBits`: large, in bfloat16, with channels as neighbours in memory."""
    return (
        x.dtype == torch.bfloat16
        and x.device.type == "cpu"
        and x.numel() >= _FEWEST
        and x.is_contiguous(memory_format=torch.channels_last)
        and not torch.compiler.is_compiling()
    )


class _PooledBits(torch.autograd.Function):
    """Pools bfloat16 numbers as the integers that have the same bits.

    Numbers that are not negative have the order of these integers, and negative ones are negative integers: ReLU and
    maxima are those of int16, which take a CPU fewer instructions. For a and b that are not negative, a - b clamped to
    -1 and 0 has all bits set where b is the greater, and none elsewhere: a mask for the gradient. PyTorch's own
    max-pooling keeps an int64 index for every output and adds the gradients one by one; here the input's memory becomes
    its gradient's.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401 - autograd's context has no type
        """Pool `x`, which is overwritten with its ReLU."""
        # NaN with a sign is lost to ReLU here. Weights that are NaN make NaN of every place: they show in this one.
        corner = x[0, :, :2, :2].amax((1, 2)).relu_()
        values = x.view(torch.int16).clamp_min_(0)
        columns = torch.maximum(*_pairs(values, 3))  # (n, channels, h, w // 2)
        pooled = torch.maximum(*_pairs(columns, 2))  # (n, channels, h // 2, w // 2)
        ctx.save_for_backward(values, columns, pooled)
        output = pooled.view(torch.bfloat16)
        output[0, :, 0, 0] = corner
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ANN401
        """Return the gradient of the input, in its memory."""
        values, columns, pooled = ctx.saved_tensors
        gradient = gradient.contiguous(memory_format=torch.channels_last)  # before a flattening it is not
        passed = pooled.clamp(0, 1).mul_(gradient.view(torch.int16))  # 0 where ReLU gave 0
        for finer, axis in ((columns, 2), (values, 3)):
            first, second = _pairs(finer, axis)
            torch.sub(first, second, out=second).clamp_(-1, 0).bitwise_and_(passed)
            torch.bitwise_xor(passed, second, out=first)
            if finer.shape[axis] % 2:
                finer.narrow(axis, -1, 1).zero_()
            passed = finer
        found: Tensor = values.view(torch.bfloat16)
        return found


def _pairs(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return the even and the odd places along an axis, as views; the last of an odd number is left out."""
    before, end = (slice(None),) * axis, x.shape[axis] // 2 * 2
    return x[(*before, slice(0, end, 2))], x[(*before, slice(1, end, 2))]
