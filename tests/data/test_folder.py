"""Folders of class subfolders."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from study.data import DataOptions, Dataset, load_dataset
from study.errors import StudyError

Writer = Callable[..., None]


def load(folder: Path, **options: bool) -> Dataset:
    return load_dataset(str(folder), data_root=Path("unused"), options=DataOptions(**options))


def message_of(folder: Path) -> str:
    with pytest.raises(StudyError) as caught:
        load(folder)
    return str(caught.value)


def test_class_folders_are_a_dataset(tmp_path: Path, write_classes: Writer) -> None:
    folder = tmp_path / "My Pets!"
    write_classes(folder, dog=12, cat=6)
    dataset = load(folder)
    assert dataset.name == "my-pets"
    assert dataset.class_names == ("cat", "dog")
    assert dataset.training.targets.bincount().tolist() == [5, 10]
    assert dataset.test.targets.bincount().tolist() == [1, 2]
    assert dataset.training.inputs.shape == (15, 1, 28, 28)
    assert dataset.content_hash == load(folder).content_hash


def test_train_and_test_folders_are_kept_apart(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path / "train", cat=4, dog=4)
    write_classes(tmp_path / "test", dog=3)
    dataset = load(tmp_path)
    assert dataset.training.targets.tolist() == [0] * 4 + [1] * 4
    assert dataset.test.targets.tolist() == [1] * 3
    assert dataset.notes == ()


def test_a_third_folder_is_the_validation_split_or_not_used_where_asked(tmp_path: Path, write_classes: Writer) -> None:
    for part in ("train", "test", "val"):
        write_classes(tmp_path / part, cat=4, dog=4)
    own = load(tmp_path)
    assert own.validation is not None
    assert (len(own.training), len(own.validation), len(own.test)) == (8, 8, 8)
    assert own.notes == (f"'val' of '{tmp_path}' is its validation split, as it stands.",)
    (tmp_path / "docs" / "any").mkdir(parents=True)
    assert load(tmp_path).notes[1] == f"Beside 'train' and 'test' and 'val', '{tmp_path}' holds 'docs', not used."
    cut = load(tmp_path, cut_validation=True)
    assert cut.validation is None
    assert cut.notes == (f"Beside 'train' and 'test', '{tmp_path}' holds 'docs', 'val', not used.",)


def test_files_that_are_no_images_are_passed_over(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=3, dog=3)
    (tmp_path / ".git").mkdir()
    (tmp_path / "readme.txt").write_text("about")
    (tmp_path / "cat" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "cat" / "._000.png").write_bytes(b"x")
    dataset = load(tmp_path)
    assert dataset.class_names == ("cat", "dog")
    assert len(dataset.training) + len(dataset.test) == 6
    assert dataset.notes == ("Not read: 1 file of another kind (1 .txt).",)


@pytest.mark.parametrize("content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n"])
def test_unreadable_image(content: bytes, tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=3, dog=3)
    path = tmp_path / "dog" / "broken.png"
    path.write_bytes(content)
    reason = "its content is no picture that Pillow knows" if content else "it is empty"
    assert message_of(tmp_path) == (
        f"'{path}' cannot be read as an image: {reason}; replace or remove it, or leave it out with --skip-unreadable."
    )


def test_truncated_image(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=3, dog=3)
    path = tmp_path / "dog" / "torn.bmp"
    Image.fromarray(np.zeros((50, 50), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-100])
    message = message_of(tmp_path)
    assert message.startswith(f"'{path}' cannot be read as an image: image file is truncated")
    assert message.endswith("; replace or remove it, or leave it out with --skip-unreadable.")


def test_empty_class_folder(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path, cat=3, dog=0)
    assert message_of(tmp_path) == (
        f"Class folder '{tmp_path / 'dog'}' has to hold at least 1 image, found none; add images or remove the folder."
    )


def test_no_class_folders(tmp_path: Path, write_classes: Writer) -> None:
    assert message_of(tmp_path) == (f"'{tmp_path}' has to hold at least 2 class subfolders with images, found 0.")
    write_classes(tmp_path, cat=3)
    assert message_of(tmp_path) == (f"'{tmp_path}' has to hold at least 2 class subfolders with images, found 1.")


def test_too_few_images_to_cut(tmp_path: Path, write_classes: Writer) -> None:
    folder = tmp_path / "pets"
    write_classes(folder, cat=3, dog=2)
    assert message_of(folder) == (
        "Class 'dog' of dataset 'pets' has too few examples: at least 3 are needed, one each to train, "
        "validate and test, found 2; add some or remove the class."
    )


def test_test_class_that_training_lacks(tmp_path: Path, write_classes: Writer) -> None:
    write_classes(tmp_path / "train", cat=4, dog=4)
    write_classes(tmp_path / "test", cat=2, dogs=2)
    assert message_of(tmp_path) == (
        f"Class 'dogs' of '{tmp_path / 'test'}' is not among the training classes 'cat', 'dog'; did you mean 'dog'?"
    )
