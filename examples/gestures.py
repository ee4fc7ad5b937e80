"""Sequences of two sensors over 40 moments, which an LSTM reads: a circle, an eight, a zigzag or a nod.

python -m study run lstm --dataset examples/gestures.py:load --trials 5 --epochs 10
"""

import numpy as np
from numpy.typing import NDArray

NAMES = ("circle", "eight", "zigzag", "nod")
MOMENTS = 40


def gestures(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return sequences (count, 40, 2) and their labels (count,); each begins anywhere and has a speed of its own."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % len(NAMES)
    sequences = np.empty((count, MOMENTS, 2), dtype=np.float32)
    for number, label in enumerate(labels):
        turn = generator.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi * generator.uniform(1.5, 2.5), MOMENTS)
        paths = (
            (np.sin(turn), np.cos(turn)),
            (np.sin(turn), np.sin(2 * turn)),
            (2 * np.abs((turn / np.pi) % 2 - 1) - 1, 0.2 * turn - 2),
            (0 * turn, np.sin(turn)),
        )
        sequences[number] = np.stack(paths[label], axis=1) * generator.uniform(0.7, 1.3)
    return sequences + generator.normal(0, 0.15, sequences.shape).astype(np.float32), labels


def load() -> dict[str, object]:
    """Return a training and a test split, and the classes' names."""
    return {"train": gestures(600, seed=1), "test": gestures(200, seed=2), "class_names": NAMES}
