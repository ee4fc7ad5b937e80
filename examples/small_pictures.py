"""Small colour pictures from arrays, 32 x 32 x 3 as CIFAR-10's are: discs, squares, crosses and rings on a busy ground.

python -m study run cnn --dataset examples/small_pictures.py:load --trials 5 --epochs 5
"""

import numpy as np
from numpy.typing import NDArray

NAMES = ("disc", "square", "cross", "ring")
SIDE = 32
Pictures = tuple[NDArray[np.uint8], NDArray[np.int64]]


def shapes(across: NDArray[np.float64], along: NDArray[np.float64]) -> tuple[NDArray[np.bool_], ...]:
    """Return where each shape of radius 1 is, given places relative to its centre."""
    far = np.hypot(across, along)
    inside = np.maximum(abs(across), abs(along)) < 0.85
    cross = inside & (np.minimum(abs(across), abs(along)) < 0.3)
    return far < 1, inside, cross, (far < 1) & (far > 0.55)


def pictures(count: int, seed: int) -> Pictures:
    """Return pictures (count, 32, 32, 3) and their labels (count,)."""
    generator = np.random.default_rng(seed)
    along, across = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    found, labels = np.empty((count, SIDE, SIDE, 3), dtype=np.uint8), np.arange(count) % len(NAMES)
    for number, label in enumerate(labels):
        ground, ink = generator.integers(0, 256, (2, 3))
        x, y, radius = *generator.uniform(11, 21, 2), generator.uniform(6, 10)
        where = shapes((across - x) / radius, (along - y) / radius)[label]
        noisy = np.where(where[..., None], ink, ground) + generator.normal(0, 20, (SIDE, SIDE, 3))
        found[number] = noisy.clip(0, 255)
    return found, labels


def load() -> dict[str, object]:
    """Return a training and a test split, and the classes' names."""
    return {"train": pictures(800, seed=1), "test": pictures(200, seed=2), "class_names": NAMES}
