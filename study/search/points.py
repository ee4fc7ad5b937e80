"""What is tried before a sampler is asked: the baseline, the starts of the space, and of a grid every point."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from study.plan import Plan
from study.search.grid import grid, untried
from study.search.parameters import completed, given_values, tuned
from study.seeds import derive
from study.trial import Scalar, Trial, fingerprint


class Points:
    """The points of a search, of which none is tried twice."""

    def __init__(self, plan: Plan, begun: Sequence[Trial]) -> None:
        """Begin after some trials.

        Args:
            plan: The study.
            begun: Trials of its search, whose points are not tried again.
        """
        self._plan = plan
        self._tried = {fingerprint(tuned(plan, trial.configuration)) for trial in begun}
        self._points = points_left(plan, self._tried)
        self.ahead = next(self._points, None)
        """The next one; None where there is none."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left of a grid."""
        return self._plan.method.sampler == "grid" and self.ahead is None

    def took(self, trial: Trial) -> None:
        """Take note of a trial that begins, by whoever's wish: its point is not tried again."""
        self._tried.add(fingerprint(tuned(self._plan, trial.configuration)))
        if self.ahead is not None and fingerprint(self.ahead) in self._tried:
            self.ahead = next(self._points, None)


def points_left(plan: Plan, tried: Container[str]) -> Iterator[dict[str, Scalar]]:
    """Yield the points of a search that were not tried, in the order in which they are.

    Args:
        plan: The study.
        tried: Fingerprints of tuned values, looked at for each point when it is its turn.
    """
    return untried(_points(plan), tried)


def starts_of(plan: Plan) -> list[dict[str, Scalar]]:
    """Return the starts of a plan's space as every tuned parameter that is in force, each once; none is the baseline.

    What a plan fixes is as it is there, whatever a start says.
    """
    found = (completed(plan, given_values(plan, start)) for start in plan.space.starts)
    by_print = {fingerprint(start): start for start in found}
    by_print.pop(fingerprint(tuned(plan, plan.baseline)), None)
    return list(by_print.values())


def _points(plan: Plan) -> Iterator[dict[str, Scalar]]:
    yield tuned(plan, plan.baseline)
    yield from starts_of(plan)
    if plan.method.sampler == "grid":
        yield from grid(plan.domains, plan.fixed, derive(plan.method.seed, "sampler"))
