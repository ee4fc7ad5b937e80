"""Cuts are disjoint, complete, stratified, and the same every time."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from study.data import Dataset, Split, development_splits, full_training
from study.data.choosing import stratified_choice
from study.data.dataset import make_dataset
from study.data.splits import SUBSET_SEED, VALIDATION_SEED, cut_test_split
from study.errors import StudyError

from ..examples import examples


def numbered(counts: list[int]) -> Split:
    """Return a split whose image number i carries i in its first pixels, in a fixed shuffled order."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    images = torch.zeros(len(labels), 1, 28, 28, dtype=torch.uint8)
    numbers = torch.arange(len(labels))
    images[:, 0, 0, 0] = (numbers % 256).byte()
    images[:, 0, 0, 1] = (numbers // 256).byte()
    return Split(inputs=images, targets=torch.from_numpy(labels))


def numbers(split: Split) -> list[int]:
    """Return the numbers that `numbered` wrote."""
    return (split.inputs[:, 0, 0, 0].int() + 256 * split.inputs[:, 0, 0, 1].int()).tolist()


def dataset_of(counts: list[int]) -> Dataset:
    names = tuple(str(label) for label in range(len(counts)))
    whole = numbered(counts)
    return make_dataset(name="toy", training=whole, test=whole, class_names=names)


def test_validation_is_a_sixth_of_each_class() -> None:
    development = development_splits(dataset_of([60, 120, 180]))
    assert development.validation.targets.bincount().tolist() == [10, 20, 30]
    assert development.train.targets.bincount().tolist() == [50, 100, 150]


def test_the_cut_never_changes() -> None:
    """These numbers are part of the product: another cut would make old studies incomparable."""
    labels = torch.arange(24) % 2
    validation = stratified_choice(labels, size=4, keep=1, seed=VALIDATION_SEED)
    assert validation.tolist() == [0, 10, 21, 23]
    subset = stratified_choice(labels, size=4, keep=0, seed=SUBSET_SEED)
    assert subset.tolist() == [2, 17, 20, 21]


@pytest.mark.parametrize("train_size", [3, 100, 299, 300])
def test_train_size_bounds_what_every_trial_learns_from(train_size: int) -> None:
    dataset = dataset_of([60, 120, 180])
    whole, quick = development_splits(dataset), development_splits(dataset, train_size=train_size)
    assert len(quick.train) == train_size
    assert set(numbers(quick.train)) <= set(numbers(whole.train))
    assert numbers(quick.validation) == numbers(whole.validation)
    final = full_training(dataset, train_size=train_size)
    assert len(final) == len(set(numbers(final))) == train_size
    assert final.targets.bincount(minlength=3).min() >= 1
    assert numbers(full_training(dataset, train_size=train_size, final_examples=train_size)) == numbers(final)


def test_final_trials_of_an_older_study_learn_from_what_they_did() -> None:
    """Programs before took the train examples of that size, and all for validation."""
    dataset = dataset_of([60, 120, 180])
    parts = development_splits(dataset, train_size=100)
    final = full_training(dataset, train_size=100, final_examples=100 + len(parts.validation))
    assert numbers(final) == sorted(numbers(parts.train) + numbers(parts.validation))


def test_full_training_is_the_whole_training_set() -> None:
    dataset = dataset_of([20, 30])
    assert numbers(full_training(dataset)) == list(range(50))


@pytest.mark.parametrize(
    ("train_size", "message"),
    [
        (2, "train_size has to be at least 3, one example for each class of 'toy'; 2 was given."),
        (-1, "train_size has to be at least 3, one example for each class of 'toy'; -1 was given."),
        (
            301,
            "train_size has to be at most 300, the number of train examples of 'toy' beside its validation "
            "split; 301 was given.",
        ),
    ],
)
@pytest.mark.parametrize("cut", [development_splits, full_training])
def test_train_size_out_of_range(cut: Callable[..., object], train_size: int, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        cut(dataset_of([60, 120, 180]), train_size=train_size)
    assert str(caught.value) == message


@pytest.mark.parametrize(("counts", "found"), [([9, 1], 1), ([9, 0, 9], 0)])
def test_too_few_images_to_validate(counts: list[int], found: int) -> None:
    with pytest.raises(StudyError) as caught:
        development_splits(dataset_of(counts))
    assert str(caught.value) == (
        "Class '1' of dataset 'toy' has too few training examples: at least 2 are needed, one each to train "
        f"and validate, found {found}; add some or remove the class."
    )


def test_too_few_images_to_test() -> None:
    with pytest.raises(StudyError) as caught:
        cut_test_split(numbered([9, 2]), name="pets", class_names=("cat", "dog"))
    assert str(caught.value) == (
        "Class 'dog' of dataset 'pets' has too few examples: at least 3 are needed, one each to train, "
        "validate and test, found 2; add some or remove the class."
    )


def test_a_dataset_needs_two_classes() -> None:
    with pytest.raises(StudyError) as caught:
        dataset_of([9])
    assert str(caught.value) == "A dataset needs at least 2 classes; 'toy' has 1."


@examples(40)
@given(st.lists(st.integers(3, 60), min_size=2, max_size=12))
def test_all_cuts_are_disjoint_and_complete(counts: list[int]) -> None:
    whole = numbered(counts)
    names = tuple(str(label) for label in range(len(counts)))
    training, test = cut_test_split(whole, name="toy", class_names=names)
    dataset = make_dataset(name="toy", training=training, test=test, class_names=names)
    development = development_splits(dataset)
    parts = [numbers(part) for part in (development.train, development.validation, test)]
    assert sorted(itertools.chain(*parts)) == list(range(sum(counts)))
    for part in (development.train, development.validation, test):
        assert part.targets.bincount(minlength=len(counts)).min() >= 1
    again = development_splits(dataset)
    assert numbers(again.train) == parts[0]
    assert numbers(again.validation) == parts[1]


@examples(40)
@given(st.lists(st.integers(12, 80), min_size=2, max_size=12))
def test_cuts_are_stratified_within_one(counts: list[int]) -> None:
    validation = development_splits(dataset_of(counts)).validation
    share = len(validation) / sum(counts)
    shares = validation.targets.bincount(minlength=len(counts)).tolist()
    assert all(abs(found - count * share) < 1 for found, count in zip(shares, counts, strict=True))


@examples(40)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.data(), st.integers(0, 2**32))
def test_any_feasible_choice_has_its_size_and_every_class(counts: list[int], data: st.DataObject, seed: int) -> None:
    size = data.draw(st.integers(len(counts), sum(counts)))
    labels = numbered(counts).targets
    chosen = stratified_choice(labels, size=size, keep=0, seed=seed)
    assert len(set(chosen.tolist())) == size
    assert chosen.tolist() == sorted(chosen.tolist())
    assert labels[chosen].bincount(minlength=len(counts)).min() >= 1
    assert chosen.tolist() == stratified_choice(labels, size=size, keep=0, seed=seed).tolist()
