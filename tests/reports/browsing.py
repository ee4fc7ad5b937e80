"""Finds a Chromium on this machine, and tells what a page did in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def executable() -> str | None:
    """Returns the browser of `STUDY_TEST_BROWSER`, or the first that is installed."""
    return os.environ.get("STUDY_TEST_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = executable()
    if path is None:
        pytest.skip("no Chromium is installed; STUDY_TEST_BROWSER may name one")
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to run as root.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Reader:
    """A page being read, with all that it asked for and complained of."""

    def __init__(self, browser: Browser, path: Path, **context: object) -> None:
        self.context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context))
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.address = path.as_uri()
        self.page.goto(self.address)

    def outside(self) -> list[str]:
        """Returns the addresses asked for beside the page itself and what it holds."""
        return [url for url in self.requests if url != self.address and not url.startswith("data:")]

    def background(self) -> tuple[int, ...]:
        colour = self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return tuple(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))

    def width(self) -> int:
        return int(self.page.evaluate("document.scrollingElement.scrollWidth"))
