"""Optimizers. A new one is a function here, its line in `OPTIMIZERS`, and its name in `recipe.Optimizer`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import nn

from study.recipe import Optimizer, Recipe
from study.training.adam import Adam, AdamW

HIGHEST = "initial_lr"
"""Key of a parameter group, as torch's schedulers have it: the learning rate that the schedule takes fractions of."""


class Updater(Protocol):
    """What a training needs of an optimizer; every `torch.optim.Optimizer` has it."""

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of parameters, each with its learning rate `lr`."""

    def zero_grad(self) -> None:
        """Forget the gradients."""

    def step(self) -> object:
        """Change the parameters by their gradients."""

    def state_dict(self) -> dict[str, Any]:
        """Return all that has to be kept to go on."""

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Go on from a state that `state_dict` returned."""


class Together:
    """Several optimizers as one, each for parameters of its own."""

    def __init__(self, **parts: torch.optim.Optimizer) -> None:
        """Keep them, by the names under which their states are stored."""
        self.parts = parts

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of all of them, in their order."""
        return [group for part in self.parts.values() for group in part.param_groups]

    def zero_grad(self) -> None:
        """Forget the gradients of all."""
        for part in self.parts.values():
            part.zero_grad()

    def step(self) -> None:
        """Let each change its parameters."""
        for part in self.parts.values():
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the state of each, by its name."""
        return {name: part.state_dict() for name, part in self.parts.items()}

    def load_state_dict(self, state: dict[str, Any], /) -> None:
        """Give each its state."""
        for name, part in self.parts.items():
            part.load_state_dict(state[name])


Parameters = Sequence[nn.Parameter]


def adam(parameters: Parameters, recipe: Recipe) -> Updater:
    """Return Adam, whose weight decay is an L2 penalty.

    Args:
        parameters: What is trained.
        recipe: Its learning rate, weight decay and betas are used.
    """
    return Adam(parameters, **_of_adam(recipe), fused=True)


def adamw(parameters: Parameters, recipe: Recipe) -> Updater:
    """Return AdamW, whose weight decay is decoupled from the gradient.

    Args:
        parameters: What is trained.
        recipe: Its learning rate, weight decay and betas are used.
    """
    return _adamw(parameters, recipe)


def sgd(parameters: Parameters, recipe: Recipe) -> Updater:
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


def nadam(parameters: Parameters, recipe: Recipe) -> Updater:
    """Return NAdam, Adam with Nesterov's momentum (Dozat, 2016), whose weight decay is an L2 penalty.

    Args:
        parameters: What is trained.
        recipe: Its learning rate, weight decay and betas are used.
    """
    return torch.optim.NAdam(parameters, **_of_adam(recipe))


def muon(parameters: Parameters, recipe: Recipe) -> Updater:
    """Return Muon (Jordan et al., 2024) for matrices, and AdamW for all other parameters.

    Muon makes the momentum of a matrix orthogonal before it is applied. Its steps are scaled to the size of AdamW's
    (Liu et al., 2025), so that one learning rate serves both. Kernels of convolutions are no matrices.

    Args:
        parameters: What is trained.
        recipe: Its learning rate, weight decay, momentum and, for AdamW, betas are used.
    """
    matrices = [parameter for parameter in parameters if parameter.ndim == 2]
    others = [parameter for parameter in parameters if parameter.ndim != 2]
    parts: dict[str, torch.optim.Optimizer] = {}
    if matrices:
        parts["muon"] = torch.optim.Muon(
            matrices,
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            momentum=recipe.momentum,
            nesterov=True,
            adjust_lr_fn="match_rms_adamw",
        )
    if others:
        parts["adamw"] = _adamw(others, recipe)
    return Together(**parts)


def _adamw(parameters: Parameters, recipe: Recipe) -> torch.optim.Optimizer:
    return AdamW(parameters, **_of_adam(recipe), fused=True)


def _of_adam(recipe: Recipe) -> dict[str, Any]:
    betas = (recipe.beta1, recipe.beta2)
    return {"lr": recipe.learning_rate, "betas": betas, "weight_decay": recipe.weight_decay}


OPTIMIZERS: Mapping[Optimizer, Callable[[Parameters, Recipe], Updater]] = {
    "adam": adam,
    "adamw": adamw,
    "sgd": sgd,
    "nadam": nadam,
    "muon": muon,
}
"""Name -> what makes the optimizer of a recipe; fused where torch can, so that one kernel updates all weights."""


def make_optimizer(model: nn.Module, recipe: Recipe) -> Updater:
    """Return the recipe's optimizer for all of a model's parameters; its groups know their highest learning rate."""
    optimizer = OPTIMIZERS[recipe.optimizer](list(model.parameters()), recipe)
    remember_rates(optimizer, recipe)
    return optimizer


def remember_rates(optimizer: Updater, recipe: Recipe) -> None:
    """Give the recipe's learning rate to groups that do not know their highest: of an older version's checkpoint."""
    for group in optimizer.param_groups:
        group.setdefault(HIGHEST, recipe.learning_rate)
