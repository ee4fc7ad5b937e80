"""The trial database, from its URL to its rows. Does not import Optuna: showing and reporting need our tables alone."""

from study.database.ownership import FOREIGN_OWNER_SECONDS, owner_alive, owner_name
from study.database.storage import BUSY_SECONDS, checkpoint_path, folder_of, parse_url, shown_url, weights_path
from study.database.trial_database import Row, TrialDatabase, now

__all__ = [
    "BUSY_SECONDS",
    "FOREIGN_OWNER_SECONDS",
    "Row",
    "TrialDatabase",
    "checkpoint_path",
    "folder_of",
    "now",
    "owner_alive",
    "owner_name",
    "parse_url",
    "shown_url",
    "weights_path",
]
