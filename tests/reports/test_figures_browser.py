"""Figures in a real browser: what is pointed at, what is linked, what is selected. Skipped where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, Locator, Page

from reports import write_report
from reports.analysis.configurations import LEAST_TRIALS
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.browsing import Reader, chromium
from tests.reports.laboratory import BASELINE, Laboratory

BASE = [0.95, 0.951, 0.952, 0.953, 0.954]
ARMS = {"up": 0.02, "even": 0.0, "down": -0.02}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    laboratory = Laboratory(folder)
    arms = [
        Arm(name, [value + shift + 0.001 * (place % 2) for place, value in enumerate(BASE)])
        for name, shift in ARMS.items()
    ]
    study = laboratory.plan()
    ablate(laboratory, study, baseline(*BASE), *arms, Arm("lost", ["diverged"] * len(BASE)))
    optimizers = ("adam", "sgd")
    laboratory.configuration = lambda n: BASELINE | {"optimizer": optimizers[n % 2]}  # type: ignore[method-assign]
    laboratory.search(study, *(("complete", 0.9 + number / 1000) for number in range(LEAST_TRIALS)))
    laboratory.database.close()
    return write_report(laboratory.storage, output=folder / "out", formats=["html"])[0]


@pytest.fixture
def reader(browser: Browser, page_path: Path) -> Iterator[Reader]:
    opened = Reader(browser, page_path)
    yield opened
    assert opened.complaints == []
    assert opened.outside() == []
    opened.context.close()


def point(page: Page, arm: str) -> Locator:
    """The point of an arm's mean, the last that is drawn of it."""
    return page.locator(f"#figure-ablation-effects circle[data-key$=' {arm}']").last


def row(page: Page, arm: str) -> Locator:
    return page.locator(f"tr[data-key$=' {arm}']").first


def drag(page: Page, first: Locator, last: Locator) -> None:
    """From the upper left of one point to the lower right of another."""
    first.scroll_into_view_if_needed()
    start, end = first.bounding_box(), last.bounding_box()
    assert start is not None
    assert end is not None
    left, right = min(start["x"], end["x"]), max(start["x"], end["x"])
    page.mouse.move(left - 60, start["y"] - 8)
    page.mouse.down()
    page.mouse.move(right + 60, end["y"] + 16, steps=3)
    page.mouse.up()


def has(element: Locator, name: str) -> bool:
    return bool(element.evaluate("(element, name) => element.classList.contains(name)", name))


def test_pointing_at_a_point_shows_its_row_and_the_reverse(reader: Reader) -> None:
    page = reader.page
    point(page, "up").hover(force=True)
    assert page.locator("#figure-ablation-effects .tip").inner_text().startswith("up +2.0")
    assert has(row(page, "up"), "linked")
    assert not has(row(page, "down"), "linked")
    row(page, "down").hover()
    assert has(point(page, "down"), "linked")
    assert not has(point(page, "up"), "linked")
    page.locator("h1").hover()
    assert page.locator(".linked").count() == 0


def test_the_point_of_an_arm_is_found_by_keyboard_and_its_row_with_it(reader: Reader) -> None:
    page = reader.page
    page.locator("#figure-ablation-effects svg.points").focus()
    page.keyboard.press("End")
    page.keyboard.press("Home")
    assert page.locator("#figure-ablation-effects .tip").is_visible()
    assert page.locator("tr.linked").count() == 1


def test_a_trial_of_the_front_is_shown_in_every_figure_of_the_search(reader: Reader) -> None:
    page = reader.page
    page.locator("#table-pareto-front tbody tr").first.hover()
    for name in ("cost", "search-history", "slices"):
        assert page.locator(f"#figure-{name} circle.linked").count() > 0, name
    assert page.locator("#figure-parallel-coordinates polyline.linked").count() == 1


