"""The values every loader returns: a split, and a dataset with its identity.

No reading and no cutting here; the tensor layout is decided here and nowhere else.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from study.data.checks import imbalance, suspicions
from study.errors import StudyError
from study.task import DataSpec

MOST_CLASSES = 1 << 16
"""A predicted class is stored in two bytes at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Inputs with their targets, in memory."""

    inputs: Tensor
    """(n, *shape): uint8 where they are pictures of a file, else float32. Pictures are (n, channels, height, width)."""
    targets: Tensor
    """Classification: (n,) int64, an index into `Dataset.class_names`. Multilabel: (n, labels) uint8, 0 or 1.
    Regression: (n, targets) float32."""

    def __post_init__(self) -> None:
        """Refuse tensors of another layout.

        Raises:
            StudyError: A shape or a type is not a documented one.
        """
        found = f"{tuple(self.targets.shape)} {self.targets.dtype}"
        if (self.targets.ndim, self.targets.dtype) not in ((1, torch.int64), (2, torch.uint8), (2, torch.float32)):
            raise StudyError(
                f"Targets of a split have to be (n,) torch.int64, (n, labels) torch.uint8 or (n, targets) "
                f"torch.float32, found {found}."
            )
        found = f"{tuple(self.inputs.shape)} {self.inputs.dtype}"
        if self.inputs.dtype not in (torch.uint8, torch.float32):
            raise StudyError(f"Inputs of a split have to be torch.uint8 or torch.float32, found {found}.")
        if self.inputs.ndim not in (2, 3, 4) or len(self.inputs) != len(self.targets):
            expected = f"({len(self.targets)}, channels, height, width), (n, time, features) or (n, features)"
            raise StudyError(f"Inputs of a split have to be {expected}, found {found}.")

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.targets)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return tuple(self.inputs.shape[1:])

    def subset(self, indices: Tensor) -> "Split":
        """Return a copy of the examples at `indices`, (m,) int64, in that order."""
        return Split(inputs=self.inputs[indices], targets=self.targets[indices])

    def share_memory(self) -> "Split":
        """Move both tensors to shared memory, so that worker processes need no copy; return self."""
        self.inputs.share_memory_()  # type: ignore[no-untyped-call]
        self.targets.share_memory_()  # type: ignore[no-untyped-call]
        return self


@dataclass(frozen=True, slots=True)
class TrialData:
    """The images of a study: what a search may see, what a final trial learns from, and the test split."""

    train: Split
    validation: Split
    full: Split
    test: Split

    def on(self, device: torch.device) -> "TrialData":
        """Return the same data on a device."""
        return TrialData(
            *(
                Split(split.inputs.to(device), split.targets.to(device))
                for split in (self.train, self.validation, self.full, self.test)
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A named dataset: what a study is about. Build it with `make_dataset`."""

    name: str
    """Lower case, `[a-z0-9._-]`: the part of a study's name after the @."""
    training: Split
    test: Split
    spec: DataSpec
    """What a model is told of it."""
    content_hash: str
    """SHA-256, hexadecimal, over inputs and targets of both splits, shapes included."""
    notes: tuple[str, ...] = ()
    """What was done to the data that nobody asked for, or looks wrong about it: a plain sentence each."""
    left_out: tuple[str, ...] = ()
    """Files that could not be read and were left out as asked, relative to the data set's folder."""
    ranges: Mapping[str, int] = field(default_factory=dict)
    """By which picture files of more than 8 bits were read: kind -> bits, as in `depths.decide_ranges`."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name per output; label 0 is the first."""
        return self.spec.class_names


def make_dataset(
    *,
    name: str,
    training: Split,
    test: Split,
    class_names: tuple[str, ...],
    notes: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
    ranges: Mapping[str, int] | None = None,
) -> Dataset:
    """Build a dataset, compute its content hash, and note what looks wrong about its images.

    Args:
        name: What the dataset is called.
        training: Images to cut validation images from.
        test: Images that score final trials alone.
        class_names: A name for each class, in the order of the labels.
        notes: What was done to the images so far that nobody asked for, a sentence each.
        left_out: Files that could not be read and were left out as asked.
        ranges: By which picture files of more than 8 bits were read.

    Raises:
        StudyError: There are fewer than two classes or too many, or no test images.
    """
    if len(class_names) < 2:
        raise StudyError(f"A dataset needs at least 2 classes; '{name}' has {len(class_names)}.")
    if len(class_names) > MOST_CLASSES:
        raise StudyError(f"A dataset has at most {MOST_CLASSES} classes; '{name}' has {len(class_names)}.")
    if len(test) == 0:
        raise StudyError(f"A dataset needs at least 1 test image; '{name}' has none.")
    content_hash = hash_splits(training, test)
    said = (*notes, *suspicions(training.inputs, test.inputs), *imbalance(training.targets, class_names))
    spec = DataSpec(shape=training.shape, class_names=class_names)
    return Dataset(name, training, test, spec, content_hash, said, left_out, ranges or {})


def hash_splits(*splits: Split) -> str:
    """Return the SHA-256, hexadecimal, over the shapes and contents of all splits in their order."""
    digest = hashlib.sha256()
    for split in splits:
        inputs = split.inputs.contiguous().numpy()
        targets = split.targets.contiguous().numpy()
        for array in (inputs, targets):
            digest.update(repr(array.shape).encode())
            digest.update(array.data)
    return digest.hexdigest()


def class_counts(labels: Tensor, classes: int) -> Tensor:
    """Return the number of labels of each class, (classes,) int64."""
    return torch.bincount(labels, minlength=classes)


def safe_name(text: str) -> str:
    """Return `text` in lower case with only `[a-z0-9._-]`, or 'dataset' where nothing is left of it.

    Both Unicode forms of a name give the same.
    """
    return re.sub(r"[^a-z0-9._-]+", "-", unicodedata.normalize("NFC", text).lower()).strip("-._") or "dataset"
