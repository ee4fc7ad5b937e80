"""What is learned and how it is scored: tasks and metrics. Standard library only.

No other module assumes that a metric exists, or which way is better: it asks the `Metric` of its study.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from study.errors import StudyError, nearest

TaskName = Literal["classification", "multilabel", "regression", "own"]
OWN: Final = "own"
"""The task of a model that trains itself and loads its own data, and what such data is called."""
Direction = Literal["maximize", "minimize"]
Unit = Literal["fraction", "number"]
MISSING: Final = "\N{EN DASH}"
"""What stands where there is no number."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that says how good a model is on a split.

    A user's own is declared by a function `metrics(data)` in the model's module, which returns some of these or
    torchmetrics objects by name.
    """

    name: str
    """As it is typed and stored: letters, digits and underscores."""
    direction: Direction
    """Which way is better."""
    unit: Unit = "number"
    """`fraction`: in [0, 1], shown in per cent, differences in percentage points. `number`: shown as it is."""
    label: str = ""
    """In sentences and on axes; the name with blanks where nothing is given."""
    compute: Callable[[Any, Any], Any] | None = field(default=None, compare=False, repr=False)
    """Of a user's own: outputs (n, outputs) float32 and targets of a split -> one number."""

    def __post_init__(self) -> None:
        """Name it in words where no label was given.

        Raises:
            StudyError: The direction or the unit is none.
        """
        if self.direction not in ("maximize", "minimize"):
            raise StudyError(f"a metric's direction is maximize or minimize, not {self.direction!r} ({self.name})")
        if self.unit not in ("fraction", "number"):
            raise StudyError(f"a metric's unit is fraction or number, not {self.unit!r} ({self.name})")
        if not self.label:
            object.__setattr__(self, "label", self.name.replace("_", " "))

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is: `sign * value` is to be maximised."""
        return 1 if self.direction == "maximize" else -1

    @property
    def scale(self) -> int:
        """What a value, or a difference of two, is multiplied by to be shown: 100 for a fraction, else 1."""
        return 100 if self.unit == "fraction" else 1

    @property
    def differences_in(self) -> str:
        """The unit of a difference, in words: `percentage points`, or the metric's own label."""
        return "percentage points" if self.unit == "fraction" else self.label

    @property
    def capitalized(self) -> str:
        """The label at the start of a sentence or on an axis."""
        return self.label[:1].upper() + self.label[1:]

    def better(self, one: float, other: float) -> bool:
        """Return whether `one` is strictly better than `other`; a number is better than NaN."""
        if math.isnan(other):
            return not math.isnan(one)
        return self.sign * one > self.sign * other

    def show(self, value: float | None, digits: int | None = None) -> str:
        """Return a value with its unit: `99.05 %` or `0.1234`; nothing is a dash.

        Args:
            value: As it is stored; None or NaN where there is none.
            digits: After the point; None means 2 for a fraction, else four significant digits.
        """
        if value is None or math.isnan(value):
            return MISSING
        if self.unit == "fraction":
            return f"{100 * value:.{2 if digits is None else digits}f} %"
        return plain_number(value) if digits is None else f"{value:.{digits}f}"

    def columns(self) -> dict[str, str]:
        """Return what a plan stores of it."""
        return {"name": self.name, "direction": self.direction, "unit": self.unit, "label": self.label}

    @classmethod
    def from_columns(cls, stored: Mapping[str, Any]) -> Metric:
        """Return a metric as a plan stored it."""
        return cls(**{name: stored[name] for name in ("name", "direction", "unit", "label")})


