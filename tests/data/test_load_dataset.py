"""`load_dataset` as a user meets it: which dataset comes, and what is said when none can."""

from __future__ import annotations

import gzip
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from study.data import Dataset, Split, UnavailableError, describe, full_training, load_dataset
from study.data.dataset import MOST_CLASSES, make_dataset
from study.data.published import digits as digits_module
from study.data.published import download
from study.errors import StudyError

if TYPE_CHECKING:
    from tests.data.conftest import Samples

REAL_DATA = Path(os.environ.get("STUDY_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
needs_mnist = pytest.mark.skipif(not (REAL_DATA / "MNIST" / "raw").is_dir(), reason="no MNIST on this disk")


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_dataset("digits", data_root=Path("unused"))


def test_digits_need_nothing_on_disk(digits: Dataset) -> None:
    assert (digits.name, digits.notes) == ("digits", ())
    assert (len(digits.training), len(digits.test)) == (1497, 300)
    assert digits.training.inputs.shape == (1497, 1, 28, 28)
    assert digits.training.inputs.dtype == torch.uint8
    assert digits.training.targets.dtype == torch.int64
    assert int(digits.training.inputs.max()) == 255
    assert digits.class_names == tuple("0123456789")


def test_digits_are_the_same_on_every_machine(digits: Dataset) -> None:
    expected = "3e8b04a13bae31a3101f6f5e6af8d7cacffaf6df3acff9f45cc7dadc4b40be9b"
    assert digits.content_hash == expected


def test_digits_are_those_of_scikit_learn_wherever_it_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = digits_module.read_scans()
    monkeypatch.setattr(digits_module, "SOURCE_FILE", "sklearn/moved.csv.gz")
    same_images, same_labels = digits_module.read_scans()
    assert np.array_equal(images, same_images)
    assert np.array_equal(labels, same_labels)


def test_digits_are_scaled_as_bilinear_interpolation_scales(samples: type[Samples]) -> None:
    scans = np.random.default_rng(0).integers(0, 17, (50, 8, 8))
    reference = torch.nn.functional.interpolate(
        torch.from_numpy(scans).double().unsqueeze(1), size=28, mode="bilinear"
    ).squeeze(1)
    difference = np.abs(digits_module.enlarge(scans) - reference.numpy() * 255 / 16)
    assert difference.max() <= 0.5 + 1e-9


@pytest.mark.parametrize("name", ["mnist", "auto"])
def test_mnist_comes_from_the_data_root(name: str, mnist_root: Path, samples: type[Samples]) -> None:
    dataset = load_dataset(name, data_root=mnist_root, download=False)
    assert (dataset.name, dataset.notes) == ("mnist", ())
    assert torch.equal(dataset.training.inputs.squeeze(1), torch.from_numpy(samples.random_images(120)))
    assert dataset.test.targets.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] * 2


@pytest.mark.parametrize(("name", "folder"), [("fashion-mnist", "FashionMNIST"), ("kmnist", "KMNIST")])
def test_sister_datasets_have_their_own_folder_and_classes(name: str, folder: str, mnist_root: Path) -> None:
    (mnist_root / "MNIST").rename(mnist_root / folder)
    dataset = load_dataset(name, data_root=mnist_root, download=False)
    assert dataset.name == name
    assert len(dataset.class_names) == 10


def test_compressed_files_give_the_same_dataset(mnist_root: Path) -> None:
    plain = load_dataset("mnist", data_root=mnist_root)
    for path in list((mnist_root / "MNIST" / "raw").iterdir()):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert load_dataset("mnist", data_root=mnist_root).content_hash == plain.content_hash


def test_one_changed_pixel_changes_the_content_hash(mnist_root: Path) -> None:
    before = load_dataset("mnist", data_root=mnist_root).content_hash
    path = mnist_root / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert load_dataset("mnist", data_root=mnist_root).content_hash != before


def test_auto_without_download_falls_back_to_digits_and_says_so(tmp_path: Path) -> None:
    dataset = load_dataset(data_root=tmp_path, download=False)
    assert dataset.name == "digits"
    assert dataset.notes[0] == (
        f"MNIST is not complete in '{tmp_path}/MNIST/raw' and downloading is off, so 'digits', the 1,797 "
        "scans that come with scikit-learn, is used instead."
    )


def test_auto_offline_falls_back_to_digits_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = download.Source(("http://127.0.0.1:9/",), {"train-images-idx3-ubyte.gz": "0" * 32})
    monkeypatch.setattr("study.data.published.sets.published_source", lambda _: source)
    dataset = load_dataset(data_root=tmp_path / "data")
    assert dataset.name == "digits"
    assert dataset.notes[0] == (
        f"MNIST is not complete in '{tmp_path}/data/MNIST/raw' and could not be downloaded, so 'digits', "
        "the 1,797 scans that come with scikit-learn, is used instead."
    )
    assert not (tmp_path / "data").exists()


def test_auto_does_not_hide_a_damaged_mnist(mnist_root: Path) -> None:
    path = mnist_root / "MNIST" / "raw" / "train-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StudyError) as caught:
        load_dataset("auto", data_root=mnist_root)
    assert str(caught.value) == f"'{path}' is truncated: expected 128 bytes for 120 labels, found 127."


def test_missing_files_are_named(mnist_root: Path) -> None:
    raw = mnist_root / "MNIST" / "raw"
    (raw / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(UnavailableError) as caught:
        load_dataset("mnist", data_root=mnist_root, download=False)
    assert str(caught.value) == (
        f"Dataset 'mnist' is not complete in '{raw}': t10k-labels-idx1-ubyte not found; allow the download, "
        "or name the folder that holds it as the data root."
    )


def test_mnist_labels_have_to_be_digits(mnist_root: Path, samples: type[Samples]) -> None:
    path = mnist_root / "MNIST" / "raw" / "t10k-labels-idx1-ubyte"
    labels = samples.balanced_labels(20)
    labels[3] = 10
    path.write_bytes(samples.idx_bytes(labels))
    with pytest.raises(StudyError) as caught:
        load_dataset("mnist", data_root=mnist_root)
    assert str(caught.value) == f"Labels of '{path}' have to be 0 to 9, found 10 at position 3."


@pytest.mark.parametrize(("name", "end"), [("minst", "; did you mean 'mnist'?"), ("no/such/folder", "."), ("", ".")])
def test_unknown_names_get_the_allowed_ones(name: str, end: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        load_dataset(name, data_root=tmp_path)
    assert str(caught.value) == (
        f"Dataset '{name}' is neither one of 'auto', 'mnist', 'fashion-mnist', 'kmnist', 'emnist-byclass', "
        "'emnist-bymerge', 'emnist-balanced', 'emnist-letters', 'emnist-digits', 'emnist-mnist', 'emnist', 'digits', "
        "nor a folder of class subfolders, nor IDX files 'IMAGES,LABELS', nor .npz, .npy, .csv, .csv.gz or .mat files"
        f"{end}"
    )


def test_description_can_be_written_as_json(digits: Dataset) -> None:
    described = json.loads(json.dumps(describe(digits)))
    facts = ["name", "content_hash", "task", "image_shape", "axes", "classes", "counts", "balance", "targets"]
    assert list(described) == [*facts, "notes", "left_out"]
    assert (described["task"], described["image_shape"]) == ("classification", [1, 28, 28])
    assert (described["axes"], described["targets"]) == ("channels, height, width", None)
    assert described["classes"] == list("0123456789")
    assert described["counts"] == {"train": 1247, "validation": 250, "test": 300}
    sums = {split: sum(balance.values()) for split, balance in described["balance"].items()}
    assert sums == described["counts"]


def test_more_classes_than_a_stored_label_can_tell_are_refused_by_every_loader(digits: Dataset) -> None:
    names = tuple(str(number) for number in range(MOST_CLASSES + 1))
    with pytest.raises(StudyError) as caught:
        make_dataset(name="many", training=digits.training, test=digits.test, class_names=names)
    assert str(caught.value) == "A dataset has at most 65536 classes; 'many' has 65537."


def test_a_split_in_shared_memory_is_the_same_split(digits: Dataset) -> None:
    split = digits.test.subset(torch.tensor([5, 2]))
    shared = split.share_memory()
    assert shared is split
    assert shared.inputs.is_shared()
    assert shared.targets.is_shared()
    assert torch.equal(shared.inputs, digits.test.inputs[[5, 2]])
    assert len(shared) == 2


def test_splits_refuse_other_layouts() -> None:
    labels = torch.zeros(2, dtype=torch.int64)
    with pytest.raises(StudyError) as caught:
        Split(inputs=torch.zeros(3, 1, 28, 28, dtype=torch.uint8), targets=labels)
    assert str(caught.value) == (
        "Inputs of a split have to be (2, channels, height, width), (n, time, features) or (n, features), found (3, 1, "
        "28, 28) torch.uint8."
    )
    with pytest.raises(StudyError) as caught:
        Split(inputs=torch.zeros(2, 1, 28, 28, dtype=torch.uint8), targets=labels.int())
    assert str(caught.value) == (
        "Targets of a split have to be (n,) torch.int64, (n, labels) torch.uint8 or (n, targets) torch.float32, found "
        "(2,) torch.int32."
    )


@needs_mnist
def test_real_mnist_loads_fast_and_splits_as_documented() -> None:
    started = time.perf_counter()
    dataset = load_dataset("auto", data_root=REAL_DATA, download=False)
    assert time.perf_counter() - started < 3  # 0.4 s on an idle machine
    assert dataset.name == "mnist"
    assert describe(dataset)["counts"] == {"train": 50000, "validation": 10000, "test": 10000}
    assert len(full_training(dataset)) == 60000
