"""How many examples a trial learns from, and what an example is called: where two figures meet, that is said."""

from __future__ import annotations

from collections.abc import Iterable

from reports import formatting as form
from reports.analysis.frames import Frames
from study.database import PlanRow
from study.trial import Phase


def noun(plans: Iterable[PlanRow]) -> str:
    """Return `image` where the data of all these studies are pictures, else `example`."""
    found = list(plans)
    return "image" if found and all(plan.spec.is_picture for plan in found) else "example"


def noun_of(frames: Frames) -> str:
    """Return what the examples of all studies in the report are called."""
    return noun(frames.plan_rows.values())


def learned_from(plan: PlanRow, phase: str) -> int:
    """Return from how many examples a trial of this phase learns: a replicate may from the validation split too."""
    return plan.final_examples if phase == Phase.REPLICATE else plan.train_examples


def counted(plan: PlanRow, phase: str) -> str:
    """Return from how many examples a trial of this phase learns, in words: `48,000 images`."""
    return form.count(learned_from(plan, phase), noun([plan]))
