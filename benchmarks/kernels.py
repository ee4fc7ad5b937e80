"""Times a training step of the notebook's networks in bfloat16 on one core, by what was tried to make it faster.

    python -m benchmarks.kernels [--steps 10] [--repeats 20] [--compile]

The variants take the same steps in turn; a step's time is processor time, median over the repeats, which other work on
the machine disturbs less than the clock. Also printed: how far each variant's losses are from those of the first, the
convolutions alone, the pooling layer alone by the size of its input, and a pass of evaluation by its batch.
docs/performance.md tells what was kept. `--compile` adds `torch.compile`, with the seconds that it takes; it needs a
C++ compiler.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.hardware import describe
from benchmarks.notebook import BATCH_SIZE, LEARNING_RATE
from benchmarks.training_speed import network, noise
from study.engines import machine
from study.models.layers import pooling
from study.models.layers.pooling import ReLUMaxPool2d
from study.training.adam import Adam

Step = Callable[[Tensor, Tensor], Tensor]
"""A batch and its labels -> the loss."""
HALF = torch.bfloat16


class Unpooled(torch.autograd.Function):
    """torch's max-pooling, whose gradient is put in its places by max-unpooling."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401
        """Pool."""
        output, indices = torch.ops.aten.max_pool2d_with_indices(x, [2, 2], [2, 2])
        ctx.save_for_backward(indices)
        ctx.size = x.shape[2:]
        return output  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: ANN401
        """Unpool."""
        return torch.ops.aten.max_unpool2d(gradient, ctx.saved_tensors[0], ctx.size)  # type: ignore[no-any-return]


class Unpooling(nn.Module):
    """The same as a module."""

    def forward(self, x: Tensor) -> Tensor:
        """Pool."""
        return Unpooled.apply(x)


def _separate(channels_in: int, channels_out: int, *after: nn.Module) -> list[nn.Module]:
    return [nn.Conv2d(channels_in, channels_out, 3, padding=1), *after]


STAGES: Mapping[str, Callable[[int, int], list[nn.Module]]] = {
    "ReLU, then max-pooling": lambda *channels: _separate(*channels, nn.ReLU(), nn.MaxPool2d(2)),
    "max-pooling, then ReLU": lambda *channels: _separate(*channels, nn.MaxPool2d(2), nn.ReLU()),
    "the same, its gradient by unpooling": lambda *channels: _separate(*channels, Unpooling(), nn.ReLU()),
    "both as one, of integers": lambda *channels: _separate(*channels, ReLUMaxPool2d()),
}
"""What a stage of the CNN is made of."""


def cnn(name: str) -> nn.Module:
    """Return the notebook's CNN of such stages."""
    torch.manual_seed(0)
    stages = [*STAGES[name](1, 32), *STAGES[name](32, 64)]
    layers = (*stages, nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10))
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def stepping(model: nn.Module, optimizer: type[torch.optim.Adam], *, compiled: bool = False) -> Step:
    """Return what takes a step of a model under autocast."""
    made = optimizer(model.parameters(), lr=LEARNING_RATE, fused=True)

    def loss_of(x: Tensor, labels: Tensor) -> Tensor:
        with torch.autocast("cpu", HALF):
            outputs = model(x)
        return F.cross_entropy(outputs.float(), labels)

    forward = torch.compile(loss_of, dynamic=False) if compiled else loss_of

    def step(x: Tensor, labels: Tensor) -> Tensor:
        loss = forward(x, labels)
        made.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        made.step()
        return loss.detach()

    return step


def with_half_weights(model: nn.Module) -> Step:
    """Return what takes a step of a model in bfloat16, whose float32 weights are kept by the optimizer alone."""
    masters = [weight.detach().clone().requires_grad_() for weight in model.parameters()]
    model = model.to(HALF)
    weights = list(model.parameters())
    optimizer = Adam(masters, lr=LEARNING_RATE, fused=True)
    for master in masters:
        master.grad = torch.zeros_like(master)

    def step(x: Tensor, labels: Tensor) -> Tensor:
        loss = F.cross_entropy(model(x.to(HALF)).float(), labels)
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            torch._foreach_copy_([master.grad for master in masters], gradients)
            optimizer.step()
            torch._foreach_copy_(weights, masters)
        return loss.detach()

    return step


def variants(space: str, *, compiled: bool) -> dict[str, Step]:
    """Return the variants of a space's network; the first is what PyTorch's own modules do."""
    found: dict[str, Step] = {}
    if space == "cnn":
        found = {f"{name}; torch's Adam": stepping(cnn(name), torch.optim.Adam) for name in STAGES}
        first, *_, last = STAGES
        found["as it trains: that, and a shorter step of Adam"] = stepping(cnn(last), Adam)
        found["that, with weights in bfloat16 beside float32 ones"] = with_half_weights(cnn(last))
        if compiled:
            found["torch.compile of separate modules"] = stepping(cnn(first), Adam, compiled=True)
        return found

    def made() -> nn.Module:
        torch.manual_seed(0)
        return network(space)

    found["torch's Adam"] = stepping(made(), torch.optim.Adam)
    found["as it trains: a shorter step of Adam"] = stepping(made(), Adam)
    found["that, with weights in bfloat16 beside float32 ones"] = with_half_weights(made())
    return found


