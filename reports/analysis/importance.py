"""Which hyperparameters matter for the validation score, and how it depends on them: a random forest, held out.

Stricter than reading importances off a model fitted to all trials, as fANOVA does: what the forest cannot predict for
trials that it has not seen, it does not explain, and then nothing is said of what matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from reports.analysis.configurations import searched_trials, tuned
from reports.analysis.frames import Frames

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestRegressor

MOST_STUDIES = 4
MOST_TRIALS = 300
"""A forest learns little more from more, and takes longer."""
LEAST_EXPLAINED = 0.1
"""Held-out R^2 under which the forest has learnt too little to say what matters."""
SEEDS, FOLDS = 5, 3
"""The trials are cut into folds anew for each seed."""
MOST_IMPORTANT = 2
"""Hyperparameters of a study whose dependence is told."""
_TREES = 30
_REPEATS = 3
_MOST_PLACES = 16
"""Of a hyperparameter's values at which the dependence is told."""
_MOST_AVERAGED = 100
"""Trials over which it is averaged."""
_OUT_OF_USE = -1.0
"""Below every value once values are ranked, so that a tree can part what is not in use from what is."""

Matrix = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """A forest that was fitted without the trials of one fold."""

    seed: int
    forest: RandomForestRegressor
    held: npt.NDArray[np.bool_]
    """Shape (trials,): those of the fold."""


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """What the forests of one study learnt."""

    importance: pd.DataFrame
    """`hyperparameter, seed, importance`: the rise of the held-out squared error of a trial's rank when the
    hyperparameter's values are exchanged among the trials that use it, as a fraction of the ranks' variance; the mean
    over the seed's folds."""
    dependence: pd.DataFrame
    """Of the most important ones, `hyperparameter, forest, position, beaten`: the fraction of trials that a forest
    expects a trial to beat, were the hyperparameter at `position` (as in `complete_trials`) in all that use it. Empty
    where too little is explained."""
    explained: float
    """Held-out R^2, the mean over the seeds."""
    trials: int
    """Complete ones behind it."""

    @property
    def enough(self) -> bool:
        """Whether the forest has learnt enough to say what matters."""
        return self.explained >= LEAST_EXPLAINED


@lru_cache(maxsize=1)
def explanations(frames: Frames) -> Mapping[str, Explanation]:
    """Return what explains the scores of each study with enough trials, by study; of the leading studies alone."""
    import sklearn

    found = {}
    for plan, trials in searched_trials(frames, MOST_STUDIES):
        if len(trials) > MOST_TRIALS:
            trials = trials.sample(MOST_TRIALS, random_state=0)
        names = [name for name in tuned(plan) if _varies(trials[name])]
        if names and _varies(trials["score"]):
            # The numbers are checked here, not by each tree again.
            with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
                found[plan.study] = _explained(trials[names], plan.metric.sign * trials["score"])
    return found


def _varies(values: pd.Series) -> bool:
    return len(values.drop_duplicates()) > 1


def _explained(values: pd.DataFrame, merit: pd.Series) -> Explanation:
    hyperparameters = values.rank(pct=True).fillna(_OUT_OF_USE).to_numpy(dtype=np.float64)
    ranks = merit.rank(pct=True).to_numpy(dtype=np.float64)
    generator = np.random.default_rng(0)
    folds = [fold for seed in range(SEEDS) for fold in _fitted(hyperparameters, ranks, seed, generator)]
    importance = pd.DataFrame(
        [_importance(fold, hyperparameters, ranks, generator) for fold in folds], columns=values.columns
    )
    seeds = pd.Index([fold.seed for fold in folds], name="seed")
    importance = importance.groupby(seeds).mean()
    explained = float(np.mean([_predicted(folds, seed, hyperparameters, ranks) for seed in range(SEEDS)]))
    first = importance.mean().sort_values(ascending=False, kind="stable").index[:MOST_IMPORTANT]
    parts = [_dependence(folds, values, hyperparameters, name) for name in first if explained >= LEAST_EXPLAINED]
    return Explanation(
        importance=importance.reset_index().melt(id_vars="seed", var_name="hyperparameter", value_name="importance"),
        dependence=pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(),
        explained=explained,
        trials=len(values),
    )


