"""The command `data` tells what was done to a folder's pictures and what was left out."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from study.cli.show import data
from study.errors import StudyError


def test_what_was_left_out_is_in_the_json(
    tmp_path: Path, write_classes: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    bad = tmp_path / "dog" / "bad.png"
    bad.write_bytes(b"")
    with pytest.raises(StudyError, match="--skip-unreadable"):
        data(name=str(tmp_path))
    data(name=str(tmp_path), skip_unreadable=True, as_json=True)
    described = json.loads(capsys.readouterr().out)
    assert described["left_out"] == ["dog/bad.png"]
    assert described["notes"] == [f"Left out, since it cannot be read: '{bad}' (it is empty)."]


def test_notes_stand_above_the_table(
    tmp_path: Path, write_classes: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    write_classes(tmp_path, cat=6, dog=6)
    (tmp_path / "cat" / "about.txt").write_text("about")
    data(name=str(tmp_path))
    assert capsys.readouterr().out.startswith("Not read: 1 file of another kind (1 .txt).\n")
