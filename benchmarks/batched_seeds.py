"""Trains several seeds of one arm as one batched model, beside single trainings: is it the same, and does it pay?

    python -m benchmarks.batched_seeds [--space cnn] [--seeds 4] [--steps 20] [--device cuda] [--precision bfloat16]

The weights of all seeds are stacked (`torch.func.stack_module_state`), `torch.func.vmap` maps the network and the
gradient over them, each seed with batches of its own, and Adam steps on the stacked tensors, which is Adam on each. The
singles train one after the other, as one worker does. Prints the largest difference between the losses of each step and
between the weights at the end, relative to the largest weight, and the images per second of both sides, interleaved.

Not part of the program: on a CPU it loses (docs/performance.md), and on a GPU it has not been measured.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.nn import functional as F

from benchmarks.hardware import describe
from benchmarks.notebook import BATCH_SIZE, LEARNING_RATE, NETWORKS
from benchmarks.training_speed import noise

Weights = dict[str, Tensor]


class Trainings:
    """The same trainings twice: one model a seed, or all stacked."""

    def __init__(self, space: str, seeds: int, device: str, precision: str) -> None:
        """Draw the weights of each seed.

        Args:
            space: Whose baseline is trained.
            seeds: How many.
            device: Where.
            precision: float32 or bfloat16.
        """
        self.device, self.half = device, precision == "bfloat16"
        self.single = [self._network(space, seed) for seed in range(seeds)]
        self.stacked: Weights = {
            name: weight.detach().clone().requires_grad_()
            for name, weight in stack_module_state(self.single)[0].items()
        }
        self._empty = self._network(space, 0).to("meta")
        self._optimizers = [
            torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True) for network in self.single
        ]
        self._stacked_optimizer = torch.optim.Adam(list(self.stacked.values()), lr=LEARNING_RATE, fused=True)
        self._gradients = vmap(grad_and_value(self._loss))

    def _network(self, space: str, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return NETWORKS[space]().to(self.device)

    def step_singles(self, images: Tensor, labels: Tensor) -> Tensor:
        """Take a step of each training; return the losses, (seeds,).

        Args:
            images: (seeds, batch, 1, 28, 28) float32.
            labels: (seeds, batch).
        """
        losses = []
        for network, optimizer, x, wanted in zip(self.single, self._optimizers, images, labels, strict=True):
            optimizer.zero_grad()
            with self._cast():
                outputs = network(x)
            loss = F.cross_entropy(outputs.float(), wanted)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses)

    def step_stacked(self, images: Tensor, labels: Tensor) -> Tensor:
        """Take the same steps at once; as `step_singles`."""
        found, losses = self._gradients(
            {name: weight.detach() for name, weight in self.stacked.items()}, images, labels
        )
        for name, weight in self.stacked.items():
            weight.grad = found[name]
        self._stacked_optimizer.step()
        return losses  # type: ignore[no-any-return]

    def _loss(self, weights: Weights, images: Tensor, labels: Tensor) -> Tensor:
        with self._cast():
            outputs = functional_call(self._empty, weights, (images,))
        return F.cross_entropy(outputs.float(), labels)

    def _cast(self) -> torch.autocast:
        return torch.autocast(self.device, torch.bfloat16, enabled=self.half)

    def difference(self) -> float:
        """Return the largest difference between both sides' weights, relative to the largest weight."""
        weights = stack_module_state(self.single)[0]
        worst = max(float((weights[name] - weight).detach().abs().max()) for name, weight in self.stacked.items())
        return worst / max(float(weight.detach().abs().max()) for weight in weights.values())


def batches(seeds: int, steps: int, device: str) -> list[tuple[Tensor, Tensor]]:
    """Return for each step a batch of each seed: noise, (seeds, batch, 1, 28, 28) and (seeds, batch)."""
    images, labels = noise(1000)
    pictures = images.unsqueeze(1).to(torch.float32).mul_(2 / 255).sub_(1)
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(len(labels), (steps, seeds, BATCH_SIZE), generator=generator)
    return [(pictures[places].to(device), labels[places].to(device)) for places in drawn]


def seconds(step: Callable[[Tensor, Tensor], Tensor], given: list[tuple[Tensor, Tensor]], device: str) -> float:
    """Return how long these steps take: processor time on a CPU, which other work on the machine disturbs less."""
    now = time.process_time if device == "cpu" else time.perf_counter
    began = now()
    for images, labels in given:
        step(images, labels)
    if device == "cuda":
        torch.cuda.synchronize()
    return now() - began


def main() -> None:
    """Compare both sides' numbers, then their speed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--space", choices=tuple(NETWORKS), default="cnn")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--threads", type=int, default=1, help="on a CPU: those of a worker")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    print(f"{describe()} on {given.device}")
    print(f"{given.space}, {given.precision}: {given.seeds} seeds, {given.steps} steps of {BATCH_SIZE} images each")
    for precision in dict.fromkeys(("float32", given.precision)):
        made = Trainings(given.space, given.seeds, given.device, precision)
        apart = [
            float((made.step_singles(*batch) - made.step_stacked(*batch)).abs().max())
            for batch in batches(given.seeds, given.steps, given.device)
        ]
        print(
            f"{precision}: losses differ by {apart[0]:.1e} at most in the first step and {max(apart):.1e} in any, "
            f"weights after the last by {made.difference():.1e} of the largest"
        )
    made = Trainings(given.space, given.seeds, given.device, given.precision)
    steps = batches(given.seeds, given.steps, given.device)
    took: dict[str, list[float]] = {"one after the other": [], "as one batched model": []}
    for _ in range(given.repeats + 1):  # the first of each is not counted
        for side, step in zip(took, (made.step_singles, made.step_stacked), strict=True):
            took[side].append(seconds(step, steps, given.device))
    images = given.seeds * given.steps * BATCH_SIZE
    for side, found in took.items():
        unit = "images a processor second" if given.device == "cpu" else "images/s"
        print(f"{side}: {images / statistics.median(found[1:]):,.0f} {unit}, median of {given.repeats}")


if __name__ == "__main__":
    main()
