"""Measures how many multiplications a second this machine can do in bfloat16, and what part of it a training uses.

    python -m benchmarks.peak [--seconds 2]

The peak is that of products of square matrices, one process on each core at once, as trials run: the best size, median
over its products. An operation is a multiplication or an addition; those of a training step are counted by PyTorch's
own counter, which counts those of convolutions and matrix products and nothing else.
"""

from __future__ import annotations

import argparse
import statistics
import time
from multiprocessing import get_context

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.hardware import describe
from study.engines import machine

SIZES = (512, 1024, 2048)
"""Rows of the matrices that are tried."""


def peak(seconds: float = 1.0) -> float:
    """Return the operations a second of all cores together.

    Args:
        seconds: How long each size is measured.
    """
    cores = machine.cores()
    with get_context("spawn").Pool(cores) as pool:
        found = pool.map(_of_one_core, [seconds] * cores, chunksize=1)
    return sum(found)


def _of_one_core(seconds: float) -> float:
    torch.set_num_threads(1)
    return max(_of_size(rows, seconds) for rows in SIZES)


def _of_size(rows: int, seconds: float) -> float:
    dtype = torch.bfloat16 if machine.precision("auto", "cpu") == "bfloat16" else torch.float32
    left, right = (torch.randn(rows, rows).to(dtype) for _ in range(2))
    took = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(took) < 3:
        began = time.perf_counter()
        torch.mm(left, right)
        took.append(time.perf_counter() - began)
    return 2 * rows**3 / statistics.median(took)


def operations(network: nn.Module, shape: tuple[int, ...], batch: int = 8) -> float:
    """Return the operations of a training step for each of its examples, forwards and backwards.

    Args:
        network: Of (batch, *shape) to logits; it is moved to no device.
        shape: Of an example.
        batch: How many are counted; the result is for one.
    """
    counter = FlopCounterMode(display=False)
    # On no device an LSTM is one product of matrices after another, as the counter knows them; nothing is computed.
    network = network.to("meta")
    with counter:
        outputs = network(torch.empty(batch, *shape, device="meta"))
        loss = F.cross_entropy(outputs, torch.empty(batch, dtype=torch.int64, device="meta"))
        loss.backward()  # type: ignore[no-untyped-call]
    return counter.get_total_flops() / batch


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="of each size of matrix")
    given = parser.parse_args()
    print(describe())
    print(f"{machine.cores()} cores at once: {peak(given.seconds) / 1e9:,.0f} GFLOP/s")


if __name__ == "__main__":
    main()
