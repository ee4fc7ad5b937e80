"""What happens while a command trains, as lines of JSON in a file: `--log`. docs/commands.md has every key."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from study.database import now
from study.engines.job import Outcome
from study.errors import StudyError
from study.execution.session import Outlook
from study.execution.view import View
from study.interface.watching import Say
from study.paths import expanded
from study.status.numbers import in_json
from study.trial import Epoch, Trial


class EventLog:
    """A file to which a line is appended for each event; several commands may share it."""

    def __init__(self, path: Path, tell: Say) -> None:
        """Open the file, or make it.

        Args:
            path: Its folder exists; `~` is the home folder.
            tell: Told one line if the file cannot be written any more.

        Raises:
            StudyError: It cannot be written.
        """
        self.path = expanded(path)
        self._tell = tell
        self._machine = socket.gethostname()
        self._broken = False
        try:
            torn = _is_torn(self.path)
            self._file = self.path.open("ab", buffering=0)  # a line is one write, whoever else appends
            self._append(b"\n" if torn else b"")
        except OSError as error:
            raise StudyError(
                f"--log {path} cannot be written: {error.strerror}; give a file in a folder that is there"
            ) from error

    def write(self, event: str, study: str | None = None, **values: object) -> None:
        """Append an event.

        Args:
            event: What happened.
            study: Of which study; None of the command as a whole.
            values: Further keys.
        """
        if self._broken:
            return
        row = {"time": now(), "event": event, "study": study, "machine": self._machine, **values}
        try:
            self._append(f"{json.dumps(in_json(row), allow_nan=False)}\n".encode())
        except OSError as error:
            self._broken = True
            self._tell(f"note: --log {self.path} cannot be written any more: {error.strerror}; this goes on without it")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, line: bytes) -> None:
        """Write a line to its end: a disk that is nearly full takes a part of it, and then refuses."""
        while line:
            line = line[self._file.write(line) :]


class LoggedView:
    """A view whose events are logged too."""

    def __init__(self, view: AbstractContextManager[View], outlook: Outlook, log: EventLog) -> None:
        """Keep the parts.

        Args:
            view: What is shown.
            outlook: Of the stage.
            log: Open.
        """
        self._opening = view
        self._outlook = outlook
        self._log = log
        self._epochs: dict[str, int] = {}

    def __enter__(self) -> LoggedView:
        """Open the view."""
        self._view = self._opening.__enter__()
        outlook = self._outlook
        self._log.write(
            "stage",
            outlook.study,
            title=outlook.title,
            epochs=outlook.epochs,
            done=outlook.done,
            metric=outlook.metric.columns(),
            best=outlook.best,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close the view."""
        self._opening.__exit__(kind, error, trace)

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """Log a begin."""
        self._epochs[trial.id] = resumed_after
        self._event("began", worker, trial, resumed_after=resumed_after, epochs=trial.epochs)
        self._view.started(worker, trial, resumed_after=resumed_after)

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """Log an epoch, without the lines that were written in it."""
        self._epochs[trial.id] = epoch.number
        row = asdict(epoch)
        del row["log"]
        self._event("epoch", worker, trial, epoch=row.pop("number"), epochs=trial.epochs, **row)
        self._view.epoch(worker, trial, epoch)

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """Log an end."""
        kind, message, _ = outcome.failure or (None, None, None)
        result = outcome.result
        self._event(
            "ended",
            worker,
            trial,
            state=outcome.state.value,
            epoch=self._epochs.pop(trial.id, 0),
            epochs=trial.epochs,
            value=outcome.value,
            test_score=result.score if result else None,
            test_metrics=dict(result.metrics) if result else None,
            parameters=outcome.parameters,
            failure_type=kind,
            failure_message=message,
        )
        self._view.ended(worker, trial, outcome)

    def note(self, text: str) -> None:
        """Log a note."""
        self._log.write("note", self._outlook.study, text=text)
        self._view.note(text)

    def log(self, text: str) -> None:
        """Log a line that a training wrote."""
        self._log.write("log", self._outlook.study, text=text)
        self._view.log(text)

    def tick(self) -> None:
        """Redraw what is shown."""
        self._view.tick()

    def _event(self, event: str, worker: int, trial: Trial, **values: Any) -> None:  # noqa: ANN401 - further keys
        self._log.write(
            event,
            trial.study,
            trial=trial.id,
            title=trial.title,
            phase=trial.phase.value,
            variant=trial.variant,
            replicate=trial.replicate,
            number=trial.number,
            worker=worker,
            **values,
        )


def _is_torn(path: Path) -> bool:
    """Return whether a file that can be read ends within a line: who wrote it found no more room."""
    if not path.is_file() or not path.stat().st_size or not os.access(path, os.R_OK):
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def last_event(log: EventLog, outcome: str, studies: Sequence[str], status: int, message: str) -> None:
    """Log how a command ended.

    Args:
        log: Open.
        outcome: `finished`, `fruitless`, `stopped` or `failed`.
        studies: What it was about.
        status: Its exit status.
        message: One line.
    """
    log.write(outcome, studies=list(studies), status=status, message=message)
