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


class Reassigning(nn.Module):
    """Puts a new tensor in a buffer's place whenever it is called, and has a buffer that is empty until then."""

    mean: torch.Tensor
    late: torch.Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(2))
        self.register_buffer("late", None)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        self.mean = 0.5 * self.mean + 0.5 * inputs
        self.late = inputs.clone()
        return inputs - self.mean


def test_a_buffer_that_a_model_assigns_anew_is_averaged_as_one_that_it_changes_in_place() -> None:
    model = Reassigning()
    average = Average(model)
    for step, value in enumerate((8.0, 2.0)):
        model(torch.full((2,), value))
        average.update(step, 1e9)
    assert model.mean.tolist() == [3.0, 3.0]
    # 0, then a tenth of what was is kept: 0.9 * 4, then two elevenths: (2 * 3.6 + 9 * 3) / 11.
    mean = (2 * 3.6 + 9 * 3.0) / 11
    late = (2 * 8.0 + 9 * 2.0) / 11
    assert average.state_dict()["mean"].tolist() == pytest.approx([mean] * 2)
    with average.applied():
        assert model.mean.tolist() == pytest.approx([mean] * 2)
        assert model.late is not None
        assert model.late.tolist() == pytest.approx([late] * 2)
        with torch.inference_mode():
            model(torch.full((2,), 100.0))  # one that does so in evaluation as well
    assert model.mean.tolist() == [3.0, 3.0]
    assert model.late.tolist() == [2.0, 2.0]
    assert not model.mean.is_inference()


def test_a_buffer_of_another_shape_begins_its_average_anew() -> None:
    model = Reassigning()
    average = Average(model)
    model(torch.ones(2))
    average.update(0, 5.0)
    model.mean = torch.full((3,), 7.0)
    with average.applied():  # the average is of what was
        assert model.mean.tolist() == [7.0] * 3
    average.update(1, 5.0)
    assert average.state_dict()["mean"].tolist() == [7.0] * 3


def test_a_loaded_average_is_no_view_of_what_it_was_loaded_from() -> None:
    model = Model()
    average = Average(model)
    state = {name: tensor.clone() for name, tensor in average.state_dict().items()}
    average.load_state_dict(state)
    with torch.no_grad():
        model.weight.fill_(4.0)
    average.update(0, 5.0)
    assert state["weight"].tolist() == [0.0, 0.0]
