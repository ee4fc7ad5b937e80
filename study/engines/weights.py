"""The kept models: one file a final trial, which `torch.load(path, weights_only=True)` opens anywhere."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import torch

from study.engines import checkpoint
from study.files import File
from study.task import DataSpec, as_json
from study.training.preprocessing import Preprocessing
from study.trial import Scalar

FORMAT = 3
"""Raised when a key changes its meaning."""
PIXELS: Mapping[str, str | int | float] = {
    "scale": 255,
    "mean": 0.5,
    "deviation": 0.5,
    "formula": "(pixel / scale - mean) / deviation",
}
"""How a picture becomes a model's input, (batch, channels, height, width) float32."""
STANDARDISED: Mapping[str, str] = {"formula": "(x - mean) / deviation, with median for what is missing"}
"""How other numbers become a model's input."""


class WeightsError(Exception):
    """The file holds no weights of this program, or is damaged."""


def content(
    state_dict: Mapping[str, object],
    *,
    model: str,
    parameters: Mapping[str, Scalar],
    recipe: Mapping[str, Scalar],
    spec: DataSpec,
    preprocessing: Preprocessing,
    study: str,
    trial: str,
    seed: int,
) -> dict[str, Any]:
    """Return a trained model with all that is needed to use it, as plain values; `docs/weights.md` describes them.

    Args:
        state_dict: The network's weights and buffers by name, as `Module.state_dict` returns them.
        model: Name of the model that builds the network.
        parameters: The model's parameters.
        recipe: How it was trained.
        spec: What it was told of the data.
        preprocessing: What was fitted to what it learned from.
        study: The study's name.
        trial: The trial's id.
        seed: The trial's seed.
    """
    return {
        "format": FORMAT,
        "state_dict": {name: _on_cpu(entry) for name, entry in state_dict.items()},
        "model": model,
        "parameters": dict(parameters),
        "recipe": dict(recipe),
        "preprocessing": _described(spec, preprocessing),
        "data": as_json(spec),
        "class_names": list(spec.class_names),
        "study": study,
        "trial": trial,
        "seed": seed,
    }


def save(file: File, content: Mapping[str, Any]) -> None:
    """Write a model's content as `torch.load` reads it; an older file there is replaced at once or not at all.

    Raises:
        FileWriteError: The file system refuses.
    """
    buffer = io.BytesIO()
    torch.save(dict(content), buffer)
    file.write(buffer.getvalue())


def load(file: File) -> dict[str, Any]:
    """Read a file that `save` wrote. One of an older version has the keys of today as far as it stored them.

    Raises:
        WeightsError: It is damaged, or nothing that this program wrote.
        FileNotFoundError: There is none.
        FileReadError: It cannot be read.
    """
    content = file.read()
    if checkpoint.is_checkpoint(content):
        try:
            return _renamed(checkpoint.loaded(content, file, file.stem))
        except checkpoint.CheckpointError as error:
            raise WeightsError(str(error)) from error
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:  # torch itself does not compare the checksums in the file
            broken = archive.testzip()
        if broken is not None:
            raise WeightsError(f"{file} is damaged: the checksum of {broken} in it does not match")
        found = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (zipfile.BadZipFile, pickle.UnpicklingError, RuntimeError, EOFError, NotImplementedError) as error:
        raise WeightsError(f"{file} is damaged, or holds no weights: {error}") from error
    if not isinstance(found, dict) or not {"model", "format"} <= found.keys():
        raise WeightsError(f"{file} holds no weights of this program")
    if found["format"] > FORMAT:
        raise WeightsError(f"{file} is of format {found['format']}, which is newer than {FORMAT}, this program's")
    return found if found["format"] >= 2 else _renamed(found)


def preprocessing_of(found: Mapping[str, Any]) -> Preprocessing:
    """Return how a kept model's inputs and outputs are scaled; files before format 3 hold models of pixels alone."""
    stored = found.get("preprocessing") or {}
    names = [field.name for field in fields(Preprocessing)]
    return Preprocessing.from_state(
        {name: stored[name] for name in names if isinstance(stored.get(name), torch.Tensor)}
    )


def _described(spec: DataSpec, preprocessing: Preprocessing) -> dict[str, object]:
    state = {name: _on_cpu(value) for name, value in preprocessing.state().items()}
    if preprocessing.mean is not None:
        return {**STANDARDISED, **state}
    if not spec.is_picture:
        return {**PIXELS, **state}
    channels, height, width = spec.shape
    mode = {1: "grey", 3: "RGB"}.get(channels, f"{channels} channels")
    return {"mode": mode, "height": height, "width": width, **PIXELS, **state}


def _renamed(found: dict[str, Any]) -> dict[str, Any]:
    """Return what older versions stored by the names of format 2: their `model` was the state dict."""
    return found | {"state_dict": found["model"], "model": found.get("family")}


def _on_cpu(entry: object) -> object:
    return entry.detach().cpu() if isinstance(entry, torch.Tensor) else entry
