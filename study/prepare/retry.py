"""Which trials that ended badly are taken up again, as was asked for by `--failed` and `--diverged`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from study.trial import Phase, TrialState

if TYPE_CHECKING:
    from study.database import Row, TrialDatabase

TUNED = (Phase.SEARCH, Phase.REPLICATE)


@dataclass(frozen=True, slots=True)
class Retry:
    """What is taken up again."""

    states: tuple[TrialState, ...] = ()
    """FAILED, DIVERGED, both, or nothing."""
    before: str = ""
    """When the command began: what ends badly once more stays ended."""

    def chosen(self, rows: Sequence[Row], *, phases: Collection[Phase] = tuple(Phase)) -> list[Row]:
        """Returns the rows of trials to take up again.

        Args:
            rows: Of the trial table.
            phases: Trials of other phases are left alone.
        """
        states = [state.value for state in self.states]
        return [
            row
            for row in rows
            if row["state"] in states and row["phase"] in phases and (row["finished_at"] or "") < self.before
        ]

    def opened(self, rows: Sequence[Row]) -> list[Row]:
        """Returns rows of the trial table as they are once what is chosen of them is open again."""
        chosen = {row["id"] for row in self.chosen(rows)}
        return [row | {"state": TrialState.INTERRUPTED.value} if row["id"] in chosen else row for row in rows]

    def in_search(self, database: TrialDatabase, study: str) -> list[Row]:
        """Returns those of a study's search and its replicates."""
        return self.chosen(database.trials(study), phases=TUNED) if self.states else []

    def in_ablation(self, database: TrialDatabase, study: str, ablation: str) -> list[Row]:
        """Returns those of an ablation's planned trials, and of the searches that re-tune its arms."""
        if not self.states:
            return []
        planned = {row["trial"] for row in database.planned_trials(study) if row["ablation"] == ablation}
        rows = [row for row in database.trials(study) if row["id"] in planned]
        for plan in database.plans():
            if plan["parent"] == study:
                rows += database.trials(plan["study"])
        return self.chosen(rows)
