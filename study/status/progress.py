"""How far a stored study has come, and which trial is its best: rows in, plain values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.database import Row
from study.trial import Phase, TrialState


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


def progress(plan: Mapping[str, Any], trials: Sequence[Row]) -> Progress:
    """Counts a study's trials against its plan.

    Args:
        plan: The plan's row.
        trials: All rows of the study's trials.
    """
    ended = [row for row in trials if TrialState(row["state"]).finished]
    searched = sum(row["phase"] == Phase.SEARCH.value for row in ended)
    best = best_trial(trials)
    wanted = [plan["baseline"]]
    if best is not None and best["configuration"] != plan["baseline"]:
        wanted.append(best["configuration"])
    replicated = sum(row["phase"] == Phase.REPLICATE.value and row["configuration"] in wanted for row in ended)
    return progress_of(
        searched=searched,
        begun=sum(row["phase"] == Phase.SEARCH.value for row in trials),
        trials=plan["trials"],
        out_of_time=out_of_time(plan["search_seconds"], plan["timeout_seconds"]),
        replicated=replicated,
        replicates=plan["replicates"],
        best_is_other=len(wanted) > 1,
    )


def best_trial(trials: Sequence[Row]) -> Row | None:
    """Returns the complete search trial with the highest validation accuracy; the earliest of equals."""
    complete = [
        row for row in trials if row["phase"] == Phase.SEARCH.value and row["state"] == TrialState.COMPLETE.value
    ]
    return min(complete, key=lambda row: rank(row["value"], row["optuna_number"]), default=None)


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


def ablation_progress(planned_trials: Sequence[Row]) -> AblationProgress:
    """Counts planned trials, each with its trial's `state`; one that two arms share counts once.

    Args:
        planned_trials: Rows as `TrialDatabase.planned_trials` returns them.
    """
    known = {row["trial"]: row["state"] for row in planned_trials if row["trial"] is not None}
    unknown = sum(row["trial"] is None for row in planned_trials)
    ended = sum(state is not None and TrialState(state).finished for state in known.values())
    return AblationProgress(ended, len(known) + unknown)
