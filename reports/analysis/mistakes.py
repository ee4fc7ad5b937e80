"""What the best configuration's replicates made of the test images: predictions beside labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.selection import complete_replicates, role_of_best
from reports.analysis.typed import stacked, typed

_CONFUSION = {"study": "object", **dict.fromkeys(("truth", "predicted", "images", "seeds"), "int64")}
_MISTAKES = {
    "study": "object",
    **dict.fromkeys(("image", "truth", "predicted", "wrong", "seeds", "height", "width", "channels"), "int64"),
    "confidence": "float64",
    "pixels": "object",
}


def confusion(frames: Frames) -> pd.DataFrame:
    """Count the test images by class and predicted class, all seeds of each study's best together.

    Returns:
        `study, truth, predicted, images, seeds`; classes by number; also the pairs that never happened.
    """
    parts = []
    for study, (labels, predictions, _) in _looks(frames).items():
        classes = max(len(frames.plan_rows[study].class_names), int(labels.max()) + 1, int(predictions.max()) + 1)
        pairs = labels[None, :].astype(int) * classes + predictions  # (seeds, images)
        counts = np.bincount(pairs.ravel(), minlength=classes * classes)
        truth, predicted = np.divmod(np.arange(classes * classes), classes)
        part = pd.DataFrame({"truth": truth, "predicted": predicted, "images": counts})
        parts.append(part.assign(study=study, seeds=len(predictions)))
    return stacked(parts, _CONFUSION)


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
        `study, class, name, support, predicted_images, right, precision, recall, f1`, by study and class: `support`
        counts test images of the class over all seeds, `predicted_images` those that were taken for it. Precision is
        missing where nothing was taken for the class, recall where it has no image, F1 where the class is in neither.
    """
    table = named_confusion(frames)
    keys = ["study", "class"]
    truth = table.rename(columns={"truth": "class", "truth_name": "name"})
    rows = truth.groupby([*keys, "name"], sort=False)["images"].sum().rename("support").reset_index()
    taken = table.rename(columns={"predicted": "class"}).groupby(keys)["images"].sum().rename("predicted_images")
    right = truth[truth["class"] == truth["predicted"]].set_index(keys)["images"].rename("right")
    rows = rows.merge(taken.reset_index(), on=keys).merge(right.reset_index(), on=keys)
    rows = typed(rows, dict.fromkeys(("class", "support", "predicted_images", "right"), "int64"))
    rows["precision"] = rows["right"] / rows["predicted_images"].where(rows["predicted_images"] > 0)
    rows["recall"] = rows["right"] / rows["support"].where(rows["support"] > 0)
    either = rows["support"] + rows["predicted_images"]
    rows["f1"] = 2 * rows["right"] / either.where(either > 0)
    return rows


def confident_mistakes(frames: Frames, most: int) -> pd.DataFrame:
    """Return, for each study's best, the kept pictures that its replicates got wrong with most confidence.

    An image is ranked by the confidence of its wrong predictions, averaged over all seeds (0 for a seed that got it
    right), so what every seed gets wrong comes first. Trials whose confidences are not known count for nothing here.

    Returns:
        `study, image, truth, predicted, confidence, wrong, seeds, height, width, pixels`: the class most often
        predicted among the wrong ones, and the mean confidence of the `wrong` seeds that erred.
    """
    parts = []
    for study, (labels, every_prediction, every_confidence) in _looks(frames).items():
        known = ~np.isnan(every_confidence).any(axis=1)
        if not known.any():
            continue
        predictions, confidences = every_prediction[known], every_confidence[known]
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


Look = tuple["np.ndarray[tuple[int], np.dtype[np.uint8]]", "np.ndarray[tuple[int, int], np.dtype[np.uint8]]",
             "np.ndarray[tuple[int, int], np.dtype[np.float64]]"]  # fmt: skip
"""Labels (images,), predictions (seeds, images), confidences (seeds, images): NaN where they are not known."""


def _looks(frames: Frames) -> dict[str, Look]:
    finals = complete_replicates(frames)
    finals = finals[finals["role"] == finals["study"].map(role_of_best(frames))]
    finals = finals.merge(frames.predictions, on="trial")
    labels = {row["study"]: np.frombuffer(row["labels"], dtype=np.uint8) for row in frames.labels.to_dict("records")}
    found: dict[str, Look] = {}
    for study in frames.plan_rows:
        rows = finals[finals["study"] == study]
        size = len(labels.get(study, ()))
        # What is not as long as the labels belongs to other images.
        rows = rows[rows["predictions"].map(len) == size] if len(rows) else rows
        if size and len(rows):
            predictions = np.stack([np.frombuffer(value, dtype=np.uint8) for value in rows["predictions"]])
            confidences = np.stack([_confidences(value, size) for value in rows["confidences"]])
            found[study] = (labels[study], predictions, confidences)
    return found


def _confidences(stored: bytes | None, size: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(stored, dtype="<f2").astype(np.float64) if stored else np.full(size, np.nan)


def _most_frequent(classes: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> int:
    return int(np.bincount(classes).argmax())
