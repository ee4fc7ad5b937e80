"""Which data a command is about: what is given, what the stored study has, where it was moved to, what it is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from study.data import Dataset, Split, load_dataset
from study.data.dataset import make_dataset
from study.database import PlanRow
from study.options.data import DataOptions
from study.prepare.data_names import told_apart
from study.prepare.loaded import Cut, Loaded
from study.prepare.request import Request
from study.prepare.sources import (
    DEFAULT_DATA_ROOT,
    Source,
    asked_source,
    facts_of,
    moved,
    portable_dataset,
    stored_source,
)
from study.status.location import stored_space

from ..plans import FACTS, message_of, plan_of
from ..rows import made, plan_row

LENIENT = DataOptions(skip_unreadable=True)
SPACE_FILE = "from study.space import SearchSpace\nSPACE = SearchSpace(name='mine', model='cnn', domains={})\n"


def row(study: str, source: str = "digits", **columns: Any) -> PlanRow:  # noqa: ANN401 - columns of a plan
    """A stored plan's columns that say where its data is."""
    space, dataset = study.split("@")
    facts = {"dataset_source": source, "data_root": "/data", "dataset_hash": "ab"}
    return made(PlanRow, study=study, space=space, dataset=dataset, **facts | columns)


def request(folder: Path, **options: Any) -> Request:  # noqa: ANN401 - fields of a request
    return Request.of(storage=f"sqlite:///{folder / 'runs' / 'studies.db'}", **options)


def data(name: str, grey: int = 0) -> Dataset:
    split = Split(torch.full((24, 1, 28, 28), grey, dtype=torch.uint8), torch.arange(24) % 2)
    return make_dataset(name=name, training=split, test=split, class_names=("a", "b"))


# Which data set is meant


def test_without_a_stored_study_no_data_set_means_auto(tmp_path: Path) -> None:
    other = row("lstm@shapes", str(tmp_path))
    assert asked_source("cnn", request(tmp_path), [other]) == Source("auto", DEFAULT_DATA_ROOT)


def test_a_data_set_that_is_not_given_is_that_of_the_one_stored_study(tmp_path: Path) -> None:
    shapes = row("cnn@shapes", str(tmp_path), data_root=str(tmp_path), data_options={"grey": True, "target": ["a"]})
    arm = row("cnn@digits", parent="cnn@shapes")
    found = asked_source("cnn", request(tmp_path), [shapes, arm])
    assert found == Source(str(tmp_path), tmp_path, DataOptions(grey=True, target=("a",)), name="shapes")


def test_of_several_stored_studies_the_last_begun_is_taken_and_said(tmp_path: Path) -> None:
    plans = [row("cnn@digits"), row("cnn@shapes", str(tmp_path))]
    found = asked_source("cnn", request(tmp_path), plans)
    assert found.name == "shapes"
    assert found.note == (
        "--dataset was not given: cnn@shapes is taken, begun last; there is also cnn@digits; name it to choose"
    )


def test_a_data_set_that_is_given_is_taken_whatever_is_stored(tmp_path: Path) -> None:
    found = asked_source("cnn", request(tmp_path, dataset="mnist"), [row("cnn@shapes", str(tmp_path))])
    assert found == Source("mnist", DEFAULT_DATA_ROOT)


@pytest.mark.parametrize("given", ["mnist", "auto"])
def test_the_data_root_of_a_stored_study_is_kept(tmp_path: Path, given: str) -> None:
    stored = row("cnn@mnist", "mnist", data_root=str(tmp_path))
    assert asked_source("cnn", request(tmp_path, dataset=given), [stored]).data_root == tmp_path
    elsewhere = request(tmp_path, dataset=given, data_root=Path("elsewhere"))
    assert asked_source("cnn", elsewhere, [stored]).data_root == Path("elsewhere")


# Where it is


