"""The metrics that a model's module declares: `metrics(data)` returns torchmetrics objects or `Metric`s by name."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from study.errors import USER_CODE_RAISES, StudyError
from study.storable import line, summary
from study.task import COSTS, TASKS, DataSpec, Metric

Declared = Callable[[DataSpec], Mapping[str, object]]
_SIGNED = ("MatthewsCorrCoef", "CohenKappa", "ExplainedVariance")
"""Metrics of torchmetrics that can be below 0, though they are plotted from 0 to 1."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")


@functools.cache
def own_metrics(model: str, declared: Declared | None, spec: DataSpec) -> tuple[Metric, ...]:
    """Return a model's own metrics, each with what computes it.

    Args:
        model: Its name, for errors.
        declared: The module's `metrics`; None where it has none.
        spec: The data.

    Raises:
        StudyError: `metrics` raises, or returns something else than metrics by name, or one whose direction is unknown.
    """
    if declared is None:
        return ()
    try:
        found = declared(spec)
    except USER_CODE_RAISES as error:
        raise StudyError(f"model {model!r}: `metrics` raised {summary(error)}") from error
    if not isinstance(found, Mapping):
        raise StudyError(
            f"model {model!r}: `metrics` returns metrics by name, such as {{'f2': FBetaScore(...)}}, not "
            f"{type(found).__name__}"
        )
    return tuple(_metric(model, name, entry, spec) for name, entry in found.items())


def _metric(model: str, name: object, entry: object, spec: DataSpec) -> Metric:
    rule = f"model {model!r}: metric {line(name)!r}"
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise StudyError(f"{rule}: a name has 1 to 40 letters, digits and underscores, a letter first")
    if name in COSTS or name in {metric.name for metric in TASKS[spec.task].metrics}:
        raise StudyError(f"{rule}: there is one of that name for {spec.task}; give yours another")
    if isinstance(entry, Metric):
        if entry.compute is None:
            raise StudyError(f"{rule} needs `compute`, a function of outputs and targets")
        return replace(entry, name=name)
    if all(hasattr(entry, part) for part in ("update", "compute", "reset", "higher_is_better")):
        return _of_torchmetrics(rule, name, entry)
    raise StudyError(
        f"{rule} is a torchmetrics object, or study.task.Metric(name, 'maximize' or 'minimize', compute=function), "
        f"not {type(entry).__name__}: of a plain function nobody knows which way is better"
    )


def _of_torchmetrics(rule: str, name: str, entry: Any) -> Metric:  # noqa: ANN401 - an object of torchmetrics
    if entry.higher_is_better is None:
        raise StudyError(f"{rule}: {type(entry).__name__} does not say whether higher is better; wrap it in a Metric")
    bounds = (getattr(entry, "plot_lower_bound", None), getattr(entry, "plot_upper_bound", None))
    signed = any(name in type(entry).__name__ for name in _SIGNED)
    bounded = bounds == (0.0, 1.0) and not signed

    def compute(outputs: Any, targets: Any) -> Any:  # noqa: ANN401 - tensors, of which this module knows nothing
        metric = entry.to(outputs.device)
        metric.reset()
        metric.update(outputs, targets)
        return metric.compute()

    return Metric(
        name,
        "maximize" if entry.higher_is_better else "minimize",
        "fraction" if bounded else "number",
        compute=compute,
    )
