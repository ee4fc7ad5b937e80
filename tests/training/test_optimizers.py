"""Optimizers are torch's, and every name of a recipe has one."""

from __future__ import annotations

from typing import get_args

import torch
from torch import nn

from study.recipe import Optimizer, Recipe
from study.training.optimizers import OPTIMIZERS, make_optimizer


def test_every_optimizer_that_a_recipe_may_name_is_here() -> None:
    assert tuple(OPTIMIZERS) == get_args(Optimizer)


def test_recipes_name_torchs_optimizers_with_the_notebooks_values() -> None:
    model = nn.Linear(2, 2)
    adam = make_optimizer(model, Recipe())
    assert type(adam) is torch.optim.Adam
    assert {key: adam.defaults[key] for key in ("lr", "betas", "eps", "weight_decay")} == {
        "lr": 0.001,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0.0,
    }
    adamw = make_optimizer(model, Recipe(optimizer="adamw", weight_decay=0.3, learning_rate=0.1))
    assert type(adamw) is torch.optim.AdamW
    assert (adamw.defaults["weight_decay"], adamw.defaults["lr"]) == (0.3, 0.1)
    sgd = make_optimizer(model, Recipe(optimizer="sgd", momentum=0.7, weight_decay=0.2))
    assert type(sgd) is torch.optim.SGD
    assert [sgd.defaults[key] for key in ("momentum", "nesterov", "weight_decay")] == [0.7, True, 0.2]
