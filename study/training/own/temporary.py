"""A trial's folder among the machine's temporary files, which no other process shares, or removes too early."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "study-trial-"


class TemporaryFolder:
    """A folder that this user alone may read. It is locked while its process, or one that this forked, lives."""

    def __init__(self) -> None:
        """Make it, and remove those that killed processes of this user left.

        Raises:
            OSError: There is no room for it, or it may not be made.
        """
        sweep()
        self._lock: int | None = None
        while self._lock is None:
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
            try:
                self._lock = _locked(self.path)
            except (BlockingIOError, FileNotFoundError):
                continue  # another process swept it before it was locked
            except OSError:
                break  # there are no locks here, so that nothing is swept either

    def remove(self) -> None:
        """Remove it with all that it holds."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            with contextlib.suppress(OSError):  # the training may have closed what it did not open
                os.close(self._lock)
            self._lock = None


def sweep() -> None:
    """Remove the folders of this user whose processes have ended."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if path.stat().st_uid == os.getuid():
                lock = _locked(path)
                shutil.rmtree(path, ignore_errors=True)
                os.close(lock)


def _locked(path: Path) -> int:
    """Lock a folder; return what holds the lock until it is closed.

    Raises:
        BlockingIOError: Another one holds it.
        FileNotFoundError: The folder is gone.
        OSError: It cannot be opened, or its file system has no locks.
    """
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.stat()
    except BaseException:
        os.close(folder)
        raise
    return folder
