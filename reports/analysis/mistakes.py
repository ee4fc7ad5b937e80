"""What the best configuration's replicates took for what: of a classification's test split, and of its labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.analysis.answers import answers
from reports.analysis.frames import Frames
from reports.analysis.typed import stacked, typed

_MOST_WHOLE = 256
"""Of more classes than this, only the pairs of the confusion matrix that happened have a row."""
THRESHOLD = 0.5
"""A label is answered where its probability is above this, as the metrics have it."""
_CONFUSION = {"study": "object", **dict.fromkeys(("truth", "predicted", "examples", "seeds"), "int64")}
_LABELS = {
    **dict.fromkeys(("study", "name"), "object"),
    **dict.fromkeys(("label", "support", "answered", "right"), "int64"),
    **dict.fromkeys(("precision", "recall", "f1"), "float64"),
}
_MISTAKES = {
    "study": "object",
    **dict.fromkeys(("image", "truth", "predicted", "wrong", "seeds", "height", "width", "channels"), "int64"),
    "confidence": "float64",
    "pixels": "object",
}


def confusion(frames: Frames) -> pd.DataFrame:
    """Count the test examples by class and predicted class, all seeds of each study's best together.

    Returns:
        `study, truth, predicted, examples, seeds`; classes by number. The pairs that never happened have a row too; of
        more than 256 classes only those of a class with itself do.
    """
    parts = []
    for study, found in answers(frames, "classification").items():
        known = (found.truth.max() + 1, found.predictions.max() + 1)
        classes = max(len(frames.plan_rows[study].class_names), *map(int, known))
        pairs, counts = _pairs(found.truth[None, :] * classes + found.predictions, classes)
        truth, predicted = np.divmod(pairs, classes)
        part = pd.DataFrame({"truth": truth, "predicted": predicted, "examples": counts})
        parts.append(part.assign(study=study, seeds=len(found.predictions)))
    return stacked(parts, _CONFUSION)


def _pairs(happened: NDArray[np.int64], classes: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of pairs, truth * classes + predicted, and how often each happened."""
    if classes <= _MOST_WHOLE:
        return np.arange(classes * classes), np.bincount(happened.ravel(), minlength=classes * classes)
    themselves = np.arange(classes) * (classes + 1)
    pairs, counts = np.unique(np.concatenate([happened.ravel(), themselves]), return_counts=True)
    return pairs, counts - np.isin(pairs, themselves)


def named_confusion(frames: Frames) -> pd.DataFrame:
    """Return `confusion` with `truth_name` and `predicted_name`."""
    table = confusion(frames)
    for side in ("truth", "predicted"):
        pairs = zip(table["study"], table[side], strict=True)
        found = [class_name(frames.plan_rows[study].class_names, place) for study, place in pairs]
        table[f"{side}_name"] = pd.Series(found, index=table.index, dtype=object)
    return table


def class_name(names: Sequence[str], place: int) -> str:
    """Return the name of a class; its number where a model predicted one that the data do not have."""
    return names[place] if place < len(names) else str(place)


def per_class(frames: Frames) -> pd.DataFrame:
    """Return how well each class is recognised, all replicates of each study's best together.

    Returns:
        `study, class, name, support, answered, right, precision, recall, f1`, by study and class: `support` counts test
        examples of the class over all seeds, `answered` those that were taken for it. Precision is missing where
        nothing was taken for the class, recall where it has no example, F1 where the class is in neither.
    """
    table = named_confusion(frames)
    keys = ["study", "class"]
    truth = table.rename(columns={"truth": "class", "truth_name": "name"})
    rows = truth.groupby([*keys, "name"], sort=False)["examples"].sum().rename("support").reset_index()
    taken = table.rename(columns={"predicted": "class"}).groupby(keys)["examples"].sum().rename("answered")
    right = truth[truth["class"] == truth["predicted"]].set_index(keys)["examples"].rename("right")
    rows = rows.merge(taken.reset_index(), on=keys).merge(right.reset_index(), on=keys)
    rows = typed(rows, dict.fromkeys(("class", "support", "answered", "right"), "int64"))
    return _with_rates(rows)


def per_label(frames: Frames) -> pd.DataFrame:
    """Return how well each label of multilabel data is found, all replicates of each study's best together.

    Returns:
        `study, label, name, support, answered, right, precision, recall, f1`, by study and label: `support` counts the
        test examples that have the label over all seeds, `answered` those that were given it. Rates are missing as in
        `per_class`.
    """
    parts = []
    for study, found in answers(frames, "multilabel").items():
        given, has = found.predictions > THRESHOLD, found.truth[None] > 0  # (seeds, examples, labels)
        counts = {
            "support": np.broadcast_to(has, given.shape).sum(axis=(0, 1)),
            "answered": given.sum(axis=(0, 1)),
            "right": (given & has).sum(axis=(0, 1)),
        }
        names = [str(name) for name in frames.plan_rows[study].class_names]
        part = pd.DataFrame({"label": np.arange(len(names)), "name": names, **counts})
        parts.append(_with_rates(part.assign(study=study)))
    return stacked(parts, _LABELS)


def _with_rates(rows: pd.DataFrame) -> pd.DataFrame:
    """Add precision, recall and F1 to `support`, `answered` and `right`."""
    either = rows["support"] + rows["answered"]
    return rows.assign(
        precision=rows["right"] / rows["answered"].where(rows["answered"] > 0),
        recall=rows["right"] / rows["support"].where(rows["support"] > 0),
        f1=2 * rows["right"] / either.where(either > 0),
    )


def confident_mistakes(frames: Frames, most: int) -> pd.DataFrame:
    """Return, for each study's best, the kept pictures that its replicates got wrong with most confidence.

    A picture is ranked by the confidence of its wrong predictions, averaged over all seeds (0 for a seed that got it
    right), so what every seed gets wrong comes first. Trials whose confidences are not known count for nothing here.

    Returns:
        `study, image, truth, predicted, confidence, wrong, seeds, height, width, channels, pixels`: the class most
        often predicted among the wrong ones, and the mean confidence of the `wrong` seeds that erred.
    """
    parts = []
    for study, found in answers(frames, "classification").items():
        labels, known = found.truth, ~np.isnan(found.confidences).any(axis=1)
        if not known.any():
            continue
        predictions, confidences = found.predictions[known], found.confidences[known]
        kept = frames.images[frames.images["dataset_hash"] == frames.plan_rows[study].dataset_hash]
        kept = kept[kept["image"] < len(labels)]
        numbers = kept["image"].to_numpy(dtype=int)
        wrong = predictions[:, numbers] != labels[numbers]  # (seeds, kept)
        weight = np.where(wrong, confidences[:, numbers], 0.0)
        order = np.argsort(-weight.mean(axis=0), kind="stable")[:most]
        order = order[wrong[:, order].any(axis=0)]
        part = kept.iloc[order].assign(
            study=study,
            truth=labels[numbers[order]],
            predicted=[_most_frequent(predictions[wrong[:, place], numbers[place]]) for place in order],
            confidence=weight[:, order].sum(axis=0) / np.maximum(wrong[:, order].sum(axis=0), 1),
            wrong=wrong[:, order].sum(axis=0),
            seeds=len(predictions),
        )
        parts.append(part.drop(columns="dataset_hash"))
    return stacked(parts, _MISTAKES)


def _most_frequent(classes: NDArray[np.int64]) -> int:
    return int(np.bincount(classes).argmax())
