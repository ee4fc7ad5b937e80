"""How a model is trained, whatever it is: the recipe that all models share. Standard library only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from study.errors import StudyError, nearest

TRAINING_VERSION = 1
"""Raised with every change by which a training of the same configuration and seed ends with other numbers."""

Optimizer = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "cosine", "one-cycle"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The defaults are the notebook's: Adam at 0.001, batches of 64, plain cross-entropy."""

    optimizer: Optimizer = "adam"
    learning_rate: float = 0.001
    """The schedule's highest."""
    batch_size: int = 64
    """Images; the last batch of an epoch may be smaller, as in the notebook."""
    schedule: Schedule = "constant"
    weight_decay: float = 0.0
    """Decoupled for adamw, an L2 penalty for adam and sgd."""
    momentum: float = 0.9
    """Nesterov's; used by sgd alone."""
    label_smoothing: float = 0.0
    """Share of each label's weight spread evenly over all classes."""
    rotation: float = 0.0
    """Degrees; each training image is turned by an angle between this to the left and this to the right."""
    translation: float = 0.0
    """Pixels; each training image is moved by up to so many, in either direction of each axis."""
    scaling: float = 0.0
    """Share; each training image is magnified by a factor from 1 - scaling to 1 + scaling."""

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            StudyError: A value is one that no training could use.
        """
        for name, value, allowed in (
            ("optimizer", self.optimizer, get_args(Optimizer)),
            ("schedule", self.schedule, get_args(Schedule)),
        ):
            if value not in allowed:
                hint = nearest(str(value), allowed)
                raise StudyError(f"{name} is one of {', '.join(allowed)}, not {value!r}{hint}")
        if not 0 < self.learning_rate < math.inf:
            raise StudyError(f"learning_rate is above 0 and finite, not {self.learning_rate!r}")
        if self.batch_size < 1:
            raise StudyError(f"batch_size is at least 1, not {self.batch_size!r}")
        if not 0 <= self.weight_decay < math.inf:
            raise StudyError(f"weight_decay is at least 0 and finite, not {self.weight_decay!r}")
        for name, share in (("momentum", self.momentum), ("label_smoothing", self.label_smoothing)):
            if not 0 <= share < 1:
                raise StudyError(f"{name} is in [0, 1), not {share!r}")
        if not 0 <= self.rotation <= 180:
            raise StudyError(f"rotation is from 0 to 180 degrees, not {self.rotation!r}")
        if not 0 <= self.translation <= 14:
            raise StudyError(f"translation is from 0 to 14 pixels, half an image, not {self.translation!r}")
        if not 0 <= self.scaling < 1:
            raise StudyError(f"scaling is in [0, 1), not {self.scaling!r}")
        if self.optimizer == "sgd" and self.momentum == 0:
            raise StudyError("momentum is above 0 for sgd, whose momentum is Nesterov's, not 0")
