"""Tables of pixels: Kaggle's digits, sign language, letters; with and without a heading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from study.data import DataOptions, Dataset, load_dataset
from study.errors import StudyError

if TYPE_CHECKING:
    from tests.data.conftest import Samples

Writer = Callable[..., Path]


ROWS = "Rows of 784 values are read as pictures of 28 x 28."


def load(*paths: Path, options: DataOptions = DataOptions()) -> Dataset:  # noqa: B008 - frozen
    return load_dataset(",".join(str(path) for path in paths), data_root=Path("unused"), options=options)


def message_of(*paths: Path) -> str:
    with pytest.raises(StudyError) as caught:
        load(*paths)
    return str(caught.value)


@pytest.fixture
def write(tmp_path: Path, samples: type[Samples]) -> Writer:
    """Return a writer of a table of 12 pictures and their labels, which may be changed before."""

    def write(
        name: str = "digits.csv",
        *,
        labels: object = tuple(samples.balanced_labels(12, 3)),
        change: Callable[[pd.DataFrame], pd.DataFrame] = lambda table: table,
        header: bool = True,
    ) -> Path:
        pixels = samples.random_images(12).reshape(12, 784)
        table = pd.DataFrame(pixels, columns=[f"pixel{place}" for place in range(784)])
        table.insert(0, "label", labels)
        change(table).to_csv(tmp_path / name, index=False, header=header)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", ["train.csv", "train.CSV", "train.csv.gz"])
def test_kaggle_digits(name: str, write: Writer, samples: type[Samples]) -> None:
    dataset = load(write(name))
    assert (dataset.name, dataset.class_names) == ("train", ("0", "1", "2"))
    assert [note.partition(": ")[2] for note in dataset.notes] == [ROWS]
    whole = np.concatenate([dataset.training.inputs, dataset.test.inputs]).squeeze(1)
    assert {picture.tobytes() for picture in whole} == {picture.tobytes() for picture in samples.random_images(12)}


def test_training_and_test_tables(write: Writer) -> None:
    dataset = load(write("train.csv"), write("test.csv"))
    assert (len(dataset.training), len(dataset.test)) == (12, 12)
    assert np.array_equal(dataset.training.inputs, dataset.test.inputs)


def test_a_label_column_anywhere_and_a_gap_in_its_numbers(write: Writer) -> None:
    labels = np.array([8, 10, 24])[np.arange(12) % 3]
    path = write(labels=labels, change=lambda table: table[[*table.columns[1:], "label"]].rename(columns=str.upper))
    dataset = load(path)
    assert dataset.class_names == ("8", "10", "24")
    assert dataset.notes[:-1] == (
        f"Labels of 'labels' of '{path}' are 8, 10, 24: they became 3 classes in this order, each under its own label "
        "as its name.",
    )


def test_labels_may_be_words(write: Writer) -> None:
    assert load(write(labels=["cat", "dog", "ape"] * 4)).class_names == ("ape", "cat", "dog")


def test_without_a_heading_the_first_column_is_the_label_and_that_is_told(write: Writer) -> None:
    path = write(header=False)
    dataset = load(path)
    assert dataset.content_hash == load(write("headed.csv")).content_hash
    assert dataset.notes[:-1] == (f"'{path}' has no heading: its first column is taken for the labels.",)


def test_images_and_labels_in_two_tables(tmp_path: Path, samples: type[Samples]) -> None:
    images, labels = tmp_path / "images.csv", tmp_path / "labels.csv"
    np.savetxt(images, samples.random_images(12).reshape(12, 784), fmt="%d", delimiter=",")
    np.savetxt(labels, samples.balanced_labels(12, 3) + 1, fmt="%d")
    dataset = load(images, labels)
    assert dataset.class_names == ("1", "2", "3")
    assert len(dataset.training) == 9


def test_other_sizes_and_colour(tmp_path: Path) -> None:
    path = tmp_path / "rgb.csv"
    table = pd.DataFrame(np.full((12, 8 * 8 * 3), 7), columns=[f"p{place}" for place in range(192)])
    table.assign(label=np.arange(12) % 3).to_csv(path, index=False)
    rows = load(path)
    assert rows.spec.shape == (192,)
    assert rows.notes == (
        f"Inputs of 'images' of '{path}': Rows of 192 values are read as 192 features; --image-size 8 has them read as "
        "square pictures.",
    )
    dataset = load(path, options=DataOptions(image_size=(8, 8)))
    assert dataset.spec.shape == (3, 8, 8)
    assert dataset.training.inputs.unique().tolist() == [7]
    assert dataset.notes[0] == f"Inputs of 'images' of '{path}': Rows of 192 values are read as RGB pictures of 8 x 8."


def test_a_missing_value_is_named(write: Writer) -> None:
    path = write(
        change=lambda table: table.astype(float).mask((table.index == 2)[:, None] & (table.columns == "pixel5"))
    )
    assert message_of(path) == (
        f"'{path}' has to hold a value in every cell, found none in row 3 (the heading not counted), column 7; fill "
        "the cell, or remove the row."
    )


def test_text_among_pixels_is_named(write: Writer) -> None:
    path = write(change=lambda table: table.assign(pixel9="dark"))
    assert message_of(path) == (
        f"'{path}' has to hold numbers beside its labels, found text in column 'pixel9'; of another table, --target "
        "names the column that is learned."
    )


def test_no_label_column(write: Writer) -> None:
    path = write(change=lambda table: table.drop(columns=["label", "pixel0"]))
    assert message_of(path) == (
        f"'{path}' has to have a column of labels, headed label, labels, class, target or y, beside the pixels of a "
        "square picture; found 783 columns and no such heading; of another table, --target names the column that is "
        "learned."
    )
    path = write(change=lambda table: table.drop(columns="label"))
    assert message_of(path) == f"'{path}' holds 'images' but no labels of it: found 'images' (12 x 784)."


def test_two_label_columns(write: Writer) -> None:
    path = write(change=lambda table: table.rename(columns={"pixel3": "Class"}))
    assert message_of(path) == (
        f"'{path}' has to have one column of labels, found 'label', 'Class'; remove the others."
    )


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2,3\n"])
def test_what_is_no_table(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert message_of(path).startswith(f"'{path}' ")
