"""What became of every trial: planned, begun, ended, and how."""

from __future__ import annotations

import pandas as pd

from reports import formatting as form
from reports.document import Block, Column, Paragraph, Section, Table, tabulate
from reports.frames import Frames
from reports.sections.illustrated import figures_of
from reports.selection import REPLICATE, SEARCH, best_trials, with_roles
from study.trial import TrialState

_STATES = [
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.DIVERGED,
    TrialState.FAILED,
    TrialState.RUNNING,
    TrialState.INTERRUPTED,
    TrialState.PAUSED,
]
_ENDED_BADLY = [TrialState.FAILED.value, TrialState.DIVERGED.value]
_MOST_FAILURES = 20
_MESSAGE_LENGTH = 160
_ROLES = ["baseline", "search", "best"]


def accounting(frames: Frames) -> pd.DataFrame:
    """Returns a row for each study, phase and role.

    Returns:
        `study, phase, role, planned`, a column a state, `not_begun, epochs, seconds`: epochs trained and their time,
        in all. `planned` and `not_begun` are missing for what an earlier plan asked for.
    """
    keys = ["study", "phase", "role"]
    trials = with_roles(frames)
    per_trial = frames.epochs.groupby("trial")["seconds"].agg(["size", "sum"])
    trials["trained"] = trials["trial"].map(per_trial["size"]).fillna(0).astype(int)
    trials["seconds"] = trials["trial"].map(per_trial["sum"]).fillna(0.0).astype(float)
    states = [state.value for state in _STATES]
    counts = pd.concat([trials[keys], *((trials["state"] == state).rename(state) for state in states)], axis=1)
    counts = counts.groupby(keys).sum()
    costs = trials.groupby(keys)[["trained", "seconds"]].sum().rename(columns={"trained": "epochs"})
    table = _planned(frames).merge(counts.join(costs).reset_index(), on=keys, how="outer")
    whole = [*states, "epochs"]
    table[whole] = table[whole].fillna(0).astype(int)
    table["seconds"] = table["seconds"].fillna(0.0)
    table["not_begun"] = (table["planned"] - table[states].sum(axis=1)).clip(lower=0)
    study_places = {study: place for place, study in enumerate(frames.plans["study"])}
    table["place"] = table["study"].map(study_places)
    table["later"] = ~table["role"].isin(_ROLES)
    table["role_place"] = table["role"].map({role: place for place, role in enumerate(_ROLES)})
    phases = table["phase"].map({SEARCH: 0, REPLICATE: 1})
    table = table.assign(phase_place=phases).sort_values(["place", "phase_place", "later", "role_place", "role"])
    return table[[*keys, "planned", *states, "not_begun", "epochs", "seconds"]].reset_index(drop=True)


def failures(frames: Frames) -> pd.DataFrame:
    """Returns how often each kind of failure happened: `study, phase, state, type, message, trials`."""
    bad = frames.trials[frames.trials["state"].isin(_ENDED_BADLY)]
    renamed = bad.rename(columns={"failure_type": "type", "failure_message": "message"})
    keys = ["study", "phase", "state", "type", "message"]
    filled = renamed[keys].fillna({"type": form.MISSING, "message": form.MISSING}).astype(str)
    table = filled.groupby(keys).size().rename("trials").reset_index()
    return table.sort_values(["trials", *keys], ascending=[False, *[True] * len(keys)]).reset_index(drop=True)


def section(frames: Frames) -> Section:
    """Builds the section."""
    table = accounting(frames)
    if table.empty:
        return Section("Accounting of trials", (Paragraph("No trial is planned."),))
    columns = [
        Column("Study", form.shown("study")),
        Column("Phase", form.shown("phase")),
        Column("Variant", form.shown("role")),
        Column("Planned", form.shown("planned", form.whole), numeric=True),
        *(Column(state.value.capitalize(), form.shown(state.value, form.whole), numeric=True) for state in _STATES),
        Column("Not begun", form.shown("not_begun", form.whole), numeric=True),
        Column("Epochs trained", form.shown("epochs", form.whole), numeric=True),
        Column("Training time (min)", form.shown("seconds", form.minutes), numeric=True),
    ]
    reading = (
        "Only complete trials are ranked or averaged. Final trainings are never pruned. An earlier best is a "
        "configuration that a larger search has overtaken since its final trainings. Training time adds up the trials, "
        "also those that ran side by side."
    )
    blocks: list[Block] = [tabulate("accounting", "Trials by study, phase and variant", table, columns)]
    blocks.append(Paragraph(reading))
    found = failures(frames)
    if not found.empty:
        blocks.append(_failures_shown(found))
    blocks += figures_of("accounting", frames)
    return Section("Accounting of trials", tuple(blocks))


def _planned(frames: Frames) -> pd.DataFrame:
    plans = frames.plans[["study", "trials", "replicates"]].astype({"trials": int, "replicates": int})
    best = best_trials(frames)
    sole = best.loc[best["is_baseline"], "study"]
    searched = plans["trials"]
    baselines = searched.clip(upper=1)
    parts = [
        plans.assign(phase=SEARCH, role="baseline", planned=baselines),
        plans.assign(phase=SEARCH, role="search", planned=searched - baselines),
        plans.assign(phase=REPLICATE, role="baseline", planned=plans["replicates"]),
        plans[~plans["study"].isin(sole)].assign(phase=REPLICATE, role="best", planned=plans["replicates"]),
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[["study", "phase", "role", "planned"]].astype({"planned": float})


def _failures_shown(found: pd.DataFrame) -> Table:
    def message(text: str) -> str:
        return text if len(text) <= _MESSAGE_LENGTH else f"{text[:_MESSAGE_LENGTH]}…"

    caption = "What went wrong"
    if len(found) > _MOST_FAILURES:
        caption += f": the {_MOST_FAILURES} most frequent of {len(found)} kinds"
    columns = [
        Column("Study", form.shown("study")),
        Column("Phase", form.shown("phase")),
        Column("State", form.shown("state")),
        Column("Type", form.shown("type")),
        Column("Message", form.shown("message", message)),
        Column("Trials", form.shown("trials", form.whole), numeric=True),
    ]
    return tabulate("failures", caption, found.head(_MOST_FAILURES), columns)
