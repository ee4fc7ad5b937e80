"""The report: trial database -> frames -> statistics -> figures and tables -> one document -> Markdown and HTML.

Reads the database alone; imports neither torch nor Optuna.
"""

from reports.errors import ReportError
from reports.writing import write_report

__all__ = ["ReportError", "write_report"]
