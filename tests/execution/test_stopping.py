"""Signals wait for the end of what belongs together, and stop the command there."""

from __future__ import annotations

import signal

import pytest

from study.errors import StoppedError
from study.execution.stopping import stop, undivided


def test_a_signal_stops_at_once_where_nothing_is_undivided() -> None:
    with pytest.raises(StoppedError):
        stop(signal.SIGINT, None)


def test_a_signal_waits_for_the_end_of_the_outermost_and_is_then_forgotten() -> None:
    done = []

    def work() -> None:
        with undivided():
            with undivided():
                stop(signal.SIGTERM, None)
                done.append("inner")
            done.append("outer")

    with pytest.raises(StoppedError) as caught:
        work()
    assert done == ["inner", "outer"]
    assert caught.value.status == 143
    with undivided():
        done.append("later")
    assert done[-1] == "later"


def test_an_error_inside_is_raised_itself_and_no_signal_stands_before_it() -> None:
    def fail() -> None:
        try:
            with undivided():
                stop(signal.SIGINT, None)
                raise ValueError("mine")
        finally:
            with undivided():  # as who leaves a study does
                pass

    with pytest.raises(ValueError, match="mine"):
        fail()
