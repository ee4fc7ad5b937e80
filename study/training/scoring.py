"""Losses and metrics of each task. A new metric is a function here, its line in `_COMPUTED`, and one in `study.task`.

Metrics are torchmetrics' own, on the device where the outputs are, of a whole split at once. Accuracy alone is a count.
torchmetrics takes two seconds to import, so it is imported where a metric needs it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from study import storable
from study.task import DataSpec, Metric

Measure = Callable[[Tensor, Tensor], Mapping[str, float]]
"""Outputs (n, outputs) and targets of a split, on the CPU -> numbers by name: a model's own `measure`."""


class MetricError(ValueError):
    """An objective is no finite number on a split."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """By what the models of a study are scored."""

    spec: DataSpec
    objective: Metric
    """What the search goes by; a trial's score."""
    metrics: tuple[Metric, ...]
    """All that is recorded of validation and test split, the objective among them where it is not `measure`'s."""
    measure: Measure | None = None
    further: tuple[str, ...] = ()
    """Names of the other metrics that the search weighs, which every epoch has to have."""

    def loss(
        self,
        outputs: Tensor,
        targets: Tensor,
        *,
        label_smoothing: float = 0.0,
        weights: Tensor | None = None,
        reduction: str = "mean",
    ) -> Tensor:
        """Return the task's loss.

        Args:
            outputs: (n, outputs) float32: logits, or standardised values of a regression.
            targets: (n,) int64 classes, (n, labels) 0 or 1, or (n, targets) standardised.
            label_smoothing: Fraction of each label's weight that is spread evenly over all classes.
            weights: (outputs,): of each class, by which the mean is weighted, or of the presence of each label; None
                for 1. A regression has none.
            reduction: `mean` over examples and outputs, or `sum` over examples of the mean over outputs.
        """
        match self.spec.task:
            case "classification":
                return F.cross_entropy(
                    outputs, targets, weight=weights, label_smoothing=label_smoothing, reduction=reduction
                )
            case "multilabel":
                wanted = targets.to(outputs.dtype) * (1 - label_smoothing) + label_smoothing / 2
                loss = F.binary_cross_entropy_with_logits(outputs, wanted, pos_weight=weights, reduction="none")
            case "regression":
                loss = F.mse_loss(outputs, targets, reduction="none")
        return loss.mean() if reduction == "mean" else loss.mean(dim=1).sum()

    def score(self, outputs: Tensor, targets: Tensor) -> float:
        """Return the objective alone, NaN where the model's `measure` is what has it.

        Args:
            outputs: (n, outputs) float32: logits, or values in the targets' units.
            targets: As in the split.
        """
        if not self._computed(self.objective):
            return math.nan
        return self._value(self.objective, outputs, targets)

    def scores(self, outputs: Tensor, targets: Tensor) -> dict[str, float | None]:
        """Return every metric of a split by name, with what the model's `measure` returns.

        Args:
            outputs: As for `score`.
            targets: As in the split.

        Raises:
            MetricError: The objective is no finite number.
            storable.MeasureError: `measure` returns something else than numbers by name.
        """
        found = {metric.name: self._finite(metric, outputs, targets) for metric in self.metrics}
        if self.measure is not None:
            measured = storable.metrics(self.measure(outputs.cpu(), targets.cpu()))
            if clash := sorted(found.keys() & measured.keys()):
                raise storable.MeasureError(f"`measure` returns {clash[0]!r}, which is a metric already; rename yours")
            found |= measured
        for name in (self.objective.name, *self.further):
            if name not in found:
                raise MetricError(f"the objective {name!r} is none of what `measure` returned: {', '.join(found)}")
            if found[name] is None:
                raise MetricError(f"the objective {name!r} is no finite number")
        return found

    def _computed(self, metric: Metric) -> bool:
        return metric.compute is not None or metric.name in _COMPUTED[self.spec.task]

    def _finite(self, metric: Metric, outputs: Tensor, targets: Tensor) -> float | None:
        value = self._value(metric, outputs, targets)
        return value if math.isfinite(value) else None

    def _value(self, metric: Metric, outputs: Tensor, targets: Tensor) -> float:
        if metric.compute is not None:
            return storable.number(metric.name, metric.compute(outputs, targets))
        return float(_COMPUTED[self.spec.task][metric.name](outputs, targets, self.spec.outputs))


