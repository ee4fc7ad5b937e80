"""Times training as the command does it beside a plain DataLoader loop, on the same network and images.

    python -m benchmarks.training_speed [--space cnn] [--images 10000] [--epochs 4] [--repeats 3] [--device cuda]

Three sides, in turn, each in fresh processes, all training the space's baseline with its batch size:

- loop: images as PIL pictures through ToTensor and Normalize from a DataLoader, float32, Adam, as the notebook does it;
- bare: the command's own arithmetic (images in memory, channels-last, its precision, fused Adam) in a loop that does
  nothing else, so that the command's epochs beside it show what recording, checkpoints and progress cost;
- command: `python -m study run SPACE` with one worker, and on a CPU with one a core; the seconds of an epoch are those
  between two commits of a training to the trial database, so everything but the start of a worker is in them.

The images are noise in MNIST's shape: they cost what MNIST costs, and nothing is learnt. Prints the median rate of each
side with its range, and the ratios of the medians.
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
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.hardware import describe
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
DIGITS = DataSpec(shape=(1, 28, 28), class_names=tuple("0123456789"))


class Pictures(Dataset[tuple[Tensor, int]]):
    """Images as torchvision's MNIST gives them: a PIL picture, transformed anew each time."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        """Take images (n, 28, 28) uint8 and labels (n,)."""
        self.images, self.labels = images, labels
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Return an image (1, 28, 28) float32 and its label."""
        picture = Image.fromarray(self.images[index].numpy())
        return self.transform(picture), int(self.labels[index])


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
    """Return the images per second of the plain loop."""
    loader = DataLoader(Pictures(*noise(count)), batch_size=Recipe().batch_size, shuffle=True)
    model = network(space).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=Recipe().learning_rate)
    began, total = time.perf_counter(), 0.0
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images.to(device)), labels.to(device))
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.item() * len(images)
    return count * epochs / (time.perf_counter() - began)


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
    began = time.perf_counter()
    for _ in range(epochs):
        for batch in torch.split(torch.randperm(count).to(device), Recipe().batch_size):
            with torch.autocast(training.device.type, torch.bfloat16, enabled=half):
                logits = model(preprocessing.inputs(images[batch]))
            optimizer.zero_grad()
            F.cross_entropy(logits.float(), labels[batch]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    if training.device.type == "cuda":
        torch.cuda.synchronize()
    return count * epochs / (time.perf_counter() - began)


def command(space: str, count: int, epochs: int, workers: int, device: str) -> float:
    """Return the images per second of `run`'s final trainings, all workers together."""
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
    return workers * count / statistics.median(seconds)


def _seconds_of_epochs(path: Path) -> list[float]:
    """Return the seconds from each epoch's commit to that of the next of the same final training."""
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute(
            "SELECT trial.id, epoch.recorded_at FROM epoch JOIN trial ON trial.id = epoch.trial "
            "WHERE trial.phase = 'replicate' ORDER BY trial.id, epoch.epoch"
        ).fetchall()
    return [
        (datetime.fromisoformat(after[1]) - datetime.fromisoformat(before[1])).total_seconds()
        for before, after in pairwise(rows)
        if before[0] == after[0]
    ]


def idx_files(folder: Path, split: str, count: int) -> tuple[Path, Path]:
    """Write the noise as a pair of IDX files."""
    paths = (folder / f"{split}-images", folder / f"{split}-labels")
    for path, array in zip(paths, noise(count), strict=True):
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        path.write_bytes(header + array.numpy().astype(np.uint8).tobytes())
    return paths


def main() -> None:
    """Time the sides in turn and print their medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--space", choices=("cnn", "lstm"), action="append", help="both by default")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--side", choices=("loop", "bare"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    spaces = given.space or ["cnn", "lstm"]
    if given.side:
        side = {"loop": loop, "bare": bare}[given.side]
        side(spaces[0], given.images, 1, given.device)  # a process's first training is slower, and a study has many
        print(side(spaces[0], given.images, given.epochs, given.device))
        return
    print(f"{given.images:,} images, {given.epochs} epochs, {given.repeats} runs of each side, interleaved")
    print(describe(), f"on {given.device}")
    for space in spaces:
        _print(space, _measured(space, given.images, given.epochs, given.repeats, given.device))


def _measured(space: str, images: int, epochs: int, repeats: int, device: str) -> dict[str, list[float]]:
    """Return the images per second of every run, by side."""
    every = machine.cores()
    sides: dict[str, Callable[[], float]] = {
        "loop": lambda: _apart("loop", space, images, epochs, device),
        "bare": lambda: _apart("bare", space, images, epochs, device),
        "command, 1 worker": lambda: command(space, images, epochs, 1, device),
    }
    if device == "cpu":
        sides[f"command, {every} workers"] = lambda: command(space, images, epochs, every, device)
    rates: dict[str, list[float]] = {side: [] for side in sides}
    for _ in range(repeats):
        for side, measure in sides.items():
            rates[side].append(measure())
    return rates


def _apart(side: str, space: str, images: int, epochs: int, device: str) -> float:
    words = ["--side", side, "--space", space, "--images", str(images), "--epochs", str(epochs)]
    words += ["--device", device]
    arguments = [sys.executable, "-m", "benchmarks.training_speed", *words]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, cwd=_ROOT)
    return float(done.stdout.splitlines()[-1])


def _print(space: str, rates: dict[str, list[float]]) -> None:
    medians = {side: statistics.median(values) for side, values in rates.items()}
    print(f"\n{space:22}{'images/s':>10}{'from':>10}{'to':>10}{'times the loop':>16}")
    for side, values in rates.items():
        told = (medians[side], min(values), max(values))
        print(f"{side:22}{''.join(f'{rate:10,.0f}' for rate in told)}{medians[side] / medians['loop']:16.2f}")
    cost = medians["bare"] / medians["command, 1 worker"] - 1
    print(f"recording, checkpoints, progress and all else: {100 * cost:+.1f} % of the bare loop's time")


if __name__ == "__main__":
    main()
