"""What array files hold to be learned: classes, numbers, labels; sequences and features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from study.data import DataOptions, Dataset, load_dataset
from study.errors import StudyError

GENERATOR = np.random.default_rng(0)
SEQUENCES = GENERATOR.normal(size=(60, 20, 2))


def load(path: Path, *, options: dict[str, Any] | None = None, **arrays: np.ndarray) -> Dataset:
    np.savez(path, **arrays)
    return load_dataset(str(path), data_root=Path("unused"), options=DataOptions(**options or {}))


def test_fractions_are_a_regression(tmp_path: Path) -> None:
    values = GENERATOR.normal(size=60)
    dataset = load(tmp_path / "x.npz", x=SEQUENCES, y=values)
    assert dataset.spec.task == "regression"
    assert (dataset.spec.shape, dataset.class_names) == ((20, 2), ("target",))
    assert (len(dataset.training), len(dataset.test)) == (50, 10)
    both = torch.cat([dataset.training.targets, dataset.test.targets]).sort(dim=0).values
    assert np.allclose(both[:, 0], np.sort(values))
    assert dataset.notes == ("The target 'target' holds fractions: regression.",)


def test_whole_numbers_are_classes_unless_a_regression_is_asked_for(tmp_path: Path) -> None:
    labels = np.arange(60) % 3
    assert load(tmp_path / "x.npz", x=SEQUENCES, y=labels).class_names == ("0", "1", "2")
    numbers = load(tmp_path / "x.npz", x=SEQUENCES, y=labels.reshape(1, 60), options={"task": "regression"})
    assert numbers.spec.task == "regression"
    assert numbers.training.targets.shape == (50, 1)
    assert numbers.notes == ()


def test_columns_of_0_and_1_are_labels(tmp_path: Path) -> None:
    labels = GENERATOR.integers(0, 2, (60, 4))
    dataset = load(tmp_path / "x.npz", x=SEQUENCES, y=labels, x_test=SEQUENCES[:5], y_test=labels[:5])
    assert dataset.spec.task == "multilabel"
    assert dataset.class_names == ("0", "1", "2", "3")
    assert np.array_equal(dataset.test.targets, labels[:5])
    assert dataset.notes[0].endswith(": multilabel, each is there or not.")


def test_several_columns_of_numbers_are_a_regression_of_each(tmp_path: Path) -> None:
    dataset = load(tmp_path / "x.npz", x=SEQUENCES, y=GENERATOR.normal(size=(60, 2)))
    assert (dataset.spec.task, dataset.class_names) == ("regression", ("0", "1"))
    assert dataset.training.targets.dtype == torch.float32


def test_missing_numbers_are_kept_where_they_are_imputed(tmp_path: Path) -> None:
    rows = GENERATOR.normal(size=(60, 5))
    rows[3, 2] = np.nan
    labels = np.arange(60) % 3
    with pytest.raises(StudyError) as caught:
        load(tmp_path / "x.npz", x=rows, y=labels)
    assert str(caught.value) == (
        f"Inputs of 'x' of '{tmp_path / 'x.npz'}': inputs have to be finite numbers, found nan at position [3, 2] "
        "(counted from 0); --impute median fills missing numbers."
    )
    dataset = load(tmp_path / "x.npz", x=rows, y=labels, options={"impute": "median"})
    inputs = torch.cat([dataset.training.inputs, dataset.test.inputs])
    assert int(inputs.isnan().sum()) == 1


@pytest.mark.parametrize("targets", [np.zeros((60, 2, 2)), np.arange(59), np.zeros((59, 2))])
def test_targets_of_another_number_or_layout_are_refused(targets: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"has to hold one label for each image|have to be one list with one label"):
        load(tmp_path / "x.npz", x=SEQUENCES, y=targets)


def test_a_task_that_the_targets_are_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        load(tmp_path / "x.npz", x=SEQUENCES, y=np.full(60, 0.5), options={"task": "classification"})
    assert str(caught.value) == (
        f"Labels of 'y' of '{tmp_path / 'x.npz'}' have to be whole numbers, found 0.5 at position 0."
    )