def imported_for(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """Return the modules that computing these metrics imports, which take seconds."""
    light = {"accuracy", "log_loss"}
    return ("torchmetrics.functional",) if any(metric.name not in light for metric in metrics) else ()


Computed = Callable[[Tensor, Tensor, int], Any]
"""Outputs (n, outputs), targets and the number of outputs -> a number."""


def _accuracy(outputs: Tensor, targets: Tensor, classes: int) -> float:
    return int((outputs.argmax(dim=1) == targets).sum()) / len(targets)


def _balanced_accuracy(outputs: Tensor, targets: Tensor, classes: int) -> Tensor:
    from torchmetrics.functional.classification import multiclass_recall

    recalls = multiclass_recall(outputs, targets, num_classes=classes, average="none", validate_args=False)
    return recalls[torch.bincount(targets, minlength=classes) > 0].mean()  # of a class that is not there none is known


def _macro_f1(outputs: Tensor, targets: Tensor, classes: int) -> Tensor:
    from torchmetrics.functional.classification import multiclass_f1_score

    return multiclass_f1_score(outputs, targets, num_classes=classes, average="macro", validate_args=False)


def _auroc(outputs: Tensor, targets: Tensor, classes: int) -> Tensor:
    from torchmetrics.functional.classification import multiclass_auroc

    return multiclass_auroc(outputs.softmax(dim=1), targets, num_classes=classes, validate_args=False)


def _log_loss(outputs: Tensor, targets: Tensor, classes: int) -> Tensor:
    return F.cross_entropy(outputs.double(), targets)


def _labels_f1(average: Literal["macro", "micro"]) -> Computed:
    def compute(outputs: Tensor, targets: Tensor, labels: int) -> Tensor:
        from torchmetrics.functional.classification import multilabel_f1_score

        found: Tensor = multilabel_f1_score(
            outputs.sigmoid(), targets, num_labels=labels, average=average, validate_args=False
        )
        return found

    return compute


def _labels_auroc(outputs: Tensor, targets: Tensor, labels: int) -> Tensor:
    from torchmetrics.functional.classification import multilabel_auroc

    return multilabel_auroc(outputs.sigmoid(), targets.long(), num_labels=labels, validate_args=False)


def _exact_match(outputs: Tensor, targets: Tensor, labels: int) -> Tensor:
    from torchmetrics.functional.classification import multilabel_exact_match

    return multilabel_exact_match(outputs.sigmoid(), targets, num_labels=labels, validate_args=False)


def _labels_log_loss(outputs: Tensor, targets: Tensor, labels: int) -> Tensor:
    return F.binary_cross_entropy_with_logits(outputs.double(), targets.double())


def _r2(outputs: Tensor, targets: Tensor, outputs_count: int) -> Tensor:
    from torchmetrics.functional.regression import r2_score

    # torchmetrics takes sums of squares under 1e-4 for 0, whatever the unit; R² itself has none.
    truth = targets.double()
    mean, deviation = truth.mean(dim=0), truth.std(dim=0, correction=0)
    unit = deviation.masked_fill(deviation == 0, 1)
    return r2_score((outputs.double() - mean) / unit, (truth - mean) / unit)


def _mae(outputs: Tensor, targets: Tensor, outputs_count: int) -> Tensor:
    from torchmetrics.functional.regression import mean_absolute_error

    return mean_absolute_error(outputs.double(), targets.double())


def _rmse(outputs: Tensor, targets: Tensor, outputs_count: int) -> Tensor:
    from torchmetrics.functional.regression import mean_squared_error

    return mean_squared_error(outputs.double(), targets.double(), squared=False)


_COMPUTED: Mapping[str, Mapping[str, Computed]] = {
    "classification": {
        "accuracy": _accuracy,
        "balanced_accuracy": _balanced_accuracy,
        "macro_f1": _macro_f1,
        "auroc": _auroc,
        "log_loss": _log_loss,
    },
    "multilabel": {
        "macro_f1": _labels_f1("macro"),
        "micro_f1": _labels_f1("micro"),
        "auroc": _labels_auroc,
        "exact_match": _exact_match,
        "log_loss": _labels_log_loss,
    },
    "regression": {"r2": _r2, "mae": _mae, "rmse": _rmse},
}
"""Task -> metric -> what computes it."""
