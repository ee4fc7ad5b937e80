"""The best configuration of a study, or its baseline: its scores, and its trained models, loaded when asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from study.errors import StudyError
from study.interface.watching import Say
from study.task import Metric
from study.trial import Scalar, differences

if TYPE_CHECKING:
    import pandas as pd
    from torch import nn


@dataclass(frozen=True)
class Best:
    """A configuration, what it scored, and what was trained with it on fresh seeds."""

    study: str
    variant: str
    """`best` or `baseline`."""
    trial: int | None
    """Number of the search trial that found it."""
    configuration: Mapping[str, Scalar]
    changes: Mapping[str, Scalar]
    """What it has otherwise than the baseline."""
    metric: Metric
    """By which it was chosen."""
    validation_score: float | None
    """Of its search trial."""
    test_scores: tuple[float, ...]
    """Of its final trials, each on its own seed."""
    test_score: float | None
    """Their mean."""
    interval: tuple[float, float] | None
    """The 95 % interval of that mean; of a fraction within 0..1."""
    against_baseline: str
    """What the final trials say of the best beside the baseline, in words."""
    parameters: int | None
    """Of the network."""
    weights: tuple[str, ...]
    """Files of the kept models, one a final trial."""
    _load: Callable[[Say], Any] = field(repr=False, compare=False)

    def model(self, replicate: int = 0, *, say: Say = print) -> nn.Module:
        """Return one trained network, ready to answer inputs as the data have them.

        It scales inputs as it did in training, and answers in the targets' units: logits of a classification, values
        of a regression.

        Args:
            replicate: Which of the final trials that kept their weights, from 0.
            say: Told one line of whatever has changed since.

        Raises:
            StudyError: There are no such weights, or they do not fit the model's code any more.
        """
        from study.interface.answering import Answering

        kept = self._load(say)
        if not 0 <= replicate < len(kept.models):
            raise StudyError(f"replicate is from 0 to {len(kept.models) - 1} here, not {replicate}")
        return Answering(kept.models[replicate])

    def predict(self, inputs: Any, *, say: Say = print) -> pd.DataFrame:  # noqa: ANN401 - whatever becomes a tensor
        """Return what the kept models say of inputs: the mean over all of them, a row each.

        Args:
            inputs: (n, *shape) as the data have them: bytes of pictures, or numbers; an array or a tensor.
            say: Told one line of whatever has changed since.

        Returns:
            The columns that the command `predict` prints.

        Raises:
            StudyError: There are no weights, or the inputs have another shape than the data.
        """
        from study.interface.answering import answers

        return answers(self._load(say), inputs)

    def __repr__(self) -> str:
        changed = ", ".join(f"{name}={value!r}" for name, value in self.changes.items()) or "the baseline itself"
        return f"{self.study}, {self.variant}: {changed}; {self._scored()}\n{self.against_baseline}"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>" for name, value in self.changes.items()
        )
        table = f"<table><tr><th>changed</th><th>to</th></tr>{rows}</table>" if rows else ""
        scored = f"<p><b>{escape(self.study)}</b>, {escape(self.variant)}: {escape(self._scored())}</p>{table}"
        return f"{scored}<p>{escape(self.against_baseline)}</p>"

    def _scored(self) -> str:
        from reports import formatting as form

        label, show = self.metric.label, self.metric.show
        told = [] if self.validation_score is None else [f"validation {label} {show(self.validation_score)}"]
        if self.test_score is not None:
            low, high = self.interval or (math.nan, math.nan)
            score = form.score_with_interval(self.test_score, low, high, self.metric)
            told.append(f"test {label} {score}, {form.count(len(self.test_scores), 'seed')}")
        return "; ".join(told) or "no score yet"


def best_of(details: Mapping[str, Any], variant: str, load: Callable[[Say], Any]) -> Best:
    """Return what `interface.effects.best_of_study` tells of one of its configurations.

    Raises:
        StudyError: There is no such variant.
    """
    if variant not in details["test"]:
        raise StudyError(f"variant is one of {', '.join(details['test'])}, not {variant!r}")
    is_best = variant == "best"
    scores = details["test"][variant]
    bounds = scores["low"], scores["high"]
    configuration = details["configuration" if is_best else "baseline"]
    return Best(
        study=details["study"],
        variant=variant,
        trial=details["trial"] if is_best else 0,
        configuration=configuration,
        changes=differences(configuration, details["baseline"]),
        metric=Metric.from_columns(details["metric"]),
        validation_score=details["validation_score" if is_best else "baseline_validation_score"],
        test_scores=tuple(scores["scores"]),
        test_score=scores["mean"],
        interval=None if None in bounds else bounds,
        against_baseline=details["in_words"],
        parameters=details["parameters"] if is_best else None,
        weights=tuple(scores["weights"]),
        _load=load,
    )
