"""Which published results are about a stored study's data."""

from __future__ import annotations

from typing import Any

from study.database import PlanRow


def is_packaged(space_source: str) -> bool:
    """Return whether a stored study's space is one that comes with this program, not a user's own of the same name.

    Args:
        space_source: As stored: a name, a file, or `package.module:NAME`.
    """
    if space_source.endswith(".py"):
        return False
    return ":" not in space_source or space_source.startswith("search_spaces.")


def published_results(plan: PlanRow) -> dict[str, Any] | None:
    """Return the published results of a study's space if they are about the study's data set; else None.

    A space of this program publishes results on data sets that have a name in it: data of a user's own in a folder
    of that name are others. A published test score is compared with scores of its own metric alone.

    Args:
        plan: Its `definition`, `space_source`, `dataset`, `dataset_source` and metric count.

    Returns:
        The fields of `study.space.Published`; `test_score` is None where the study's metric is another.
    """
    published: dict[str, Any] | None = plan.definition.get("published")
    if not published or published["dataset"] != plan.dataset:
        return None
    if is_packaged(plan.space_source) and plan.dataset_source != plan.dataset:
        return None
    return published if published.get("metric") == plan.metric.name else {**published, "test_score": None}
