"""The function that takes a study's numbers elsewhere."""

from __future__ import annotations

from pathlib import Path

from reports import ReportError
from reports.export import write_export
from study.database import TrialDatabase
from study.errors import StudyError
from study.interface.places import meant_storage
from study.interface.watching import Say
from study.paths import expanded


def export(
    study: str,
    *,
    format: str = "csv",
    output: str | Path | None = None,
    predictions: bool = False,
    storage: str | Path | None = None,
    say: Say = print,
) -> Path:
    """Write all that is known of a study, complete and typed: trials, epochs, metrics, planned trials, effects.

    Args:
        study: Its name.
        format: csv or parquet: a folder with a file for each table. json: one file.
        output: Folder, or the JSON file; by default below runs/export, named after the study.
        predictions: Whether to add what each tested trial said of each test example.
        storage: The trial database: a URL, or the path of an SQLite file.
        say: Told what was written, what was left out, and what counts for nothing.

    Returns:
        The folder, or the file.

    Raises:
        StudyError: There is no such study or format, or the files cannot be written.
    """
    with TrialDatabase(meant_storage(storage), read_only=True) as database:
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
    return written.path
