"""Cut data sets into train, validation and test, the same every time; what a data set brings of its own stays whole.

Each cut has a seed of its own that no option changes, so all trials of all studies of a data set see the same examples
on the same side; with `--split-seed per-replicate` the replicates of an ablation have a cut each, the same in all arms.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from study.data.choosing import choose, complement
from study.data.dataset import Dataset, Split, class_counts
from study.errors import StudyError
from study.seeds import derive

CUT_FRACTION = 1 / 6
"""Share of the examples that a test or validation cut takes: 10,000 of a training set of 60,000."""
TEST_SEED = 101
VALIDATION_SEED = 102
SUBSET_SEED = 103


@dataclass(frozen=True, slots=True, eq=False)
class Development:
    """What search, and anything else that chooses, may see."""

    train: Split
    validation: Split


def development_splits(dataset: Dataset, *, train_size: int | None = None, replicate: int | None = None) -> Development:
    """Cut the training set into train and validation examples, one sixth for validation, unless there are some already.

    Args:
        dataset: Its test split is left alone; a validation split of its own is taken as it is.
        train_size: Keep only so many train examples, stratified, for a quick look; the validation split stays.
        replicate: Another cut for each number, from 0 on; None is the one that all trials share.

    Raises:
        StudyError: There are too few examples, or `train_size` is out of range.
    """
    train, validation = development_indices(dataset, train_size=train_size, replicate=replicate)
    if dataset.validation is not None:
        return Development(train=dataset.training.subset(train), validation=dataset.validation)
    return Development(train=dataset.training.subset(train), validation=dataset.training.subset(validation))


def full_training(dataset: Dataset, *, train_size: int | None = None, final_examples: int | None = None) -> Split:
    """Return what final trials learn from: train and validation examples together, in their original order.

    Args:
        dataset: Its test split is left alone.
        train_size: Take only so many of them, stratified.
        final_examples: How many a stored study's final trials learn from. Programs before took `train_size` of the
            train examples and all for validation: where this is more than `train_size`, so does this function.

    Raises:
        StudyError: As in `development_splits`.
    """
    own = dataset.validation
    if train_size is not None and final_examples not in (None, train_size):
        train, validation = development_indices(dataset, train_size=train_size)
        if own is None:
            return dataset.training.subset(torch.cat([train, validation]).sort().values)
        return dataset.training.subset(train).joined(own)
    whole = dataset.training if own is None else dataset.training.joined(own)
    if train_size is None:
        return whole
    development_indices(dataset, train_size=train_size)  # checks the size
    return whole.subset(choose(whole.targets, size=train_size, keep=0, seed=SUBSET_SEED))


def cut_test_split(
    whole: Split, *, name: str, class_names: tuple[str, ...], groups: Tensor | None = None
) -> tuple[Split, Split]:
    """Cut a sixth off a data set that has no test examples of its own: stratified, plain of numbers, or whole groups.

    Returns:
        The training and the test split.

    Raises:
        StudyError: A class, or all, have fewer than 3 examples: one to train, one to validate and one to test.
    """
    train, test = cut_off_test(whole, name=name, class_names=class_names, groups=groups)
    return whole.subset(train), whole.subset(test)


def cut_off_test(
    whole: Split, *, name: str, class_names: tuple[str, ...], groups: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the training and the test examples that `cut_test_split` cuts, as indices."""
    _refuse_few(whole, groups, class_names, least=3, rule=f"of dataset '{name}' has too few examples", to=_ALL_THREE)
    size = _cut_size(whole, class_names)
    test = choose(whole.targets, size=size, keep=2, seed=TEST_SEED, groups=groups)
    _refuse_no_cut(test, name, "test")
    return complement(test, len(whole)), test


_ALL_THREE = "one each to train, validate and test"


def development_indices(
    dataset: Dataset, *, train_size: int | None = None, replicate: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return the train and the validation examples as indices into the training set.

    Where the data set has a validation split of its own, the latter are none.

    Raises:
        StudyError: As in `development_splits`.
    """
    training = dataset.training
    if dataset.validation is None:
        _refuse_few(
            training,
            dataset.groups,
            dataset.class_names,
            least=2,
            rule=f"of dataset '{dataset.name}' has too few training examples",
            to="one each to train and validate",
        )
        size, seed = _cut_size(training, dataset.class_names), _seed(VALIDATION_SEED, replicate)
        validation = choose(training.targets, size=size, keep=1, seed=seed, groups=dataset.groups)
        _refuse_no_cut(validation, dataset.name, "validation")
    else:
        validation = torch.empty(0, dtype=torch.int64)
    train = complement(validation, len(training))
    if train_size is None:
        return train, validation
    _check_train_size(train_size, dataset, training.targets[train])
    quick = choose(training.targets[train], size=train_size, keep=0, seed=_seed(SUBSET_SEED, replicate))
    return train[quick], validation


def refuse_own_cut(dataset: Dataset) -> None:
    """Refuse to cut a data set anew for each replicate that brings its own validation examples.

    Raises:
        StudyError: It does.
    """
    if dataset.validation is not None:
        raise StudyError(
            f"--split-seed per-replicate draws training and validation examples anew, but '{dataset.name}' brings a "
            f"validation split of its own; leave that out of --dataset, or take --split-seed fixed"
        )


def _seed(stream: int, replicate: int | None) -> int:
    return stream if replicate is None else derive(stream, "replicate", replicate)


def _refuse_few(
    examples: Split, groups: Tensor | None, class_names: tuple[str, ...], *, least: int, rule: str, to: str
) -> None:
    """Refuse what leaves a side of a cut without examples, or without one of a class.

    Raises:
        StudyError: There are too few examples, groups, or examples of a class.
    """
    if groups is not None and (found := int(groups.max()) + 1) < least:
        raise StudyError(
            f"The --group column {rule.replace('examples', 'different values')}: at least {least} are needed, {to}, "
            f"found {found}; name another column."
        )
    if examples.targets.dtype != torch.int64:
        if len(examples) < least:
            raise StudyError(f"The data {rule}: at least {least} are needed, {to}, found {len(examples)}; add some.")
        return
    for label, count in zip(class_names, class_counts(examples.targets, len(class_names)).tolist(), strict=True):
        if count < least:
            raise StudyError(
                f"Class '{label}' {rule}: at least {least} are needed, {to}, found {count}; add some or remove the "
                f"class."
            )


def _refuse_no_cut(chosen: Tensor, name: str, split: str) -> None:
    if not len(chosen):
        raise StudyError(
            f"No group of dataset '{name}' can become its {split} split, since each holds all examples of a class, or "
            f"nearly all; name another column by --group."
        )


def _check_train_size(train_size: int, dataset: Dataset, train: Tensor) -> None:
    """Refuse a `train_size` that is larger than the train split or leaves a class without examples."""
    classes = len(dataset.class_names) if train.dtype == torch.int64 else 1
    if train_size < classes:
        each = f", one example for each class of '{dataset.name}'" if classes > 1 else ""
        raise StudyError(f"train_size has to be at least {classes}{each}; {train_size} was given.")
    if train_size > len(train):
        raise StudyError(
            f"train_size has to be at most {len(train)}, the number of train examples of '{dataset.name}' "
            f"beside its validation split; {train_size} was given."
        )


def _cut_size(examples: Split, class_names: tuple[str, ...]) -> int:
    """Return how many examples a cut takes: a sixth, but never less than one per class."""
    least = len(class_names) if examples.targets.dtype == torch.int64 else 1
    return max(round(len(examples) * CUT_FRACTION), least)
