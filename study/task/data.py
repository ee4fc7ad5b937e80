"""What a model is told of its data. Standard library only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from study.task.metrics import TaskName


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSpec:
    """What a model's `build` is told of the data."""

    task: TaskName = "classification"
    shape: tuple[int, ...]
    """Of one input: (channels, height, width) of a picture, (time, features) of a sequence, (features,) of a row."""
    class_names: tuple[str, ...]
    """Of each output: the classes, the labels of multilabel data, the targets' names of a regression."""

    @property
    def outputs(self) -> int:
        """How many numbers a network returns for each input: classes, labels, or targets."""
        return len(self.class_names)

    @property
    def is_picture(self) -> bool:
        """Whether an input is (channels, height, width)."""
        return len(self.shape) == 3

    @property
    def axes(self) -> str:
        """What the axes of an input are, for a sentence."""
        return {3: "channels, height, width", 2: "time, features", 1: "features"}.get(len(self.shape), "")

    def shape_in_words(self) -> str:
        """Return the shape for a sentence: `3 x 64 x 64 (channels, height, width)`."""
        return " x ".join(map(str, self.shape)) + (f" ({self.axes})" if self.axes else "")


def as_json(spec: DataSpec) -> dict[str, Any]:
    """Return a spec as JSON holds it."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(spec).items()}


def spec_from_json(stored: Mapping[str, Any]) -> DataSpec:
    """Return a spec that `as_json` returned."""
    return DataSpec(
        task=stored["task"],
        shape=tuple(stored["shape"]),
        class_names=tuple(str(name) for name in stored["class_names"]),
    )
