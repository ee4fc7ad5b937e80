"""What looks wrong about the examples of a dataset, whatever loaded them. Every threshold stands here.

A dataset whose pictures lost their content in reading is trained to chance without an error; its images are then of
one grey, or the same ones again and again. One with a class of few examples scores well without ever finding it.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

SHOWS = 16
"""Levels of 256 between the darkest and the lightest value below which a picture counts as blank."""
MANY = 1 / 20
"""Fraction of all images from which on blank ones are told, and equal ones."""
FEWEST = 2
"""Fewer such images are never told."""
RARE = 0.01
"""Fraction of the training examples below which a class is rare; of many classes, half of an even part."""
NAMED = 5
"""How many rare classes a sentence names."""


def suspicions(*parts: Tensor) -> tuple[str, ...]:
    """Return a sentence each where many images are blank, or equal to another.

    Args:
        parts: (n, channels, height, width) uint8, of each split; other inputs are no pictures, and left alone.
    """
    blank = repeated = total = 0
    seen: set[int] = set()
    for part in parts:
        if part.ndim != 4 or part.dtype != torch.uint8:
            continue
        flat = part.flatten(1).numpy()  # (n, values)
        is_blank = flat.max(axis=1) - flat.min(axis=1) < SHOWS  # (n,)
        drawn = [hash(image.tobytes()) for image, nothing in zip(flat, is_blank.tolist(), strict=True) if not nothing]
        repeated += len(drawn) - len(set(drawn) - seen)
        seen.update(drawn)
        blank, total = blank + int(is_blank.sum()), total + len(flat)
    said = []
    if _many(blank, total):
        said.append(
            f"{blank:,} of {total:,} images are blank (their values differ by less than {SHOWS} of 256): look at the "
            "files, or at what became of them."
        )
    if _many(repeated, total):
        said.append(f"{repeated:,} of {total:,} images are equal to an earlier one, pixel by pixel.")
    return tuple(said)


def imbalance(labels: Tensor, class_names: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence where classes have few of the training examples.

    Args:
        labels: (n,) int64, indices into `class_names`.
        class_names: At least one.
    """
    counts = torch.bincount(labels, minlength=len(class_names)).tolist()
    limit = min(RARE, 0.5 / len(class_names)) * len(labels)
    rare = sorted((count, name) for count, name in zip(counts, class_names, strict=True) if count < limit)
    if not rare:
        return ()
    share = f"{100 * limit / len(labels):.3g} %"
    shown = ", ".join(f"'{name}' {count:,}" for count, name in rare[:NAMED])
    more = f" and {len(rare) - NAMED:,} more" if len(rare) > NAMED else ""
    subject = "1 class has" if len(rare) == 1 else f"{len(rare):,} classes have"
    each = "" if len(rare) == 1 else " each"
    return (
        f"{subject} less than {share} of the {len(labels):,} training examples{each} ({shown}{more}): accuracy hardly "
        "tells whether such a class is found; --objective balanced-accuracy or macro-f1 does.",
    )


def _many(count: int, total: int) -> bool:
    return count >= FEWEST and count >= MANY * total
