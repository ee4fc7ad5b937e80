"""A study's data as Ray keeps it: arrays that all workers of a node read from one memory."""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from study.data import TrialData

Load = Callable[[], TrialData | None]
"""Loads a study's data from a node's own files; None where they are not there, or hold something else."""
OWN_FILES_BYTES = 64 * 2**20
"""Data of fewer bytes travels sooner than a node loads it."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The tensors of data as NumPy arrays, which Ray shares without copying them, and the rest."""

    arrays: tuple[np.ndarray[Any, Any], ...]
    """Each tensor once, wherever it stands."""
    rest: bytes
    """The pickled data, with the number of an array in place of each tensor."""

    @property
    def bytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays)


def pack(data: TrialData) -> Packed:
    """Return the data as arrays; those of tensors on the CPU share their memory."""
    buffer = io.BytesIO()
    packer = _Packer(buffer)
    packer.dump(data)
    return Packed(tuple(tensor.contiguous().numpy() for tensor in packer.tensors), buffer.getvalue())


def unpack(packed: Packed, *, writable: bool) -> TrialData:
    """Return the data of arrays.

    Args:
        packed: What `pack` returned, perhaps in another process.
        writable: Whether somebody may write into it, and needs a copy of its own: Ray's memory is for reading.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writ")
        tensors = [torch.from_numpy(array.copy() if writable else array) for array in packed.arrays]
    data: TrialData = _Unpacker(packed.rest, tensors).load()
    return data


def own(load: Load) -> tuple[bool, Packed | None]:
    """Return whether a node has the data's files, and the data that it loaded from them. Run on that node."""
    try:
        data = load()
    except Exception:  # files that are not there, or cannot be read, are as good as none: the data travels
        return False, None
    return (False, None) if data is None else (True, pack(data))


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.tensors: list[Tensor] = []
        self._numbers: dict[int, int] = {}

    def persistent_id(self, value: object) -> int | None:
        if not isinstance(value, Tensor):
            return None
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self.tensors)
            self.tensors.append(value)
        return self._numbers[id(value)]


class _Unpacker(pickle.Unpickler):
    def __init__(self, rest: bytes, tensors: list[Tensor]) -> None:
        super().__init__(io.BytesIO(rest))
        self._tensors = tensors

    def persistent_load(self, number: int) -> Tensor:
        return self._tensors[number]
