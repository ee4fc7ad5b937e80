"""Read a folder of class subfolders with image files.

Every image becomes grey and is stretched to 28 x 28; transparency is ignored and of an animation the first
frame counts.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from study.data.dataset import IMAGE_SIDE, Dataset, Split, make_dataset, safe_name
from study.data.splits import cut_test_split
from study.errors import StudyError, nearest

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})


def load_folder(folder: Path) -> Dataset:
    """Load a dataset from a folder.

    Args:
        folder: Either holds 'train' and 'test', each with one subfolder per class; or the class subfolders
            themselves, of which a fixed stratified sixth becomes the test split.

    Raises:
        StudyError: There are no classes, a class has no or too few images, the test images have a class that
            the training images lack, or an image cannot be read.
    """
    name = safe_name(folder.resolve().name)
    subfolders = {path.name: path for path in _subfolders(folder)}
    if {"train", "test"} <= subfolders.keys():
        class_names = _class_names(subfolders["train"])
        training = _read_split(subfolders["train"], class_names)
        test = _read_split(subfolders["test"], class_names)
        unused = sorted(subfolders.keys() - {"train", "test"})
        notes = (f"Beside 'train' and 'test', '{folder}' holds {_quoted(unused)}, not used.",) if unused else ()
    else:
        class_names = _class_names(folder)
        whole = _read_split(folder, class_names)
        training, test = cut_test_split(whole, name=name, class_names=class_names)
        notes = ()
    return make_dataset(name=name, training=training, test=test, class_names=class_names, notes=notes)


def read_images(paths: Sequence[Path]) -> tuple[list[Path], Tensor]:
    """Read image files, and all image files below folders.

    Returns:
        The files in the order given, those of a folder by name; and their images, (n, 1, 28, 28) uint8.

    Raises:
        StudyError: A path is not there, or holds no image, or an image cannot be read.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted(inner for inner in path.rglob("*") if _is_image(inner)) if path.is_dir() else [path]
        if not found or not found[0].is_file():
            allowed = ", ".join(sorted(IMAGE_SUFFIXES))
            raise StudyError(f"'{path}' has to be an image file, or a folder with images ({allowed}), and is neither.")
        files += found
    return files, torch.from_numpy(np.stack([_read_image(file) for file in files])).unsqueeze(1)


def _subfolders(folder: Path) -> list[Path]:
    """Return the subfolders by name, without hidden ones and what archives leave behind."""
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.is_dir() and not path.name.startswith(".") and path.name != "__MACOSX"
        )
    except OSError as error:
        raise StudyError(f"'{folder}' cannot be read: {error.strerror or error}.") from error


def _class_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the class subfolders in the order of their labels."""
    class_names = tuple(path.name for path in _subfolders(folder))
    if len(class_names) < 2:
        raise StudyError(f"'{folder}' has to hold at least 2 class subfolders with images, found {len(class_names)}.")
    return class_names


def _read_split(folder: Path, class_names: tuple[str, ...]) -> Split:
    """Read the images of every class subfolder, files in the order of their names."""
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for class_folder in _subfolders(folder):
        if class_folder.name not in class_names:
            raise StudyError(
                f"Class '{class_folder.name}' of '{folder}' is not among the training classes "
                f"{_quoted(class_names)}{nearest(class_folder.name, class_names) or '.'}"
            )
        paths = sorted(path for path in class_folder.iterdir() if _is_image(path))
        if not paths:
            raise StudyError(
                f"Class folder '{class_folder}' has to hold at least 1 image "
                f"({', '.join(sorted(IMAGE_SUFFIXES))}), found none; add images or remove the folder."
            )
        images += [_read_image(path) for path in paths]
        labels += [class_names.index(class_folder.name)] * len(paths)
    if not images:
        raise StudyError(f"'{folder}' has to hold class subfolders with images, found none.")
    return Split(
        images=torch.from_numpy(np.stack(images)).unsqueeze(1),  # (n, 1, 28, 28)
        labels=torch.tensor(labels, dtype=torch.int64),
    )


def _is_image(path: Path) -> bool:
    """Say whether a file's name is an image's."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()


def _read_image(path: Path) -> NDArray[np.uint8]:
    """Read one image as (28, 28) grey bytes."""
    try:
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened)
            if upright.mode.startswith("I;16"):  # Pillow would clip 16-bit grey at 255
                upright = Image.fromarray((np.asarray(upright) // 256).astype(np.uint8))
            small = upright.convert("L").resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise StudyError(
            f"'{path}' cannot be read as an image: {str(error).rstrip('.')}; replace or remove it."
        ) from error
    return np.array(small, dtype=np.uint8)


def _quoted(names: tuple[str, ...] | list[str]) -> str:
    """Return names for a sentence: 'a', 'b'."""
    return ", ".join(f"'{name}'" for name in names)