def test_moved_data_and_spaces_are_found_beside_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    project = tmp_path / "new"
    (project / "shapes").mkdir(parents=True)
    (project / "mine.py").write_text(SPACE_FILE)
    stored = row("mine@shapes", "/old/shapes", data_root="/old/shapes", space_source="/old/mine.py")
    asked = request(project)
    shapes = (project / "shapes").resolve()
    assert stored_source(stored, asked) == Source(str(shapes), shapes, name="shapes")
    assert stored_space(stored, asked.storage, None)[0] == str((project / "mine.py").resolve())


def test_a_pair_of_moved_files_is_found_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("images", "labels"):
        (tmp_path / name).touch()
    found = stored_source(row("cnn@images", "/old/images,/old/labels"), request(tmp_path))
    assert found.dataset == f"{(tmp_path / 'images').resolve()},{(tmp_path / 'labels').resolve()}"


def test_what_is_not_found_is_told_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    gone = row("mine@shapes", "/old/shapes", space_source="/old/mine.py")
    nowhere = "nor found by that path's last parts beside the trial database or in the working folder"
    asked = request(tmp_path)
    assert message_of(lambda: stored_source(gone, asked)) == (
        f"the data of study 'mine@shapes' is not at /old/shapes any more, {nowhere}; --dataset says where it is now"
    )
    assert message_of(lambda: stored_space(gone, asked.storage, None)) == (
        f"the space file of study 'mine@shapes' is not at /old/mine.py any more, {nowhere}; "
        f"--space says where it is now"
    )
    package = replace(gone, space_source="no_such_package.spaces:SPACE")
    assert message_of(lambda: stored_space(package, asked.storage, None)).endswith(
        "; --space says where the space of study 'mine@shapes' is now"
    )


def test_what_is_given_now_goes_before_what_is_stored(tmp_path: Path) -> None:
    stored = row("mine@shapes", "/old/shapes", space_source="/old/mine.py")
    asked = request(tmp_path, dataset="there")
    assert stored_source(stored, asked).dataset == "there"
    (tmp_path / "mine.py").write_text(SPACE_FILE)
    assert stored_space(stored, asked.storage, str(tmp_path / "mine.py"))[0] == str(tmp_path / "mine.py")


def test_every_place_that_changed_is_said_in_a_line() -> None:
    plan = plan_of("cnn")
    before = plan_row(plan, space_source="/old/cnn.py")
    assert moved(before, plan) == ["cnn@digits: its space is read from cnn now, no longer from /old/cnn.py"]
    shapes = replace(plan, dataset=replace(FACTS, source="/new/shapes"))
    assert moved(plan_row(plan), shapes) == ["cnn@digits: its data is read from /new/shapes now, no longer from digits"]
    mnist = replace(plan, dataset=replace(FACTS, source="mnist", data_root="/new"))
    stored = plan_row(mnist, data_root="/old")
    assert moved(stored, mnist) == ["cnn@digits: its data is read from /new now, no longer from /old"]
    assert moved(plan_row(mnist), mnist) == []


# What it is called


def test_two_folders_of_one_name_are_two_data_sets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "images").mkdir(parents=True)
    first, second = (str((tmp_path / name / "images").resolve()) for name in ("a", "b"))
    stored = row("cnn@images", first, dataset_hash=data("images").content_hash)
    other = data("images", grey=1)
    found, note = told_apart(other, Source(second, tmp_path), "cnn", [stored])
    assert found.name == "b-images"
    assert note == f"the data of {second} is called 'b-images': 'cnn@images' is of other data, that of {first}"
    again = row("cnn@b-images", second, dataset_hash=other.content_hash)
    assert told_apart(other, Source(second, tmp_path), "cnn", [stored, again])[0].name == "b-images"
    # Another space of the same data shares its name; the first folder keeps its own.
    assert told_apart(other, Source(second, tmp_path), "lstm", [stored, again])[0].name == "b-images"
    assert told_apart(data("images"), Source(first, tmp_path), "cnn", [stored, again])[0].name == "images"


