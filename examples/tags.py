"""Pictures with any number of tags: which of four coloured marks lie on each, none or all (multilabel).

python -m study run cnn --dataset examples/tags.py:load --task multilabel --trials 5 --epochs 8
"""

import numpy as np
from numpy.typing import NDArray

TAGS = {"red": (230, 40, 40), "green": (40, 200, 60), "blue": (50, 80, 230), "yellow": (230, 210, 40)}
SIDE = 24
Tagged = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def tagged(count: int, seed: int) -> Tagged:
    """Return pictures (count, 24, 24, 3), and which tags each has, (count, 4), 0 or 1."""
    generator = np.random.default_rng(seed)
    pictures = generator.normal(110, 25, (count, SIDE, SIDE, 3))
    there = generator.random((count, len(TAGS))) < 0.4
    for number, label in zip(*np.nonzero(there), strict=True):
        top, left = generator.integers(0, SIDE - 6, 2)
        pictures[number, top : top + 6, left : left + 6] = tuple(TAGS.values())[label]
    return pictures.clip(0, 255).astype(np.uint8), there.astype(np.uint8)


def load() -> dict[str, object]:
    """Return a training and a test split, and the tags' names."""
    return {"train": tagged(800, seed=1), "test": tagged(200, seed=2), "class_names": tuple(TAGS)}
