"""An average follows a model's weights and running moments, and lends itself to it."""

from __future__ import annotations

import math
from collections import OrderedDict

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from study.training.averaging import Average

from ..examples import examples


class Model(nn.Module):
    """A weight, its alias, a BatchNorm with running moments and a count of batches."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2))
        self.alias = self.weight
        self.norm = nn.BatchNorm1d(3)


def numbers(model: nn.Module) -> OrderedDict[str, torch.Tensor]:
    return OrderedDict((name, tensor.clone()) for name, tensor in model.state_dict().items())


def test_weights_and_running_moments_are_averaged_and_counts_are_not() -> None:
    model = Model()
    average = Average(model)
    assert set(average.state_dict()) == {"weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"}
    with torch.no_grad():
        model.weight.fill_(10.0)
        model.norm.running_mean.fill_(5.0)  # type: ignore[union-attr]
        model.norm.num_batches_tracked.fill_(3)  # type: ignore[union-attr]
    average.update(0, 100.0)
    with average.applied():
        assert model.alias.tolist() == pytest.approx([9.0, 9.0])  # the first step keeps a tenth
        assert model.norm.running_mean.tolist() == pytest.approx([4.5] * 3)  # type: ignore[union-attr]
        assert int(model.norm.num_batches_tracked) == 3  # type: ignore[arg-type]


@examples(50)
@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30), st.floats(0.1, 50))
def test_an_average_lies_among_what_it_averages(values: list[float], steps: float) -> None:
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(values[0])
    average = Average(model)
    for number, value in enumerate(values):
        with torch.no_grad():
            model.weight.fill_(value)
        average.update(number, steps)
    found = float(average.state_dict()["weight"])
    slack = 1e-4 * max(map(abs, values))
    assert min(values) - slack <= found <= max(values) + slack


def test_the_model_has_its_own_numbers_again_even_after_an_error() -> None:
    model = Model()
    average = Average(model)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.add_(math.pi)
    before = numbers(model)
    changed = []

    def fail() -> None:
        with average.applied():
            changed.append(not torch.equal(model.weight, before["weight"]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert changed == [True]
    assert all(torch.equal(tensor, before[name]) for name, tensor in numbers(model).items())


def test_an_average_goes_on_from_its_state() -> None:
    model = Model()
    first, second = Average(model), Average(model)
    with torch.no_grad():
        model.weight.fill_(1.0)
    first.update(0, 5.0)
    second.load_state_dict({name: tensor.clone() for name, tensor in first.state_dict().items()})
    with torch.no_grad():
        model.weight.fill_(-2.0)
    for average in (first, second):
        average.update(1, 5.0)
    assert first.state_dict()["weight"].tolist() == second.state_dict()["weight"].tolist() != [0.0, 0.0]
