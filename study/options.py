"""The options of the commands, each declared once: an option means the same wherever it is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_STORAGE = "sqlite:///runs/studies.db"
DEFAULT_DATA_ROOT = Path("data")

Spaces = Annotated[
    list[str], typer.Argument(help="Names (see `spaces`), files, or package.module:SPACE.", metavar="SPACE...")
]
Studies = Annotated[
    list[str] | None, typer.Argument(help="Names such as cnn@mnist; none means all.", metavar="[STUDY]...")
]
OneStudy = Annotated[str, typer.Argument(help="A name such as cnn@mnist.", metavar="STUDY")]
Dataset = Annotated[str, typer.Option(help="A data set's name, a folder, IDX files, or auto: MNIST, else digits.")]
Storage = Annotated[str, typer.Option(envvar="STUDY_STORAGE", help="Database URL of the trial database.")]
DataRoot = Annotated[Path, typer.Option(envvar="STUDY_DATA_ROOT", help="Folder of the data sets; downloads go there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; its keys are in docs/commands.md.")]
Trials = Annotated[
    int | None,
    typer.Option(help="Search trials in all, the baseline among them.  [default: 20 where there is a search]"),
]
Epochs = Annotated[int | None, typer.Option(help="Epochs of a training.  [default: 10]")]
Timeout = Annotated[
    float | None,
    typer.Option(help="Seconds of search in all, over every run of the study; then no further search trial begins."),
]
TimeoutTotal = Annotated[
    float | None,
    typer.Option(
        help="Seconds of training in all, final trials and ablations too, over every run; then no further trial begins."
    ),
]
TrialTimeout = Annotated[
    float | None, typer.Option(help="Seconds that one trial may train in all; then it is ended as failed.")
]
RetryFailed = Annotated[
    bool, typer.Option("--failed", "--retry-failed", help="Take up again, from their first epoch, trials that failed.")
]
RetryDiverged = Annotated[
    bool, typer.Option("--diverged", "--retry-diverged", help="Take up again trials whose loss was not finite.")
]
Workers = Annotated[int | None, typer.Option(help="Parallel processes.  [default: one per core, or per GPU]")]
Seed = Annotated[
    int | None,
    typer.Option(
        help="Data cuts, weights, batches and every trial's seed derive from it; with one worker the search too (with "
        "several, what is tried and pruned follows arrival).  [default: 0]"
    ),
]
Objective = Annotated[
    str | None,
    typer.Option(
        help="accuracy, or accuracy and what it may cost: accuracy,parameters or accuracy,seconds (an epoch's).  "
        "[default: accuracy]",
        metavar="NAMES",
    ),
]
Sampler = Annotated[str | None, typer.Option(help="tpe, random, gp, cmaes, nsga2, qmc or grid.  [default: tpe]")]
Pruner = Annotated[
    str | None,
    typer.Option(
        help="promote (pauses trials, and the best third of each rung go on), median, hyperband, asha or none.  "
        "[default: median; none with several objectives]"
    ),
]
Patience = Annotated[
    int | None,
    typer.Option(
        help="Epochs without a better validation accuracy after which a search trial ends, complete; never the "
        "baseline.  [default: none]"
    ),
]
TrainSize = Annotated[
    int | None, typer.Option(help="Train on a stratified subset of this many images, for a quick look.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Fix a parameter instead of tuning it; repeatable.", metavar="NAME=VALUE"),
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.  [default: auto]")]
Precision = Annotated[
    str | None, typer.Option(help="auto (bfloat16 where the hardware has it), float32, bfloat16.  [default: auto]")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be trained, and write nothing.")]
