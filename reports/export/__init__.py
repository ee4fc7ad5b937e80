"""A study as tables for other programs: every row that is stored of it, and what its ablations found.

Reads the database alone; imports neither torch nor Optuna.
"""

from reports.export.frames import export_tables
from reports.export.writing import FORMATS, Written, write_export

__all__ = ["FORMATS", "Written", "export_tables", "write_export"]
