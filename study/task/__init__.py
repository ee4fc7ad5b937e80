"""What is learned, by what it is scored, and what a model is told of its data. `predictions` alone knows numpy."""

from study.task.data import DataSpec, as_json, spec_from_json
from study.task.metrics import (
    COSTS,
    MISSING,
    OF_OWN,
    OWN,
    TASKS,
    Direction,
    Metric,
    Task,
    TaskName,
    Unit,
    metric_named,
    plain_number,
    spelled,
)

__all__ = [
    "COSTS",
    "MISSING",
    "OF_OWN",
    "OWN",
    "TASKS",
    "DataSpec",
    "Direction",
    "Metric",
    "Task",
    "TaskName",
    "Unit",
    "as_json",
    "metric_named",
    "plain_number",
    "spec_from_json",
    "spelled",
]
