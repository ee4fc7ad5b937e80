"""Paths that hold commas themselves, in a text in which commas part paths."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.data import dataset_paths, load_dataset
from study.data.paths import is_file, is_folder, split_paths
from study.errors import StudyError


def touch(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


@given(st.lists(st.text("ab,. ", min_size=1, max_size=6), min_size=2, max_size=4, unique=True))
def test_whatever_commas_names_hold_the_files_are_found_or_the_text_is_refused(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("data")
    kept = [f"f{name.strip()}." for name in names]
    if len(set(kept)) < len(kept):
        return
    paths = touch(folder, *kept)
    text = ",".join(str(path) for path in paths)
    try:
        found = list(split_paths(text))
    except StudyError:
        with pytest.raises(StudyError, match="can be read in"):
            split_paths(text)
        return
    assert found == paths


def test_commas_in_files_and_folders(tmp_path: Path) -> None:
    paths = touch(tmp_path, "scans, 2024/images,v2", "scans, 2024/labels", "t,images", "t,,labels")
    assert list(split_paths(",".join(str(path) for path in paths))) == paths
    assert list(split_paths(" , ".join(str(path) for path in paths[:2]))) == paths[:2]


def test_paths_without_commas_stay_as_they_are_though_none_is_there() -> None:
    assert split_paths("a, b") == (Path("a"), Path("b"))
    assert split_paths("a,b,c,d") == (Path("a"), Path("b"), Path("c"), Path("d"))


def test_what_can_be_read_in_two_ways_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "a", "a,b", "b,c", "c")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError) as caught:
        split_paths("a,b,c")
    assert str(caught.value) == (
        "The commas of 'a,b,c' can be read in 2 ways, since all these files are there: 'a'; 'b,c' or 'a,b'; 'c'; "
        "rename one of them, or name them from within another folder."
    )


def test_a_missing_file_among_paths_with_commas_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "images")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError) as caught:
        split_paths("images,la,bels")
    assert str(caught.value) == (
        "'images,la,bels' does not name 2 to 4 files, at whichever of its commas it is parted: 'la' is not a file, nor "
        "together with what stands beside it; name files that are there, as 'IMAGES,LABELS'."
    )


def test_very_many_commas_are_refused_at_once() -> None:
    with pytest.raises(StudyError, match="at most 4 files"):
        split_paths("," * 5000)


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b", ""])
def test_what_cannot_be_a_path_is_neither_file_nor_folder(text: str, tmp_path: Path) -> None:
    assert not is_file(text)
    assert not is_folder(text)
    with pytest.raises(StudyError, match="is neither one of"):
        load_dataset(text, data_root=tmp_path)


def test_a_folder_with_a_comma_is_one_path(tmp_path: Path) -> None:
    folder = tmp_path / "cats, dogs"
    folder.mkdir()
    assert dataset_paths(str(folder)) == (folder,)
