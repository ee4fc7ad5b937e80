"""How many examples a trial learns from, and what an example is called: where two figures meet, that is said."""

from __future__ import annotations

from collections.abc import Iterable

from reports import formatting as form
from reports.analysis.frames import Frames
from study.database import PlanRow
from study.trial import Phase


def noun(plans: Iterable[PlanRow]) -> str:
    """Return `image` where the data of all these studies are pictures, as far as they are known, else `example`."""
    found = [plan for plan in plans if not plan.loads_own_data]
    return "image" if found and all(plan.spec.is_picture for plan in found) else "example"


def noun_of(frames: Frames) -> str:
    """Return what the examples of all studies in the report are called."""
    return noun(frames.plan_rows.values())


def data_names(frames: Frames) -> dict[str, str]:
    """Return study -> what to call its data: no two models that load their own are taken to have the same."""
    return {
        study: f"{plan.space}'s data" if plan.loads_own_data else plan.dataset
        for study, plan in frames.plan_rows.items()
    }


def learned_from(plan: PlanRow, phase: str) -> int | None:
    """Return from how many examples a trial of this phase learns; None where its model loads its own data.

    A replicate may learn from the validation split too.
    """
    if plan.loads_own_data:
        return None
    return plan.final_examples if phase == Phase.REPLICATE else plan.train_examples


def counted(plan: PlanRow, phase: str) -> str:
    """Return from how many examples a trial of this phase learns, in words: `48,000 images`; nothing if unknown."""
    examples = learned_from(plan, phase)
    return "" if examples is None else form.count(examples, noun([plan]))


def learned(plan: PlanRow, phase: str, before: str = "") -> str:
    """Return `learned from 48,000 images`, with what stands before it; nothing where that is not known."""
    examples = counted(plan, phase)
    return f"{before}learned from {examples}" if examples else ""
