"""Builds a report's document from its sections and writes its forms, which therefore cannot disagree."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reports.analysis import per_seed
from reports.analysis.frames import Frames
from reports.analysis.storages import load_all
from reports.errors import ReportError
from reports.formatting import count
from reports.pages.document import Document
from reports.pages.html import to_html
from reports.pages.latex import to_latex
from reports.pages.markdown import to_markdown
from reports.pages.pictures import Picture, render
from reports.pages.spreadsheet import numbers_to_csv, to_csv
from reports.sections import (
    ablation,
    accounting,
    claims,
    cost,
    curves,
    first_screen,
    leaderboard,
    methods,
    mistakes,
    not_tested,
    provenance,
    search,
)

_SECTIONS = (
    first_screen,
    ablation,
    leaderboard,
    cost,
    search,
    curves,
    mistakes,
    claims,
    methods,
    not_tested,
    accounting,
    provenance,
)
"""In the order in which a reader wants them, the appendix last; each module has `section(frames)`."""
_NAMED_IN_TITLE = 3
FORMATS = ("html", "markdown", "csv", "latex", "png", "svg")
_DRAWN = {"html", "markdown", "png", "svg"}


def write_report(
    storage: str | Sequence[str],
    studies: Sequence[str] = (),
    *,
    output: Path,
    title: str | None = None,
    formats: Sequence[str] = FORMATS,
) -> list[Path]:
    """Write `report.html`, `report.md`, `figures/*.png`, `figures/*.svg`, `tables/*.csv` and `tables/*.tex`.

    Beside a table of the page each, CSV has `trials` and `epochs`, from which all of them can be computed again.

    Args:
        storage: SQLAlchemy URL of the trial database, or several, of whose studies one report is made; opened
            read-only, also while a study is running.
        studies: Names such as `cnn@mnist`, or `cnn` where only one study of that space exists in a database; none means
            all.
        output: Folder, made if need be; files of an earlier report in it are overwritten.
        title: Of the page; by default made from the studies' names.
        formats: Of `FORMATS`, what to write. Markdown brings along the PNG figures that it shows; HTML holds its own.

    Returns:
        The paths written, the pages first.

    Raises:
        ReportError: A study re-tunes a variant of another, the database cannot be read, a format is unknown, or the
            folder cannot be written.
        study.errors.StudyError: A study is unknown or ambiguous, or there is no trial database at `storage`.
    """
    wanted = _checked(formats)
    frames = load_all([storage] if isinstance(storage, str) else list(storage), studies)
    document = build(frames, title=title)
    pictures = {figure.name: render(figure) for figure in document.figures()} if wanted & _DRAWN else {}
    contents = dict(_contents(frames, document, pictures, wanted))
    try:
        for name, content in contents.items():
            path = output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise ReportError(
            f"the report cannot be written to {output}: {error.strerror}; --output names another folder"
        ) from error
    return [output / name for name in contents]


def build(frames: Frames, *, title: str | None = None) -> Document:
    """Build the report of all studies in `frames`; a section that has nothing to say of them is left out."""
    sections = (module.section(frames) for module in _SECTIONS)
    return Document(title or _title(frames), tuple(section for section in sections if section.blocks))


def _contents(
    frames: Frames, document: Document, pictures: Mapping[str, Picture], wanted: set[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield every file: its name and what is in it."""
    if "html" in wanted:
        yield "report.html", to_html(document, pictures).encode()
    if "markdown" in wanted:
        yield "report.md", to_markdown(document).encode()
    for name, picture in pictures.items():
        if wanted & {"png", "markdown"}:
            yield f"figures/{name}.png", picture.png
        if "svg" in wanted:
            yield f"figures/{name}.svg", picture.svg
    for table in document.tables():
        if "csv" in wanted:
            yield f"tables/{table.name}.csv", to_csv(table.data)
        if "latex" in wanted:
            yield f"tables/{table.name}.tex", to_latex(table).encode()
    if "csv" in wanted:
        yield "tables/trials.csv", to_csv(per_seed.trials(frames))
        yield "tables/epochs.csv", numbers_to_csv(per_seed.epochs(frames))


def _checked(formats: Sequence[str]) -> set[str]:
    for name in formats:
        if name not in FORMATS:
            close = difflib.get_close_matches(name.lower(), FORMATS, n=1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"a format is one of {', '.join(FORMATS)}"
            raise ReportError(f"there is no format {name!r}; {hint}")
    return set(formats)


def _title(frames: Frames) -> str:
    studies = list(frames.plan_rows)
    if 1 <= len(studies) <= _NAMED_IN_TITLE:
        return f"Study report: {', '.join(studies)}"
    return f"Study report: {count(len(studies), 'study')}"
