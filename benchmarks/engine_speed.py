"""Times whole studies on a Ray cluster beside the same on worker processes, and workers that share a GPU.

    python -m benchmarks.engine_speed [--space cnn] [--images 10000] [--epochs 4] [--trials 8] [--repeats 5]
    python -m benchmarks.engine_speed --device cuda --share 1 2 4

On the CPU: two worker processes of this machine, of one thread each, beside a Ray cluster of two nodes of one core each
on this machine. On a GPU: 1, 2 and 4 workers that share it, as worker processes (`--workers-per-gpu`) and on a Ray node
(`--gpus-per-trial`). The sides run in turn, each as the command `study run`, whose trials all train the space's
baseline; rounds begin with another side each, and medians are compared.

The rate is that of the time in which all workers were at work, from the last worker's first epoch to the first
worker's last, both as they were committed to the trial database: recording, checkpoints and the change from one
trial to the next are in it, the start of workers is not. The seconds of the whole command stand beside it. The
images are noise in MNIST's shape.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.hardware import describe
from benchmarks.training_speed import idx_files
from study.data.splits import CUT_FRACTION

_ROOT = Path(__file__).parents[1]
ON_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_USAGE_STATS_ENABLED": "0"}
"""Keeps Ray to 127.0.0.1; read when it is imported."""


class Run(NamedTuple):
    """What one command came to."""

    images_per_second: float
    seconds: float


class Size(NamedTuple):
    """What each command trains."""

    space: str
    images: int
    epochs: int
    trials: int
    device: str


@contextmanager
def cluster(nodes: int, cpus: int, gpus: int) -> Iterator[str]:
    """Yield the address of a Ray cluster of this machine.

    Args:
        nodes: How many.
        cpus: Of each.
        gpus: Of each.
    """
    from ray.cluster_utils import Cluster

    each = {"num_cpus": cpus, "num_gpus": gpus, "node_ip_address": "127.0.0.1", "object_store_memory": 2**29}
    made = Cluster(initialize_head=True, head_node_args={**each, "include_dashboard": False})
    try:
        for _ in range(nodes - 1):
            made.add_node(**each)
        yield str(made.address)
    finally:
        made.shutdown()


def command(size: Size, options: Sequence[str]) -> Run:
    """Run a study to its end and return what it came to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [*idx_files(folder, "train", size.images), *idx_files(folder, "test", 1000)]
        words = [
            "run",
            size.space,
            "--dataset",
            ",".join(map(str, files)),
            "--storage",
            f"sqlite:///{folder}/studies.db",
        ]
        words += ["--trials", "1", "--replicates", str(size.trials), "--epochs", str(size.epochs)]
        words += ["--device", size.device, *options]
        paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "study", *words],
            capture_output=True,
            text=True,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": paths},
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return Run(_rate(folder / "studies.db", size.images), seconds)


def _rate(path: Path, images: int) -> float:
    """Return the images per second of all workers together, while all were at work."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT epoch.recorded_at, trial.worker, trial.phase FROM epoch JOIN trial ON trial.id = epoch.trial "
            "ORDER BY epoch.recorded_at"
        ).fetchall()
    epochs = [(datetime.fromisoformat(at), worker, phase) for at, worker, phase in rows]
    workers = {worker for _, worker, _ in epochs}
    begins = max(min(at for at, worker, _ in epochs if worker == each) for each in workers)
    ends = min(max(at for at, worker, _ in epochs if worker == each) for each in workers)
    learned = sum(
        images * (1 - CUT_FRACTION if phase == "search" else 1) for at, _, phase in epochs if begins < at <= ends
    )
    return learned / (ends - begins).total_seconds()


def sides(size: Size, shares: Sequence[int], open_clusters: ExitStack) -> dict[str, Callable[[], Run]]:
    """Return what is measured, by its name; the first is what others are compared with."""
    if size.device == "cpu":
        address = open_clusters.enter_context(cluster(2, 1, 0))
        return {
            "2 worker processes": lambda: command(size, ("--workers", "2")),
            "Ray, 2 nodes of 1 core": lambda: command(size, ("--engine", "ray", "--ray-address", address)),
        }
    address = open_clusters.enter_context(cluster(1, os.cpu_count() or 1, 1))
    found: dict[str, Callable[[], Run]] = {}
    for share in shares:
        local = ("--workers-per-gpu", str(share))
        on_ray = ("--engine", "ray", "--ray-address", address, "--gpus-per-trial", str(1 / share))
        found[f"{share} worker processes a GPU"] = lambda local=local: command(size, local)  # type: ignore[misc]
        found[f"Ray, {1 / share:g} of a GPU"] = lambda on_ray=on_ray: command(size, on_ray)  # type: ignore[misc]
    return found


def main() -> None:
    """Time the sides in turn and print their medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--space", choices=("cnn", "lstm"), default="cnn")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--share", type=int, nargs="+", default=[1, 2, 4], help="workers that share a GPU")
    given = parser.parse_args()
    os.environ.update(ON_LOOPBACK)
    size = Size(given.space, given.images, given.epochs, given.trials, given.device)
    print(
        f"{size.space}: {size.trials} final trials of {size.epochs} epochs of {size.images:,} images, "
        f"{given.repeats} runs of each side, interleaved"
    )
    print(describe(), f"on {given.device}")
    with ExitStack() as open_clusters:
        measured = sides(size, given.share, open_clusters)
        runs: dict[str, list[Run]] = {side: [] for side in measured}
        order = list(measured)
        for number in range(given.repeats):
            for side in order[number % len(order) :] + order[: number % len(order)]:
                runs[side].append(measured[side]())
                print(f"{side}: {runs[side][-1].images_per_second:,.0f} images/s", file=sys.stderr, flush=True)
    _print(runs)


def _print(runs: dict[str, list[Run]]) -> None:
    rates = {side: [run.images_per_second for run in found] for side, found in runs.items()}
    first = next(iter(rates))
    print(f"\n{'':26}{'images/s':>10}{'from':>10}{'to':>10}{'ratio':>8}{'in pairs':>10}{'command, s':>12}")
    for side, values in rates.items():
        pairs = statistics.median(one / other for one, other in zip(values, rates[first], strict=True))
        ratio = statistics.median(values) / statistics.median(rates[first])
        told = "".join(f"{rate:10,.0f}" for rate in (statistics.median(values), min(values), max(values)))
        seconds = statistics.median(run.seconds for run in runs[side])
        print(f"{side:26}{told}{ratio:8.2f}{pairs:10.2f}{seconds:12.1f}")


if __name__ == "__main__":
    main()
