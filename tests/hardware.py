"""What this machine cannot do, so that a test of it is skipped with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch


@contextmanager
def skipped_without_bfloat16() -> Iterator[None]:
    """Skips a test whose model oneDNN cannot run in bfloat16 here: it has such an LSTM for CPUs with AVX-512 alone."""
    try:
        yield
    except RuntimeError as error:
        if "could not create a primitive" in str(error) and not torch.cpu.get_capabilities().get("avx512_bw", False):
            pytest.skip("without AVX-512, oneDNN has no LSTM in bfloat16")
        raise
