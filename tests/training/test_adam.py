"""Fused Adam and AdamW: torch's numbers and states, bit for bit, in fewer words."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from study.training.adam import Adam, AdamW

from ..examples import examples

PAIRS = [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)]


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def trained(model: nn.Module, optimizer: torch.optim.Optimizer, rates: list[float], first: int = 0) -> list[Tensor]:
    """Take a step for each learning rate; return the weights."""
    for number, rate in enumerate(rates, first):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        x = torch.randn(5, 3, generator=torch.Generator().manual_seed(number))
        model(x).square().sum().backward()
        optimizer.step()
    return [weight.detach().clone() for weight in model.parameters()]


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - a state, at any depth
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@examples(30)
@given(
    rates=st.lists(st.floats(0, 1), min_size=1, max_size=6),
    decay=st.sampled_from([0.0, 0.3]),
    betas=st.sampled_from([(0.9, 0.999), (0.7, 0.9)]),
)
def test_weights_and_states_are_torchs_bit_for_bit(
    ours: type[Adam], theirs: type[torch.optim.Adam], rates: list[float], decay: float, betas: tuple[float, float]
) -> None:
    given = {"lr": 0.1, "betas": betas, "weight_decay": decay, "fused": True}
    found = []
    for kind in (ours, theirs):
        model = network()
        optimizer = kind(model.parameters(), **given)  # type: ignore[arg-type]
        found.append((trained(model, optimizer, rates), optimizer.state_dict()))
    assert same(*found)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_a_state_goes_on_in_either(ours: type[Adam], theirs: type[torch.optim.Adam]) -> None:
    """Checkpoints of torch's optimizer, and back."""
    undisturbed, model = network(), network()
    expected = trained(undisturbed, theirs(undisturbed.parameters(), fused=True), [0.1] * 6)
    before: torch.optim.Optimizer | None = None
    for number, kind in enumerate((theirs, ours, theirs)):
        optimizer = kind(model.parameters(), fused=True)
        if before is not None:
            optimizer.load_state_dict(before.state_dict())
        weights = trained(model, optimizer, [0.1] * 2, 2 * number)
        before = optimizer
    assert same(weights, expected)


def test_a_state_that_is_loaded_between_two_steps_is_used() -> None:
    model = network()
    optimizer = Adam(model.parameters(), fused=True)
    trained(model, optimizer, [0.1] * 3)
    kept = {name: value.clone() for name, value in model.state_dict().items()}, _copied(optimizer.state_dict())
    expected = trained(model, optimizer, [0.1] * 2, 3)
    model.load_state_dict(kept[0])
    optimizer.load_state_dict(kept[1])
    assert same(trained(model, optimizer, [0.1] * 2, 3), expected)


def test_weights_without_a_gradient_stay_as_torch_leaves_them() -> None:
    found = []
    for kind in (Adam, torch.optim.Adam):
        model = network()
        optimizer = kind(model.parameters(), fused=True)
        trained(model, optimizer, [0.1] * 2)
        model[0].weight.requires_grad_(False)  # type: ignore[index]
        found.append(trained(model, optimizer, [0.1] * 2))
    assert same(*found)


def test_gradients_are_forgotten() -> None:
    model = network()
    optimizer = Adam(model.parameters(), fused=True)
    trained(model, optimizer, [0.1])
    optimizer.zero_grad()
    assert [weight.grad for weight in model.parameters()] == [None] * 4


def _copied(state: Any) -> Any:  # noqa: ANN401
    if isinstance(state, Tensor):
        return state.clone()
    if isinstance(state, dict):
        return {key: _copied(value) for key, value in state.items()}
    return state
