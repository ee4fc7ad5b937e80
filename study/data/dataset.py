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
from study.task import OWN, DataSpec, TaskName

_TASKS: dict[torch.dtype, TaskName] = {
    torch.int64: "classification",
    torch.uint8: "multilabel",
    torch.float32: "regression",
}
"""Type of a split's targets -> what is learned."""
Feature = tuple[str, str | None]
"""What an input of a table is: its column, and its level where that is a category."""
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
    def task(self) -> TaskName:
        """What can be learned of such targets."""
        return _TASKS[self.targets.dtype]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return tuple(self.inputs.shape[1:])

    def subset(self, indices: Tensor) -> "Split":
        """Return a copy of the examples at `indices`, (m,) int64, in that order."""
        return Split(inputs=self.inputs[indices], targets=self.targets[indices])

    def joined(self, other: "Split") -> "Split":
        """Return a copy of both splits' examples, the other's last."""
        return Split(torch.cat([self.inputs, other.inputs]), torch.cat([self.targets, other.targets]))

    def share_memory(self) -> "Split":
        """Move both tensors to shared memory, so that worker processes need no copy; return self."""
        self.inputs.share_memory_()  # type: ignore[no-untyped-call]
        self.targets.share_memory_()  # type: ignore[no-untyped-call]
        return self

    def on(self, device: torch.device) -> "Split":
        """Return the same on a device."""
        return Split(self.inputs.to(device), self.targets.to(device))


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
    """SHA-256, hexadecimal, over inputs and targets of all splits, shapes included, and over groups."""
    notes: tuple[str, ...] = ()
    """What was done to the data that nobody asked for, or looks wrong about it: a plain sentence each."""
    left_out: tuple[str, ...] = ()
    """Files that could not be read and were left out as asked, relative to the data set's folder."""
    validation: Split | None = None
    """Of its own, which is taken as it is; None where a sixth of the training examples is cut off."""
    groups: Tensor | None = None
    """(n,) int64, from 0 on without a gap: the group of each training example, which no cut divides; None without."""
    features: tuple[Feature, ...] = ()
    """Of a table, what each input is; empty for other data."""
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
    validation: Split | None = None,
    groups: Tensor | None = None,
    ranges: Mapping[str, int] | None = None,
) -> Dataset:
    """Build a dataset, compute its content hash, and note what looks wrong about its pictures.

    Args:
        name: What the dataset is called.
        training: Examples to cut validation examples from, unless it has some. Its targets' type is the task.
        test: Examples that score final trials alone.
        class_names: A name for each output: the classes in the order of the labels, the labels, or the targets.
        notes: What was done to the examples so far that nobody asked for, a sentence each.
        left_out: Files that could not be read and were left out as asked.
        validation: Of its own.
        groups: Of the training examples, as in `Dataset`.
        ranges: By which picture files of more than 8 bits were read.

    Raises:
        StudyError: There are no examples of a split, too few or too many classes, or targets that nothing learns.
    """
    splits = {"training": training, "validation": validation, "test": test}
    present = {split: examples for split, examples in splits.items() if examples is not None}
    for split, examples in present.items():
        if len(examples) == 0:
            raise StudyError(f"A dataset needs at least 1 {split} example; '{name}' has none.")
        _refuse_targets(name, split, examples, class_names)
    said = (*notes, *suspicions(*(examples.inputs for examples in present.values())))
    if training.task == "classification":
        said = (*said, *imbalance(training.targets, class_names))
    return Dataset(
        name=name,
        training=training,
        test=test,
        spec=DataSpec(task=training.task, shape=training.shape, class_names=class_names),
        content_hash=hash_splits(*present.values(), groups=groups),
        notes=said,
        left_out=left_out,
        ranges=ranges or {},
        validation=validation,
        groups=groups,
    )


def _refuse_targets(name: str, split: str, examples: Split, class_names: tuple[str, ...]) -> None:
    """Refuse targets that no model of their task could learn from.

    Raises:
        StudyError: Too few or too many classes, a number that is not finite, or a target of one value.
    """
    targets, outputs = examples.targets, len(class_names)
    if examples.task == "classification":
        if outputs < 2:
            raise StudyError(f"A dataset needs at least 2 classes; '{name}' has {outputs}.")
        if outputs > MOST_CLASSES:
            raise StudyError(f"A dataset has at most {MOST_CLASSES} classes; '{name}' has {outputs}.")
        return
    if targets.shape[1] != outputs or not outputs:
        raise StudyError(f"A dataset has a name for each target; '{name}' has {targets.shape[1]} and {outputs} names.")
    if examples.task == "multilabel" and int(targets.max()) > 1:
        raise StudyError(f"Labels of '{name}' are 0 or 1, not {int(targets.max())}.")
    if examples.task == "regression":
        finite = targets.isfinite()
        if not finite.all():
            row, column = (~finite).nonzero()[0].tolist()
            raise StudyError(
                f"Targets of '{name}' have to be finite numbers, found {float(targets[row, column])} as "
                f"'{class_names[column]}' of {split} example {row + 1}; remove it, or take its logarithm or rank."
            )
        same = (targets == targets[0]).all(dim=0)
        if split == "training" and same.any():
            column = int(same.nonzero()[0])
            raise StudyError(
                f"The target '{class_names[column]}' of '{name}' is {float(targets[0, column]):g} in every training "
                f"example, so there is nothing to learn; name another one."
            )


def hash_splits(*splits: Split, groups: Tensor | None = None) -> str:
    """Return the SHA-256, hexadecimal, over the shapes and contents of all splits in their order, and of groups."""
    digest = hashlib.sha256()
    for split in splits:
        inputs = split.inputs.contiguous().numpy()
        targets = split.targets.contiguous().numpy()
        for array in (inputs, targets):
            digest.update(repr(array.shape).encode())
            digest.update(array.data)
    if groups is not None:
        digest.update(groups.contiguous().numpy().data)
    return digest.hexdigest()


def class_counts(labels: Tensor, classes: int) -> Tensor:
    """Return the number of labels of each class, (classes,) int64."""
    return torch.bincount(labels, minlength=classes)


def safe_name(text: str) -> str:
    """Return `text` in lower case with only `[a-z0-9._-]`, or 'dataset' where nothing is left of it.

    Both Unicode forms of a name give the same.
    """
    return re.sub(r"[^a-z0-9._-]+", "-", unicodedata.normalize("NFC", text).lower()).strip("-._") or "dataset"


def no_dataset() -> Dataset:
    """Return what stands for the data of a model that trains itself and loads its own: there are no examples."""
    nothing = Split(torch.empty(0, 0), torch.empty(0, dtype=torch.int64))
    spec = DataSpec(task=OWN, shape=(), class_names=())
    return Dataset(OWN, nothing, nothing, spec, hashlib.sha256(OWN.encode()).hexdigest())
