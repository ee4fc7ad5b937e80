"""How a model is trained, whatever it is: the recipe that all models share. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from study.errors import StudyError, nearest
from study.task import DataSpec
from study.trial import Scalar

TRAINING_VERSION = 1
"""Raised with every change by which a training of the same configuration and seed ends with other numbers."""

Optimizer = Literal["adam", "adamw", "sgd", "nadam", "muon"]
Schedule = Literal["constant", "cosine", "one-cycle", "warmup-cosine"]
USED_BY: Mapping[str, tuple[Optimizer, ...]] = {
    "momentum": ("sgd", "muon"),
    "beta1": ("adam", "adamw", "nadam", "muon"),
    "beta2": ("adam", "adamw", "nadam", "muon"),
}
"""Option -> the optimizers that use it, of those that not all use."""
ClassWeights = Literal["none", "balanced"]
Sampler = Literal["shuffle", "balanced"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The defaults are the notebook's: Adam at 0.001, batches of 64, plain cross-entropy."""

    optimizer: Optimizer = "adam"
    learning_rate: float = 0.001
    """The schedule's highest."""
    batch_size: int = 64
    """Examples; the last batch of an epoch may be smaller, as in the notebook."""
    schedule: Schedule = "constant"
    weight_decay: float = 0.0
    """Decoupled for adamw and muon, an L2 penalty for adam, nadam and sgd."""
    momentum: float = 0.9
    """Nesterov's; used by some optimizers alone, see `USED_BY`."""
    beta1: float = 0.9
    """Fraction of the gradients' mean that a step keeps; used as `USED_BY` says, by muon for what it leaves to
    AdamW."""
    beta2: float = 0.999
    """Fraction of the squared gradients' mean that a step keeps; used by the same."""
    ema: float = 0.0
    """Epochs in which a step's weight in the exponential moving average of the model falls to 1/e; the average is what
    is evaluated, tested and kept. 0: no average, but the model as it was last."""
    label_smoothing: float = 0.0
    """Share of each label's weight spread evenly over all classes."""
    rotation: float = 0.0
    """Degrees; each training image is turned by an angle between this to the left and this to the right."""
    translation: float = 0.0
    """Pixels; each training image is moved by up to so many, in either direction of each axis."""
    scaling: float = 0.0
    """Share; each training image is magnified by a factor from 1 - scaling to 1 + scaling."""
    class_weights: ClassWeights = "none"
    """balanced: in the loss of the training, an example counts in inverse proportion to how frequent its class is in
    the split that is learned from; of multilabel data, the presence of each label counts as much as its absence."""
    sampler: Sampler = "shuffle"
    """shuffle: an epoch has every training example once. balanced: as many examples, of every class equally many, so
    that those of a rare class are repeated and some of a frequent one are left to another epoch."""

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            StudyError: A value is one that no training could use.
        """
        for name, value, allowed in (
            ("optimizer", self.optimizer, get_args(Optimizer)),
            ("schedule", self.schedule, get_args(Schedule)),
            ("class_weights", self.class_weights, get_args(ClassWeights)),
            ("sampler", self.sampler, get_args(Sampler)),
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
        for name in ("momentum", "beta1", "beta2", "label_smoothing"):
            share = getattr(self, name)
            if not 0 <= share < 1:
                raise StudyError(f"{name} is in [0, 1), not {share!r}")
        if not 0 <= self.ema < math.inf:
            raise StudyError(f"ema is at least 0 epochs and finite, not {self.ema!r}")
        if not 0 <= self.rotation <= 180:
            raise StudyError(f"rotation is from 0 to 180 degrees, not {self.rotation!r}")
        if not 0 <= self.translation < math.inf:
            raise StudyError(f"translation is at least 0 pixels and finite, not {self.translation!r}")
        if not 0 <= self.scaling < 1:
            raise StudyError(f"scaling is in [0, 1), not {self.scaling!r}")
        if self.optimizer in ("sgd", "muon") and self.momentum == 0:
            raise StudyError(f"momentum is above 0 for {self.optimizer}, whose momentum is Nesterov's, not 0")
        if self.class_weights == "balanced" and self.sampler == "balanced":
            raise StudyError(
                "class_weights and sampler are not both balanced, as rare classes would count twice over: leave "
                "class_weights at none or sampler at shuffle"
            )

    def check(self, data: DataSpec) -> None:
        """Check that every option acts on the data.

        Raises:
            StudyError: One that is not at its default has no meaning for them, or goes beyond a picture.
        """
        for name, reason in meaningless(data).items():
            if (value := getattr(self, name)) != (default := getattr(DEFAULTS, name)):
                raise StudyError(f"{name}={value!r} has no meaning here, as {reason}: leave it at {default!r}")
        if data.is_picture and self.translation > (limit := min(data.shape[1:]) / 2):
            raise StudyError(
                f"translation is from 0 to {limit:g} pixels, half a picture, for pictures of {data.shape_in_words()}, "
                f"not {self.translation!r}"
            )


DEFAULTS = Recipe()


def meaningless(data: DataSpec) -> dict[str, str]:
    """Return the options that have no meaning for the data, each with the reason as half a sentence."""
    found: dict[str, str] = {}
    if data.task == "regression":
        found |= dict.fromkeys(("label_smoothing", "class_weights", "sampler"), "a regression has no classes")
    if data.task == "multilabel":
        found["sampler"] = "an example may have several labels, and no draw has all of them equally often"
    if not data.is_picture:
        reason = f"the data are no pictures but {data.shape_in_words()}"
        found |= dict.fromkeys(("rotation", "translation", "scaling"), reason)
    return found


def unused(*optimizers: Scalar) -> dict[str, str]:
    """Return the options that none of some optimizers uses, each with the reason as half a sentence."""
    named, do = _listed(optimizers), "does" if len(optimizers) == 1 else "do"
    return {
        name: f"{named} {do} not use this, but {_listed(users)} do"
        for name, users in USED_BY.items()
        if not {*optimizers} & {*users}
    }


def without_effect(configuration: Mapping[str, Scalar], beside: Mapping[str, Scalar]) -> str | None:
    """Return which difference between two configurations no training could tell, and why; None where there is none.

    It is in an option that the optimizer does not use, and that has a value of its own or is all the same in both.

    Args:
        configuration: What is to be trained; an option that it lacks is at its default.
        beside: What it is compared with.
    """
    here, there = ({"optimizer": DEFAULTS.optimizer, **values} for values in (configuration, beside))
    for name, reason in unused(here["optimizer"]).items():
        default = getattr(DEFAULTS, name)
        value, other = here.get(name, default), there.get(name, default)
        if value != other and value != default:
            return idle_in_words(name, value, reason)
        if value != other and name in unused(there["optimizer"]):
            return f"{name}={value!r} in place of {other!r} has no effect here, as {reason}"
    return None


def idle_in_words(name: str, value: Scalar, reason: str) -> str:
    """Return that an option which the optimizer does not use was set to a value."""
    return f"{name}={value!r} has no effect here, as {reason}: leave it at {getattr(DEFAULTS, name)!r}"


def _listed(names: Sequence[Scalar]) -> str:
    *most, last = map(str, names)
    return f"{', '.join(most)} and {last}" if most else last
