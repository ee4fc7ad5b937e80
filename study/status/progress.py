"""How far a stored study has come, and which trial is its best: rows in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.database import PlannedTrialRow, TrialRow
from study.method import Budget
from study.trial import Phase, Scalar, TrialState


@dataclass(frozen=True, slots=True)
class Progress:
    """Trials that have ended, whatever their end, beside the trials that were planned."""

    searched: int
    search_target: int
    replicated: int
    replicate_target: int
    """Replicates of the baseline and, once it is known and differs, of the best."""

    @property
    def finished(self) -> bool:
        """Whether the budget is used up."""
        return self.searched >= self.search_target and self.replicated >= self.replicate_target

    def describe(self) -> str:
        """Returns the counts in words."""
        return (
            f"{self.searched} of {self.search_target} search trials and "
            f"{self.replicated} of {self.replicate_target} replicates are finished"
        )


def progress(
    trials: Sequence[TrialRow], budget: Budget, baseline: Mapping[str, Scalar], *, search_seconds: float = 0.0
) -> Progress:
    """Counts a study's trials against its budget.

    Args:
        trials: All of the study's trials.
        budget: What the study may spend.
        baseline: Its baseline's configuration.
        search_seconds: How long it has searched so far.
    """
    ended = [trial for trial in trials if trial.state.finished]
    searched = sum(trial.phase is Phase.SEARCH for trial in ended)
    out_of_time = budget.timeout is not None and search_seconds >= budget.timeout
    begun = sum(trial.phase is Phase.SEARCH for trial in trials)  # these are trained to their end in any case
    best = best_trial(trials)
    wanted = [dict(baseline)]
    if best is not None and best.configuration != wanted[0]:
        wanted.append(best.configuration)
    replicated = sum(trial.phase is Phase.REPLICATE and trial.configuration in wanted for trial in ended)
    return Progress(
        searched=searched,
        search_target=begun if out_of_time else max(searched, budget.trials),
        replicated=replicated,
        replicate_target=budget.replicates * len(wanted),
    )


def best_trial(trials: Sequence[TrialRow]) -> TrialRow | None:
    """Returns the complete search trial with the highest validation accuracy; the earliest of equals."""

    def rank(trial: TrialRow) -> tuple[float, int]:
        assert trial.value is not None  # a complete search trial has one
        return -trial.value, trial.optuna_number or 0

    return min(searched_to_the_end(trials), key=rank, default=None)


def searched_to_the_end(trials: Sequence[TrialRow]) -> list[TrialRow]:
    """Returns the complete trials of the search."""
    return [trial for trial in trials if trial.phase is Phase.SEARCH and trial.state is TrialState.COMPLETE]


@dataclass(frozen=True, slots=True)
class AblationProgress:
    """Planned trainings of ablations, and those that have ended, whatever their end."""

    ended: int
    planned: int

    def describe(self) -> str:
        """Returns the counts in words."""
        if not self.planned:
            return "no training is planned yet"
        return f"{self.ended} of {self.planned} planned trainings are finished"


def ablation_progress(planned_trials: Sequence[PlannedTrialRow]) -> AblationProgress:
    """Counts planned trials that have ended; a training that two arms share counts once."""
    known = {planned.trial: planned for planned in planned_trials if planned.trial is not None}
    unknown = sum(planned.trial is None for planned in planned_trials)
    ended = sum(planned.ended for planned in known.values())
    return AblationProgress(ended, len(known) + unknown)
