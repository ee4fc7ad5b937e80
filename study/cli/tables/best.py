"""Prints a study's best beside its baseline: configurations, scores, whether it is better, and how to train it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from study.cli.tables.cells import brief, changed_values, console, count, interval, make_table, seconds
from study.database import TrialDatabase
from study.errors import StudyError
from study.interface.effects import best_of_study
from study.status.details import list_rows
from study.task import Metric


def print_best(details: Mapping[str, Any]) -> None:
    """Print the best configuration beside the baseline, their scores and the weights."""
    out = console()
    out.print(_comparison(details))
    _print_found(details)
    if details["command"]:
        out.print("to begin a study whose baseline is the best:", soft_wrap=True)
        out.print(f"  {escape(details['command'])}", soft_wrap=True)
    own, weights = details["own_training"], details["test"]["best"]["weights"]
    if unreachable := details["test"]["best"]["unreachable"]:
        out.print(f"the files of {escape(details['study'])} cannot be reached: {escape(unreachable)}", soft_wrap=True)
    elif details["test"]["best"]["scores"] and not weights:
        lost = "the weights of the best's replicates are not"
        lost = "what the best's replicates kept could not be saved, or is no longer" if own else lost
        out.print(f"{lost} in {escape(details['files'])}", soft_wrap=True)
    if weights:
        out.print(f"{'kept by' if own else 'weights of'} the best's replicates:", soft_wrap=True)
        for path in weights:
            out.print(f"  {escape(path)}", soft_wrap=True)
        uses = "" if own else "`python -m study predict` uses them; "
        out.print(f"{uses}docs/weights.md has the lines that load them elsewhere")


def print_summary(database: TrialDatabase, studies: Sequence[str]) -> None:
    """Print what came of studies that have just run, and what to do next."""
    out = console()
    rows = {row["study"]: row for row in list_rows(database)}
    for study in studies:
        try:
            details = best_of_study(database, study)
            out.print(_comparison(details))
            _print_found(details)
        except StudyError as error:
            out.print(escape(str(error)), soft_wrap=True)
        states = rows[study]["states"]
        if bad := [f"{states[state]} {state}" for state in ("failed", "diverged") if states.get(state)]:
            out.print(f"{escape(study)}: {' and '.join(bad)}; `python -m study show {study}` tells why", soft_wrap=True)
    option = "" if database.storage == "sqlite:///runs/studies.db" else f" --storage {shlex.quote(database.shown)}"
    out.print(
        f"next: `python -m study report{option}` for tables and curves, "
        f"`python -m study best {studies[-1]}{option}` for hyperparameters and weights",
        soft_wrap=True,
    )


def _comparison(details: Mapping[str, Any]) -> Table:
    """Draw the baseline and the best, side by side: first every hyperparameter, then the scores."""
    best, baseline = details["configuration"], details["baseline"]
    asked = ", which --try asked for" if details["tried"] else ""
    title = f"{details['study']}: best is trial {details['trial']}{asked if details['changes'] else ', the baseline'}"
    source = details["published"]["source"] if details["published"] else ""
    table = make_table("", f"baseline ({source}'s values)" if source else "baseline", "best", title=title)
    for name in baseline:
        shown = escape(brief(best[name]))
        same = best[name] == baseline[name]
        table.add_row(name, escape(brief(baseline[name])), shown if same else f"[bold]{shown}[/bold]")
    table.add_section()
    scores, metric = (details["test"]["baseline"], details["test"]["best"]), _metric(details)
    table.add_row(
        escape(f"validation {metric.label}, one search trial{_learned(details, 'validation')}"),
        metric.show(details["baseline_validation_score"]),
        metric.show(details["validation_score"]),
    )
    table.add_row(
        escape(f"test {metric.label}, mean of final trials{_learned(details, 'test')}"),
        *(interval(score, metric) for score in scores),
    )
    published = details["published"]
    if published and published["test_score"] is not None:
        table.add_row(
            escape(f"test {metric.label}, {published['source']} ({published['epochs']} epochs)"),
            metric.show(published["test_score"]),
            "",
        )
    table.add_row("seconds of one final trial", *(seconds(score["seconds"]) for score in scores))
    return table


def _print_found(details: Mapping[str, Any]) -> None:
    """Say whether the best beats the baseline, and what else has to be known of it."""
    out = console()
    if details["in_words"]:
        out.print(f"{escape(details['study'])}: {escape(details['in_words'])}", soft_wrap=True)
    if details["front"]:
        out.print(_front(details))
    _warn_of_guessing(details)


def _learned(details: Mapping[str, Any], split: str) -> str:
    """Return from how many examples the trials behind a score learned, on a line of its own; nothing if unknown."""
    number = details[f"{split}_learned_from"]
    return "" if number is None else f"\n  learned from {count(number, details['example'])}"


def _warn_of_guessing(details: Mapping[str, Any]) -> None:
    """Say where the best is not shown to beat always answering the most frequent class."""
    guessing = details["guessing"]
    if guessing is None or guessing["beaten"]:
        return
    score, metric = details["test"]["best"], _metric(details)
    console().print(
        f"note: {escape(details['study'])}: the best's test {escape(metric.label)}, {metric.show(score['mean'])} "
        f"({count(len(score['scores']), 'seed')}), is not shown to be better than {escape(guessing['words'])}: "
        f"{metric.show(guessing['score'])}; `python -m study data` tells what was read of the data",
        soft_wrap=True,
    )


def _front(details: Mapping[str, Any]) -> Table:
    """Draw the trials that no other equals for less."""
    title = f"{details['study']}: Pareto front, single trials"
    objectives = [Metric.from_columns(entry) for entry in details["objectives"]]
    table = make_table(
        "trial", *(escape(metric.label) for metric in objectives), "changes on the baseline", title=title
    )
    for row in details["front"]:
        table.add_row(
            str(row["trial"]),
            *(_reached(metric, row[metric.name]) for metric in objectives),
            escape(changed_values(row["changes"]) or "none"),
        )
    return table


def _reached(metric: Metric, value: float) -> str:
    """Return what a trial reached of an objective."""
    return f"{value:,}" if isinstance(value, int) else metric.show(value)


def _metric(details: Mapping[str, Any]) -> Metric:
    """Return the metric that a study's trials are ranked by."""
    return Metric.from_columns(details["metric"])
