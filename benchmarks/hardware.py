"""What a benchmark ran on."""

from __future__ import annotations

import os

from study.engines import machine


def describe() -> str:
    """Return processor, cores, memory and versions, and how much else the machine had to do."""
    found = machine.environment()
    memory = found["memory_bytes"] / 2**30
    torch = found["packages"]["torch"]
    return (
        f"{found['processor']}, {found['cores']} cores, {memory:.0f} GiB, Python {found['python']}, torch {torch}\n"
        f"load average {os.getloadavg()[0]:.1f}: other work on the machine disturbs wall-clock times"
    )
