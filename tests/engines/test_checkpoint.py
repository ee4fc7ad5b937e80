"""A checkpoint is whole or refused; writing one neither waits for the training nor follows it."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from study.engines import checkpoint
from study.engines.checkpoint import MAGIC, CheckpointError, CheckpointWriter
from study.files import FileWriteError, LocalFile

from ..examples import examples

quick = examples(60)
STATE: dict[str, object] = {
    "weights": {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([1, -2], dtype=torch.int64)},
    "list": [1, 2.5, "three", None, True, {"deep": torch.tensor(0.1, dtype=torch.float64)}],
    "epoch": 3,
}

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=5),
    st.lists(st.floats(-1e6, 1e6, width=32), max_size=5).map(lambda values: torch.tensor(values)),
)
states = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", max_size=2), inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def same(one: object, other: object) -> bool:
    """Equal to the bit, the types included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Returns the content of a good checkpoint of trial `t`."""
    path = tmp_path_factory.mktemp("checkpoint") / "whole.pt"
    LocalFile(path).write(checkpoint.content("t", STATE))
    return path.read_bytes()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a path that examples of a property overwrite."""
    return tmp_path_factory.mktemp("checkpoint") / "place.pt"


def refusal(path: Path, trial: str = "t") -> str:
    with pytest.raises(CheckpointError) as caught:
        checkpoint.load(LocalFile(path), trial)
    return str(caught.value)


# Whole or refused


@quick
@given(states)
def test_any_nested_state_comes_back_to_the_bit(place: Path, state: dict[str, object]) -> None:
    LocalFile(place).write(checkpoint.content("t", state))
    assert same(checkpoint.load(LocalFile(place), "t"), state)


def test_a_checkpoint_makes_its_folder_and_leaves_nothing_else_there(tmp_path: Path) -> None:
    path = tmp_path / "some" / "folder" / "t.pt"
    LocalFile(path).write(checkpoint.content("t", STATE))
    assert list(path.parent.iterdir()) == [path]
    assert same(checkpoint.load(LocalFile(path), "t"), STATE)


def test_memory_formats_survive(tmp_path: Path) -> None:
    path = tmp_path / "t.pt"
    weights = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    LocalFile(path).write(checkpoint.content("t", {"weights": weights}))
    loaded = checkpoint.load(LocalFile(path), "t")["weights"]
    assert isinstance(loaded, Tensor)
    assert loaded.stride() == weights.stride()
    assert torch.equal(loaded, weights)


def test_a_newer_checkpoint_replaces_the_older(tmp_path: Path) -> None:
    path = tmp_path / "t.pt"
    for epoch in (1, 2):
        LocalFile(path).write(checkpoint.content("t", {"epoch": epoch}))
    assert checkpoint.load(LocalFile(path), "t") == {"epoch": 2}


def test_no_checkpoint_is_told_from_a_bad_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        checkpoint.load(LocalFile(tmp_path / "none.pt"), "t")


@quick
@given(st.data())
def test_a_file_torn_at_any_length_is_refused(place: Path, whole: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(whole) - 1) | st.integers(0, len(MAGIC) + 40))
    place.write_bytes(whole[:length])
    rule = "is not a checkpoint of this program" if length < len(MAGIC) else "is damaged: its checksum does not match"
    assert refusal(place) == f"{place} {rule}"


@quick
@given(st.data(), st.integers(1, 255))
def test_a_flipped_byte_anywhere_is_refused(place: Path, whole: bytes, data: st.DataObject, flip: int) -> None:
    position = data.draw(st.integers(0, len(whole) - 1) | st.integers(0, len(MAGIC) + 40))
    content = bytearray(whole)
    content[position] ^= flip
    place.write_bytes(content)
    rule = "is not a checkpoint of this program" if position < len(MAGIC) else "is damaged: its checksum does not match"
    assert refusal(place) == f"{place} {rule}"


def test_trailing_bytes_are_refused(place: Path, whole: bytes) -> None:
    place.write_bytes(whole + b"\0")
    assert refusal(place) == f"{place} is damaged: its checksum does not match"


def test_another_trials_checkpoint_is_refused(place: Path, whole: bytes) -> None:
    place.write_bytes(whole)
    assert refusal(place, "other") == f"{place} belongs to trial t, not to other"
    assert same(checkpoint.load(LocalFile(place), "t"), STATE)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 a zip archive, as torch.save writes"])
def test_a_file_of_another_program_is_refused(place: Path, content: bytes) -> None:
    place.write_bytes(content)
    assert refusal(place) == f"{place} is not a checkpoint of this program"


