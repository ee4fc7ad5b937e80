"""The functions that train nothing: stored studies, spaces, data and predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from study.database import TrialDatabase
from study.errors import StudyError
from study.interface.interrupts import interruptible
from study.interface.keywords import DataOptions, given_in_python, request_of, taking_options
from study.interface.places import meant_storage
from study.interface.process import like_a_command
from study.interface.stored import Study
from study.interface.watching import Say
from study.paths import DEFAULT_DATA_ROOT, expanded
from study.prepare.request import Request
from study.space import SearchSpace
from study.status.details import Details, list_rows, study_row

if TYPE_CHECKING:
    from study.status.predict import Kept


def studies(storage: str | Path | None = None) -> list[Study]:
    """Return the studies in a trial database, oldest first.

    Args:
        storage: A URL, or the path of an SQLite file; by default STUDY_STORAGE, else runs/studies.db.

    Raises:
        StudyError: There is no trial database.
    """
    place = meant_storage(storage)
    return [Study(row["study"], place) for row in listed(place)]


def listed(storage: str) -> list[Details]:
    """Return a row for each study in a trial database, oldest first, as `list --json` prints them.

    Raises:
        StudyError: There is no trial database.
    """
    with TrialDatabase(storage, read_only=True) as database:
        return list_rows(database)


def open(name: str, storage: str | Path | None = None) -> Study:
    """Return a stored study.

    Args:
        name: Such as cnn@mnist, or cnn where only one study of that space exists.
        storage: As `studies` takes it.

    Raises:
        StudyError: There is no such study.
    """
    place = meant_storage(storage)
    with TrialDatabase(place, read_only=True) as database:
        return Study(study_row(database, name)["study"], place)


def watch(
    name: str | None = None,
    *,
    wait: bool = False,
    storage: str | Path | None = None,
    progress: bool = True,
    say: Say = print,
) -> dict[str, str]:
    """Show how a study goes that another process or machine runs, from the trial database alone, until it ends.

    Args:
        name: Such as cnn@mnist; None means all that are being run.
        wait: Whether to wait for a study that nobody runs, or that is not begun yet, until it is finished.
        storage: As `studies` takes it.
        progress: Whether to show it; else it is only waited for.
        say: Told one line at a time who runs it, and how it ended.

    Returns:
        Study -> `finished`, `stopped` (nobody runs it any more, and it is not finished) or `fruitless` (all trials of a
        phase failed or diverged); nothing where none is being run.

    Raises:
        StudyError: There is no such study, or no trial database.
    """
    from study.interface.display import display_for
    from study.interface.following import watch as follow

    with interruptible(say, "calling it again"):
        endings = follow(name, meant_storage(storage), display_for(say, progress=progress), wait=wait)
    return {study: str(ending) for study, ending in endings.items()}


def spaces() -> dict[str, SearchSpace]:
    """Return the search spaces that come with the program, by name."""
    from study.catalog import load_space, space_names

    return {name: load_space(name) for name in space_names()}


@taking_options("data")
def dataset(name: str | Path = "auto", *, say: Say = print, **options: Unpack[DataOptions]) -> Details:
    """Fetch or check a data set, and tell its counts, shape, class balance and hash, as `data --json` does.

    Args:
        name: As `run` takes it for `dataset`.
        say: Told one line at a time what was done to the data.
        options: Those of the command `data`.

    Raises:
        StudyError: It cannot be had or read.
    """
    return described(str(name), request_of("data", given_in_python("data", options), words="", begun=""), say)


def described(name: str, request: Request, say: Say) -> Details:
    """Return what a data set holds, as JSON values.

    Args:
        name: As `load_dataset` takes it.
        request: How it is read, and where published ones are.
        say: Told what was done to the data that nobody asked for.

    Raises:
        StudyError: It cannot be had or read.
    """
    from study.data import describe, load_dataset

    root = expanded(request.data_root or DEFAULT_DATA_ROOT)
    loaded = load_dataset(name, data_root=root, options=request.data_options)
    for note in loaded.notes:
        say(note)
    return describe(loaded)


def predict(
    study: str,
    images: str | Path | Sequence[str | Path] = (),
    *,
    dataset: str | Path | None = None,
    variant: str = "best",
    invert: bool = False,
    space: str | Path | None = None,
    data_root: str | Path | None = None,
    skip_unreadable: bool = False,
    storage: str | Path | None = None,
    say: Say = print,
) -> Any:  # noqa: ANN401 - a list for images, a dictionary for a data set
    """Answer new data with the kept final trials of a study, by the mean of what they say; as `predict --json`.

    Args:
        study: Its name.
        images: Image files, or folders of them.
        dataset: Instead of images: a data set, whose test split is answered and scored.
        variant: `best` or `baseline`: whose final trials are asked.
        invert: Dark ink on light paper is turned round, as MNIST is light on dark.
        space: Where the study's space is now, if it was moved.
        data_root: Folder of the published data sets.
        skip_unreadable: Leave out files of the data set that cannot be read.
        storage: As `studies` takes it.
        say: Told one line at a time whatever was done that nobody asked for.

    Returns:
        For images a dictionary each: `image`, and what is said of it. For a data set one dictionary, with its scores.

    Raises:
        StudyError: There is no such study, it kept no weights, or the data do not fit.
    """
    from study.prepare.sources import load, named_source
    from study.status.predict import kept_models, predict_dataset
    from study.status.predict import predict as classify

    named = [images] if isinstance(images, str | Path) else list(images)
    if bool(named) == (dataset is not None):
        raise StudyError(f"predict takes images or --dataset, one of them, not {'both' if named else 'neither'}")
    if skip_unreadable and dataset is None:
        raise StudyError("--skip-unreadable goes with --dataset; named images that are bad are left out anyway")
    place = meant_storage(storage)
    with like_a_command(say), TrialDatabase(place, read_only=True) as database:
        kept: Kept = kept_models(database, study, variant=variant, space=None if space is None else str(space))
    for note in kept.notes:
        say(note)
    if dataset is None:
        return classify(kept, [Path(entry) for entry in named], invert=invert, tell=say)
    root = None if data_root is None else Path(data_root)
    request = Request.of(storage=place, data_root=root, skip_unreadable=skip_unreadable or None)
    loaded = load(named_source(str(dataset), kept.plan, request, are_bytes=kept.reads_bytes))
    scored = predict_dataset(kept, loaded, invert=invert)
    for note in loaded.notes:
        say(note)
    return scored
