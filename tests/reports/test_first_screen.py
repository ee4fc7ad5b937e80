"""The first screen in a real browser, and on paper: what is in sight, what opens, what can be copied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Locator

from reports import write_report
from reports.formatting import TIMES
from tests.reports import whole_study
from tests.reports.browsing import Reader, chromium
from tests.reports.laboratory import Laboratory

LAPTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
MOST_PAGES = 8
"""Of one study on paper."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first-screen")
    laboratory = Laboratory(folder)
    whole_study.fill(laboratory)
    laboratory.database.close()
    return write_report(laboratory.storage, output=folder / "out", formats=["html"])[0]


def ends_at(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_a_study_answers_on_a_laptop_without_scrolling(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=LAPTOP)
    card = reader.page.locator(".overview")
    for part in (".for .chips", ".against .chips", ".plot img", ".best", ".diff", ".copied button", ".trust"):
        assert card.locator(part).first.is_visible(), part
    assert ends_at(card) <= LAPTOP["height"]
    chips, plot = card.locator(".advice").bounding_box(), card.locator(".plot").bounding_box()
    assert chips is not None
    assert plot is not None
    assert chips["x"] + chips["width"] <= plot["x"]
    assert reader.complaints == []
    reader.context.close()


def test_a_phone_shows_the_sentence_and_the_advice(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=PHONE)
    assert ends_at(reader.page.locator("main > section > p").first) < PHONE["height"] / 2
    assert ends_at(reader.page.locator(".group").last) <= PHONE["height"]
    assert reader.width() <= PHONE["width"]
    reader.context.close()


def test_what_is_unproven_is_folded_and_a_chip_leads_to_what_it_rests_on(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=LAPTOP)
    page = reader.page
    unproven = page.locator("details.group")
    assert re.match(r"\? \d+ unproven ", " ".join(unproven.locator("summary").inner_text().split()))
    assert not unproven.locator("li").first.is_visible()
    unproven.locator("summary").click()
    assert unproven.locator("li").first.is_visible()
    row = page.locator("tr[data-key$=' lenet5']")
    detail = row.locator("xpath=following-sibling::tr[1]")
    assert not detail.is_visible()
    page.locator(".chips a", has_text="lenet5").click()
    detail.locator("dl").wait_for()
    opener = row.get_by_role("button", name="lenet5")
    assert opener.get_attribute("aria-expanded") == "true"
    opener.focus()
    page.keyboard.press("Enter")
    assert not detail.is_visible()
    assert reader.complaints == []
    reader.context.close()


def test_the_command_can_be_copied(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=LAPTOP)
    page = reader.page
    page.locator(".copied button").click()
    page.get_by_role("button", name="Copied").wait_for()
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'pasted' }))")
    page.locator("#pasted").focus()
    page.keyboard.press("Control+V")
    pasted = page.locator("#pasted").input_value()
    assert pasted == page.locator(".copied code").inner_text().strip()
    assert re.match(r"python -m study run cnn --dataset mnist --epochs 3 --name tuned --set ", pasted)
    reader.context.close()


def test_the_first_columns_are_shown_until_all_are_asked_for(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=LAPTOP)
    table = reader.page.locator("#table-ablation-cnn-mnist-one-at-a-time")
    shown = [heading for heading in table.locator("thead th").all() if heading.is_visible()]
    assert len(shown) == 5
    table.get_by_role("button", name=re.compile(r"All \d+ columns")).click()
    assert all(heading.is_visible() for heading in table.locator("thead th").all())
    assert table.locator(".key .extra").first.is_visible()
    table.get_by_role("button", name="Fewer columns").click()
    assert not table.locator("thead th").last.is_visible()
    reader.context.close()


def test_sorting_takes_along_what_a_row_rests_on(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=LAPTOP)
    table = reader.page.locator("#table-ablation-cnn-mnist-one-at-a-time")
    table.get_by_role("button", name="Variant").click()
    names = [row.locator("th").inner_text() for row in table.locator("tbody tr:not(.detail)").all()]
    assert names == sorted(names)
    for row in table.locator("tr:has(+ .detail)").all():
        name = row.locator("th").inner_text()
        assert f"({name}, cnn@mnist)" in (row.locator("xpath=following-sibling::tr[1]").text_content() or "")
    reader.context.close()


def test_times_are_sorted_by_their_number(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=LAPTOP)
    table = reader.page.locator("#table-ablation-cnn-mnist-one-at-a-time")
    headings = [heading.inner_text() for heading in table.locator("thead th").all()]
    place = next(at for at, heading in enumerate(headings) if "Training time" in heading)
    table.get_by_role("button", name="Training time").click()
    cells = table.locator(f"tbody tr:not(.detail) > :nth-child({place + 1})").all_inner_texts()
    ratios = [float(cell.split()[1]) for cell in cells if cell.startswith(TIMES)]
    assert len(set(ratios)) > 1
    assert ratios == sorted(ratios)
    reader.context.close()


def test_without_scripts_a_row_opens_too_and_every_column_is_shown(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=LAPTOP, java_script_enabled=False)
    table = reader.page.locator("#table-ablation-cnn-mnist-one-at-a-time")
    assert all(heading.is_visible() for heading in table.locator("thead th").all())
    details = table.locator(".detail details").first
    assert not details.locator("dl").is_visible()
    details.locator("summary").click()
    assert details.locator("dl").is_visible()
    reader.context.close()


def test_a_study_is_short_on_paper(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, viewport=LAPTOP)
    paper = reader.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= MOST_PAGES
    reader.context.close()
