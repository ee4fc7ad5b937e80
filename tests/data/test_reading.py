"""The bar that shows how far the reading of many files is."""

import io

import pytest
from rich.console import Console

from study.data.pictures import reading
from study.data.pictures.reading import _follow


@pytest.mark.parametrize(("terminal", "seconds", "shown"), [(True, 0.0, True), (True, 1e9, False), (False, 0.0, False)])
def test_a_bar_is_shown_on_a_terminal_where_reading_takes_long(
    terminal: bool, seconds: float, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BAR_SECONDS", seconds)
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100)
    assert list(_follow([1, 2, 3], "Reading pictures", console)) == [1, 2, 3]
    assert ("Reading pictures" in stream.getvalue()) is shown