def test_data_that_changed_where_it_lies_keeps_its_name_to_be_refused(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    source = str((tmp_path / "images").resolve())
    stored = row("cnn@images", source, dataset_hash=data("images").content_hash)
    assert told_apart(data("images", grey=1), Source(source, tmp_path), "cnn", [stored]) == (
        Source(source, tmp_path, name="images"),
        None,
    )


@pytest.mark.parametrize(
    ("stored", "options", "name"),
    [
        ({"target": ["price"]}, DataOptions(target=("cost",)), "sales-cost"),
        ({"target": ["price"]}, DataOptions(target=("cost", "gain"), impute="median"), "sales-cost-gain-median"),
        ({}, DataOptions(image_size=(28, 28), grey=True), "sales-28-grey"),
        ({"grey": True}, DataOptions(), "sales-no-grey"),
    ],
)
def test_the_same_data_read_otherwise_in_another_space_has_another_name(
    tmp_path: Path, stored: dict[str, Any], options: DataOptions, name: str
) -> None:
    source = str((tmp_path / "sales").resolve())
    other = row("lstm@sales", source, data_options=stored)
    found, note = told_apart(data("sales"), Source(source, tmp_path, options), "cnn", [other])
    assert found.name == name
    assert note == (
        f"the data of {source} is called {name!r}: 'lstm@sales' is of the same data, read or learned otherwise"
    )
    alike = row("lstm@sales", source, data_options=options.as_json())
    assert told_apart(data("sales"), Source(source, tmp_path, options), "cnn", [alike])[0].name == "sales"


def test_the_same_data_in_another_place_is_the_same_study(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    stored = row("cnn@images", "/old/images", dataset_hash=data("images").content_hash)
    assert told_apart(data("images"), Source(str(tmp_path / "images"), tmp_path), "cnn", [stored])[1] is None


def test_names_stay_apart_however_many_folders_share_them(tmp_path: Path) -> None:
    source = str((tmp_path / "x" / "b" / "images").resolve())
    stored = [row(f"cnn@{name}", f"/{number}") for number, name in enumerate(("images", "b-images"))]
    assert told_apart(data("images"), Source(source, tmp_path), "cnn", stored)[0].name == "x-b-images"
    dataset = data("digits")
    named, _ = told_apart(dataset, Source("digits", tmp_path), "cnn", [row("cnn@digits", "/my/digits")])
    assert named.name == f"digits-{dataset.content_hash[:8]}"


# What a plan keeps of it


def test_a_plan_keeps_counts_notes_and_what_was_left_out(tmp_path: Path) -> None:
    labels = torch.tensor([0] * 18 + [1] * 6)
    split = Split(torch.zeros((24, 1, 28, 28), dtype=torch.uint8), labels)
    dataset = make_dataset(
        name="photos", training=split, test=split, class_names=("a", "b"), notes=("Grey.",), left_out=("a/1.png",)
    )
    parts = Loaded().cut(dataset, Cut())
    facts = facts_of(dataset, parts, Source("auto", tmp_path, LENIENT, name="my-photos"), None, own=False)
    assert facts.class_counts == {"train": [15, 5], "validation": [3, 1], "test": [18, 6]}
    assert (facts.notes[0], facts.left_out, facts.options) == ("Grey.", ("a/1.png",), LENIENT)
    assert (facts.name, facts.source) == ("my-photos", "photos")
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (20, 4, 24)


def test_paths_with_commas_are_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "scans, 2024"
    folder.mkdir()
    np.save(folder / "images,v2.npy", np.zeros((60, 28, 28), np.uint8))
    np.save(folder / "labels.npy", np.arange(60) % 3)
    monkeypatch.chdir(tmp_path)
    given = "scans, 2024/images,v2.npy, scans, 2024/labels.npy"
    dataset = load_dataset(given, data_root=tmp_path)
    kept = portable_dataset(given)
    assert kept == f"{folder / 'images,v2.npy'},{folder / 'labels.npy'}"
    monkeypatch.chdir("/")
    assert load_dataset(kept, data_root=tmp_path).content_hash == dataset.content_hash


def test_a_single_file_becomes_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m,nist.npz"
    np.savez(path, x=np.zeros((60, 28, 28), np.uint8), y=np.arange(60) % 3)
    monkeypatch.chdir(tmp_path)
    assert portable_dataset("m,nist.npz") == str(path)
