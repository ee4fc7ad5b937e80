"""From files of named arrays (.npz, .npy, .mat, CSV) to a dataset: which array is what."""

import itertools
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from study.data.arrays.contents import SUFFIXES, Contents, has_arrays, read_contents
from study.data.arrays.labelled import Labelled, dataset_of
from study.data.asked import PICTURES, refuse_others
from study.data.dataset import Dataset, safe_name
from study.data.pictures.forms import asked_form
from study.errors import StudyError
from study.options.data import AS_IT_IS, DataOptions

_SPLITS = {
    "training": ("train", "training", "tr", ""),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
_KINDS = {
    "images": ("images", "image", "imgs", "img", "x", "data", "pictures", "features", "inputs"),
    "labels": ("labels", "label", "y", "target", "targets", "class", "classes"),
}
ROLES = {
    word: (split, kind)
    for split, splits in _SPLITS.items()
    for kind, kinds in _KINDS.items()
    for first, second in itertools.product(splits, kinds)
    for word in (first + second, second + first)
} | {"arr0": ("training", "images"), "arr1": ("training", "labels")}
"""An array's name in lower case, without what is no letter or digit -> the split and the kind that it stands for."""
UNDERSTOOD = (
    "images and labels, x and y, train_images and train_labels, or x_train and y_train (and the same of val and test)"
)


def load_array_files(paths: tuple[Path, ...], options: DataOptions = AS_IT_IS) -> Dataset:
    """Load a dataset from files of arrays.

    Args:
        paths: One file with images and labels, of which a fixed stratified sixth becomes the test split unless it
            holds test images too; two files, of training and of test, or of images and of labels; or four: images,
            labels, test images, test labels. Validation images of a file are the validation split.
        options: `image_size` and `grey` say that the arrays hold pictures, and bring them to another form;
            `cut_validation` joins validation images with the training images; `task` says what is learned.

    Raises:
        StudyError: A file cannot be read, or what its arrays are cannot be told, or they are not what they should be.
    """
    refuse_others(
        options, (*PICTURES, "task", "impute", "cut_validation"), f"'{paths[0]}' holds arrays with their targets"
    )
    foreign = next((path for path in paths if not has_arrays(path)), None)
    if foreign is not None:
        raise StudyError(
            f"Files of a dataset have to be of one sort; '{foreign}' does not end in {', '.join(SUFFIXES)} as "
            "others given do. Save all as .npz, or all as IDX files."
        )
    contents = [read_contents(path) for path in paths]
    training, validation, test, notes = _read_parts(contents, cut_validation=options.cut_validation)
    lower = paths[0].name.lower()
    suffix = max((suffix for suffix in SUFFIXES if lower.endswith(suffix)), key=len)
    said = (*(note for content in contents for note in content.notes), *notes)
    return dataset_of(
        name=safe_name(lower.removesuffix(suffix)),
        training=training,
        validation=validation,
        test=test,
        wanted=asked_form(options),
        options=options,
        notes=said,
    )


_Parts = tuple[Labelled, Labelled | None, Labelled | None, tuple[str, ...]]
"""Training, validation and test parts, and what has to be said."""


def _read_parts(contents: list[Contents], *, cut_validation: bool) -> _Parts:
    """Return the parts of a data set; None for validation or test where it is cut off the training part."""
    if len(contents) == 1:
        parts, notes = _parts(contents[0])
        training, validation, told = _training_of(contents[0], parts, cut_validation=cut_validation)
        return training, validation, parts.get("test"), (*notes, *told)
    single = [len(content.arrays) == 1 for content in contents]
    if len(contents) in (2, 4) and all(single):
        training, *test = (_from_pair(*contents[start : start + 2]) for start in range(0, len(contents), 2))
        return training, None, test[0] if test else None, ()
    if len(contents) == 2 and not any(single):
        return _from_two(*contents, cut_validation=cut_validation)
    found = "; ".join(f"'{content.path}' with {_listed(content)}" for content in contents)
    raise StudyError(
        "Files of arrays are given as 'FILE', 'TRAINING,TEST', 'IMAGES,LABELS' or 'IMAGES,LABELS,TEST_IMAGES,"
        f"TEST_LABELS'; found {found}."
    )


def _from_pair(images: Contents, labels: Contents) -> Labelled:
    """Take the only array of each of two files."""
    ((_, image_array),) = images.arrays.items()
    ((_, label_array),) = labels.arrays.items()
    return _laid_out(Labelled(image_array, label_array, f"'{images.path}'", f"'{labels.path}'"))


def _from_two(first: Contents, second: Contents, *, cut_validation: bool) -> _Parts:
    """Take a file of training images with labels, and one of test images with labels, whatever their names there."""
    parts, notes = _parts(first)
    test_parts, test_notes = _parts(second)
    if "test" in parts or len(test_parts) > 1:
        both = first if "test" in parts else second
        raise StudyError(f"'{both.path}' holds several splits of its own; give it alone, not with another file.")
    training, validation, told = _training_of(first, parts, cut_validation=cut_validation)
    (test,) = test_parts.values()
    return training, validation, test, (*notes, *told, *test_notes)


def _parts(contents: Contents) -> tuple[dict[str, Labelled], tuple[str, ...]]:
    """Find the images and labels of each split of a file by the names of its arrays; there is at least one split."""
    roles = _roles(contents)
    parts: dict[str, Labelled] = {}
    for split in _SPLITS:
        images, labels = roles.get((split, "images")), roles.get((split, "labels"))
        if images is not None and labels is not None:
            parts[split] = _laid_out(
                Labelled(
                    contents.arrays[images],
                    contents.arrays[labels],
                    f"'{images}' of '{contents.path}'",
                    f"'{labels}' of '{contents.path}'",
                )
            )
        elif images is not None or labels is not None:
            there, lacking = (images, "labels") if images is not None else (labels, "images")
            raise StudyError(
                f"'{contents.path}' holds '{there}' but no {lacking} of it: found {_listed(contents)}"
                f"{_refused(contents)}."
            )
    if not parts:
        raise StudyError(
            f"'{contents.path}' has to hold arrays named {UNDERSTOOD}; found {_listed(contents)}{_refused(contents)}."
        )
    unused = [name for name in contents.arrays if name not in roles.values()]
    shown = ", ".join(f"'{name}'" for name in unused)
    return parts, (f"Beside images and labels, '{contents.path}' holds {shown}, not used.",) if unused else ()


def _training_of(
    contents: Contents, parts: dict[str, Labelled], *, cut_validation: bool
) -> tuple[Labelled, Labelled | None, tuple[str, ...]]:
    """Return training and validation images, joined where that is asked for, and a note where there are any."""
    training, validation = parts.get("training"), parts.get("validation")
    if training is None:
        raise StudyError(f"'{contents.path}' has to hold training images and labels; found {_listed(contents)}.")
    if validation is None:
        return training, None, ()
    count = len(validation.images) if validation.images.ndim else 0
    if not cut_validation:
        return (
            training,
            validation,
            (f"The {count:,} validation images of '{contents.path}' are the validation split.",),
        )
    if training.images.shape[1:] != validation.images.shape[1:]:
        raise StudyError(
            f"{validation.images_source} has to hold images of the size of {training.images_source}: expected "
            f"{training.images.shape[1:]}, found {validation.images.shape[1:]}."
        )
    for part in (training, validation):  # joined, the two sums alone would be compared
        _check_counts(part)
    joined = replace(
        training,
        images=np.concatenate([training.images, validation.images]),
        labels=np.concatenate([training.labels, validation.labels]),
    )
    return (
        joined,
        None,
        (
            f"The {count:,} validation images of '{contents.path}' join its training images, off which the validation "
            "split is cut, as asked.",
        ),
    )


def _check_counts(part: Labelled) -> None:
    """Refuse images without a label each."""
    if len(part.images) != len(part.labels):
        raise StudyError(
            f"{part.labels_source} has to hold one label for each image of {part.images_source}: expected "
            f"{len(part.images)}, found {len(part.labels)}."
        )


def _roles(contents: Contents) -> dict[tuple[str, str], str]:
    """Return the split and kind of the arrays whose names are understood -> the name."""
    roles: dict[tuple[str, str], str] = {}
    for name in contents.arrays:
        role = ROLES.get(re.sub(r"[^a-z0-9]", "", name.lower()))
        if role is None:
            continue
        if role in roles:
            raise StudyError(
                f"Which array of '{contents.path}' holds the {role[0]} {role[1]} cannot be told: found "
                f"'{roles[role]}' and '{name}'; rename or remove one."
            )
        roles[role] = name
    return roles


def _laid_out(part: Labelled) -> Labelled:
    """Put the axis that counts images first."""
    labels = _one_axis(part.labels)
    images, count = part.images, len(labels) if labels.ndim else 0
    if images.ndim > 1 and len(images) != count and images.shape[-1] == count:
        images = np.moveaxis(images, -1, 0)
    return replace(part, images=images, labels=labels)


def _one_axis(labels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return labels of one column, or of one row, as a list."""
    return labels.reshape(-1) if labels.ndim == 2 and 1 in labels.shape else labels


def _listed(contents: Contents) -> str:
    """Return a file's arrays and shapes for a sentence: 'x' (60 x 28 x 28), 'y' (60)."""
    listed = [
        f"'{name}' ({' x '.join(str(size) for size in array.shape) or 'one value'})"
        for name, array in contents.arrays.items()
    ]
    return ", ".join(listed) or "no array"


def _refused(contents: Contents) -> str:
    """Return what of a file was not read, to go on a sentence with."""
    return "".join(f"; {note.rstrip('.')}" for note in contents.notes)
