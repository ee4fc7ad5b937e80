"""`study report` as a user types it."""

from __future__ import annotations

import webbrowser

import pytest

from tests.conftest import CommandLine
from tests.reports.laboratory import Laboratory


def test_opens_the_page_that_it_wrote(
    laboratory: Laboratory, command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    laboratory.plan()
    browser = command.folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {command.folder}/opened\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    monkeypatch.setattr(webbrowser, "_tryorder", None)  # it reads the variable once
    monkeypatch.setattr(webbrowser, "_browsers", {})
    done = command.run("report", "--storage", laboratory.storage, "--open", "--title", "Mine")
    assert (done.stdout, done.stderr) == ("wrote runs/report/report.html and runs/report/report.md\n", "")
    page = command.folder / "runs" / "report" / "report.html"
    assert (command.folder / "opened").read_text().strip() == page.as_uri()
    assert "<title>Mine</title>" in page.read_text()


def test_says_where_files_without_a_page_went(laboratory: Laboratory, command: CommandLine) -> None:
    laboratory.plan()
    words = ("--storage", laboratory.storage, "--format", "csv", "--format", "latex", "--output", "out")
    done = command.run("report", *words)
    files = len([path for path in (command.folder / "out").rglob("*") if path.is_file()])
    assert files > 0
    assert (done.stdout, done.stderr) == (f"wrote {files} files to out\n", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--format", "htm"), "there is no format 'htm'; did you mean 'html'?"),
        (("--open", "--format", "csv"), "--open shows the HTML page, which was not asked for; add --format html"),
        (("cnn@mnits",), "a study here is one of cnn@mnist, not 'cnn@mnits'; did you mean 'cnn@mnist'?"),
    ],
)
def test_refuses_in_one_line(
    laboratory: Laboratory, command: CommandLine, options: tuple[str, ...], message: str
) -> None:
    laboratory.plan()
    done = command.run("report", "--storage", laboratory.storage, *options, status=2)
    assert done.stdout + done.stderr == f"error: {message}\n"
