"""The options of the commands, each declared once: an option means the same wherever it is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_STORAGE = "sqlite:///runs/studies.db"

Spaces = Annotated[
    list[str], typer.Argument(help="Names (see `spaces`), files, or package.module:SPACE.", metavar="SPACE...")
]
Studies = Annotated[
    list[str] | None, typer.Argument(help="Names such as cnn@mnist; none means all.", metavar="[STUDY]...")
]
OneStudy = Annotated[str, typer.Argument(help="A name such as cnn@mnist.", metavar="STUDY")]
Dataset = Annotated[
    str | None,
    typer.Option(
        help="A data set's name, a folder, IDX, .npz, CSV or .mat files, or auto: MNIST, else digits.  "
        "[default: that of the space's "
        "stored study; auto where there is none]"
    ),
]
SkipUnreadable = Annotated[
    bool,
    typer.Option("--skip-unreadable", help="Leave out files that cannot be read, say and store which, and go on."),
]
MovedSpace = Annotated[
    str | None, typer.Option("--space", help="Where the study's space is now, if it was moved.", metavar="SPACE")
]


def _storage(given: str) -> str:
    from study.database import normalised

    return normalised(given)


Storage = Annotated[
    str,
    typer.Option(
        envvar="STUDY_STORAGE", help="The trial database: a URL, or the path of an SQLite file.", callback=_storage
    ),
]
DataRoot = Annotated[
    Path | None,
    typer.Option(
        envvar="STUDY_DATA_ROOT",
        help="Folder of the published data sets; downloads go there.  [default: that of the stored study; data where "
        "there is none]",
    ),
]
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
Workers = Annotated[
    int | None, typer.Option(help="Parallel processes, at most 8 per core.  [default: one per core, or per GPU]")
]
Seed = Annotated[
    int | None,
    typer.Option(
        help="What the random numbers of every training and of the sampler derive from; with several workers the "
        "search depends, besides, on which trial ends first.  [default: 0]"
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
        help="Epochs without a better validation accuracy after which a search trial ends, complete; the baseline is "
        "trained in any case.  [default: every trial trains all its epochs]"
    ),
]
TrainSize = Annotated[
    int | None, typer.Option(help="Train on a stratified subset of this many images, for a quick look.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Fix a parameter instead of tuning it; repeatable.", metavar="NAME=VALUE"),
]
Engine = Annotated[
    str,
    typer.Option(
        envvar="STUDY_ENGINE",
        help="local: worker processes. inline: one trial after the other in this process, for debugging a model.",
    ),
]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.  [default: auto]")]
Precision = Annotated[
    str | None, typer.Option(help="auto (bfloat16 where the hardware has it), float32, bfloat16.  [default: auto]")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be trained, and write nothing.")]
