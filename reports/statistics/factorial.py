"""The contrasts of a full factorial design: each factor on average over the others, and each pair's interaction."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt


def contrasts(
    factors: Sequence[str], arms: Sequence[Collection[str]]
) -> tuple[list[tuple[str, ...]], npt.NDArray[np.float64]]:
    """Return the main effects and two-way interactions as weights of the arms.

    A main effect is the mean of the arms with the factor minus the mean of those without. An interaction of A and B
    is by how much adding A gains more with B than without B: (AB - B) - (A - neither), averaged over the rest.

    Args:
        factors: The k factors.
        arms: The factors in each of the 2^k arms.

    Returns:
        The factors of each contrast; the weights, (contrasts, arms). Both empty where the arms are not all 2^k.
    """
    signs = np.array([[1.0 if factor in arm else -1.0 for factor in factors] for arm in arms])  # (arms, k)
    wanted = {tuple(signs_of) for signs_of in itertools.product((-1.0, 1.0), repeat=len(factors))}
    if len(arms) != len(wanted) or {tuple(row) for row in signs.tolist()} != wanted or not factors:
        return [], np.empty((0, len(arms)))
    names: list[tuple[str, ...]] = [(factor,) for factor in factors]
    names += itertools.combinations(factors, 2)
    place = {factor: number for number, factor in enumerate(factors)}
    weights = np.stack([np.prod(signs[:, [place[factor] for factor in name]], axis=1) for name in names])
    # A main effect is a difference of two means over half the arms; an interaction of two over a quarter, twice.
    scale = np.array([2.0 ** len(name) for name in names]) / len(arms)
    return names, weights * scale[:, None]