def test_a_checkpoint_of_plain_torch_is_refused(place: Path) -> None:
    torch.save({"trial": "t", "state": {}}, place)
    assert refusal(place) == f"{place} is not a checkpoint of this program"


class Harmful:
    """What an attacker would put into a pickle."""

    ran = False

    def __reduce__(self) -> tuple[Any, ...]:
        return (setattr, (Harmful, "ran", True))


def test_a_checkpoint_cannot_run_code(place: Path) -> None:
    torch.save({"trial": "t", "state": {"x": Harmful()}}, place)
    payload = place.read_bytes()
    place.write_bytes(MAGIC + hashlib.sha256(payload).digest() + payload)
    assert refusal(place).startswith(f"{place} cannot be read: Weights only load failed.")
    assert not Harmful.ran


# A failing disk


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def write_error_of(action: Callable[[], object]) -> str:
    with pytest.raises(FileWriteError) as caught:
        action()
    assert caught.value.errno == errno.ENOSPC
    return caught.value.strerror


def test_the_old_file_stands_when_a_save_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.pt"
    LocalFile(path).write(checkpoint.content("t", {"epoch": 1}))
    monkeypatch.setattr(os, "fsync", full_disk)
    assert write_error_of(lambda: LocalFile(path).write(checkpoint.content("t", {"epoch": 2}))) == (
        f"{path} cannot be written: No space left on device"
    )
    assert checkpoint.load(LocalFile(path), "t") == {"epoch": 1}


def test_a_save_after_a_failed_one_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.pt"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk)
        write_error_of(lambda: LocalFile(path).write(checkpoint.content("t", {"epoch": 1})))
    assert not path.exists()
    LocalFile(path).write(checkpoint.content("t", {"epoch": 2}))
    assert checkpoint.load(LocalFile(path), "t") == {"epoch": 2}
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_a_write_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "t.pt"
    with pytest.raises(FileWriteError) as caught:
        LocalFile(path).write(checkpoint.content("t", STATE))
    assert caught.value.strerror == f"{path} cannot be written: File exists"


def test_a_checkpoint_can_be_removed_and_need_not_be_there(tmp_path: Path) -> None:
    path = tmp_path / "t.pt"
    LocalFile(path).write(checkpoint.content("t", STATE))
    for _ in range(2):
        LocalFile(path).remove()
        assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_cannot_be_removed_is_a_write_error(tmp_path: Path) -> None:
    (tmp_path / "t.pt").mkdir()
    with pytest.raises(FileWriteError) as caught:
        LocalFile(tmp_path / "t.pt").remove()
    assert caught.value.strerror == f"{tmp_path / 't.pt'} cannot be removed: Is a directory"


def test_the_content_is_on_the_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.pt"
    seen: list[tuple[bool, int]] = []

    def watching(descriptor: int) -> None:
        seen.append((path.exists(), os.fstat(descriptor).st_size))

    monkeypatch.setattr(os, "fsync", watching)
    LocalFile(path).write(checkpoint.content("t", STATE))
    assert seen == [(False, path.stat().st_size)]


# The writer


def test_the_writer_writes_what_was_submitted_last(tmp_path: Path) -> None:
    writer = CheckpointWriter(LocalFile(tmp_path / "t.pt"), "t")
    for epoch in range(5):
        writer.submit({"epoch": epoch, "weights": torch.full((3,), float(epoch))})
    writer.close()
    assert same(checkpoint.load(LocalFile(tmp_path / "t.pt"), "t"), {"epoch": 4, "weights": torch.full((3,), 4.0)})


def test_what_is_made_is_written_when_it_is_kept_and_not_before(tmp_path: Path) -> None:
    """The answer to an epoch may be that its trial is pruned."""
    path = tmp_path / "t.pt"
    writer = CheckpointWriter(LocalFile(path), "t")
    writer.submit({"epoch": 1})
    writer.make({"epoch": 2})
    writer.keep()
    writer.make({"epoch": 3})
    writer.close()
    assert checkpoint.load(LocalFile(path), "t") == {"epoch": 2}


def test_nothing_is_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "t.pt"
    writer = CheckpointWriter(LocalFile(path), "t")
    writer.submit({"epoch": 1})
    writer.remove()
    writer.keep()
    writer.close()
    assert not path.exists()


def test_what_cannot_be_made_a_file_of_is_told_when_it_is_kept(tmp_path: Path) -> None:
    writer = CheckpointWriter(LocalFile(tmp_path / "t.pt"), "t")
    writer.submit({"thread": threading.Lock()})
    with pytest.raises(TypeError, match=r"^cannot pickle '_thread\.lock' object$"):
        writer.close()


