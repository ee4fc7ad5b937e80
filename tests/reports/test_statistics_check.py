"""A small run of `benchmarks/statistics_check`: the verdicts keep their promise where the truth is known."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from benchmarks.statistics_check import simulation
from benchmarks.statistics_check.noises import RECORDED, SYMMETRIC, Noise, recorded
from benchmarks.statistics_check.rules import guarded_t, moderated_t, paired_t, sign_flip
from benchmarks.statistics_check.simulation import Cell
from reports.analysis.effects import effects_of
from reports.analysis.scores import METRIC
from reports.statistics import ALPHA, HELPS, HURTS

STUDIES = 300
NOISES = SYMMETRIC | recorded()


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.cases(4)
@pytest.mark.parametrize("seeds", [3, 6])
@pytest.mark.parametrize("noise", NOISES)
def test_false_claims_stay_within_the_promise(generator: np.random.Generator, noise: str, seeds: int) -> None:
    limit = simulation.upper(ALPHA, STUDIES)
    cell = Cell(NOISES[noise], 8, seeds, STUDIES)
    for half in (False, True):
        assert simulation.false_claims(cell, [guarded_t], generator, half=half)[0] <= limit < 0.1


def test_it_finds_with_three_seeds_what_the_sign_flip_cannot(generator: np.random.Generator) -> None:
    cell = Cell(NOISES["cnn on MNIST"], 8, 3, 100)
    ours, flips, plain = simulation.power(cell, [guarded_t, sign_flip, paired_t], generator, 6.0)
    assert flips == 0
    assert ours > 0.8
    assert ours > plain


def test_moderated_t_claims_too_much_where_spreads_differ(generator: np.random.Generator) -> None:
    """Why the report does not use it."""
    cell = Cell(SYMMETRIC["mixed"], 20, 3, STUDIES)
    ours, limma = simulation.false_claims(cell, [guarded_t, moderated_t], generator)
    assert ours <= simulation.upper(ALPHA, STUDIES) < limma


def test_looking_again_costs_less_than_it_did(generator: np.random.Generator) -> None:
    ours, naive = simulation.looking_again(Cell(SYMMETRIC["gaussian"], 1, 12, STUDIES), (3, 6, 9, 12), generator)
    assert ours <= simulation.upper(1.5 * ALPHA, STUDIES)
    assert naive > ours


def test_the_luck_of_a_search_is_in_the_interval_of_several(generator: np.random.Generator) -> None:
    ours, seeds_as_units = simulation.retuned(1.0, 3, 3, STUDIES, generator)
    assert ours <= simulation.upper(ALPHA, STUDIES) < seeds_as_units
    assert simulation.retuned(0.0, 1, 9, 10, generator)[0] == 0


def test_no_larger_effect_is_said_of_small_ones_alone(generator: np.random.Generator) -> None:
    wrong, right = simulation.equivalence(Cell(SYMMETRIC["gaussian"], 4, 9, 100), 3.0, generator)
    assert wrong <= simulation.upper(ALPHA, 100)
    assert right > 0.8


def test_the_intervals_hold_the_truth(generator: np.random.Generator) -> None:
    for noise in ("gaussian", "mixed"):
        ours, _ = simulation.coverage(Cell(SYMMETRIC[noise], 8, 3, STUDIES), generator)
        assert 0.93 < ours <= 1


@pytest.mark.parametrize("noise", ["gaussian", "ties"])
def test_the_simulated_rule_is_that_of_the_effects_table(generator: np.random.Generator, noise: str) -> None:
    """The tables of `docs/statistics.md` speak of the very numbers that a report shows."""
    variants, seeds = 4, 5
    scores = NOISES[noise](generator, variants + 2, seeds) + np.array([[0, 6, 0, -6, 0, 0]]).T
    table = effects_of(*frames_of(scores))
    gaps = scores[1:] - scores[0]
    p = guarded_t(gaps[:-1], gaps[-1:])
    shown = table[table["role"] == "variant"]
    assert shown["p_holm"].to_numpy() == pytest.approx(p)
    claimed = shown["verdict"].isin([HELPS, HURTS]).to_numpy()
    assert claimed.tolist() == (p <= ALPHA).tolist()
    assert claimed.any()


def frames_of(scores: npt.NDArray[np.float64]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns the arms and planned trials of a study whose last arm is its noise floor."""
    arm, seed = (axis.ravel() for axis in np.indices(scores.shape))
    about = {"study": "s", "ablation": "a", "setting": "fixed"}
    planned = pd.DataFrame({"arm": arm, "replicate": seed, "seed": seed, "score": scores.ravel(), **about})
    planned = planned.assign(trial=planned.index, end="complete", search=1, planned_at="2026", scored_at="2027")
    planned = planned.assign(
        validation_score=np.nan, seconds=1.0, machine="m", processor_seconds=np.nan, parameters=1.0
    )
    roles = ["baseline", *["variant"] * (len(scores) - 2), "noise-floor"]
    arms = pd.DataFrame({"arm": range(len(scores)), "role": roles, **about})
    arms["control"] = arms["arm"].where(arms["arm"] == 0, 0.0).where(arms["arm"] > 0)
    arms = arms.assign(**dict(zip(METRIC, ("mae", "mae", "number", "maximize"), strict=True)))
    arms = arms.assign(matched=None, step=np.nan, added_later=False).astype({"arm": float})
    return arms, planned.astype({"arm": float})


def test_what_was_recorded_is_real_trials_of_the_commands_beside_them() -> None:
    made = json.loads(RECORDED.read_text(encoding="utf-8"))
    assert made["scores"].keys() == made["commands"].keys()
    for name, values in made["scores"].items():
        assert len(values) == int(made["commands"][name][1].split("--replicates ")[1])
        assert all(0 < value < 1 for value in values)


def test_recorded_trials_are_drawn_without_replacement(generator: np.random.Generator) -> None:
    draw: Noise = recorded()["cnn on MNIST"]
    assert draw(generator, 12, 20).shape == (12, 20)
    with pytest.raises(ValueError, match="larger sample"):
        draw(generator, 30, 20)
