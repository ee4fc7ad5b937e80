"""How far each study has come: what its budget asks for beside what has ended."""

from __future__ import annotations

import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.selection import best_trials, with_roles
from reports.analysis.typed import Types, typed
from reports.formatting import count, is_missing
from study.status.progress import out_of_time, progress_of
from study.trial import Phase, TrialState

_TYPES: Types = {
    "alive": "bool",
    "searched": "int64",
    "search_planned": "int64",
    "search_epochs": "int64",
    "epoch_budget": "float64",
    "timed_out": "bool",
    "out_of_time": "bool",
    "replicated": "int64",
    "replicates_planned": "int64",
    "finished": "bool",
}


def progress(frames: Frames) -> pd.DataFrame:
    """Return a row for each study.

    Returns:
        `study, alive, searched, search_planned, search_epochs, epoch_budget, timed_out, out_of_time, replicated,
        replicates_planned, finished`: search trials and replicates that have ended, and those that the budget asks
        for; epochs that the search has trained, and may train, where these are limited; whether the time for the
        search and for all trials is used up.
    """
    best = best_trials(frames)
    others = set(best.loc[~best["is_baseline"], "study"])
    trials: dict[str, list[tuple[Phase, str, TrialState]]] = {study: [] for study in frames.plan_rows}
    table = with_roles(frames)
    for study, phase, role, state in zip(*(table[name] for name in ("study", "phase", "role", "state")), strict=True):
        trials[study].append((Phase(phase), role, TrialState(state)))
    searched = set(frames.trials.loc[frames.trials["phase"] == Phase.SEARCH.value, "trial"])
    recorded = frames.epochs.loc[frames.epochs["trial"].isin(searched), "trial"]
    epochs = recorded.map(frames.trials.set_index("trial")["study"]).value_counts()
    rows = []
    for study, plan in frames.plan_rows.items():
        done = progress_of(
            trials[study],
            plan.budget,
            best_is_other=study in others,
            search_seconds=plan.search_seconds,
            search_epochs=int(epochs.get(study, 0)),
            pruner=plan.pruner,
        )
        rows.append(
            {
                "study": study,
                "alive": study in frames.alive,
                "searched": done.searched,
                "search_planned": plan.trials if plan.epoch_budget is None else done.search_target,
                "search_epochs": done.epochs,
                "epoch_budget": plan.epoch_budget,
                "timed_out": out_of_time(plan.search_seconds, plan.timeout_seconds),
                "out_of_time": out_of_time(plan.total_seconds, plan.total_timeout_seconds),
                "replicated": done.replicated,
                "replicates_planned": done.replicate_target,
                "finished": done.finished,
            }
        )
    return typed(pd.DataFrame(rows, columns=["study", *_TYPES]), _TYPES)


def sentence(
    *,
    finished: bool,
    alive: bool,
    timed_out: bool,
    out_of_time: bool,
    searched: int,
    search_planned: int,
    search_epochs: int,
    epoch_budget: float,
    replicates: str,
) -> str:
    """Return in words how far a study has come; the arguments are columns of `progress`.

    Args:
        finished: Whether the budget is used up.
        alive: Whether a process is running the study.
        timed_out: Whether the time for the search is used up.
        out_of_time: Whether the time for all trials is used up.
        searched: Search trials that have ended.
        search_planned: Search trials that the budget asks for.
        search_epochs: Epochs that the search has trained.
        epoch_budget: Those that it may train; missing where these are not limited.
        replicates: From `replicates_sentence`.
    """
    search = f"{searched} of {count(search_planned, 'search trial')} finished"
    if not is_missing(epoch_budget):
        search = f"{count(searched, 'search trial')} finished ({search_epochs} of {count(int(epoch_budget), 'epoch')})"
    if timed_out and searched < search_planned:
        search += " (the time limit ended the search)"
    if finished:
        return f"finished: {search}, {replicates}"
    if alive:
        return f"still running: {search}, {replicates}"
    begun = f"unfinished and not running: {search}, {replicates}"
    if out_of_time:
        return (
            f"{begun}; the seconds of --timeout-total are over, and "
            f"'python -m study resume --timeout-total SECONDS' goes on with more of them"
        )
    return f"{begun}; 'python -m study resume' goes on"


def replicates_sentence(replicated: int, planned: int) -> str:
    """Return in words how many of the planned replicates have ended."""
    return f"{replicated} of {count(planned, 'replicate')}" if planned else "no replicate planned"
