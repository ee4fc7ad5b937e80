"""A small run of `benchmarks/statistics_check.py`: the verdicts keep their promise where the truth is known."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from reports.statistics import ALPHA, EXACT_PAIRS

STUDIES = 400


def load() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "statistics_check.py"
    specification = importlib.util.spec_from_file_location("statistics_check", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


check = load()


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    "noise",
    [
        "gaussian",
        "binomial",
        *(pytest.param(noise, marks=pytest.mark.slow) for noise in ("heavy_tailed", "shared", "unequal")),
    ],
)
def test_false_claims_stay_within_the_promise(generator: np.random.Generator, noise: str) -> None:
    found = check.false_positives(getattr(check, noise), generator, studies=STUDIES, seeds=9, variants=8)
    limit = check.upper(ALPHA, STUDIES)
    assert found["verdict"] <= found["Holm"] <= limit < 0.1
    assert found["uncorrected"] > limit  # what Holm is there for
    assert abs(found["coverage"] - 0.95) < 0.02


def test_a_large_effect_is_found_and_none_is_with_too_few_seeds(generator: np.random.Generator) -> None:
    effects = np.array([4.0, 0.0, 0.0])
    assert check.power(check.gaussian, generator, studies=100, seeds=10, effects=effects) > 0.95
    assert check.power(check.gaussian, generator, studies=100, seeds=6, effects=effects) == 0


def test_mcnemar_over_seeds_does_not_take_luck_for_an_effect(generator: np.random.Generator) -> None:
    found = check.mcnemar_false_positives(generator, studies=STUDIES, seeds=6, luck=0.2, overlap=0.4)
    assert found["the report's"] <= check.upper(ALPHA, STUDIES)
    assert found["images of all seeds pooled"] > 0.2


def test_the_luck_of_one_search_is_in_no_interval(generator: np.random.Generator) -> None:
    """The known limit that the page states of re-tuned arms."""
    none = check.retuned_false_claims(generator, studies=STUDIES, seeds=9, luck=0.0)
    some = check.retuned_false_claims(generator, studies=STUDIES, seeds=9, luck=1.0)
    assert none["verdict"] <= check.upper(ALPHA, STUDIES)
    assert some["verdict"] > 0.3
    assert some["coverage"] < 0.7 < 0.9 < none["coverage"]


def test_the_simulation_stays_in_the_exact_range() -> None:
    assert EXACT_PAIRS >= 20
