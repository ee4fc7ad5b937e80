"""Keeps what one trial does to its process from the next: global state is read before it and put back after it."""

from __future__ import annotations

import contextlib
import gc
import locale
import logging
import os
import random
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import backends


class State(NamedTuple):
    """One piece of a process's global state."""

    read: Callable[[], Any]
    write: Callable[[Any], object]
    """Takes what `read` returned."""


@contextmanager
def isolated() -> Iterator[list[str]]:
    """Put every state back to what it was before the block, however the block ends.

    Yields:
        A list that is empty in the block, and after it holds the names of states that could not be put back: nothing
        else should be trained in such a process.
    """
    stuck: list[str] = []
    before = {name: state.read() for name, state in STATES.items()}
    with warnings.catch_warnings():  # keeps filters and showwarning
        try:
            yield stuck
        finally:
            for name, value in before.items():
                try:
                    STATES[name].write(value)
                    if not _same(STATES[name].read(), value):
                        stuck.append(name)
                except Exception:
                    stuck.append(name)


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever a state is made of
    if isinstance(one, torch.Tensor | np.ndarray):
        return bool((one == other).all())
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _attribute(owner: object, name: str) -> State:
    return State(lambda: getattr(owner, name), lambda value: setattr(owner, name, value))


def _write_default_device(device: torch.device) -> None:
    torch.set_default_device(None if device.type == "cpu" else device)  # None is faster than the CPU by name


def _refuse_inference_mode(before: bool) -> None:
    if torch.is_inference_mode_enabled() != before:
        raise RuntimeError("torch cannot leave an inference mode that was entered without a `with`")


def _read_autocast() -> dict[str, tuple[bool, torch.dtype]]:
    return {device: (torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)) for device in ("cpu", "cuda")}


def _write_autocast(before: Mapping[str, tuple[bool, torch.dtype]]) -> None:
    for device, (enabled, dtype) in before.items():
        torch.set_autocast_enabled(device, enabled)
        torch.set_autocast_dtype(device, dtype)


def _read_deterministic() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _write_deterministic(before: tuple[bool, bool]) -> None:
    if _read_deterministic() != before:  # it would import torch._inductor, which takes seconds
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def _write_onednn(enabled: bool) -> None:
    backends.mkldnn.set_flags(enabled)  # type: ignore[no-untyped-call]


def _flushes_denormals() -> bool:
    return bool((torch.tensor([1e-310], dtype=torch.float64) * 1.0).item() == 0)


def _read_folder() -> str | None:
    """Return the working folder; None where it was removed."""
    with contextlib.suppress(FileNotFoundError):
        return os.getcwd()  # noqa: PTH109 - what os.chdir takes
    return None


def _write_folder(before: str | None) -> None:
    if before is not None:
        os.chdir(before)


def _read_umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _write_environment(before: Mapping[str, str]) -> None:
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)
    if hasattr(time, "tzset"):
        time.tzset()


def _read_signals() -> dict[int, Any]:
    """Return Python's handlers; one that C code has set is none of Python's, and cannot be put back."""
    found = {number: signal.getsignal(number) for number in signal.valid_signals()}
    return {number: handler for number, handler in found.items() if handler is not None}


def _write_signals(before: Mapping[int, Any]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # Python lets no other thread change a handler, so a trial in this one has changed none
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _read_blocked_signals() -> set[int]:
    return {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, ())}


def _read_alarm() -> tuple[bool, ...]:
    """Return which of the process's timers run; when one ends depends on the time."""
    return tuple(signal.getitimer(timer)[0] > 0 for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL))


def _write_alarm(before: tuple[bool, ...]) -> None:
    for timer, ran in zip((signal.ITIMER_REAL, signal.ITIMER_VIRTUAL), before, strict=True):
        if not ran:
            signal.setitimer(timer, 0)


def _write_path(before: list[str]) -> None:
    sys.path[:] = before


def _write_collector(before: tuple[bool, tuple[int, int, int]]) -> None:
    (gc.enable if before[0] else gc.disable)()
    gc.set_threshold(*before[1])


def _read_numpy() -> tuple[Any, ...]:
    return tuple(np.random.get_state(legacy=True))  # noqa: NPY002 - the global state is what is kept


def _write_numpy(before: tuple[Any, ...]) -> None:
    np.random.set_state(before)  # noqa: NPY002


