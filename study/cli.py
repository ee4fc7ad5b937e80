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

from study.errors import StudyBusyError, StudyError, nearest

if TYPE_CHECKING:
    from study.launch import Launch, Request

app = typer.Typer(
    name="study",
    help="Hyperparameter search for image classifiers, resumable at any moment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Spaces = Annotated[
    list[str], typer.Argument(help="Names (see `spaces`), files, or package.module:SPACE.", metavar="SPACE...")
]
Studies = Annotated[
    list[str] | None, typer.Argument(help="Names such as cnn@mnist; none means all.", metavar="[STUDY]...")
]
OneStudy = Annotated[str, typer.Argument(help="A name such as cnn@mnist.", metavar="STUDY")]
Storage = Annotated[str, typer.Option(envvar="STUDY_STORAGE", help="Database URL of the trial database.")]
DataRoot = Annotated[Path, typer.Option(envvar="STUDY_DATA_ROOT", help="Folder of the data sets; downloads go there.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; its keys are in docs/commands.md.")]
Workers = Annotated[int | None, typer.Option(help="Parallel processes.  [default: one per core, or per GPU]")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N.  [default: auto]")]

DEFAULT_STORAGE = "sqlite:///runs/studies.db"
DEFAULT_DATA_ROOT = Path("data")


class StoppedError(BaseException):
    """Ctrl-C or SIGTERM arrived. Not a KeyboardInterrupt, which typer would turn into an exit without a word."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.word = "interrupted" if number == signal.SIGINT else "terminated"
        self.status = 128 + number


@app.command()
def run(
    spaces: Spaces,
    dataset: Annotated[
        str, typer.Option(help="A data set's name, a folder, IDX files, or auto: MNIST, else digits.")
    ] = "auto",
    data_root: DataRoot = DEFAULT_DATA_ROOT,
    storage: Storage = DEFAULT_STORAGE,
    trials: Annotated[
        int | None, typer.Option(help="Search trials in all, the baseline among them.  [default: 20]")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of a training.  [default: 10]")] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            help="Seconds of search in all, over every run of the study; then no further search trial begins."
        ),
    ] = None,
    workers: Workers = None,
    seed: Annotated[int | None, typer.Option(help="All randomness derives from it.  [default: 0]")] = None,
    sampler: Annotated[str | None, typer.Option(help="tpe, random, gp, cmaes, qmc or grid.  [default: tpe]")] = None,
    pruner: Annotated[str | None, typer.Option(help="median, hyperband, asha or none.  [default: median]")] = None,
    replicates: Annotated[
        int | None,
        typer.Option(help="Final trainings of the best and of the baseline, each on its own seed.  [default: 3]"),
    ] = None,
    train_size: Annotated[
        int | None, typer.Option(help="Train on a stratified subset of this many images, for a quick look.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Fix a parameter instead of tuning it; repeatable.", metavar="NAME=VALUE"),
    ] = None,
    device: Device = None,
    precision: Annotated[
        str | None, typer.Option(help="auto (bfloat16 where the hardware has it), float32, bfloat16.  [default: auto]")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be trained, and write nothing.")] = False,
) -> None:
    """Tune each SPACE, then train its best and its baseline on fresh seeds and score them on the test split.

    Budgets are targets: run it again and only what is missing is trained. Options that are not given keep what the
    study was begun with.
    """
    from study.launch import Request, prepare_run

    request = Request(
        storage=storage,
        data_root=data_root,
        dataset=dataset,
        trials=trials,
        epochs=epochs,
        replicates=replicates,
        timeout=timeout,
        workers=workers,
        seed=seed,
        sampler=sampler,
        pruner=pruner,
        train_size=train_size,
        settings=tuple(settings or ()),
        device=device,
        precision=precision,
        command=_command(storage),
    )
    launches = prepare_run(spaces, request)
    if dry_run:
        from study.tables import print_dry_run

        print_dry_run(launches, storage)
        return
    _conduct(launches, request)


@app.command()
def resume(
    studies: Studies = None,
    storage: Storage = DEFAULT_STORAGE,
    data_root: Annotated[Path | None, typer.Option(help="Where the data is now, if it was moved.")] = None,
    workers: Workers = None,
    device: Device = None,
) -> None:
    """Go on with studies after any interruption, each to the budget it was begun with."""
    from study.launch import Request, prepare_resume

    request = Request(
        storage=storage, data_root=DEFAULT_DATA_ROOT, workers=workers, device=device, command=_command(storage)
    )
    launches = prepare_resume(studies or [], request, data_root=data_root)
    if not launches:
        _say("nothing to resume: every study is finished; `python -m study list` shows them")
    _conduct(launches, request)


@app.command("list")
def list_studies(storage: Storage = DEFAULT_STORAGE, as_json: AsJson = False) -> None:
    """List the studies in the trial database."""
    from study.overview import list_rows
    from study.tables import print_list

    rows = list_rows(storage)
    _emit(rows) if as_json else print_list(rows)


@app.command()
def show(study: OneStudy, storage: Storage = DEFAULT_STORAGE, as_json: AsJson = False) -> None:
    """Show a study's plan and all its trials."""
    from study.overview import study_details
    from study.tables import print_study

    details = study_details(storage, study)
    _emit(details) if as_json else print_study(details)


@app.command()
def best(study: OneStudy, storage: Storage = DEFAULT_STORAGE, as_json: AsJson = False) -> None:
    """Show a study's best configuration, its scores and where its weights are."""
    from study.overview import best_details
    from study.tables import print_best

    details = best_details(storage, study)
    _emit(details) if as_json else print_best(details)


@app.command()
def spaces(
    name: Annotated[str | None, typer.Argument(help="A name, a file, or package.module:SPACE; none lists all.")] = None,
    as_json: AsJson = False,
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
    data_root: DataRoot = DEFAULT_DATA_ROOT,
    as_json: AsJson = False,
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
    studies: Studies = None,
    storage: Storage = DEFAULT_STORAGE,
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


def _conduct(launches: list[Launch], request: Request) -> None:
    """Runs studies one after the other and prints what came of each."""
    from rich.console import Console

    from study.console import make_view
    from study.database import shown_url
    from study.launch import run as run_study
    from study.launch import standing
    from study.tables import print_summary

    console = Console()
    for notice in dict.fromkeys(launch.notice for launch in launches if launch.notice):
        _say(notice)
    for launch in launches:
        before = standing(launch, request.storage)
        if before.finished:
            _say(f"{launch.plan.study}: nothing to do, {before.progress.describe()}")
            continue
        _say(f"{launch.plan.study}: {before.progress.describe()}; trial database {shown_url(request.storage)}")
        with make_view(console, launch.plan, done_epochs=before.epochs, best=before.best) as view:
            run_study(launch, request, view)
    if launches:
        print_summary(request.storage, [launch.plan.study for launch in launches])


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
