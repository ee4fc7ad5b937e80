"""From labels as files hold them to classes: which there are, what they are called, and the class of each label.

Labels are whole numbers from 0 on, or text. Labels 0, 1, 2, ... are classes as they stand; of any others, each that
occurs in training is a class of its own, in ascending order and under its own name.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from study.errors import StudyError

SHOWN_LABELS = 10
"""How many labels a sentence lists at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The classes of a dataset."""

    labels: NDArray[np.generic]
    """(classes,) int64 or text, ascending and each once: the label in the files that stands for each class."""
    names: tuple[str, ...]
    origin: str = ""
    """Where the classes come from, for an error: ' (the labels of training)', or nothing where they are published."""

    def describe(self) -> str:
        """Return the labels for a sentence: '1 to 26', or '0, 2, 5'."""
        shown = [str(label) for label in self.labels.tolist()]
        if _without_gap(self.labels):
            return f"{shown[0]} to {shown[-1]}"
        if len(shown) > SHOWN_LABELS:
            return f"{', '.join(shown[: SHOWN_LABELS - 1])}, ..., {shown[-1]}"
        return ", ".join(shown)


def numbered_classes(names: tuple[str, ...], *, first: int = 0) -> Classes:
    """Return classes of known names whose labels are `first`, `first` + 1, ..."""
    return Classes(labels=np.arange(first, first + len(names), dtype=np.int64), names=names)


def find_classes(labels: NDArray[np.generic], source: str) -> tuple[Classes, tuple[str, ...]]:
    """Make every label that occurs a class.

    Args:
        labels: (n,) as `clean_labels` returns them.
        source: What holds them, for the notes: "'labels.idx1'".

    Returns:
        The classes; and a note where the labels are not 0, 1, 2, ... as they stand.
    """
    found = np.unique(labels)
    classes = Classes(found, tuple(str(label) for label in found.tolist()), " (the labels of training)")
    if np.array_equal(found, np.arange(len(found))):
        return classes, ()
    return classes, (
        f"Labels of {source} are {classes.describe()}: they became {len(found)} classes in this order, each under its "
        "own label as its name.",
    )


def clean_labels(labels: NDArray[np.generic], source: str) -> NDArray[np.generic]:
    """Check labels, and bring them to one type.

    Args:
        labels: (n,), or (n, 1), or (1, n), numbers or text.
        source: What holds them, for errors.

    Returns:
        (n,) int64 or text.

    Raises:
        StudyError: There are none, there is more than one to an image, or one is no whole number from 0 on.
    """
    if labels.ndim == 2 and 1 in labels.shape:
        labels = labels.reshape(-1)
    if labels.ndim != 1:
        shape = " x ".join(str(size) for size in labels.shape) or "a single value"
        raise StudyError(
            f"Labels of {source} have to be one list with one label for each image, found {shape}; give the number "
            "of each image's class."
        )
    if len(labels) == 0:
        raise StudyError(f"{source} has to hold at least 1 label, found none.")
    if labels.dtype.kind in "US":
        return labels.astype(np.str_)
    if labels.dtype.kind not in "biuf":
        raise StudyError(f"Labels of {source} have to be whole numbers or text, found values of type {labels.dtype}.")
    return _whole_numbers(labels, source)


def encode(labels: NDArray[np.generic], classes: Classes, source: str) -> Tensor:
    """Return each label's class, (n,) int64, an index into `classes`.

    Args:
        labels: (n,) as `clean_labels` returns them.
        classes: What they may be.
        source: What holds them, for the error.

    Raises:
        StudyError: A label is not among the classes.
    """
    if labels.dtype.kind != classes.labels.dtype.kind:
        labels = labels.astype(np.str_)  # text beside numbers: compared as text, and refused below where it differs
        classes = Classes(classes.labels.astype(np.str_), classes.names, classes.origin)
    order = np.argsort(classes.labels)
    position = np.searchsorted(classes.labels, labels, sorter=order).clip(max=len(order) - 1)
    indices = order[position]  # (n,)
    wrong = classes.labels[indices] != labels
    if wrong.any():
        place = int(wrong.argmax())
        raise StudyError(
            f"Labels of {source} have to be {classes.describe()}{classes.origin}, found {labels[place]} at position "
            f"{place}."
        )
    return torch.from_numpy(indices.astype(np.int64))


def _whole_numbers(labels: NDArray[np.generic], source: str) -> NDArray[np.int64]:
    """Return numbers as int64; refuse fractions, what is too large, and negative ones."""
    with np.errstate(invalid="ignore"):
        whole = labels.astype(np.int64)  # what does not fit comes out as another number, which the next line finds
    fractional = whole != labels
    if fractional.any():
        place = int(fractional.argmax())
        raise StudyError(f"Labels of {source} have to be whole numbers, found {labels[place]} at position {place}.")
    negative = whole < 0
    if negative.any():
        place = int(negative.argmax())
        raise StudyError(f"Labels of {source} have to be 0 or more, found {labels[place]} at position {place}.")
    return whole


def _without_gap(labels: NDArray[np.generic]) -> bool:
    """Return whether labels are a run of whole numbers."""
    return labels.dtype.kind == "i" and bool((np.diff(labels.astype(np.int64)) == 1).all())
