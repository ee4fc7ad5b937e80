"""What became of every trial: planned, begun, ended, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.code_changes import code_changes
from reports.analysis.frames import Frames
from reports.analysis.selection import ABLATE, COMPLETE, REPLICATE, SEARCH, best_trials, with_roles
from reports.analysis.typed import stacked, typed
from reports.pages.document import Block, Column, Paragraph, Section, Table, tabulate
from reports.sections.ablation import accounting_shown
from reports.sections.counts import counts
from reports.sections.illustrated import figures_of
from study.design import Setting
from study.trial import TRIED, TrialState

RETUNING = "search, re-tuned"
"""The searches that re-tune a variant; `role` is the variant."""
ABLATE_RETUNED = "ablate, re-tuned"
_PHASES = {
    SEARCH: "search",
    RETUNING: "search of {role}, re-tuned",
    REPLICATE: "replicates",
    ABLATE: "ablation",
    ABLATE_RETUNED: "ablation, re-tuned",
}
"""In the order of the table, as the page names them."""
_KEYS = ["study", "phase", "role"]
_STATES = [
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.DIVERGED,
    TrialState.FAILED,
    TrialState.RUNNING,
    TrialState.INTERRUPTED,
    TrialState.PAUSED,
]
_NAMES = [state.value for state in _STATES]
_ENDED_BADLY = [TrialState.FAILED.value, TrialState.DIVERGED.value]
_WERE = {True: "was", False: "were"}
_MOST_FAILURES = 20
_MESSAGE_LENGTH = 160
_ROLES = ["baseline", TRIED, "search", "best"]


def accounting(frames: Frames) -> pd.DataFrame:
    """Return a row for each study, phase and role of which something is planned or begun.

    Returns:
        `study, phase, role, planned`, a column a state, `not_begun, epochs, seconds`: epochs trained and their time,
        in all. `phase` is that of the trials; trials that only a re-tuned arm asks for are `ABLATE_RETUNED`, trials
        of its search `RETUNING`. `role` is as in `with_roles`, or what is re-tuned. `planned` and `not_begun` are
        missing for what an earlier plan asked for.
    """
    trials = _trials(frames)
    counts = pd.concat([trials[_KEYS], *((trials["state"] == name).rename(name) for name in _NAMES)], axis=1)
    counts = counts.groupby(_KEYS).sum()
    costs = trials.groupby(_KEYS)[["trained", "seconds"]].sum().rename(columns={"trained": "epochs"})
    table = _planned(frames).merge(counts.join(costs).reset_index(), on=_KEYS, how="outer")
    whole = [*_NAMES, "epochs"]
    table[whole] = table[whole].fillna(0).astype(int)
    table["seconds"] = table["seconds"].fillna(0.0)
    table["not_begun"] = (table["planned"] - table[_NAMES].sum(axis=1)).clip(lower=0)
    table = table[table["planned"].gt(0) | table[_NAMES].any(axis=1)]
    places = {
        "study": {study: place for place, study in enumerate(frames.plan_rows)},
        "phase": {phase: place for place, phase in enumerate(_PHASES)},
        "role": {role: place for place, role in enumerate(_ROLES)},
    }
    ordered = table.assign(**{f"{name}_place": table[name].map(known) for name, known in places.items()})
    ordered = ordered.sort_values(["study_place", "phase_place", "role_place", "role"])
    return ordered[[*_KEYS, "planned", *_NAMES, "not_begun", "epochs", "seconds"]].reset_index(drop=True)


def by_phase(table: pd.DataFrame) -> pd.DataFrame:
    """Return `accounting` summed up over the roles, but for searches that re-tune: these are a row each."""
    apart = table["role"].where(table["phase"] == RETUNING, "")
    sums = table.drop(columns="role").groupby(["study", "phase", apart], sort=False)
    # What an earlier plan asked for is not planned any more.
    return sums.sum(min_count=1).reset_index()


def incomplete(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `accounting` whose tested trials are not all complete; in a search pruning is usual."""
    others = table[[name for name in _NAMES if name != COMPLETE]].sum(axis=1) + table["not_begun"].fillna(0)
    return table[~table["phase"].isin([SEARCH, RETUNING]) & (others > 0)].reset_index(drop=True)


def failures(frames: Frames) -> pd.DataFrame:
    """Return how often each kind of failure happened: `study, phase, state, type, message, trials`."""
    every = [frames.trials, frames.retunings.assign(phase=RETUNING)]
    bad = pd.concat([part[part["state"].isin(_ENDED_BADLY)] for part in every], ignore_index=True)
    renamed = bad.rename(columns={"failure_type": "type", "failure_message": "message"})
    keys = ["study", "phase", "state", "type", "message"]
    filled = renamed[keys].fillna({"type": form.MISSING, "message": form.MISSING}).astype(str)
    table = filled.groupby(keys).size().rename("trials").reset_index()
    return table.sort_values(["trials", *keys], ascending=[False, *[True] * len(keys)]).reset_index(drop=True)


