"""How far a stored study has come, and which trial is its best: rows in, plain values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from study.database import EpochRow, PlannedTrialRow, TrialRow
from study.options.method import Budget
from study.options.rungs import first_limit
from study.task import Metric
from study.trial import Phase, Scalar, TrialState


@dataclass(frozen=True, slots=True)
class Progress:
    """Trials that have ended, whatever their end, beside the trials that were planned."""

    searched: int
    search_target: int
    replicated: int
    replicate_target: int
    """Replicates of the baseline and, once it is known and differs, of the best."""
    epochs: int = 0
    """Trained by the search."""
    epoch_budget: int | None = None
    """That the search may train; None where only its trials are limited."""

    @property
    def finished(self) -> bool:
        """Whether the budget is used up."""
        return self.searched >= self.search_target and self.replicated >= self.replicate_target

    def describe(self) -> str:
        """Return the counts in words."""
        searched = f"{self.searched} of {self.search_target} search trials"
        if self.epoch_budget is not None:
            searched = f"{self.searched} search trials ({self.epochs} of {self.epoch_budget} epochs)"
        return f"{searched} and {self.replicated} of {self.replicate_target} replicates are finished"


BASELINE, BEST = "baseline", "best"
"""What a replicate stands for while it counts; one that does not count any more stands for an `earlier` one."""


def is_own(variant: str, epochs: int, study_epochs: int) -> bool:
    """Return whether a replicate may be one of the study's own, and not of final trials that somebody asked for.

    Args:
        variant: Under which it was begun.
        epochs: Its epochs.
        study_epochs: Those of the study's trials.
    """
    return variant in (BASELINE, BEST) or epochs == study_epochs


def replicate_role(
    *, is_baseline: bool, is_best: bool, is_shorter: bool, own: bool = True, final: str | None = None
) -> str:
    """Return what a replicate stands for: `baseline`, `best`, a name that `final` gave, or an `earlier` one of both.

    Where the best is the baseline, its replicates are the baseline's.

    Args:
        is_baseline: Whether it trains the baseline.
        is_best: Whether it trains the configuration of the best search trial that is known now.
        is_shorter: Whether one of the study's own replicates of the same configuration trains for more epochs.
        own: As from `is_own`.
        final: The final trials that it belongs to, if somebody asked for its configuration and length.
    """
    if own and not is_shorter and (is_baseline or is_best):
        return BASELINE if is_baseline else BEST
    if final is not None:
        return final
    return f"earlier {BASELINE if is_baseline else BEST}"


def progress_of(
    trials: Iterable[tuple[Phase, str, TrialState]],
    budget: Budget,
    *,
    best_is_other: bool,
    search_seconds: float,
    search_epochs: int = 0,
    pruner: str = "none",
) -> Progress:
    """Return how far a study has come.

    Args:
        trials: Phase, role and state of each of the study's trials; of a replicate the role is that of
            `replicate_role`, of other trials it does not count.
        budget: What the study may spend.
        best_is_other: Whether a best is known, and is not the baseline.
        search_seconds: How long it has searched so far.
        search_epochs: What the search has trained so far; it matters with a budget of epochs alone.
        pruner: Of the search, likewise.
    """
    begun = searched = replicated = 0
    for phase, role, state in trials:
        begun += phase is Phase.SEARCH
        searched += phase is Phase.SEARCH and state.finished
        replicated += phase is Phase.REPLICATE and role in (BASELINE, BEST) and state.finished
    # Search trials that have begun are trained to their end in any case.
    is_over = out_of_time(search_seconds, budget.timeout) or out_of_epochs(search_epochs, budget, pruner)
    return Progress(
        searched=searched,
        search_target=begun if is_over else max(searched, budget.trials),
        replicated=replicated,
        replicate_target=budget.replicates * (1 + best_is_other),
        epochs=search_epochs,
        epoch_budget=budget.epoch_budget,
    )


def out_of_time(seconds: float, limit: float | None) -> bool:
    """Return whether a limit of seconds is used up; False where there is none."""
    return limit is not None and seconds >= limit


def out_of_epochs(epochs: int, budget: Budget, pruner: str) -> bool:
    """Return whether a search that has trained so many epochs has no room for a trial any more."""
    return budget.epoch_budget is not None and budget.epoch_budget - epochs < first_limit(pruner, budget.epochs)


def rank(value: float, number: int, metric: Metric) -> tuple[float, int]:
    """Return what orders complete search trials, the best first: by validation score, of equals the earliest.

    Args:
        value: Validation score.
        number: Number of the trial in its search.
        metric: The study's, which says what way is better.
    """
    return -metric.sign * value, number


def progress(
    trials: Sequence[TrialRow],
    budget: Budget,
    baseline: Mapping[str, Scalar],
    metric: Metric,
    *,
    search_seconds: float = 0.0,
    search_epochs: Mapping[str, int] | None = None,
    pruner: str = "none",
) -> Progress:
    """Count a study's trials against its budget.

    Args:
        trials: All of the study's trials.
        budget: What the study may spend.
        baseline: Its baseline's configuration.
        metric: By which its best is chosen.
        search_seconds: How long it has searched so far.
        search_epochs: Trial id -> epochs that it has trained, of the search; needed with a budget of epochs alone.
        pruner: Of the search, likewise.
    """
    best = best_trial(trials, metric)
    longest: dict[str, int] = {}
    for trial in trials:
        if trial.phase is Phase.REPLICATE and is_own(trial.variant, trial.epochs, budget.epochs):
            key = trial.configuration_hash
            longest[key] = max(longest.get(key, 0), trial.epochs)

    def role(trial: TrialRow) -> str:
        if trial.phase is not Phase.REPLICATE:
            return trial.variant
        return replicate_role(
            is_baseline=trial.configuration == baseline,
            is_best=best is not None and trial.configuration == best.configuration,
            is_shorter=trial.epochs < longest.get(trial.configuration_hash, 0),
            own=is_own(trial.variant, trial.epochs, budget.epochs),
        )

    return progress_of(
        ((trial.phase, role(trial), trial.state) for trial in trials),
        budget,
        best_is_other=best is not None and best.configuration != baseline,
        search_seconds=search_seconds,
        search_epochs=sum((search_epochs or {}).get(trial.id, 0) for trial in trials),
        pruner=pruner,
    )


def best_trial(trials: Sequence[TrialRow], metric: Metric) -> TrialRow | None:
    """Return the complete search trial with the best validation score; the earliest of equals."""

    def order(trial: TrialRow) -> tuple[float, int]:
        assert trial.value is not None  # a complete search trial has one
        return rank(trial.value, trial.optuna_number or 0, metric)

    return min(searched_to_the_end(trials), key=order, default=None)


def objective_value(metric: Metric, trial: TrialRow, epochs: Sequence[EpochRow]) -> float | None:
    """Return what a complete trial reached of an objective that is not the first.

    Args:
        metric: The objective.
        trial: The trial.
        epochs: Its epochs; of a cost in seconds their median counts, of a metric the last one's.
    """
    match metric.name:
        case "seconds":
            return median(epoch.seconds for epoch in epochs)
        case "parameters":
            return trial.parameters
        case name:
            found: float | None = (epochs[-1].metrics or {}).get(name) if epochs else None
            return found


def searched_to_the_end(trials: Sequence[TrialRow]) -> list[TrialRow]:
    """Return the complete trials of the search."""
    return [trial for trial in trials if trial.phase is Phase.SEARCH and trial.state is TrialState.COMPLETE]


@dataclass(frozen=True, slots=True)
class AblationProgress:
    """Planned trials of ablations, and those that have ended, whatever their end."""

    ended: int
    planned: int

    def describe(self) -> str:
        """Return the counts in words."""
        if not self.planned:
            return "no trial is planned yet"
        return f"{self.ended} of {self.planned} planned trials are finished"


def ablation_progress(planned_trials: Sequence[PlannedTrialRow]) -> AblationProgress:
    """Count planned trials that have ended; a trial that two arms share counts once."""
    known = {planned.trial: planned for planned in planned_trials if planned.trial is not None}
    unknown = sum(planned.trial is None for planned in planned_trials)
    ended = sum(planned.ended for planned in known.values())
    return AblationProgress(ended, len(known) + unknown)
