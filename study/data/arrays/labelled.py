"""From arrays of inputs and labels, whatever file they came from, to a dataset."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from study.data.arrays.inputs import read_inputs
from study.data.arrays.labels import Classes, clean_labels, encode
from study.data.arrays.targets import read_targets
from study.data.dataset import Dataset, Split, make_dataset
from study.data.pictures.forms import AS_THEY_ARE, Wanted
from study.data.splits import cut_test_split
from study.errors import StudyError
from study.options.data import AS_IT_IS, DataOptions


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Inputs with their labels as files hold them, not yet checked."""

    images: NDArray[np.generic]
    """n inputs in any layout that `read_inputs` knows."""
    labels: NDArray[np.generic]
    images_source: str
    """What holds the inputs, for errors and notes: "'images.npy'", or "'x_train' of 'mnist.npz'"."""
    labels_source: str


def dataset_of(
    *,
    name: str,
    training: Labelled,
    test: Labelled | None,
    validation: Labelled | None = None,
    wanted: Wanted = AS_THEY_ARE,
    options: DataOptions = AS_IT_IS,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Make a dataset; of classes they are the labels of its training examples.

    Args:
        name: As `safe_name` returns it.
        training: At least three examples of each class where there is no test split of its own.
        test: None cuts a fixed stratified sixth off the training examples.
        validation: None leaves it to be cut off the training examples.
        wanted: What pictures are to become.
        options: Its task, and what stands for missing numbers.
        notes: What the reader of the file did that nobody asked for.

    Raises:
        StudyError: Inputs or targets are not what they should be, or a test label is not among the training labels.
    """
    parts = {"training": training, "test": test, "validation": validation}
    present = {split: part for split, part in parts.items() if part is not None}
    for part in present.values():
        _refuse_lengths(part)
    labels = {split: (part.labels, part.labels_source) for split, part in present.items()}
    targets, names, told = read_targets(labels, options.task)
    inputs, made = _read_inputs([*present.values()], wanted, missing=options.impute is not None)
    splits = dict(zip(present, map(Split, inputs, targets), strict=True))
    if test is None:
        splits["training"], splits["test"] = cut_test_split(splits["training"], name=name, class_names=names)
    return make_dataset(
        name=name,
        training=splits["training"],
        test=splits["test"],
        validation=splits.get("validation"),
        class_names=names,
        notes=(*notes, *told, *made),
    )


def make_splits(
    parts: Sequence[Labelled], classes: Classes, wanted: Wanted = AS_THEY_ARE
) -> tuple[list[Split], tuple[str, ...]]:
    """Bring all inputs of a data set to one layout, and labels to classes that are known.

    Args:
        parts: The training part first.
        classes: What labels may be.
        wanted: What pictures are to become.

    Returns:
        A split for each part, and what was done to the inputs.

    Raises:
        StudyError: Inputs or labels are not what they should be, or their numbers differ.
    """
    for part in parts:
        _refuse_lengths(part)
    labels = [clean_labels(part.labels, part.labels_source) for part in parts]
    targets = [encode(found, classes, part.labels_source) for part, found in zip(parts, labels, strict=True)]
    inputs, notes = _read_inputs(parts, wanted)
    return [*map(Split, inputs, targets)], notes


def _read_inputs(
    parts: Sequence[Labelled], wanted: Wanted, *, missing: bool = False
) -> tuple[list[torch.Tensor], tuple[str, ...]]:
    """Return the inputs of each part, and what was done to them."""
    sources = " and ".join(part.images_source for part in parts)
    try:
        inputs, made = read_inputs([part.images for part in parts], wanted, missing=missing)
    except StudyError as error:
        raise StudyError(f"Inputs of {sources}: {error}") from error
    return [torch.from_numpy(_own(array)) for array in inputs], tuple(f"Inputs of {sources}: {note}" for note in made)


def _refuse_lengths(part: Labelled) -> None:
    """Refuse inputs without a target each."""
    inputs = len(part.images) if part.images.ndim else 0
    single = part.labels.ndim < 2 or (part.labels.ndim == 2 and 1 in part.labels.shape)
    targets = part.labels.size if single else len(part.labels)
    if inputs != targets:
        raise StudyError(
            f"{part.labels_source} has to hold one label for each image of {part.images_source}: expected {inputs}, "
            f"found {targets}."
        )


def _own(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an array that torch may write to: what a file was mapped or viewed from is copied."""
    return array if array.flags.writeable and array.flags.c_contiguous else np.array(array)