def test_a_writer_without_work_leaves_no_file(tmp_path: Path) -> None:
    CheckpointWriter(LocalFile(tmp_path / "t.pt"), "t").close()
    assert list(tmp_path.iterdir()) == []


def test_later_changes_do_not_reach_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The training goes on in place while the thread has not even begun to write."""
    changed = threading.Event()
    content = checkpoint.content

    def late(*arguments: Any) -> bytes:  # noqa: ANN401 - whatever content takes
        assert changed.wait(10)
        return content(*arguments)

    monkeypatch.setattr(checkpoint, "content", late)
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), momentum=0.9)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "list": [torch.zeros(2)]}
    expected = {name: weight.clone() for name, weight in model.state_dict().items()}
    buffers = [entry["momentum_buffer"].clone() for entry in optimizer.state_dict()["state"].values()]
    writer = CheckpointWriter(LocalFile(tmp_path / "t.pt"), "t")
    writer.submit(state)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(1)
    state["list"][0].add_(1)
    optimizer.step()
    changed.set()
    writer.close()
    loaded: Any = checkpoint.load(LocalFile(tmp_path / "t.pt"), "t")
    assert same(dict(loaded["model"]), expected)
    assert torch.equal(loaded["list"][0], torch.zeros(2))
    stored = [entry["momentum_buffer"] for entry in loaded["optimizer"]["state"].values()]
    assert all(map(torch.equal, stored, buffers))


def test_the_writer_hands_on_a_write_error_when_it_closes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full_disk)
    writer = CheckpointWriter(LocalFile(tmp_path / "t.pt"), "t")
    writer.submit({"epoch": 1})
    assert write_error_of(writer.close) == f"{tmp_path / 't.pt'} cannot be written: No space left on device"


def test_the_writer_hands_on_a_write_error_at_a_later_submission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.pt"
    monkeypatch.setattr(os, "fsync", full_disk)
    writer = CheckpointWriter(LocalFile(path), "t")

    def submit_some() -> None:
        for epoch in range(4):  # one is written, one waits: the third can be submitted only after the first failed
            writer.submit({"epoch": epoch})

    expected = f"{path} cannot be written: No space left on device"
    assert write_error_of(submit_some) == expected
    assert write_error_of(writer.close) == expected


def test_a_write_error_leaves_the_checkpoint_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.pt"
    LocalFile(path).write(checkpoint.content("t", {"epoch": 1}))
    monkeypatch.setattr(os, "fsync", full_disk)
    writer = CheckpointWriter(LocalFile(path), "t")
    writer.submit({"epoch": 2})
    write_error_of(writer.close)
    assert checkpoint.load(LocalFile(path), "t") == {"epoch": 1}


def test_a_closed_writers_thread_has_ended(tmp_path: Path) -> None:
    before = threading.active_count()
    writer = CheckpointWriter(LocalFile(tmp_path / "t.pt"), "t")
    writer.submit({"epoch": 1})
    assert threading.active_count() == before + 1
    writer.close()
    assert threading.active_count() == before


def test_one_is_written_and_one_waits_and_whoever_submits_more_waits_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, going_on, saved = threading.Semaphore(0), threading.Semaphore(0), []

    def slow(file: LocalFile, content: bytes) -> None:
        begun.release()
        assert going_on.acquire(timeout=10)
        saved.append(checkpoint.loaded(content, file, "t")["epoch"])

    monkeypatch.setattr(LocalFile, "write", slow)
    writer = CheckpointWriter(LocalFile(tmp_path / "t.pt"), "t")
    writer.submit({"epoch": 1})
    assert begun.acquire(timeout=10)
    writer.submit({"epoch": 2})
    third = threading.Thread(target=writer.submit, args=({"epoch": 3},))
    third.start()
    third.join(0.2)
    assert third.is_alive()
    assert saved == []
    going_on.release()
    third.join(10)
    assert not third.is_alive()
    going_on.release(2)
    writer.close()
    assert saved == [1, 2, 3]


@pytest.mark.slow
def test_a_process_that_leaves_a_writer_open_ends_with_its_checkpoint_on_the_disk(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from study.engines.checkpoint import CheckpointWriter\n"
        "from study.files import LocalFile\n"
        "writer = CheckpointWriter(LocalFile(Path(sys.argv[1])), 't'); writer.submit({'epoch': 1})\n"
        "raise KeyboardInterrupt"
    )
    path = tmp_path / "t.pt"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, timeout=60)
    assert b"KeyboardInterrupt" in done.stderr
    assert checkpoint.load(LocalFile(path), "t") == {"epoch": 1}
