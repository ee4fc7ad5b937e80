"""Writes a table of scikit-learn's: ten measurements of 442 patients, and how their diabetes progressed in a year.

python examples/diabetes.py diabetes.csv
python -m study run mlp --dataset diabetes.csv --target progression --trials 10 --epochs 30
"""

import sys
from pathlib import Path

from sklearn.datasets import load_diabetes


def make(file: Path) -> None:
    """Write the table, a row a patient."""
    table = load_diabetes(as_frame=True, scaled=False).frame
    table["sex"] = table["sex"].map({1.0: "first", 2.0: "second"})  # the source does not say which is which
    table.rename(columns={"target": "progression"}).to_csv(file, index=False)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
