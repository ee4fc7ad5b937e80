"""What the pages do with each kind of block; how they look in a browser is in `test_browser.py`."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from reports import FORMATS, ReportError, write_report
from reports.pages.document import Document, Findings, Section, Table
from reports.pages.html import to_html
from reports.pages.latex import escaped, to_latex
from reports.pages.markdown import to_markdown
from reports.pages.pictures import render
from tests.reports import specimen
from tests.reports.laboratory import Laboratory
from tests.reports.test_report import PageTables

NAMES = ["cnn", specimen.EVIL, "_x_ *y* ~z~", "a" * 200, "網 naïve #1"]


def html_of(document: Document) -> str:
    return to_html(document, {figure.name: render(figure) for figure in document.figures()})


def read_markdown(page: str) -> str:
    """Returns the HTML that a reader of GitHub's Markdown would show."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(page)


def cells(page: str) -> list[list[list[str]]]:
    return [[[cell.strip() for cell in row] for row in table] for table in PageTables(page).tables]


@pytest.mark.cases(1)
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_is_the_same_in_markdown_and_html(name: str) -> None:
    document = specimen.document(name)
    tables = [[list(table.headings), *map(list, table.rows)] for table in document.tables()]
    shown = [[[" ".join(cell.split()) for cell in row] for row in table] for table in tables]
    assert cells(html_of(document)) == shown
    assert cells(read_markdown(to_markdown(document))) == shown


@pytest.mark.cases(1)
@pytest.mark.parametrize("name", NAMES)
def test_names_are_text_and_nothing_else(name: str) -> None:
    for page in (html_of(specimen.document(name)), read_markdown(to_markdown(specimen.document(name)))):
        tags = [tag for tag, _ in PageTables(page).tags]
        plain = [tag for tag, _ in PageTables(page.replace(name, "cnn")).tags]
        assert tags.count("script") == ("<!DOCTYPE" in page)
        assert tags.count("img") == 2
        assert tags == plain


def test_links_lead_to_what_is_there() -> None:
    markdown = to_markdown(specimen.document())
    assert '<a id="table-numbers"></a>\n**Numbers of cnn**' in markdown
    assert "- See [table of cnn](#table-numbers), nowhere." in markdown
    assert "Read on. See [curves of cnn](#figure-curves)." in markdown
    html = html_of(specimen.document())
    assert 'See <a href="#table-numbers">table of cnn</a>, nowhere.' in html
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r' href="#([^"]+)"', html)) <= set(ids)


def test_a_card_tells_its_claim_verdict_evidence_and_test() -> None:
    markdown = to_markdown(specimen.document()).split("### ")[2].rstrip()
    assert markdown.splitlines() == [
        "cnn trains faster",
        "",
        "✓ **supported** Judged by seconds per epoch.",
        "",
        "- For: cnn: 2.0 s",
        "- For: half of it",
        "- Against: 4.0 s on a phone",
        "- See [table of cnn](#table-numbers), nowhere.",
        "",
        "To test it:",
        "",
        "```sh",
        "python -m study run cnn --replicates 9",
        "```",
    ]
    card = html_of(specimen.document()).split("<article")[2]
    text = " ".join(re.sub(r"<[^>]*>", " ", f"<{card}").split())
    assert text.startswith(
        "cnn trains faster ✓ supported Judged by seconds per epoch. For cnn: 2.0 s half of it Against"
    )


def test_a_folded_card_is_an_item_of_a_list_and_tells_as_much() -> None:
    markdown = to_markdown(specimen.document())
    items = markdown.split("- <a id=")[1].split("\n\n")[0]
    assert items.splitlines() == [
        '"card-cnn-with-dropout"></a> ? cnn with dropout: **cannot tell** Changes cnn to 0.25.',
        "  - Neither for nor against: cnn: +0.10 percentage points",
        "  - Neither for nor against: half of it",
        "  - See [table of cnn](#table-numbers).",
        "  - With more seeds of cnn: `python -m study ablate cnn`",
    ]
    card = html_of(specimen.document()).split('<details class="card')[1].split("</details>")[0]
    summary, _, rest = (" ".join(re.sub(r"<[^>]*>", " ", part).split()) for part in card.partition("</summary>"))
    assert summary == 'undecided" id="card-cnn-with-dropout"> cnn with dropout ? cannot tell'
    assert rest == (
        "Changes cnn to 0.25. Neither for nor against cnn: +0.10 percentage points half of it See table of cnn . With "
        "more seeds of cnn: python -m study ablate cnn"
    )


