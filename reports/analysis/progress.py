"""How far each study has come: what its budget asks for beside what has ended."""

from __future__ import annotations

import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.selection import FINISHED, REPLICATE, SEARCH, best_trials, with_roles
from reports.formatting import count


def progress(frames: Frames) -> pd.DataFrame:
    """Returns a row for each study.

    Returns:
        `study, alive, searched, search_planned, timed_out, out_of_time, trained, finals_planned, finished`: search
        trials and final trainings that have ended, and those that the budget asks for; whether the limits of the search
        and of all training are used up.
    """
    plans = frames.plans.set_index("study")
    best = best_trials(frames).set_index("study")
    trials = with_roles(frames)
    ended = trials[trials["state"].isin(FINISHED)]
    searched = ended[ended["phase"] == SEARCH].groupby("study").size()
    finals = ended[(ended["phase"] == REPLICATE) & ended["role"].isin(["best", "baseline"])].groupby("study").size()
    table = pd.DataFrame(
        {
            "alive": plans["alive"].astype(bool),
            "searched": searched.reindex(plans.index, fill_value=0),
            "search_planned": plans["trials"].astype(int),
            "timed_out": _used_up(plans["search_seconds"], plans["timeout_seconds"]),
            "out_of_time": _used_up(plans["total_seconds"], plans["total_timeout_seconds"]),
            "trained": finals.reindex(plans.index, fill_value=0),
        }
    )
    # Until a search trial is complete, the best is taken to be another configuration than the baseline.
    one_set = best["is_baseline"].reindex(plans.index).eq(True)
    table["finals_planned"] = plans["replicates"].astype(int) * (2 - one_set.astype(int))
    searching_done = (table["searched"] >= table["search_planned"]) | table["timed_out"]
    table["finished"] = searching_done & (table["trained"] >= table["finals_planned"])
    return table.rename_axis("study").reset_index()


def _used_up(seconds: pd.Series, limit: pd.Series) -> pd.Series:
    """Returns whether a limit of seconds is used up; False where there is none."""
    return (seconds.astype(float) >= limit.astype(float)).fillna(False).astype(bool)


def sentence(
    *,
    finished: bool,
    alive: bool,
    timed_out: bool,
    out_of_time: bool,
    searched: int,
    search_planned: int,
    finals: str,
) -> str:
    """Says in words how far a study has come; `finals` from `finals_sentence`."""
    search = f"{searched} of {count(search_planned, 'search trial')} finished"
    if timed_out and searched < search_planned:
        search += " (the time limit ended the search)"
    if finished:
        return f"finished: {search}, {finals}"
    if alive:
        return f"still running: {search}, {finals}"
    begun = f"unfinished and not running: {search}, {finals}"
    if out_of_time:
        return (
            f"{begun}; the seconds of --timeout-total are over, and "
            f"'python -m study resume --timeout-total SECONDS' goes on with more of them"
        )
    return f"{begun}; 'python -m study resume' goes on"


def finals_sentence(trained: int, planned: int) -> str:
    """Says how many final trainings have ended."""
    return f"{trained} of {count(planned, 'final training')}" if planned else "no final training planned"
