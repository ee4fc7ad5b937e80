"""Tables that headline, claims, suggestions and sections all ask for: of the frames in hand they are computed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps

import pandas as pd

from reports.analysis.frames import Frames

Compute = Callable[[Frames], pd.DataFrame]


def once(compute: Compute) -> Compute:
    """Return the function with its last result kept; each caller gets a copy that shares the values until it writes."""
    kept = lru_cache(maxsize=1)(compute)

    @wraps(compute)
    def found(frames: Frames) -> pd.DataFrame:
        return kept(frames).copy(deep=False)

    return found