def plain_number(value: float) -> str:
    """Return a number with four significant digits, where it is of a usual size without exponent: 0.1234, 53.21."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.4g}"
    magnitude = math.floor(math.log10(abs(value)))
    if magnitude >= 7 or magnitude < -4:
        return f"{value:.3e}"
    return f"{value:,.{max(0, 3 - magnitude)}f}"


@dataclass(frozen=True, slots=True)
class Task:
    """What a model learns: a loss, and the metrics that say how well; the first is the primary one."""

    name: TaskName
    loss: str
    """In words, for a report."""
    metrics: tuple[Metric, ...]

    @property
    def primary(self) -> Metric:
        """The objective of a study that names none."""
        return self.metrics[0]


_MACRO_F1 = Metric("macro_f1", "maximize", "fraction", "macro-F1")
_AUROC = Metric("auroc", "maximize", "fraction", "AUROC")
_LOG_LOSS = Metric("log_loss", "minimize", "number", "log loss")
TASKS: Final[Mapping[TaskName, Task]] = {
    task.name: task
    for task in (
        Task(
            "classification",
            "cross-entropy",
            (
                Metric("accuracy", "maximize", "fraction"),
                Metric("balanced_accuracy", "maximize", "fraction", "balanced accuracy"),
                _MACRO_F1,
                _AUROC,
                _LOG_LOSS,
            ),
        ),
        Task(
            "multilabel",
            "binary cross-entropy",
            (
                _MACRO_F1,
                Metric("micro_f1", "maximize", "fraction", "micro-F1"),
                _AUROC,
                Metric("exact_match", "maximize", "fraction", "exact match"),
                _LOG_LOSS,
            ),
        ),
        Task(
            "regression",
            "mean squared error",
            (
                Metric("r2", "maximize", "number", "R\N{SUPERSCRIPT TWO}"),
                Metric("mae", "minimize", "number", "mean absolute error"),
                Metric("rmse", "minimize", "number", "root mean squared error"),
            ),
        ),
    )
}
"""Each kind of task on data that this program reads, with its metrics."""

COSTS: Final[dict[str, Metric]] = {
    "parameters": Metric("parameters", "minimize"),
    "seconds": Metric("seconds", "minimize", label="seconds an epoch"),
}
"""What an objective may name beside a metric: trainable parameters, and the median of a trial's seconds an epoch."""


OF_OWN: Final[dict[str, Metric]] = {
    **{metric.name: metric for task in TASKS.values() for metric in task.metrics},
    "f1": Metric("f1", "maximize", "fraction", "F1"),
    "loss": Metric("loss", "minimize"),
}
"""Metrics that a model which trains itself may yield without declaring them: which way is better is known."""


def spelled(name: str) -> str:
    """Return a metric's name as it is stored, whichever of hyphen and underscore was typed.

    `NAME:way` stays, unless it says of one of ours what is so anyway.
    """
    plain, _, way = name.partition(":")
    plain = plain.replace("-", "_")
    ours = OF_OWN | COSTS
    return plain if not way or (plain in ours and ours[plain].direction == way) else name


def metric_named(name: str, task: TaskName, own: Iterable[Metric] = (), *, option: str = "--objective") -> Metric:
    """Return the metric, or the cost, that a name means.

    Args:
        name: Hyphens and underscores are one; `NAME:maximize` or `NAME:minimize` is a number that the model's
            `measure` returns, which says nothing of its direction.
        task: The study's; `OWN` where its model trains itself, whatever its data.
        own: The model's own metrics.
        option: What named it, for the error.

    Raises:
        StudyError: There is none of that name.
    """
    plain, _, way = name.partition(":")
    plain = plain.replace("-", "_")
    ours = OF_OWN if task == OWN else {metric.name: metric for metric in TASKS[task].metrics}
    known = ours | {metric.name: metric for metric in own} | COSTS
    if plain in known:
        if way and way != known[plain].direction:
            raise StudyError(f"{option}: {plain} goes to {known[plain].direction}, not to {way}")
        return known[plain]
    if way:
        return Metric(name.partition(":")[0], way)  # type: ignore[arg-type]  # its check refuses another word
    if task == OWN:
        raise StudyError(
            f"{option} {name!r}: whether higher is better is known of {', '.join(known)}; of another one say it: "
            f"{option} {name}:maximize or {name}:minimize, or declare `metrics` in the model's module"
        )
    allowed = ", ".join(known)
    raise StudyError(
        f"{option} is one of {allowed} for {task}, a metric of the model's own `metrics`, or NAME:maximize or "
        f"NAME:minimize for what its `measure` returns, not {name!r}{nearest(plain, known)}"
    )
