"""What a data set holds, as plain values to print or to write as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from study.data.dataset import Dataset, Split, class_counts
from study.data.splits import development_splits


def describe(dataset: Dataset) -> dict[str, object]:
    """Describe a data set, its splits and their targets.

    Returns:
        `name`, `content_hash`, `task`, `input_shape`, `inputs` (names, of a table), `classes` (names in the order of
        the outputs), `counts` (split -> examples), `balance` (split -> class or label -> examples that have it;
        nothing for a regression), `targets` (split -> target -> its `mean`, `minimum` and `maximum`; of a regression
        alone), for the splits 'train', 'validation' and 'test'; `notes` and `left_out` as in `Dataset`.

    Raises:
        StudyError: There are too few examples, of a class or in all, to be split.
    """
    development = development_splits(dataset)
    splits = {"train": development.train, "validation": development.validation, "test": dataset.test}
    return {
        "name": dataset.name,
        "content_hash": dataset.content_hash,
        "task": dataset.spec.task,
        "input_shape": list(dataset.spec.shape),
        "inputs": [column if level is None else f"{column} = {level}" for column, level in dataset.features],
        "classes": list(dataset.class_names),
        "counts": {split: len(examples) for split, examples in splits.items()},
        "balance": {split: _balance(examples, dataset.class_names) for split, examples in splits.items()},
        "targets": {split: _numbers(examples, dataset.class_names) for split, examples in splits.items()},
        "notes": list(dataset.notes),
        "left_out": list(dataset.left_out),
    }


def _balance(examples: Split, names: tuple[str, ...]) -> dict[str, int]:
    """Return how many examples have each class, or label."""
    if examples.task == "regression":
        return {}
    labels = examples.task == "multilabel"
    counts = examples.targets.sum(dim=0) if labels else class_counts(examples.targets, len(names))
    return dict(zip(names, counts.tolist(), strict=True))


def _numbers(examples: Split, names: tuple[str, ...]) -> Mapping[str, Mapping[str, float]]:
    """Return mean and range of each target of a regression."""
    if examples.task != "regression":
        return {}
    columns = examples.targets.double().unbind(dim=1)
    return {
        name: {"mean": float(column.mean()), "minimum": float(column.min()), "maximum": float(column.max())}
        for name, column in zip(names, columns, strict=True)
    }
