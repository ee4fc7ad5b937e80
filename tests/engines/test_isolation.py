"""What a trial does to its process ends with the trial: every entry of the table, changed and put back."""

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
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import backends

from study.engines.isolation import STATES, isolated


def _other_folder() -> None:
    os.chdir("/" if Path.cwd() != Path("/") else "/tmp")


def _other_locale() -> None:
    wanted = "C.UTF-8" if "UTF-8" not in locale.setlocale(locale.LC_ALL) else "C"
    locale.setlocale(locale.LC_ALL, wanted)


def _fewer_processors() -> None:
    allowed = os.sched_getaffinity(0)
    if len(allowed) < 2:
        pytest.skip("this process may use one processor only")
    os.sched_setaffinity(0, {min(allowed)})


def _other_attention(enabled: Callable[[], bool], enable: Callable[[bool], None]) -> Callable[[], None]:
    return lambda: enable(not enabled())


class TrialError(RuntimeError):
    """The trial ends by an exception."""


CHANGES: dict[str, Callable[[], object]] = {
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "default device": lambda: torch.set_default_device("meta"),
    "gradients": lambda: torch.set_grad_enabled(False),
    "autocast": lambda: torch.set_autocast_enabled("cpu", True),
    "autocast cache": lambda: torch.set_autocast_cache_enabled(False),
    "anomaly detection": lambda: torch.autograd.set_detect_anomaly(True, check_nan=False),
    "deterministic algorithms": lambda: torch.use_deterministic_algorithms(True, warn_only=True),
    "filling of new memory": lambda: setattr(torch.utils.deterministic, "fill_uninitialized_memory", False),
    "cuDNN": lambda: setattr(backends.cudnn, "enabled", False),
    "cuDNN benchmark": lambda: setattr(backends.cudnn, "benchmark", True),
    "cuDNN deterministic": lambda: setattr(backends.cudnn, "deterministic", True),
    "cuDNN convolution precision": lambda: setattr(backends.cudnn.conv, "fp32_precision", "ieee"),
    "cuDNN RNN precision": lambda: setattr(backends.cudnn.rnn, "fp32_precision", "ieee"),
    "matrix product precision": lambda: torch.set_float32_matmul_precision("medium"),
    "CUDA matrix product precision": lambda: setattr(backends.cuda.matmul, "fp32_precision", "tf32"),
    "float16 reductions": lambda: setattr(backends.cuda.matmul, "allow_fp16_reduced_precision_reduction", False),
    "bfloat16 reductions": lambda: setattr(backends.cuda.matmul, "allow_bf16_reduced_precision_reduction", False),
    "oneDNN": lambda: backends.mkldnn.set_flags(False),
    "flash attention": _other_attention(backends.cuda.flash_sdp_enabled, backends.cuda.enable_flash_sdp),
    "memory-efficient attention": _other_attention(
        backends.cuda.mem_efficient_sdp_enabled, backends.cuda.enable_mem_efficient_sdp
    ),
    "plain attention": _other_attention(backends.cuda.math_sdp_enabled, backends.cuda.enable_math_sdp),
    "flushing of denormals": lambda: torch.set_flush_denormal(True),
    "threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "torch's random state": lambda: torch.rand(1),
    "NumPy's random state": lambda: np.random.rand(),  # noqa: NPY002
    "NumPy's floating-point errors": lambda: np.seterr(divide="raise", over="ignore"),
    "random's state": random.random,
    "working folder": _other_folder,
    "umask": lambda: os.umask(0o011),
    "environment": lambda: os.environ.update({"A_TRIAL_WAS_HERE": "1", "PATH": ""}),
    "signal handlers": lambda: signal.signal(signal.SIGUSR1, lambda *_: None),
    "locale": _other_locale,
    "module path": lambda: sys.path.insert(0, "/nowhere"),
    "excepthook": lambda: setattr(sys, "excepthook", print),
    "unraisablehook": lambda: setattr(sys, "unraisablehook", print),
    "threads' excepthook": lambda: setattr(threading, "excepthook", print),
    "stdout": lambda: setattr(sys, "stdout", None),
    "stderr": lambda: setattr(sys, "stderr", None),
    "stdin": lambda: setattr(sys, "stdin", None),
    "trace": lambda: sys.settrace(lambda *_: None),
    "profile": lambda: sys.setprofile(lambda *_: None),
    "recursion limit": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 7),
    "garbage collector": gc.disable,
    "logging": lambda: logging.disable(logging.CRITICAL),
    "socket timeout": lambda: socket.setdefaulttimeout(3.0),
    "alarm": lambda: signal.setitimer(signal.ITIMER_VIRTUAL, 1000.0),
    "blocked signals": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2}),
    "processors": _fewer_processors,
}
UNRESTORABLE = {"inference mode"}


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Whatever a failing test leaves behind, the other tests have their process as it was."""
    before = {name: state.read() for name, state in STATES.items() if name != "inference mode"}
    yield
    for name, value in before.items():
        STATES[name].write(value)


def seen(name: str) -> object:
    found = STATES[name].read()
    if name == "torch's random state":
        return found.tolist()
    if name == "NumPy's random state":
        return [part.tolist() if isinstance(part, np.ndarray) else part for part in found]
    return found


def test_every_entry_of_the_table_has_a_change_to_undo() -> None:
    assert set(CHANGES) | UNRESTORABLE == set(STATES)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_ends_with_the_trial_even_if_that_fails(name: str) -> None:
    before = seen(name)
    during = None
    with contextlib.suppress(TrialError), isolated() as stuck:
        CHANGES[name]()
        during = seen(name)
        raise TrialError
    assert during != before
    assert seen(name) == before
    assert stuck == []


def test_all_changes_at_once_end_with_the_trial() -> None:
    before = {name: seen(name) for name in STATES}
    with isolated() as stuck:
        for name, change in CHANGES.items():
            if name != "processors":
                change()
    assert {name: seen(name) for name in STATES} == before
    assert stuck == []


def test_filters_of_warnings_end_with_the_trial() -> None:
    before = list(warnings.filters)
    with isolated():
        warnings.simplefilter("error")
    assert warnings.filters == before


def test_what_cannot_be_put_back_is_named() -> None:
    mode = torch.inference_mode()
    try:
        with isolated() as stuck:
            mode.__enter__()
    finally:
        mode.__exit__(None, None, None)
    assert stuck == ["inference mode"]


def test_a_folder_that_the_trial_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with isolated() as stuck:
        os.chdir("/")
        folder.rmdir()
    assert stuck == ["working folder"]
    os.chdir("/")
