"""Folders of pictures in their own colours and size: one form for all, whatever their order and mode."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from study.data import DataOptions, Dataset, load_dataset, read_images, study_form
from study.data.pictures.forms import AS_THEY_ARE, Wanted, shared_size
from study.data.pictures.picture import picture_of
from study.data.pictures.reading import read_pictures
from study.errors import StudyError

from ..examples import examples


def load(folder: Path, **options: Any) -> Dataset:  # noqa: ANN401 - fields of DataOptions
    return load_dataset(str(folder), data_root=Path("unused"), options=DataOptions(**options))


def noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def write(folder: Path, pictures: dict[str, Sequence[NDArray[np.uint8]]]) -> None:
    """Write the pictures of each class, (height, width) or (height, width, 3), as PNG files."""
    for name, arrays in pictures.items():
        (folder / name).mkdir(parents=True)
        for number, array in enumerate(arrays):
            Image.fromarray(array).save(folder / name / f"{number:03}.png")


def test_coloured_pictures_of_one_size_stay_as_they_are(tmp_path: Path) -> None:
    pictures = {name: [noise(20, 30, 3, seed=10 * place + n) for n in range(6)] for place, name in enumerate("ab")}
    write(tmp_path, pictures)
    dataset = load(tmp_path)
    assert dataset.spec.shape == (3, 20, 30)
    assert dataset.notes == ()
    whole = np.concatenate([dataset.training.inputs, dataset.test.inputs])
    assert {picture.tobytes() for picture in whole} == {
        np.moveaxis(array, -1, 0).tobytes() for arrays in pictures.values() for array in arrays
    }


def test_one_coloured_picture_of_the_test_folder_makes_all_rgb(tmp_path: Path) -> None:
    greys = [noise(20, 20, seed=seed) for seed in range(8)]
    write(tmp_path / "train", {"a": greys[:4], "b": greys[4:]})
    write(tmp_path / "test", {"a": [noise(20, 20, 3)], "b": [noise(20, 20, seed=9)]})
    dataset = load(tmp_path)
    assert dataset.spec.shape == (3, 20, 20)
    assert np.array_equal(dataset.training.inputs[:4], np.repeat(np.stack(greys[:4])[:, None], 3, axis=1))
    assert dataset.notes == ("10 pictures of 20 x 20, 1 of them in colour, are read as RGB, since some are in colour.",)
    assert load(tmp_path, grey=True).spec.shape == (1, 20, 20)


def test_pictures_without_colour_are_grey_whatever_their_mode(tmp_path: Path) -> None:
    greys = [noise(20, 20, seed=seed) for seed in range(8)]
    write(tmp_path, {"a": greys[:4], "b": [np.repeat(array[..., None], 3, axis=2) for array in greys[4:]]})
    dataset = load(tmp_path)
    assert dataset.spec.shape == (1, 20, 20)
    assert dataset.notes == ()


def test_mixed_sizes_become_the_median_and_asked_ones_what_was_asked(tmp_path: Path) -> None:
    sizes = [(10, 40), (20, 30), (30, 20), (40, 60), (50, 50), (60, 10)]
    write(tmp_path, {name: [noise(*size, 3, seed=place) for size in sizes] for place, name in enumerate("ab")})
    dataset = load(tmp_path)
    assert dataset.spec.shape == (3, 30, 30)
    assert dataset.notes == (
        "12 colour pictures of 10-60 x 10-60 (height x width) are read as 30 x 30, their median height and width; 10 "
        "of them lose their proportions.",
    )
    asked = load(tmp_path, image_size=(8, 12), grey=True)
    assert asked.spec.shape == (1, 8, 12)
    assert asked.notes[0].startswith(
        "12 colour pictures of 10-60 x 10-60 (height x width) are read as grey 8 x 12 (height x width), as asked; "
    )


def test_the_median_has_at_most_224_pixels_a_side() -> None:
    assert shared_size([(500, 300), (600, 100), (700, 90)]) == (224, 100)
    assert shared_size([(500, 300)] * 3) == (500, 300)


MODES = (
    "L",
    "RGB",
    "RGBA",
    "RGBX",
    "P",
    "LA",
    "PA",
    "I;16",
    "I",
    "F",
    "1",
    "La",
    "RGBa",
    "HSV",
    "CMYK",
    "YCbCr",
    "LAB",
)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_pillow_becomes_bytes(mode: str) -> None:
    through = {"La": "LA", "RGBa": "RGBA", "PA": "P", "LA": "L", "I;16": "I"}.get(mode)
    rgb = Image.fromarray(noise(12, 16, 3))
    if mode == "LAB":
        picture = Image.frombytes("LAB", (16, 12), noise(12, 16, 3).tobytes())
    else:
        picture = (rgb.convert(through) if through else rgb).convert(mode)
    read = picture_of(picture)
    coloured = mode not in ("L", "LA", "La", "I;16", "I", "F", "1")
    assert read.pixels.shape == ((3 if coloured else 1), 12, 16)
    assert read.pixels.dtype == np.uint8
    assert read.facts.colour is coloured


SAME_GREY = ("L", "LA", "RGB", "RGBA", "P", "TIFF")
SAME_COLOUR = ("RGB", "RGBA", "PPM", "TIFF", "P")


def stored(array: NDArray[np.uint8], form: str, path: Path) -> Path:
    """Save a picture in a mode that loses nothing of it."""
    picture = Image.fromarray(array)
    suffix = {"TIFF": "tif", "PPM": "ppm"}.get(form, "png")
    if form == "P":
        picture = picture.convert("RGB").quantize(256)
    elif form not in ("TIFF", "PPM"):
        picture = picture.convert(form)
    path = path.with_suffix(f".{suffix}")
    picture.save(path)
    return path


@examples(25)
@given(data=st.data())
def test_neither_order_nor_mode_changes_what_is_read(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same pictures in other files, in another order: the same bytes, in that order."""
    folder = tmp_path_factory.mktemp("pictures")
    count = data.draw(st.integers(1, 6))
    coloured = data.draw(st.lists(st.booleans(), min_size=count, max_size=count))
    sizes = data.draw(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=count, max_size=count))
    arrays = [  # few colours, so that a palette holds them
        noise(*size, *([3] if colour else []), seed=place) // 128 * 200
        for place, (colour, size) in enumerate(zip(coloured, sizes, strict=True))
    ]
    plain = [stored(array, "TIFF", folder / f"{place}") for place, array in enumerate(arrays)]
    forms = [data.draw(st.sampled_from(SAME_COLOUR if colour else SAME_GREY)) for colour in coloured]
    others = [
        stored(array, form, folder / f"other{place}")
        for place, (array, form) in enumerate(zip(arrays, forms, strict=True))
    ]
    order = list(range(count))
    random.Random(data.draw(st.integers(0, 99))).shuffle(order)
    wanted = Wanted(size=data.draw(st.none() | st.just((5, 7))), channels=data.draw(st.sampled_from([None, 1, 3])))
    first = read_pictures(plain, wanted)
    second = read_pictures([others[place] for place in order], wanted)
    assert np.array_equal(first.images[order], second.images)
    assert first.notes == second.notes


