"""Whole reports, as a user reads them."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports import ReportError, write_report
from reports.pages.document import Document, slug
from reports.pages.html import to_html
from reports.pages.markdown import escaped, to_markdown
from reports.pages.pictures import Picture, render
from reports.writing import build
from study.errors import StudyError
from tests.reports.laboratory import Laboratory

PlannedQueue = list[list[list[str]]]
"""Tables, their rows, their planned trials."""


class PageTables(HTMLParser):
    """Reads tables, pictures, ids and links out of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: PlannedQueue = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside = False
        self._folded = False
        """Whether a row is what stands folded into the one before."""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self._folded = ("class", "detail") in attrs
            if not self._folded:
                self.tables[-1].append([])
        elif tag in ("td", "th") and not self._folded:
            self.tables[-1][-1].append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.tables[-1][-1][-1] += data


def markdown_tables(page: str) -> PlannedQueue:
    blocks = re.findall(r"(?:^\|.*\|$\n?)+", page, flags=re.MULTILINE)
    tables = []
    for block in blocks:
        rows = [re.split(r"(?<!\\)\|", line.strip("|")) for line in block.splitlines()]
        planned_trials = [
            [re.sub(r"\\(.)", r"\1", unescape(planned_trial.strip())) for planned_trial in row] for row in rows
        ]
        tables.append([planned_trials[0], *planned_trials[2:]])
    return tables


def pages(document: Document) -> tuple[str, str]:
    pictures = {figure.name: Picture(png=b"", svg=b"<svg/>") for figure in document.figures()}
    return to_markdown(document), to_html(document, pictures)


def headline(laboratory: Laboratory) -> str:
    page = to_markdown(build(laboratory.frames()))
    return page.split("## In short")[1].split("## Suggestions")[0]


@pytest.mark.slow
def test_another_process_writes_every_file_the_same_and_needs_neither_torch_nor_optuna(
    finished: Laboratory, tmp_path: Path
) -> None:
    first = write_report(finished.storage, output=tmp_path / "one")
    program = (
        "import sys; from pathlib import Path; from reports import write_report; "
        f"written = write_report({finished.storage!r}, output=Path({str(tmp_path / 'two')!r})); "
        "print(*written, sep='\\n'); print([name for name in ('torch', 'optuna') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    *lines, loaded = done.stdout.splitlines()
    assert loaded == "[]"
    second = [Path(line) for line in lines]
    names = {path.relative_to(tmp_path / "one").as_posix() for path in first}
    assert {"report.md", "report.html", "tables/leaderboard.csv", "tables/accounting.csv"} <= names
    assert {
        f"figures/{name}.{suffix}"
        for name in ("training-loss", "score-curves", "search-history")
        for suffix in ("png", "svg")
    } <= names
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    on_disk = {path for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert set(first) == on_disk


def test_markdown_and_html_show_the_same_tables(finished: Laboratory) -> None:
    document = build(finished.frames())
    markdown, html = pages(document)
    from_html = PageTables(html).tables
    assert len(from_html) == len(list(document.tables()))
    assert markdown_tables(markdown) == from_html
    assert from_html[0][1][:4] == ["cnn@mnist, best", "98.25 % (95.07 to 100.00 %)", "2", "4,500"]


def test_page_asks_no_host_and_every_link_and_picture_is_good(finished: Laboratory) -> None:
    page = pages(build(finished.frames()))[1]
    tags = PageTables(page).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in tags:
        for name in ("src", "href"):
            address = attributes.get(name)
            assert address is None or address.startswith(("#", "data:"))
            assert address is None or not address.startswith("#") or address[1:] in ids
        if tag == "img":
            assert attributes["alt"]
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.usefixtures("unpainted")
def test_names_are_escaped(laboratory: Laboratory, tmp_path: Path) -> None:
    study = laboratory.plan("<script>alert(1)</script> | $x$ `_a_@mnist", commands=["run ```", "<b>"])
    laboratory.search(study, ("complete", 0.9), ("failed", None))
    laboratory.finals(study, "baseline", [0.9])
    written = write_report(laboratory.storage, output=tmp_path / "out", title="<i>title</i>")
    html = (tmp_path / "out/report.html").read_text()
    markdown = (tmp_path / "out/report.md").read_text()
    assert "alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    assert "<i>" not in html
    shown = re.sub(r"^(`{3,})sh$.*?^\1$", "", markdown, flags=re.MULTILINE | re.DOTALL)  # code is shown as it is
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(1)" in markdown
    assert markdown_tables(markdown) == PageTables(html).tables
    assert all(re.fullmatch(r"[a-z0-9-]+\.(md|html|png|svg|csv|tex)", path.name) for path in written)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", r"a\|b"),
        ("<b> & c", "&lt;b&gt; &amp; c"),
        ("learning_rate", "learning_rate"),
        ("_x_", r"\_x\_"),
        ("1. x", r"1\. x"),
        ("1.5", "1.5"),
        ("- x", r"\- x"),
        ("a\nb", "a b"),
    ],
)
def test_markdown_escapes(text: str, expected: str) -> None:
    assert escaped(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("CNN@mnist", "cnn-mnist"), ("../../x", "x"), ("§", "unnamed")])
