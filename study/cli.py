"""The commands: each parses, calls one function and prints. Everything heavy is imported where it is used."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from study import options as opt
from study.errors import StudyBusyError, StudyError, nearest

if TYPE_CHECKING:
    from study.launch import Launch
    from study.request import AblationRequest, Request

app = typer.Typer(
    name="study",
    help="Hyperparameter search and ablation studies for image classifiers, resumable at any moment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class StoppedError(BaseException):
    """Ctrl-C or SIGTERM arrived. Not a KeyboardInterrupt, which typer would turn into an exit without a word."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.word = "interrupted" if number == signal.SIGINT else "terminated"
        self.status = 128 + number


@app.command()
def run(
    spaces: opt.Spaces,
    dataset: opt.Dataset = "auto",
    data_root: opt.DataRoot = opt.DEFAULT_DATA_ROOT,
    storage: opt.Storage = opt.DEFAULT_STORAGE,
    trials: opt.Trials = None,
    epochs: opt.Epochs = None,
    timeout: opt.Timeout = None,
    workers: opt.Workers = None,
    seed: opt.Seed = None,
    sampler: opt.Sampler = None,
    pruner: opt.Pruner = None,
    replicates: Annotated[
        int | None,
        typer.Option(help="Final trainings of the best and of the baseline, each on its own seed.  [default: 3]"),
    ] = None,
    train_size: opt.TrainSize = None,
    settings: opt.Settings = None,
    device: opt.Device = None,
    precision: opt.Precision = None,
    dry_run: opt.DryRun = False,
) -> None:
    """Tune each SPACE, then train its best and its baseline on fresh seeds and score them on the test split.

    Budgets are targets: run it again and only what is missing is trained. Options that are not given keep what the
    study was begun with.
    """
    _launch(spaces, _request(locals()), dry_run=dry_run)


@app.command()
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
    dataset: opt.Dataset = "auto",
    data_root: opt.DataRoot = opt.DEFAULT_DATA_ROOT,
    storage: opt.Storage = opt.DEFAULT_STORAGE,
    trials: opt.Trials = None,
    epochs: opt.Epochs = None,
    timeout: opt.Timeout = None,
    workers: opt.Workers = None,
    seed: opt.Seed = None,
    sampler: opt.Sampler = None,
    pruner: opt.Pruner = None,
    replicates: Annotated[
        int | None, typer.Option(help="Trainings of each variant, paired by seed with the baseline's.  [default: 6]")
    ] = None,
    train_size: opt.TrainSize = None,
    settings: opt.Settings = None,
    device: opt.Device = None,
    precision: opt.Precision = None,
    dry_run: opt.DryRun = False,
) -> None:
    """Try every variant of each SPACE against its baseline, on the same seeds, and say what really helps.

    Run it again and only what is missing is trained: more variants, more replicates, what was interrupted.
    """
    from study.request import AblationRequest

    asked = AblationRequest(
        design=design, reference=reference, variants=_names(variants), factors=_names(factors), retune=retune
    )
    _launch(spaces, _request(locals(), asked), dry_run=dry_run)


@app.command()
def resume(
    studies: opt.Studies = None,
    storage: opt.Storage = opt.DEFAULT_STORAGE,
    data_root: Annotated[Path | None, typer.Option(help="Where the data is now, if it was moved.")] = None,
    workers: opt.Workers = None,
    device: opt.Device = None,
) -> None:
    """Go on with studies after any interruption, each to the budget it was begun with."""
    from study.launch import prepare_resume
    from study.request import Request

    request = Request(
        storage=storage, data_root=opt.DEFAULT_DATA_ROOT, workers=workers, device=device, command=_command(storage)
    )
    launches = prepare_resume(studies or [], request, data_root=data_root)
    if not launches:
        _say("nothing to resume: every study is finished; `python -m study list` shows them")
    _conduct(launches, request)


