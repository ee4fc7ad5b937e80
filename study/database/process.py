"""Names of processes: whoever is on the same machine finds out by them whether they live, others that they cannot."""

from __future__ import annotations

import functools
import hashlib
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
_MACHINE = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_STATE, _START = 0, 19
"""Places in /proc/PID/stat after the process's name: fields 3 and 22 of proc(5)."""
_LETTERS = 8
"""Of the hash of an identity: there are few that must be told apart, those of machines of one host name."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """What process numbers belong to, on Linux: two processes with the same one see each other."""

    machine: str
    """Of the installation, which stays over reboots; empty where it has none, as many containers."""
    boot: str
    """Of the time since the kernel began."""
    namespace: str
    """Of the container."""

    def __str__(self) -> str:
        return f"{self.machine}.{self.boot}.{self.namespace}"

    @classmethod
    def parsed(cls, text: str) -> Kernel | None:
        """Return what `str` wrote; None for what it has not written."""
        parts = text.split(".")
        return cls(*parts) if len(parts) == 3 else None


@functools.cache
def here() -> Kernel | None:
    """Return what this process's number belongs to; None on other systems than Linux, where its host name tells."""
    boot = _read(_BOOT)
    if not boot:
        return None
    try:
        namespace = str(_NAMESPACE.stat().st_ino)
    except OSError:
        namespace = ""
    return Kernel(_hashed(next(filter(None, map(_read, _MACHINE)), "")), _hashed(boot), namespace)


@functools.cache
def name_of(process: int) -> str:
    """Return a process of this machine as `host:pid:start`, which is never another one's name.

    The start is when it began and what that belongs to: on Linux, clock ticks since the boot, which no setting of the
    clock changes, a hyphen, and a `Kernel`; else seconds since 1970.
    """
    kernel = here()
    start = f"{psutil.Process(process).create_time():.2f}" if kernel is None else f"{_began(process)}-{kernel}"
    return f"{socket.gethostname()}:{process}:{start}"


def in_words(name: str) -> str:
    """Return who a process is, for people."""
    host, process, _ = name.rsplit(":", 2)
    return f"process {process} on {host}"


def is_near(name: str) -> bool:
    """Return whether a process, if it lives, is seen from here: it is of this machine, its boot and its container."""
    host, number, start = name.rsplit(":", 2)
    return host == socket.gethostname() and _kernel_of(start) in (None, here()) and not _is_hidden(int(number))


def runs(name: str) -> bool:
    """Return whether a process that `is_near` runs now; one that has ended and is not waited for does not."""
    _, number, start = name.rsplit(":", 2)
    process = int(number)
    if _kernel_of(start) is not None:
        return _began(process) == start.partition("-")[0]
    try:
        found = psutil.Process(process)
        return f"{found.create_time():.2f}" == start and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def ended_by_reboot(name: str, seen_at: float, now: float) -> bool:
    """Return whether a process was of this machine before it booted.

    Another installation has another identity, unless it is a clone that kept it. Of a clone, whoever was seen since
    this machine booted runs elsewhere.

    Args:
        name: As `name_of` returned it there.
        seen_at: When it was last seen, in seconds since 1970 by some clock.
        now: What that clock says now; earlier than `seen_at`, it was set back.
    """
    host, _, start = name.rsplit(":", 2)
    there, kernel = _kernel_of(start), here()
    if host != socket.gethostname() or there is None or kernel is None:
        return False
    if not there.machine or there.machine != kernel.machine or there.boot == kernel.boot:
        return False
    booted = now - time.clock_gettime(time.CLOCK_BOOTTIME)
    return not booted <= seen_at <= now


def _kernel_of(start: str) -> Kernel | None:
    """Return what a start belongs to; None of one in seconds, as other systems and older programs name it."""
    return Kernel.parsed(start.partition("-")[2])


def _began(process: int) -> str:
    """Return when a process began, in ticks since the boot; an empty text where it has ended."""
    fields = _read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
    return fields[_START] if len(fields) > _START and fields[_STATE] not in "ZX" else ""


def _is_hidden(process: int) -> bool:
    """Return whether a process lives and is somebody else's who is not shown here (`hidepid` of proc(5))."""
    if here() is None or Path(f"/proc/{process}").exists():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return False


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _hashed(identity: str) -> str:
    """Return an identity in a form that may be shown; nothing of nothing."""
    return hashlib.sha256(identity.encode()).hexdigest()[:_LETTERS] if identity else ""
