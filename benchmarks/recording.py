"""Tells the parts of what recording an epoch of the notebook's CNN costs, in processor time of one core.

    python -m benchmarks.recording [--repeats 30]

Other work on the machine lengthens processor time by little, so that this tells what `benchmarks.training_speed`, which
compares whole runs by the clock, can tell on a machine with nothing else on it alone. Two parts: a checkpoint, step by
step, by the clock too, for its thread waits for the disk; and an epoch of the training loop beside a loop of the same
kernels that keeps no loss, no score and no learning rate, in pairs.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from torch.nn import functional as F

from benchmarks.hardware import describe
from benchmarks.training_speed import DIGITS, network, noise
from study.data import Split
from study.engines import checkpoint, machine
from study.files import LocalFile
from study.recipe import Recipe
from study.task import TASKS
from study.training.loop import Training, fit, prepare, train_one_epoch
from study.training.outputs import Outputs
from study.training.preprocessing import Preprocessing
from study.training.scoring import Scoring

_STEPS = 32
_BATCH = Recipe().batch_size


def training() -> Training:
    """Return the notebook's CNN, about to be trained as the command does."""
    objective = TASKS["classification"].primary
    return prepare(
        network("cnn"),
        Recipe(),
        0,
        torch.device("cpu"),
        machine.precision("auto", "cpu"),
        scoring=Scoring(DIGITS, objective, (objective,)),
        preprocessing=Preprocessing(),
        check=Outputs("cnn", DIGITS),
    )


def examples() -> Split:
    """Return what an epoch trains on here: few steps, as they cost the same."""
    images, labels = noise(_STEPS * _BATCH)
    return Split(images.unsqueeze(1), labels)


def bare(given: Training, split: Split) -> None:
    """Train an epoch and keep nothing of it."""
    given.model.train()
    half = given.precision == "bfloat16"
    for batch in torch.split(torch.randperm(len(split)), _BATCH):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            logits = given.model(given.preprocessing.inputs(split.inputs.index_select(0, batch)))
        given.optimizer.zero_grad()
        F.cross_entropy(logits.float(), split.targets[batch]).backward()  # type: ignore[no-untyped-call]
        given.optimizer.step()


def checkpoint_parts(file: LocalFile) -> dict[str, Callable[[], object]]:
    """Return the steps of a checkpoint: what it is called -> what does it."""
    given, split = training(), examples()
    (last,) = fit(given, split, None, 1)
    state = {**given.state_dict(), "last": asdict(last)}
    copied = checkpoint.copied(state)
    content = checkpoint.content("trial", copied)
    return {
        "copying the state": lambda: checkpoint.copied(state),
        "making the file": lambda: checkpoint.content("trial", copied),
        "its checksum, of that": lambda: hashlib.sha256(content).digest(),
        "writing it, flushed": lambda: file.write(content),
    }


def time_checkpoint(repeats: int) -> None:
    """Print what each step of a checkpoint takes."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"\na checkpoint of the CNN{'':17}{'processor':>12}{'clock':>12}  ms")
        for name, step in checkpoint_parts(LocalFile(Path(folder) / "trial.pt")).items():
            took, passed = [], []
            for _ in range(repeats):
                began, used = time.perf_counter(), time.thread_time()
                step()
                took.append(time.thread_time() - used)
                passed.append(time.perf_counter() - began)
            told = "".join(f"{1000 * statistics.median(values):12.2f}" for values in (took, passed))
            print(f"  {name:38}{told}", flush=True)


def time_loop(repeats: int) -> None:
    """Print what a step takes in the training loop, and in one that keeps nothing."""
    split, ours, theirs = examples(), training(), training()
    sides = {"bare": lambda: bare(theirs, split), "the training loop": lambda: train_one_epoch(ours, split, 1, 10)}
    took: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(repeats + 1):
        for name in sides if number % 2 else reversed(sides):
            used = time.thread_time()
            sides[name]()
            took[name].append((time.thread_time() - used) / _STEPS)
    print(f"\na step of the CNN, medians of {repeats} epochs of {_STEPS} steps{'':8}ms")
    for name, values in took.items():
        print(f"  {name:48}{1000 * statistics.median(values[1:]):8.2f}")
    ratios = [ours / bare for bare, ours in list(zip(took["bare"], took["the training loop"], strict=True))[1:]]
    print(f"  beyond the bare loop, median of the pairs: {100 * (statistics.median(ratios) - 1):+.1f} %")


def main() -> None:
    """Time both and print it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=30)
    given = parser.parse_args()
    torch.set_num_threads(1)
    machine.keep_freed_memory()
    print(describe())
    time_checkpoint(given.repeats)
    time_loop(given.repeats)


if __name__ == "__main__":
    main()
