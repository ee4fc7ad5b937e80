"""The verdict on a variant: the one place that says `helps`, and so the one that is strict about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reports.statistics.intervals import ALPHA
from study.design import Design

HELPS = "helps"
HURTS = "hurts"
NO_EVIDENCE = "no evidence"
EQUIVALENT = "no larger effect"
"""Than the smallest effect of interest, which stands beside it."""
INCONCLUSIVE = "inconclusive"
"""Followed by the number of seeds, `inconclusive (4 seeds)`."""
ALL_VERDICTS = (HELPS, HURTS, EQUIVALENT, NO_EVIDENCE, INCONCLUSIVE)

LEAST_SEEDS = 3
"""Of pairs, for any verdict: the fewest for which the rule's errors were measured."""
LEAST_SEARCHES = 3
"""Of searches for each variant and control, for a verdict on re-tuned ones."""
NEEDS = "needs at least "
"""Begins the reason where there are too few seeds, or searches, for any verdict."""
_SMALL = "by less than the smallest effect that matters"


class Advice(StrEnum):
    """What a verdict means for who has to choose."""

    ADOPT = "Adopt"
    DONT = "Don't"
    UNPROVEN = "Unproven"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verdict rests on."""

    n: int
    """Pairs of complete trials."""
    merit: float
    """The mean difference, turned so that above 0 is better; missing without a pair."""
    p_holm: float
    planned: int
    """Trials of the arm."""
    level: float = ALPHA
    """What the p is compared with: less than ALPHA where seeds were added after a look."""
    p_equivalence: float = 1.0
    """Adjusted p that the effect is as large as what matters; 1 or missing where nobody said what matters."""
    searches: int | None = None
    """That re-tuned the arm; None where nothing was re-tuned."""
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


def decide(given: Evidence) -> tuple[str, str]:
    """Return the verdict and, where it needs one, its reason.

    `helps` and `hurts` need a Holm-adjusted p of at most the level. A seed without a pair is not ignored: `helps` and
    `no larger effect` need all of them, `hurts` all but those that the arm itself lost, which cannot speak for it.
    While a trial is unfinished there is no verdict, or every look at a running study would be a further test.
    """
    inconclusive = f"{INCONCLUSIVE} ({given.n} seed{'' if given.n == 1 else 's'})"
    if given.unfinished or given.control_unfinished or not given.planned:
        return inconclusive, _waiting(given)
    lost = _lost(given)
    if few := _too_few(given):
        return inconclusive, lost or few
    found, small = given.p_holm <= given.level, given.p_equivalence <= given.level
    if found and given.merit < 0 and not given.control_lost:
        return HURTS, lost or (_SMALL if small else "")
    if lost:
        return inconclusive, lost
    if found and given.merit > 0:
        return HELPS, _SMALL if small else ""
    return (EQUIVALENT if small else NO_EVIDENCE), ""


def _too_few(given: Evidence) -> str:
    if given.searches is not None and given.searches < LEAST_SEARCHES:
        return f"{NEEDS}{LEAST_SEARCHES} searches"
    return f"{NEEDS}{LEAST_SEEDS} seeds" if given.n < LEAST_SEEDS else ""


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