def batches(steps: int) -> list[tuple[Tensor, Tensor]]:
    """Return batches of noise as the networks see it."""
    images, labels = noise(steps * BATCH_SIZE)
    pictures = images.float().mul_(2 / 255).sub_(1).unsqueeze(3).permute(0, 3, 1, 2)  # channels-last
    return list(zip(pictures.split(BATCH_SIZE), labels.split(BATCH_SIZE), strict=True))


def time_steps(space: str, steps: int, repeats: int, *, compiled: bool) -> None:
    """Print the milliseconds of a step of every variant."""
    given, found = batches(steps), variants(space, compiled=compiled)
    losses = {}
    for name, step in found.items():
        began = time.perf_counter()
        losses[name] = torch.stack([step(*batch) for batch in given])
        if "compile" in name:
            print(f"torch.compile took {time.perf_counter() - began:.0f} s")
    took: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(repeats):
        for name, step in found.items():
            began = time.thread_time()
            for batch in given:
                step(*batch)
            took[name].append(1000 * (time.thread_time() - began) / steps)
    first = next(iter(found))
    print(f"\n{space}, a step{'':46}{'ms':>8}{'as fast':>10}{'losses differ':>16}")
    for name, values in took.items():
        ratio = statistics.median(took[first]) / statistics.median(values)
        apart = float((losses[name] - losses[first]).abs().max())
        print(f"  {name:56}{statistics.median(values):8.2f}{ratio:9.2f}x{apart:16.1e}", flush=True)


def time_convolutions(repeats: int) -> None:
    """Print the microseconds of the CNN's convolutions, forwards and backwards."""
    print(f"\nconvolutions alone, {BATCH_SIZE} pictures{'':26}{'forwards':>10}{'backwards':>11}  microseconds")
    for channels, wide, side in ((1, 32, 28), (32, 64, 14)):
        x = torch.randn(BATCH_SIZE, side, side, channels).to(HALF).permute(0, 3, 1, 2)
        weight, bias = torch.randn(wide, channels, 3, 3).to(HALF), torch.randn(wide).to(HALF)
        weight = weight.contiguous(memory_format=torch.channels_last)
        for part in (weight, bias, *([x] if channels > 1 else [])):  # nobody asks for the pictures' gradient
            part.requires_grad_()
        took: tuple[list[float], list[float]] = ([], [])
        for _ in range(repeats):
            began = time.thread_time()
            output = F.conv2d(x, weight, bias, padding=1)
            took[0].append(time.thread_time() - began)
            gradient = torch.ones_like(output)
            began = time.thread_time()
            output.backward(gradient)
            took[1].append(time.thread_time() - began)
        told = "".join(f"{1e6 * statistics.median(values):10,.0f}" for values in took)
        print(f"  {channels:3} to {wide} channels of {side} x {side}{'':20}{told}", flush=True)


def time_pooling(repeats: int) -> None:
    """Print the microseconds of the pooling layer, forwards and backwards, by the size of its input."""
    print(f"\npooling alone, {BATCH_SIZE} pictures{'':12}{'separate':>10}{'first':>10}{'integers':>10}  microseconds")
    pooling._FEWEST = 0  # of any size
    for channels in (8, 16, 24, 32, 64):
        for side in (28, 14, 7):
            x = torch.randn(BATCH_SIZE, channels, side, side).to(HALF).contiguous(memory_format=torch.channels_last)
            layers = [nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)), nn.Sequential(nn.MaxPool2d(2), nn.ReLU())]
            took = [[_pooling_seconds(layer, x) for _ in range(repeats)] for layer in (*layers, ReLUMaxPool2d())]
            told = "".join(f"{1e6 * statistics.median(values):10,.0f}" for values in took)
            print(f"  {channels:3} channels of {side:2} x {side:2}, {x.numel():9,} numbers{told}", flush=True)


def _pooling_seconds(layer: nn.Module, x: Tensor) -> float:
    x = x.clone(memory_format=torch.preserve_format).requires_grad_() * 1
    began = time.thread_time()
    output = layer(x)
    torch.autograd.grad(output, x, torch.ones_like(output))
    return time.thread_time() - began


def time_evaluation(repeats: int) -> None:
    """Print the milliseconds of a pass over 10,000 pictures by the batch."""
    images = noise(10_000)[0].float().mul_(2 / 255).sub_(1).unsqueeze(3).permute(0, 3, 1, 2)
    for space in ("cnn", "lstm"):
        model = network(space).to(memory_format=torch.channels_last).eval()
        told = []
        for size in (100, 250, 500, 1000, 2000):
            took = []
            for _ in range(repeats):
                began = time.thread_time()
                with torch.inference_mode(), torch.autocast("cpu", HALF):
                    for part in images.split(size):
                        model(part)
                took.append(time.thread_time() - began)
            told.append(f"{size}: {1000 * statistics.median(took):.0f} ms")
        print(f"{space}, 10,000 pictures evaluated in batches of {', '.join(told)}", flush=True)


def main() -> None:
    """Time everything and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--compile", action="store_true", help="torch.compile too, which needs a C++ compiler")
    given = parser.parse_args()
    torch.set_num_threads(1)
    machine.keep_freed_memory()
    print(describe())
    for space in ("cnn", "lstm"):
        time_steps(space, given.steps, given.repeats, compiled=given.compile)
    time_convolutions(given.repeats)
    time_pooling(given.repeats)
    print()
    time_evaluation(max(1, given.repeats // 5))


if __name__ == "__main__":
    main()
