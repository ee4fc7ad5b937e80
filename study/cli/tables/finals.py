"""Prints the final trials of a study that somebody asked for by name."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from study.cli.tables.cells import changed_values, console, interval, make_table, seconds
from study.database import TrialDatabase
from study.status.details import final_details, study_details
from study.task import Metric


def print_finals(database: TrialDatabase, study: str) -> None:
    """Print what came of a study's final trials that were asked for by name, and what to do next."""
    out = console()
    details = study_details(database, study)
    rows = final_details(database, study)
    out.print(finals_table(study, rows, Metric.from_columns(details["metric"])))
    if note := unmatched(study, rows, details["plan"]):
        out.print(escape(note), soft_wrap=True)
    option = "" if database.storage == "sqlite:///runs/studies.db" else f" --storage {shlex.quote(database.shown)}"
    out.print(
        f"next: `python -m study report{option}` for their curves and differences, "
        f"`python -m study show {escape(shlex.quote(study))}{option}` for each trial",
        soft_wrap=True,
    )


def finals_table(study: str, rows: Sequence[Mapping[str, Any]], metric: Metric) -> Table:
    """Draw a row for each of a study's final trials that were asked for by name."""
    table = make_table(
        "final trials",
        "epochs",
        f"test {escape(metric.label)}, mean",
        "finished",
        "seconds of one",
        "changes on the baseline",
        title=f"{escape(study)}: final trials beside the study's own",
    )
    for row in rows:
        table.add_row(
            escape(row["name"]),
            str(row["epochs"]),
            interval(row["test"], metric),
            f"{row['finished']} of {row['test']['planned']}",
            seconds(row["test"]["seconds"]),
            escape(changed_values(row["changes"]) or "none"),
        )
    return table


def unmatched(study: str, rows: Sequence[Mapping[str, Any]], plan: Mapping[str, Any]) -> str:
    """Return the sentence on lengths at which the baseline is not trained; nothing where there is none."""
    there = {plan["epochs"], *(row["epochs"] for row in rows if not row["changes"])}
    lacking = sorted({row["epochs"] for row in rows} - there)
    if not lacking:
        return ""
    lengths = " and ".join(map(str, lacking))
    commands = " and ".join(f"`python -m study final {shlex.quote(study)} --baseline --epochs {n}`" for n in lacking)
    return (
        f"note: {study}: the baseline is not trained for {lengths} epochs, so a difference to it mixes length and "
        f"settings; {commands} trains it so"
    )