@app.command("list")
def list_studies(storage: opt.Storage = opt.DEFAULT_STORAGE, as_json: opt.AsJson = False) -> None:
    """List the studies in the trial database."""
    from study.overview import list_rows
    from study.tables import print_list

    rows = list_rows(storage)
    _emit(rows) if as_json else print_list(rows)


@app.command()
def show(
    study: opt.OneStudy,
    ablation: Annotated[bool, typer.Option("--ablation", help="Show the effects of its variants instead.")] = False,
    storage: opt.Storage = opt.DEFAULT_STORAGE,
    as_json: opt.AsJson = False,
) -> None:
    """Show a study's plan and all its trials, or what its ablations found."""
    from study.overview import study_details
    from study.tables import print_study

    if ablation:
        _show_ablation(storage, study, as_json=as_json)
        return
    details = study_details(storage, study)
    _emit(details) if as_json else print_study(details)


@app.command()
def best(study: opt.OneStudy, storage: opt.Storage = opt.DEFAULT_STORAGE, as_json: opt.AsJson = False) -> None:
    """Show a study's best configuration, its scores and where its weights are."""
    from study.overview import best_details
    from study.tables import print_best

    details = best_details(storage, study)
    _emit(details) if as_json else print_best(details)


@app.command()
def spaces(
    name: Annotated[str | None, typer.Argument(help="A name, a file, or package.module:SPACE; none lists all.")] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Print search spaces: domains, defaults and variants."""
    from study.catalog import load_space, space_names
    from study.tables import print_space, print_spaces

    described = [load_space(source).describe() for source in ([name] if name else space_names())]
    if as_json:
        _emit(described[0] if name else described)
    elif name:
        print_space(described[0])
    else:
        print_spaces(described)


@app.command()
def data(
    name: Annotated[
        str, typer.Argument(help="mnist, fashion-mnist, kmnist, digits, auto, a folder, or IDX files.")
    ] = "auto",
    data_root: opt.DataRoot = opt.DEFAULT_DATA_ROOT,
    as_json: opt.AsJson = False,
) -> None:
    """Fetch or check a data set; print its counts, shape, class balance and hash."""
    from study.data import describe, load_dataset
    from study.tables import print_dataset

    loaded = load_dataset(name, data_root=data_root)
    described = describe(loaded)
    if as_json:
        _emit(described)
        return
    if loaded.notice:
        _say(loaded.notice)
    print_dataset(described)


@app.command()
def report(
    studies: opt.Studies = None,
    storage: opt.Storage = opt.DEFAULT_STORAGE,
    output: Annotated[Path, typer.Option(help="Folder for the pages, figures and tables.")] = Path("runs/report"),
    title: Annotated[str | None, typer.Option(help="Of the page; by default made from the studies' names.")] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="html, markdown, csv, latex, png or svg; may be repeated; by default all."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the HTML page in the browser.")] = False,
) -> None:
    """Write the report of all studies, or of some, as Markdown and HTML, from the trial database alone."""
    import webbrowser

    from reports import FORMATS, ReportError, write_report

    if open_page and formats and "html" not in formats:
        raise StudyError("--open shows the HTML page, which was not asked for; add --format html")
    try:
        written = write_report(storage, studies or (), output=output, title=title, formats=formats or FORMATS)
    except ReportError as error:
        raise StudyError(str(error)) from error
    pages = [str(path) for path in written if path.parent == output]
    _say(f"wrote {' and '.join(pages) or f'{len(written)} files to {output}'}")
    if open_page and not webbrowser.open((output / "report.html").resolve().as_uri()):
        _say("no browser was found; open the page by hand")


def main() -> None:
    """Runs the command line; every expected error becomes one line and an exit status."""
    # What typer raises for wrong usage, which it exports only by a subclass.
    usage_error: type[Exception] = typer.BadParameter.__mro__[1]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        code = app(standalone_mode=False)
    except StudyBusyError as error:
        _fail(str(error), 1)
    except StudyError as error:
        _fail(str(error), 2)
    except usage_error as error:
        _fail(_usage(error), 2)
    except BrokenPipeError:  # `study list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(str(error), 2)
    except StoppedError as stopped:
        _fail(f"{stopped.word}; `python -m study resume` goes on where this stopped", stopped.status)
    sys.exit(code or 0)


def _request(given: dict[str, Any], ablation: AblationRequest | None = None) -> Request:
    """Returns the request that a command's parameters make."""
    from study.request import Request

    taken = {field: given[field] for field in Request.__dataclass_fields__ if field in given}
    taken |= {"settings": tuple(given["settings"] or ()), "command": _command(given["storage"]), "ablation": ablation}
    return Request(**taken)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _launch(spaces: list[str], request: Request, *, dry_run: bool) -> None:
    """Prepares studies, then runs them or prints what running them would train."""
    from study.launch import prepare

    launches = prepare(spaces, request)
    if not dry_run:
        _conduct(launches, request)
        return
    from study.tables import print_dry_run

    print_dry_run(launches, request.storage)


def _conduct(launches: list[Launch], request: Request) -> None:
    """Runs studies one after the other and prints what came of each."""
    from functools import partial

    from rich.console import Console

    from study.conduct import conduct
    from study.console import open_view
    from study.database import shown_url
    from study.standing import standing
    from study.tables import print_summary

    for notice in dict.fromkeys(launch.notice for launch in launches if launch.notice):
        _say(notice)
    for launch in launches:
        before = standing(launch, request.storage)
        if before.finished:
            _say(f"{launch.plan.study}: nothing to do, {before.text}")
            continue
        _say(f"{launch.plan.study}: {before.text}; trial database {shown_url(request.storage)}")
        conduct(launch, request, partial(open_view, Console()), _say)
    tuned = [launch.plan.study for launch in launches if launch.ablation is None]
    if tuned:
        print_summary(request.storage, tuned)
    for study in dict.fromkeys(launch.plan.study for launch in launches if launch.ablation is not None):
        _show_ablation(request.storage, study, as_json=False)


def _show_ablation(storage: str, study: str, *, as_json: bool) -> None:
    from reports.ablation_details import ablation_details

    from reports import ReportError
    from study.tables import print_ablations

    try:
        details = ablation_details(storage, study)
    except ReportError as error:
        raise StudyError(str(error)) from error
    _emit(details) if as_json else print_ablations(details)


def _command(storage: str) -> str:
    """Returns the command as it was typed, with a storage's password hidden."""
    from study.database import shown_url

    words = [word.replace(storage, shown_url(storage)) for word in sys.argv[1:]]
    return shlex.join(["python", "-m", "study", *words])


def _emit(value: Any) -> None:  # noqa: ANN401 - any JSON value
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _say(text: str) -> None:
    typer.echo(text)


def _fail(message: str, code: int) -> None:
    typer.echo(f"error: {message}" if code in (1, 2) else message, err=True)
    sys.exit(code)


def _usage(error: BaseException) -> str:
    """Returns a usage error as one line with the nearest name."""
    message = " ".join(str(getattr(error, "message", error)).split()) or str(error)
    if message.startswith("No such command"):
        wanted = message.split("'")[1] if "'" in message else ""
        commands = [
            command.name or command.callback.__name__ for command in app.registered_commands if command.callback
        ]
        return f"a command is one of {', '.join(commands)}, not {wanted!r}{nearest(wanted, commands)}"
    option = getattr(error, "option_name", None)
    if option:
        context = getattr(error, "ctx", None)
        known = [name for entry in context.command.params for name in entry.opts] if context else []
        return f"there is no option {option}{nearest(option, known)}; `--help` after the command lists its options"
    return message


def _stop(number: int, _frame: FrameType | None) -> None:
    raise StoppedError(number)
