"""Which weights of a study are where it keeps them: looked up once, by one listing, and only where somebody asks."""

from __future__ import annotations

from collections.abc import Sequence

from study.database import PlanRow, TrialDatabase, TrialRow, place_of
from study.files import FileReadError


class KeptWeights:
    """The weights of one study's trials, as far as they are there; whatever else is told of it needs none."""

    def __init__(self, database: TrialDatabase, plan: PlanRow) -> None:
        """Look nothing up yet."""
        self.place = place_of(database.storage, plan.files)
        self._trials: frozenset[str] | None = None
        self._unreachable: str | None = None

    def of(self, trials: Sequence[TrialRow]) -> dict[str, object]:
        """Return where the weights of some trials are.

        Returns:
            `weights`, a list of paths or URLs of those that are there, and `unreachable`, a sentence on why that cannot
            be found out, or None.
        """
        if trials and self._trials is None:
            try:
                self._trials = self.place.with_weights()
            except FileReadError as error:
                self._trials, self._unreachable = frozenset(), str(error)
        there = [str(self.place.weights(trial.id)) for trial in trials if trial.id in (self._trials or ())]
        return {"weights": there, "unreachable": self._unreachable if trials else None}
