"""What a network sees is scaled and filled in by what its trial learns from alone."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from study.data import Split
from study.training.preprocessing import Preprocessing

from ..examples import examples

NAN = float("nan")
ROWS = torch.tensor([[1.0, 5.0, 2.0], [2.0, 5.0, NAN], [6.0, 5.0, 8.0]])
PRICES = torch.tensor([[10.0], [20.0], [60.0]])


def fitted(inputs: torch.Tensor = ROWS, targets: torch.Tensor = PRICES) -> Preprocessing:
    return Preprocessing.fit(Split(inputs, targets), "regression")


def test_numbers_are_standardised_missing_ones_are_the_median_and_constants_stay_finite() -> None:
    seen = fitted().inputs(ROWS)
    whole = torch.tensor([2.0, 2.0, 8.0])  # torch's median of 2 and 8 is the lower
    for column, values in ((0, ROWS[:, 0]), (2, whole)):
        expected = (values - values.mean()) / values.std(correction=0)
        assert torch.allclose(seen[:, column], expected, atol=1e-6)
    assert seen[:, 1].tolist() == [0.0, 0.0, 0.0]


def test_a_number_that_only_other_rows_lack_has_a_median_too() -> None:
    scale = fitted(ROWS.nan_to_num(2.0))
    other = torch.tensor([[NAN, NAN, NAN]])
    assert torch.equal(scale.inputs(other), scale.inputs(torch.tensor([[2.0, 5.0, 2.0]])))


def test_other_rows_change_nothing() -> None:
    """What is fitted is fitted on the split that is learned from."""
    one, two = fitted(), fitted()
    one.inputs(ROWS * 100)
    assert all(torch.equal(value, two.state()[name]) for name, value in one.state().items())


@examples(40)
@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=12))
def test_outputs_come_back_in_the_targets_units(values: list[float]) -> None:
    targets = torch.tensor(values).unsqueeze(1)
    scale = fitted(torch.zeros(len(values), 1), targets)
    assert torch.allclose(scale.outputs(scale.targets(targets)), targets, atol=1e-2, rtol=1e-4)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_pixels_are_scaled_as_the_notebook_does(task: str) -> None:
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(3, 1, 1, 1)
    targets = torch.arange(3) if task == "classification" else PRICES
    found = Preprocessing.fit(Split(pixels, targets), task).inputs(pixels).flatten()  # type: ignore[arg-type]
    assert torch.allclose(found, (torch.tensor([0.0, 0.2, 1.0]) - 0.5) / 0.5, atol=1e-6)


def test_float_pictures_are_standardised_by_channel() -> None:
    pictures = torch.randn(20, 3, 4, 5) * torch.tensor([1.0, 5.0, 9.0]).reshape(3, 1, 1) + 7
    seen = Preprocessing.fit(Split(pictures, torch.arange(20) % 2), "classification").inputs(pictures)
    assert torch.allclose(seen.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(seen.std(dim=(0, 2, 3), correction=0), torch.ones(3), atol=1e-5)
