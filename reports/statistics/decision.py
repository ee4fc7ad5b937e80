"""The verdict on a variant: the one place that says `helps`, and so the one that is strict about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reports.statistics.intervals import ALPHA
from reports.statistics.multiple import smallest_holm_p
from reports.statistics.power import seeds_for_holm
from study.design import Design

HELPS = "helps"
HURTS = "hurts"
NO_EVIDENCE = "no evidence"
EQUIVALENT = "no larger effect"
"""Than the smallest effect of interest, which stands beside it."""
INCONCLUSIVE = "inconclusive"
"""Followed by the number of seeds, `inconclusive (4 seeds)`."""
ALL_VERDICTS = (HELPS, HURTS, EQUIVALENT, NO_EVIDENCE, INCONCLUSIVE)


class Advice(StrEnum):
    """What a verdict means for who has to choose."""

    ADOPT = "Adopt"
    DONT = "Don't"
    UNPROVEN = "Unproven"


def advice(verdict: str | None, design: str) -> Advice:
    """Return what follows from a verdict on an arm.

    Args:
        verdict: Of `ALL_VERDICTS`; None of a control.
        design: Of its ablation. In a leave-one-out ablation the arm lacks the part, so a part whose absence hurts is
            the one to adopt.
    """
    says = {HELPS: Advice.ADOPT, HURTS: Advice.DONT, EQUIVALENT: Advice.DONT}
    if design == Design.LEAVE_ONE_OUT:
        says |= {HELPS: Advice.DONT, HURTS: Advice.ADOPT}
    return says.get(verdict or "", Advice.UNPROVEN)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on."""

    n: int
    """Pairs of complete trials."""
    variants: int
    """Size of the family that Holm's correction runs over."""
    low: float
    high: float
    """Bounds of the effect's interval, turned by `better_side`; missing with fewer than two pairs."""
    p_holm: float
    planned: int
    """Trials of the arm."""
    diverged: int = 0
    failed: int = 0
    unfinished: int = 0
    """Of the arm; `failed` counts pruned ones too."""
    control_lost: int = 0
    """Seeds on which the control diverged, failed or was pruned."""
    control_unfinished: int = 0


def better_side(low: float, high: float, sign: float) -> tuple[float, float]:
    """Return an interval turned so that what lies above 0 is better.

    Args:
        low: Lower bound of a difference of scores.
        high: Its upper bound.
        sign: That of the metric: -1 where a lower score is better.
    """
    return (low, high) if sign > 0 else (-high, -low)


def decide(given: Evidence) -> tuple[str, str]:
    """Return the verdict and, where it needs one, its reason.

    `helps` and `hurts` need a Holm-adjusted p of at most ALPHA and an interval without 0. A seed without a pair is
    not ignored: `helps` needs all of them, `hurts` all but those that the arm itself lost, which cannot speak for it.
    While a trial is unfinished there is no verdict, or every look at a running study would be a further test.
    """
    inconclusive = f"{INCONCLUSIVE} ({given.n} seed{'' if given.n == 1 else 's'})"
    if given.unfinished or given.control_unfinished or not given.planned:
        return inconclusive, _waiting(given)
    lost = _lost(given)
    if given.p_holm <= ALPHA and given.high < 0 and not given.control_lost:
        return HURTS, lost
    if given.p_holm <= ALPHA and given.low > 0 and not lost:
        return HELPS, ""
    if lost:
        return inconclusive, lost
    if smallest_holm_p(given.n, given.variants) > ALPHA:
        return inconclusive, f"needs at least {seeds_for_holm(given.variants)}"
    return NO_EVIDENCE, ""


def _waiting(given: Evidence) -> str:
    if not given.planned:
        return "no trial is planned yet"
    if given.unfinished:
        return f"{given.unfinished} of {given.planned} trials unfinished"
    return f"{given.control_unfinished} of {given.planned} trials of its control unfinished"


def _lost(given: Evidence) -> str:
    ends = ((given.diverged, "diverged"), (given.failed, "failed"))
    parts = [f"{number} of {given.planned} seeds {word}" for number, word in ends if number]
    if given.control_lost:
        parts.append(f"its control lost {given.control_lost} of {given.planned}")
    return ", ".join(parts)
