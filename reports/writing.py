"""Writes a report's files. The pages come from one document, so that they cannot disagree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reports.content import build
from reports.document import Document
from reports.errors import ReportError
from reports.frames import load
from reports.html import to_html
from reports.markdown import to_markdown
from reports.pictures import render


def write_report(storage: str, studies: Sequence[str] = (), *, output: Path, title: str | None = None) -> list[Path]:
    """Writes `report.md`, `report.html`, `figures/*.png`, `figures/*.svg` and `tables/*.csv`.

    Args:
        storage: SQLAlchemy URL of the trial database; opened read-only, also while a study is running.
        studies: Names such as `cnn@mnist`, or `cnn` where only one study of that space exists; none means all.
        output: Folder, made if need be; files of an earlier report in it are overwritten.
        title: Of the page; by default made from the studies' names.

    Returns:
        The paths written, the two pages first.

    Raises:
        ReportError: A study is unknown or ambiguous, the database cannot be read, or the folder cannot be written.
        study.errors.StudyError: There is no trial database at `storage`.
    """
    document = build(load(storage, studies), title=title)
    try:
        return _write(document, output)
    except OSError as error:
        raise ReportError(f"the report cannot be written to {output}: {error.strerror}") from error


def _write(document: Document, output: Path) -> list[Path]:
    figures, tables = output / "figures", output / "tables"
    for folder in (output, figures, tables):
        folder.mkdir(parents=True, exist_ok=True)
    written = []
    vectors = {}
    for figure in document.figures():
        picture = render(figure)
        vectors[figure.name] = picture.svg
        for suffix, content in (("png", picture.png), ("svg", picture.svg)):
            path = figures / f"{figure.name}.{suffix}"
            path.write_bytes(content)
            written.append(path)
    for table in document.tables():
        path = tables / f"{table.name}.csv"
        table.data.to_csv(path, index=False, lineterminator="\n")
        written.append(path)
    pages = {"report.md": to_markdown(document), "report.html": to_html(document, vectors)}
    for name, text in pages.items():
        (output / name).write_text(text, encoding="utf-8")
    return [*(output / name for name in pages), *written]
