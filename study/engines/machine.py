"""What this process runs on: device, precision, threads, and the versions that a result depends on."""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

import psutil
import torch

from study.errors import StudyError
from study.trial import Precision
from study.version import __version__

PACKAGES = ("torch", "torchvision", "optuna", "numpy", "pandas", "scikit-learn", "SQLAlchemy")

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt(3)."""
_KEPT_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Machine:
    """What one worker trains on."""

    device: str
    """As torch names it there: `cpu`, or `cuda:N`."""
    kind: str
    """Name of the processor or the GPU. On two processors of one kind, the same trial has the same numbers, bit for
    bit, as long as precision, threads and versions are the same too; on a GPU the last digits vary in any case."""
    threads: int
    """Of one trial."""
    precision: Precision
    """What `auto` stands for there."""
    environment: Mapping[str, Any] = field(hash=False)
    """What else a result depends on: columns of the environment table."""

    def in_words(self, precision: str | None) -> str:
        """Return the device with its kind, the precision and the threads of a trial.

        Args:
            precision: As it was asked for; None where trainings have their own.
        """
        told = () if precision is None else (self.precision if precision == "auto" else precision,)
        return ", ".join((f"{self.device} ({self.kind})", *told, f"{self.threads} thread{'s' * (self.threads > 1)}"))


def workers_in_words(machines: Iterable[Machine], precision: str | None) -> list[str]:
    """Return a line for each group of like workers: how many there are, and on what each of them trains.

    Args:
        machines: One a worker.
        precision: As for `Machine.in_words`.
    """
    alike = Counter(machine.in_words(precision) for machine in machines)
    return [f"1 worker on {told}" if n == 1 else f"{n} workers, each on {told}" for told, n in alike.items()]


def here(devices: Sequence[str]) -> dict[int, Machine]:
    """Return what workers of this process's machine train on: number of a worker, from 0 -> its machine.

    Args:
        devices: One a worker; the cores are divided among those on the CPU.
    """
    versions = environment()
    return {
        number: Machine(device, kind(device), threads(len(devices), device), precision("auto", device), versions)
        for number, device in enumerate(devices)
    }


def kind(device: str) -> str:
    """Return the name of the GPU, or of the processor where the device is the CPU."""
    return _processor() if device == "cpu" else str(torch.cuda.get_device_name(device))


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def devices(requested: str, workers: int) -> list[str]:
    """Return a device for each worker.

    Args:
        requested: `auto` (CUDA if there is any, else the CPU), `cpu`, `cuda` (every GPU in turn) or one like `cuda:1`.
        workers: How many workers.

    Raises:
        StudyError: There is no such device here.
    """
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if requested == "cpu" or (requested == "auto" and not gpus):
        return ["cpu"] * workers
    if requested in ("auto", "cuda") and gpus:
        return [f"cuda:{worker % gpus}" for worker in range(workers)]
    if requested in [f"cuda:{index}" for index in range(gpus)]:
        return [requested] * workers
    here = ", ".join(["auto", "cpu", *(["cuda"] if gpus else []), *(f"cuda:{index}" for index in range(gpus))])
    raise StudyError(f"--device on this machine is one of {here}, not {requested!r}")


def default_workers(requested: str, per_gpu: int | None = None) -> int:
    """Return how many workers there are where nobody says it: one for each core, or some for each GPU that is used.

    Args:
        requested: As for `devices`.
        per_gpu: How many share a GPU; None means that each has one alone.

    Raises:
        StudyError: There is no such device here, or no GPU is used that workers could share.
    """
    if devices(requested, 1)[0] == "cpu":
        if per_gpu is not None:
            raise StudyError(f"--workers-per-gpu {per_gpu} shares a GPU, and this command trains on the CPU")
        return cores()
    gpus = 1 if requested.startswith("cuda:") else torch.cuda.device_count()
    return gpus * (per_gpu or 1)


def precision(requested: str, device: str) -> Precision:
    """Return the arithmetic of matrix products: bfloat16 (autocast) wherever the hardware multiplies it, if `auto`."""
    if requested != "auto":
        return cast("Precision", requested)
    if device != "cpu":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    return "bfloat16" if torch.cpu.get_capabilities().get("avx512_bf16", False) else "float32"


def threads(workers: int, device: str) -> int:
    """Return the threads of one worker: the cores divided among the workers, one where a GPU does the work."""
    return max(1, cores() // workers) if device == "cpu" else 1


def keep_freed_memory() -> None:
    """Let this process keep what it frees, where the C library is glibc.

    Otherwise each training step gives its large tensors back to the kernel and faults them in again, until glibc has
    learnt better from a whole training.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def environment() -> dict[str, Any]:
    """Return what a result depends on beside plan and seed, as columns of the environment table."""
    return {
        "python": platform.python_version(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": cores(),
        "memory_bytes": psutil.virtual_memory().total,
        "accelerator": torch.cuda.get_device_name(0) if torch.cuda.is_available() else None,
        "code_version": __version__,
        "git_commit": _git_commit(),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _git_commit() -> str | None:
    """Return the commit of this program's checkout, with `+` if files were changed since; None outside a checkout."""
    root = Path(__file__).parent.parent
    if not (root / ".git").exists():
        return None
    try:
        commit = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, timeout=10, check=True
        )
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return commit.stdout.strip() + ("+" if changed.stdout.strip() else "")
