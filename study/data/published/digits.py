"""The dataset that needs no network: the 1,797 scanned digits installed with scikit-learn.

They are 8 x 8 with 17 grey levels, so a result on them says little about MNIST.
"""

import gzip
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from study.data.arrays.pictures import picture_arrays
from study.data.dataset import Dataset, Split, make_dataset
from study.data.pictures.forms import AS_THEY_ARE, Wanted
from study.data.splits import cut_test_split

IMAGE_SIDE = 28
"""Height and width that the scans are enlarged to, those of MNIST."""
SOURCE_SIDE = 8
SOURCE_MAXIMUM = 16
"""Grey level of full ink in scikit-learn's scans."""
SOURCE_FILE = "sklearn/datasets/data/digits.csv.gz"
"""A line for each scan: its 64 grey levels, row by row, and its digit."""


def load_digits(*, wanted: Wanted = AS_THEY_ARE, notes: tuple[str, ...] = ()) -> Dataset:
    """Load the digits, scaled to 28 x 28; a fixed stratified sixth, 300 images, is the test split.

    The training set holds the other 1,497.

    Args:
        wanted: What the pictures of 28 x 28 are to become.
        notes: What is to be said.
    """
    scans, digits = read_scans()
    (images,), made = picture_arrays([enlarge(scans)], wanted)  # (1797, 1, 28, 28)
    whole = Split(inputs=torch.from_numpy(images), targets=torch.from_numpy(digits))
    class_names = tuple(str(digit) for digit in range(10))
    training, test = cut_test_split(whole, name="digits", class_names=class_names)
    return make_dataset(name="digits", training=training, test=test, class_names=class_names, notes=(*notes, *made))


def read_scans() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return scikit-learn's scans (1797, 8, 8), values 0 ... 16, and their digits (1797,).

    They are read from the file that is installed with scikit-learn, whose import would take seconds; by its
    `load_digits` where a version keeps them elsewhere.
    """
    file = Path(str(distribution("scikit-learn").locate_file(SOURCE_FILE)))
    if not file.is_file():
        from sklearn.datasets import load_digits as load_scans

        scans = load_scans()
        return scans.images.astype(np.int64), scans.target.astype(np.int64)
    with gzip.open(file, "rt", encoding="ascii") as lines:
        table = np.loadtxt(lines, delimiter=",", dtype=np.int64)  # (1797, 65)
    return table[:, :-1].reshape(-1, SOURCE_SIDE, SOURCE_SIDE), table[:, -1].copy()


def enlarge(scans: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Scale scans bilinearly (half-pixel centres) and stretch 0 ... 16 to 0 ... 255.

    Whole numbers throughout, so that the content hash is the same on every machine.

    Args:
        scans: (n, 8, 8), values 0 ... 16.

    Returns:
        (n, 28, 28).
    """
    scale = 2 * IMAGE_SIDE  # interpolation weights are whole multiples of 1 / scale
    weights = np.zeros((IMAGE_SIDE, SOURCE_SIDE), dtype=np.int64)
    for target in range(IMAGE_SIDE):
        # the centre of a target pixel lies at (target + 1/2) * 8/28 - 1/2 source pixels
        centre = min(max((2 * target + 1) * SOURCE_SIDE - IMAGE_SIDE, 0), scale * (SOURCE_SIDE - 1))
        below, remainder = divmod(centre, scale)
        weights[target, below] += scale - remainder
        weights[target, min(below + 1, SOURCE_SIDE - 1)] += remainder
    scaled = weights @ scans @ weights.T  # (n, 28, 28), in units of 1 / scale ** 2
    unit = scale**2 * SOURCE_MAXIMUM
    return ((scaled * 255 + unit // 2) // unit).astype(np.uint8)
