"""Learning-rate schedules. A new one is a function here, its line in `SCHEDULES`, and its name in `recipe.Schedule`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from study.recipe import Schedule

ONE_CYCLE_RISE = 0.3
"""Fraction of the steps in which one-cycle climbs to its peak, from 1/25 of it (Smith & Topin, 2018)."""
WARMUP = 1 / 20
"""Fraction of the steps in which warmup-cosine climbs to its peak."""
WARMUP_START = 1 / 100
"""Of the peak: the learning rate of its first step, which with 0 would learn nothing."""


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


def warmup_cosine(done: float) -> float:
    """Return a linear rise from 1/100 to 1 in the first twentieth, then half a cosine down to 0.

    The rise of Goyal et al. (2017), who warm up for 5 of 90 epochs, before the fall of Loshchilov & Hutter (2017).

    Args:
        done: Fraction of the training's steps that lie behind, in [0, 1).
    """
    if done < WARMUP:
        return WARMUP_START + (1 - WARMUP_START) * done / WARMUP
    return (1 + math.cos(math.pi * (done - WARMUP) / (1 - WARMUP))) / 2


SCHEDULES: Mapping[Schedule, Callable[[float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "one-cycle": one_cycle,
    "warmup-cosine": warmup_cosine,
}
"""Name -> function from the fraction of the steps that lie behind to the fraction of the highest learning rate."""


def factor_at(schedule: Schedule, step: int, steps: int) -> float:
    """Return the fraction of its highest learning rate that each group of parameters has in a step.

    Args:
        schedule: The recipe's.
        step: Counted from 0.
        steps: Steps of the whole training.
    """
    return SCHEDULES[schedule](step / steps)
