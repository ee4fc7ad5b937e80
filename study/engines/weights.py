"""The kept models: one file a final trial, which `torch.load(path, weights_only=True)` opens anywhere."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from study.engines import checkpoint
from study.trial import Scalar

FORMAT = 2
"""Raised when a key changes its meaning."""
PREPROCESSING: Mapping[str, str | int | float] = {
    "mode": "grey",
    "height": 28,
    "width": 28,
    "scale": 255,
    "mean": 0.5,
    "deviation": 0.5,
    "formula": "(pixel / scale - mean) / deviation",
}
"""How a picture becomes a model's input, (batch, 1, height, width) float32."""


class WeightsError(Exception):
    """The file holds no weights of this program, or is damaged."""


def save(
    path: Path,
    state_dict: Mapping[str, object],
    *,
    model: str,
    parameters: Mapping[str, Scalar],
    recipe: Mapping[str, Scalar],
    class_names: Sequence[str],
    study: str,
    trial: str,
    seed: int,
) -> None:
    """Write a trained model with all that is needed to use it; `docs/weights.md` describes the file.

    Args:
        path: Where; an older file there is replaced at once or not at all.
        state_dict: The network's weights and buffers by name, as `Module.state_dict` returns them.
        model: Name of the model that builds the network.
        parameters: The model's parameters.
        recipe: How it was trained.
        class_names: In the order of the model's outputs.
        study: The study's name.
        trial: The trial's id.
        seed: The trial's seed.

    Raises:
        checkpoint.CheckpointWriteError: The file system refuses.
    """
    content = {
        "format": FORMAT,
        "state_dict": {name: _on_cpu(entry) for name, entry in state_dict.items()},
        "model": model,
        "parameters": dict(parameters),
        "recipe": dict(recipe),
        "preprocessing": dict(PREPROCESSING),
        "class_names": list(class_names),
        "study": study,
        "trial": trial,
        "seed": seed,
    }
    buffer = io.BytesIO()
    torch.save(content, buffer)
    checkpoint.write(path, buffer.getvalue())


def load(path: Path) -> dict[str, Any]:
    """Read a file that `save` wrote. One of an older version has the keys of today as far as it stored them.

    Raises:
        WeightsError: It is damaged, or nothing that this program wrote.
        FileNotFoundError: There is none.
    """
    if checkpoint.is_checkpoint(path):
        try:
            return _renamed(checkpoint.load(path, path.stem))
        except checkpoint.CheckpointError as error:
            raise WeightsError(str(error)) from error
    try:
        with zipfile.ZipFile(path) as archive:  # torch itself does not compare the checksums in the file
            broken = archive.testzip()
        if broken is not None:
            raise WeightsError(f"{path} is damaged: the checksum of {broken} in it does not match")
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (zipfile.BadZipFile, pickle.UnpicklingError, RuntimeError, EOFError, NotImplementedError) as error:
        raise WeightsError(f"{path} is damaged, or holds no weights: {error}") from error
    if not isinstance(found, dict) or not {"model", "format"} <= found.keys():
        raise WeightsError(f"{path} holds no weights of this program")
    if found["format"] > FORMAT:
        raise WeightsError(f"{path} is of format {found['format']}, which is newer than {FORMAT}, this program's")
    return found if found["format"] == FORMAT else _renamed(found)


def _renamed(found: dict[str, Any]) -> dict[str, Any]:
    """Return what older versions stored by the names of format 2: their `model` was the state dict."""
    return found | {"state_dict": found["model"], "model": found.get("family")}


def _on_cpu(entry: object) -> object:
    return entry.detach().cpu() if isinstance(entry, torch.Tensor) else entry
