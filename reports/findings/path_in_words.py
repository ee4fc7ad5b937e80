"""A greedy path in a sentence: where it leads, and its largest step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.scores import metric_of
from reports.findings.wording import verdict_text


def path_in_words(steps: pd.DataFrame) -> str:
    """Return what one path found.

    Args:
        steps: Its rows of `reports.analysis.designs.path`.
    """
    first, last = steps.iloc[0], steps.iloc[-1]
    metric = metric_of(first)
    start = form.score(first["score"], metric)
    if len(steps) == 1:
        return f"The path stands at its start, {first['arm']} ({start} test {metric.label})."
    gains = metric.sign * steps["effect"].iloc[1:]
    largest: dict[Any, Any] = steps.loc[gains.sort_values(ascending=False, kind="stable").index[0]].to_dict()
    return (
        f"The path of {form.count(len(steps) - 1, 'step')} from {first['arm']} to {last['arm']} leads from {start} to "
        f"{form.score(last['score'], metric)} test {metric.label}; its largest step is {largest['arm']} "
        f"({_gain(largest)})."
    )


def _gain(step: Mapping[Any, Any]) -> str:
    if form.is_missing(step["effect"]):
        return "no gain is known yet"
    why = form.no_interval(step["n"])
    numbers = form.effect_with_interval(
        step["effect"], step["low"], step["high"], metric_of(step), with_unit=True, why=why
    )
    return f"{numbers}: {verdict_text({**step, 'design': '', 'matched': None})}"
