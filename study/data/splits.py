"""Cut datasets into train, validation and test, stratified by class and the same every time.

Each cut has a seed of its own that no option changes, so all trials of all studies of a dataset see the same
images on the same side. The module uses the raw PCG64 stream, which NumPy promises never to change.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from study.data.dataset import Dataset, Split, class_counts
from study.errors import StudyError

CUT_FRACTION = 1 / 6
"""Share of the images that a test or validation cut takes: 10,000 of a training set of 60,000."""
TEST_SEED = 101
VALIDATION_SEED = 102
SUBSET_SEED = 103


@dataclass(frozen=True, slots=True, eq=False)
class Development:
    """What search, and anything else that chooses, may see."""

    train: Split
    validation: Split


def development_splits(dataset: Dataset, *, train_size: int | None = None) -> Development:
    """Cut the training set into train and validation images, one sixth for validation.

    Args:
        dataset: Its test split is left alone.
        train_size: Keep only so many train images, stratified, for a quick look; the validation split stays.

    Raises:
        StudyError: A class has fewer than 2 training images, or `train_size` is out of range.
    """
    train, validation = _development_indices(dataset, train_size)
    return Development(train=dataset.training.subset(train), validation=dataset.training.subset(validation))


def full_training(dataset: Dataset, *, train_size: int | None = None) -> Split:
    """Return train and validation images together, in their original order: what final trials train on.

    Args:
        dataset: Its test split is left alone.
        train_size: Take only so many of the train images, and all of the validation images.

    Raises:
        StudyError: As in `development_splits`.
    """
    if train_size is None:
        return dataset.training
    both = torch.cat(_development_indices(dataset, train_size))
    return dataset.training.subset(both.sort().values)


def cut_test_split(whole: Split, *, name: str, class_names: tuple[str, ...]) -> tuple[Split, Split]:
    """Cut a stratified sixth off a dataset that has no test images of its own.

    Returns:
        The training and the test split.

    Raises:
        StudyError: A class has fewer than 3 images: one to train, one to validate and one to test.
    """
    counts = class_counts(whole.targets, len(class_names))
    for label, count in zip(class_names, counts.tolist(), strict=True):
        if count < 3:
            raise StudyError(
                f"Class '{label}' of dataset '{name}' has too few images: at least 3 are needed, one each to "
                f"train, validate and test, found {count}; add images or remove the class."
            )
    test = stratified_choice(whole.targets, size=_cut_size(counts), keep=2, seed=TEST_SEED)
    return whole.subset(_complement(test, len(whole))), whole.subset(test)


def stratified_choice(labels: Tensor, *, size: int, keep: int, seed: int) -> Tensor:
    """Choose `size` images so that every class keeps its share, rounded up or down, and has at least one.

    Args:
        labels: (n,) int64; every class from 0 on has to occur more than `keep` times.
        size: How many to choose, at least one per class.
        keep: How many images of each class must not be chosen.
        seed: Which images are chosen; a larger `size` with the same seed mostly adds to a smaller one.

    Returns:
        (size,) int64 indices in ascending order.
    """
    classes = labels.numpy()
    counts = np.bincount(classes)
    shares = _allocate(counts, size, keep)
    keys = np.random.PCG64(seed).random_raw(len(classes))
    by_class = np.lexsort((keys, classes))  # (n,): class after class, shuffled within each
    first = np.cumsum(counts) - counts
    rank = np.arange(len(classes)) - np.repeat(first, counts)
    chosen = by_class[rank < np.repeat(shares, counts)]
    return torch.from_numpy(np.sort(chosen))


def _development_indices(dataset: Dataset, train_size: int | None) -> tuple[Tensor, Tensor]:
    """Return the train and the validation images as indices into the training set."""
    labels = dataset.training.targets
    counts = class_counts(labels, len(dataset.class_names))
    for label, count in zip(dataset.class_names, counts.tolist(), strict=True):
        if count < 2:
            raise StudyError(
                f"Class '{label}' of dataset '{dataset.name}' has too few training images: at least 2 are "
                f"needed, one each to train and validate, found {count}; add images or remove the class."
            )
    validation = stratified_choice(labels, size=_cut_size(counts), keep=1, seed=VALIDATION_SEED)
    train = _complement(validation, len(labels))
    if train_size is None:
        return train, validation
    _check_train_size(train_size, dataset, available=len(train))
    quick = stratified_choice(labels[train], size=train_size, keep=0, seed=SUBSET_SEED)
    return train[quick], validation


def _check_train_size(train_size: int, dataset: Dataset, *, available: int) -> None:
    """Refuse a `train_size` that is larger than the train split or leaves a class without images."""
    classes = len(dataset.class_names)
    if train_size < classes:
        raise StudyError(
            f"train_size has to be at least {classes}, one image for each class of '{dataset.name}'; "
            f"{train_size} was given."
        )
    if train_size > available:
        raise StudyError(
            f"train_size has to be at most {available}, the number of train images of '{dataset.name}' "
            f"beside its validation split; {train_size} was given."
        )


def _cut_size(counts: Tensor) -> int:
    """Return how many images a cut takes: a sixth, but never less than one per class."""
    return max(round(int(counts.sum()) * CUT_FRACTION), len(counts))


def _complement(indices: Tensor, total: int) -> Tensor:
    """Return the indices under `total` that are not among `indices`, ascending."""
    left = torch.ones(total, dtype=torch.bool)
    left[indices] = False
    return left.nonzero().squeeze(1)  # (total - len(indices),)


def _allocate(counts: NDArray[np.intp], size: int, keep: int) -> NDArray[np.intp]:
    """Share out `size` images over classes by largest remainder, at least 1 and at most count - keep each.

    Whole numbers throughout (everything is scaled by the total), so that no machine rounds differently.
    """
    total = int(counts.sum())
    quotas = counts * size  # what a class is due, times `total`
    most = counts - keep
    shares = np.clip(quotas // total, 1, most)
    never = np.iinfo(np.int64).min
    while shares.sum() < size:
        shares[np.where(shares < most, quotas - shares * total, never).argmax()] += 1
    while shares.sum() > size:
        shares[np.where(shares > 1, shares * total - quotas, never).argmax()] -= 1
    return shares
