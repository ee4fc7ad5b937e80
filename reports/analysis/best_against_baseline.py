"""The best configuration's replicates against the baseline's, seed by seed."""

from __future__ import annotations

import pandas as pd

from reports.analysis.answered import variance_floors
from reports.analysis.frames import Frames
from reports.analysis.once import once
from reports.analysis.selection import complete_replicates
from reports.statistics import paired_differences, pairs_of_replicates


@once
def best_against_baseline(frames: Frames) -> pd.DataFrame:
    """Return for each study with a pair of replicates by how much its best differs from the baseline.

    Returns:
        `study`, `n`, `difference`, `low`, `high` (as scores are stored), `p`, `sign_flip_p`, `verdict` (in words).
    """
    pairs = pairs_of_replicates(complete_replicates(frames))
    signs = {study: plan.metric.sign for study, plan in frames.plan_rows.items()}
    return paired_differences(pairs, signs, variance_floors(frames, pairs, ["study"], frames.predictions))