def test_slug_is_safe(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.slow
def test_running_study_says_so(laboratory: Laboratory) -> None:
    study = laboratory.plan(trials=20)
    laboratory.search(study, ("complete", 0.9), ("running", None))
    laboratory.database.acquire(study)
    assert "Still running: 1 of 20 search trials finished, 0 of 2 replicates." in headline(laboratory)
    laboratory.database.release(study)
    assert "Unfinished and not running: 1 of 20 search trials finished" in headline(laboratory)


def test_headline_makes_no_claim_with_few_seeds(finished: Laboratory) -> None:
    text = headline(finished)
    assert "98.25 % against 97.50 % test accuracy, +0.75 percentage points (" in text
    assert "The best settings are not shown to differ from the baseline (too few seeds" in text
    page = to_markdown(build(finished.frames()))
    assert "On the test split 4 trials of 2 configurations were evaluated, each once, at its end" in page


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("outcomes", "finals", "expected"),
    [
        pytest.param((), (), "No search trial is complete yet", marks=pytest.mark.slow),
        pytest.param((("complete", 0.9),), (), "The test split has not been opened.", marks=pytest.mark.slow),
        pytest.param((("pruned", 0.9), ("pruned", 0.8)), (), "No search trial is complete yet", marks=pytest.mark.slow),
        pytest.param(
            (("failed", None), ("diverged", None)), (), "No search trial is complete yet", marks=pytest.mark.slow
        ),
        ((("running", 0.5),), (), "1 trial begun: 1 running"),
        ((("complete", 0.9),), (0.9,), "Its test accuracy is 90.00 % (no interval: one seed), 1 seed."),
        pytest.param(
            (("complete", 1.0),),
            (1.0, 1.0),
            "Its test accuracy is 100.00 % (no interval: all seeds alike), 2 seeds.",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_odd_databases_give_a_sensible_page(
    laboratory: Laboratory, outcomes: tuple[tuple[str, float | None], ...], finals: tuple[float, ...], expected: str
) -> None:
    study = laboratory.plan()
    laboratory.search(study, *outcomes)
    laboratory.finals(study, "baseline", finals)
    document = build(laboratory.frames())
    markdown, html = pages(document)
    assert expected in markdown
    assert markdown_tables(markdown) == PageTables(html).tables
    assert not re.search(r"\b(nan|None|NaT)\b", re.sub(r"\| none \|", "", markdown))
    for figure in document.figures():
        assert figure.draw().axes


def test_database_without_a_study(laboratory: Laboratory, tmp_path: Path) -> None:
    write_report(laboratory.storage, output=tmp_path / "out")
    assert "The database holds no study yet" in (tmp_path / "out/report.md").read_text()


@pytest.mark.slow
def test_forty_studies(laboratory: Laboratory) -> None:
    for number in range(40):
        study = laboratory.plan(f"space-{number}@mnist", epochs=1)
        laboratory.search(study, ("complete", 0.9 + number / 1000))
        laboratory.finals(study, "baseline", [0.9])
    document = build(laboratory.frames())
    assert document.title == "Study report: 40 studies"
    assert len(next(document.tables()).rows) == 40
    figures = list(document.figures())
    assert {"training-loss", "score-curves", "search-history", "cost", "timeline"} <= {
        figure.name for figure in figures
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Matplotlib warns where a long legend leaves no room for the curves
        assert render(figures[0]).png


def test_one_study_of_several(laboratory: Laboratory) -> None:
    for name in ("cnn@mnist", "lstm@mnist", "lstm@digits"):
        laboratory.plan(name)
    assert laboratory.frames("cnn").plans["study"].tolist() == ["cnn@mnist"]
    assert laboratory.frames("lstm@digits", "cnn").plans["study"].tolist() == ["cnn@mnist", "lstm@digits"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lstm", "'lstm' could be any of lstm@mnist, lstm@digits; give one of these names"),
        (
            "cnn@mnits",
            "a study here is one of cnn@mnist, lstm@mnist, lstm@digits, not 'cnn@mnits'; did you mean 'cnn@mnist'?",
        ),
        ("zzz", "a study here is one of cnn@mnist, lstm@mnist, lstm@digits, not 'zzz'"),
    ],
)
def test_unknown_studies_are_refused(laboratory: Laboratory, tmp_path: Path, name: str, message: str) -> None:
    for study in ("cnn@mnist", "lstm@mnist", "lstm@digits"):
        laboratory.plan(study)
    with pytest.raises(StudyError, match=f"^{re.escape(message)}$"):
        write_report(laboratory.storage, [name], output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_absent_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="there is no trial database"):
        write_report(f"sqlite:///{tmp_path / 'none.db'}", output=tmp_path / "out")


def test_folder_that_cannot_be_made_is_named(laboratory: Laboratory, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ReportError,
        match=r"^the report cannot be written to .*file/out: Not a directory; --output names another folder$",
    ):
        write_report(laboratory.storage, output=tmp_path / "file/out")


def test_a_password_in_a_command_is_hidden(laboratory: Laboratory) -> None:
    laboratory.plan(commands=["python -m study run cnn --storage postgresql://me:se:cret@host/x"])
    page = to_markdown(build(laboratory.frames()))
    assert "cret" not in page
    assert "postgresql://me:***@host/x" in page
