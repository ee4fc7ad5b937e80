"""What a model that trains itself keeps: whether it can be saved, and the file that a final trial leaves of it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping

import torch

from study.engines import weights
from study.engines.job import Job
from study.storable import summary
from study.training.own.run import State, unsaved


def loadable(things: Mapping[str, object], state: State | None, *, files: bool = False) -> tuple[str | None, State]:
    """Return why a state cannot be saved and put back, or None, and a copy of the state.

    Args:
        things: What is kept, by name.
        state: Of these; None where it is not to be had.
        files: Whether the training has files of its own in `run.folder`, which are not put back.
    """
    if files:
        return "it has files in run.folder, which are not put back to how they were after an epoch", {}
    if not things:
        return "train(run) gives nothing to run.keep, so that nothing can be saved", {}
    if state is None:
        named = ", ".join(f"{name!r} ({kind})" for name, kind in unsaved(things).items())
        return f"what it keeps as {named} has no state_dict and is no plain value, so that nothing can be saved", {}
    buffer = io.BytesIO()
    try:
        torch.save(state, buffer)
        buffer.seek(0)
        copy: State = torch.load(buffer, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the user's objects have in their states
        return f"what it keeps cannot be saved ({summary(error)})", {}
    return None, copy


def digest(state: State | None) -> str:
    """Return the SHA-256 of a state: of its tensors bit for bit, and of its plain values."""
    found = hashlib.sha256()

    def add(value: object) -> None:
        if isinstance(value, torch.Tensor):
            found.update(f"{value.dtype}{tuple(value.shape)}".encode())
            found.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
        elif isinstance(value, Mapping):
            for key, entry in sorted(value.items(), key=lambda item: repr(item[0])):
                found.update(repr(key).encode())
                add(entry)
        elif isinstance(value, list | tuple):
            for entry in value:
                add(entry)
        else:
            found.update(repr(value).encode())

    add(state)
    return found.hexdigest()


def save(job: Job, state: State | None) -> None:
    """Write what a final trial kept where the user finds it, if it can be saved; `docs/weights.md` describes the file.

    Raises:
        FileWriteError: The file system refuses.
    """
    if state is None or loadable(state, state)[0] is not None:
        return
    trial = job.trial
    content = {
        "format": weights.FORMAT,
        "kept": state["values"] | state["objects"],
        "model": job.model,
        "parameters": dict(trial.configuration),
        "class_names": list(job.spec.class_names),
        "study": trial.study,
        "trial": trial.id,
        "seed": trial.seed,
    }
    weights.save(job.weights, content)
