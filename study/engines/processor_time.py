"""How much processor time an epoch takes, measured around whoever trains it: a busy machine does not lengthen it."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from study.trial import Epoch


def used(device: str) -> float | None:
    """Return the seconds of processor time that this process has used so far.

    All of its threads count, and the processes that it began, once they have ended.

    Args:
        device: Where the trial is trained. On an accelerator the processor only waits for it, so that there is nothing
            to tell: None.
    """
    if device != "cpu":
        return None
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def since(before: float | None, device: str) -> float | None:
    """Return the processor time that was used since `used` returned `before`; None where it returned None."""
    now = used(device)
    return None if now is None or before is None else now - before


def measured(epochs: Iterable[Epoch], device: str) -> Iterator[Epoch]:
    """Yield epochs with their processor time, each measured from when it is asked for to when it is there."""
    before = used(device)
    for epoch in epochs:
        yield replace(epoch, processor_seconds=since(before, device))
        before = used(device)
