"""Times training as the command does it beside the notebook's own loop, on the same images, and beside the peak.

    python -m benchmarks.training_speed [--space cnn] [--images 10000] [--epochs 4] [--repeats 3] [--pairs 2]

Three sides, in turn, each in fresh processes, all training the space's baseline with its batch size:

- loop: the notebook's networks in the notebook's loop (`benchmarks.notebook`);
- bare: the command's own arithmetic (images in memory, channels-last, its precision, fused Adam) in a loop that does
  nothing else, so that the command's epochs beside it show what recording, checkpoints and progress cost;
- command: `python -m study run SPACE` with one worker, and on a CPU with one a core; the seconds of an epoch are those
  between two commits of a training to the trial database, so everything but the start of a worker is in them.

Bare and the command with one worker are pairs, run one after the other, each first in turn. Both train replicates'
epochs: all images, as many threads, no validation split; a side's rate is that of its median epoch, the first of a
training left out. The cost is the median over the pairs, told with the lowest and the highest, as one process differs
from the next by more than recording costs. Beside it stand the milliseconds of an epoch in which the worker waits until
the epoch is recorded, from the command's own records.

The images are noise in MNIST's shape: they cost what MNIST costs, and nothing is learnt. Prints the median rate of each
side with its range, the ratios of the medians, and on a CPU what part of the measured peak (`benchmarks.peak`) one
worker a core reaches.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks import notebook
from benchmarks.hardware import describe
from benchmarks.peak import operations, peak
from benchmarks.targets import Row, Scope
from study.catalog import load_model
from study.engines import machine
from study.recipe import Recipe
from study.task import TASKS, DataSpec
from study.training.loop import prepare
from study.training.preprocessing import Preprocessing
from study.training.scoring import Scoring

_ROOT = Path(__file__).parents[1]
_TRAININGS = 4
"""Of a run of the command: as many as keep every worker busy in turn."""
TIMES_THE_LOOP = {"cnn": 5.0, "lstm": 4.0}
"""Targets, of one worker a core."""
PEAK_PERCENT, COST_PERCENT = 50.0, 5.0
"""Targets: of the measured peak at least, and over the bare loop at most."""
DIGITS = DataSpec(shape=(1, 28, 28), class_names=tuple("0123456789"))


def noise(count: int) -> tuple[Tensor, Tensor]:
    """Return images (count, 28, 28) uint8 and labels (count,) int64."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=generator)
    return images, torch.arange(count) % 10


def network(space: str) -> nn.Module:
    """Return the baseline's network of the model of that name."""
    model = load_model(space)
    return model.build(model.params(), DIGITS)


def loop(space: str, count: int, epochs: int, device: str) -> float:
    """Return the images per second of the notebook's loop."""
    return notebook.train(space, *noise(count), epochs=epochs, device=device)


