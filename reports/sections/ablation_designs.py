"""What single designs of ablations tell beside their arms' effects: noise floors, contrasts, paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.designs import factorial, noise_floor, path
from reports.analysis.frames import Frames
from reports.analysis.scores import best_word, in_words, metric_of, metrics_of, unit_in_words
from reports.findings.wording import effect_text, verdict_text
from reports.pages.document import Block, Column, Table, tabulate
from reports.statistics import LEVEL
from study.task import Metric

NOISE_FLOORS = (
    "Noise floor: the baseline against itself on other seeds, where the true difference is 0. Equal configurations "
    "differ by less than the last two columns 95 times in 100: an effect inside that band is nothing by itself. "
    "The spread is taken about 0, the true difference; the interval in the table of effects, about the mean seen."
)
_CONTRASTS = (
    "Factorial: a main effect is the mean of all combinations with the factor minus the mean of those without; an "
    "interaction is by how much adding the one gains more with the other than without. Each is computed within a seed, "
    "over the seeds that are complete in every combination; its test is one of the study's family."
)


def designs_shown(frames: Frames) -> list[Block]:
    """Return the tables of noise floors, contrasts and paths, as far as there are any."""
    shown = zip((_floors_shown, _contrasts_shown, _path_shown), _tables(frames), strict=True)
    return [show(table) for show, table in shown if not table.empty]


def designs_read(frames: Frames) -> list[str]:
    """Return how to read what `designs_shown` returns."""
    floors, contrasts, steps = _tables(frames)
    told = [NOISE_FLOORS] if not floors.empty else []
    told += [_CONTRASTS] if not contrasts.empty else []
    return [*told, _path_read(metrics_of(steps))] if not steps.empty else told


def _tables(frames: Frames) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    floors = noise_floor(frames)
    return floors[floors["n"] > 0], factorial(frames), path(frames)


def with_interval(heading: str, unit: str) -> str:
    """Return the heading of a column of effects."""
    return f"{heading} ({unit}, {LEVEL} interval)"


def difference(column: str, *beside: str) -> form.Show:
    """Return how to show a difference without an interval, with the digits that it has with others beside it."""
    return lambda row: form.effect(row[column], metric_of(row), *(row[name] for name in beside))


on_validation = difference("validation_effect", "validation_low", "validation_high")
"""How to show what an arm does on the validation split."""


def _spread(column: str) -> form.Show:
    """Return how to show a distance, which has no sign."""
    return lambda row: form.effect(row[column], metric_of(row)).removeprefix("+")


def _metric_column(table: pd.DataFrame) -> list[Column]:
    """Return a column that names the metric, where rows of several stand together."""
    return [Column("Metric", form.shown("metric_label"))] if len(metrics_of(table)) > 1 else []


def _floors_shown(floors: pd.DataFrame) -> Table:
    unit = unit_in_words(metrics_of(floors))
    columns = [
        Column("Study", form.shown("study")),
        Column("Ablation", form.shown("ablation")),
        *_metric_column(floors),
        Column(f"Mean difference ({unit})", difference("effect", "deviation"), numeric=True),
        Column("Pairs", form.shown("n", form.whole), numeric=True),
        Column(f"Root mean square of a difference ({unit})", _spread("deviation"), numeric=True),
        Column(f"Two single trials (± {unit})", _spread("single"), numeric=True),
        Column(f"Means over the pairs (± {unit})", _spread("half_width"), numeric=True),
    ]
    return tabulate(
        "ablation-noise-floor", "How far equals lie apart: the baseline on other seeds", floors, columns, first=6
    )


def _contrasts_shown(contrasts: pd.DataFrame) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Ablation", form.shown("ablation")),
        *_metric_column(contrasts),
        Column("Contrast", form.shown("contrast")),
        Column("Kind", form.shown("kind")),
        Column(with_interval("Effect", unit_in_words(metrics_of(contrasts))), effect_text, numeric=True),
        Column("p", form.shown("p", form.probability), numeric=True),
        Column("p, Holm", form.shown("p_holm", form.probability), numeric=True),
        Column("Seeds", form.shown("n", form.whole), numeric=True),
        Column("Verdict", lambda row: verdict_text({**row, "design": "", "matched": None})),
    ]
    return tabulate("ablation-factorial", "Main effects and two-way interactions", contrasts, columns)


def _path_shown(steps: pd.DataFrame) -> Table:
    metrics = metrics_of(steps)
    word, unit = in_words(metrics), unit_in_words(metrics)
    columns = [
        Column("Study", form.shown("study")),
        *_metric_column(steps),
        Column("Step", form.shown("step", form.whole), numeric=True),
        Column("Setting", form.shown("arm")),
        Column("Candidates", form.shown("candidates", form.whole), numeric=True),
        Column(f"Validation {word}", lambda row: form.score(row["validation_score"], metric_of(row)), numeric=True),
        Column(f"Test {word}", lambda row: form.score(row["score"], metric_of(row)), numeric=True),
        Column(f"{LEVEL} interval", _test_interval, numeric=True),
        Column(
            f"Gain on the validation split ({unit})",
            difference("validation_effect", "validation_low", "validation_high"),
            numeric=True,
        ),
        Column(with_interval("Gain on the test split", unit), effect_text, numeric=True),
        Column("p, Holm", form.shown("p_holm", form.probability), numeric=True),
        Column("Seeds", form.shown("n", form.whole), numeric=True),
    ]
    return tabulate("ablation-path", "The greedy path, step by step", steps, columns, first=6)


def _test_interval(row: Mapping[Any, Any]) -> str:
    missing = form.is_missing(row["score"])
    return form.MISSING if missing else form.score_interval(row["score_low"], row["score_high"], metric_of(row))


def _path_read(metrics: Sequence[Metric]) -> str:
    word = best_word(metrics)
    return (
        f"Path: each step is the change whose trials had the {word} mean validation {in_words(metrics)} in its round; "
        "the test split was not asked. The gain of a chosen step is a little flattered, for chance too is "
        f"{word} in the one that is chosen."
    )
