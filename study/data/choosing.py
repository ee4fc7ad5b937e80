"""Choose examples of a split: stratified by class or by labels, at random, or by whole groups; the same every time.

The module uses the raw PCG64 stream, which NumPy promises never to change, and whole numbers alone, so that no machine
chooses differently.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Indices = NDArray[np.int64]


def choose(targets: Tensor, *, size: int, keep: int, seed: int, groups: Tensor | None = None) -> Tensor:
    """Choose examples as fits their task.

    Args:
        targets: As in a split: their type says what is learned.
        size: How many to choose; with groups about as many, as whole groups come to.
        keep: How many examples of each class, or of all where there are no classes, must not be chosen.
        seed: Which are chosen.
        groups: (n,) int64, from 0 on without a gap: what is of one group is chosen as a whole, or not.

    Returns:
        int64 indices in ascending order.
    """
    if groups is not None:
        return grouped_choice(targets, groups, size=size, keep=keep, seed=seed)
    if targets.dtype == torch.int64:
        return stratified_choice(targets, size=size, keep=keep, seed=seed)
    if targets.dtype == torch.uint8:
        return labelled_choice(targets, size=size, seed=seed)
    return plain_choice(len(targets), size=size, seed=seed)


def stratified_choice(labels: Tensor, *, size: int, keep: int, seed: int) -> Tensor:
    """Choose `size` examples so that every class keeps its share, rounded up or down, and has at least one.

    Args:
        labels: (n,) int64; every class from 0 on has to occur more than `keep` times.
        size: How many to choose, at least one per class.
        keep: How many examples of each class must not be chosen.
        seed: Which examples are chosen; a larger `size` with the same seed mostly adds to a smaller one.

    Returns:
        (size,) int64 indices in ascending order.
    """
    classes = labels.numpy()
    counts = np.bincount(classes)
    shares = _allocate(counts, size, keep)
    keys = _keys(len(classes), seed)
    by_class = np.lexsort((keys, classes))  # (n,): class after class, shuffled within each
    first = np.cumsum(counts) - counts
    rank = np.arange(len(classes)) - np.repeat(first, counts)
    chosen = by_class[rank < np.repeat(shares, counts)]
    return torch.from_numpy(np.sort(chosen))


def labelled_choice(labels: Tensor, *, size: int, seed: int) -> Tensor:
    """Choose `size` examples so that every set of labels keeps its share, rounded up or down, however rare it is.

    Args:
        labels: (n, labels) uint8, 0 or 1.
        size: How many to choose.
        seed: Which examples are chosen.

    Returns:
        (size,) int64 indices in ascending order.
    """
    _, sets = np.unique(labels.numpy(), axis=0, return_inverse=True)
    ordered = np.lexsort((_keys(len(labels), seed), sets.reshape(-1)))  # (n,): set after set, shuffled within each
    begin = seed % len(labels)  # where in the first step the first is taken, in 1 / size of a step
    places = (np.arange(size, dtype=np.int64) * len(labels) + begin) // size  # evenly spread
    return torch.from_numpy(np.sort(ordered[places]))


def plain_choice(total: int, *, size: int, seed: int) -> Tensor:
    """Choose `size` of `total` examples at random, (size,) int64 ascending; a larger `size` adds to a smaller one."""
    ordered = np.argsort(_keys(total, seed), kind="stable")
    return torch.from_numpy(np.sort(ordered[:size]))


def grouped_choice(targets: Tensor, groups: Tensor, *, size: int, keep: int, seed: int) -> Tensor:
    """Choose whole groups, in a random order, each that brings size and classes nearer to their share.

    Args:
        targets: As in a split.
        groups: (n,) int64, from 0 on without a gap; at least two.
        size: About how many examples to choose; never more, unless the smallest group that may be chosen is larger.
        keep: How many examples of each class must not be chosen.
        seed: Which groups are chosen.

    Returns:
        int64 indices in ascending order; none where no group may be chosen.
    """
    ids = groups.numpy()
    parts = _strata_of_groups(targets, ids)
    total = np.bincount(np.concatenate([strata for strata, _ in parts]), np.concatenate([n for _, n in parts]))
    left, taken = total.astype(np.int64), np.zeros(len(total), np.int64)
    whole = int(left[0])
    wanted = left * size  # of each stratum, times the number of examples
    order = np.argsort(_keys(len(parts), seed), kind="stable")
    chosen: list[int] = []

    def take(group: int) -> None:
        strata, counts = parts[group]
        taken[strata] += counts
        left[strata] -= counts
        chosen.append(group)

    def may(group: int) -> bool:
        strata, counts = parts[group]
        spared = slice(None) if targets.dtype == torch.int64 else slice(1)  # all examples, and each class
        return bool((left[strata[spared]] - counts[spared] >= keep).all())

    for group in order.tolist():
        strata, counts = parts[group]
        before = np.abs(whole * taken[strata] - wanted[strata]).sum()
        after = np.abs(whole * (taken[strata] + counts) - wanted[strata]).sum()
        if taken[0] + counts[0] <= size and after < before and may(group):
            take(group)
    if not chosen:  # all are larger than the cut: the smallest one then
        fitting = [group for group in order.tolist() if may(group)]
        if fitting:
            take(min(fitting, key=lambda group: int(parts[group][1][0])))
    return torch.from_numpy(np.flatnonzero(np.isin(ids, chosen)).astype(np.int64))


def _strata_of_groups(targets: Tensor, ids: Indices) -> list[tuple[Indices, Indices]]:
    """Return the strata that occur in each group, and how often: stratum 0 is all examples, then classes or labels."""
    values = targets.numpy()
    examples, strata = np.arange(len(ids)), np.zeros(len(ids), np.int64)
    if values.dtype == np.int64:
        examples, strata = np.tile(examples, 2), np.concatenate([strata, values + 1])
    elif values.dtype == np.uint8:
        having, labels = np.nonzero(values)
        examples, strata = np.concatenate([examples, having]), np.concatenate([strata, labels + 1])
    pairs, counts = np.unique(np.stack([ids[examples], strata], axis=1), axis=0, return_counts=True)
    bounds = np.searchsorted(pairs[:, 0], np.arange(1, ids.max() + 1))
    return list(zip(np.split(pairs[:, 1], bounds), np.split(counts.astype(np.int64), bounds), strict=True))


def complement(indices: Tensor, total: int) -> Tensor:
    """Return the indices under `total` that are not among `indices`, ascending."""
    left = torch.ones(total, dtype=torch.bool)
    left[indices] = False
    return left.nonzero().squeeze(1)  # (total - len(indices),)


def _keys(count: int, seed: int) -> NDArray[np.uint64]:
    """Return random numbers to sort by, (count,)."""
    keys: NDArray[np.uint64] = np.random.PCG64(seed).random_raw(count)
    return keys


def _allocate(counts: NDArray[np.intp], size: int, keep: int) -> NDArray[np.intp]:
    """Share out `size` examples over classes by largest remainder, at least 1 and at most count - keep each.

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
