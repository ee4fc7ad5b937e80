"""Prints stored studies: all, one, its best, what came of a run, what its models say of images."""

from __future__ import annotations

import shlex
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from study.cli.tables.cells import changed_values, console, count, make_table, percent, seconds
from study.cli.tables.finals import finals_table, unmatched
from study.task import MISSING, OWN, Metric, plain_number
from study.trial import TRIED


def print_list(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the studies."""
    if not rows:
        console().print("no study yet; `python -m study run SPACE` begins one")
        return
    further = ["further finals"] if any(row["final_target"] for row in rows) else []
    table = make_table(
        *("study", "status", "search trials", "replicates", *further, "ablation", "best validation", "begun (UTC)")
    )
    for row in rows:
        table.add_row(
            escape(row["study"]),
            row["status"],
            _searched(row),
            f"{row['replicates']}/{row['replicate_target']}",
            *([f"{row['final_trials']}/{row['final_target']}" if row["final_target"] else "-"] if further else []),
            f"{row['ablation_trials']}/{row['ablation_target']}" if row["ablation_target"] else MISSING,
            _metric(row).show(row["best_validation_score"]),
            row["created_at"][:16].replace("T", " "),
        )
    console().print(table)
    for row in rows:
        if row["not_tried"]:
            console().print(escape(row["not_tried"]), soft_wrap=True)


def _searched(row: Mapping[str, Any]) -> str:
    if row["epoch_budget"] is None:
        return f"{row['search_trials']}/{row['search_target']}"
    return f"{row['search_trials']} ({row['search_epochs']}/{row['epoch_budget']} epochs)"


def print_study(details: Mapping[str, Any]) -> None:
    """Print a study's plan in a line or two, then its trials."""
    plan = details["plan"]
    out = console()
    out.print(
        f"{escape(details['study'])}: {details['status']}; {count(plan['epochs'], 'epoch')} a trial, sampler "
        f"{plan['sampler']}, pruner {plan['pruner']}, seed {plan['seed']}; {_data(plan)}; checkpoints and weights in "
        f"{escape(details['files'])}",
        soft_wrap=True,
    )
    columns = ("trial", "state", "epochs", "validation", "test", "seconds", "changes on the baseline")
    metric = _metric(details)
    failed = any(_reason(row) for row in details["trials"])
    table = make_table(*columns, *(["reason"] if failed else []))
    for row in details["trials"]:
        table.add_row(
            trial_name(row) + (" (tried)" if row["variant"] == TRIED else ""),
            row["state"],
            f"{row['epochs']}",
            metric.show(row["last_validation_score"]),
            metric.show(row["test_score"]),
            seconds(row["seconds"]),
            escape(changed_values(row["changes"]) or "none"),
            *([escape(_reason(row))] if failed else []),
        )
    out.print(table)
    if details["finals"]:
        out.print(finals_table(details["study"], details["finals"], metric))
        if unreachable := next(filter(None, (row["test"]["unreachable"] for row in details["finals"])), None):
            out.print(
                f"the files of {escape(details['study'])} are out of reach: {escape(unreachable)}", soft_wrap=True
            )
        if note := unmatched(details["study"], details["finals"], plan):
            out.print(escape(note), soft_wrap=True)
    for row in details["trials"]:
        if len(row["machine_kinds"] or ()) > 1:
            kinds = escape(", then on ".join(row["machine_kinds"]))
            told = f"trial {trial_name(row)} was trained on {kinds}: its last digits may depend on that"
            out.print(told, soft_wrap=True)
        for failure in row["earlier_failures"]:
            told = f"{failure['type']}: {failure['message']}" if failure["type"] else failure["state"]
            name, attempt = trial_name(row), failure["attempt"]
            out.print(f"trial {name} was taken up again: its attempt {attempt} ended {escape(told)}", soft_wrap=True)
    known = {row["id"] for row in details["trials"]}
    for entry in details["tries"] if details["not_tried"] is None else ():
        if entry["trial"] not in known:
            out.print(f"to be tried: {escape(changed_values(entry['given']))}", soft_wrap=True)
    if details["not_tried"]:
        out.print(escape(details["not_tried"]), soft_wrap=True)
    if len(details["history"]) > 1:
        out.print("how its plan came to be what it is:")
        for change in details["history"]:
            when = change["changed_at"][:16].replace("T", " ")
            out.print(f"  {when} UTC  {escape(change['what'])}", soft_wrap=True)
    if details["stale"]:
        out.print(
            f"{count(details['stale'], 'trial')} more, stale: the code that trained them was changed, and they count "
            f"for nothing",
            soft_wrap=True,
        )
    if any(row["failure_traceback"] for row in details["trials"]):
        study = shlex.quote(details["study"])
        out.print(f"`python -m study show {escape(study)} --failures` prints the tracebacks", soft_wrap=True)


def _data(plan: Mapping[str, Any]) -> str:
    """Say what is known of a study's data."""
    if plan["task"] == OWN:
        return "its model trains itself, on data that its own code loads"
    told = (
        f"{plan['train_examples']} training, {plan['validation_examples']} validation and {plan['test_examples']} test "
        f"examples"
    )
    if plan["own_training"]:
        return f"{told}; its model trains itself"
    final = plan["final_examples"]
    return told if final == plan["train_examples"] else f"{told}; final trials learn from {final}"


def print_failures(details: Mapping[str, Any]) -> None:
    """Print every trial that failed or diverged: its hyperparameters, the reason, the traceback, and what it wrote."""
    out = console()
    if not details["trials"]:
        out.print(f"{escape(details['study'])}: no trial failed or diverged", soft_wrap=True)
    for row in details["trials"]:
        out.print(f"trial {trial_name(row)} {row['state']}: {escape(_reason(row))}", soft_wrap=True)
        out.print(f"  changes on the baseline: {escape(changed_values(row['changes']) or 'none')}", soft_wrap=True)
        if row["failure_traceback"]:
            out.print(escape(textwrap.indent(row["failure_traceback"].rstrip(), "  ")), soft_wrap=True)
        for line in row["log"]:
            out.print(f"  log of epoch {line['epoch']}: {escape(line['text'])}", soft_wrap=True)


def print_log(details: Mapping[str, Any]) -> None:
    """Print the lines that a study's trials wrote, each with its trial and the last epoch that it had told."""
    out = console()
    if not any(row["log"] for row in details["trials"]):
        out.print(f"{escape(details['study'])}: no trial wrote a line; run.log(text) writes one", soft_wrap=True)
    for row in details["trials"]:
        for line in row["log"]:
            out.print(f"{_title(row)}  epoch {line['epoch']}  {escape(line['text'])}", soft_wrap=True)


def _reason(row: Mapping[str, Any]) -> str:
    """Return why a trial failed, on one line; nothing where it did not."""
    told = [row["failure_type"], row["failure_message"]]
    return " ".join(": ".join(filter(None, told)).split())


def print_predictions(predictions: Sequence[Mapping[str, Any]]) -> None:
    """Print a line an image."""
    first = predictions[0] if predictions else {}
    names = {"class": ("class", "probability", "models that agree"), "labels": ("labels",), "values": ("values",)}
    columns = next((found for key, found in names.items() if key in first), ())
    table = make_table("image", *columns)
    for row in predictions:
        table.add_row(escape(row["image"]), *(escape(cell) for cell in _answer(row)))
    console().print(table)


def _answer(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the cells of what the models say of an input."""
    if "class" in row:
        return row["class"], percent(row["probability"]), f"{row['agreeing']} of {row['models']}"
    if "labels" in row:
        found = row["probabilities"]
        return (", ".join(f"{name} ({percent(found[name])})" for name in row["labels"]) or "none",)
    spread = (
        f"{name} {plain_number(value)} ({plain_number(row['lowest'][name])} to {plain_number(row['highest'][name])})"
        for name, value in row["values"].items()
    )
    return (", ".join(spread),)


def print_scores(scored: Mapping[str, Any]) -> None:
    """Print how a data set's test split was answered: its metrics, and of a classification a line a class."""
    out = console()
    known = {entry["name"]: Metric.from_columns(entry) for entry in scored["definitions"]}
    told = ", ".join(f"{known[name].label} {known[name].show(value)}" for name, value in scored["metrics"].items())
    out.print(
        f"{escape(scored['study'])}, {count(scored['models'], 'model')}, on the {scored['examples']} test examples of "
        f"{escape(scored['dataset'])}: {escape(told)}",
        soft_wrap=True,
    )
    if scored["task"] == "classification":
        out.print(_by_class(scored["predictions"]))


def _by_class(predictions: Sequence[Mapping[str, Any]]) -> Table:
    table = make_table("class", "examples", "right", "recall", "most often taken for")
    labels: dict[str, Counter[str]] = {}
    for row in predictions:
        labels.setdefault(row["truth"], Counter())[row["class"]] += 1
    for label, answers in labels.items():
        wrong = [f"{escape(name)} ({number})" for name, number in answers.most_common() if name != label]
        examples, right = answers.total(), answers[label]
        table.add_row(
            escape(label), str(examples), str(right), percent(right / examples), wrong[0] if wrong else MISSING
        )
    return table


def _title(row: Mapping[str, Any]) -> str:
    """Return what a line is about that stands alone: `trial 3`, `best replicate 0`."""
    return f"trial {trial_name(row)}" if row["phase"] == "search" else trial_name(row)


def trial_name(row: Mapping[str, Any]) -> str:
    """Return what to call a trial: its number in the search, or which replicate it is."""
    return str(row["optuna_number"]) if row["phase"] == "search" else f"{row['variant']} replicate {row['replicate']}"


def _metric(details: Mapping[str, Any]) -> Metric:
    """Return the metric that a study's trials are ranked by."""
    return Metric.from_columns(details["metric"])
