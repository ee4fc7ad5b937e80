"""The page in a real browser: it is skipped where there is none."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Page, expect

from reports import write_report
from reports.formatting import shown
from reports.pages.document import Column, Document, Section, tabulate
from reports.pages.html import to_html
from reports.pages.pictures import render
from tests.reports import specimen
from tests.reports.browsing import Reader, chromium
from tests.reports.laboratory import Laboratory

NAME = f"{specimen.EVIL} {'long' * 20}"
PHONE = {"width": 360, "height": 740}
SCHEMES = ("light", "dark")
EACH_SCHEME = ("light", pytest.param("dark", marks=pytest.mark.slow))
Open = Callable[..., Reader]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    document = specimen.document(NAME)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(to_html(document, {figure.name: render(figure) for figure in document.figures()}))
    return path


@pytest.fixture
def read(browser: Browser, page_path: Path) -> Iterator[Open]:
    readers = []

    def opened(path: Path = page_path, **context: object) -> Reader:
        readers.append(Reader(browser, path, **context))
        return readers[-1]

    yield opened
    for reader in readers:
        reader.context.close()


def table_page(folder: Path, *, rows: int) -> Path:
    data = pd.DataFrame({"name": [f"row {number}" for number in range(rows)][::-1]})
    table = tabulate("numbers", "Numbers", data, [Column("Name", shown("name"))])
    path = folder / "report.html"
    path.write_text(to_html(Document("Long", (Section("Numbers", (table,)),)), {}))
    return path


def first_column(page: Page) -> list[str]:
    return list(page.locator("#table-numbers tbody tr:visible th").all_inner_texts())


@pytest.mark.cases(1)
@pytest.mark.parametrize("scheme", EACH_SCHEME)
def test_asks_nobody_complains_of_nothing_and_runs_no_name(read: Open, scheme: str) -> None:
    reader = read(color_scheme=scheme)
    reader.page.mouse.wheel(0, 5000)
    assert reader.outside() == []
    assert reader.complaints == []
    assert reader.page.evaluate("window.hacked") is None


def test_sorts_by_mouse_with_what_is_missing_last(read: Open) -> None:
    page = read().page
    heading = page.locator("#table-numbers thead th").nth(1)
    given = first_column(page)
    heading.get_by_role("button").click()
    assert first_column(page) == specimen.BY_VALUE
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").click()
    assert first_column(page) == [*specimen.BY_VALUE[-2::-1], "none"]
    assert heading.get_attribute("aria-sort") == "descending"
    heading.get_by_role("button").click()
    assert first_column(page) == given
    assert heading.get_attribute("aria-sort") is None


def test_sorts_and_filters_by_keyboard_alone(read: Open) -> None:
    page = read().page
    page.locator("#table-numbers input").focus()
    page.keyboard.type("POINTS")
    assert first_column(page) == ["minus"]
    assert page.locator("#table-numbers [role=status]").inner_text() == "1 of 12 rows hold “POINTS”"
    for _ in "POINTS":
        page.keyboard.press("Backspace")
    assert len(first_column(page)) == 12
    for _ in range(2):  # past the scrolling box, to the first heading
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert first_column(page) == sorted(specimen.ACCURACIES)


def test_a_filter_wants_every_word(read: Open) -> None:
    page = read().page
    page.locator("#table-numbers input").fill("1 ten")
    assert first_column(page) == ["ten"]
    page.locator("#table-numbers input").fill("zebra")
    assert first_column(page) == []


def test_a_short_table_is_sorted_and_not_filtered(read: Open, tmp_path: Path) -> None:
    page = read(table_page(tmp_path, rows=11)).page
    assert page.locator("#table-numbers input").count() == 0
    page.locator("#table-numbers thead th").first.get_by_role("button").press("Enter")
    assert first_column(page)[:2] == ["row 0", "row 1"]


def test_a_long_table_says_how_much_of_it_is_in_sight(read: Open, tmp_path: Path) -> None:
    page = read(table_page(tmp_path, rows=60)).page
    told = page.locator("#table-numbers .rows").last
    scroll = page.locator("#table-numbers .scroll")
    assert re.fullmatch(r"\d\d of 60 rows in sight: scroll for more", told.inner_text())
    assert "below" in str(scroll.get_attribute("class"))
    page.locator("#table-numbers input").fill("row 1")
    expect(told).to_have_text("")
    page.locator("#table-numbers input").fill("")
    scroll.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(scroll).not_to_have_class(re.compile("below"))


def test_a_table_of_thirty_rows_is_whole(read: Open, tmp_path: Path) -> None:
    scroll = read(table_page(tmp_path, rows=30)).page.locator("#table-numbers .scroll")
    assert scroll.evaluate("box => box.scrollHeight <= box.clientHeight + 1")


def test_pointing_at_a_curve_shows_its_value(read: Open) -> None:
    page = read().page
    tip = page.locator("#figure-curves .tip")
    assert not tip.is_visible()
    page.locator("#figure-curves circle").nth(1).hover(force=True)
    assert tip.inner_text().endswith("Epoch 2, Loss 0.25")
    assert "<script>" in tip.inner_text()
    page.locator("h1").hover()
    assert not tip.is_visible()


def test_a_curve_is_read_by_keyboard_and_aloud(read: Open) -> None:
    page = read().page
    slider = page.locator("#figure-curves").get_by_role("slider")
    page.locator("#table-numbers input").focus()
    while not slider.evaluate("element => element === document.activeElement"):
        page.keyboard.press("Tab")
    for key, expected in (("ArrowRight", "0.25"), ("End", "0.125"), ("ArrowRight", "0.125"), ("Home", "0.5")):
        page.keyboard.press(key)
        assert page.locator("#figure-curves .tip").inner_text().endswith(f"Loss {expected}")
        assert slider.get_attribute("aria-valuetext").endswith(f"Loss {expected}")
    page.keyboard.press("Escape")
    assert not page.locator("#figure-curves .tip").is_visible()


def test_is_dark_where_that_is_wanted_figures_too(read: Open) -> None:
    lightness = {}
    for scheme in SCHEMES:
        reader = read(color_scheme=scheme)
        shot = Image.open(io.BytesIO(reader.page.locator("#figure-curves .picture").screenshot())).convert("L")
        pixels = np.asarray(shot)
        lightness[scheme] = (reader.background()[0], int(np.median(pixels)), int(pixels.min()), int(pixels.max()))
    page, paper, darkest, lightest = lightness["dark"]
    assert page < 40
    assert abs(paper - page) < 3
    assert lightest > 180, "the letters of a figure must stand out from the dark"
    page, paper, darkest, lightest = lightness["light"]
    assert page == paper == lightest == 255
    assert darkest < 80


@pytest.mark.parametrize("scheme", EACH_SCHEME)
def test_on_a_phone_only_tables_scroll_sideways(read: Open, scheme: str) -> None:
    reader = read(viewport=PHONE, color_scheme=scheme, has_touch=True)
    assert reader.width() <= PHONE["width"]
    box = reader.page.locator("#table-numbers .scroll")
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    reader.page.locator("nav summary").tap()
    assert reader.page.locator("nav li").first.is_visible()
    reader.page.locator("#figure-curves circle").nth(2).tap(force=True)
    assert reader.page.locator("#figure-curves .tip").inner_text().endswith("Loss 0.125")
    assert reader.width() <= PHONE["width"]


@pytest.mark.cases(1)
@pytest.mark.parametrize("scheme", EACH_SCHEME)
def test_on_paper_it_is_white_and_nothing_is_cut(read: Open, scheme: str) -> None:
    reader = read(viewport={"width": 700, "height": 900}, color_scheme=scheme)
    page = reader.page
    page.emulate_media(media="print", color_scheme=scheme)
    assert reader.background() == (255, 255, 255)
    assert page.locator("#figure-curves img").evaluate("image => getComputedStyle(image).filter") == "none"
    assert not page.locator("nav").is_visible()
    assert not page.locator(".filter").is_visible()
    for box in page.locator(".scroll").all():
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth && getComputedStyle(box).maxHeight === 'none'")
    assert page.locator(".folded details.card dl").is_visible(), "what is folded is open on paper"
    # Chromium repeats a head on the next page only where it holds no box of its own.
    assert page.locator("th button").first.evaluate("button => getComputedStyle(button).display") == "contents"
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_contents_lead_to_every_section(read: Open) -> None:
    reader = read()
    links = reader.page.locator("nav a").all()
    assert [link.inner_text() for link in links] == ["In short", "What was found", "Numbers", "Curves"]
    for link in links:
        link.click()
        assert reader.page.locator(":target h2").is_visible()
    assert reader.page.locator("nav a[aria-current]").count() == 1


def test_a_folded_card_opens_by_keyboard_and_by_a_link_to_it(read: Open) -> None:
    page = read().page
    card = page.locator(".folded details.card")
    expect(card.locator("dl")).to_be_hidden()
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(card.locator("dl")).to_be_visible()
    page.keyboard.press("Enter")
    expect(card.locator("dl")).to_be_hidden()
    page.get_by_role("link", name="its card").click()
    expect(card.locator("dl")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"{read().address}#{specimen.open_card(NAME).anchor}")
    expect(card.locator("dl")).to_be_visible()


def test_without_scripts_everything_is_there(read: Open) -> None:
    page = read(java_script_enabled=False).page
    assert page.locator("nav a").first.is_visible()
    assert len(first_column(page)) == 12
    assert page.locator("#figure-curves circle title").first.text_content().endswith("Loss 0.5")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        pytest.param(360, "dark", marks=pytest.mark.slow),
        (1280, "light"),
        pytest.param(360, "light", marks=pytest.mark.slow),
        pytest.param(1280, "dark", marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_serious(read: Open, scheme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = read(color_scheme=scheme, viewport={"width": width, "height": 900}).page
    response = axe.run(page).response
    assert len(response["passes"]) > 10
    found = response["violations"]
    told = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
    assert [rule for rule, given in zip(told, found, strict=True) if given["impact"] in ("serious", "critical")] == []


ODD: dict[str, Callable[[Laboratory], object]] = {
    "no study": lambda made: None,
    "no trial": lambda made: made.plan(),
    "one trial": lambda made: made.search(made.plan(), ("complete", 0.9)),
    "all pruned": lambda made: made.search(made.plan(), ("pruned", 0.9), ("pruned", 0.8)),
    "all failed": lambda made: made.search(made.plan(), ("failed", None), ("diverged", None)),
    "running": lambda made: made.search(made.plan(), ("complete", 0.9), ("running", 0.5)),
    "one seed": lambda made: made.finals(made.plan(), "baseline", [0.9]),
    "infinite losses": lambda made: made.finals(made.plan(), "baseline", [0.1, 0.1], loss=float("inf")),
    "names that are code": lambda made: made.search(made.plan(f"{NAME}@mnist"), ("complete", 0.9)),
    "twenty studies": lambda made: [
        made.search(made.plan(f"space-{number}@mnist", epochs=1), ("complete", 0.9)) for number in range(20)
    ],
}


SHOWN = {"no study"}


@pytest.mark.cases(1)
@pytest.mark.parametrize("kind", [pytest.param(kind, marks=() if kind in SHOWN else pytest.mark.slow) for kind in ODD])
def test_odd_databases_make_a_sound_page(read: Open, laboratory: Laboratory, tmp_path: Path, kind: str) -> None:
    ODD[kind](laboratory)
    path = write_report(laboratory.storage, output=tmp_path / "out", formats=["html"])[0]
    reader = read(path, viewport=PHONE)
    assert reader.complaints == []
    assert reader.outside() == []
    assert reader.width() <= PHONE["width"]
    assert reader.page.evaluate("window.hacked") is None
    assert reader.page.locator("main > section").count() >= 5
