"""What a dataset holds, as plain values to print or to write as JSON."""

from study.data.dataset import Dataset, Split, class_counts
from study.data.splits import development_splits


def describe(dataset: Dataset) -> dict[str, object]:
    """Describe a dataset, its splits and their balance.

    Returns:
        `name`, `content_hash`, `task`, `image_shape` (of one input, whatever it is) and what its axes are (`axes`),
        `classes` (the names of classes,
        labels or targets, in their order), `counts` (split -> examples), `balance` (split -> class or label ->
        examples; None of a regression) and `targets` (split -> target -> `mean`, `smallest`, `largest`; None of
        anything else), for the splits 'train', 'validation' and 'test'; `notes` and `left_out` as in `Dataset`.

    Raises:
        StudyError: A class has too few examples to be split.
    """
    development = development_splits(dataset)
    splits = {"train": development.train, "validation": development.validation, "test": dataset.test}
    names, spec = dataset.class_names, dataset.spec
    regression = spec.task == "regression"
    return {
        "name": dataset.name,
        "content_hash": dataset.content_hash,
        "task": spec.task,
        "image_shape": list(spec.shape),
        "axes": spec.axes,
        "classes": list(names),
        "counts": {split: len(part) for split, part in splits.items()},
        "balance": None if regression else {split: _balance(part, names) for split, part in splits.items()},
        "targets": {split: _ranges(part, names) for split, part in splits.items()} if regression else None,
        "notes": list(dataset.notes),
        "left_out": list(dataset.left_out),
    }


def _balance(split: Split, names: tuple[str, ...]) -> dict[str, int]:
    """Return the examples of each class, or with each label."""
    counts = split.targets.sum(dim=0) if split.targets.ndim == 2 else class_counts(split.targets, len(names))
    return dict(zip(names, counts.tolist(), strict=True))


def _ranges(split: Split, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Return the mean and the ends of each target."""
    columns = split.targets.double().unbind(dim=1)
    return {
        name: {"mean": float(column.mean()), "smallest": float(column.min()), "largest": float(column.max())}
        for name, column in zip(names, columns, strict=True)
    }