def test_dragging_over_points_selects_them_in_figures_and_tables(reader: Reader) -> None:
    page = reader.page
    told = page.locator("#figure-ablation-effects .selection")
    assert told.inner_text() == "Drag over points to select them, here and in the tables."
    drag(page, point(page, "up"), point(page, "even"))
    assert told.inner_text().startswith("2 of 4 selected.")
    assert [has(row(page, name), "selected") for name in ARMS] == [True, True, False]
    selected = page.locator("#figure-ablation-cost circle.selected")
    assert {circle.get_attribute("data-key").split()[-1] for circle in selected.all()} == {"up", "even"}
    told.get_by_role("button").click()
    assert page.locator(".selected").count() == 0
    assert not told.get_by_role("button").is_visible()


def test_a_click_or_escape_ends_a_selection(reader: Reader) -> None:
    page = reader.page
    drag(page, point(page, "up"), point(page, "down"))
    assert page.locator("tr.selected").count() == 3
    page.locator("#figure-ablation-effects svg.points").focus()
    page.keyboard.press("Escape")
    assert page.locator(".selected, .brush").count() == 0


def test_by_keyboard_points_are_selected_one_after_the_other(reader: Reader) -> None:
    page = reader.page
    page.locator("#figure-ablation-effects svg.points").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    assert page.locator("tr.selected").count() == 1
    while page.locator("tr.linked.selected").count():
        page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    assert page.locator("tr.selected").count() == 2
    page.keyboard.press("Enter")
    assert page.locator("tr.selected").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".selected").count() == 0


def test_dragging_along_axes_selects_the_trials_that_pass_through_all_stretches(reader: Reader) -> None:
    page = reader.page
    figure = page.locator("#figure-parallel-coordinates")
    lines = figure.locator("polyline")
    assert lines.count() == LEAST_TRIALS
    told = figure.locator(".selection")
    figure.scroll_into_view_if_needed()
    box = figure.locator("svg.points").bounding_box()
    assert box is not None
    scale = box["width"] / float(figure.locator("svg.points").evaluate("svg => svg.viewBox.baseVal.width"))
    # The best trial is the first, its score the last of its places; the optimizer is the first axis.
    best = lines.first.evaluate("line => Array.from(line.points, ({x, y}) => [x, y])")

    def along(axis: int, reach: float) -> None:
        x, y = box["x"] + scale * best[axis][0], box["y"] + scale * best[axis][1]
        page.mouse.move(x, y - reach)
        page.mouse.down()
        page.mouse.move(x, y + reach, steps=3)
        page.mouse.up()

    along(-1, 40)
    by_score = int(told.inner_text().split()[0])
    assert 1 < by_score < LEAST_TRIALS
    along(0, 10)
    narrowed = int(told.inner_text().split()[0])
    assert 1 <= narrowed < by_score
    assert figure.locator("polyline.selected").count() == narrowed
    history = page.locator("#figure-search-history circle.selected")
    assert {circle.get_attribute("data-key") for circle in history.all()} == {
        line.get_attribute("data-key") for line in figure.locator("polyline.selected").all()
    }
    told.get_by_role("button").click()
    assert page.locator(".brush, .selected").count() == 0


def test_a_line_says_all_of_its_trial(reader: Reader) -> None:
    page = reader.page
    page.locator("#figure-parallel-coordinates svg.points").focus()
    page.keyboard.press("Home")
    text = page.locator("#figure-parallel-coordinates .tip").inner_text()
    assert text.startswith(f"trial {LEAST_TRIALS - 1}: 92.90 %; optimizer ")
    assert "learning_rate 0.0" in text


def test_without_scripts_and_on_paper_the_figure_is_the_same_picture(browser: Browser, page_path: Path) -> None:
    reader = Reader(browser, page_path, java_script_enabled=False)
    figure = reader.page.locator("#figure-ablation-effects")
    assert figure.locator("img").is_visible()
    assert "lost (5 of 5 seeds diverged)" in figure.locator("circle title").all_text_contents()
    assert figure.locator(".selection").count() == 0
    reader.page.emulate_media(media="print")
    assert figure.locator("img").is_visible()
    assert not figure.locator("svg.points").is_visible()
    reader.context.close()
