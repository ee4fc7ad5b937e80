"""A convolution, ReLU and max-pooling as one: the numbers of PyTorch's modules, on a CPU in less of their time."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

_FEWEST = 2**18
"""Numbers in a batch from which on `_PooledBits` is faster than PyTorch's own, by `benchmarks.kernels`."""


def convolution_and_pooling(
    channels_in: int, channels_out: int, *, kernel: int, padding: int, normalisation: nn.Module | None = None
) -> list[nn.Module]:
    """Return a convolution, BatchNorm if it is given, ReLU and a max-pooling that halves rows and columns.

    For `nn.Sequential`: what is done in one with a module before leaves an empty one in its place, so that the modules
    after it have the names that their weights are stored by. With BatchNorm, which takes a mean away, there is no bias.
    """
    if normalisation is None:
        both = ConvReLUMaxPool2d(channels_in, channels_out, kernel_size=kernel, padding=padding)
        return [both, nn.Identity(), nn.Identity()]
    convolution = nn.Conv2d(channels_in, channels_out, kernel_size=kernel, padding=padding, bias=False)
    return [convolution, normalisation, ReLUMaxPool2d(), nn.Identity()]


class ReLUMaxPool2d(nn.Module):
    """Max-pooling of 2 x 2 with stride 2, and ReLU: (n, channels, h, w) -> (n, channels, h // 2, w // 2).

    Outputs and gradients are those of `nn.MaxPool2d(2)(nn.ReLU()(x))`, bit for bit; of equal values in a window the
    first in the order of rows has the gradient. The pooling comes first, as ReLU changes no order, and has a quarter of
    the work left. In training on a CPU the input may be overwritten: it has to be the output of a convolution or of
    BatchNorm that nothing else uses; autograd refuses whatever would need it.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled pictures, in the memory format of `x`."""
        fast = self.training and x.dtype == torch.bfloat16 and x.is_contiguous(memory_format=torch.channels_last)
        if fast and _pays(x, x.numel()):
            pooled: Tensor = _PooledBits.apply(x, None)
            return pooled
        return F.relu(F.max_pool2d(x, 2))


class ConvReLUMaxPool2d(nn.Conv2d):
    """A convolution with stride 1 and a bias, ReLU, and max-pooling of 2 x 2: as the three modules, bit for bit.

    The gradient of a bias is the sum of all that arrives at its channel. All but a quarter of it is 0 after the
    pooling, so that it is summed before the pooling spreads it.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, channels_in, h, w) to pooled pictures."""
        half = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
        if self.training and half and self.bias is not None and _pays(x, self._numbers(x)):
            convolved = self._conv_forward(x, self.weight, self.bias.detach())
            pooled: Tensor = _PooledBits.apply(convolved.contiguous(memory_format=torch.channels_last), self.bias)
            return pooled
        return F.relu(F.max_pool2d(super().forward(x), 2))

    def _numbers(self, x: Tensor) -> int:
        """Return how many numbers come out of the convolution."""
        (above, beside), (rows, columns) = cast("tuple[int, int]", self.padding), self.kernel_size
        height, width = x.shape[2] + 2 * above - rows + 1, x.shape[3] + 2 * beside - columns + 1
        return x.shape[0] * self.out_channels * height * width


def _pays(x: Tensor, numbers: int) -> bool:
    """Return whether `_PooledBits` is faster for so many numbers, on the device of `x`."""
    return x.device.type == "cpu" and numbers >= _FEWEST and not torch.compiler.is_compiling()


class _PooledBits(torch.autograd.Function):
    """Pools bfloat16 numbers as the integers that have the same bits.

    Numbers that are not negative have the order of these integers, and negative ones are negative integers: ReLU and
    maxima are those of int16, which take a CPU fewer instructions. For a and b that are not negative, (a - b) >> 15 has
    all bits set where b is the greater, and none elsewhere: a mask for the gradient. PyTorch's own max-pooling keeps an
    int64 index for every output and adds the gradients one by one; here the input's memory becomes its gradient's.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, bias: Tensor | None) -> Tensor:  # noqa: ANN401 - autograd's context has no type
        """Pool `x`, which is overwritten with its ReLU; `bias` was added to `x` without autograd."""
        # NaN with a sign is lost to ReLU here. Weights that are NaN make NaN of every place: they show in this one.
        corner = F.relu(F.max_pool2d(x[:1, :, :2, :2], 2))
        values = x.view(torch.int16).clamp_min_(0)
        columns = torch.maximum(*_pairs(values, 3))  # (n, channels, h, w // 2)
        pooled = torch.maximum(*_pairs(columns, 2))  # (n, channels, h // 2, w // 2)
        ctx.save_for_backward(values, columns, pooled)
        ctx.bias_type = None if bias is None else bias.dtype
        output = pooled.view(torch.bfloat16)
        output[:1, :, :1, :1] = corner
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None]:  # noqa: ANN401
        """Return the gradients of the input, in its memory, and of the bias."""
        values, columns, pooled = ctx.saved_tensors
        passed = (-pooled).bitwise_right_shift_(15).bitwise_and_(gradient.view(torch.int16))  # 0 where ReLU gave 0
        of_bias = passed.view(torch.bfloat16).sum((0, 2, 3)).to(ctx.bias_type) if ctx.needs_input_grad[1] else None
        for finer, axis in ((columns, 2), (values, 3)):
            first, second = _pairs(finer, axis)
            torch.sub(first, second, out=second).bitwise_right_shift_(15).bitwise_and_(passed)
            torch.bitwise_xor(passed, second, out=first)
            finer.narrow(axis, 2 * first.shape[axis], finer.shape[axis] % 2).zero_()
            passed = finer
        return values.view(torch.bfloat16), of_bias


def _pairs(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return the even and the odd places along an axis, as views; the last of an odd number is left out."""
    even = x.narrow(axis, 0, x.shape[axis] // 2 * 2)
    before = (slice(None),) * axis
    return even[(*before, slice(0, None, 2))], even[(*before, slice(1, None, 2))]
