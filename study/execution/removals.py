"""Removes what ended trials needed to go on, beside the coordinator: a place that answers slowly holds up no worker."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

from study.files import FileError, Place

CLOSE_SECONDS = 5.0
"""How long the end of a study waits for removals; what is left is swept when the study is taken up the next time."""


class Removals:
    """A thread that removes checkpoints, one after the other, begun with the first."""

    def __init__(self, place: Place) -> None:
        """Keep where the files are."""
        self._place = place
        self._asked: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._failed: queue.SimpleQueue[FileError] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, trial: str) -> None:
        """Remove what a trial, by its id, needed to go on, soon."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._remove, name="removals", daemon=True)
            self._thread.start()
        self._asked.put(trial)

    def failures(self) -> Iterator[FileError]:
        """Yield what went wrong since the last time."""
        while not self._failed.empty():
            yield self._failed.get()

    def finish(self) -> None:
        """Wait until everything is removed and the thread has ended, `CLOSE_SECONDS` at most."""
        if self._thread is not None:
            self._asked.put(None)
            self._thread.join(CLOSE_SECONDS)
            self._thread = None

    def _remove(self) -> None:
        while (trial := self._asked.get()) is not None:
            try:
                self._place.forget(trial)
            except FileError as error:
                self._failed.put(error)
