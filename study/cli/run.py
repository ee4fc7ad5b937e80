"""The commands that train, or stop training: run, ablate, resume, skip."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from study.cli import options as opt
from study.cli.output import say
from study.cli.show import show_ablation
from study.errors import StudyError

FRUITLESS = 3
"""Exit status where all trials of a phase failed or diverged."""

if TYPE_CHECKING:
    from study.prepare.launch import Launch
    from study.prepare.request import AblationRequest, Request
    from study.prepare.retry import Retry


def run(
    spaces: opt.Spaces,
    dataset: opt.Dataset = None,
    data_root: opt.DataRoot = None,
    skip_unreadable: opt.SkipUnreadable = False,
    storage: opt.Storage = opt.DEFAULT_STORAGE,
    trials: opt.Trials = None,
    epochs: opt.Epochs = None,
    timeout: opt.Timeout = None,
    timeout_total: opt.TimeoutTotal = None,
    trial_timeout: opt.TrialTimeout = None,
    workers: opt.Workers = None,
    seed: opt.Seed = None,
    objective: opt.Objective = None,
    sampler: opt.Sampler = None,
    pruner: opt.Pruner = None,
    patience: opt.Patience = None,
    replicates: Annotated[
        int | None,
        typer.Option(help="Final trainings of the best and of the baseline, each on its own seed.  [default: 3]"),
    ] = None,
    train_size: opt.TrainSize = None,
    settings: opt.Settings = None,
    engine: opt.Engine = "local",
    device: opt.Device = None,
    precision: opt.Precision = None,
    retry_failed: opt.RetryFailed = False,
    retry_diverged: opt.RetryDiverged = False,
    dry_run: opt.DryRun = False,
) -> None:
    """Tune each SPACE, then train its best and its baseline on fresh seeds and score them on the test split.

    Budgets are targets: run it again and only what is missing is trained. Options that are not given keep what the
    study was begun with.
    """
    _launch(spaces, _request(locals()), dry_run=dry_run)


def ablate(
    spaces: opt.Spaces,
    variants: Annotated[
        str | None, typer.Option(help="Of the space, separated by commas.  [default: all]", metavar="NAMES")
    ] = None,
    design: Annotated[
        str,
        typer.Option(
            help="one-at-a-time: each variant added. leave-one-out: each taken out of everything. "
            "factorial: all combinations of --factors. path: from the baseline to the tuned best, greedily."
        ),
    ] = "one-at-a-time",
    factors: Annotated[
        str | None, typer.Option(help="Variants of --design factorial, separated by commas.", metavar="NAMES")
    ] = None,
    reference: Annotated[
        str, typer.Option("--from", help="What variants are added to: baseline, or best (found by a search).")
    ] = "baseline",
    retune: Annotated[
        bool, typer.Option("--retune", help="Tune the baseline and each variant too, with the same budget.")
    ] = False,
    dataset: opt.Dataset = None,
    data_root: opt.DataRoot = None,
    skip_unreadable: opt.SkipUnreadable = False,
    storage: opt.Storage = opt.DEFAULT_STORAGE,
    trials: opt.Trials = None,
    epochs: opt.Epochs = None,
    timeout: opt.Timeout = None,
    timeout_total: opt.TimeoutTotal = None,
    trial_timeout: opt.TrialTimeout = None,
    workers: opt.Workers = None,
    seed: opt.Seed = None,
    objective: opt.Objective = None,
    sampler: opt.Sampler = None,
    pruner: opt.Pruner = None,
    patience: opt.Patience = None,
    replicates: Annotated[
        int | None, typer.Option(help="Trainings of each variant, paired by seed with the baseline's.  [default: 6]")
    ] = None,
    train_size: opt.TrainSize = None,
    settings: opt.Settings = None,
    engine: opt.Engine = "local",
    device: opt.Device = None,
    precision: opt.Precision = None,
    retry_failed: opt.RetryFailed = False,
    retry_diverged: opt.RetryDiverged = False,
    dry_run: opt.DryRun = False,
) -> None:
    """Try every variant of each SPACE against its baseline, on the same seeds, and say what really helps.

    Run it again and only what is missing is trained: more variants, more replicates, what was interrupted.
    """
    from study.prepare.request import AblationRequest

    asked = AblationRequest(
        design=design,
        reference=reference,
        variants=_names("--variants", variants),
        factors=_names("--factors", factors),
        retune=retune,
    )
    _launch(spaces, _request(locals(), asked), dry_run=dry_run)


def resume(
    studies: opt.Studies = None,
    storage: opt.Storage = opt.DEFAULT_STORAGE,
    space: opt.MovedSpace = None,
    dataset: Annotated[
        str | None, typer.Option(help="Where the study's data is now, if it was moved: a folder or IDX files.")
    ] = None,
    data_root: opt.DataRoot = None,
    workers: opt.Workers = None,
    engine: opt.Engine = "local",
    device: opt.Device = None,
    timeout_total: opt.TimeoutTotal = None,
    trial_timeout: opt.TrialTimeout = None,
    retry_failed: opt.RetryFailed = False,
    retry_diverged: opt.RetryDiverged = False,
) -> None:
    """Go on with studies after any interruption, each to the budget it was begun with.

    A project that was moved as a whole is found again; --space and --dataset, for one study, say where else to look.
    """
    from study.prepare.launch import prepare_resume
    from study.prepare.request import Request

    request = Request(
        storage=storage,
        space=space,
        dataset=dataset,
        data_root=data_root,
        workers=workers,
        engine=engine,
        device=device,
        timeout_total=timeout_total,
        trial_timeout=trial_timeout,
        retry=_retry(failed=retry_failed, diverged=retry_diverged),
        command=_command(),
    )
    launches = prepare_resume(studies or [], request)
    if not launches:
        say("nothing to resume: every study is finished; `python -m study list` shows them")
    _say_notes(launches)
    _conduct(launches, request)


def skip(
    study: opt.OneStudy,
    trial: Annotated[str, typer.Argument(help="Its number or name, as `show` prints it, or its id.", metavar="TRIAL")],
    storage: opt.Storage = opt.DEFAULT_STORAGE,
) -> None:
    """End one trial of a study as failed, by hand: a running one, or one that was interrupted."""
    from study.execution.skip import skip as end

    say(end(storage, study, trial))


def _request(given: dict[str, Any], ablation: AblationRequest | None = None) -> Request:
    """Returns the request that a command's parameters make."""
    from study.prepare.request import Request

    taken = {field: given[field] for field in Request.__dataclass_fields__ if field in given}
    taken["retry"] = _retry(failed=given["retry_failed"], diverged=given["retry_diverged"])
    taken |= {"settings": tuple(given["settings"] or ()), "command": _command(), "ablation": ablation}
    return Request(**taken)


