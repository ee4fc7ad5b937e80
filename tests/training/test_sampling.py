"""Samplers show what they promise, the same for the same generator; weights are scikit-learn's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor

from study.training.sampling import draw_order, loss_weights

from ..examples import examples

LABELS = st.lists(st.integers(0, 6), min_size=1, max_size=80).map(torch.tensor)


def drawn(labels: Tensor, sampler: str = "balanced", seed: int = 0) -> Tensor:
    return draw_order(labels, sampler, torch.Generator().manual_seed(seed))  # type: ignore[arg-type]


@examples(100)
@given(LABELS, st.integers(0, 2**62))
def test_a_balanced_epoch_has_as_many_examples_of_every_class_equally_many(labels: Tensor, seed: int) -> None:
    order = drawn(labels, seed=seed)
    assert len(order) == len(labels)
    counts = torch.bincount(labels[order], minlength=7)[labels.unique()]
    assert int(counts.max() - counts.min()) <= 1
    for label in labels.unique().tolist():  # none is there twice more often than another of its class
        times = torch.bincount(order, minlength=len(labels))[labels == label]
        assert int(times.max() - times.min()) <= 1


@examples(50)
@given(LABELS, st.integers(0, 2**62))
def test_an_order_follows_from_its_generator(labels: Tensor, seed: int) -> None:
    assert torch.equal(drawn(labels, seed=seed), drawn(labels, seed=seed))
    assert torch.equal(drawn(labels, "shuffle", seed).sort().values, torch.arange(len(labels)))


def test_the_classes_of_a_balanced_epoch_are_mixed_and_epochs_differ() -> None:
    labels = torch.tensor([0] * 90 + [1] * 10)
    first, second = labels[drawn(labels, seed=1)], drawn(labels, seed=2)
    assert 30 < int((first[1:] != first[:-1]).sum()) < 70
    assert not torch.equal(drawn(labels, seed=1), second)
    shown = {int(place) for seed in range(9) for place in drawn(labels, seed=seed)}
    assert shown == set(range(100))  # what an epoch leaves out of a frequent class, another one has


def test_the_remainder_goes_to_classes_that_are_drawn() -> None:
    labels = torch.tensor([0, 0, 0, 1])[torch.arange(401) % 4]
    more = {int(torch.bincount(labels[drawn(labels, seed=seed)]).argmax()) for seed in range(20)}
    assert more == {0, 1}


@examples(50)
@given(LABELS)
def test_class_weights_are_scikit_learns_and_one_on_average(labels: Tensor) -> None:
    classes = labels.unique()
    outputs = 9
    weights = loss_weights(labels, outputs, "balanced")
    assert weights is not None
    assert weights.shape == (outputs,)
    expected = compute_class_weight("balanced", classes=classes.numpy(), y=labels.numpy()) * len(classes) / outputs
    torch.testing.assert_close(weights[classes].double(), torch.from_numpy(expected))
    absent = [label for label in range(outputs) if label not in classes.tolist()]
    assert weights[absent].tolist() == [1.0] * len(absent)


def test_the_presence_of_a_label_weighs_as_much_as_its_absence() -> None:
    targets = torch.tensor([[1, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 1]], dtype=torch.uint8)
    weights = loss_weights(targets, 3, "balanced")
    assert weights is not None
    assert weights.tolist() == [3.0, 1.0, 1.0]  # the others are never there, or always


@pytest.mark.parametrize("targets", [torch.tensor([0, 1]), torch.ones(2, 3, dtype=torch.uint8), torch.ones(2, 1)])
def test_there_are_no_weights_where_none_are_asked_for(targets: Tensor) -> None:
    assert loss_weights(targets, 3, "none") is None
