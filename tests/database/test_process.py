"""Which process an owner is: seen by its process where that is possible, else judged by its silence."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import psutil
import pytest

from study.database import FOREIGN_OWNER_SECONDS, owner_alive, owner_name, process
from study.database.ownership import Clock
from study.database.studies import Owner

pytestmark = pytest.mark.skipif(process.here() is None, reason="only Linux tells what process numbers belong to")


def test_an_owner_lives_whatever_is_done_to_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: 7.0)  # counted from the time of the boot by the clock
    assert owner_alive(owner_name(), 0.0, Clock(0.0))


def namesake(**differing: str) -> str:
    """Returns the name of a process as this one's, of a kernel that differs."""
    kernel = process.here()
    assert kernel is not None
    host, number, start = owner_name().rsplit(":", 2)
    return f"{host}:{number}:{start.partition('-')[0]}-{replace(kernel, **differing)}"


ELSEWHERE = {
    "another container": {"namespace": "1"},
    "another machine of the same name": {"machine": "00000000", "boot": "00000000"},
    "a clone of this machine": {"boot": "00000000"},
    "a machine without an identity": {"machine": "", "boot": "00000000"},
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_an_owner_on_what_has_this_machines_name_is_judged_by_its_silence(where: str) -> None:
    owner = namesake(**ELSEWHERE[where])
    at = Clock(time.time())
    assert owner_alive(owner, at.now - FOREIGN_OWNER_SECONDS + 1, at)
    assert not owner_alive(owner, at.now - FOREIGN_OWNER_SECONDS, at)
    assert not Owner(owner, at.now, 0.0, alive=True).is_local


def test_an_owner_that_was_on_this_machine_before_it_booted_is_dead_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "clock_gettime", lambda _: 5.0)  # seconds since the boot
    at = Clock(1000.0)
    assert not owner_alive(namesake(boot="00000000"), 994.0, at)
    assert owner_alive(namesake(boot="00000000"), 996.0, at)  # a clone, seen since
    assert owner_alive(namesake(boot="00000000", machine="00000000"), 994.0, at)
    assert owner_alive(namesake(boot="00000000", machine=""), 994.0, at)
    assert not owner_alive(namesake(boot="00000000"), 2000.0, at)  # this machine's clock was set back as it booted


def test_an_owner_that_is_hidden_from_this_user_is_judged_by_its_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    host, _, start = owner_name().rsplit(":", 2)
    owner, at = f"{host}:{2**22 + 1}:{start}", Clock(1000.0)
    assert not owner_alive(owner, 999.0, at)  # there is no such process

    def refuse(_number: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert owner_alive(owner, 999.0, at)
    assert not owner_alive(owner, 1000.0 - FOREIGN_OWNER_SECONDS, at)