def _retry(*, failed: bool, diverged: bool) -> Retry:
    """Returns what is taken up again, of what ended badly until now."""
    from study.database import now
    from study.prepare.retry import Retry
    from study.trial import TrialState

    asked = ((TrialState.FAILED, failed), (TrialState.DIVERGED, diverged))
    return Retry(tuple(state for state, given in asked if given), before=now())


def _names(option: str, text: str | None) -> tuple[str, ...]:
    names = tuple(name.strip() for name in (text or "").split(",") if name.strip())
    if text is not None and not names:
        raise StudyError(f"{option} takes names separated by commas, not {text!r}")
    return names


def _launch(spaces: list[str], request: Request, *, dry_run: bool) -> None:
    """Prepares studies, then runs them or prints what running them would train."""
    from study.prepare.launch import prepare

    launches = prepare(spaces, request)
    _say_notes(launches)
    if not dry_run:
        _conduct(launches, request)
        return
    from study.cli.tables import print_dry_run

    print_dry_run(launches, request.storage, request.retry)


def _say_notes(launches: list[Launch]) -> None:
    """Says once what was decided about the data that nobody asked for."""
    for note in dict.fromkeys(note for launch in launches for note in launch.notes):
        say(note)


def _conduct(launches: list[Launch], request: Request) -> None:
    """Runs studies one after the other and prints what came of each."""
    from functools import partial

    from rich.console import Console

    from study.cli.live import open_view
    from study.cli.tables import print_summary
    from study.database import shown_url
    from study.execution.run import execute
    from study.prepare.dry_run import launch_progress

    for launch in launches:
        before = launch_progress(launch, request.storage, request.retry)
        if before.finished:
            say(f"{launch.plan.study}: nothing to do, {before.text}")
            continue
        say(f"{launch.plan.study}: {before.text}; trial database {shown_url(request.storage)}")
        execute(launch, request, partial(open_view, Console()), say)
    tuned = [launch.plan.study for launch in launches if launch.ablation is None]
    if tuned:
        print_summary(request.storage, tuned)
    for study in dict.fromkeys(launch.plan.study for launch in launches if launch.ablation is not None):
        show_ablation(request.storage, study, as_json=False)
    _end(request.storage, [launch.plan.study for launch in launches])


def _end(storage: str, studies: list[str]) -> None:
    """Ends the command with status 3 where all trials of a phase failed or diverged, and says which."""
    from study.status.details import fruitless

    found = fruitless(storage, studies) if studies else []
    for row in found:
        states = " and ".join(f"{number} {state}" for state, number in row["states"].items())
        study = shlex.quote(row["study"])
        say(
            f"{row['study']}: no {row['phase']} trial came to a result ({states}); "
            f"`python -m study show {study} --failures` tells why; exit status {FRUITLESS}"
        )
    if found:
        raise typer.Exit(FRUITLESS)


def _command() -> str:
    """Returns the command as it was typed, a storage's secrets hidden, and with what the environment said."""
    from study.database import shown_url

    words = list(sys.argv[1:])
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option == "--storage" and equals:
            words[place] = f"--storage={shown_url(value)}"
        elif place and words[place - 1] == "--storage":
            words[place] = shown_url(word)
    for option, variable in (("--storage", "STUDY_STORAGE"), ("--data-root", "STUDY_DATA_ROOT")):
        said = os.environ.get(variable)
        if said and not any(word.split("=")[0] == option for word in words):
            words += [option, shown_url(said) if option == "--storage" else said]
    return shlex.join(["python", "-m", "study", *words])
