"""What was done, in one sentence: on which data, for what budget, on which machine, when."""

from __future__ import annotations

import pandas as pd

from reports import formatting as form
from reports.analysis.examples import data_names, learned_from, noun
from reports.analysis.frames import Frames
from reports.analysis.selection import ABLATE, REPLICATE, SEARCH
from reports.drawing import style

_MOST_NAMED = 3
_PHASES = {SEARCH: "search trial", REPLICATE: "final trial", ABLATE: "ablation trial"}
_MINUTE, _HOUR = 60, 3600


def in_a_sentence(frames: Frames) -> str:
    """Return data, budget, machine and day of all studies, and what is not shown; there is at least one."""
    studies = list(frames.plan_rows)
    who = style.listed(studies) if len(studies) <= _MOST_NAMED else form.count(len(studies), "study")
    if frames.trials.empty:
        return f"{who}{_learning(frames)}: no trial has begun.{_not_shown(frames)}"
    return f"{who}{_learning(frames)}: {_budget(frames)}{_machine(frames)}{_when(frames)}.{_not_shown(frames)}"


def _not_shown(frames: Frames) -> str:
    """Return which studies of the databases the reader does not see: who shows one may have begun several."""
    others = frames.not_asked_for
    return f" Not shown, of the same database: {style.listed(list(others), _MOST_NAMED)}." if others else ""


def _learning(frames: Frames) -> str:
    """Return from how much was learned where all studies have the same data, else how many data sets there are."""
    names = list(dict.fromkeys(data_names(frames).values()))
    plans = list(frames.plan_rows.values())
    numbers = {learned_from(plan, ABLATE) for plan in plans}
    if len(names) > 1:
        return f" on {style.listed(names, _MOST_NAMED)}"
    number = numbers.pop() if len(numbers) == 1 else None
    return "" if number is None else f", {form.count(number, f'training {noun(plans)}')}"


def _budget(frames: Frames) -> str:
    numbers = frames.trials["phase"].value_counts()
    trials = [form.count(int(numbers[phase]), word) for phase, word in _PHASES.items() if phase in numbers]
    if len(frames.retunings):
        trials.append(form.count(len(frames.retunings), "re-tuning trial"))
    epochs = frames.plans["epochs"].astype(int)
    length = form.count(int(epochs.max()), "epoch")
    length = length if epochs.min() == epochs.max() else f"{epochs.min()} to {length}"
    time = float(frames.epochs["seconds"].sum()) + float(frames.retunings.get("seconds", pd.Series(dtype=float)).sum())
    return f"{style.listed(trials)} of {length}, {_duration(time)} of training"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return form.count(max(round(seconds), 1), "second")
    if seconds < _HOUR:
        return form.count(round(seconds / _MINUTE), "minute")
    return f"{form.decimal(seconds / _HOUR, 1)} hours"


def _machine(frames: Frames) -> str:
    """Return the hardware where all trials ran on one kind, else how many kinds there were."""
    kinds = list(dict.fromkeys((found.accelerator or found.processor, found.cores) for found in frames.environments))
    if not kinds:
        return ""
    if len(kinds) > 1:
        return f" on {form.count(len(kinds), 'machine')}"
    ((name, cores),) = kinds
    return f" on {name} ({form.count(cores, 'core')})"


def _when(frames: Frames) -> str:
    days = pd.concat([frames.trials["started_at"], frames.trials["finished_at"]]).dropna().str[:10]
    if days.empty:
        return ""
    first, last = days.min(), days.max()
    return f", {first}" if first == last else f", {first} to {last}"