def test_code_in_a_line_cannot_be_closed_by_a_name() -> None:
    card = replace(specimen.open_card("cnn"), command="ablate `x` ``y``")
    page = to_markdown(Document("x", (Section("s", (Findings((card,), folded=True),)),)))
    assert "<code>ablate `x` ``y``</code>" in read_markdown(page)


def test_points_say_their_values() -> None:
    picture = render(specimen.figure("_n_$1$"))
    assert [point.text for point in picture.points] == [
        "_n_$1$: Epoch 1, Loss 0.5",
        "_n_$1$: Epoch 2, Loss 0.25",
        "_n_$1$: Epoch 3, Loss 0.125",
    ]
    across, down = zip(*((point.x, point.y) for point in picture.points), strict=True)
    assert 0 < across[0] < across[1] < across[2] < 1
    assert 0 < down[0] < down[1] < down[2] < 1
    assert "&lt;script&gt;" in html_of(specimen.document(specimen.EVIL)).split('<svg class="points"')[1]


def test_latex_is_a_booktabs_table() -> None:
    table = next(specimen.document(specimen.EVIL).tables())
    text = to_latex(table)
    assert text.index(r"\toprule") < text.index(r"\midrule") < text.index(r"\bottomrule")
    assert text.count(r"\\" + "\n") == len(table.rows) + 1
    assert r"\begin{tabular}{lrl}" in text
    assert r"\label{tab:numbers}" in text
    assert r"minus & \ensuremath{-}1.20 percentage points &" in text
    body = text.split("\n", 1)[1]
    assert not re.search(r"(?<!\\)[#$%_]", body)
    assert body.count("{") - body.count(r"\{") == body.count("}") - body.count(r"\}")


def test_a_long_latex_table_breaks_over_pages() -> None:
    short = next(specimen.document().tables())
    rows = short.rows * 20
    table = Table("long", "Long", ("What", "What", "Name"), short.numeric, rows, short.data)
    assert r"\begin{longtable}" in to_latex(table)
    assert to_latex(table).count("nine") == 20


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a_b", r"a\_b"), ("9 %", r"9 \%"), ("[x]", "{[}x{]}"), ("\\", r"\textbackslash{}"), ("a\nb", "a b")],
)
def test_latex_escapes(text: str, expected: str) -> None:
    assert escaped(text) == expected


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("formats", "suffixes", "folders"),
    [
        pytest.param(["html"], {".html"}, set(), marks=pytest.mark.slow),
        pytest.param(["markdown"], {".md", ".png"}, {"figures"}, marks=pytest.mark.slow),
        (["csv", "latex"], {".csv", ".tex"}, {"tables"}),
        pytest.param(["svg"], {".svg"}, {"figures"}, marks=pytest.mark.slow),
        pytest.param(
            FORMATS, {".html", ".md", ".png", ".svg", ".csv", ".tex"}, {"figures", "tables"}, marks=pytest.mark.slow
        ),
    ],
)
def test_writes_the_formats_asked_for(
    finished: Laboratory, tmp_path: Path, formats: list[str], suffixes: set[str], folders: set[str]
) -> None:
    written = write_report(finished.storage, output=tmp_path / "out", formats=formats)
    assert {path.suffix for path in written} == suffixes
    assert {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()} == folders


@pytest.mark.slow
def test_a_page_has_its_title_escaped_and_is_small(finished: Laboratory, tmp_path: Path) -> None:
    written = write_report(finished.storage, output=tmp_path / "out", title="Nets & <b>", formats=["html"])
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.html"} == {path.name for path in written}
    assert written[0].stat().st_size < 5e6
    page = written[0].read_text()
    assert unescape(page.split("<title>")[1].split("</title>")[0]) == "Nets & <b>"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("htm", "there is no format 'htm'; did you mean 'html'?"),
        ("docx", "there is no format 'docx'; a format is one of html, markdown, csv, latex, png, svg"),
    ],
)
def test_an_unknown_format_is_refused(finished: Laboratory, tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(ReportError, match=f"^{re.escape(message)}$"):
        write_report(finished.storage, output=tmp_path / "out", formats=["html", name])
    assert not (tmp_path / "out").exists()
