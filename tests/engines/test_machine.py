"""What a worker asks of the machine that it runs on."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

STEPS = """
import resource, torch
from study.engines.machine import keep_freed_memory

def faults():
    for step in range(40):
        held = [torch.ones(1000, 1000) for _ in range(10)]  # 40 MB, freed together as after a step
        del held
        if step == 9:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(faults())
keep_freed_memory()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep what is freed")
@pytest.mark.slow
def test_memory_that_is_kept_is_not_faulted_in_again() -> None:
    done = subprocess.run([sys.executable, "-c", STEPS], check=True, capture_output=True, text=True)
    given_back, kept = map(int, done.stdout.split())
    if given_back < 1000:
        pytest.skip("this machine's kernel or C library keeps what is freed without being told")
    assert kept < 100
