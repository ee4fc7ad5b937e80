"""Computes every number of a report again, from the SQLite file alone, and counts the disagreements.

    python -m benchmarks.recompute runs/studies.db [REPORT]

`sqlite3`, NumPy and SciPy read and compute here, and none of this project's code. Without REPORT, a folder that
`report` wrote, one is written first. Compared are the files `tables/*.csv`, the cells of the tables in `report.html`,
and what `best --json` and `show --ablation --json` print. The status is 1 where anything disagrees.
"""
