"""What a study tries next. The only package that uses Optuna: in memory to decide, in the storage to show."""

from study.search.allowance import Allowance
from study.search.copies import Copy, copy_of
from study.search.history import Past
from study.search.mirror import Mirror, forget
from study.search.search import Search, Wish, quiet
from study.search.storage import lacks_ends
from study.search.tries import Try, follower, open_tries, tries_of
from study.search.turns import Turns

__all__ = [
    "Allowance",
    "Copy",
    "Mirror",
    "Past",
    "Search",
    "Try",
    "Turns",
    "Wish",
    "copy_of",
    "follower",
    "forget",
    "lacks_ends",
    "open_tries",
    "quiet",
    "tries_of",
]
