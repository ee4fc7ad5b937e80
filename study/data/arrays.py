"""From arrays of images and labels, whatever file they came from, to a dataset."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from study.data.dataset import Dataset, Split, make_dataset
from study.data.grey_arrays import grey_pictures
from study.data.labels import Classes, clean_labels, encode, find_classes
from study.data.splits import cut_test_split
from study.errors import StudyError


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Images with their labels as files hold them, not yet checked."""

    images: NDArray[np.generic]
    """n images in any layout that `grey_pictures` knows."""
    labels: NDArray[np.generic]
    images_source: str
    """What holds the images, for errors and notes: "'images.npy'", or "'x_train' of 'mnist.npz'"."""
    labels_source: str


def dataset_of(*, name: str, training: Labelled, test: Labelled | None, notes: tuple[str, ...] = ()) -> Dataset:
    """Make a dataset whose classes are the labels of its training images.

    Args:
        name: As `safe_name` returns it.
        training: At least three images of each class where there is no test split of its own.
        test: None cuts a fixed stratified sixth off the training images.
        notes: What the reader of the file did that nobody asked for.

    Raises:
        StudyError: Images or labels are not what they should be, or a test label is not among the training labels.
    """
    classes, label_notes = find_classes(clean_labels(training.labels, training.labels_source), training.labels_source)
    training_split, training_notes = make_split(training, classes)
    if test is None:
        test_notes: tuple[str, ...] = ()
        training_split, test_split = cut_test_split(training_split, name=name, class_names=classes.names)
    else:
        test_split, test_notes = make_split(test, classes)
    said = dict.fromkeys((*notes, *label_notes, *training_notes, *test_notes))  # each once, in order
    return make_dataset(
        name=name, training=training_split, test=test_split, class_names=classes.names, notes=tuple(said)
    )


def make_split(labelled: Labelled, classes: Classes) -> tuple[Split, tuple[str, ...]]:
    """Bring images to grey 28 x 28 and labels to their classes.

    Returns:
        The split, and what was done to its images.

    Raises:
        StudyError: Images or labels are not what they should be, or their numbers differ.
    """
    labels = clean_labels(labelled.labels, labelled.labels_source)
    if labelled.images.ndim == 0 or len(labelled.images) != len(labels):
        count = len(labelled.images) if labelled.images.ndim else 0
        raise StudyError(
            f"{labelled.labels_source} has to hold one label for each image of {labelled.images_source}: expected "
            f"{count}, found {len(labels)}."
        )
    encoded = encode(labels, classes, labelled.labels_source)
    try:
        grey, made = grey_pictures(labelled.images)
    except StudyError as error:
        raise StudyError(f"Images of {labelled.images_source}: {error}") from error
    notes = tuple(f"Images of {labelled.images_source}: {note}" for note in made)
    images = torch.from_numpy(np.array(grey)).unsqueeze(1)  # (n, 1, 28, 28); a copy: torch wants memory of its own
    return Split(inputs=images, targets=encoded), notes
