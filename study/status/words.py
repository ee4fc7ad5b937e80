"""How far a study is, in a line."""

from __future__ import annotations

from study.status.details import Details
from study.task import Metric


def in_words(row: Details) -> str:
    """Return in a line how far a study is and what its best scores.

    Args:
        row: As `study.status.details.study_row` returns it.
    """
    metric = Metric.from_columns(row["metric"])
    told = []
    counted = [(row["search_trials"], row["search_target"], "search trials")]
    if row["epoch_budget"] is not None:
        told = [f"{row['search_trials']} search trials ({row['search_epochs']} of {row['epoch_budget']} epochs)"]
        counted = []
    counted += [(row["replicates"], row["replicate_target"], "replicates")]
    counted += [(row["ablation_trials"], row["ablation_target"], "ablation trials")]
    told += [f"{done} of {target} {what}" for done, target, what in counted if target]
    best = row["best_validation_score"]
    told += [] if best is None else [f"best validation {metric.label} {metric.show(best)}"]
    told += ["not all of --try was tried"] if row["not_tried"] else []
    return f"{row['study']}: {row['status']}, {', '.join(told)}"
