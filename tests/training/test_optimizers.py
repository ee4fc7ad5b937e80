"""Optimizers are torch's, and every name of a recipe has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
from torch import Tensor, nn

from study.recipe import USED_BY, Optimizer, Recipe
from study.training.optimizers import OPTIMIZERS, Together, make_optimizer


def test_every_optimizer_that_a_recipe_may_name_is_here() -> None:
    assert tuple(OPTIMIZERS) == get_args(Optimizer)


def test_recipes_name_torchs_optimizers_with_the_notebooks_values() -> None:
    model = nn.Linear(2, 2)
    adam = make_optimizer(model, Recipe())
    assert isinstance(adam, torch.optim.Adam)
    assert {key: adam.defaults[key] for key in ("lr", "betas", "eps", "weight_decay")} == {
        "lr": 0.001,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0.0,
    }
    adamw = make_optimizer(model, Recipe(optimizer="adamw", weight_decay=0.3, learning_rate=0.1))
    assert isinstance(adamw, torch.optim.AdamW)
    assert (adamw.defaults["weight_decay"], adamw.defaults["lr"]) == (0.3, 0.1)
    sgd = make_optimizer(model, Recipe(optimizer="sgd", momentum=0.7, weight_decay=0.2))
    assert isinstance(sgd, torch.optim.SGD)
    assert [sgd.defaults[key] for key in ("momentum", "nesterov", "weight_decay")] == [0.7, True, 0.2]
    nadam = make_optimizer(model, Recipe(optimizer="nadam", weight_decay=0.2, learning_rate=0.1))
    assert isinstance(nadam, torch.optim.NAdam)
    assert [nadam.defaults[key] for key in ("lr", "weight_decay")] == [0.1, 0.2]


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nadam", "muon"])
def test_all_that_are_adam_have_the_recipes_betas(optimizer: Optimizer) -> None:
    made = make_optimizer(Mixed(), Recipe(optimizer=optimizer, beta1=0.7, beta2=0.9))
    betas = [group["betas"] for group in made.param_groups if "betas" in group]
    assert set(betas) == {(0.7, 0.9)}


class Mixed(nn.Module):
    """A matrix, a convolution's kernel, and two biases."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.convolution, self.linear = nn.Conv2d(1, 2, 3), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear(self.convolution(x).flatten(1))
        return y


def stepped(*optimizers: Callable[[Mixed], Sequence[torch.optim.Optimizer]]) -> list[dict[str, Tensor]]:
    """Returns the weights of equal networks after three steps, each by its own optimizers."""
    found = []
    for make in optimizers:
        model = Mixed()
        parts = make(model)
        for seed in range(3):
            x = torch.randn(5, 1, 4, 4, generator=torch.Generator().manual_seed(seed))
            model.zero_grad()
            model(x).square().mean().backward()
            for part in parts:
                part.step()
        found.append(model.state_dict())
    return found


def test_muon_is_torchs_for_matrices_and_adamw_for_all_else() -> None:
    recipe = Recipe(optimizer="muon", learning_rate=0.02, weight_decay=0.1, momentum=0.8)

    def ours(model: Mixed) -> Sequence[Any]:
        optimizer = make_optimizer(model, recipe)
        assert isinstance(optimizer, Together)
        return [optimizer]

    def torchs(model: Mixed) -> Sequence[torch.optim.Optimizer]:
        others = [model.convolution.weight, model.convolution.bias, model.linear.bias]
        return [
            torch.optim.Muon(
                [model.linear.weight], lr=0.02, weight_decay=0.1, momentum=0.8, adjust_lr_fn="match_rms_adamw"
            ),
            torch.optim.AdamW([weight for weight in others if weight is not None], lr=0.02, weight_decay=0.1),
        ]

    mine, theirs = stepped(ours, torchs)
    for name, weight in theirs.items():
        torch.testing.assert_close(mine[name], weight, msg=name)


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
@pytest.mark.parametrize(
    "model", [nn.Linear(3, 2, bias=False), nn.BatchNorm1d(3), Mixed()], ids=["matrix", "none", "both"]
)
def test_every_parameter_is_in_one_group_which_knows_its_highest_rate(optimizer: Any, model: nn.Module) -> None:  # noqa: ANN401 - drawn from the literals
    groups = make_optimizer(model, Recipe(optimizer=optimizer, learning_rate=0.3)).param_groups
    held = [id(weight) for group in groups for weight in group["params"]]
    assert sorted(held) == sorted(map(id, model.parameters()))
    assert [group["initial_lr"] for group in groups] == [0.3] * len(groups)


@pytest.mark.parametrize("optimizer", get_args(Optimizer))
@pytest.mark.parametrize("option", USED_BY)
def test_an_option_changes_the_weights_of_those_optimizers_alone_that_use_it(option: str, optimizer: Optimizer) -> None:
    def making(recipe: Recipe) -> Callable[[Mixed], Sequence[Any]]:
        return lambda model: [make_optimizer(model, recipe)]

    plain = Recipe(optimizer=optimizer, learning_rate=0.1)
    one, other = stepped(making(plain), making(replace(plain, **{option: 0.6})))
    assert all(torch.equal(one[name], other[name]) for name in one) == (optimizer not in USED_BY[option])
