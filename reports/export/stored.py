"""What is stored of a study, as tables: a table of the database each, and its metrics and predictions in long form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from reports.export.columns import Column, Kind, Table, columns_of, of_values
from study.database import EpochRow, PlanRow, TestRow, TrialRow
from study.database.whole import WHOLE
from study.task.predictions import predictions_of, targets_of

ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "epochs": {"metrics": "metrics"},
    "test_results": {"metrics": "metrics", "predictions": "predictions", "confidences": "predictions"},
}
"""Table -> columns of its rows that are not there -> the table that has them."""
CONFIG = "config."
"""What the names of the columns of `trials` begin with that hold a hyperparameter each."""
_LOSS = "loss"


def stored_tables(rows: Mapping[str, Sequence[Any]]) -> Iterator[Table]:
    """Yield the tables of what is stored.

    Args:
        rows: As `study.database.whole.rows_of_study` returns them.
    """
    for name, stored in WHOLE.items():
        columns = columns_of(stored.kind, rows[name], without=ELSEWHERE.get(name, ()))
        if name == "trials":
            columns += _hyperparameters(rows[name])
        yield Table(name, tuple(columns))
        if name == "test_results":
            yield metrics_table(rows["studies"], rows["trials"], rows["epochs"], rows["test_results"])


def metrics_table(
    plans: Sequence[PlanRow], trials: Sequence[TrialRow], epochs: Sequence[EpochRow], tests: Sequence[TestRow]
) -> Table:
    """Return `trial, epoch, split, metric, value`: a row for each number that was recorded.

    A score is told by the name of the study's objective, a loss as `loss`. The epoch is missing on the test split,
    which is looked at once, at the end. A value is missing where the metric was no finite number.
    """
    objectives = {plan.study: plan.metric.name for plan in plans}
    names = {trial.id: objectives[trial.study] for trial in trials}
    found: list[tuple[str, int | None, str, str, float | None]] = []
    for row in epochs:
        objective = names[row.trial]
        for split, loss, score, further in (
            ("train", row.train_loss, row.train_score, {}),
            ("validation", row.validation_loss, row.validation_score, row.metrics or {}),
        ):
            values = _known({_LOSS: loss, objective: score}) | further
            found += [(row.trial, row.epoch, split, name, value) for name, value in values.items()]
    for test in tests:
        values = _known({_LOSS: test.loss, names[test.trial]: test.score}) | (test.metrics or {})
        found += [(test.trial, None, "test", name, value) for name, value in values.items()]
    parts = list(zip(*found, strict=True)) or [()] * 5
    kinds = {
        "trial": Kind.TEXT,
        "epoch": Kind.INTEGER,
        "split": Kind.TEXT,
        "metric": Kind.TEXT,
        "value": Kind.FLOAT,
    }
    optional = ("epoch", "value")
    columns = zip(kinds.items(), parts, strict=True)
    return Table("metrics", tuple(Column(name, kind, part, name in optional) for (name, kind), part in columns))


def predictions_table(plan: PlanRow, tests: Sequence[TestRow], targets: bytes | None) -> Table:
    """Return what each tested trial said of each test example, and what is true of it.

    Args:
        plan: The study.
        tests: Its test results, and those of what re-tunes its arms.
        targets: Of the test split, as they are stored.

    Returns:
        `trial, example` (its place in the test split, from 0), `output` (of multilabel data and of regressions: the
        label or target), `truth`, `prediction` (a class; the probability of a label; a value), and of classifications
        `confidence` (the probability of the predicted class).
    """
    kept = [(row, row.predictions) for row in tests if row.predictions is not None]
    truths = None if targets is None else targets_of(targets, plan.task, plan.spec.outputs)
    names = np.array(plan.class_names, dtype=object)
    classes = plan.task == "classification"
    parts: dict[str, list[Any]] = {name: [] for name in ("trial", "example", "output", "truth", "prediction")}
    parts["confidence"] = []
    for row, stored in kept:
        said = predictions_of(stored, plan.task, plan.spec.outputs)
        outputs = 1 if classes else said.shape[1]
        parts["trial"] += [row.trial] * said.size
        parts["example"] += np.repeat(np.arange(len(said)), outputs).tolist()
        parts["output"] += np.tile(names, len(said)).tolist() if not classes else []
        parts["prediction"] += (names[said] if classes else said.astype(np.float64).ravel()).tolist()
        parts["truth"] += _truths(truths, names, plan.task, said.size)
        if classes:
            parts["confidence"] += _confidences(row.confidences, said.size)
    shown = Kind.TEXT if classes else Kind.FLOAT
    truth = {"classification": Kind.TEXT, "multilabel": Kind.BOOLEAN, "regression": Kind.FLOAT}[plan.task]
    kinds = {"trial": Kind.TEXT, "example": Kind.INTEGER, "output": Kind.TEXT, "truth": truth, "prediction": shown}
    kinds["confidence"] = Kind.FLOAT
    left_out = "output" if classes else "confidence"
    optional = ("truth", "confidence")
    columns = [Column(name, kind, parts[name], name in optional) for name, kind in kinds.items() if name != left_out]
    return Table("predictions", tuple(columns))


def _hyperparameters(trials: Sequence[TrialRow]) -> list[Column]:
    """Return a column for each hyperparameter that any trial has; a trial that has it not lacks the value."""
    names = dict.fromkeys(name for trial in trials for name in trial.configuration)
    return [of_values(f"{CONFIG}{name}", [trial.configuration.get(name) for trial in trials]) for name in names]


def _known(values: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: value for name, value in values.items() if value is not None}


def _truths(truths: Any, names: Any, task: str, size: int) -> list[Any]:  # noqa: ANN401 - arrays
    if truths is None:
        return [None] * size
    if task == "classification":
        return list(names[truths])
    flat = truths.ravel()
    return list((flat.astype(bool) if task == "multilabel" else flat.astype(np.float64)).tolist())


def _confidences(stored: bytes | None, size: int) -> list[float | None]:
    if stored is None:
        return [None] * size
    return list(np.frombuffer(stored, dtype="<f2").astype(np.float64).tolist())
