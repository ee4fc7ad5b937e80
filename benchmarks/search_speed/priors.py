"""A sampler that begins near the defaults and trusts them less and less: tried on the table, not in the product.

The mixture of PriorBand (Mallik et al., 2023) without its incumbents, for which the product's own sampler stands here:
a trial is drawn around the defaults with a probability that decays with its number, else by that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial

from study.plan import Plan
from study.search import samplers
from study.seeds import derive
from study.trial import Scalar

FIRST = 0.5
"""Probability that the first trial after the baseline is drawn around the defaults."""
DECAY = 0.97
"""By what it is multiplied from trial to trial."""
WIDTH = 0.2
"""Standard deviation around a default, as a fraction of its domain; a choice is the default half of the time."""


class Around(optuna.samplers.RandomSampler):
    """Draws around a configuration."""

    def __init__(self, seed: int, centre: Mapping[str, Scalar]) -> None:
        super().__init__(seed)
        self._generator = np.random.default_rng(seed)
        self._centre = centre

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:  # noqa: ANN401 - of the distribution's type
        """As Optuna's samplers do."""
        centre: Any = self._centre[param_name]
        if isinstance(param_distribution, CategoricalDistribution):
            if self._generator.random() < 0.5:
                return centre
            return super().sample_independent(study, trial, param_name, param_distribution)
        assert isinstance(param_distribution, FloatDistribution | IntDistribution)
        there = math.log if param_distribution.log else float
        back = math.exp if param_distribution.log else float
        low, high = there(param_distribution.low), there(param_distribution.high)
        drawn = float(np.clip(self._generator.normal(there(centre), WIDTH * (high - low)), low, high))
        if isinstance(param_distribution, FloatDistribution):
            return min(max(back(drawn), param_distribution.low), param_distribution.high)
        steps = round((back(drawn) - param_distribution.low) / param_distribution.step)
        return param_distribution.low + steps * param_distribution.step


def around(centre: Mapping[str, Scalar]) -> Any:  # noqa: ANN401 - has the type of make_sampler
    """Return what stands for `make_sampler`, for a search whose defaults are said to be `centre`."""

    def make_sampler(plan: Plan, number: int) -> optuna.samplers.BaseSampler:
        seed = derive(plan.method.seed, "sampler", number) % 2**32
        trusted = np.random.default_rng([seed, 1]).random() < FIRST * DECAY**number
        return Around(seed, centre) if trusted else samplers.make_sampler(plan, number)

    return make_sampler
