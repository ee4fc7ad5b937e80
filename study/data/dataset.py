"""The values every loader returns: a split, and a dataset with its identity.

No reading and no cutting here; `IMAGE_SIDE` and the tensor layout are decided here and nowhere else.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

import torch
from torch import Tensor

from study.data.checks import suspicions
from study.errors import StudyError

IMAGE_SIDE = 28
"""Height and width of every image, in pixels."""


MOST_CLASSES = 256
"""A label is stored as one byte."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Images with their labels, in memory."""

    images: Tensor
    """(n, 1, 28, 28) uint8, one grey channel."""
    labels: Tensor
    """(n,) int64, an index into `Dataset.class_names`."""

    def __post_init__(self) -> None:
        """Refuse tensors of another layout.

        Raises:
            StudyError: A shape or a type is not the documented one.
        """
        if self.labels.ndim != 1 or self.labels.dtype != torch.int64:
            found = f"{tuple(self.labels.shape)} {self.labels.dtype}"
            raise StudyError(f"Labels of a split have to be (n,) torch.int64, found {found}.")
        expected = (len(self.labels), 1, IMAGE_SIDE, IMAGE_SIDE)
        if tuple(self.images.shape) != expected or self.images.dtype != torch.uint8:
            found = f"{tuple(self.images.shape)} {self.images.dtype}"
            raise StudyError(f"Images of a split have to be {expected} torch.uint8, found {found}.")

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def subset(self, indices: Tensor) -> "Split":
        """Return a copy of the images at `indices`, (m,) int64, in that order."""
        return Split(images=self.images[indices], labels=self.labels[indices])

    def share_memory(self) -> "Split":
        """Move both tensors to shared memory, so that worker processes need no copy; return self."""
        self.images.share_memory_()  # type: ignore[no-untyped-call]
        self.labels.share_memory_()  # type: ignore[no-untyped-call]
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
                Split(split.images.to(device), split.labels.to(device))
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
    class_names: tuple[str, ...]
    """One name per label; label 0 is the first."""
    content_hash: str
    """SHA-256, hexadecimal, over images and labels of both splits, shapes included."""
    notes: tuple[str, ...] = ()
    """What was done to the data that nobody asked for, or looks wrong about it: a plain sentence each."""
    left_out: tuple[str, ...] = ()
    """Files that could not be read and were left out as asked, relative to the data set's folder."""


def make_dataset(
    *,
    name: str,
    training: Split,
    test: Split,
    class_names: tuple[str, ...],
    notes: tuple[str, ...] = (),
    left_out: tuple[str, ...] = (),
) -> Dataset:
    """Build a dataset, compute its content hash, and note what looks wrong about its images.

    Args:
        name: What the dataset is called.
        training: Images to cut validation images from.
        test: Images that score final trials alone.
        class_names: A name for each class, in the order of the labels.
        notes: What was done to the images so far that nobody asked for, a sentence each.
        left_out: Files that could not be read and were left out as asked.

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
    said = (*notes, *suspicions(torch.cat([training.images, test.images])))
    return Dataset(name, training, test, class_names, content_hash, said, left_out)


def hash_splits(*splits: Split) -> str:
    """Return the SHA-256, hexadecimal, over the shapes and contents of all splits in their order."""
    digest = hashlib.sha256()
    for split in splits:
        images = split.images.contiguous().numpy()
        labels = split.labels.contiguous().numpy().astype("<i8", copy=False)
        for array in (images, labels):
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
