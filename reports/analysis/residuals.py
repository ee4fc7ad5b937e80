"""How far predicted numbers lie from the true ones: of each regression's best, over all its replicates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.analysis.answers import answers
from reports.analysis.frames import Frames
from reports.analysis.typed import stacked

LARGE = 0.9
"""The quantile of the absolute errors that is told."""
_RESIDUALS = {
    "study": "object",
    "target": "object",
    **dict.fromkeys(("seed", "example"), "int64"),
    **dict.fromkeys(("truth", "predicted", "residual"), "float64"),
}
_SUMMARY = ["bias", "deviation", "mae", "rmse", "r2", "large"]
_SUMMARIES = {
    **dict.fromkeys(("study", "target"), "object"),
    **dict.fromkeys(("examples", "seeds"), "int64"),
    **dict.fromkeys(_SUMMARY, "float64"),
}
_WORST = {
    **dict.fromkeys(("study", "target"), "object"),
    **dict.fromkeys(("example", "seeds"), "int64"),
    **dict.fromkeys(("truth", "predicted", "error"), "float64"),
}
Values = NDArray[np.float64]


def residuals(frames: Frames) -> pd.DataFrame:
    """Return a row for each study, target, replicate and test example.

    Returns:
        `study, target` (its name), `seed` (of the replicates, from 0), `example` (its place in the test split, from
        0), `truth, predicted, residual`: the predicted value minus the true one, in the target's unit.
    """
    parts = []
    for study, target, truth, predicted in _targets(frames):
        seeds, examples = predicted.shape
        seed, example = np.divmod(np.arange(predicted.size), examples)
        values = {"truth": np.tile(truth, seeds), "predicted": predicted.ravel()}
        part = pd.DataFrame({"seed": seed, "example": example, **values, "residual": (predicted - truth).ravel()})
        parts.append(part.assign(study=study, target=target))
    return stacked(parts, _RESIDUALS)


def summaries(frames: Frames) -> pd.DataFrame:
    """Return how the residuals of each study and target lie, all replicates of the best together.

    Returns:
        `study, target, examples, seeds, bias` (mean residual), `deviation` (its standard deviation), `mae, rmse, r2,
        large` (what nine of ten absolute errors stay under); R2 is missing where the true values are all alike.
    """
    rows = []
    for study, target, truth, predicted in _targets(frames):
        errors = predicted - truth  # (seeds, examples)
        variance = float(np.var(truth))
        found = {
            "bias": errors.mean(),
            "deviation": errors.std(ddof=1) if errors.size > 1 else np.nan,
            "mae": np.abs(errors).mean(),
            "rmse": np.sqrt(np.square(errors).mean()),
            "r2": 1 - np.square(errors).mean() / variance if variance > 0 else np.nan,
            "large": np.quantile(np.abs(errors), LARGE),
        }
        rows.append({"study": study, "target": target, "examples": len(truth), "seeds": len(predicted), **found})
    return stacked([pd.DataFrame(rows, columns=list(_SUMMARIES))], _SUMMARIES)


def worst_errors(frames: Frames) -> pd.DataFrame:
    """Return the test examples of each study and target, those with the largest error first.

    Returns:
        `study, target, example` (its place in the test split, from 0), `truth, predicted` (mean over the replicates),
        `error` (mean absolute error over the replicates), `seeds`.
    """
    parts = []
    for study, target, truth, predicted in _targets(frames):
        error = np.abs(predicted - truth).mean(axis=0)
        order = np.argsort(-error, kind="stable")
        values = {"truth": truth[order], "predicted": predicted.mean(axis=0)[order], "error": error[order]}
        parts.append(
            pd.DataFrame({"example": order, **values}).assign(study=study, target=target, seeds=len(predicted))
        )
    return stacked(parts, _WORST)


def _targets(frames: Frames) -> Iterator[tuple[str, str, Values, Values]]:
    """Yield study, target, true values (examples,) and predicted ones (seeds, examples)."""
    for study, found in answers(frames, "regression").items():
        for place, name in enumerate(frames.plan_rows[study].class_names):
            yield study, str(name), found.truth[:, place], found.predictions[:, :, place]
