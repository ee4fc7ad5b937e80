"""`study report` as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reports.laboratory import Laboratory


def report(laboratory: Laboratory, folder: Path, *options: str, browser: str = "false") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "study", "report", "--storage", laboratory.storage, *options],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env=os.environ | {"BROWSER": browser},
    )
    return done.returncode, done.stdout + done.stderr


def test_opens_the_page_that_it_wrote(laboratory: Laboratory, tmp_path: Path) -> None:
    laboratory.plan()
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    told = report(laboratory, tmp_path, "--open", "--title", "Mine", browser=f"{browser} %s")
    assert told == (0, "wrote runs/report/report.html and runs/report/report.md\n")
    assert (tmp_path / "opened").read_text().strip() == (tmp_path / "runs/report/report.html").as_uri()
    assert "<title>Mine</title>" in (tmp_path / "runs/report/report.html").read_text()


def test_says_where_files_without_a_page_went(laboratory: Laboratory, tmp_path: Path) -> None:
    laboratory.plan()
    status, told = report(laboratory, tmp_path, "--format", "csv", "--format", "latex", "--output", "out")
    files = len([path for path in (tmp_path / "out").rglob("*") if path.is_file()])
    assert (status, told) == (0, f"wrote {files} files to out\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--format", "htm"), "there is no format 'htm'; did you mean 'html'?"),
        (("--open", "--format", "csv"), "--open shows the HTML page, which was not asked for; add --format html"),
        (("cnn@mnits",), "there is no study 'cnn@mnits'; did you mean 'cnn@mnist'?"),
    ],
)
def test_refuses_in_one_line(laboratory: Laboratory, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    laboratory.plan()
    status, told = report(laboratory, tmp_path, *options)
    assert status == 2
    assert told.splitlines() == [f"error: {message}"]
