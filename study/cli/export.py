"""The command that takes a study's numbers elsewhere: export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from study.cli import options as opt
from study.cli.output import say
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
    from study.interface.exporting import export as write

    write(study, format=format, output=output, predictions=predictions, storage=storage, say=say)
