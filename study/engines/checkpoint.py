"""Checkpoints: one file a trial, whole or absent, never half; written beside the training, not in its way."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import shutil
import socket
from collections import deque
from collections.abc import Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor

from study.storable import line
from study.trial import Epoch

MAGIC = b"study-checkpoint-1\n"
PARTIAL = ".partial"
"""Suffix of a file that is being written."""
SCRATCH = ".scratch"
"""Suffix of the folder of a trial that trains itself, beside its checkpoint."""


class CheckpointError(Exception):
    """The file is torn, foreign, or another trial's; the trial starts again from its first epoch."""


class CheckpointWriteError(OSError):
    """A checkpoint could not be written (a full disk, say); the trial can go on from the one before."""


def save(path: Path, trial: str, state: Mapping[str, object]) -> None:
    """Write a checkpoint under a temporary name, flush it to the disk and rename it.

    Args:
        path: Where; an older checkpoint there is replaced at once or not at all.
        trial: The trial's id, checked on loading.
        state: Tensors, numbers, strings, and lists and dicts of them.

    Raises:
        CheckpointWriteError: The file system refuses.
    """
    buffer = io.BytesIO()
    torch.save({"trial": trial, "state": dict(state)}, buffer)
    payload = buffer.getvalue()
    write(path, MAGIC + hashlib.sha256(payload).digest() + payload)


def write(path: Path, content: bytes) -> None:
    """Write a file under a temporary name, flush it to the disk and rename it: whole or not at all.

    Raises:
        CheckpointWriteError: The file system refuses.
    """
    temporary = path.with_name(f"{path.stem}.{socket.gethostname()}.{os.getpid()}{PARTIAL}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise CheckpointWriteError(error.errno, f"{path} cannot be written: {error.strerror or error}") from error


def sweep(folder: Path, *, open_trials: Collection[str], ended_trials: Collection[str]) -> list[Path]:
    """Remove what killed processes left of a study in the folder of checkpoints; nobody may be training it.

    Args:
        folder: Of the checkpoints.
        open_trials: Ids of the study's trials that have not ended: their checkpoints stay, half-written ones go.
        ended_trials: Ids of those that have: they need no checkpoint any more.

    Returns:
        The files that were removed. A file of any other trial stays, but for one that a dead process of this machine
        left half-written.
    """
    removed = []
    for path in sorted(folder.glob("*")):
        trial = path.name.partition(".")[0]
        known = trial in ended_trials or trial in open_trials
        partial = path.suffix == PARTIAL
        if trial in ended_trials and path.suffix == SCRATCH and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
            removed.append(path)
        if (trial in ended_trials and path.suffix == ".pt") or (partial and (known or _abandoned(path))):
            remove(path)
            removed.append(path)
    return removed


def _abandoned(path: Path) -> bool:
    """Return whether a half-written file's name tells of a process of this machine that has ended."""
    parts = path.name.removesuffix(PARTIAL).split(".", 1)[-1].rpartition(".")
    host, process = parts[0], parts[2]
    if host != socket.gethostname() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False  # it lives, and is somebody else's
    return False


def is_checkpoint(path: Path) -> bool:
    """Return whether a file begins as checkpoints do; the weights that older versions kept did too.

    Raises:
        FileNotFoundError: There is none.
    """
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def remove(path: Path) -> None:
    """Remove a checkpoint if there is one.

    Raises:
        CheckpointWriteError: The file system refuses.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CheckpointWriteError(error.errno, f"{path} cannot be removed: {error.strerror or error}") from error


def load(path: Path, trial: str) -> dict[str, object]:
    """Read a checkpoint of the trial.

    Raises:
        FileNotFoundError: There is none.
        CheckpointError: It is not whole, not a checkpoint, or belongs to another trial.
    """
    content = path.read_bytes()
    header = len(MAGIC) + hashlib.sha256().digest_size
    if not content.startswith(MAGIC):
        raise CheckpointError(f"{path} is not a checkpoint of this program")
    if hashlib.sha256(content[header:]).digest() != content[len(MAGIC) : header]:
        raise CheckpointError(f"{path} is damaged: its checksum does not match")
    try:
        loaded = torch.load(io.BytesIO(content[header:]), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    if loaded["trial"] != trial:
        raise CheckpointError(f"{path} belongs to trial {loaded['trial']}, not to {trial}")
    state: dict[str, object] = loaded["state"]
    return state


def stored(path: Path, trial: str, *, resume: bool) -> tuple[Epoch | None, dict[str, object], str | None]:
    """Return where a trial stands: the epoch, the state after it, and what to tell of a file that cannot be used.

    Args:
        path: Of its checkpoint.
        trial: Its id.
        resume: Whether it was begun before; if not, a file that lies there is removed.

    Returns:
        The epoch is None, and the state empty, of a trial that begins.
    """
    if not resume:
        remove(path)
        return None, {}, None
    try:
        state = load(path, trial)
    except FileNotFoundError:
        return None, {}, None
    except CheckpointError as error:
        return None, {}, line(f"{error}; trial {trial} starts again from its first epoch")
    last = state.pop("last")
    assert isinstance(last, dict)  # written by a loop, and checksummed
    renamed = {name.replace("_accuracy", "_score"): value for name, value in last.items()}  # as it was before schema 6
    return Epoch(**renamed), state, None


class CheckpointWriter:
    """Writes one trial's checkpoints in a thread of its own, in order, at most one waiting.

    If the process dies while one is written, the file before it stands, and the epochs since then are trained again
    to the same numbers.
    """

    def __init__(self, path: Path, trial: str) -> None:
        """Begin with nothing to write."""
        self.path = path
        self.trial = trial
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._writes: deque[Future[None]] = deque()

    def submit(self, state: Mapping[str, object]) -> None:
        """Copy the state and return, once at most one write is left; raise what it met (a full disk, say)."""
        self._wait(left=1)
        copied = {key: _copy(entry) for key, entry in state.items()}
        self._writes.append(self._pool.submit(save, self.path, self.trial, copied))

    def remove(self) -> None:
        """Remove what was written, once it is."""
        self._wait(left=0)
        remove(self.path)

    def close(self) -> None:
        """Wait until everything submitted is on the disk; raise what a write met."""
        self._pool.shutdown()
        self._wait(left=0)

    def _wait(self, *, left: int) -> None:
        """Wait until at most so many writes are left; raise what one met, again at each later call."""
        while self._writes and (len(self._writes) > left or self._writes[0].done()):
            self._writes[0].result()
            self._writes.popleft()


def _copy(value: object) -> object:
    """Copy nested mappings and lists with their tensors, to the CPU."""
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, Mapping):
        return {key: _copy(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        copied = [_copy(entry) for entry in value]
        return tuple(copied) if type(value) is tuple else copied
    return value
