"""NumPy's files: MedMNIST, Keras, Kuzushiji-49, one's own; and Python objects, which are never loaded."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from study.data import DataOptions, Dataset, load_dataset
from study.data.arrays.files import ROLES
from study.errors import StudyError

if TYPE_CHECKING:
    from tests.data.conftest import Samples


def load(*paths: Path, options: DataOptions = DataOptions()) -> Dataset:  # noqa: B008 - frozen
    return load_dataset(",".join(str(path) for path in paths), data_root=Path("unused"), options=options)


def message_of(*paths: Path) -> str:
    with pytest.raises(StudyError) as caught:
        load(*paths)
    return str(caught.value)


def test_medmnist_validation_images_are_the_validation_split_or_join_the_others_where_asked(
    tmp_path: Path, samples: type[Samples]
) -> None:
    path = tmp_path / "BreastMNIST.npz"
    images = samples.random_images(40)
    labels = samples.balanced_labels(40, 2).reshape(-1, 1)
    np.savez(
        path,
        train_images=images[:24],
        train_labels=labels[:24],
        val_images=images[24:30],
        val_labels=labels[24:30],
        test_images=images[30:],
        test_labels=labels[30:],
    )
    own = load(path)
    assert own.validation is not None
    assert np.array_equal(own.validation.inputs.squeeze(1).numpy(), images[24:30])
    assert np.array_equal(own.training.inputs.squeeze(1).numpy(), images[:24])
    assert own.notes == (f"The 6 validation images of '{path}' are the validation split.",)
    dataset = load(path, options=DataOptions(cut_validation=True))
    assert dataset.name == "breastmnist"
    assert dataset.validation is None
    assert np.array_equal(dataset.training.inputs.squeeze(1).numpy(), images[:30])
    assert np.array_equal(dataset.test.inputs.squeeze(1).numpy(), images[30:])
    assert dataset.training.targets.tolist() == labels[:30, 0].tolist()
    assert dataset.notes == (
        f"The 6 validation images of '{path}' join its training images, off which the validation split is cut, as "
        "asked.",
    )


def test_keras_names_and_colour(tmp_path: Path, samples: type[Samples]) -> None:
    path = tmp_path / "cifar.npz"
    colour = np.random.default_rng(0).integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    labels = samples.balanced_labels(30, 3)
    np.savez(path, x_train=colour[:24], y_train=labels[:24], x_test=colour[24:], y_test=labels[24:])
    dataset = load(path)
    assert (len(dataset.training), len(dataset.test)) == (24, 6)
    assert dataset.notes == ()
    assert dataset.spec.shape == (3, 32, 32)
    assert np.array_equal(dataset.test.inputs.permute(0, 2, 3, 1), colour[24:])
    small = load(path, options=DataOptions(image_size=(16, 20)))
    assert small.spec.shape == (3, 16, 20)
    assert small.notes == (
        f"Inputs of 'x_train' of '{path}' and 'x_test' of '{path}': The colour pictures of 32 x 32 are read as 16 x 20 "
        "(height x width), as asked.",
    )


@pytest.mark.parametrize("suffix", ["npz", "npy"])
def test_a_pair_and_four_files_of_one_array_each(suffix: str, tmp_path: Path, samples: type[Samples]) -> None:
    save = np.savez if suffix == "npz" else np.save
    images, labels = samples.random_images(60), samples.balanced_labels(60, 3)
    paths = [tmp_path / f"{name}.{suffix}" for name in ("k49-train-imgs", "k49-train-labels", "test-imgs", "test")]
    for path, array in zip(paths, (images, labels, images[:4], labels[:4]), strict=True):
        save(path, array)
    pair = load(*paths[:2])
    assert pair.name == "k49-train-imgs"
    assert (len(pair.training), len(pair.test), pair.notes) == (50, 10, ())
    four = load(*paths)
    assert np.array_equal(four.training.inputs.squeeze(1).numpy(), images)
    assert four.test.targets.tolist() == [0, 1, 2, 0]


def test_arrays_without_names_and_flat_pictures(tmp_path: Path, samples: type[Samples]) -> None:
    path = tmp_path / "own.npz"
    images = samples.random_images(60)
    np.savez(path, images.reshape(60, 784) / 255, samples.balanced_labels(60, 3))
    dataset = load(path)
    whole = np.concatenate([dataset.training.inputs, dataset.test.inputs]).squeeze(1)
    assert {picture.tobytes() for picture in whole} == {picture.tobytes() for picture in images}


def test_two_files_of_training_and_test(tmp_path: Path, samples: type[Samples]) -> None:
    images, labels = samples.random_images(60), samples.balanced_labels(60, 3)
    train, test = tmp_path / "train.npz", tmp_path / "test.npz"
    np.savez(train, x=images, y=labels)
    np.savez(test, x_test=images[:6], y_test=labels[:6], writer=labels[:6])
    dataset = load(train, test)
    assert (len(dataset.training), len(dataset.test)) == (60, 6)
    assert dataset.notes[0] == f"Beside images and labels, '{test}' holds 'writer', not used."
    np.savez(train, x=images, y=labels, x_test=images, y_test=labels)
    assert message_of(train, test) == (
        f"'{train}' holds several splits of its own; give it alone, not with another file."
    )


def test_python_objects_are_never_loaded(tmp_path: Path, samples: type[Samples]) -> None:
    path, opened = tmp_path / "x.npz", tmp_path / "opened"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (opened,)

    trap = np.array([Trap()], dtype=object)
    np.savez(path, images=samples.random_images(60), labels=trap)
    assert message_of(path) == (
        f"'{path}' holds 'images' but no labels of it: found 'images' (60 x 28 x 28); 'labels' of '{path}' holds "
        "Python objects, which are never loaded, since that may run code."
    )
    np.savez(path, images=samples.random_images(60), labels=samples.balanced_labels(60, 3), names=trap)
    assert load(path).notes == (
        f"'names' of '{path}' holds Python objects, which are never loaded, since that may run code.",
    )
    single = tmp_path / "x.npy"
    np.save(single, trap)
    assert "holds Python objects, which are never loaded" in message_of(single, single)
    for disguised in (path, single):
        disguised.write_bytes(pickle.dumps(Trap()))
        assert f"'{disguised}' cannot be read as a {disguised.suffix} file: " in message_of(disguised)
    assert not opened.exists()


def test_what_the_arrays_are_must_be_plain(tmp_path: Path, samples: type[Samples]) -> None:
    path = tmp_path / "x.npz"
    images, labels = samples.random_images(60), samples.balanced_labels(60, 3)
    np.savez(path, a=images, b=labels)
    assert message_of(path) == (
        f"'{path}' has to hold arrays named images and labels, x and y, train_images and train_labels, or x_train and "
        "y_train (and the same of val and test); found 'a' (60 x 28 x 28), 'b' (60)."
    )
    np.savez(path, x=images, train_images=images, y=labels)
    assert message_of(path) == (
        f"Which array of '{path}' holds the training images cannot be told: found 'x' and 'train_images'; rename or "
        "remove one."
    )
    np.savez(path, x_test=images, y_test=labels)
    assert message_of(path).startswith(f"'{path}' has to hold training images and labels; found 'x_test'")
    np.savez(path, x=images, y=labels[:59])
    assert message_of(path) == (
        f"'y' of '{path}' has to hold one label for each image of 'x' of '{path}': expected 60, found 59."
    )
    np.savez(path, x=images.reshape(60, 784)[:, :700], y=labels)
    with pytest.raises(StudyError) as caught:
        load(path, options=DataOptions(grey=True))
    assert "have to be square where each is one row of values, found rows of 700 values" in str(caught.value)


def test_files_of_two_sorts_are_refused(tmp_path: Path, samples: type[Samples]) -> None:
    images, labels = tmp_path / "images.npy", tmp_path / "labels.idx1"
    np.save(images, samples.random_images(60))
    labels.write_bytes(samples.idx_bytes(samples.balanced_labels(60, 3)))
    assert message_of(images, labels).startswith(f"Files of a dataset have to be of one sort; '{labels}' does not end")


@pytest.mark.parametrize("cut", [10, 500])
def test_damaged_files(cut: int, tmp_path: Path, samples: type[Samples]) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, x=samples.random_images(60), y=samples.balanced_labels(60, 3))
    path.write_bytes(path.read_bytes()[:-cut])
    assert message_of(path).startswith(f"'{path}' cannot be read as a .npz file: ")


def test_no_name_stands_for_two_things() -> None:
    assert ROLES["xtrain"] == ROLES["trainimages"] == ROLES["images"] == ("training", "images")
    assert ROLES["yval"] == ("validation", "labels")
    assert ROLES["testlabels"] == ("test", "labels")
