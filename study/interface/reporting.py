"""The function that writes the report."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path

from reports import FORMATS, ReportError, write_report
from study.errors import StudyError
from study.interface.places import meant_storage
from study.interface.watching import Say
from study.paths import expanded


def report(
    studies: str | Sequence[str] = (),
    *,
    storage: str | Path | Sequence[str | Path] | None = None,
    output: str | Path = "runs/report",
    title: str | None = None,
    format: str | Sequence[str] | None = None,
    open: bool = False,
    say: Say = print,
) -> list[Path]:
    """Write the report of all studies, or of some, as Markdown and HTML, from the trial database alone.

    Args:
        studies: Names; none means all.
        storage: As `studies` takes it; several give one report of the studies of all of them.
        output: Folder for the pages, figures and tables.
        title: Of the page; by default made from the studies' names.
        format: html, markdown, csv, latex, png, svg, or several; by default all.
        open: Whether to open the HTML page in the browser.
        say: Told where it was written.

    Returns:
        The files, the pages first.

    Raises:
        StudyError: A study is unknown, a format is unknown, or the folder cannot be written.
    """
    formats = (format,) if isinstance(format, str) else tuple(format or FORMATS)
    if open and "html" not in formats:
        raise StudyError("--open shows the HTML page, which was not asked for; add --format html")
    folder = expanded(output)
    names = [studies] if isinstance(studies, str) else list(studies)
    several = None if storage is None or isinstance(storage, str | Path) else [meant_storage(url) for url in storage]
    if several is not None and not several:
        raise StudyError("storage names no trial database; leave it out for the default one")
    meant = several or meant_storage(storage if isinstance(storage, str | Path) else None)
    try:
        written = write_report(meant, names, output=folder, title=title, formats=formats)
    except ReportError as error:
        raise StudyError(str(error)) from error
    pages = [str(path) for path in written if path.parent == folder]
    say(f"wrote {' and '.join(pages) or f'{len(written)} files to {folder}'}")
    if open and not webbrowser.open((folder / "report.html").resolve().as_uri()):
        say("no browser was found; open the page by hand")
    return written
