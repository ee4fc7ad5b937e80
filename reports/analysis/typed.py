"""Frames whose columns keep their types where rows are lacking: the one place that puts parts under each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

Types = Mapping[str, str]
"""Column -> type of pandas. `Int64` is a whole number that may be missing; `int64` one that never is."""


def typed(frame: pd.DataFrame, types: Types) -> pd.DataFrame:
    """Return the frame with those of its columns in their types, whatever an empty or all-missing column became.

    Pandas gives an empty column the type `object` (from a query) or `float64` (from a list), a whole number beside a
    missing one `float64`, and a truth value beside a missing one `object`. What reads the column next then meets a
    class number 3.0, or a mask that is none.
    """
    found = frame.dtypes
    others = {column: kind for column, kind in types.items() if column in found.index and found[column] != kind}
    return frame.astype(others) if others else frame.copy(deep=False)


def stacked(parts: Iterable[pd.DataFrame], types: Types) -> pd.DataFrame:
    """Put parts under each other, row numbers from 0.

    Args:
        parts: Frames with the columns of `types`; each may be empty, and there may be none.
        types: The columns of the result, in order; what else a part has is left out.
    """
    filled = [part[list(types)] for part in parts if len(part)]
    whole = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(types))
    return typed(whole, types)
