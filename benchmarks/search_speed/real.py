"""The same ways on real trainings, in real seconds: from the start of a command to a configuration that is good.

Ours is `python -m study run` with two workers, as a user has it; Optuna's ways are two processes that share a study in
an SQLite file, as its documentation has it; the script with one epoch for all has a pool of two. All train with the
product's own loop and kernels on the examples of the table, one thread a process, and all begin with a fresh
interpreter. A way has got there when a trial that was trained to its last epoch has at most the target's error, which
is that of the table.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import torch

from benchmarks.search_speed import replay
from benchmarks.search_speed.grid import EPOCHS, suggested
from benchmarks.search_speed.record import Examples, examples, training_of
from benchmarks.search_speed.table import Table
from study.data import load_dataset
from study.engines import machine
from study.seeds import derive
from study.training.loop import fit
from study.trial import Scalar

ROOT = Path(__file__).parents[2]
WORKERS = 2
POLL = 0.1
"""Seconds between two looks."""
SHORT_LIMIT = 22.0
"""Seconds of a search in the short form."""
OURS = "ours"
SIDES = (OURS, "optuna-median", "optuna-hyperband", "top-10-of-40", "random")
SPACE = """from benchmarks.search_speed.grid import DOMAINS
from study.space import SearchSpace

SPACE = SearchSpace(name="table", model="cnn", domains=DOMAINS)
"""


def search_once(side: str, seed: int, target: float, data_root: Path, limit: float) -> float:
    """Return the seconds that a search takes to get to the target; infinite where it takes longer than the limit."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        began = time.time()
        started = [_ours(folder, seed, data_root)] if side == OURS else _others(side, folder, seed, data_root, target)
        reached = None
        try:
            while reached is None and time.time() - began < limit:
                time.sleep(POLL)
                reached = _reached_by_ours(folder, target) if side == OURS else _reached(folder)
                if reached is None and any(process.poll() for process in started):
                    raise RuntimeError(f"{side} ended with an error: {(folder / 'log').read_text()[-2000:]}")
        finally:
            for process in started:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # its workers too, and nothing of it is needed any more
                process.wait()
        return float("inf") if reached is None else reached - began


def _start(folder: Path, words: list[str]) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            stdout=log,
            stderr=log,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,
        )


def _ours(folder: Path, seed: int, data_root: Path) -> subprocess.Popen[bytes]:
    (folder / "table_space.py").write_text(SPACE, encoding="utf-8")
    found, test = examples(data_root), load_dataset("mnist", data_root=data_root).test
    arrays: dict[str, Any] = {}
    for split, held in (("train", found.train), ("val", found.validation), ("test", test)):
        few = slice(None) if split != "test" else slice(100)  # which nothing looks at: there are no final trials
        arrays |= {f"{split}_images": held.inputs[few, 0].numpy(), f"{split}_labels": held.targets[few].numpy()}
    np.savez(folder / "examples.npz", **arrays)
    words = [
        "study",
        "run",
        "table_space.py",
        "--dataset",
        "examples.npz",
        "--storage",
        f"sqlite:///{folder}/studies.db",
    ]
    words += ["--trials", "1000", "--epochs", str(EPOCHS), "--replicates", "0", "--seed", str(seed)]
    return _start(folder, [*words, "--workers", str(WORKERS), "--device", "cpu"])


def _reached_by_ours(folder: Path, target: float) -> float | None:
    """Return when a complete trial had at most the target's error, in seconds since the epoch; None before."""
    path = folder / "studies.db"
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            (first,) = database.execute(
                "SELECT min(finished_at) FROM trial WHERE phase = 'search' AND state = 'complete' AND value >= ?",
                (1 - target - 1e-9,),
            ).fetchone()
    except sqlite3.OperationalError:  # its tables are being made
        return None
    return None if first is None else _seconds(first)


def _seconds(moment: str) -> float:
    found = datetime.fromisoformat(moment)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _others(side: str, folder: Path, seed: int, data_root: Path, target: float) -> list[subprocess.Popen[bytes]]:
    words = ["benchmarks.search_speed.real", side, str(folder), str(seed), str(data_root), repr(target)]
    if side.startswith("top"):
        return [_start(folder, [*words, "0"])]
    optuna.create_study(study_name="shared", storage=_storage(folder), direction="minimize")  # two at once may collide
    return [_start(folder, [*words, str(number)]) for number in range(WORKERS)]


def _storage(folder: Path) -> optuna.storages.RDBStorage:
    arguments = {"connect_args": {"timeout": 30}}
    return optuna.storages.RDBStorage(f"sqlite:///{folder}/optuna.db", engine_kwargs=arguments)


def _reached(folder: Path) -> float | None:
    path = folder / "reached"
    return float(path.read_text()) if path.exists() and path.stat().st_size else None


def _tell(folder: Path) -> None:
    """Note that the target was reached now, unless it was before."""
    if not (folder / "reached").exists():
        (folder / "reached").write_text(repr(time.time()))


def _epochs(values: dict[str, Scalar], seed: int, data: Examples) -> Iterator[float]:
    """Train a configuration; yield its error after each epoch."""
    for epoch in fit(training_of(values, seed, data), data.train, data.validation, EPOCHS):
        yield 1 - float(epoch.validation_score or 0)


