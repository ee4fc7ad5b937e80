"""Which trials that ended badly are taken up again, as was asked for by `--failed` and `--diverged`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from study.design import Setting
from study.trial import Phase, TrialState

if TYPE_CHECKING:
    from study.database import FinalRow, TrialDatabase, TrialRow

TUNED = (Phase.SEARCH, Phase.REPLICATE)


@dataclass(frozen=True, slots=True)
class Retry:
    """What is taken up again."""

    states: tuple[TrialState, ...] = ()
    """FAILED, DIVERGED, both, or nothing."""
    before: str = ""
    """When the command began: what ends badly once more stays ended."""

    def chosen(self, trials: Sequence[TrialRow], *, phases: Collection[Phase] = tuple(Phase)) -> list[TrialRow]:
        """Return the trials to take up again: none of a search in turns, as later ones were decided from its end.

        Args:
            trials: To choose from.
            phases: Trials of other phases are left alone.
        """
        return [trial for trial in self._ended_badly(trials) if trial.phase in phases and not trial.turns]

    def left_alone(self, trials: Sequence[TrialRow]) -> list[TrialRow]:
        """Return the trials that would be taken up again if their search were not in turns."""
        return [trial for trial in self._ended_badly(trials) if trial.turns]

    def _ended_badly(self, trials: Sequence[TrialRow]) -> list[TrialRow]:
        return [trial for trial in trials if trial.state in self.states and (trial.finished_at or "") < self.before]

    def opened(self, trials: Sequence[TrialRow]) -> list[TrialRow]:
        """Return trials as they are once what is chosen of them is open again."""
        chosen = {trial.id for trial in self.chosen(trials)}
        return [replace(trial, state=TrialState.INTERRUPTED) if trial.id in chosen else trial for trial in trials]

    def in_search(self, database: TrialDatabase, study: str) -> list[TrialRow]:
        """Return those of a study's search and its own replicates."""
        if not self.states:
            return []
        from study.database.finals import stored_finals
        from study.status.finals import without_finals

        return self.chosen(without_finals(database.trials(study), stored_finals(database, study)), phases=TUNED)

    def in_finals(self, database: TrialDatabase, study: str, finals: Sequence[FinalRow]) -> list[TrialRow]:
        """Return those of final trials that were asked for by name."""
        if not self.states:
            return []
        from study.status.finals import trials_of

        trials = database.trials(study)
        return self.chosen([trial for final in finals for trial in trials_of(final, trials)])

    def in_ablation(self, database: TrialDatabase, study: str, ablation: str) -> list[TrialRow]:
        """Return those of an ablation's planned trials, and of the searches that re-tune its arms."""
        if not self.states:
            return []
        planned = {entry.trial for entry in database.planned_trials(study) if entry.ablation == ablation}
        trials = [trial for trial in database.trials(study) if trial.id in planned]
        withdrawn = {
            arm.name for arm in database.arms(study, ablation) if arm.withdrawn_at and arm.setting == Setting.RETUNED
        }
        for plan in database.plans():
            if plan.parent == study and plan.variant not in withdrawn:
                trials += database.trials(plan.study)
        return self.chosen(trials)
