"""How far a stored study has come, and which trial is its best: rows in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.database import PlannedTrialRow, TrialRow
from study.options.method import Budget
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


def progress_of(
    *, searched: int, begun: int, trials: int, out_of_time: bool, replicated: int, replicates: int, best_is_other: bool
) -> Progress:
    """Returns how far a study has come, from counts.

    Args:
        searched: Search trials that have ended, whatever their end.
        begun: Search trials that have begun; these are trained to their end in any case.
        trials: Search trials that the budget asks for.
        out_of_time: Whether the time for the search is used up.
        replicated: Replicates of the baseline and of the best that have ended.
        replicates: Replicates that the budget asks for, of each of the two.
        best_is_other: Whether a best is known, and is not the baseline.
    """
    return Progress(
        searched=searched,
        search_target=begun if out_of_time else max(searched, trials),
        replicated=replicated,
        replicate_target=replicates * (1 + best_is_other),
    )


def out_of_time(seconds: float, limit: float | None) -> bool:
    """Whether a limit of seconds is used up; False where there is none."""
    return limit is not None and seconds >= limit


def rank(value: float, number: int) -> tuple[float, int]:
    """Returns what orders complete search trials, the best first: by validation accuracy, of equals the earliest.

    Args:
        value: Validation accuracy.
        number: Number of the trial in its search.
    """
    return -value, number


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
    best = best_trial(trials)
    wanted = [dict(baseline)]
    if best is not None and best.configuration != wanted[0]:
        wanted.append(best.configuration)
    return progress_of(
        searched=sum(trial.phase is Phase.SEARCH for trial in ended),
        begun=sum(trial.phase is Phase.SEARCH for trial in trials),
        trials=budget.trials,
        out_of_time=out_of_time(search_seconds, budget.timeout),
        replicated=sum(trial.phase is Phase.REPLICATE and trial.configuration in wanted for trial in ended),
        replicates=budget.replicates,
        best_is_other=len(wanted) > 1,
    )


def best_trial(trials: Sequence[TrialRow]) -> TrialRow | None:
    """Returns the complete search trial with the highest validation accuracy; the earliest of equals."""

    def order(trial: TrialRow) -> tuple[float, int]:
        assert trial.value is not None  # a complete search trial has one
        return rank(trial.value, trial.optuna_number or 0)

    return min(searched_to_the_end(trials), key=order, default=None)


def searched_to_the_end(trials: Sequence[TrialRow]) -> list[TrialRow]:
    """Returns the complete trials of the search."""
    return [trial for trial in trials if trial.phase is Phase.SEARCH and trial.state is TrialState.COMPLETE]


@dataclass(frozen=True, slots=True)
class AblationProgress:
    """Planned trials of ablations, and those that have ended, whatever their end."""

    ended: int
    planned: int

    def describe(self) -> str:
        """Returns the counts in words."""
        if not self.planned:
            return "no trial is planned yet"
        return f"{self.ended} of {self.planned} planned trials are finished"


def ablation_progress(planned_trials: Sequence[PlannedTrialRow]) -> AblationProgress:
    """Counts planned trials that have ended; a trial that two arms share counts once."""
    known = {planned.trial: planned for planned in planned_trials if planned.trial is not None}
    unknown = sum(planned.trial is None for planned in planned_trials)
    ended = sum(planned.ended for planned in known.values())
    return AblationProgress(ended, len(known) + unknown)
