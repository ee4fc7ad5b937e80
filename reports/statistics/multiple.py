"""Many variants, one claim: Holm's correction, so that the chance of any false verdict in a family stays bounded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from statsmodels.stats.multitest import multipletests

from reports.statistics.intervals import ALPHA
from reports.statistics.paired import smallest_p


def holm(p: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Returns the Holm-adjusted p of one family, valid under any dependence; missing where p is.

    A missing p counts as 1: a variant that is planned and not trained yet belongs to the family from the start.

    Source: Holm (1979), by way of `statsmodels.stats.multitest.multipletests`.
    """
    given = np.asarray(p, dtype=float)  # (variants,)
    if given.size == 0:
        return given
    adjusted: npt.NDArray[np.float64] = multipletests(np.nan_to_num(given, nan=1.0), alpha=ALPHA, method="holm")[1]
    return np.where(np.isnan(given), np.nan, adjusted)


def smallest_holm_p(pairs: int, variants: int) -> float:
    """Returns the smallest Holm-adjusted p that so many pairs can give to the first of so many variants."""
    return min(1.0, max(variants, 1) * smallest_p(pairs))
