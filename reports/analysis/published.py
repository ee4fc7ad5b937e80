"""The published results of a study's baseline, and in what its trials are not like the published training."""

from __future__ import annotations

from typing import Any

from reports import formatting as form
from reports.analysis.examples import noun
from reports.analysis.frames import Frames
from study.database import PlanRow
from study.status.published import published_results


def published(frames: Frames) -> list[tuple[PlanRow, dict[str, Any]]]:
    """Return the plans that have published results for their data set, each with these."""
    pairs = [(plan, published_results(plan)) for plan in frames.plan_rows.values()]
    return [(plan, results) for plan, results in pairs if results is not None]


def differences_from_published(
    plan: PlanRow, source: str, published_epochs: int | None, trained: int | None = None
) -> list[str]:
    """Return in what a study's baseline differs from a published training on the same data set, a clause each.

    Args:
        plan: The study's.
        source: Who published.
        published_epochs: How long the published network was trained; None if that is not known.
        trained: Epochs of the baseline's trials; the plan's if there are none.
    """
    found = []
    domains = plan.definition["domains"]
    changed = [
        f"{name} = {form.value(value)}"
        for name, value in plan.fixed.items()
        if name not in domains or domains[name]["default"] != value
    ]
    if changed:
        found.append(f"its baseline was changed by {', '.join(changed)}")
    if plan.train_size is not None:
        found.append(f"it was trained on a subset ({form.count(plan.train_size, f'training {noun([plan])}')})")
    epochs = plan.epochs if trained is None else trained
    if published_epochs is not None and epochs != published_epochs:
        found.append(f"it was trained for {form.count(epochs, 'epoch')}, {source} for {published_epochs}")
    return found
