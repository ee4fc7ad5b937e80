"""Checkpoints: one file a trial, whole or absent, never half; written beside the training, not in its way."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import torch
from torch import Tensor

from study.files import File
from study.storable import line
from study.trial import Epoch

MAGIC = b"study-checkpoint-1\n"


class CheckpointError(Exception):
    """The file is torn, foreign, or another trial's; the trial starts again from its first epoch."""


def content(trial: str, state: Mapping[str, object]) -> bytes:
    """Return what a checkpoint's file holds.

    Args:
        trial: The trial's id, checked on loading.
        state: Tensors, numbers, strings, and lists and dicts of them.
    """
    buffer = io.BytesIO()
    torch.save({"trial": trial, "state": dict(state)}, buffer)
    payload = buffer.getvalue()
    return MAGIC + hashlib.sha256(payload).digest() + payload


def is_checkpoint(content: bytes) -> bool:
    """Return whether a file begins as checkpoints do; the weights that older versions kept did too."""
    return content.startswith(MAGIC)


def load(file: File, trial: str) -> dict[str, object]:
    """Read a checkpoint of the trial.

    Raises:
        FileNotFoundError: There is none.
        FileReadError: It cannot be read.
        CheckpointError: It is not whole, not a checkpoint, or belongs to another trial.
    """
    return loaded(file.read(), file, trial)


def loaded(content: bytes, file: File, trial: str) -> dict[str, object]:
    """Return the state in the content of a checkpoint of the trial.

    Raises:
        CheckpointError: It is not whole, not a checkpoint, or belongs to another trial.
    """
    header = len(MAGIC) + hashlib.sha256().digest_size
    if not is_checkpoint(content):
        raise CheckpointError(f"{file} is not a checkpoint of this program")
    if hashlib.sha256(content[header:]).digest() != content[len(MAGIC) : header]:
        raise CheckpointError(f"{file} is damaged: its checksum does not match")
    try:
        found = torch.load(io.BytesIO(content[header:]), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}") from error
    if found["trial"] != trial:
        raise CheckpointError(f"{file} belongs to trial {found['trial']}, not to {trial}")
    state: dict[str, object] = found["state"]
    return state


def stored(
    file: File, trial: str, *, resume: bool, recorded: int | None = None
) -> tuple[Epoch | None, dict[str, object], str | None]:
    """Return where a trial stands: the epoch, the state after it, and what to tell of a file that cannot be used.

    Args:
        file: Its checkpoint.
        trial: Its id.
        resume: Whether it was begun before; if not, a file that lies there is removed.
        recorded: The last epoch in the database. A checkpoint beyond it is of a later state of the database, which was
            lost (a backup was put back, say): with it, the epochs in between would be lacking. None takes any.

    Returns:
        The epoch is None, and the state empty, of a trial that begins.

    Raises:
        FileError: The file system refuses.
    """
    if not resume:
        file.remove()
        return None, {}, None
    try:
        state = load(file, trial)
    except FileNotFoundError:
        return None, {}, None
    except CheckpointError as error:
        return None, {}, line(f"{error}; trial {trial} starts again from its first epoch")
    last = state.pop("last")
    assert isinstance(last, dict)  # written by a loop, and checksummed
    renamed = {name.replace("_accuracy", "_score"): value for name, value in last.items()}  # as it was before schema 6
    epoch = Epoch(**renamed)
    if recorded is not None and epoch.number > recorded:
        told = f"{file} is of epoch {epoch.number}, and the database has {recorded} epochs of trial {trial}"
        return None, {}, line(f"{told}; it starts again from its first epoch, to the same numbers")
    return epoch, state, None


class CheckpointWriter:
    """Writes one trial's checkpoints in a thread of its own, in order, at most one waiting.

    If the process dies while one is written, the file before it stands, and the epochs since then are trained again
    to the same numbers.
    """

    def __init__(self, file: File, trial: str) -> None:
        """Begin with nothing to write."""
        self.file = file
        self.trial = trial
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._made: Future[bytes] | None = None
        self._writes: deque[Future[None]] = deque()

    def submit(self, state: Mapping[str, object]) -> None:
        """Copy the state, and write it as `keep` does."""
        self.make(state)
        self.keep()

    def make(self, state: Mapping[str, object]) -> None:
        """Copy the state and return; the file's content is made of it while the caller waits for something else.

        Nothing is written before `keep`; what is made and not kept is forgotten.
        """
        self._made = self._pool.submit(content, self.trial, copied(state))

    def keep(self) -> None:
        """Write what was made last, once at most one write is left; raise what that met (a full disk, say)."""
        self._wait(left=1)
        made, self._made = self._made, None
        if made is not None:
            self._writes.append(self._pool.submit(self._write, made))

    def remove(self) -> None:
        """Remove what was written, once it is."""
        self._wait(left=0)
        self.file.remove()

    def close(self) -> None:
        """Wait until everything submitted is written; raise what a write met."""
        self._pool.shutdown()
        self._wait(left=0)

    def _write(self, made: Future[bytes]) -> None:
        self.file.write(made.result())  # the thread made it before it came here

    def _wait(self, *, left: int) -> None:
        """Wait until at most so many writes are left; raise what one met, again at each later call."""
        while self._writes and (len(self._writes) > left or self._writes[0].done()):
            self._writes[0].result()
            self._writes.popleft()


def copied(state: Mapping[str, object]) -> dict[str, object]:
    """Return a copy of a state with its tensors, on the CPU."""
    return {key: _copy(entry) for key, entry in state.items()}


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
