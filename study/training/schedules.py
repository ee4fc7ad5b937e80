"""Learning-rate schedules. A new one is a function here, its line in `SCHEDULES`, and its name in `recipe.Schedule`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from study.recipe import Recipe, Schedule

ONE_CYCLE_RISE = 0.3
"""Fraction of the steps in which one-cycle climbs to its peak, from 1/25 of it (Smith & Topin, 2018)."""


def constant(done: float) -> float:
    """Return 1: every step has the highest learning rate.

    Args:
        done: Fraction of the training's steps that lie behind, in [0, 1).
    """
    return 1.0


def cosine(done: float) -> float:
    """Return half a cosine, from 1 down to 0 (Loshchilov & Hutter, 2017).

    Args:
        done: Fraction of the training's steps that lie behind, in [0, 1).
    """
    return (1 + math.cos(math.pi * done)) / 2


def one_cycle(done: float) -> float:
    """Return a linear rise from 1/25 to 1, then half a cosine down to 0 (Smith & Topin, 2018).

    Args:
        done: Fraction of the training's steps that lie behind, in [0, 1).
    """
    if done < ONE_CYCLE_RISE:
        return 1 / 25 + (24 / 25) * done / ONE_CYCLE_RISE
    return (1 + math.cos(math.pi * (done - ONE_CYCLE_RISE) / (1 - ONE_CYCLE_RISE))) / 2


SCHEDULES: Mapping[Schedule, Callable[[float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "one-cycle": one_cycle,
}
"""Name -> function from the fraction of the steps that lie behind to the fraction of the highest learning rate."""


def learning_rate_at(recipe: Recipe, step: int, steps: int) -> float:
    """Return the learning rate of a step.

    Args:
        recipe: Its schedule and its highest learning rate.
        step: Counted from 0.
        steps: Steps of the whole training.
    """
    return recipe.learning_rate * SCHEDULES[recipe.schedule](step / steps)