def test_16_bits_a_channel_are_told(tmp_path: Path) -> None:
    """Pillow writes no such file, so it is put together here: 8 x 8, RGB, as PNG."""
    levels = noise(8, 8, 3)
    rows = [b"\0" + row.tobytes() for row in levels.astype(">u2") * 257]
    parts = [(b"IHDR", struct.pack(">2I5B", 8, 8, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"".join(rows)))]
    chunks = [
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in (*parts, (b"IEND", b""))
    ]
    (tmp_path / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    read = read_pictures([tmp_path / "deep.png"])
    assert np.array_equal(read.images[0], np.moveaxis(levels, -1, 0))
    assert read.notes == ("1 picture has 16 bits a channel: the upper 8 are read.",)


def test_all_torn_files_are_named_and_the_rest_decides_alone(tmp_path: Path) -> None:
    """A file that cannot be read to its end has no say in the size."""
    write(tmp_path, {"a": [noise(20, 20, seed=seed) for seed in range(6)], "b": [noise(20, 20, seed=9)] * 6})
    for name in ("a", "b"):
        path = tmp_path / name / "torn.bmp"
        Image.fromarray(noise(90, 70)).save(path)
        path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StudyError) as caught:
        load(tmp_path)
    assert f"'{tmp_path / 'a' / 'torn.bmp'}' and 1 more cannot be read as images: " in str(caught.value)
    assert f"'{tmp_path / 'b' / 'torn.bmp'}' (image file is truncated" in str(caught.value)
    assert load(tmp_path, skip_unreadable=True).spec.shape == (1, 20, 20)


