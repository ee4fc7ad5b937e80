"""A table in which one row of fifty is a fault: accuracy rewards never finding one, macro-F1 does not.

python -m study run mlp --dataset examples/rare_class.py:load --objective macro-f1 --trials 10 --epochs 20
python -m study ablate mlp --dataset examples/rare_class.py:load --variants class-weights,balanced-sampler --epochs 20
"""

import numpy as np
from numpy.typing import NDArray

RARE = 0.02
"""Fraction of the rows that are faults."""


def rows(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    """Return eight sensors' readings (count, 8), and what each row is: a fault moves three of them together."""
    generator = np.random.default_rng(seed)
    readings = generator.normal(0, 1, (count, 8))
    faulty = np.arange(count) < round(RARE * count)
    readings[faulty, :3] += generator.choice([-1, 1], (faulty.sum(), 1)) * 2.2
    return readings.astype(np.float32), np.where(faulty, "fault", "sound")


def load() -> dict[str, object]:
    """Return a training and a test split."""
    return {"train": rows(3000, seed=1), "test": rows(1500, seed=2)}
