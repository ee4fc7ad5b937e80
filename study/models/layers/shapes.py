"""What the data look like to a model, and the refusal of data that it cannot read."""

from __future__ import annotations

from typing import Final

from study.errors import StudyError
from study.task import DataSpec

_READERS: Final = {1: "`mlp` reads these", 2: "`lstm` and `mlp` read these", 3: "`mlp` reads these"}
"""Axes of an input -> who else reads such inputs."""


def unreadable(model: str, reads: str, data: DataSpec) -> StudyError:
    """Return the error of a model that is given data which it cannot read.

    Args:
        model: Its name.
        reads: The inputs that it reads, with their axes.
        data: The data.
    """
    return StudyError(
        f"model {model!r} reads {reads}; the data are {data.shape_in_words()}; {_READERS[len(data.shape)]}"
    )