def test_an_orientation_that_stands_after_the_pixels_is_followed(tmp_path: Path) -> None:
    """The eXIf chunk of a PNG file may come last: its picture is 30 high and 20 wide as well."""
    upright = noise(30, 20)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(upright).copy()).save(tmp_path / "early.png", exif=exif)
    content = (tmp_path / "early.png").read_bytes()
    start = content.index(b"eXIf") - 4
    length = 12 + int.from_bytes(content[start : start + 4], "big")
    chunk, end = content[start : start + length], content.index(b"IEND") - 4
    late = content[:start] + content[start + length : end] + chunk + content[end:]
    (tmp_path / "late.png").write_bytes(late)
    Image.fromarray(upright).save(tmp_path / "plain.png")
    read = read_pictures(sorted(tmp_path.iterdir()))
    assert read.images.shape == (3, 1, 30, 20)
    assert (read.images == upright).all()


def test_new_pictures_are_read_as_the_studys_were(tmp_path: Path) -> None:
    write(tmp_path / "study", {"a": [noise(20, 20, 3, seed=s) for s in range(6)], "b": [noise(20, 20)] * 6})
    study = load(tmp_path / "study")
    new = tmp_path / "new"
    write(new, {"any": [noise(30, 40, 3)], "grey": [noise(20, 20)]})
    files, images, notes = read_images([new], study_form(study.spec) or AS_THEY_ARE)
    assert [file.parent.name for file in files] == ["any", "grey"]
    assert images.shape == (2, 3, 20, 20)
    assert notes == (
        "2 pictures of 20-30 x 20-40 (height x width), 1 of them in colour, are read as RGB 20 x 20, as the study's "
        "data are; 1 of them loses its proportions.",
    )


def test_the_range_of_new_pictures_is_the_studys(tmp_path: Path) -> None:
    """A dark picture of 12 bits stays dark, though its own values would make it one of 10."""
    write(tmp_path / "study", {"a": [], "b": []})
    for name in ("a", "b"):
        for number in range(6):
            values = noise(8, 8, seed=number).astype(np.uint16) * 16
            Image.fromarray(values).save(tmp_path / "study" / name / f"{number}.png")
    study = load(tmp_path / "study")
    assert study.ranges == {"16-bit": 12}
    Image.fromarray(np.full((8, 8), 1000, dtype=np.uint16)).save(tmp_path / "dark.png")
    wanted = study_form(study.spec, study.ranges)
    assert wanted is not None
    _, images, notes = read_images([tmp_path / "dark.png"], wanted)
    assert images.unique().tolist() == [1000 >> 4]
    assert notes == ("1 16-bit picture is read with 0 as black and 4,095 as white, as the study's data are.",)


@pytest.mark.parametrize("names", [("a b", "c, d"), ("größe", "日本, 語"), ("x'y", 'q"z')])
def test_classes_may_have_any_name(names: tuple[str, str], tmp_path: Path) -> None:
    write(tmp_path, {name: [noise(5, 5, seed=seed) for seed in range(4)] for name in names})
    assert set(load(tmp_path).class_names) == set(names)


def test_a_rare_class_is_told(tmp_path: Path) -> None:
    write(tmp_path / "train", {"often": [noise(3, 3, seed=seed) for seed in range(300)], "rare": [noise(3, 3, 3)] * 2})
    write(tmp_path / "test", {"often": [noise(3, 3, seed=999)], "rare": [noise(3, 3, 3, seed=9)]})
    assert load(tmp_path).notes[-1] == (
        "1 class has less than 1 % of the 302 training examples ('rare' 2): accuracy hardly tells whether such a class "
        "is found; --objective balanced-accuracy or macro-f1 does."
    )


def test_options_of_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        load(tmp_path, group="patient")
    assert str(caught.value) == (
        f"--group means nothing here: '{tmp_path}' is a folder of pictures; the options of such data are "
        "--skip-unreadable, --image-size, --grey, --cut-validation."
    )


def test_a_folder_of_an_earlier_version_is_read_as_it_was(tmp_path: Path) -> None:
    """Of mixed modes and sizes, by the options that a study from before is given: the hash of that version."""
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for mode in ("L", "RGB", "P", "RGBA", "1", "LA"):
            height, width = rng.integers(10, 90, 2)
            array = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            Image.fromarray(array).convert(mode).save(tmp_path / name / f"{mode}.png")
    assert (
        load(tmp_path, image_size=(28, 28), grey=True).content_hash
        == "1ef78ded9b01de5f9937b9f4b08dfcc381723bb518a0458e471c792244930d25"
    )
