"""What a model that trains itself tells: metrics of an epoch, or of the test split, checked and made a record."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from study.errors import StudyError
from study.storable import line
from study.task import Metric
from study.training.loop import DivergedError
from study.trial import Epoch, TestResult

SPLITS = ("train", "validation")
RATE = "learning_rate"
GPU_TOLERANCE = 1e-3
"""Relative difference of two metrics on a GPU, whose sums may be taken in another order each time."""
ROUNDING = 1e-6
"""How far a fraction may lie outside of 0 to 1."""
_EXAMPLE = "{'train/loss': 0.3, 'validation/accuracy': 0.9}"


class ToldError(StudyError):
    """What `train` yielded or `test` returned is not what it has to be."""


def epoch_of(
    told: object, number: int, seconds: float, objective: Metric, further: Sequence[str] = (), log: tuple[str, ...] = ()
) -> Epoch:
    """Return the record of an epoch.

    Args:
        told: What `train` yielded: `train/NAME`, `validation/NAME` and `learning_rate` -> number.
        number: The epoch, from 1.
        seconds: That it took.
        objective: What the study goes by; of the validation split.
        further: Names of the other metrics that the search weighs.
        log: Lines that were written meanwhile.

    Raises:
        ToldError: It is something else, or lacks what the study goes by.
        DivergedError: The objective, or the training loss, is no finite number.
    """
    if not isinstance(told, Mapping):
        raise ToldError(f"train(run) yields metrics, such as {_EXAMPLE}, not {_article(told)}")
    values = {_checked_key(name): _number(f"train(run) yields {name!r}", value) for name, value in told.items()}
    for wanted in (objective.name, *further):
        if f"validation/{wanted}" not in values:
            raise ToldError(
                f"train(run) yields no 'validation/{wanted}', which the study goes by; it yields "
                f"{', '.join(values) or 'nothing'}"
            )
    score, loss = values[f"validation/{objective.name}"], values.get("train/loss")
    if not math.isfinite(score):
        raise DivergedError(number, score, f"validation {objective.label}")
    _refuse_percent(f"train(run) yields 'validation/{objective.name}'", score, objective)
    if loss is not None and not math.isfinite(loss):
        raise DivergedError(number, loss)
    return Epoch(
        number=number,
        train_loss=loss,
        train_score=_finite(values.get(f"train/{objective.name}")),
        validation_loss=_finite(values.get("validation/loss")),
        validation_score=score,
        learning_rate=_finite(values.get(RATE)),
        seconds=seconds,
        metrics={name.removeprefix("validation/"): _finite(value) for name, value in values.items() if name != RATE},
        log=log,
    )


def alike(one: Epoch, other: Epoch, *, exactly: bool) -> bool:
    """Return whether two records of an epoch tell the same: exactly, or to `GPU_TOLERANCE`."""
    told, again = (
        {**epoch.metrics, "train/loss": epoch.train_loss, "score": epoch.validation_score} for epoch in (one, other)
    )
    if exactly or told.keys() != again.keys():
        return told == again
    return all(
        value == again[name] or math.isclose(value or 0.0, again[name] or 0.0, rel_tol=GPU_TOLERANCE)
        for name, value in told.items()
    )


def result_of(told: object, epoch: int, seconds: float, objective: Metric) -> TestResult:
    """Return what `test` returned as a test result; what was said of each example is not known.

    Args:
        told: Name -> number, the objective's among them.
        epoch: The last one that was trained.
        seconds: That it took.
        objective: What the study goes by.

    Raises:
        ToldError: It is something else, or lacks the objective.
        DivergedError: The objective is no finite number.
    """
    if not isinstance(told, Mapping):
        raise ToldError(f"test(run) returns metrics, such as {{'{objective.name}': 0.9}}, not {_article(told)}")
    values = {_checked_name(name): _number(f"test(run) returns {name!r}", value) for name, value in told.items()}
    if objective.name not in values:
        raise ToldError(
            f"test(run) returns no {objective.name!r}, which the study goes by; it returns "
            f"{', '.join(values) or 'nothing'}"
        )
    score = values[objective.name]
    if not math.isfinite(score):
        raise DivergedError(epoch, score, f"test {objective.label}")
    _refuse_percent(f"test(run) returns {objective.name!r}", score, objective)
    return TestResult(
        loss=_finite(values.get("loss")),
        score=score,
        predictions=None,
        confidences=None,
        seconds=seconds,
        metrics={name: _finite(value) for name, value in values.items()},
    )


def _refuse_percent(what: str, score: float, objective: Metric) -> None:
    """Check that a metric which is a fraction is one.

    Raises:
        ToldError: It is below 0 or above 1, but for rounding.
    """
    if objective.unit == "fraction" and not -ROUNDING <= score <= 1 + ROUNDING:
        raise ToldError(f"{what} as {score:g}; {objective.label} is a fraction from 0 to 1, which is shown in per cent")


def _checked_key(name: object) -> str:
    split, slash, metric = name.partition("/") if isinstance(name, str) else ("", "", "")
    if isinstance(name, str) and (name == RATE or (split in SPLITS and slash and metric and line(metric) == metric)):
        return name
    meant = f"; did you mean 'validation/{name}'?" if isinstance(name, str) and "/" not in name else ""
    raise ToldError(
        f"train(run) yields names such as 'train/loss', 'validation/accuracy' and 'learning_rate', not {line(name)!r}"
        f"{meant}"
    )


def _checked_name(name: object) -> str:
    if isinstance(name, str) and name and line(name) == name and "/" not in name:
        return name
    raise ToldError(f"test(run) returns names such as 'accuracy', all of the test split, not {line(name)!r}")


def _number(what: str, value: Any) -> float:  # noqa: ANN401 - whatever a user's code tells
    if isinstance(value, bool | int | float | np.number | np.bool_):
        return float(value)
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        raise ToldError(f"{what} as {_article(value)}; write .item(), which makes a number of it")
    raise ToldError(f"{what} as {_article(value)}, which is no number")


def _article(value: object) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