def work(side: str, folder: Path, seed: int, data_root: Path, target: float, number: int) -> None:
    """Be one of two processes that share an Optuna study, until somebody ends it."""
    _prepare()
    data = examples(data_root)
    samplers = {"random": optuna.samplers.RandomSampler}
    pruners: dict[str, optuna.pruners.BasePruner] = {
        "optuna-median": optuna.pruners.MedianPruner(),
        "optuna-hyperband": optuna.pruners.HyperbandPruner(min_resource=1, max_resource=EPOCHS, reduction_factor=3),
        "random": optuna.pruners.NopPruner(),
    }
    study = optuna.load_study(
        study_name="shared",
        storage=_storage(folder),
        sampler=samplers.get(side, optuna.samplers.TPESampler)(seed=derive(seed, "worker", number) % 2**32),
        pruner=pruners[side],
    )

    def objective(trial: optuna.Trial) -> float:
        error = 1.0
        for epoch, error in enumerate(_epochs(suggested(trial), derive(seed, "trial", trial.number), data), 1):
            trial.report(error, epoch)
            if epoch < EPOCHS and trial.should_prune():
                raise optuna.TrialPruned
        if error <= target:
            _tell(folder)
        return error

    study.optimize(objective)


_DATA: list[Examples] = []
"""Of a process of the pool."""


def _prepare(data_root: Path | None = None) -> None:
    torch.set_num_threads(1)
    machine.keep_freed_memory()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if data_root is not None:
        _DATA.append(examples(data_root))


def _first_epoch(values: dict[str, Scalar], seed: int, kept: Path) -> float:
    """Train one epoch of ten, keep its state, and return the error."""
    data = _DATA[0]
    training = training_of(values, seed, data)
    error = 1 - float(next(fit(training, data.train, data.validation, EPOCHS)).validation_score or 0)
    torch.save(training.state_dict(), kept)
    return error


def _others_epochs(values: dict[str, Scalar], seed: int, kept: Path, target: float, folder: Path) -> None:
    """Go on to the last epoch."""
    data, error = _DATA[0], 1.0
    training = training_of(values, seed, data)
    training.load_state_dict(torch.load(kept))
    for epoch in fit(training, data.train, data.validation, EPOCHS):
        error = 1 - float(epoch.validation_score or 0)
    if error <= target:
        _tell(folder)


def halve_once(folder: Path, seed: int, data_root: Path, target: float, first: int = 40, best: int = 10) -> None:
    """Be the script: one epoch for all, then the best in full, again and again until somebody ends it."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, spawn, _prepare, (data_root,)) as pool:
        while True:
            drawn = [suggested(study.ask()) for _ in range(first)]
            seeds = [derive(seed, "trial", len(study.trials), number) for number in range(first)]
            kept = [folder / f"{number}.pt" for number in range(first)]
            errors = list(pool.map(_first_epoch, drawn, seeds, kept))
            chosen = sorted(range(first), key=errors.__getitem__)[:best]
            going = [
                pool.submit(_others_epochs, drawn[number], seeds[number], kept[number], target, folder)
                for number in chosen
            ]
            for one in going:
                one.result()


def compare(
    table: Table, data_root: Path, seeds: int, limit: float, results: Path | None, sides: tuple[str, ...]
) -> None:
    """Search with each side in turn, seed by seed, and print what came out as it comes.

    Args:
        table: Whose target is gone by.
        data_root: Where MNIST lies.
        seeds: Searches of each side.
        limit: Seconds after which a search is given up.
        results: A file of what was measured before, which is not measured again, and to which the new is added.
        sides: What is compared; the first one is what the others are compared with.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    target = table.target(replay.TARGETS[0])
    print(
        f"to a validation error of {target:.2%}, within {limit:g} s; seconds since the command was given\n", flush=True
    )
    known: dict[tuple[str, int], float] = {}
    if results is not None and results.exists():
        for line in map(json.loads, results.read_text().splitlines()):
            if (line["target"], line["limit"]) == (target, limit):
                known[line["side"], line["seed"]] = float("inf") if line["seconds"] is None else line["seconds"]
    for seed in range(seeds):
        for side in sides:
            if (side, seed) in known:
                continue
            seconds = known[side, seed] = search_once(side, seed, target, data_root, limit)
            print(f"seed {seed} {side:20}{seconds:8.1f}", flush=True)
            if results is not None:
                told = {"side": side, "seed": seed, "target": target, "limit": limit}
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(told | {"seconds": None if seconds == float("inf") else seconds}) + "\n")
    print("\n" + "\n".join(replay.heading("seconds")))
    base = np.array([known[sides[0], seed] for seed in range(seeds)])
    for side in sides:
        print(replay.printed(side, replay.line(np.array([known[side, seed] for seed in range(seeds)]), base)))


def main() -> None:
    """Be a process of a way that is not ours."""
    parser = argparse.ArgumentParser(description="A process of one of the ways; `train` starts it.")
    for name in ("side", "folder", "seed", "data_root", "target", "number"):
        parser.add_argument(name)
    given = parser.parse_args()
    folder, data_root, seed, target = Path(given.folder), Path(given.data_root), int(given.seed), float(given.target)
    if given.side.startswith("top"):
        halve_once(folder, seed, data_root, target)
    else:
        work(given.side, folder, seed, data_root, target, int(given.number))


if __name__ == "__main__":
    main()
