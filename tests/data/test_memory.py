"""What a data set takes of memory is told before it is read, and refused where it is too much."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from study.data import DataOptions, load_dataset, memory
from study.data.pictures import reading
from study.errors import StudyError

if TYPE_CHECKING:
    from tests.data.conftest import Samples


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return what gives this machine so many bytes of memory."""

    def give(total: int) -> None:
        monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(total=total))

    return give


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(5):
            noise = np.random.default_rng(number).integers(0, 256, (20, 30, 3), dtype=np.uint8)
            Image.fromarray(noise).save(tmp_path / "photos" / name / f"{number}.png")
    return tmp_path / "photos"


def test_pictures_that_do_not_fit_are_refused_before_they_are_read(
    photos: Path, machine: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(2 * 10 * 3 * 20 * 30)  # bytes, for what a study holds: 36,000
    monkeypatch.setattr(reading, "read_picture", lambda *_, **__: pytest.fail("a picture was read"))
    with pytest.raises(StudyError) as caught:
        load_dataset(str(photos), data_root=Path("unused"))
    assert str(caught.value) == (
        "10 pictures, 3 x 20 x 30 each, take 18 kB of memory, and with their splits 36 kB, which is more than 60 % of "
        "this machine's 36 kB; give a smaller --image-size, or --grey."
    )


@pytest.mark.parametrize("options", [{"image_size": (10, 15)}, {"grey": True}])
def test_the_remedies_help(photos: Path, machine: Callable[[int], None], options: dict[str, object]) -> None:
    machine(2 * 10 * 3 * 20 * 30)
    assert len(load_dataset(str(photos), data_root=Path("unused"), options=DataOptions(**options)).test) == 2  # type: ignore[arg-type]


def test_what_is_much_is_told_once_on_standard_error(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    load_dataset(str(photos), data_root=Path("unused"))
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(memory, "TOLD_BYTES", 10_000)
    load_dataset(str(photos), data_root=Path("unused"))
    assert capsys.readouterr() == (
        "",
        "10 pictures, 3 x 20 x 30 each, take 18 kB of memory, and with their splits 36 kB.\n",
    )


def test_arrays_that_do_not_fit_are_refused_by_what_the_file_says(
    tmp_path: Path, machine: Callable[[int], None]
) -> None:
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=np.zeros((100, 28, 28), np.uint8), y=np.arange(100) % 2)
    assert path.stat().st_size < 5_000
    machine(100_000)
    with pytest.raises(StudyError) as caught:
        load_dataset(str(path), data_root=Path("unused"))
    assert str(caught.value) == (
        f"The arrays of '{path}' take 79 kB of memory, and with their splits 159 kB, which is more than 60 % of this "
        "machine's 100 kB; give fewer or smaller examples."
    )


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_that_do_not_fit_are_refused_by_their_header(
    packed: bool, tmp_path: Path, samples: type[Samples], machine: Callable[[int], None]
) -> None:
    import gzip

    content = samples.idx_bytes(samples.random_images(60))
    images, labels = tmp_path / "images", tmp_path / "labels"
    images.write_bytes(gzip.compress(content) if packed else content)
    labels.write_bytes(samples.idx_bytes(samples.balanced_labels(60)))
    machine(100_000)
    with pytest.raises(StudyError) as caught:
        load_dataset(f"{images},{labels}", data_root=Path("unused"))
    assert str(caught.value).startswith(f"60 pictures of '{images}', 28 x 28 each, take 47 kB of memory")
    assert str(caught.value).endswith("60 % of this machine's 100 kB; give fewer or smaller pictures.")
