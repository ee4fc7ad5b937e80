"""MATLAB's files: EMNIST's structure, plain arrays, and SVHN's layout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.io

from study.data import Dataset, load_dataset
from study.data.published.emnist import UPRIGHT_NOTE
from study.errors import StudyError

if TYPE_CHECKING:
    from tests.data.conftest import Samples


def load(*paths: Path) -> Dataset:
    return load_dataset(",".join(str(path) for path in paths), data_root=Path("unused"))


def message_of(*paths: Path) -> str:
    with pytest.raises(StudyError) as caught:
        load(*paths)
    return str(caught.value)


def test_emnist_structure_is_set_upright(tmp_path: Path, samples: type[Samples]) -> None:
    path = tmp_path / "emnist-letters.mat"
    upright = samples.random_images(60)
    labels = samples.balanced_labels(60, 3).reshape(-1, 1) + 1
    published = upright.swapaxes(1, 2).reshape(60, 784)  # column by column, as MATLAB writes
    part = {"images": published, "labels": labels, "writers": labels}
    scipy.io.savemat(path, {"dataset": {"train": part, "test": part, "mapping": np.zeros((3, 3), np.uint8)}})
    dataset = load(path)
    assert dataset.name == "emnist-letters"
    assert np.array_equal(dataset.training.inputs.squeeze(1).numpy(), upright)
    assert dataset.class_names == ("1", "2", "3")
    assert dataset.test.targets[:3].tolist() == [0, 1, 2]
    assert dataset.notes[0] == UPRIGHT_NOTE
    assert dataset.notes[1] == (
        f"Beside images and labels, '{path}' holds 'train_writers', 'test_writers', 'mapping', not used."
    )


def test_plain_rows_are_read_row_by_row_and_that_is_told(tmp_path: Path, samples: type[Samples]) -> None:
    path = tmp_path / "mnist-original.mat"
    images, labels = samples.random_images(60), samples.balanced_labels(60, 3)
    scipy.io.savemat(path, {"data": images.reshape(60, 784).T, "label": labels.astype(float), "note": {"a": 1}})
    dataset = load(path)
    whole = np.concatenate([dataset.training.inputs, dataset.test.inputs]).squeeze(1)
    assert {picture.tobytes() for picture in whole} == {picture.tobytes() for picture in images}
    assert dataset.notes == (
        f"Of '{path}', 'note' is no array, and not read.",
        f"The rows of '{path}' are read as pictures row by row, as Python writes them; MATLAB writes column by column, "
        "and such pictures lie on their side.",
        f"Inputs of 'data' of '{path}': Rows of 784 values are read as pictures of 28 x 28.",
    )


def test_svhn_counts_its_images_on_the_last_axis(tmp_path: Path, samples: type[Samples]) -> None:
    paths = [tmp_path / "train_32x32.mat", tmp_path / "test_32x32.mat"]
    for path, count in zip(paths, (60, 30), strict=True):
        colour = np.full((32, 32, 3, count), 40, np.uint8)
        scipy.io.savemat(path, {"X": colour, "y": samples.balanced_labels(count).reshape(-1, 1) + 1})
    dataset = load(*paths)
    assert (len(dataset.training), len(dataset.test)) == (60, 30)
    assert dataset.class_names == tuple(str(number) for number in range(1, 11))
    assert dataset.training.inputs.unique().tolist() == [40]


def test_what_is_no_mat_file(tmp_path: Path) -> None:
    path = tmp_path / "x.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(100))
    assert (
        message_of(path) == f"'{path}' is of MATLAB's version 7.3, which is HDF5; save it with '-v7' to have it read."
    )
    path.write_bytes(b"something else" * 20)
    assert message_of(path).startswith(f"'{path}' cannot be read as a .mat file: ")
