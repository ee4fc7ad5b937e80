"""A study with all that a report tells of: a search, replicates, and an ablation of every variant of a CNN."""

from __future__ import annotations

from typing import Any

import numpy as np

from search_spaces.cnn import SPACE
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import DOMAINS, Laboratory

SEEDS = 9
GAINS = {"batchnorm": 0.012, "dropout-batchnorm": 0.011, "lenet5": 0.013, "resnet": -0.03, "translate": -0.012}
"""What some variants do to the test accuracy; the others do nothing."""
SECONDS = {"resnet": 3.1, "lenet5": 2.1, "everything": 8.0}
PARAMETERS = {"resnet": 178_666, "lenet5": 269_501}


def fill(laboratory: Laboratory, study: str = "cnn@mnist", **columns: Any) -> str:  # noqa: ANN401 - of the plan
    """Stores the study, whose numbers are the same every time."""
    generator = np.random.default_rng(1)
    variants = [
        {"name": found.name, "changes": dict(found.changes), "reason": found.reason} for found in SPACE.variants
    ]
    definition = {
        "name": study.partition("@")[0],
        "domains": DOMAINS,
        "variants": variants,
        "published": None,
        "claims": "search_spaces.notebook.claims",
    }
    laboratory.plan(study, trials=6, replicates=SEEDS, definition=definition, **columns)
    found = [("complete", score) for score in (0.93, 0.955, 0.95)]
    laboratory.search(study, *found, ("pruned", 0.7), ("pruned", 0.8), ("complete", 0.949))
    laboratory.finals(study, "baseline", _scores(generator, 0.95))
    laboratory.finals(study, "best", _scores(generator, 0.966), number=1)
    base = np.array(_scores(generator, 0.948))
    arms = [baseline(*base.tolist(), parameters=421_642)]
    arms.append(Arm("noise floor", _scores(generator, 0.948), role="noise-floor", first_seed=500, parameters=421_642))
    for variant in SPACE.variants:
        noise = 0.002 * generator.standard_normal(SEEDS)
        scores = np.round(base + GAINS.get(variant.name, 0.0) + noise, 3).tolist()
        seconds, size = SECONDS.get(variant.name, 2.0), PARAMETERS.get(variant.name, 421_642)
        arms.append(Arm(variant.name, scores, seconds=seconds, parameters=size))
    ablate(laboratory, study, *arms)
    return study


def _scores(generator: np.random.Generator, mean: float) -> list[float]:
    found: list[float] = np.round(mean + 0.003 * generator.standard_normal(SEEDS), 3).tolist()
    return found
