"""A trained model as a .safetensors file: its tensors by name, and everything else as text in the metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from study.errors import StudyError
from study.files import LocalFile
from study.status.saving.chosen import Chosen

_TENSORS = ("state_dict", "kept")
"""Keys of a model's content that hold its tensors."""


def to_safetensors(chosen: Chosen, path: Path) -> tuple[str, ...]:
    """Write a model's tensors under the names that they have in its state dict; of nested ones, joined by dots.

    Raises:
        StudyError: There is no tensor in what was kept.
        FileWriteError: The file system refuses.
    """
    import safetensors.torch

    found = dict(_leaves({key: chosen.content[key] for key in _TENSORS if key in chosen.content}))
    tensors = {name: value.detach().clone().contiguous() for name, value in found.items() if torch.is_tensor(value)}
    if not tensors:
        raise StudyError(
            f"model {chosen.plan.model!r} keeps no tensor of trial {chosen.trial.id}, and a .safetensors file holds "
            f"nothing else; .pt takes everything"
        )
    others = {name: value for name, value in found.items() if name not in tensors}
    rest = {key: value for key, value in chosen.content.items() if key not in (*_TENSORS, "format")}
    metadata = {key: value if isinstance(value, str) else as_text(value) for key, value in rest.items()}
    metadata |= {"format": "pt", "study_format": str(chosen.content["format"])}
    metadata |= {"values": as_text(others)} if others else {}
    LocalFile(path).write(safetensors.torch.save(tensors, metadata))
    if not others:
        return ()
    return (f"{len(others)} of the values that it keeps are no tensors: they are JSON text in the metadata, `values`",)


def as_text(value: object) -> str:
    """Return a value as JSON text, with lists for tensors and tuples."""
    return json.dumps(value, default=lambda entry: entry.tolist() if torch.is_tensor(entry) else str(entry))


def _leaves(content: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of nested mappings by its names, joined by dots; those of the outermost are left out."""
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, "" if not prefix and key in _TENSORS else f"{name}.")
        else:
            yield name, value
