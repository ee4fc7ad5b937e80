"""Many variants, one claim: Holm's correction, so that the chance of any false verdict in a family stays bounded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def holm(p: npt.ArrayLike, *, further: int = 0) -> npt.NDArray[np.float64]:
    """Return the Holm-adjusted p of one family, valid under any dependence; missing where p is.

    A missing p counts as 1: a variant that is planned and not trained yet belongs to the family from the start.

    Source: Holm (1979). `statsmodels.stats.multitest.multipletests` gives the same numbers (a test holds it), but
    collects garbage at every call, 70 ms of it.

    Args:
        p: Of the family's tests.
        further: Tests that the family has beside these, none of which has a p yet.
    """
    given = np.asarray(p, dtype=float)  # (tests,)
    order = np.argsort(np.where(np.isnan(given), 1.0, given), kind="stable")
    steps = np.where(np.isnan(given), 1.0, given)[order] * np.arange(given.size + further, further, -1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return np.where(np.isnan(given), np.nan, adjusted)
