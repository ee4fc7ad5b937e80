"""Read a folder of class subfolders with picture files: which files make which split and class.

What becomes of a picture is decided in `pictures`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from study.data.asked import PICTURES, refuse_others
from study.data.dataset import Dataset, Split, make_dataset, safe_name
from study.data.pictures.forms import Wanted, asked_form
from study.data.pictures.layout import Layout, find_layout, quoted
from study.data.pictures.listing import Passed, pass_over, pictures_below, same_name, subfolders
from study.data.pictures.reading import Pictures, Unreadable, listed, paths_of, read_pictures, refusal
from study.data.splits import cut_test_split
from study.errors import StudyError, nearest
from study.options.data import AS_IT_IS, DataOptions

REMEDY = "replace or remove {them}, or leave {them} out with --skip-unreadable"


@dataclass(frozen=True, slots=True)
class _Files:
    """The picture files of one split."""

    paths: tuple[Path, ...]
    labels: tuple[int, ...]


class ReadImages(NamedTuple):
    """Image files that were read."""

    files: list[Path]
    """In the order given, those of a folder by name; without those that cannot be read."""
    images: Tensor
    """(n, channels, height, width) uint8, of the same order."""
    notes: tuple[str, ...]
    """What was done to them that nobody asked for, and what was not read: a sentence each."""


def load_folder(folder: Path, options: DataOptions = AS_IT_IS, *, wanted: Wanted | None = None) -> Dataset:
    """Load a dataset from a folder.

    Args:
        folder: Either holds a folder for training ('train', 'training') and one for testing ('test', 'testing', else
            'val', 'valid', 'validation'), perhaps with one for validation too, each with one subfolder per class; or
            the class subfolders themselves, of which a fixed stratified sixth becomes the test split. Pictures lie in
            a class folder at any depth.
        options: `skip_unreadable` leaves out files that cannot be read, and names them in `Dataset.left_out`;
            `image_size` and `grey` bring all pictures to one form, which else is found in the pictures;
            `cut_validation` leaves a folder for validation alone.
        wanted: That form, where it is a study's.

    Raises:
        StudyError: There are no classes, a class has no or too few images, the test images have a class that
            the training images lack, an image cannot be read, all together take too much memory, or an option is not
            one of pictures.
    """
    refuse_others(options, (*PICTURES, "cut_validation"), f"'{folder}' is a folder of pictures")
    name = safe_name(folder.resolve().name)
    passed = Passed()
    layout = find_layout(folder, cut_validation=options.cut_validation)
    classes, notes = _classes(layout.training)
    parts = (layout.training, layout.test, layout.validation)
    split_files = [_list_files(part, classes, passed) for part in parts if part]
    for place in _places(folder, layout):
        pass_over(place, passed)
    pictures = read_pictures([path for files in split_files for path in files.paths], wanted or asked_form(options))
    unreadable = (*passed.unreadable, *pictures.unreadable)
    if unreadable and not options.skip_unreadable:
        raise refusal(unreadable, REMEDY.format(them="it" if len(unreadable) == 1 else "them"))
    training, *held_out = _splits(pictures, split_files)
    _check_classes(training, layout.training, classes)
    if not held_out:
        training, *held_out = cut_test_split(training, name=name, class_names=classes)
    left_out = f"Left out, since {_they(unreadable)} cannot be read: {listed(unreadable)}." if unreadable else ""
    said = (*layout.notes, *notes, *pictures.notes, passed.sentence(), left_out)
    return make_dataset(
        name=name,
        training=training,
        test=held_out[0],
        validation=held_out[1] if layout.validation else None,
        class_names=classes,
        notes=tuple(note for note in said if note),
        left_out=paths_of(unreadable, folder),
        ranges=pictures.ranges,
    )


def read_images(paths: Sequence[Path], wanted: Wanted) -> ReadImages:
    """Read image files, and all image files below folders; those that cannot be read are named in a note.

    Args:
        paths: Files and folders.
        wanted: What they are to become: `study_form` for a study's models.

    Raises:
        StudyError: A path is not there, or holds no image, or none of the images can be read.
    """
    files: list[Path] = []
    passed = Passed()
    for path in paths:
        found = pictures_below(path, passed) if path.is_dir() else [path]
        if not found or not found[0].is_file():
            unlisted = f": {listed(passed.unreadable)}" if passed.unreadable else ""
            rule = f"'{path}' has to be an image file, or a folder with images, and is neither{unlisted}."
            raise StudyError(f"{rule} {passed.sentence()}".rstrip())
        files += found
    pictures = read_pictures(files, wanted)
    unreadable = (*passed.unreadable, *pictures.unreadable)
    if not pictures.files:
        raise refusal(unreadable, f"replace {'it' if len(unreadable) == 1 else 'them'}")
    left_out = f"Not answered, since {_they(unreadable)} cannot be read: {listed(unreadable)}." if unreadable else ""
    notes = tuple(note for note in (*pictures.notes, passed.sentence(), left_out) if note)
    return ReadImages(list(pictures.files), torch.from_numpy(pictures.images), notes)


def _classes(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the class subfolders in the order of their labels, and a note where two are one class."""
    names = [same_name(path.name) for path in subfolders(folder)]
    classes = tuple(sorted(set(names)))
    if len(classes) < 2:
        raise StudyError(f"'{folder}' has to hold at least 2 class subfolders with images, found {len(classes)}.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if not twice:
        return classes, ()
    return classes, (
        f"'{folder}' holds {quoted(twice)} in two forms of Unicode, which look the same: they are read as one class.",
    )


def _list_files(folder: Path, classes: tuple[str, ...], passed: Passed) -> _Files:
    """Return the files of every class subfolder of a split, by class, then by name."""
    paths: list[Path] = []
    labels: list[int] = []
    for class_folder in subfolders(folder):
        name = same_name(class_folder.name)
        if name not in classes:
            raise StudyError(
                f"Class '{name}' of '{folder}' is not among the training classes "
                f"{quoted(classes)}{nearest(name, classes) or '.'}"
            )
        below = Passed()
        found = pictures_below(class_folder, below)
        if not found and not below.unreadable:
            reason = f" ({below.sentence().rstrip('.').lower()})" if below.sentence() else ""
            raise StudyError(
                f"Class folder '{class_folder}' has to hold at least 1 image, found none{reason}; add images or remove "
                "the folder."
            )
        passed.add(below)
        paths += found
        labels += [classes.index(name)] * len(found)
    if not labels and not passed.unreadable:
        raise StudyError(f"'{folder}' has to hold class subfolders with images, found none.")
    return _Files(tuple(paths), tuple(labels))


def _places(folder: Path, layout: Layout) -> list[Path]:
    """Return the folders in which a picture belongs to no class."""
    return list(dict.fromkeys(place for place in (folder, layout.training, layout.test, layout.validation) if place))


def _splits(pictures: Pictures, split_files: Sequence[_Files]) -> list[Split]:
    """Return what was read as splits, in their order: parts of one tensor, without a copy."""
    images = torch.from_numpy(pictures.images)  # (n, channels, height, width)
    read, start = set(pictures.files), 0
    splits = []
    for files in split_files:
        labels = [label for path, label in zip(files.paths, files.labels, strict=True) if path in read]
        stop = start + len(labels)
        splits.append(Split(inputs=images[start:stop], targets=torch.tensor(labels, dtype=torch.int64)))
        start = stop
    return splits


def _check_classes(training: Split, folder: Path, classes: tuple[str, ...]) -> None:
    """Refuse a class of which no picture is left."""
    present = set(training.targets.tolist())
    for label, name in enumerate(classes):
        if label not in present:
            raise StudyError(
                f"Class '{name}' of '{folder}' has no image that can be read; replace its images or remove the folder."
            )


def _they(unreadable: Sequence[Unreadable]) -> str:
    return "it" if len(unreadable) == 1 else "they"
