"""The surface that replays are drawn from: what each configuration's training is expected to say.

A Gaussian process for each score (its logarithm, so that what is expected is a median), whose noise is the variance
that two seeds of one configuration really have. It goes near what was recorded, and stands for configurations that were
not. It is a made truth, like the real one in its shape: a row that had a kind seed when it was recorded is a little
better here than it really is, and what lies between the rows is smoother. To a search that is all the same: the luck
of its own trainings is drawn anew, and none of it is part of the surface.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from benchmarks.search_speed.grid import LEVELS, SHAPE, SIZE

Floats = NDArray[np.float64]


def smoothed(scores: Floats, noise: Floats) -> Floats:
    """Return what is expected of every configuration of the grid, of every score.

    Args:
        scores: (rows, scores) logarithms of one seed's errors; NaN in rows that were not recorded.
        noise: (pairs, scores) differences of them between two seeds of a configuration.

    Returns:
        (rows, scores) logarithms.
    """
    inputs, recorded = _inputs(), np.isfinite(scores[:, 0])
    expected = np.empty_like(scores)
    for column in range(scores.shape[1]):
        known = scores[recorded, column]
        middle, spread = known.mean(), known.std()
        variance = noise[:, column].var() / 2 / spread**2  # of one seed; a difference has twice as much
        kernel = ConstantKernel() * Matern(np.ones(inputs.shape[1]), (0.1, 1e3), nu=1.5)
        process = GaussianProcessRegressor(kernel, alpha=variance)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound: that parameter hardly matters
            process.fit(inputs[recorded], (known - middle) / spread)
        expected[:, column] = middle + spread * process.predict(inputs)
    return expected


def _inputs() -> Floats:
    """Return (rows, dimensions): the places of a row's levels; one dimension for each choice that has no order."""
    places = np.array(np.unravel_index(np.arange(SIZE), SHAPE)).T
    unordered = list(LEVELS).index("schedule")
    kinds = np.eye(SHAPE[unordered])[places[:, unordered]]
    return np.hstack([np.delete(places, unordered, axis=1), kinds])
