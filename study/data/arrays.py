"""From arrays of inputs and labels, whatever file they came from, to a dataset."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from study.data.array_inputs import read_inputs
from study.data.dataset import Dataset, Split, make_dataset
from study.data.forms import AS_THEY_ARE, Wanted
from study.data.labels import Classes, clean_labels, encode, find_classes
from study.data.splits import cut_test_split
from study.errors import StudyError


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
    wanted: Wanted = AS_THEY_ARE,
    missing: bool = False,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Make a dataset whose classes are the labels of its training images.

    Args:
        name: As `safe_name` returns it.
        training: At least three images of each class where there is no test split of its own.
        test: None cuts a fixed stratified sixth off the training images.
        wanted: What pictures are to become.
        missing: Whether numbers may be missing.
        notes: What the reader of the file did that nobody asked for.

    Raises:
        StudyError: Images or labels are not what they should be, or a test label is not among the training labels.
    """
    classes, label_notes = find_classes(clean_labels(training.labels, training.labels_source), training.labels_source)
    parts = [training] if test is None else [training, test]
    splits, input_notes = make_splits(parts, classes, wanted, missing=missing)
    if test is None:
        splits = [*cut_test_split(splits[0], name=name, class_names=classes.names)]
    return make_dataset(
        name=name,
        training=splits[0],
        test=splits[1],
        class_names=classes.names,
        notes=(*notes, *label_notes, *input_notes),
    )


def make_splits(
    parts: Sequence[Labelled], classes: Classes, wanted: Wanted = AS_THEY_ARE, *, missing: bool = False
) -> tuple[list[Split], tuple[str, ...]]:
    """Bring all inputs of a data set to one layout, and labels to their classes.

    Args:
        parts: The training part first.
        classes: What labels may be.
        wanted: What pictures are to become.
        missing: Whether numbers may be missing.

    Returns:
        A split for each part, and what was done to the inputs.

    Raises:
        StudyError: Inputs or labels are not what they should be, or their numbers differ.
    """
    targets = [_encoded(part, classes) for part in parts]
    sources = " and ".join(part.images_source for part in parts)
    try:
        inputs, made = read_inputs([part.images for part in parts], wanted, missing=missing)
    except StudyError as error:
        raise StudyError(f"Inputs of {sources}: {error}") from error
    splits = [
        Split(inputs=torch.from_numpy(_own(array)), targets=target)
        for array, target in zip(inputs, targets, strict=True)
    ]
    return splits, tuple(f"Inputs of {sources}: {note}" for note in made)


def _encoded(part: Labelled, classes: Classes) -> torch.Tensor:
    """Return the classes of a part, as many as it has inputs."""
    labels = clean_labels(part.labels, part.labels_source)
    count = len(part.images) if part.images.ndim else 0
    if count != len(labels):
        raise StudyError(
            f"{part.labels_source} has to hold one label for each image of {part.images_source}: expected {count}, "
            f"found {len(labels)}."
        )
    return encode(labels, classes, part.labels_source)


def _own(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return an array that torch may write to: what a file was mapped or viewed from is copied."""
    return array if array.flags.writeable and array.flags.c_contiguous else np.array(array)
