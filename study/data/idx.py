"""Read IDX files, the format MNIST is published in, plain or gzip-compressed.

Reads and checks; it neither resizes images nor decides how many classes there are.
"""

import gzip
import math
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from study.data.dataset import IMAGE_SIDE, Dataset, Split, make_dataset, safe_name
from study.data.splits import cut_test_split
from study.errors import StudyError

IMAGE_TYPES = {0x08: "u1"}
"""IDX type code -> NumPy type, big-endian: images are bytes."""
LABEL_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4"}


def load_idx_files(paths: tuple[Path, ...]) -> Dataset:
    """Load a dataset from IDX files.

    Args:
        paths: Images and labels; or images, labels, test images and test labels. Of a pair, a fixed
            stratified sixth becomes the test split.

    Raises:
        StudyError: There are not 2 or 4 files, or one of them is not what it should be.
    """
    if len(paths) not in (2, 4):
        raise StudyError(
            "A dataset of IDX files is given as 'IMAGES,LABELS' or 'IMAGES,LABELS,TEST_IMAGES,TEST_LABELS'; "
            f"{len(paths)} files were given."
        )
    name = safe_name(Path(paths[0].name.removesuffix(".gz")).stem)
    training = read_split(paths[0], paths[1])
    class_names = _class_names(training.labels, paths[1])
    if len(paths) == 4:
        test = read_split(paths[2], paths[3], classes=len(class_names))
    else:
        training, test = cut_test_split(training, name=name, class_names=class_names)
    return make_dataset(name=name, training=training, test=test, class_names=class_names)


def read_split(images_path: Path, labels_path: Path, *, classes: int | None = None) -> Split:
    """Read a file of images and the file of their labels.

    Args:
        images_path: n images of 28 x 28 bytes.
        labels_path: n labels, whole numbers from 0 on.
        classes: How many classes there are; None takes any label.

    Raises:
        StudyError: A file is unreadable, truncated, too long, of another type or shape, the counts differ,
            or a label is out of range.
    """
    images = _read_array(images_path, "images", types=IMAGE_TYPES, dimensions=3)  # (n, height, width)
    labels = _read_array(labels_path, "labels", types=LABEL_TYPES, dimensions=1)  # (n,)
    if images.shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
        raise StudyError(
            f"Images of '{images_path}' have to be {IMAGE_SIDE} x {IMAGE_SIDE} pixels, found "
            f"{images.shape[1]} x {images.shape[2]}; resize them, or give a folder of image files instead."
        )
    if len(images) != len(labels):
        raise StudyError(
            f"'{labels_path}' has to hold one label for each image of '{images_path}': expected "
            f"{len(images)}, found {len(labels)}."
        )
    _check_labels(labels, labels_path, classes)
    return Split(
        images=torch.from_numpy(images).unsqueeze(1),  # (n, 1, 28, 28)
        labels=torch.from_numpy(labels.astype(np.int64)),
    )


def _class_names(labels: Tensor, path: Path) -> tuple[str, ...]:
    """Return '0', '1', ... up to the largest label; refuse labels that leave a class without images."""
    present = np.unique(labels.numpy()).tolist()
    for expected, label in enumerate(present):
        if label != expected:
            raise StudyError(
                f"Labels of '{path}' have to be 0, 1, 2, ... without a gap, found {label} but no {expected}."
            )
    return tuple(str(label) for label in present)


def _check_labels(labels: NDArray[np.integer], path: Path, classes: int | None) -> None:
    """Refuse an empty file and labels outside 0 ... classes - 1."""
    if len(labels) == 0:
        raise StudyError(f"'{path}' has to hold at least 1 label, found none.")
    allowed = "0 or more" if classes is None else f"0 to {classes - 1}"
    wrong = labels < 0 if classes is None else (labels < 0) | (labels >= classes)
    if wrong.any():
        position = int(wrong.argmax())
        raise StudyError(f"Labels of '{path}' have to be {allowed}, found {labels[position]} at position {position}.")


def _read_array(path: Path, content: str, *, types: Mapping[int, str], dimensions: int) -> NDArray[np.integer]:
    """Read one IDX file of the wanted type and number of dimensions, in native byte order."""
    raw = _read_bytes(path)
    magic = raw[:4].hex()
    allowed = {f"{code:06x}{dimensions:02x}": numpy_type for code, numpy_type in types.items()}
    if magic not in allowed:
        expected = " or ".join(f"0x{number}" for number in allowed)
        found = f"0x{magic}" if len(magic) == 8 else f"a file of {len(raw)} bytes"
        raise StudyError(f"'{path}' is not an IDX file of {content}: expected magic number {expected}, found {found}.")
    header = 4 + 4 * dimensions
    if len(raw) < header:
        raise StudyError(f"'{path}' is truncated: expected a header of {header} bytes, found {len(raw)}.")
    shape: tuple[int, ...] = struct.unpack_from(f">{dimensions}I", raw, 4)
    stored = np.dtype(allowed[magic])
    length = header + math.prod(shape) * stored.itemsize
    if len(raw) != length:
        fault = "is truncated" if len(raw) < length else "has bytes after its end"
        sizes = " x ".join(str(size) for size in shape)
        raise StudyError(f"'{path}' {fault}: expected {length} bytes for {sizes} {content}, found {len(raw)}.")
    values = np.frombuffer(raw, dtype=stored, offset=header).reshape(shape)
    return values.astype(stored.newbyteorder("="))  # a copy: torch wants memory it may write to


def _read_bytes(path: Path) -> bytes:
    """Read a file, decompressed if its first bytes say that it is gzip."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StudyError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise StudyError(f"'{path}' is a damaged gzip file: {str(error).rstrip('.')}.") from error
