"""The report: trial database -> frames -> statistics -> figures and tables -> one document -> Markdown, HTML and LaTeX.

Reads the database alone; imports neither torch nor Optuna. What the package offers is imported when it is asked for:
who wants a rule of `reports.statistics` alone does not wait for what draws.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.errors import ReportError
    from reports.writing import FORMATS, write_report

__all__ = ["FORMATS", "ReportError", "write_report"]
_PLACES = {"FORMATS": "reports.writing", "ReportError": "reports.errors", "write_report": "reports.writing"}


if not TYPE_CHECKING:  # who checks types sees the names that there are, and no others

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_PLACES[name]), name)
