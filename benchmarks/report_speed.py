"""Times loading and the whole report of a large study, beside what Optuna itself does with the same trials.

    python -m benchmarks.report_speed [--trials 10000] [--epochs 20] [--repeats 3]

Makes one database with both programs' tables (`report_database`), then runs, in turn and each in a fresh process,
`reports.load` + `write_report` and `optuna.load_study` + `trials_dataframe` + Optuna's Matplotlib plots saved as PNG.
Prints the median of each step, wall-clock and processor time, the sizes written, and the hardware.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hardware import describe
from benchmarks.report_database import STUDY, make_database
from benchmarks.targets import Row, Scope

_TIMER = """
import json, sys, time
from pathlib import Path
steps = {}
class step:
    def __init__(self, name): self.name = name
    def __enter__(self): self.begun = time.perf_counter(), time.process_time()
    def __exit__(self, *_):
        steps[self.name] = [time.perf_counter() - self.begun[0], time.process_time() - self.begun[1]]
storage, output = sys.argv[1], Path(sys.argv[2])
"""
_OURS = (
    _TIMER
    + """
with step("whole, with imports"):
    with step("imports"):
        from reports import write_report
        from reports.analysis.frames import load
    with step("report, its loading included"):
        write_report(storage, output=output)
with step("loading alone"):
    load(storage)
print(json.dumps(steps))
"""
)
_OPTUNA = (
    _TIMER
    + """
with step("whole, with imports"):
    with step("imports"):
        import matplotlib
        matplotlib.use("Agg")
        import optuna
        import optuna.visualization.matplotlib as plots
        from matplotlib import pyplot
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    import warnings
    warnings.simplefilter("ignore")
    with step("load"):
        study = optuna.load_study(study_name=sys.argv[3], storage=storage)
        study.trials
    with step("trials_dataframe"):
        study.trials_dataframe()
    output.mkdir(parents=True, exist_ok=True)
    for name in ("optimization_history", "intermediate_values", "slice", "parallel_coordinate", "param_importances",
                 "edf", "timeline"):
        with step(name):
            getattr(plots, "plot_" + name)(study)
            pyplot.savefig(output / f"{name}.png", dpi=150)
            pyplot.close("all")
print(json.dumps(steps))
"""
)


WHOLE, LOADING = "whole, with imports", "loading alone"
"""Steps of our side that have targets, in seconds at most."""
SECONDS = {WHOLE: 8.0, LOADING: 1.0}


def rows(scope: Scope) -> Iterator[Row]:
    """Yield the seconds of a whole report of 10,000 trials of 20 epochs, and of loading them."""
    repeats = 5 if scope.long else 1
    with tempfile.TemporaryDirectory() as name:
        storage = make_database(Path(name) / "studies.db", trials=10_000, epochs=20)
        runs = [_run(_OURS, storage, Path(name) / "report") for _ in range(repeats)]
    for step, target in SECONDS.items():
        yield Row(
            figure=f"report of 10,000 trials x 20 epochs, {step}",
            relation="<=",
            target=target,
            value=statistics.median(run[step][0] for run in runs),
            unit=" s",
            n=repeats,
        )


def main() -> None:
    """Make the database, times both programs in turn, and print the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ours-only", action="store_true", help="leave Optuna's side out")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        storage = make_database(folder / "studies.db", trials=given.trials, epochs=given.epochs)
        sides = {"ours": _OURS} if given.ours_only else {"ours": _OURS, "Optuna": _OPTUNA}
        measured: dict[str, list[dict[str, list[float]]]] = {side: [] for side in sides}
        for _ in range(given.repeats):
            for side, program in sides.items():
                measured[side].append(_run(program, storage, folder / side))
        _print(given.trials, given.epochs, given.repeats, measured)
        page = folder / "ours" / "report.html"
        print(f"\nreport.html: {page.stat().st_size / 2**20:.2f} MiB")


def _run(program: str, storage: str, output: Path) -> dict[str, list[float]]:
    command = [sys.executable, "-c", program, storage, str(output), STUDY]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    steps: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return steps


def _print(trials: int, epochs: int, repeats: int, measured: dict[str, list[dict[str, list[float]]]]) -> None:
    print(f"{trials:,} trials x {epochs} epochs; medians of {repeats} runs, interleaved, each in a fresh process")
    print(f"{describe()}\n")
    print(f"{'':8}{'step':36}{'wall (s)':>10}{'processor (s)':>15}")
    for side, runs in measured.items():
        for step in runs[0]:
            wall, processor = (statistics.median(run[step][which] for run in runs) for which in (0, 1))
            print(f"{side:8}{step:36}{wall:10.2f}{processor:15.2f}")


if __name__ == "__main__":
    main()
