"""The commands that train, or stop training: run, ablate, resume, skip."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import options as opt
from study.cli.output import say
from study.cli.show import show_ablation
from study.prepare.request import DEFAULT_STORAGE, Request

FRUITLESS = 3
"""Exit status where all trials of a phase failed or diverged."""

if TYPE_CHECKING:
    from study.database import TrialDatabase
    from study.prepare.launch import Launch


@opt.taking_a_request
def run(spaces: opt.Spaces, request: Request, dry_run: opt.DryRun = False) -> None:
    """Tune each SPACE, then train its best and its baseline on fresh seeds and score them on the test split.

    Budgets are targets: run it again and only what is missing is trained. Options that are not given keep what the
    study was begun with.
    """
    _launch(spaces, request, dry_run=dry_run)


@opt.taking_a_request
def ablate(spaces: opt.Spaces, request: Request, dry_run: opt.DryRun = False) -> None:
    """Try every variant of each SPACE against its baseline, on the same seeds, and say what really helps.

    Run it again and only what is missing is trained: more variants, more replicates, what was interrupted.
    """
    _launch(spaces, request, dry_run=dry_run)


@opt.taking_a_request
def resume(request: Request, studies: opt.Studies = None) -> None:
    """Go on with studies after any interruption, each to the budget it was begun with.

    A project that was moved as a whole is found again; --space and --dataset, for one study, say where else to look.
    """
    from study.database import TrialDatabase
    from study.prepare.launch import prepare_resume

    with TrialDatabase(request.storage, read_only=True) as database:
        launches = prepare_resume(studies or [], request, database)
        if not launches:
            say("nothing to resume: every study is finished; `python -m study list` shows them")
        _say_notes(launches)
        _execute(launches, request, database)


@opt.taking_a_request
def final(study: opt.OneStudy, request: Request, dry_run: opt.DryRun = False) -> None:
    """Train final trials of a stored study beside its own: longer, of another trial, or with other values.

    They are planned before they run, have the seeds of the study's own final trials, and are scored once on the test
    split. The search and its budget stay what they are; run it again and only what is missing is trained.
    """
    from study.cli.tables import print_dry_run
    from study.database import TrialDatabase
    from study.prepare.final import prepare_final

    with TrialDatabase(request.storage, read_only=True) as database:
        launches = [prepare_final(study, request, database)]
        _say_notes(launches)
        if dry_run:
            print_dry_run(launches, database, request.retry)
            return
        _execute(launches, request, database)


def skip(
    study: opt.OneStudy,
    trial: Annotated[str, typer.Argument(help="Its number or name, as `show` prints it, or its id.", metavar="TRIAL")],
    storage: opt.Storage = DEFAULT_STORAGE,
) -> None:
    """End one trial of a study as failed, by hand: a running one, or one that was interrupted."""
    from study.database import TrialDatabase
    from study.execution.skip import skip as end

    with TrialDatabase(storage, read_only=True) as database:
        say(end(database, study, trial, say))


def _launch(spaces: list[str], request: Request, *, dry_run: bool) -> None:
    """Prepare studies, then run them or print what running them would train."""
    from study.cli.tables import print_dry_run
    from study.database import TrialDatabase
    from study.prepare.launch import prepare

    with TrialDatabase(request.storage, read_only=True, may_be_absent=True) as database:
        launches = prepare(spaces, request, database)
        _say_notes(launches)
        if dry_run:
            print_dry_run(launches, database, request.retry)
            return
        _execute(launches, request, database)


def _say_notes(launches: list[Launch]) -> None:
    """Say once what was decided about the data that nobody asked for."""
    for note in dict.fromkeys(note for launch in launches for note in launch.notes):
        say(note)


def _execute(launches: list[Launch], request: Request, database: TrialDatabase) -> None:
    """Run studies one after the other and print what came of each."""
    from functools import partial

    from rich.console import Console

    from study.cli.live import open_view
    from study.cli.tables import print_finals, print_summary
    from study.execution.run import execute

    execute(launches, request, database, partial(open_view, Console()), say)
    tuned = [launch.plan.study for launch in launches if launch.ablation is None and not launch.finals]
    if tuned:
        print_summary(database, tuned)
    for launch in launches:
        if launch.finals:
            print_finals(database, launch.plan.study)
    for study in dict.fromkeys(launch.plan.study for launch in launches if launch.ablation is not None):
        show_ablation(database, study, as_json=False)
    _end(database, [launch.plan.study for launch in launches])


def _end(database: TrialDatabase, studies: list[str]) -> None:
    """End the command with status 3 where all trials of a phase failed or diverged, and say which."""
    from study.status.details import fruitless

    found = fruitless(database, studies) if studies else []
    for row in found:
        states = " and ".join(f"{number} {state}" for state, number in row["states"].items())
        study = shlex.quote(row["study"])
        say(
            f"{row['study']}: no {row['phase']} trial came to a result ({states}); "
            f"`python -m study show {study} --failures` tells why; exit status {FRUITLESS}"
        )
    if found:
        raise typer.Exit(FRUITLESS)
