"""Which examples an epoch shows, in what order, and what an example of each class weighs in the loss."""

from __future__ import annotations

import torch
from torch import Tensor

from study.recipe import ClassWeights, Sampler


def draw_order(targets: Tensor, sampler: Sampler, generator: torch.Generator) -> Tensor:
    """Return the examples of an epoch in their order, (n,) int64 on the CPU: indices into the targets.

    Args:
        targets: Of what is learned from; (n,) int64 classes where the sampler is balanced.
        sampler: The recipe's.
        generator: The only source of randomness; on the CPU, so that every device gets the same.
    """
    order = torch.randperm(len(targets), generator=generator)
    return order if sampler == "shuffle" else _balanced(targets.cpu(), order, generator)


def _balanced(labels: Tensor, shuffled: Tensor, generator: torch.Generator) -> Tensor:
    """Return as many examples as there are, in a random order.

    Every class that has any is there equally often, but for the remainder of the division, which goes to classes that
    are drawn; an example is repeated only once all others of its class are there as often.
    """
    grouped = shuffled[labels[shuffled].argsort(stable=True)]  # class by class, each in a random order
    counts = torch.bincount(labels)
    present = counts.nonzero().flatten()
    counts = counts[present]
    wanted = torch.full_like(counts, len(labels) // len(counts))
    wanted[torch.randperm(len(counts), generator=generator)[: len(labels) % len(counts)]] += 1
    group = torch.repeat_interleave(torch.arange(len(counts)), wanted)  # of each example that is shown
    number = torch.arange(len(labels)) - (wanted.cumsum(0) - wanted)[group]  # within its class
    chosen = grouped[(counts.cumsum(0) - counts)[group] + number % counts[group]]
    return chosen[torch.randperm(len(chosen), generator=generator)]


def loss_weights(targets: Tensor, outputs: int, weights: ClassWeights) -> Tensor | None:
    """Return what the loss weighs by, (outputs,) float32 on the targets' device; None where all weigh 1.

    Args:
        targets: Of what is learned from: (n,) int64 classes, or (n, labels) uint8.
        outputs: Classes or labels.
        weights: The recipe's.

    Returns:
        Of each class n / (classes x its examples), as scikit-learn has them; of each label the examples without it for
        one that has it. 1 where a class has no example, or a label is always there or never.
    """
    if weights == "none":
        return None
    if targets.ndim == 2:
        present = targets.sum(dim=0, dtype=torch.float32)
        absent = len(targets) - present
        return torch.where((present > 0) & (absent > 0), absent / present.clamp(min=1), 1.0)
    counts = torch.bincount(targets, minlength=outputs).to(torch.float32)
    return torch.where(counts > 0, len(targets) / (outputs * counts.clamp(min=1)), 1.0)
