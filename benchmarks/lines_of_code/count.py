"""How many lines make a study of a script: here, with Optuna and with Ray Tune; and what each then gives.

    python benchmarks/lines_of_code/count.py

`script.py` trains, validates and tests one network by a loop of its own. `as_study.py`, `with_optuna.py` and
`with_ray_tune.py` tune the same five hyperparameters of it, begin with the defaults, stop trials that fall behind, go
on after an interruption, and score the best and the defaults on the test split by three seeds each. Lines are compared
by difflib; blank ones do not count.
"""

from __future__ import annotations

import difflib
from pathlib import Path

FOLDER = Path(__file__).parent
WAYS = {"this program": "as_study.py", "Optuna": "with_optuna.py", "Ray Tune": "with_ray_tune.py"}
GIVEN = {
    "a killed trial ends bit-equal": ("yes", "no: it begins anew", "no: its random numbers begin again"),
    "seeds paired between best, defaults and variants": ("yes", "by hand, as there", "by hand, as there"),
    "variants against the baseline, with interval and verdict": ("`ablate`", "no", "no"),
    "the test split only in planned final trials": ("yes", "by one's own care", "by one's own care"),
    "an exception in one trial": ("that trial failed", "the search stops", "that trial failed"),
    "a report": ("one page", "plots of the search", "no"),
    "trials beside each other": ("a worker a core or GPU", "several processes by hand", "also on several machines"),
}
"""What is had of each way as it is written in its file."""


def changed(name: str) -> tuple[int, int]:
    """Return how many lines a file has that the script has not, and the other way round."""
    before, after = ((FOLDER / file).read_text(encoding="utf-8").splitlines() for file in ("script.py", name))
    lines = [line for line in difflib.ndiff(before, after) if line[2:].strip()]
    return sum(line.startswith("+ ") for line in lines), sum(line.startswith("- ") for line in lines)


def table() -> str:
    """Return the table as Markdown."""
    counted = [changed(name) for name in WAYS.values()]
    rows = [
        ("", *WAYS),
        ("---", *("---" for _ in WAYS)),
        ("lines added to the script", *(str(added) for added, _ in counted)),
        ("lines of it that went", *(str(gone) for _, gone in counted)),
        *((what, *given) for what, given in GIVEN.items()),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    print(table())
