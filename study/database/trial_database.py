"""The trial database: what was planned, what ran, what came of it. Only it and `retries` write our tables.

One SQLAlchemy URL holds Optuna's tables and ours (`schema`). Nothing here imports Optuna: listing, showing and
reporting need our tables alone.
"""

from __future__ import annotations

from study.database.ablations import Ablations
from study.database.studies import Studies
from study.database.trials import Trials


class TrialDatabase(Studies, Ablations, Trials):
    """An open trial database. Every method is one short transaction."""
