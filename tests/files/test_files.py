"""What holds of a file wherever it is: whole or not at all, there or not, and a line where its place refuses."""

from __future__ import annotations

import errno
import os
import pickle
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

from study.errors import StudyError
from study.files import File, FileReadError, FileWriteError, LocalFile, Place, is_url
from study.files import remote as remote_module
from study.files.copying import copy_files, is_same
from study.files.place import sweep

from ..examples import examples

quick = examples(30)
Locations = Callable[[], str]


class ObjectStore(MemoryFileSystem):  # type: ignore[misc]
    """A file system in memory that knows no folders."""

    protocol = "made"
    store: dict[str, Any] = {}  # noqa: RUF012 - as the class above has it

    def makedirs(self, *_: object, **__: object) -> None:
        raise AssertionError("an object store has no folders")


@pytest.fixture(scope="module", params=["folder", "URL", "URL without replacing", "object store"])
def locations(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locations]:
    """Yields a function that returns a new place, of each kind."""
    scheme = "made" if request.param == "object store" else "memory"
    fsspec.register_implementation("made", ObjectStore, clobber=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remote_module, "_OBJECT_STORES", frozenset({"made"}))
        if request.param == "URL without replacing":
            patch.setattr(remote_module, "_REPLACING", frozenset())
        if request.param == "folder":
            yield lambda: str(tmp_path_factory.mktemp("place"))
        else:
            yield lambda: f"{scheme}://{uuid.uuid4().hex}/files"


@pytest.fixture
def place(locations: Locations) -> Place:
    return Place(locations())


def test_a_file_is_what_was_written_last(place: Place) -> None:
    file = place.weights("one")
    assert not file.exists()
    with pytest.raises(FileNotFoundError):
        file.read()
    for content in (b"first", b"", b"third" * 1000):
        file.write(content)
        assert (file.exists(), file.read()) == (True, content)
    assert place.kept.names() == ["one.pt"]
    file.remove()
    file.remove()
    assert (file.exists(), place.kept.names()) == (False, [])


def test_a_file_can_be_sent_and_told(place: Place) -> None:
    file = place.checkpoint("one")
    file.write(b"content")
    assert pickle.loads(pickle.dumps(file)) == file
    assert pickle.loads(pickle.dumps(file)).read() == b"content"
    assert str(file) == f"{place}/checkpoints/one.pt"
    assert (file.name, file.stem) == ("one.pt", "one")


def test_files_lie_side_by_side(place: Place) -> None:
    assert place.with_weights() == frozenset()
    for trial in ("b", "a"):
        place.weights(trial).write(trial.encode())
    place.checkpoint("c").write(b"c")
    assert place.with_weights() == {"a", "b"}
    place.set_aside("a", "z")
    place.set_aside("nowhere", "y")
    assert place.with_weights() == {"b", "z"}
    assert place.weights("z").read() == b"a"


@quick
@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_an_older_file_is_replaced_by_any_content(locations: Locations, one: bytes, other: bytes) -> None:
    file = Place(locations()).weights("one")
    for content in (one, other):
        file.write(content)
        assert file.read() == content


def test_what_killed_processes_left_goes_and_nothing_else(place: Place) -> None:
    left = f"theirs.{socket.gethostname()}.999999999.partial"
    names = ["ended.pt", "open.pt", "other.pt", "open.host.1.partial", "ended.host.1.partial", "other.host.1.partial"]
    for name in (*names, "ended.txt", left):
        place.checkpoints.file(name).write(b"content")
    removed = sweep(place.checkpoints, open_trials={"open"}, ended_trials={"ended"})
    assert removed == sorted(["ended.pt", "open.host.1.partial", "ended.host.1.partial", left])
    assert place.checkpoints.names() == ["ended.txt", "open.pt", "other.host.1.partial", "other.pt"]
    place.forget("other")
    assert "other.pt" not in place.checkpoints.names()


def test_weights_stay_when_a_place_is_swept(place: Place) -> None:
    for name in ("ended.pt", "open.pt", "ended.host.1.partial"):
        place.kept.file(name).write(b"content")
    place.sweep(open_trials={"open"}, ended_trials={"ended"})
    assert place.kept.names() == ["ended.pt", "open.pt"]


def test_files_of_the_trials_alone_are_copied(place: Place, tmp_path: Path) -> None:
    for file in (place.checkpoint("one"), place.weights("two"), place.weights("three")):
        file.write(file.stem.encode())
    for after in (Place(str(tmp_path / "after")), Place(f"memory://{uuid.uuid4().hex}/after")):
        copied = copy_files(place, after, ["one", "two", "four"])
        assert copied == [place.checkpoint("one"), place.weights("two")]
        assert [after.checkpoint("one").read(), after.weights("two").read()] == [b"one", b"two"]
        assert (after.checkpoints.names(), after.kept.names()) == (["one.pt"], ["two.pt"])
        back = Place(f"{place}-back")
        assert copy_files(after, back, ["one", "two"]) == [after.checkpoint("one"), after.weights("two")]
        assert back.weights("two").read() == b"two"


def test_a_place_by_another_name_is_told_from_another_one(locations: Locations, tmp_path: Path) -> None:
    place, other = Place(locations()), Place(locations())
    assert not is_same(place, other)
    assert is_same(place, place)
    if place.location.startswith("memory://"):
        assert is_same(place, Place(place.location.replace("://", ":///")))
    if not is_url(place.location):
        (tmp_path / "link").symlink_to(place.location)
        assert is_same(place, Place(str(tmp_path / "link")))
    assert (place.root.names(), other.root.names()) == ([], [])


