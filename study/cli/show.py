"""The commands that read what is there: list, show, best, predict, spaces, data, report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from study.cli import options as opt
from study.cli.output import emit, remark, say
from study.errors import StudyError
from study.prepare.request import DEFAULT_STORAGE, Request

if TYPE_CHECKING:
    from study.interface.stored import Study


def list_studies(storage: opt.Storage = DEFAULT_STORAGE, as_json: opt.AsJson = False) -> None:
    """List the studies in the trial database."""
    from study.cli.tables import print_list
    from study.interface.reading import listed

    rows = listed(storage)
    emit(rows) if as_json else print_list(rows)


def show(
    study: opt.OneStudy,
    ablation: Annotated[bool, typer.Option("--ablation", help="Show the effects of its variants instead.")] = False,
    failures: Annotated[
        bool, typer.Option("--failures", help="Show the trials that failed or diverged alone, with their tracebacks.")
    ] = False,
    log: Annotated[bool, typer.Option("--log", help="Show the lines that its trials wrote by run.log.")] = False,
    storage: opt.Storage = DEFAULT_STORAGE,
    as_json: opt.AsJson = False,
) -> None:
    """Show a study's plan and all its trials, what these wrote, or what its ablations found."""
    from study.cli.tables import print_failures, print_log, print_study
    from study.interface.stored import Study

    parts = {"--ablation": ablation, "--failures": failures, "--log": log}
    if len(given := [name for name, asked in parts.items() if asked]) > 1:
        raise StudyError(f"{' and '.join(given)} show different things; give one of them")
    found = Study(study, storage)
    if ablation:
        _show_ablations(found, as_json=as_json)
        return
    details = found.details()
    if failures:
        details["trials"] = [row for row in details["trials"] if row["state"] in ("failed", "diverged")]
        emit(details) if as_json else print_failures(details)
        return
    if log and not as_json:
        print_log(details)
        return
    emit(details) if as_json else print_study(details)


def _show_ablations(study: Study, *, as_json: bool) -> None:
    from study.cli.tables.ablations import print_ablations

    effects = study.ablations()
    emit(effects) if as_json else print_ablations(effects)


def best(
    study: opt.OneStudy,
    save: Annotated[
        Path | None,
        typer.Option(help="Write one trained model to a .pt, .onnx or .safetensors file instead.", metavar="FILE"),
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option(
            help="With --save: best, baseline, or a name that `final` gave.  [default: best]", show_default=False
        ),
    ] = None,
    replicate: Annotated[
        int | None,
        typer.Option(
            help="With --save: which of its final trials.  [default: the median by its test score]", show_default=False
        ),
    ] = None,
    space: opt.MovedSpace = None,
    storage: opt.Storage = DEFAULT_STORAGE,
    as_json: opt.AsJson = False,
) -> None:
    """Show a study's best configuration, its scores and where its weights are, or save a trained model of it."""
    if save is not None:
        _save(study, save, variant or "best", replicate, space, storage, as_json=as_json)
        return
    given = (("--variant", variant), ("--replicate", replicate), ("--space", space))
    if useless := [option for option, value in given if value is not None]:
        raise StudyError(f"{useless[0]} says which model --save writes; give --save FILE with it")
    from study.cli.tables import print_best
    from study.interface.stored import Study

    details = Study(study, storage).best_details()
    emit(details) if as_json else print_best(details)


def _save(
    study: str, file: Path, variant: str, replicate: int | None, space: str | None, storage: str, *, as_json: bool
) -> None:
    from study.interface.stored import Study

    tell = remark if as_json else say
    saved = Study(study, storage).saved(file, variant=variant, replicate=replicate, space=space, say=tell)
    if as_json:
        emit({**asdict(saved), "file": str(saved.file), "notes": list(saved.notes)})


