"""EMNIST by name: its six data sets, upright, from files on disk or from the one archive of all."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from study.data import UnavailableError, load_dataset
from study.data.published.download import Source
from study.data.published.emnist import CLASSES, DEFAULT_NOTE, UPRIGHT_NOTE, archive_source
from study.errors import StudyError
from study.prepare.loaded import Cut, Loaded
from study.prepare.sources import Source as DataSource
from study.prepare.sources import facts_of

if TYPE_CHECKING:
    from tests.data.conftest import Mirror, Samples


def files_of(name: str, samples: type[Samples], *, first: int = 0) -> dict[str, bytes]:
    """Return the four files of one of the data sets, 3 training images of each class and 1 to test."""
    classes = len(CLASSES[name])
    contents = {}
    for split, count in (("train", 3 * classes), ("test", classes)):
        contents[f"{name}-{split}-images-idx3-ubyte"] = samples.idx_bytes(samples.random_images(count))
        labels = samples.balanced_labels(count, classes) + first
        contents[f"{name}-{split}-labels-idx1-ubyte"] = samples.idx_bytes(labels.astype(np.uint8))
    return contents


def write_raw(root: Path, contents: dict[str, bytes], *, compressed: bool = False) -> Path:
    raw = root / "EMNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        path = raw / (f"{name}.gz" if compressed else name)
        path.write_bytes(gzip.compress(content) if compressed else content)
    return raw


def write_archive(path: Path, contents: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"gzip/{name}.gz", gzip.compress(content))


@pytest.fixture
def served(mirror: Mirror, samples: type[Samples], monkeypatch: pytest.MonkeyPatch) -> Mirror:
    """Serve an archive of two data sets."""
    archive = mirror.folder / "gzip.zip"
    write_archive(archive, files_of("emnist-letters", samples, first=1) | files_of("emnist-digits", samples))
    checksums = {"gzip.zip": hashlib.md5(archive.read_bytes()).hexdigest()}
    monkeypatch.setattr("study.data.published.emnist.archive_source", lambda: Source((mirror.address,), checksums))
    return mirror


@pytest.mark.parametrize("compressed", [False, True])
def test_letters_begin_at_1_and_are_set_upright(compressed: bool, tmp_path: Path, samples: type[Samples]) -> None:
    write_raw(tmp_path, files_of("emnist-letters", samples, first=1), compressed=compressed)
    dataset = load_dataset("emnist-letters", data_root=tmp_path, download=False)
    assert dataset.name == "emnist-letters"
    assert dataset.class_names == tuple("abcdefghijklmnopqrstuvwxyz")
    assert dataset.training.targets[:3].tolist() == [0, 1, 2]
    upright = samples.random_images(78).swapaxes(1, 2)
    assert np.array_equal(dataset.training.inputs.squeeze(1).numpy(), upright)
    assert dataset.notes[0] == UPRIGHT_NOTE


def test_plain_emnist_is_the_balanced_set_and_says_so(tmp_path: Path, samples: type[Samples]) -> None:
    write_raw(tmp_path, files_of("emnist-balanced", samples))
    dataset = load_dataset("emnist", data_root=tmp_path, download=False)
    assert dataset.name == "emnist-balanced"
    assert len(dataset.class_names) == 47
    assert dataset.notes[:2] == (DEFAULT_NOTE, UPRIGHT_NOTE)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_those_of_torchvision(name: str) -> None:
    from torchvision.datasets import EMNIST

    split = name.removeprefix("emnist-")
    assert split in EMNIST.splits
    assert [letter for letter in EMNIST.classes_split_dict[split] if letter != "N/A"] == list(CLASSES[name])
    assert len(EMNIST.splits) == len(CLASSES)


def test_the_archive_is_where_torchvision_says() -> None:
    source = archive_source()
    assert list(source.checksums) == ["gzip.zip"]
    assert source.mirrors[0].endswith("/EMNIST/")


def test_only_the_wanted_files_are_unpacked_and_the_archive_serves_again(
    served: Mirror, tmp_path: Path, samples: type[Samples]
) -> None:
    root = tmp_path / "data"
    raw = root / "EMNIST" / "raw"
    letters = load_dataset("emnist-letters", data_root=root)
    wanted = [f"{name}.gz" for name in files_of("emnist-letters", samples)]
    assert sorted(path.name for path in raw.iterdir()) == sorted([*wanted, "gzip.zip"])
    assert letters.notes[0] == UPRIGHT_NOTE
    assert letters.notes[1].startswith(f"gzip.zip, of which the other five data sets can be unpacked, stays in '{raw}'")
    digits = load_dataset("emnist-digits", data_root=root, download=False)
    assert digits.notes[0] == UPRIGHT_NOTE
    assert served.requests == ["/gzip.zip"]


def test_without_download_the_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError) as caught:
        load_dataset("emnist-mnist", data_root=tmp_path, download=False)
    assert "emnist-mnist-train-images-idx3-ubyte, " in str(caught.value)


def test_an_archive_that_lacks_a_file_or_is_damaged_is_refused(tmp_path: Path, samples: type[Samples]) -> None:
    raw = write_raw(tmp_path, {})
    archive = raw / "gzip.zip"
    write_archive(archive, files_of("emnist-digits", samples))
    with pytest.raises(StudyError) as caught:
        load_dataset("emnist-mnist", data_root=tmp_path)
    assert str(caught.value) == (
        f"'{archive}' is not whole: There is no item named 'gzip/emnist-mnist-train-images-idx3-ubyte.gz' in the "
        "archive; remove it, so that it is downloaded anew."
    )
    content = bytearray(archive.read_bytes())
    content[200] ^= 0xFF
    archive.write_bytes(content)
    with pytest.raises(StudyError) as caught:
        load_dataset("emnist-digits", data_root=tmp_path)
    assert str(caught.value).startswith(f"'{archive}' is damaged: Bad CRC-32 for file")
    assert [path.name for path in raw.iterdir()] == ["gzip.zip"]
    archive.write_bytes(b"no archive")
    with pytest.raises(StudyError) as caught:
        load_dataset("emnist-digits", data_root=tmp_path)
    assert str(caught.value) == (
        f"'{archive}' is damaged: File is not a zip file; remove it, so that it is downloaded anew."
    )


def test_letters_have_no_label_0(tmp_path: Path, samples: type[Samples]) -> None:
    raw = write_raw(tmp_path, files_of("emnist-letters", samples))
    with pytest.raises(StudyError) as caught:
        load_dataset("emnist-letters", data_root=tmp_path)
    labels = raw / "emnist-letters-train-labels-idx1-ubyte"
    assert str(caught.value) == f"Labels of '{labels}' have to be 1 to 26, found 0 at position 0."


def test_a_plan_keeps_which_of_the_six_plain_emnist_was(tmp_path: Path, samples: type[Samples]) -> None:
    write_raw(tmp_path, files_of("emnist-balanced", samples))
    dataset = load_dataset("emnist", data_root=tmp_path, download=False)
    facts = facts_of(dataset, Loaded().cut(dataset, Cut()), DataSource("emnist", tmp_path), None, own=False)
    assert facts.source == "emnist-balanced"