def test_a_copy_that_cannot_be_written_is_told(place: Place, tmp_path: Path) -> None:
    place.weights("two").write(b"content")
    (tmp_path / "file").touch()
    with pytest.raises(StudyError, match=r"/weights/two.pt cannot be copied to .*/file/weights/two.pt: "):
        copy_files(place, Place(str(tmp_path / "file")), ["two"])


# In a folder


def test_a_file_in_a_folder_is_there_once_it_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, fsync, seen = LocalFile(tmp_path / "one.pt"), os.fsync, []

    def watching(descriptor: int) -> None:
        seen.append((file.exists(), os.fstat(descriptor).st_size))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watching)
    file.write(b"content")
    assert seen == [(False, 7)]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    file = LocalFile(tmp_path / "one.pt")
    for name in ("read_bytes", "iterdir"):
        monkeypatch.setattr(Path, name, refused)
    with pytest.raises(FileReadError) as caught:
        file.read()
    assert str(caught.value) == f"{tmp_path}/one.pt cannot be read: Permission denied"
    with pytest.raises(FileReadError) as caught:
        Place(str(tmp_path)).with_weights()
    assert str(caught.value) == f"{tmp_path}/weights cannot be read: Permission denied"


# At a URL


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Lets the file system in memory fail; returns what was called of it."""
    pauses: list[float] = []
    monkeypatch.setattr(remote_module, "_pause", pauses.append)

    def fail(times: int, error: Exception) -> list[str]:
        called: list[str] = []

        for name in ("cat_file", "pipe_file", "ls", "info", "rm_file"):
            original = getattr(MemoryFileSystem, name)

            def failing(
                self: MemoryFileSystem,
                *words: Any,  # noqa: ANN401
                _name: str = name,
                _original: Callable[..., Any] = original,
                **rest: Any,  # noqa: ANN401
            ) -> Any:  # noqa: ANN401
                called.append(_name)
                if len(called) <= times:
                    raise error
                return _original(self, *words, **rest)

            monkeypatch.setattr(MemoryFileSystem, name, failing)
        return called

    return fail


class NoCredentialsError(Exception):
    """Named as botocore's."""


ACTIONS: list[tuple[Callable[[File], object], str]] = [
    (lambda file: file.read(), "read"),
    (lambda file: file.exists(), "read"),
    (lambda file: file.write(b"new"), "written"),
    (lambda file: file.remove(), "removed"),
]


@pytest.mark.parametrize(("action", "done"), ACTIONS)
def test_what_passes_by_itself_is_tried_again(
    action: Callable[[File], object], done: str, failing: Callable[..., list[str]]
) -> None:
    file = Place(f"memory://{uuid.uuid4().hex}").weights("one")
    file.write(b"content")
    failing(2, ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
    action(file)


@pytest.mark.parametrize(("action", "done"), ACTIONS)
@pytest.mark.parametrize(
    ("error", "attempts", "reason"),
    [
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), 4, "Connection reset by peer"),
        (RuntimeError("of the file system's own\nand long."), 4, "of the file system's own and long"),
        (PermissionError("Access Denied"), 1, "Access Denied"),
        (
            type("NoCredentialsError", (Exception,), {})("Unable to locate credentials"),
            1,
            "Unable to locate credentials",
        ),
    ],
)
def test_what_does_not_pass_is_told_in_a_line(
    action: Callable[[File], object],
    done: str,
    error: Exception,
    attempts: int,
    reason: str,
    failing: Callable[..., list[str]],
) -> None:
    file = Place(f"memory://{uuid.uuid4().hex}").weights("one")
    file.write(b"content")
    called = failing(1000, error)
    with pytest.raises(FileReadError if done == "read" else FileWriteError) as caught:
        action(file)
    assert str(caught.value) == f"{file} cannot be {done}: {reason}"
    assert len([name for name in called if name != "rm_file" or done == "removed"]) == attempts


def test_a_place_that_is_not_there_has_no_files_and_takes_none(failing: Callable[..., list[str]]) -> None:
    failing(1000, FileNotFoundError("The specified bucket does not exist"))
    place = Place("memory://nowhere")
    assert place.with_weights() == frozenset()
    assert not place.weights("one").exists()
    place.weights("one").remove()
    with pytest.raises(FileWriteError) as caught:
        place.weights("one").write(b"content")
    assert str(caught.value) == "memory://nowhere/weights/one.pt cannot be written: The specified bucket does not exist"


@pytest.mark.parametrize(("stores", "name"), [(frozenset(), "one.{host}.{process}.partial"), ({"memory"}, "one.pt")])
def test_objects_are_put_whole_and_files_moved(
    stores: frozenset[str], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, pipe_file = [], MemoryFileSystem.pipe_file

    def watching(self: MemoryFileSystem, path: str, content: bytes) -> None:
        written.append(path.rpartition("/")[2])
        pipe_file(self, path, content)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", watching)
    monkeypatch.setattr(remote_module, "_OBJECT_STORES", stores)
    Place(f"memory://{uuid.uuid4().hex}").weights("one").write(b"content")
    assert written == [name.format(host=socket.gethostname(), process=os.getpid())]


def test_a_file_that_cannot_be_moved_leaves_the_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError("not here")

    place = Place(f"memory://{uuid.uuid4().hex}")
    file = place.weights("one")
    file.write(b"older")
    monkeypatch.setattr(MemoryFileSystem, "mv", refused)
    with pytest.raises(FileWriteError):
        file.write(b"newer")
    assert (file.read(), place.kept.names()) == (b"older", ["one.pt"])
