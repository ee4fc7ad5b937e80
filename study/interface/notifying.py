"""Runs the command of `--notify` when a command has ended, and tells it by environment variables how."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from study.interface.watching import Say

NOTIFY_SECONDS = 30.0
"""How long it may take."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    outcome: str
    """`finished`, `fruitless` (all trials of a phase failed or diverged), `stopped` (by a signal) or `failed`."""
    status: int
    """Its exit status."""
    message: str
    """One line, without secrets."""
    studies: Sequence[str]


def notify(command: str, ended: Ended, say: Say) -> None:
    """Run a command of the user's own in a shell; what goes wrong with it is said, and changes nothing.

    Args:
        command: As it was given.
        ended: What it is told, as STUDY_OUTCOME, STUDY_STATUS, STUDY_MESSAGE and STUDY_STUDIES.
        say: Told one line.
    """
    told = {
        "STUDY_OUTCOME": ended.outcome,
        "STUDY_STATUS": str(ended.status),
        "STUDY_MESSAGE": ended.message.replace("\0", ""),
        "STUDY_STUDIES": ",".join(ended.studies),
    }
    try:
        process = subprocess.Popen(
            command, shell=True, env={**os.environ, **told}, stdin=subprocess.DEVNULL, start_new_session=True
        )
    except (OSError, ValueError) as error:
        say(f"--notify could not be run: {error}")
        return
    try:
        status = process.wait(NOTIFY_SECONDS)
    except subprocess.TimeoutExpired:
        say(f"--notify was ended: it had not come to an end in {NOTIFY_SECONDS:g} seconds")
        return
    finally:
        _end(process)
    if status:
        say(f"--notify ended with exit status {status}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command that still runs, and what it has started."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
