"""How a page speaks: plain words, short paragraphs, each column explained where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from reports.pages.document import Bullets, Document, Findings, Paragraph, Table
from reports.pages.figure import FigureBlock
from reports.pages.markdown import to_markdown
from reports.pages.overview import Overview
from reports.writing import build
from tests.reports import longer, whole_study
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory
from tests.reports.small_studies import KINDS

MOST_WORDS = 60
"""Of a paragraph that is not in the appendix."""
FORBIDDEN = (
    r"\barms?\b",
    r"\bown\b",
    r"\ba side\b",
    r"\beither way\b",
    r"\bluck\b",
    r"gives back",
    r"McNemar",
)


def retuned(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    again = [baseline(0.97, 0.98, setting="retuned"), Arm("wide", (0.98, 0.99), setting="retuned")]
    size = Arm("size=64", (0.98, 0.97), role="size-matched")
    ablate(laboratory, study, baseline(0.97, 0.98), size, Arm("wide", (0.98, 0.99), matched="size=64"), *again)
    pair = [Arm("a", (0.97, 0.98), factors=("a",)), Arm("b", (0.97, 0.98), factors=("b",))]
    both = Arm("a + b", (0.97, 0.98), factors=("a", "b"))
    ablate(laboratory, study, baseline(0.97, 0.98), *pair, both, name="factorial", design="factorial", factors="ab")
    steps = [baseline(0.97, 0.98, step=0), Arm("1. width", (0.98, 0.99), step=1)]
    ablate(laboratory, study, *steps, name="path", design="path")
    full = Arm("everything", (0.97, 0.98), role="baseline", control=None)
    without = Arm("without wide", (0.96, 0.97), removed="wide", control="everything")
    ablate(laboratory, study, full, without, name="leave-one-out", design="leave-one-out")


def both_models(laboratory: Laboratory) -> None:
    for study in ("cnn@mnist", "lstm@mnist"):
        whole_study.fill(laboratory, study)


CASES: dict[str, Callable[[Laboratory], object]] = {
    "both models": both_models,
    "re-tuned": retuned,
    "longer finals": lambda made: longer.fill(made, 0.9),
    "kinds": lambda made: [fill(made, f"cnn-{kind}@{kind}") for kind, fill in KINDS.items()],
}


@pytest.fixture(params=CASES)
def document(request: pytest.FixtureRequest, laboratory: Laboratory) -> Document:
    CASES[request.param](laboratory)
    return build(laboratory.frames())


def paragraphs(document: Document) -> Iterator[str]:
    """Yields what is read as one piece, outside the appendix."""
    for section in document.sections:
        if section.appendix:
            continue
        for block in section.blocks:
            match block:
                case Paragraph(text):
                    yield text
                case Bullets(items):
                    yield from items
                case FigureBlock():
                    yield block.caption
                case Table():
                    yield from (block.caption, *block.notes, *(card.text for card in block.cards))
                case Findings(cards):
                    yield from (card.text for card in cards)
                case Overview():
                    yield from (block.scope, block.suggestions_note, block.best, block.trust, *block.remarks)


def test_no_paragraph_is_long_and_no_word_is_ours_alone(document: Document) -> None:
    long = {text: len(text.split()) for text in paragraphs(document) if len(text.split()) > MOST_WORDS}
    assert long == {}
    page = re.sub(r"```.*?```|\(#[^)]*\)|<a id=[^>]*>|figures/\S+", "", to_markdown(document), flags=re.DOTALL)
    alternatives = " ".join(figure.alternative for figure in document.figures())
    found = {pattern: re.findall(rf".{{0,40}}{pattern}.{{0,40}}", f"{page} {alternatives}") for pattern in FORBIDDEN}
    assert {pattern: places for pattern, places in found.items() if places} == {}


def test_a_note_explains_a_column_in_one_short_sentence(document: Document) -> None:
    for table in document.tables():
        for heading, note in table.explained:
            assert heading in table.headings
            assert note.endswith(".")
            assert len(note.split()) <= 25


def test_what_is_decided_comes_before_what_is_checked(document: Document) -> None:
    titles = [section.title for section in document.sections]
    assert titles[:3] == ["In short", "Suggestions", "Best against baseline"]
    appendix = [section.appendix for section in document.sections]
    assert appendix == sorted(appendix)
    assert titles[-1] == "Provenance"
