"""In what a study's baseline is not like the published training that it stands beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import formatting as form


def obstacles(plan: Mapping[Any, Any], reference: Mapping[str, Any], trained: int | None = None) -> list[str]:
    """Says in what a study's baseline differs from the published training.

    Args:
        plan: The plan's row.
        reference: The published numbers.
        trained: Epochs of the baseline's trainings; the plan's if there are none.
    """
    source = reference["source"]
    found = []
    if plan["dataset"] != reference["dataset"]:
        found.append(f"it was trained on {plan['dataset']}, {source} on {reference['dataset']}")
    domains = plan["definition"]["domains"]
    changed = [
        f"{name} = {form.setting(value)}"
        for name, value in plan["fixed"].items()
        if name not in domains or domains[name]["default"] != value
    ]
    if changed:
        found.append(f"its baseline was changed by {', '.join(changed)}")
    if not form.is_missing(plan["train_size"]):
        found.append(f"it was trained on a subset ({form.count(int(plan['train_size']), 'training image')})")
    epochs = plan["epochs"] if trained is None else trained
    if reference["epochs"] is not None and epochs != reference["epochs"]:
        found.append(f"it was trained for {form.count(epochs, 'epoch')}, {source} for {reference['epochs']}")
    return found