def bare(space: str, count: int, epochs: int, device: str) -> float:
    """Return the images per second of the command's arithmetic with nothing around it."""
    images, labels = (part.to(device) for part in noise(count))
    images = images.unsqueeze(1)
    torch.set_num_threads(machine.cores())
    machine.keep_freed_memory()
    objective = TASKS["classification"].primary
    training = prepare(
        network(space),
        Recipe(),
        0,
        torch.device(device),
        machine.precision("auto", device),
        scoring=Scoring(DIGITS, objective, (objective,)),
        preprocessing=Preprocessing(),
    )
    model, optimizer, preprocessing = training.model, training.optimizer, training.preprocessing
    half = training.precision == "bfloat16"
    took = []
    for _ in range(epochs + 1):
        began = time.perf_counter()
        for batch in torch.split(torch.randperm(count).to(device), Recipe().batch_size):
            with torch.autocast(training.device.type, torch.bfloat16, enabled=half):
                logits = model(preprocessing.inputs(images.index_select(0, batch)))
            optimizer.zero_grad()
            F.cross_entropy(logits.float(), labels[batch]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        if training.device.type == "cuda":
            torch.cuda.synchronize()
        took.append(time.perf_counter() - began)
    return count / statistics.median(took[1:])


def command(space: str, count: int, epochs: int, workers: int, device: str) -> tuple[float, float]:
    """Return the images per second of `run`'s final trainings, all workers together, and the seconds an epoch waits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [*idx_files(folder, "train", count), *idx_files(folder, "test", 1000)]
        words = ["run", space, "--dataset", ",".join(map(str, files)), "--storage", f"sqlite:///{folder}/studies.db"]
        words += ["--trials", "1", "--replicates", str(_TRAININGS), "--epochs", str(epochs), "--workers", str(workers)]
        words += ["--device", device]
        arguments = [sys.executable, "-m", "study", *words]
        subprocess.run(
            arguments,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))},
        )
        seconds = _seconds_of_epochs(folder / "studies.db")
    whole, waited = (statistics.median(found) for found in zip(*seconds, strict=True))
    return workers * count / whole, waited


def _seconds_of_epochs(path: Path) -> list[tuple[float, float]]:
    """Return the seconds of the epochs of final trainings but the first, and those in them that nothing was trained.

    Of each from the commit of the epoch before it to its own; the rest of them is what its worker took to train it.
    """
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT trial.id, epoch.recorded_at, epoch.seconds FROM epoch JOIN trial ON trial.id = epoch.trial "
            "WHERE trial.phase = 'replicate' ORDER BY trial.id, epoch.epoch"
        ).fetchall()
    found = []
    for (trial, before, _), (same, recorded, trained) in pairwise(rows):
        if trial == same:
            seconds = (datetime.fromisoformat(recorded) - datetime.fromisoformat(before)).total_seconds()
            found.append((seconds, seconds - trained))
    return found


def idx_files(folder: Path, split: str, count: int) -> tuple[Path, Path]:
    """Write the noise as a pair of IDX files."""
    paths = (folder / f"{split}-images", folder / f"{split}-labels")
    for path, array in zip(paths, noise(count), strict=True):
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        path.write_bytes(header + array.numpy().astype(np.uint8).tobytes())
    return paths


def rows(scope: Scope) -> Iterator[Row]:
    """Yield for each space the rate as a multiple of the notebook's, the part of the peak, and what recording costs."""
    repeats, epochs, workers = (5, 4, machine.cores()) if scope.long else (2, 2, machine.cores())
    for space, target in TIMES_THE_LOOP.items():
        measured = _measured(space, 10_000, epochs, repeats, "cpu", pairs=2 if scope.long else int(space == "cnn"))
        rates = {side: statistics.median(found) for side, found in measured.items()}
        name, every = space.upper(), rates[_every(workers)]
        yield Row(
            figure=f"{name}, {workers} workers, images/s against the notebook's loop",
            relation=">=",
            target=target,
            value=every / rates["loop"],
            n=repeats,
            detail=f"{every:,.0f} images/s against {rates['loop']:,.0f}",
        )
        used, most = every * operations(network(space), DIGITS.shape), rates[_PEAK]
        yield Row(
            figure=f"{name}, {workers} workers, part of the measured matrix-multiply peak",
            relation=">=",
            target=PEAK_PERCENT,
            value=100 * used / most,
            unit=" %",
            n=repeats,
            detail=f"{used / 1e9:,.0f} GFLOP/s of {most / 1e9:,.0f}",
        )
        if "bare" in rates:
            yield Row(
                figure=f"{name}, recording, checkpoints and progress over the bare loop",
                relation="<=",
                target=COST_PERCENT,
                value=statistics.median(_costs(measured)),
                unit=" %",
                n=len(measured["bare"]),
                detail=_pairs_in_words(measured),
            )


def main() -> None:
    """Time the sides in turn and print their medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--space", choices=tuple(TIMES_THE_LOOP), action="append", help="both by default")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pairs", type=int, default=2, help="of a repeat, that tell what recording costs")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--side", choices=("loop", "bare"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    spaces = given.space or list(TIMES_THE_LOOP)
    if given.side:
        side = {"loop": loop, "bare": bare}[given.side]
        if given.side == "loop":  # a process's first epoch is slower, and a study has many
            side(spaces[0], given.images, 1, given.device)
        print(side(spaces[0], given.images, given.epochs, given.device))
        return
    runs = f"{given.repeats} runs of each side, {given.repeats * given.pairs} pairs"
    print(f"{given.images:,} images, {given.epochs} epochs, {runs}, interleaved")
    print(describe(), f"on {given.device}")
    for space in spaces:
        _print(space, _measured(space, given.images, given.epochs, given.repeats, given.device, pairs=given.pairs))


_ONE, _PEAK, _WAITS = "command, 1 worker", "peak, operations/s", "seconds of an epoch that wait"


def _every(workers: int) -> str:
    return f"command, {workers} workers"


def _measured(
    space: str, images: int, epochs: int, repeats: int, device: str, *, pairs: int
) -> Mapping[str, list[float]]:
    """Return the images per second of every run, by side, and on a CPU the peak measured beside them.

    Args:
        space: Whose baseline is trained.
        images: In an epoch.
        epochs: Of a training.
        repeats: Runs of each side.
        device: Where.
        pairs: Of each repeat, of the sides that tell what recording costs.
    """
    every, found = machine.cores(), defaultdict[str, list[float]](list)

    def run_bare() -> None:
        found["bare"].append(_apart("bare", space, images, epochs, device))

    def run_command() -> None:
        rate, waited = command(space, images, epochs, 1, device)
        found[_ONE].append(rate)
        found[_WAITS].append(waited)

    for _ in range(repeats):
        found["loop"].append(_apart("loop", space, images, epochs, device))
        for _ in range(pairs):
            sides = (run_bare, run_command)
            for side in sides if len(found["bare"]) % 2 else reversed(sides):
                side()
        if device == "cpu":
            found[_every(every)].append(command(space, images, epochs, every, device)[0])
            found[_PEAK].append(peak(0.3))
    return found


def _apart(side: str, space: str, images: int, epochs: int, device: str) -> float:
    words = ["--side", side, "--space", space, "--images", str(images), "--epochs", str(epochs)]
    words += ["--device", device]
    arguments = [sys.executable, "-m", "benchmarks.training_speed", *words]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, cwd=_ROOT)
    return float(done.stdout.splitlines()[-1])


def _costs(measured: Mapping[str, list[float]]) -> list[float]:
    """Return for each pair what the command takes beyond the bare loop, in percent of it."""
    return [100 * (bare / whole - 1) for bare, whole in zip(measured["bare"], measured[_ONE], strict=True)]


def _pairs_in_words(measured: Mapping[str, list[float]]) -> str:
    """Return both sides' rates, how far the pairs are apart, and what of the cost is waiting."""
    bare, whole, waited = (statistics.median(measured[side]) for side in ("bare", _ONE, _WAITS))
    costs = _costs(measured)
    return (
        f"{bare:,.0f} images/s bare, {whole:,.0f} of the command with one worker; pairs from {min(costs):+.1f} to "
        f"{max(costs):+.1f} %; an epoch waits for {1000 * waited:.0f} ms"
    )


def _print(space: str, measured: Mapping[str, list[float]]) -> None:
    medians = {side: statistics.median(values) for side, values in measured.items()}
    print(f"\n{space:22}{'images/s':>10}{'from':>10}{'to':>10}{'times the loop':>16}")
    for side, values in measured.items():
        if side not in (_PEAK, _WAITS):
            told = (medians[side], min(values), max(values))
            print(f"{side:22}{''.join(f'{rate:10,.0f}' for rate in told)}{medians[side] / medians['loop']:16.2f}")
    if measured.get("bare"):
        cost = statistics.median(_costs(measured))
        print(f"recording, checkpoints, progress and all else: {cost:+.1f} % of the bare loop's time,")
        print(f"median of the pairs: {_pairs_in_words(measured)}")
    if _PEAK in medians:
        used = medians[_every(machine.cores())] * operations(network(space), DIGITS.shape)
        print(f"{used / 1e9:,.0f} GFLOP/s, {100 * used / medians[_PEAK]:.0f} % of the measured peak")


if __name__ == "__main__":
    main()