def _states() -> dict[str, State]:
    """Return the table of what is kept; what one system does not have is left out there."""
    found = {
        "default dtype": State(torch.get_default_dtype, torch.set_default_dtype),
        "default device": State(torch.get_default_device, _write_default_device),
        "gradients": State(torch.is_grad_enabled, torch.set_grad_enabled),
        "inference mode": State(torch.is_inference_mode_enabled, _refuse_inference_mode),
        "autocast": State(_read_autocast, _write_autocast),
        "autocast cache": State(torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled),
        "anomaly detection": State(
            lambda: (torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()),
            lambda before: torch.autograd.set_detect_anomaly(*before),
        ),
        "deterministic algorithms": State(_read_deterministic, _write_deterministic),
        "filling of new memory": _attribute(torch.utils.deterministic, "fill_uninitialized_memory"),
        "cuDNN": _attribute(backends.cudnn, "enabled"),
        "cuDNN benchmark": _attribute(backends.cudnn, "benchmark"),
        "cuDNN deterministic": _attribute(backends.cudnn, "deterministic"),
        "cuDNN convolution precision": _attribute(attrgetter("cudnn.conv")(backends), "fp32_precision"),
        "cuDNN RNN precision": _attribute(backends.cudnn.rnn, "fp32_precision"),
        "matrix product precision": State(torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
        "CUDA matrix product precision": _attribute(backends.cuda.matmul, "fp32_precision"),
        "float16 reductions": _attribute(backends.cuda.matmul, "allow_fp16_reduced_precision_reduction"),
        "bfloat16 reductions": _attribute(backends.cuda.matmul, "allow_bf16_reduced_precision_reduction"),
        "oneDNN": State(lambda: backends.mkldnn.enabled, _write_onednn),
        "flash attention": State(backends.cuda.flash_sdp_enabled, backends.cuda.enable_flash_sdp),
        "memory-efficient attention": State(
            backends.cuda.mem_efficient_sdp_enabled, backends.cuda.enable_mem_efficient_sdp
        ),
        "plain attention": State(backends.cuda.math_sdp_enabled, backends.cuda.enable_math_sdp),
        "flushing of denormals": State(_flushes_denormals, torch.set_flush_denormal),
        "threads": State(torch.get_num_threads, torch.set_num_threads),
        "torch's random state": State(torch.get_rng_state, torch.set_rng_state),
        "NumPy's random state": State(_read_numpy, _write_numpy),
        "NumPy's floating-point errors": State(np.geterr, lambda before: np.seterr(**before)),
        "random's state": State(random.getstate, random.setstate),
        "working folder": State(_read_folder, _write_folder),
        "umask": State(_read_umask, os.umask),
        "environment": State(lambda: dict(os.environ), _write_environment),
        "signal handlers": State(_read_signals, _write_signals),
        "locale": State(
            lambda: locale.setlocale(locale.LC_ALL), lambda before: locale.setlocale(locale.LC_ALL, before)
        ),
        "module path": State(lambda: list(sys.path), _write_path),
        "excepthook": _attribute(sys, "excepthook"),
        "unraisablehook": _attribute(sys, "unraisablehook"),
        "threads' excepthook": _attribute(threading, "excepthook"),
        "stdout": _attribute(sys, "stdout"),
        "stderr": _attribute(sys, "stderr"),
        "stdin": _attribute(sys, "stdin"),
        "trace": State(sys.gettrace, sys.settrace),
        "profile": State(sys.getprofile, sys.setprofile),
        "recursion limit": State(sys.getrecursionlimit, sys.setrecursionlimit),
        "garbage collector": State(lambda: (gc.isenabled(), gc.get_threshold()), _write_collector),
        "logging": State(lambda: logging.root.manager.disable, logging.disable),
        "socket timeout": State(socket.getdefaulttimeout, socket.setdefaulttimeout),
    }
    if hasattr(signal, "setitimer"):
        found["alarm"] = State(_read_alarm, _write_alarm)
        found["blocked signals"] = State(
            _read_blocked_signals, lambda before: signal.pthread_sigmask(signal.SIG_SETMASK, before)
        )
    if hasattr(os, "sched_setaffinity"):
        found["processors"] = State(lambda: os.sched_getaffinity(0), lambda before: os.sched_setaffinity(0, before))
    return found


STATES = _states()
"""What is kept, by name; the filters of `warnings` besides."""
