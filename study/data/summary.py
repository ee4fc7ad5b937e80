"""What a dataset holds, as plain values to print or to write as JSON."""

from study.data.dataset import Dataset, class_counts
from study.data.splits import development_splits


def describe(dataset: Dataset) -> dict[str, object]:
    """Describe a dataset, its splits and their balance.

    Returns:
        `name`, `content_hash`, `image_shape` (channels, height, width), `classes` (names in the order of
        their labels), `counts` (split -> images) and `balance` (split -> class -> images), for the splits
        'train', 'validation' and 'test'; `notes` and `left_out` as in `Dataset`.

    Raises:
        StudyError: A class has too few images to be split.
    """
    development = development_splits(dataset)
    splits = {"train": development.train, "validation": development.validation, "test": dataset.test}
    names = dataset.class_names
    return {
        "name": dataset.name,
        "content_hash": dataset.content_hash,
        "image_shape": list(dataset.training.inputs.shape[1:]),
        "classes": list(names),
        "counts": {split: len(images) for split, images in splits.items()},
        "balance": {
            split: dict(zip(names, class_counts(images.targets, len(names)).tolist(), strict=True))
            for split, images in splits.items()
        },
        "notes": list(dataset.notes),
        "left_out": list(dataset.left_out),
    }
