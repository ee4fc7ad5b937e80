"""The command that takes a study's numbers elsewhere: export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from study.cli import options as opt
from study.cli.output import say
from study.errors import StudyError
from study.paths import expanded
from study.prepare.request import DEFAULT_STORAGE


def export(
    study: opt.OneStudy,
    format: Annotated[
        str, typer.Option(help="csv or parquet: a folder with a file for each table. json: one file.")
    ] = "csv",
    output: Annotated[
        Path | None, typer.Option(help="Folder, or the JSON file.  [default: runs/export/STUDY]", show_default=False)
    ] = None,
    predictions: Annotated[
        bool, typer.Option("--predictions", help="Add what each tested trial said of each test example.")
    ] = False,
    storage: opt.Storage = DEFAULT_STORAGE,
) -> None:
    """Write all that is known of a study, complete and typed: trials, epochs, metrics, planned trials, effects."""
    from reports import ReportError
    from reports.export import write_export
    from study.database import TrialDatabase

    with TrialDatabase(storage, read_only=True) as database:
        try:
            written = write_export(
                database,
                study,
                format=format,
                output=None if output is None else expanded(output),
                predictions=predictions,
            )
        except ReportError as error:
            raise StudyError(str(error)) from error
    rows = written.rows
    say(
        f"wrote {len(rows)} tables of {written.study} ({rows['trials']:,} trials, {rows['epochs']:,} epochs, "
        f"{rows['effects']:,} effects) to {written.path}"
    )
    for file in written.left:
        say(f"{file} is of an earlier export; this one has no such table")
    if written.stale:
        counted = "1 is stale, whose column `stale_at` is filled: it counts"
        if written.stale > 1:
            counted = f"{written.stale} are stale, whose column `stale_at` is filled: they count"
        say(f"among the trials {counted} for nothing")
    if not predictions and rows["test_results"]:
        say("what the tested trials said of each test example is left out; --predictions adds it")
