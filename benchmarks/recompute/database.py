"""The rows of a trial database as dictionaries, read with `sqlite3` and nothing else."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SEARCH, REPLICATE, ABLATE = "search", "replicate", "ablate"
COMPLETE = "complete"
LOST = ("pruned", "diverged", "failed")


@dataclass
class Stored:
    """What a trial database holds of its studies."""

    plans: list[Row]
    """Of studies, in the order in which they were planned; not of searches that re-tune an arm."""
    children: list[Row]
    """Plans of searches that re-tune an arm."""
    trials: dict[str, list[Row]]
    """Study -> its trials that count, in the order in which they were made."""
    epochs: dict[str, list[Row]]
    """Trial -> its epochs, in order."""
    tests: dict[str, Row]
    """Trial -> its look at the test split."""
    finals: list[Row]
    tried: list[Row]
    ablations: list[Row]
    arms: list[Row]
    """In the order in which they were planned."""
    planned: list[Row]
    changes: list[Row]
    """Of plans."""
    targets: dict[str, bytes]
    """Hash of a data set -> targets of its test split."""
    by_id: dict[str, Row] = field(default_factory=dict)

    def seconds(self, trial: str, column: str = "seconds") -> float:
        """Return how long a trial trained; nan where nobody measured it."""
        found = [row[column] for row in self.epochs.get(trial, [])]
        return sum(found) if found and None not in found else float("nan")

    def last_validation(self, trial: str) -> float:
        """Return a trial's last validation score, nan where it has none."""
        found = [row["validation_score"] for row in self.epochs.get(trial, []) if row["validation_score"] is not None]
        return found[-1] if found else float("nan")


def read(file: Path) -> Stored:
    """Read a database."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row

    def rows(sql: str) -> list[Row]:
        return [dict(row) for row in connection.execute(sql)]

    plans = [_decoded(row) for row in rows("SELECT * FROM plan ORDER BY created_at, study")]
    trials = [_decoded(row) for row in rows("SELECT * FROM trial WHERE stale_at IS NULL ORDER BY created_at, id")]
    epochs: dict[str, list[Row]] = defaultdict(list)
    for row in rows("SELECT * FROM epoch ORDER BY trial, epoch"):
        epochs[row["trial"]].append(_decoded(row))
    of_study: dict[str, list[Row]] = defaultdict(list)
    for row in trials:
        of_study[row["study"]].append(row)
    ablations = [_decoded(row) for row in rows("SELECT * FROM ablation ORDER BY created_at, name")]
    places = {(row["study"], row["name"]): place for place, row in enumerate(ablations)}
    order = {row["study"]: place for place, row in enumerate(plans)}
    arms = [_decoded(row) for row in rows("SELECT rowid, * FROM arm")]
    arms.sort(
        key=lambda row: (
            order[row["study"]],
            places[row["study"], row["ablation"]],
            row["planned_at"],
            row["position"],
            row["rowid"],
        )
    )
    stored = Stored(
        plans=[row for row in plans if row["parent"] is None],
        children=[row for row in plans if row["parent"] is not None],
        trials=of_study,
        epochs=epochs,
        tests={row["trial"]: _decoded(row) for row in rows("SELECT * FROM test_result")},
        finals=[_decoded(row) for row in rows("SELECT * FROM final ORDER BY planned_at, name")],
        tried=[_decoded(row) for row in rows("SELECT * FROM tried")],
        ablations=ablations,
        arms=arms,
        planned=rows("SELECT * FROM planned_trial ORDER BY study, ablation, setting, arm, search, replicate"),
        changes=rows("SELECT * FROM plan_change"),
        targets={row["dataset_hash"]: row["targets"] for row in rows("SELECT * FROM test_split")},
        by_id={row["id"]: row for row in trials},
    )
    connection.close()
    return stored


_JSON = ("definition", "baseline", "fixed", "configuration", "changes", "factors", "metrics", "metric_definitions")


def _decoded(row: Row) -> Row:
    return {
        name: json.loads(value) if name in _JSON and isinstance(value, str) and value[:1] in ("{", "[") else value
        for name, value in row.items()
    }


def metric_of(plan: Row) -> Row:
    """Return name, direction, unit and label of what ranks a study's trials."""
    name = plan["objective"].split(",")[0].partition(":")[0]
    return next(entry for entry in plan["metric_definitions"] if entry["name"] == name)


def sign_of(plan: Row) -> int:
    """Return 1 where a higher score is better, -1 where a lower one is."""
    return 1 if metric_of(plan)["direction"] == "maximize" else -1


def scale_of(plan: Row) -> int:
    """Return what a difference is multiplied by to be shown: 100 of a fraction."""
    return 100 if metric_of(plan)["unit"] == "fraction" else 1
