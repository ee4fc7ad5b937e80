"""IDX files: what is read, and the sentence for every way in which one can be wrong."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from study.data import DataOptions, Dataset, load_dataset
from study.data.arrays.idx import read_pair
from study.errors import StudyError
from tests.examples import examples

if TYPE_CHECKING:
    from tests.data.conftest import Samples


@pytest.fixture
def pair(tmp_path: Path, samples: type[Samples]) -> tuple[Path, Path]:
    """Return a file of 60 images and one of their labels 0, 1, 2."""
    images, labels = tmp_path / "My Scans-images.idx3", tmp_path / "labels.idx1"
    images.write_bytes(samples.idx_bytes(samples.random_images(60)))
    labels.write_bytes(samples.idx_bytes(samples.balanced_labels(60, classes=3)))
    return images, labels


def load(*paths: Path, options: DataOptions = DataOptions()) -> Dataset:  # noqa: B008 - frozen
    return load_dataset(",".join(str(path) for path in paths), data_root=Path("unused"), options=options)


def message_of(action: Callable[..., object], *arguments: object, **options: object) -> str:
    with pytest.raises(StudyError) as caught:
        action(*arguments, **options)
    return str(caught.value)


def test_a_pair_of_files_is_a_dataset(pair: tuple[Path, Path]) -> None:
    dataset = load(*pair)
    assert dataset.name == "my-scans-images"
    assert dataset.class_names == ("0", "1", "2")
    assert (len(dataset.training), len(dataset.test)) == (50, 10)


def test_four_files_bring_their_own_test_split(pair: tuple[Path, Path], tmp_path: Path, samples: type[Samples]) -> None:
    test_images, test_labels = tmp_path / "test-images.gz", tmp_path / "test-labels.gz"
    test_images.write_bytes(gzip.compress(samples.idx_bytes(samples.random_images(4))))
    test_labels.write_bytes(gzip.compress(samples.idx_bytes(np.array([2, 0, 2, 1], dtype=np.uint8))))
    dataset = load(*pair, test_images, test_labels)
    assert (len(dataset.training), len(dataset.test)) == (60, 4)
    assert dataset.test.targets.tolist() == [2, 0, 2, 1]


@examples(40)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 5), st.just(28), st.just(28))),
    st.sampled_from([(0x08, "u1"), (0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4")]),
    st.booleans(),
    st.data(),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    samples: type[Samples],
    images: NDArray[np.uint8],
    label_type: tuple[int, str],
    compressed: bool,
    data: st.DataObject,
) -> None:
    code, numpy_type = label_type
    labels = data.draw(hnp.arrays(numpy_type, len(images), elements=st.integers(0, 127)))
    folder = tmp_path_factory.mktemp("idx")
    pack = gzip.compress if compressed else bytes
    (folder / "images").write_bytes(pack(samples.idx_bytes(images)))
    (folder / "labels").write_bytes(pack(samples.idx_bytes(labels, code)))
    read, notes = read_pair(folder / "images", folder / "labels")
    assert np.array_equal(read.images, images)
    assert read.labels.tolist() == labels.tolist()
    assert notes == ()


def test_truncated_and_too_long(pair: tuple[Path, Path]) -> None:
    images, labels = pair
    content = images.read_bytes()
    images.write_bytes(content[:-7])
    assert message_of(load, *pair) == (
        f"'{images}' is truncated: expected 47056 bytes for 60 x 28 x 28 images, found 47049."
    )
    images.write_bytes(content + b"\n")
    assert message_of(load, *pair) == (
        f"'{images}' has bytes after its end: expected 47056 bytes for 60 x 28 x 28 images, found 47057."
    )
    images.write_bytes(content[:10])
    assert message_of(load, *pair) == f"'{images}' is truncated: expected a header of 16 bytes, found 10."
    images.write_bytes(b"")
    assert message_of(load, *pair) == (
        f"'{images}' is not an IDX file of images: expected magic number 0x00000803 or 0x00000804, found "
        "a file of 0 bytes."
    )
    assert labels.is_file()


def test_a_huge_announced_size_is_refused_without_reserving_memory(pair: tuple[Path, Path]) -> None:
    images, _ = pair
    images.write_bytes(bytes.fromhex("00000803" + "ffffffff" * 3))
    assert message_of(load, *pair) == (
        f"'{images}' is truncated: expected {(2**32 - 1) ** 3 + 16} bytes for 4294967295 x 4294967295 x "
        "4294967295 images, found 16."
    )


def test_images_and_labels_swapped(pair: tuple[Path, Path]) -> None:
    images, labels = pair
    assert message_of(load, labels, images) == (
        f"'{labels}' is not an IDX file of images: expected magic number 0x00000803 or 0x00000804, found 0x00000801."
    )
    assert message_of(load, images, images) == (
        f"'{images}' is not an IDX file of labels: expected magic number 0x00000801 or 0x00000901 or "
        "0x00000b01 or 0x00000c01 or 0x00000c02, found 0x00000803."
    )


@pytest.mark.parametrize(
    ("stored", "shape"),
    [
        ((60, 32, 30), (1, 32, 30)),
        ((60, 32, 30, 3), (3, 32, 30)),
        ((60, 3, 32, 30), (3, 32, 30)),
        ((60, 8, 8, 1), (1, 8, 8)),
    ],
)
def test_pictures_of_any_size_and_colour_stay_as_they_are(
    stored: tuple[int, ...], shape: tuple[int, ...], pair: tuple[Path, Path], samples: type[Samples]
) -> None:
    images, _ = pair
    values = np.random.default_rng(0).integers(0, 256, stored, dtype=np.uint8)
    images.write_bytes(samples.idx_bytes(values))
    dataset = load(*pair)
    assert dataset.spec.shape == shape
    assert dataset.notes == ()
    whole = np.concatenate([dataset.training.inputs, dataset.test.inputs])
    assert np.sort(whole, axis=None).tobytes() == np.sort(values, axis=None).tobytes()
    asked = load(*pair, options=DataOptions(image_size=(28, 28), grey=True))
    assert asked.spec.shape == (1, 28, 28)
    kind = "colour" if shape[0] == 3 else "grey"
    size = "8 x 8" if shape[1] == 8 else "32 x 30 (height x width)"
    painted = "grey " if kind == "colour" else ""
    assert asked.notes[0] == (
        f"Inputs of '{images}': The {kind} pictures of {size} are read as {painted}28 x 28, as asked."
    )


def test_options_of_tables_are_refused(pair: tuple[Path, Path]) -> None:
    assert message_of(load, *pair, options=DataOptions(target=("price",))) == (
        "--target means nothing here: IDX files hold pictures with their classes; the options of such data are "
        "--skip-unreadable, --image-size, --grey."
    )


def test_counts_that_differ(pair: tuple[Path, Path], samples: type[Samples]) -> None:
    images, labels = pair
    labels.write_bytes(samples.idx_bytes(samples.balanced_labels(59)))
    assert message_of(load, *pair) == (
        f"'{labels}' has to hold one label for each image of '{images}': expected 60, found 59."
    )


def test_no_images_at_all(pair: tuple[Path, Path], samples: type[Samples]) -> None:
    images, labels = pair
    images.write_bytes(samples.idx_bytes(samples.random_images(0)))
    labels.write_bytes(samples.idx_bytes(samples.balanced_labels(0)))
    assert message_of(load, *pair) == f"'{labels}' has to hold at least 1 label, found none."


def test_labels_out_of_range(pair: tuple[Path, Path], tmp_path: Path, samples: type[Samples]) -> None:
    images, labels = pair
    wrong = samples.balanced_labels(60, classes=3).astype("i1")
    wrong[7] = -2
    labels.write_bytes(samples.idx_bytes(wrong, 0x09))
    assert message_of(load, *pair) == f"Labels of '{labels}' have to be 0 or more, found -2 at position 7."
    wrong[7] = 9
    labels.write_bytes(samples.idx_bytes(wrong, 0x09))
    right = tmp_path / "right"
    right.write_bytes(samples.idx_bytes(samples.balanced_labels(60, classes=3)))
    assert message_of(load, images, right, images, labels) == (
        f"Labels of '{labels}' have to be 0 to 2 (the labels of training), found 9 at position 7."
    )


def test_labels_from_1_on_are_classes_under_their_own_numbers(pair: tuple[Path, Path], samples: type[Samples]) -> None:
    _, labels = pair
    before = load(*pair)
    labels.write_bytes(samples.idx_bytes(samples.balanced_labels(60, classes=3) + 1))
    dataset = load(*pair)
    assert dataset.class_names == ("1", "2", "3")
    assert dataset.content_hash == before.content_hash
    assert dataset.notes == (
        f"Labels of '{labels}' are 1 to 3: they became 3 classes in this order, each under its own label as its name.",
    )


def test_labels_with_gaps_are_the_same_classes_in_training_and_test(
    pair: tuple[Path, Path], tmp_path: Path, samples: type[Samples]
) -> None:
    images, labels = pair
    labels.write_bytes(samples.idx_bytes(np.array([7, 1, 4], np.uint8)[samples.balanced_labels(60, classes=3)]))
    test_images, test_labels = tmp_path / "test-images", tmp_path / "test-labels"
    test_images.write_bytes(samples.idx_bytes(samples.random_images(3)))
    test_labels.write_bytes(samples.idx_bytes(np.array([7, 4, 7], np.uint8)))
    dataset = load(images, labels, test_images, test_labels)
    assert dataset.class_names == ("1", "4", "7")
    assert dataset.training.targets[:3].tolist() == [2, 0, 1]
    assert dataset.test.targets.tolist() == [2, 1, 2]
    assert "1, 4, 7" in dataset.notes[0]
    test_labels.write_bytes(samples.idx_bytes(np.array([7, 4, 5], np.uint8)))
    assert message_of(load, images, labels, test_images, test_labels) == (
        f"Labels of '{test_labels}' have to be 1, 4, 7 (the labels of training), found 5 at position 2."
    )


def test_of_the_eight_numbers_of_qmnist_the_first_is_the_class(pair: tuple[Path, Path], samples: type[Samples]) -> None:
    _, labels = pair
    plain = load(*pair)
    numbers = np.random.default_rng(0).integers(0, 5000, (60, 8)).astype(">i4")
    numbers[:, 0] = samples.balanced_labels(60, classes=3)
    labels.write_bytes(samples.idx_bytes(numbers, 0x0C))
    dataset = load(*pair)
    assert dataset.content_hash == plain.content_hash
    assert dataset.notes == (
        f"'{labels}' holds 8 numbers for each image, as QMNIST does: the first is the class, the others are not used.",
    )
    labels.write_bytes(samples.idx_bytes(numbers[:, :5].copy(), 0x0C))
    assert message_of(load, *pair) == (
        f"Labels of '{labels}' have to be one number for each image, or the 8 of QMNIST, of which the first is the "
        "class; found 5."
    )


def test_files_of_emnist_are_said_to_lie_on_their_side(pair: tuple[Path, Path]) -> None:
    images, labels = pair
    named = images.rename(images.with_name("emnist-letters-train-images-idx3-ubyte"))
    assert load(named, labels).notes[0].endswith("given by name, as emnist-letters, they are set upright.")


def test_files_compressed_by_xz(pair: tuple[Path, Path], tmp_path: Path) -> None:
    plain = load(*pair)
    packed = tmp_path / "packed.xz"
    packed.write_bytes(lzma.compress(pair[0].read_bytes()))
    assert load(packed, pair[1]).content_hash == plain.content_hash
    packed.write_bytes(packed.read_bytes()[:-20])
    assert message_of(load, packed, pair[1]).startswith(f"'{packed}' is a damaged xz file: ")


def test_damaged_gzip(pair: tuple[Path, Path]) -> None:
    images, _ = pair
    images.write_bytes(gzip.compress(images.read_bytes())[:-20])
    assert message_of(load, *pair) == (
        f"'{images}' is a damaged gzip file: Compressed file ended before the end-of-stream marker was reached."
    )


def test_missing_file_and_wrong_number_of_files(pair: tuple[Path, Path], tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert message_of(load, pair[0], missing) == f"'{missing}' cannot be read: No such file or directory."
    assert message_of(load, *pair, pair[0]) == (
        "A dataset of IDX files is given as 'IMAGES,LABELS' or 'IMAGES,LABELS,TEST_IMAGES,TEST_LABELS'; "
        "3 files were given."
    )
