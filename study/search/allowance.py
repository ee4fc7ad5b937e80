"""Time that may be spent on something that the study can do without for a while."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Allowance:
    """A fraction of the time that passes, saved up to some seconds."""

    def __init__(self, fraction: float, saved: float = 1.0) -> None:
        """Begin with all that can be saved.

        Args:
            fraction: What may be spent of each second.
            saved: The most that is saved, in seconds.
        """
        self._fraction = fraction
        self._most = self._left = saved
        self._counted = time.perf_counter()

    @property
    def is_left(self) -> bool:
        """Whether something may be spent now."""
        now = time.perf_counter()
        self._left = min(self._most, self._left + self._fraction * (now - self._counted))
        self._counted = now
        return self._left > 0

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time that the block takes; it may take more than is left, which is missing afterwards."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._left -= time.perf_counter() - began
