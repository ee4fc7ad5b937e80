"""Optimizers. A new one is a function here, its line in `OPTIMIZERS`, and its name in `recipe.Optimizer`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import nn

from study.recipe import Optimizer, Recipe

Parameters = Iterable[nn.Parameter]


def adam(parameters: Parameters, recipe: Recipe) -> torch.optim.Optimizer:
    """Return Adam, whose weight decay is an L2 penalty.

    Args:
        parameters: What is trained.
        recipe: Its learning rate and weight decay are used.
    """
    return torch.optim.Adam(parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)


def adamw(parameters: Parameters, recipe: Recipe) -> torch.optim.Optimizer:
    """Return AdamW, whose weight decay is decoupled from the gradient.

    Args:
        parameters: What is trained.
        recipe: Its learning rate and weight decay are used.
    """
    return torch.optim.AdamW(parameters, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)


def sgd(parameters: Parameters, recipe: Recipe) -> torch.optim.Optimizer:
    """Return stochastic gradient descent with Nesterov's momentum, whose weight decay is an L2 penalty.

    Args:
        parameters: What is trained.
        recipe: Its learning rate, weight decay and momentum are used.
    """
    return torch.optim.SGD(
        parameters,
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        momentum=recipe.momentum,
        nesterov=True,
        fused=True,
    )


OPTIMIZERS: Mapping[Optimizer, Callable[[Parameters, Recipe], torch.optim.Optimizer]] = {
    "adam": adam,
    "adamw": adamw,
    "sgd": sgd,
}
"""Name -> what makes the optimizer of a recipe; all of them fused: one kernel updates all weights."""


def make_optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return the recipe's optimizer for all of a model's parameters."""
    return OPTIMIZERS[recipe.optimizer](model.parameters(), recipe)
