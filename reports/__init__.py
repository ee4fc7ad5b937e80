"""The report: trial database -> frames -> statistics -> figures and tables -> one document -> Markdown, HTML and LaTeX.

Reads the database alone; imports neither torch nor Optuna.
"""

from reports.errors import ReportError
from reports.writing import FORMATS, write_report

__all__ = ["FORMATS", "ReportError", "write_report"]