def retried(frames: Frames) -> pd.DataFrame:
    """Return how often each kind of failure ended an attempt of a trial that was trained again.

    Returns:
        `study, phase, state, type, message, trials, now`: of so many trials, whose states today `now` lists.
    """
    keys = ["study", "phase", "state", "type", "message"]
    rows = frames.retries.assign(phase=frames.retries["phase"].where(~frames.retries["retuned"], RETUNING))
    rows[keys] = rows[keys].fillna(form.MISSING).astype(str)
    grouped = rows.groupby(keys, sort=False)
    table = grouped.agg(trials=("trial", "nunique"), now=("now", lambda states: ", ".join(sorted(set(states)))))
    return typed(table.reset_index(), {"trials": "int64"}).sort_values("trials", ascending=False, kind="stable")


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    title = "Accounting of trials"
    table = accounting(frames)
    if table.empty:
        return Section(title, (Paragraph("No trial is planned."),), appendix=True)
    phases = by_phase(table)
    shown = tabulate("accounting", "Trials by study and phase", phases, [_STUDY, _PHASE, *_counts(phases)])
    blocks: list[Block] = [Paragraph(counts(frames)), replace(shown, data=table)]
    rest = incomplete(table)
    if rest.empty:
        blocks.append(Paragraph(f"{_all_complete(table)} {_READING}".strip()))
    else:
        columns = [_STUDY, _PHASE, Column("Variant", form.shown("role")), *_counts(rest)]
        blocks += [
            Paragraph(_READING),
            tabulate("incomplete", "Variants whose trials are not all complete", rest, columns),
        ]
    found = failures(frames)
    if not found.empty:
        blocks.append(_failures_shown(found))
    again = retried(frames)
    if not again.empty:
        number = frames.retries["trial"].nunique()
        blocks += [Paragraph(f"{form.count(number, 'trial')} failed at first and {_WERE[number == 1]} trained again.")]
        caption = "What ended earlier attempts of trials that were trained again"
        blocks.append(_failures_shown(again, "retried", caption, [Column("State today", form.shown("now"))]))
    blocks += [Paragraph(sentence) for sentence in code_changes(frames)]
    return Section(title, (*blocks, *accounting_shown(frames), *figures_of("accounting", frames)), appendix=True)


_READING = (
    "Only complete trials are ranked or averaged. Replicates and planned trials of ablations are never pruned. An "
    "earlier best is a configuration that a larger search has overtaken since its replicates. Training time adds up "
    "the trials, also those that ran side by side."
)


def _phase(row: Mapping[Any, Any]) -> str:
    return _PHASES[row["phase"]].format(role=row["role"])


_STUDY = Column("Study", form.shown("study"))
_PHASE = Column("Phase", _phase)


def _counts(table: pd.DataFrame) -> list[Column]:
    """Return columns of numbers, without those of states that no trial has."""
    states = [name for name in _NAMES if name == COMPLETE or table[name].any()]
    waiting = ["not_begun"] if table["not_begun"].gt(0).any() else []
    return [
        *(_number(name) for name in ["planned", *states, *waiting]),
        _number("epochs", "Epochs trained"),
        Column("Training time (min)", form.shown("seconds", form.minutes), numeric=True),
    ]


def _number(name: str, heading: str = "") -> Column:
    return Column(heading or name.replace("_", " ").capitalize(), form.shown(name, form.whole), numeric=True)


def _all_complete(table: pd.DataFrame) -> str:
    tested = table[~table["phase"].isin([SEARCH, RETUNING])]
    number = int(tested["planned"].sum())
    planned = form.count(number, "planned trial")
    return f"All {planned} that are evaluated on the test split are complete." if number else ""


def _trials(frames: Frames) -> pd.DataFrame:
    """Return every trial once, those of re-tuning searches too: `study, phase, role, state, trained, seconds`."""
    trials = with_roles(frames)
    per_trial = frames.epochs.groupby("trial")["seconds"].agg(["size", "sum"])
    trials["trained"] = trials["trial"].map(per_trial["size"]).fillna(0).astype(int)
    trials["seconds"] = trials["trial"].map(per_trial["sum"]).fillna(0.0).astype(float)
    planned = _planned_trials(frames).set_index("planned_trial")
    known = trials["trial"].map(planned["phase"])
    trials["phase"] = trials["phase"].where(known.isna(), known)
    retunings = frames.retunings.assign(phase=RETUNING, role=frames.retunings["arm"])
    types = {**dict.fromkeys([*_KEYS, "state"], "object"), "trained": "int64", "seconds": "float64"}
    return stacked([trials, retunings], types)


