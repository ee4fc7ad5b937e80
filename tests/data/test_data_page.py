"""The sentences on pictures, arrays and memory in docs/data.md are those that the program says, letter by letter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from study.data import DataOptions, load_dataset, memory, read_images, study_form
from study.data.pictures.forms import Wanted
from study.data.pictures.reading import read_pictures
from study.errors import StudyError
from study.task import DataSpec

PAGE = Path(__file__).parents[2] / "docs" / "data.md"
Array = NDArray[Any]
Classes = dict[str, list[Array]]


def documented(section: str) -> list[str]:
    """Return the sentences in the tables of a section."""
    (text,) = re.findall(
        rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    rows = re.findall(r"^\| what \| sentence \|\n.*?\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [row.split(" | ", 1)[1].rstrip(" |").strip("`") for table in rows for row in table.splitlines()]


def said(name: str, **options: Any) -> list[str]:  # noqa: ANN401 - fields of DataOptions
    """Return the notes on a data set, or why it is refused."""
    try:
        return [*load_dataset(name, data_root=Path("unused"), options=DataOptions(**options)).notes]
    except StudyError as error:
        return [str(error)]


def noise(*shape: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(2, 256, shape, dtype=np.uint8)


def many(count: int, *shape: int, first: int = 0) -> list[Array]:
    return [noise(*shape, seed=first + number) for number in range(count)]


def write(folder: str, classes: Classes) -> None:
    for name, pictures in classes.items():
        (Path(folder) / name).mkdir(parents=True)
        for number, picture in enumerate(pictures):
            Image.fromarray(picture).save(Path(folder) / name / f"{number}.png")


def folders() -> Iterator[list[str]]:
    plain: Classes = {"a": many(3, 9, 9), "b": many(3, 9, 9, first=3)}
    write("one/photos/train", plain)
    yield said_of("one")
    write("one/photos/val", plain)
    yield said_of("one")
    write("one/photos/test", plain)
    yield said_of("one")
    yield said_of("one", cut_validation=True)
    write("others/photos", plain)
    for name in ("a/1.txt", "a/2.txt", "b/3.txt", "b/4.pdf"):
        (Path("others/photos") / name).write_text("about")
    Image.fromarray(noise(9, 9)).save("others/photos/beside.png")
    yield said_of("others")


def said_of(place: str, **options: Any) -> list[str]:  # noqa: ANN401 - fields of DataOptions
    """Return what is said of PLACE/photos, as if it were called photos."""
    return [sentence.replace(f"{place}/photos", "photos") for sentence in said(f"{place}/photos", **options)]


def forms() -> Iterator[list[str]]:
    sizes = [(10, 40), (20, 30), (30, 20), (40, 60), (50, 50), (60, 10)]
    write("sizes", {name: [noise(*size, 3) for size in sizes] for name in "ab"})
    yield said("sizes")
    write("large", {name: [noise(300, width, seed=width) for width in (400, 500, 600)] for name in "ab"})
    yield said("large")
    write("mixed", {"a": [*many(4, 20, 20), noise(20, 20, 3)], "b": many(5, 20, 20, first=9)})
    yield said("mixed")
    write("asked", {name: many(3, 20, 20, 3) for name in "ab"})
    yield said("asked", image_size=(8, 12), grey=True)
    Image.fromarray(noise(30, 40)).save("new.png")
    yield [*read_images([Path("new.png")], study_form(DataSpec(shape=(3, 20, 20), class_names=("a", "b")))).notes]


def changes() -> Iterator[list[str]]:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(9, 9)).save("turned.png", exif=exif)
    yield [*read_pictures([Path("turned.png")]).notes]
    clear, deep = [], []
    for number in range(6):
        picture = Image.fromarray(noise(9, 9, 3))
        picture.putalpha(128)
        clear.append(Path(f"clear{number}.png"))
        picture.save(clear[-1])
        deep.append(Path(f"deep{number}.png"))
        Image.fromarray(np.full((9, 9), 4080, dtype=np.uint16)).save(deep[-1])
    yield [*read_pictures(clear).notes]
    yield [*read_pictures(deep).notes]
    frames = [Image.fromarray(noise(9, 9, seed=seed)) for seed in (1, 2)]
    frames[0].save("moving.gif", save_all=True, append_images=frames[1:])
    yield [*read_pictures([Path("moving.gif")], Wanted()).notes]


def faults() -> Iterator[list[str]]:
    write("photos", {"a": many(4, 9, 9), "b": many(4, 9, 9, first=9)})
    Path("photos/a/empty.png").write_bytes(b"")
    Path("photos/b/page.png").write_text("<html>404</html>")
    yield said("photos")
    yield said("photos", skip_unreadable=True)
    yield said("photos", group="patient")
    write("blank", {"a": [np.full((9, 9), level, np.uint8) for level in range(6)], "b": many(6, 9, 9)})
    yield said("blank")
    write("equal", {"a": [noise(9, 9)] * 7, "b": many(5, 9, 9, first=1)})
    yield said("equal")
    write("rare/train", {"often": many(300, 3, 3), "rare": many(2, 3, 3, first=500)})
    write("rare/test", {"often": many(1, 3, 3, first=600), "rare": many(1, 3, 3, first=700)})
    yield said("rare")


def arrays() -> Iterator[list[str]]:
    labels = np.arange(60) % 3
    colour = noise(60, 32, 32, 3)

    def saved(x: Array, y: Array = labels, **others: Array) -> str:
        np.savez("x.npz", x=x, y=y, **others)
        return "x.npz"

    yield said(saved(colour), image_size=(16, 20))
    yield said(saved(np.random.default_rng(0).random((60, 9, 9, 3))))
    yield said(saved(noise(60, 9, 9) % 2))
    yield said(saved(noise(60, 784)))
    yield said(saved(noise(60, 64)))
    yield said(saved(np.linspace(0, 1, 60 * 20 * 3).reshape(60, 20, 3)))
    yield said(saved(np.arange(60 * 64).reshape(60, 8, 8) * 4000 // 3839))
    rows = np.random.default_rng(0).normal(size=(60, 5))
    rows[3, 2] = np.nan
    yield said(saved(rows))
    yield said(saved(noise(60, 28, 28), x_test=noise(60, 20, 28), y_test=labels))
    yield said(saved(colour, np.array([3, 5, 8])[labels]))
    yield said(saved(colour, np.random.default_rng(0).random(60)))
    validation = {"x_val": colour[:6], "y_val": labels[:6]}
    yield said(saved(colour, **validation))
    yield said(saved(colour, **validation), cut_validation=True)
    yield said(saved(colour, writer=labels))


def sizes(machine: Callable[[int], None], told: Callable[[], str]) -> Iterator[list[str]]:
    write("photos", {name: many(5, 20, 30, 3) for name in "ab"})
    told()
    said("photos")
    yield [told().strip()]
    machine(36_000)
    yield said("photos")
    machine(100_000)
    np.savez_compressed("x.npz", x=np.zeros((100, 28, 28), np.uint8), y=np.arange(100) % 2)
    yield said("x.npz")


def test_every_sentence_on_pictures_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = {sentence for part in (folders, forms, changes, faults) for each in part() for sentence in each}
    assert [sentence for sentence in documented("Pictures") if sentence not in found] == []


def test_every_sentence_on_arrays_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = {sentence for each in arrays() for sentence in each}
    assert [sentence for sentence in documented("Arrays and IDX") if sentence not in found] == []


def test_every_sentence_on_memory_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(memory, "TOLD_BYTES", 10_000)

    def machine(total: int) -> None:
        monkeypatch.setattr(memory.psutil, "virtual_memory", lambda: SimpleNamespace(total=total))

    found = {sentence for each in sizes(machine, lambda: capsys.readouterr().err) for sentence in each}
    assert [sentence for sentence in documented("Memory") if sentence not in found] == []


def test_the_page_documents_something_of_each() -> None:
    assert [len(documented(section)) for section in ("Pictures", "Arrays and IDX", "Memory")] == [20, 14, 3]
