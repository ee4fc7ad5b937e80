"""The commands that train, or stop training: run, ablate, resume, skip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import options as opt
from study.cli.output import say
from study.prepare.request import DEFAULT_STORAGE, Request

if TYPE_CHECKING:
    from study.cli.watching import Terminal


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
    if request.withdraws:
        _withdraw(spaces, request, dry_run=dry_run)
        return
    _launch(spaces, request, dry_run=dry_run)


@opt.taking_a_request
def resume(request: Request, studies: opt.Studies = None) -> None:
    """Go on with studies after any interruption, each to the budget it was begun with.

    A project that was moved as a whole is found again; --space and --dataset, for one study, say where else to look.
    """
    _begin_server(request, goes_on=True)
    from study.cli.watching import Terminal
    from study.interface.launching import go_on

    display = Terminal()
    if not go_on(studies or [], request, display):
        say("nothing to resume: every study is finished; `python -m study list` shows them")
    _end(display)


@opt.taking_a_request
def final(study: opt.OneStudy, request: Request, dry_run: opt.DryRun = False) -> None:
    """Train final trials of a stored study beside its own: longer, of another trial, or with other values.

    They are planned before they run, have the seeds of the study's own final trials, and are scored once on the test
    split. The search and its budget stay what they are; run it again and only what is missing is trained.
    """
    if not dry_run:
        _begin_server(request, goes_on=True)
    from study.cli.watching import Terminal
    from study.interface.launching import finish, prepared_final

    display = Terminal()
    if not dry_run:
        finish(study, request, display)
        _end(display)
        return
    from study.cli.tables import print_dry_run

    with prepared_final(study, request, say) as (database, launches):
        print_dry_run(launches, database, request.retry)


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


def _withdraw(spaces: list[str], request: Request, *, dry_run: bool) -> None:
    """Take variants out of the ablation of each space, and print what it says now."""
    from study.cli.tables.ablations import print_ablations
    from study.interface.launching import take_out

    taken = take_out(spaces, request, say, dry_run=dry_run)
    for study in () if dry_run else taken:
        print_ablations(study.ablations())


def _launch(spaces: list[str], request: Request, *, dry_run: bool) -> None:
    """Train what was asked for, or print what that would be."""
    if not dry_run:
        _refuse_unknown(spaces)
        _begin_server(request)
    from study.cli.watching import Terminal
    from study.interface.launching import begin, prepared

    display = Terminal()
    if not dry_run:
        begin(spaces, request, display)
        _end(display)
        return
    from study.cli.tables import print_dry_run

    with prepared(spaces, request, say) as (database, launches):
        print_dry_run(launches, database, request.retry)


def _refuse_unknown(spaces: Sequence[str]) -> None:
    """Refuse names that no space has, before anything is begun; files of the user's own are loaded later, once.

    Raises:
        StudyError: There is no space of that name.
    """
    from study.catalog import load_space

    for name in spaces:
        if not name.endswith(".py") and ":" not in name:
            load_space(name)


def _begin_server(request: Request, *, goes_on: bool = False) -> None:
    """Let what workers are forked from import PyTorch while this process does, where a command may train by them.

    Args:
        request: What was asked.
        goes_on: Whether the command goes on with stored studies, and so is refused where there is no database.
    """
    from study.database import is_absent

    if request.training.engine == "local" and not (goes_on and is_absent(request.storage)):
        from study.engines import server

        server.begin()


def _end(display: Terminal) -> None:
    """End the command with status 3 where all trials of a phase failed or diverged."""
    from study.interface.accompanying import FRUITLESS

    if display.fruitless:
        raise typer.Exit(FRUITLESS)