def _planned_trials(frames: Frames) -> pd.DataFrame:
    """Return the planned trials of ablations, each once however many arms share it.

    Returns:
        `study, phase, role, planned_trial`; one is fixed if any fixed arm asks for it, and has the role under which
        it was begun, else that of the first arm.
    """
    planned = frames.planned_trials.sort_values("setting", kind="stable")
    numbers = planned["search"].astype(str) + "/" + planned["replicate"].astype(str)
    unknown = planned["study"] + "/" + planned["arm"] + "/" + planned["setting"] + "/" + numbers
    # No trial is known of an arm whose search is not finished.
    planned = planned.assign(planned_trial=planned["trial"].where(planned["trial"].notna(), unknown)).drop_duplicates(
        "planned_trial"
    )
    begun = frames.trials.set_index("trial")["variant"]
    phase = np.where(planned["setting"] == Setting.RETUNED, ABLATE_RETUNED, ABLATE)
    role = planned["planned_trial"].map(begun)
    return planned.assign(phase=phase, role=role.where(role.notna(), planned["arm"]))[[*_KEYS, "planned_trial"]]


def _planned(frames: Frames) -> pd.DataFrame:
    plans = frames.plans[["study", "trials", "replicates", "epoch_budget"]].astype({"trials": int, "replicates": int})
    searches = frames.trials[frames.trials["phase"] == SEARCH]
    plans = _meant(plans, searches, ["study"])
    best = best_trials(frames)
    sole = best.loc[best["is_baseline"], "study"]
    searched = plans["trials"]
    baselines = searched.clip(upper=1)
    tried = plans["study"].map(frames.tries.groupby("study").size()).fillna(0).astype(int)
    finals = plans.rename(columns={"replicates": "planned"}).assign(phase=REPLICATE)
    children = frames.children.groupby(["parent", "variant"], sort=False).agg({"trials": "sum", "epoch_budget": "min"})
    children = children.reset_index().rename(columns={"parent": "study", "variant": "arm"})
    children = _meant(children, frames.retunings, ["study", "arm"])
    children = children.rename(columns={"arm": "role", "trials": "planned"}).drop(columns="epoch_budget")
    parts = [
        plans.assign(phase=SEARCH, role="baseline", planned=baselines),
        plans.assign(phase=SEARCH, role=TRIED, planned=tried),
        plans.assign(phase=SEARCH, role="search", planned=searched - baselines - tried),
        children.assign(phase=RETUNING),
        finals.assign(role="baseline"),
        finals[~finals["study"].isin(sole)].assign(role="best"),
        frames.finals.rename(columns={"name": "role", "replicates": "planned"}).assign(phase=REPLICATE),
        _planned_trials(frames).groupby(_KEYS).size().rename("planned").reset_index(),
    ]
    return stacked(parts, {**dict.fromkeys(_KEYS, "object"), "planned": "float64"})


def _meant(searches: pd.DataFrame, begun: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return searches with the trials that were meant: where their epochs are limited, those that began.

    Args:
        searches: With `trials, epoch_budget`, and the keys.
        begun: A row for each trial that began, with the keys.
        keys: Columns that tell the searches apart.
    """
    counted = begun.groupby(keys).size().rename("begun").reset_index()
    table = searches.merge(counted, on=keys, how="left")
    trials = table["trials"].where(table["epoch_budget"].isna(), table["begun"].fillna(0)).astype(int)
    return table.assign(trials=trials).drop(columns="begun")


def _failures_shown(
    found: pd.DataFrame, name: str = "failures", caption: str = "What went wrong", more: Sequence[Column] = ()
) -> Table:
    def message(text: str) -> str:
        return text if len(text) <= _MESSAGE_LENGTH else f"{text[:_MESSAGE_LENGTH]}…"

    if len(found) > _MOST_FAILURES:
        caption += f": the {_MOST_FAILURES} most frequent of {len(found)} kinds"
    columns = [
        Column("Study", form.shown("study")),
        Column("Phase", form.shown("phase")),
        Column("State", form.shown("state")),
        Column("Type", form.shown("type")),
        Column("Message", form.shown("message", message)),
        Column("Trials", form.shown("trials", form.whole), numeric=True),
        *more,
    ]
    return tabulate(name, caption, found.head(_MOST_FAILURES), columns, data=found)