def predict(
    study: opt.OneStudy,
    images: Annotated[
        list[Path] | None, typer.Argument(help="Image files, or folders of them.", metavar="[IMAGE]...")
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="Instead of images: a data set, as `run` takes it, whose test split is answered and scored."),
    ] = None,
    variant: Annotated[
        str,
        typer.Option(
            help="Whose final trials are asked: best, baseline, or a name that `final` gave, as `show` prints it."
        ),
    ] = "best",
    invert: Annotated[
        bool, typer.Option("--invert", help="Dark ink on light paper: turn it round, as MNIST is light on dark.")
    ] = False,
    space: opt.MovedSpace = None,
    data_root: opt.DataRoot = None,
    skip_unreadable: opt.SkipUnreadable = False,
    storage: opt.Storage = DEFAULT_STORAGE,
    as_json: opt.AsJson = False,
) -> None:
    """Answer new data with the kept final trials of a study, by the mean of what they say.

    Images are given as files or folders, other data as a data set's test split; the study's own data need not be here.
    """
    from study.cli.tables import print_predictions, print_scores
    from study.interface.reading import predict as answered

    found = answered(
        study,
        images or (),
        dataset=dataset,
        variant=variant,
        invert=invert,
        space=space,
        data_root=data_root,
        skip_unreadable=skip_unreadable,
        storage=storage,
        say=remark if as_json else say,
    )
    if as_json:
        emit(found)
    else:
        print_predictions(found) if dataset is None else print_scores(found)


def spaces(
    name: Annotated[str | None, typer.Argument(help="A name, a file, or package.module:SPACE; none lists all.")] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Print search spaces: domains, defaults and variants."""
    from study.catalog import load_space, space_names
    from study.cli.tables import print_space, print_spaces

    described = [load_space(source).describe() for source in ([name] if name else space_names())]
    if as_json:
        emit(described[0] if name else described)
    elif name:
        print_space(described[0])
    else:
        print_spaces(described)


@opt.taking_a_request
def data(
    request: Request,
    name: Annotated[
        str,
        typer.Argument(
            help="mnist, fashion-mnist, kmnist, emnist-..., digits, auto, a folder, IDX, .npz, CSV, Parquet or .mat "
            "files, or my_data.py:function."
        ),
    ] = "auto",
    as_json: opt.AsJson = False,
) -> None:
    """Fetch or check a data set; print its counts, shape, class balance and hash."""
    from study.cli.tables import print_dataset
    from study.interface.reading import described

    found = described(name, request, (lambda _: None) if as_json else say)
    emit(found) if as_json else print_dataset(found)


def watch(
    study: Annotated[
        str | None, typer.Argument(help="A name such as cnn@mnist; none means all that run.", metavar="[STUDY]")
    ] = None,
    wait: Annotated[
        bool,
        typer.Option("--wait", help="Wait for a study that nobody runs or began yet, until it is finished."),
    ] = False,
    storage: opt.Storage = DEFAULT_STORAGE,
) -> None:
    """Show how a study goes that another terminal or machine runs, from the trial database alone, until it ends.

    Nothing is written or locked. Exit status 0: it is finished; 1: it was stopped before, or nobody runs it; 3: all
    trials of a phase failed or diverged.
    """
    from study.cli.watching import Terminal
    from study.interface.following import watch as follow

    endings = follow(study, storage, Terminal(), wait=wait)
    if status := max((ending.status for ending in endings.values()), default=1):
        raise typer.Exit(status)


def dashboard(
    port: Annotated[
        int, typer.Option(help="Of this machine; 0 takes one that is free.", metavar="N", min=0, max=65535)
    ] = 8080,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    storage: opt.Storage = DEFAULT_STORAGE,
) -> None:
    """Serve optuna-dashboard for the trial database, on 127.0.0.1 alone, until Ctrl-C."""
    from study.interface.dashboard import serve_dashboard

    serve_dashboard(storage, port=port, open_page=open_page, say=say)


def report(
    studies: opt.Studies = None,
    storage: opt.Storages = None,
    output: Annotated[Path, typer.Option(help="Folder for the pages, figures and tables.")] = Path("runs/report"),
    title: Annotated[str | None, typer.Option(help="Of the page; by default made from the studies' names.")] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="html, markdown, csv, latex, png or svg; may be repeated; by default all."),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the HTML page in the browser.")] = False,
) -> None:
    """Write the report of all studies, or of some, as Markdown and HTML, from the trial database alone."""
    from study.interface.reporting import report as write

    write(studies or (), storage=storage, output=output, title=title, format=formats, open=open_page, say=say)
