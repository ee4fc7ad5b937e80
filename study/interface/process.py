"""Leaves the process that calls a function of the interface as it was, and reads the user's files as they are now."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from study.importing import forget_changed, remember_imported
from study.interface.watching import Say


@contextmanager
def like_a_command(say: Say) -> Iterator[None]:
    """Read the user's files as they are now, and put the module path and the filters of warnings back at the end.

    Args:
        say: Told which modules are imported anew.
    """
    if changed := forget_changed():
        say(f"imported anew, for their files were written since: {', '.join(changed)}")
    before = list(sys.path)
    try:
        with warnings.catch_warnings():
            yield
    finally:
        sys.path[:] = before
        remember_imported()
