"""Stored paths are found again where their files are now."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from study.paths import expanded, find

from .examples import examples
from .plans import message_of

NAMES = st.sampled_from(["a", "b", "data", "my space.py", "ü"])


def made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def test_what_is_where_it_was_is_taken_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(tmp_path / "here"))
    made(tmp_path / "here" / "shapes")
    old = made(tmp_path / "old" / "shapes")
    assert find(old, tmp_path / "here") == old


def test_a_moved_project_is_found_beside_its_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(tmp_path / "elsewhere"))
    data = made(tmp_path / "new" / "data" / "shapes")
    database = made(tmp_path / "new" / "runs")
    assert find(tmp_path / "old" / "data" / "shapes", database) == data.resolve()


def test_the_working_folder_is_looked_through_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(tmp_path / "new"))
    data = made(tmp_path / "new" / "shapes")
    assert find(Path("/old/project/shapes"), made(tmp_path / "x" / "y" / "z" / "runs")) == data.resolve()
    assert find(Path("/old/project/shapes")) == data.resolve()


def test_the_longest_part_of_the_stored_path_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(tmp_path / "new"))
    made(tmp_path / "new" / "images")
    longer = made(tmp_path / "new" / "b" / "images")
    assert find(Path("/old/b/images"), made(tmp_path / "new" / "runs")) == longer.resolve()


def test_far_above_the_database_nothing_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(tmp_path / "elsewhere"))
    made(tmp_path / "space.py")
    assert find(Path("/old/space.py"), made(tmp_path / "1" / "2" / "3" / "runs")) is None
    assert find(Path("/old/space.py"), made(tmp_path / "2" / "3" / "runs")) == (tmp_path / "space.py").resolve()


@examples(50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(st.sampled_from(["runs", "x"]), max_size=3))
def test_any_path_inside_a_moved_project_is_found(
    tmp_path_factory: pytest.TempPathFactory, inside: list[str], database: list[str]
) -> None:
    top = tmp_path_factory.mktemp("moved")
    there = made(top.joinpath("new", *inside))
    assert find(top.joinpath("old", *inside), made(top.joinpath("new", *database))) == there.resolve()


def test_an_unknown_home_folder_is_told() -> None:
    assert message_of(lambda: expanded("~no-such-user-here/photos")) == (
        "'~no-such-user-here/photos' begins with '~', and that home folder is not known here; give the whole path"
    )
    assert expanded("~") == Path.home()