def _fitted(hyperparameters: Matrix, ranks: Matrix, seed: int, generator: np.random.Generator) -> list[Fold]:
    from sklearn.ensemble import RandomForestRegressor

    numbers = generator.permutation(len(ranks)) % FOLDS  # (trials,)
    folds = []
    for number in range(FOLDS):
        held = numbers == number
        settings: dict[str, Any] = {"min_samples_leaf": 2, "max_features": 0.5, "n_jobs": 1}
        forest = RandomForestRegressor(_TREES, random_state=seed * FOLDS + number, **settings)
        folds.append(Fold(seed, forest.fit(hyperparameters[~held], ranks[~held]), held))
    return folds


def _importance(fold: Fold, hyperparameters: Matrix, ranks: Matrix, generator: np.random.Generator) -> Matrix:
    """Return the importances (hyperparameters,) by one fold."""
    truth, seen = ranks[fold.held], hyperparameters[fold.held]
    error = np.square(fold.forest.predict(seen) - truth).mean()
    exchanged = _exchanged(seen, generator)  # (hyperparameters * repeats, held, hyperparameters)
    guesses = fold.forest.predict(exchanged.reshape(-1, seen.shape[1])).reshape(len(exchanged), -1)
    errors = np.square(guesses - truth).mean(axis=1).reshape(-1, _REPEATS).mean(axis=1)  # (hyperparameters,)
    rise: Matrix = (errors - error) / (ranks.var() or 1.0)
    return rise


def _predicted(folds: list[Fold], seed: int, hyperparameters: Matrix, ranks: Matrix) -> float:
    """Return the held-out R^2 of one seed."""
    guesses = np.zeros(len(ranks))
    for fold in folds:
        if fold.seed == seed:
            guesses[fold.held] = fold.forest.predict(hyperparameters[fold.held])
    return 1 - float(np.square(guesses - ranks).mean()) / (float(ranks.var()) or 1.0)


def _exchanged(hyperparameters: Matrix, generator: np.random.Generator) -> Matrix:
    """Return copies of the trials, each with one hyperparameter's values exchanged among those that use it."""
    copies = np.repeat(hyperparameters[None], hyperparameters.shape[1] * _REPEATS, axis=0)
    for number, copy in enumerate(copies):
        column = number // _REPEATS
        used = np.flatnonzero(copy[:, column] != _OUT_OF_USE)
        copy[used, column] = copy[generator.permutation(used), column]
    return copies


def _dependence(folds: list[Fold], values: pd.DataFrame, hyperparameters: Matrix, name: str) -> pd.DataFrame:
    """Return the partial dependence (Friedman 2001) by each forest, at values that trials have."""
    column = values.columns.get_loc(name)
    used = np.flatnonzero(hyperparameters[:, column] != _OUT_OF_USE)
    _, firsts = np.unique(hyperparameters[used, column], return_index=True)
    places = np.unique(np.linspace(0, len(firsts) - 1, min(len(firsts), _MOST_PLACES)).round().astype(int))
    chosen = used[firsts[places]]  # a trial at each of the values
    averaged = used[:: -(-len(used) // _MOST_AVERAGED)]
    grid = np.repeat(hyperparameters[averaged][None], len(chosen), axis=0)  # (places, trials, hyperparameters)
    grid[:, :, column] = hyperparameters[chosen, column][:, None]
    flat = grid.reshape(-1, grid.shape[2])
    parts = [
        pd.DataFrame(
            {
                "hyperparameter": name,
                "forest": number,
                "position": values[name].to_numpy()[chosen],
                "beaten": fold.forest.predict(flat).reshape(len(chosen), -1).mean(axis=1),
            }
        )
        for number, fold in enumerate(folds)
    ]
    return pd.concat(parts, ignore_index=True)
