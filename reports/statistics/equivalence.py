"""Whether an effect is shown to be no larger than what matters."""

from __future__ import annotations

import math

from scipy import special


def equivalence_p(effect: float, variance: float, n: int, degrees: float, smallest: float) -> float:
    """Return the p that an effect is as large as `smallest`, in either direction.

    Two one-sided t tests, of which the larger p counts: both must say that the effect lies inside. Source: Schuirmann
    (1987).

    Args:
        effect: Mean of n differences.
        variance: Of a single difference.
        n: Differences.
        degrees: Degrees of freedom of the variance.
        smallest: The smallest effect that matters, above 0, in the unit of `effect`.

    Returns:
        Missing where the variance is unknown, or no difference varies.
    """
    if n < 2 or not variance > 0:
        return math.nan
    return float(special.stdtr(degrees, (abs(effect) - smallest) * math.sqrt(n / variance)))
