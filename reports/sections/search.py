"""How each search went."""

from __future__ import annotations

import pandas as pd

from reports import formatting as form
from reports.document import Block, Column, Paragraph, Section, tabulate
from reports.frames import Frames
from reports.sections.illustrated import figures_of
from reports.selection import COMPLETE, FINISHED, SEARCH, baseline_trials, best_trials
from study.trial import TrialState


def searches(frames: Frames) -> pd.DataFrame:
    """Returns a row a study: `study, sampler, pruner, ended, complete, pruned, seconds, baseline, best, best_trial`."""
    trials = frames.trials[frames.trials["phase"] == SEARCH]
    best = best_trials(frames).set_index("study")
    numbers = trials.set_index("trial")["optuna_number"]
    study = frames.plans["study"]

    def number_of(states: list[str]) -> pd.Series:
        return study.map(trials[trials["state"].isin(states)].groupby("study").size()).fillna(0).astype(int)

    return pd.DataFrame(
        {
            "study": study,
            "sampler": frames.plans["sampler"],
            "pruner": frames.plans["pruner"],
            "ended": number_of(FINISHED),
            "complete": number_of([COMPLETE]),
            "pruned": number_of([TrialState.PRUNED.value]),
            "seconds": frames.plans["search_seconds"].astype(float),
            "baseline": study.map(baseline_trials(frames).set_index("study")["value"]).astype(float),
            "best": study.map(best["value"]).astype(float),
            "best_trial": study.map(best["trial"].map(numbers)).astype(float),
        }
    )


def section(frames: Frames) -> Section:
    """Builds the section."""
    if frames.plans.empty:
        return Section("Search", (Paragraph("There is no study, so there is no search."),))
    columns = [
        Column("Study", form.shown("study")),
        Column("Sampler", form.shown("sampler")),
        Column("Pruner", form.shown("pruner")),
        Column("Ended", form.shown("ended", form.whole), numeric=True),
        Column("Complete", form.shown("complete", form.whole), numeric=True),
        Column("Pruned", form.shown("pruned", form.whole), numeric=True),
        Column("Search time (min)", form.shown("seconds", form.minutes), numeric=True),
        Column("Baseline, validation", form.shown("baseline", form.percent), numeric=True),
        Column("Best, validation", form.shown("best", form.percent), numeric=True),
        Column("Best trial", form.shown("best_trial", form.whole), numeric=True),
    ]
    blocks: list[Block] = [tabulate("searches", "What each search tried and found", searches(frames), columns)]
    return Section("Search", (*blocks, *figures_of("search", frames)))
