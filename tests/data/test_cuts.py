"""Cuts of any task: disjoint, complete, groups whole, strata within one, paired by replicate; own splits kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from study.data import Dataset, Split, TrialData, development_splits, full_training
from study.data.choosing import grouped_choice, labelled_choice, plain_choice
from study.data.dataset import make_dataset
from study.data.splits import cut_off_test, refuse_own_cut
from study.prepare.loaded import Cut, Loaded

from ..examples import examples
from ..plans import message_of

NAMES = {"classification": ("a", "b", "c"), "multilabel": ("x", "y"), "regression": ("price",)}


def targets_of(task: str, count: int) -> Tensor:
    generator = np.random.default_rng(count)
    if task == "classification":
        return torch.arange(count) % 3
    if task == "multilabel":
        return torch.from_numpy(generator.integers(0, 2, (count, 2)).astype(np.uint8))
    return torch.from_numpy(generator.normal(size=(count, 1)).astype(np.float32))


def numbered(targets: Tensor, first: int = 0) -> Split:
    """Returns examples whose one feature is their number."""
    return Split(torch.arange(first, first + len(targets), dtype=torch.float32).unsqueeze(1), targets)


def numbers(split: Split) -> list[int]:
    return split.inputs[:, 0].int().tolist()


def dataset_of(task: str, count: int = 36, **parts: object) -> Dataset:
    test = numbered(targets_of(task, 12), first=1000)
    training = numbered(targets_of(task, count))
    return make_dataset(name="toy", training=training, test=test, class_names=NAMES[task], **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("task", NAMES)
@pytest.mark.parametrize("replicate", [None, 0, 3])
def test_cuts_are_disjoint_complete_and_the_same_every_time(task: str, replicate: int | None) -> None:
    dataset = dataset_of(task)
    parts = [development_splits(dataset, replicate=replicate) for _ in range(2)]
    train, validation = numbers(parts[0].train), numbers(parts[0].validation)
    assert sorted(train + validation) == list(range(36))
    assert len(validation) == 6
    assert (train, validation) == (numbers(parts[1].train), numbers(parts[1].validation))
    assert numbers(full_training(dataset)) == list(range(36))


@pytest.mark.parametrize("task", NAMES)
def test_each_replicate_has_a_cut_of_its_own(task: str) -> None:
    dataset = dataset_of(task)
    cuts = {tuple(numbers(development_splits(dataset, replicate=number).validation)) for number in (None, 0, 1, 2)}
    assert len(cuts) == 4


@examples(40)
@given(st.integers(3, 200), st.integers(0, 2**40), st.data())
def test_a_set_of_labels_keeps_its_share_within_one(count: int, seed: int, data: st.DataObject) -> None:
    labels = torch.tensor(data.draw(st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=count, max_size=count)))
    size = data.draw(st.integers(1, count))
    chosen = labelled_choice(labels.to(torch.uint8), size=size, seed=seed)
    assert len(set(chosen.tolist())) == size
    assert chosen.tolist() == sorted(chosen.tolist())
    codes = labels @ torch.tensor([1, 2, 4])
    whole, part = codes.bincount(minlength=8), codes[chosen].bincount(minlength=8)
    assert ((part - whole * size / count).abs() < 1).all()


@examples(40)
@given(st.integers(1, 200), st.integers(0, 2**40), st.data())
def test_a_larger_plain_choice_adds_to_a_smaller_one(count: int, seed: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, count))
    chosen = plain_choice(count, size=size, seed=seed).tolist()
    assert len(set(chosen)) == size
    assert set(plain_choice(count, size=size - 1, seed=seed).tolist()) < set(chosen)


@st.composite
def grouped(draw: st.DrawFn) -> tuple[str, Tensor, Tensor]:
    """Returns a task, targets and groups."""
    task = draw(st.sampled_from(tuple(NAMES)))
    sizes = draw(st.lists(st.integers(1, 12), min_size=3, max_size=30))
    ids = np.repeat(np.arange(len(sizes)), sizes)
    order = np.random.default_rng(draw(st.integers(0, 99))).permutation(len(ids))
    count = max(len(ids), 12)
    ids = np.resize(ids[order], count)
    return task, targets_of(task, count), torch.from_numpy(ids.astype(np.int64))


@examples(60)
@given(grouped(), st.integers(0, 2**40))
def test_groups_stay_whole(made: tuple[str, Tensor, Tensor], seed: int) -> None:
    _, targets, groups = made
    size = max(1, len(targets) // 6)
    chosen = grouped_choice(targets, groups, size=size, keep=1, seed=seed)
    taken = torch.zeros(len(groups), dtype=torch.bool)
    taken[chosen] = True
    assert not set(groups[taken].tolist()) & set(groups[~taken].tolist())
    if len(chosen) > size:  # the smallest that may be chosen, alone
        assert len(set(groups[chosen].tolist())) == 1
    if targets.dtype == torch.int64:
        assert set(targets[~taken].tolist()) == set(targets.tolist())
    assert chosen.tolist() == grouped_choice(targets, groups, size=size, keep=1, seed=seed).tolist()


@examples(20)
@given(st.integers(0, 2**40))
def test_groups_of_one_class_each_are_chosen_by_class(seed: int) -> None:
    """Each patient has one diagnosis; two of three are healthy, on either side of the cut."""
    groups = torch.arange(60).repeat_interleave(4)
    targets = (groups % 3 == 0).long()
    chosen = grouped_choice(targets, groups, size=40, keep=1, seed=seed)
    assert 36 <= len(chosen) <= 40
    assert abs(targets[chosen].float().mean() - 1 / 3) < 0.11


@pytest.mark.parametrize("task", NAMES)
def test_all_three_splits_have_groups_of_their_own(task: str) -> None:
    whole, groups = numbered(targets_of(task, 60)), torch.arange(60) // 4
    train, test = cut_off_test(whole, name="toy", class_names=NAMES[task], groups=groups)
    _, of_training = groups[train].unique(return_inverse=True)
    dataset = make_dataset(
        name="toy", training=whole.subset(train), test=whole.subset(test), class_names=NAMES[task], groups=of_training
    )
    parts = development_splits(dataset)
    sides = [{number // 4 for number in numbers(part)} for part in (parts.train, parts.validation, dataset.test)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 15
    assert all(sides)


def test_groups_are_part_of_what_a_data_set_is() -> None:
    groups = torch.arange(36) // 3
    assert dataset_of("regression").content_hash != dataset_of("regression", groups=groups).content_hash


@pytest.mark.parametrize("train_size", [None, 10])
def test_a_validation_split_of_its_own_is_taken_as_it_is(train_size: int | None) -> None:
    own = numbered(targets_of("regression", 8), first=100)
    dataset = dataset_of("regression", validation=own)
    parts = development_splits(dataset, train_size=train_size)
    assert numbers(parts.validation) == list(range(100, 108))
    assert len(parts.train) == (train_size or 36)
    final = numbers(full_training(dataset, train_size=train_size))
    assert set(final) <= {*range(36), *range(100, 108)}
    assert len(final) == (train_size or 44)
    assert dataset.content_hash != dataset_of("regression").content_hash


def test_examples_that_are_validated_on_their_own_are_not_cut_anew() -> None:
    dataset = dataset_of("regression", validation=numbered(targets_of("regression", 8), first=100))
    assert message_of(lambda: refuse_own_cut(dataset)) == (
        "--split-seed per-replicate draws training and validation examples anew, but 'toy' brings a validation split "
        "of its own; leave that out of --dataset, or take --split-seed fixed"
    )
    assert message_of(lambda: Loaded().cut(dataset, Cut(split_seed="per-replicate"))).startswith("--split-seed")


def test_the_data_of_a_trial_is_cut_as_its_replicate_says() -> None:
    dataset = dataset_of("classification")
    fixed = Loaded().cut(dataset, Cut())
    anew = Loaded().cut(dataset, Cut(split_seed="per-replicate"))
    assert fixed.cut(None) is fixed
    assert numbers(anew.cut(None).train) == numbers(fixed.train)
    expected = development_splits(dataset, replicate=2)
    found: TrialData = anew.cut(2)
    assert (numbers(found.train), numbers(found.validation)) == (numbers(expected.train), numbers(expected.validation))
    assert found.test is anew.test
    with pytest.raises(ValueError, match="no cut of replicate 2"):
        fixed.cut(2)


# What cannot be cut


def test_too_few_groups_are_refused() -> None:
    whole, groups = numbered(targets_of("regression", 20)), torch.arange(20) % 2
    assert message_of(lambda: cut_off_test(whole, name="toy", class_names=("price",), groups=groups)) == (
        "The --group column of dataset 'toy' has too few different values: at least 3 are needed, one each to train, "
        "validate and test, found 2; name another column."
    )


def test_groups_that_hold_a_class_each_are_refused() -> None:
    whole = numbered(targets_of("classification", 30))
    assert message_of(lambda: cut_off_test(whole, name="toy", class_names=("a", "b", "c"), groups=whole.targets)) == (
        "No group of dataset 'toy' can become its test split, since each holds all examples of a class, or nearly "
        "all; name another column by --group."
    )


def test_too_few_numbers_are_refused() -> None:
    whole = numbered(targets_of("regression", 2))
    assert message_of(lambda: cut_off_test(whole, name="toy", class_names=("price",))) == (
        "The data of dataset 'toy' has too few examples: at least 3 are needed, one each to train, validate and test, "
        "found 2; add some."
    )


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (
            torch.tensor([[1.0], [float("nan")], [2.0]]),
            "Targets of 'toy' have to be finite numbers, found nan as 'price' of training example 2; remove it, or "
            "take its logarithm or rank.",
        ),
        (
            torch.ones(3, 1),
            "The target 'price' of 'toy' is 1 in every training example, so there is nothing to learn; name another "
            "one.",
        ),
        (torch.tensor([[0], [2], [1]], dtype=torch.uint8), "Labels of 'toy' are 0 or 1, not 2."),
        (torch.tensor([0, 0, 0]), "A dataset needs at least 2 classes; 'toy' has 1."),
    ],
)
def test_targets_that_nothing_learns_are_refused(targets: Tensor, message: str) -> None:
    split = numbered(targets)
    assert message_of(lambda: make_dataset(name="toy", training=split, test=split, class_names=("price",))) == message
