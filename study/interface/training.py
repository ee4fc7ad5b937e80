"""The functions that train: run, ablate, resume; and what the command line shares with them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack, overload

from study.catalog import load_space
from study.database import TrialDatabase, now
from study.errors import StudyBusyError, StudyError
from study.execution.run import execute
from study.execution.withdraw import withdraw
from study.interface.declared import declared_source, write_space
from study.interface.display import display_for, in_notebook
from study.interface.interrupts import interruptible
from study.interface.keywords import (
    AblateOptions,
    FinalOptions,
    ResumeOptions,
    RunOptions,
    as_called,
    given_in_python,
    request_of,
    taking_options,
)
from study.interface.process import like_a_command
from study.interface.stored import Study
from study.interface.watching import Display, Say
from study.prepare.dry_run import Preview, preview
from study.prepare.final import prepare_final
from study.prepare.launch import Launch, prepare, prepare_resume
from study.prepare.request import Request
from study.space import SearchSpace

Space = str | Path | SearchSpace
"""A name (see `spaces`), a file, `package.module:NAME`, or a space itself."""
_running: set[tuple[str, str]] = set()
_guard = threading.Lock()


@overload
def run(  # type: ignore[overload-overlap]  # a str is a sequence of str too
    space: Space, *, progress: bool = True, say: Say = print, **options: Unpack[RunOptions]
) -> Study: ...
@overload
def run(
    space: Sequence[Space], *, progress: bool = True, say: Say = print, **options: Unpack[RunOptions]
) -> list[Study]: ...
@taking_options("run")
def run(
    space: Space | Sequence[Space], *, progress: bool = True, say: Say = print, **options: Unpack[RunOptions]
) -> Study | list[Study]:
    """Tune a space, then train its best and its baseline on fresh seeds and score them on the test split.

    Budgets are targets: call it again and only what is missing is trained. Options that are not given keep what the
    study was begun with.

    Args:
        space: A name (see `spaces`), a file, `package.module:NAME`, or a SearchSpace; several give several studies.
        progress: Whether to show how it goes.
        say: Told one line at a time whatever was decided that nobody asked for.
        options: Those of the command, by the same names; what is not given is left out.

    Returns:
        The study, or one for each space.

    Raises:
        StudyError: Something that was given is not usable, or another process is at the study.
    """
    return _begun("run", space, options, progress=progress, say=say)


@overload
def ablate(  # type: ignore[overload-overlap]
    space: Space, *, progress: bool = True, say: Say = print, **options: Unpack[AblateOptions]
) -> Study: ...
@overload
def ablate(
    space: Sequence[Space], *, progress: bool = True, say: Say = print, **options: Unpack[AblateOptions]
) -> list[Study]: ...
@taking_options("ablate")
def ablate(
    space: Space | Sequence[Space], *, progress: bool = True, say: Say = print, **options: Unpack[AblateOptions]
) -> Study | list[Study]:
    """Try every variant of a space against its baseline, on the same seeds, and say what really helps.

    Call it again and only what is missing is trained: more variants, more replicates, what was interrupted.

    Args:
        space: As `run` takes it.
        progress: Whether to show how it goes.
        say: Told one line at a time whatever was decided that nobody asked for.
        options: Those of the command, by the same names; `from_` stands for `--from`.

    Returns:
        The study, or one for each space.

    Raises:
        StudyError: Something that was given is not usable, or another process is at the study.
    """
    return _begun("ablate", space, options, progress=progress, say=say)


@taking_options("resume")
def resume(
    studies: str | Sequence[str] = (), *, progress: bool = True, say: Say = print, **options: Unpack[ResumeOptions]
) -> list[Study]:
    """Go on with studies after any interruption, each to the budget it was begun with.

    Args:
        studies: Names such as cnn@mnist; none means all that are not finished.
        progress: Whether to show how it goes.
        say: Told one line at a time whatever was decided that nobody asked for.
        options: Those of the command, by the same names.

    Returns:
        Those that were gone on with.

    Raises:
        StudyError: A study is unknown, or what it depends on has changed or is not found.
    """
    names = [studies] if isinstance(studies, str) else list(studies)
    given = given_in_python("resume", options)
    request = request_of("resume", given, words=as_called("resume", names, options), begun=now())
    with like_a_command(say), interruptible(say, _how()):
        found = go_on(names, request, display_for(say, progress=progress))
    if not found:
        say("nothing to resume: every study is finished")
    return found


@taking_options("final")
def final(name: str, *, progress: bool = True, say: Say = print, **options: Unpack[FinalOptions]) -> Study:
    """Train final trials of a stored study beside its own: longer, of another trial, or with other values.

    They are planned before they run, have the seeds of the study's own final trials, and are scored once on the test
    split. The search and its budget stay what they are; call it again and only what is missing is trained.

    Args:
        name: The study's.
        progress: Whether to show how it goes.
        say: Told one line at a time whatever was decided that nobody asked for.
        options: Those of the command, by the same names.

    Returns:
        The study.

    Raises:
        StudyError: There is no such study or trial, or a value cannot be had.
    """
    request = request_of(
        "final", given_in_python("final", options), words=as_called("final", [name], options), begun=now()
    )
    with like_a_command(say), interruptible(say, _how()):
        return finish(name, request, display_for(say, progress=progress))


def dry_run(
    space: Space | Sequence[Space],
    *,
    command: str = "run",
    say: Say = print,
    **options: Unpack[AblateOptions],
) -> list[Preview]:
    """Return what `run` or `ablate` would train, and about how long that takes; nothing is trained or written.

    Args:
        space: As `run` takes it.
        command: Of which function: `run` or `ablate`.
        say: Told one line at a time whatever was decided that nobody asked for.
        options: Those of the function.

    Raises:
        StudyError: Something that was given is not usable.
    """
    if command not in ("run", "ablate"):
        raise StudyError(f"command is run or ablate, not {command!r}")
    request, sources, declared = _asked(command, space, options)
    if request.withdraws:
        raise StudyError("withdraw trains nothing, so that there is nothing to preview; leave it out")
    with like_a_command(say), prepared(sources, request, say, declared) as (database, launches):
        return [preview(launch, database, request.retry) for launch in launches]


@contextlib.contextmanager
def prepared(
    sources: Sequence[str], request: Request, say: Say, declared: Mapping[str, SearchSpace] | None = None
) -> Iterator[tuple[TrialDatabase, list[Launch]]]:
    """Yield the open database, which may be absent yet, and what was asked for as it would be launched.

    Args:
        sources: The spaces, as they were named.
        request: What was asked of each.
        say: Told what was decided about the data that nobody asked for.
        declared: Source -> space, of those that were given themselves.

    Raises:
        StudyError: A space, an option, a variant, the data or a stored study does not fit.
    """
    with TrialDatabase(request.storage, read_only=True, may_be_absent=True) as database:
        launches = prepare(sources, request, database, declared or {})
        _say_notes(launches, say)
        yield database, launches


def begin(
    sources: Sequence[str], request: Request, display: Display, declared: Mapping[str, SearchSpace] | None = None
) -> list[Study]:
    """Train what was asked for and is missing.

    Args:
        sources: The spaces, as they were named.
        request: What was asked of each.
        display: Who watches.
        declared: Source -> space, of those that were given themselves.

    Raises:
        StudyError: A space, an option, a variant, the data or a stored study does not fit.
    """
    if request.withdraws:
        return take_out(sources, request, display.say, declared)
    with prepared(sources, request, display.say, declared) as (database, launches):
        for source, space in (declared or {}).items():
            write_space(space, source, display.say)
        return _execute(launches, request, database, display)


def take_out(
    sources: Sequence[str],
    request: Request,
    say: Say,
    declared: Mapping[str, SearchSpace] | None = None,
    *,
    dry_run: bool = False,
) -> list[Study]:
    """Withdraw variants from the ablation of each space's stored study; nothing is trained.

    Args:
        sources: The spaces, as they were named.
        request: Names the variants.
        say: Told what is done.
        declared: Source -> space, of those that were given themselves.
        dry_run: Whether to tell it alone.

    Raises:
        StudyError: There is no such study, ablation or variant, or an option has no effect here.
    """
    spaces = [(declared or {}).get(source) or load_space(source) for source in sources]
    with TrialDatabase(request.storage, read_only=True) as database:
        return [Study(withdraw(database, space, request, say, dry_run=dry_run), request.storage) for space in spaces]


def go_on(studies: Sequence[str], request: Request, display: Display) -> list[Study]:
    """Train what is missing of stored studies; none named means all.

    Raises:
        StudyError: A study is unknown, or what it depends on has changed or is not found.
    """
    with TrialDatabase(request.storage, read_only=True) as database:
        launches = prepare_resume(studies, request, database)
        _say_notes(launches, display.say)
        return _execute(launches, request, database, display) if launches else []


@contextlib.contextmanager
def prepared_final(study: str, request: Request, say: Say) -> Iterator[tuple[TrialDatabase, list[Launch]]]:
    """Yield the open database, and final trials that were asked for of a stored study as they would be launched.

    Raises:
        StudyError: There is no such study or trial, or a value cannot be had.
    """
    with TrialDatabase(request.storage, read_only=True) as database:
        launches = [prepare_final(study, request, database)]
        _say_notes(launches, say)
        yield database, launches


def finish(study: str, request: Request, display: Display) -> Study:
    """Train what is missing of final trials that were asked for of a stored study.

    Raises:
        StudyError: There is no such study or trial, or a value cannot be had.
    """
    with prepared_final(study, request, display.say) as (database, launches):
        (found,) = _execute(launches, request, database, display)
        return found


def _execute(launches: Sequence[Launch], request: Request, database: TrialDatabase, display: Display) -> list[Study]:
    names = list(dict.fromkeys(launch.plan.study for launch in launches))
    with _alone(database.storage, names):
        execute(launches, request, database, display.view, display.say)
    display.ended(database, launches)
    return [Study(name, request.storage) for name in names]


@contextlib.contextmanager
def _alone(storage: str, studies: Sequence[str]) -> Iterator[None]:
    """Let no two threads of this process, which owns its studies as a whole, run one study.

    Raises:
        StudyBusyError: Another thread is at one of them.
    """
    wanted = {(storage, study) for study in studies}
    with _guard:
        if busy := wanted & _running:
            name = min(study for _, study in busy)
            raise StudyBusyError(f"study {name!r} is being run by another thread of this process; wait for it")
        _running.update(wanted)
    try:
        yield
    finally:
        with _guard:
            _running.difference_update(wanted)


def _begun(
    command: str,
    space: Space | Sequence[Space],
    options: Mapping[str, Any],
    *,
    progress: bool,
    say: Say,
) -> Study | list[Study]:
    request, sources, declared = _asked(command, space, options)
    with like_a_command(say), interruptible(say, _how()):
        found = begin(sources, request, display_for(say, progress=progress), declared)
    return found[0] if isinstance(space, str | Path | SearchSpace) else found


def _asked(
    command: str, space: Space | Sequence[Space], options: Mapping[str, Any]
) -> tuple[Request, list[str], dict[str, SearchSpace]]:
    """Return what a call asks for: the request, the sources of its spaces, and those that were given as objects."""
    spaces = [space] if isinstance(space, str | Path | SearchSpace) else list(space)
    if not spaces:
        raise StudyError("no space was given; study.spaces() lists those that come with the program")
    request = request_of(
        command, given_in_python(command, options), words=as_called(command, spaces, options), begun=now()
    )
    sources, declared = [], {}
    for entry in spaces:
        if isinstance(entry, SearchSpace):
            if not entry.model:
                raise StudyError(f"space {entry.name!r} names no model; give it model='cnn' or that of your own module")
            source = declared_source(entry, request.storage)
            declared[source] = entry
        elif isinstance(entry, str | Path):
            source = str(entry)
        else:
            raise StudyError(f"a space is a name, a file or a study.SearchSpace, not {entry!r}")
        sources.append(source)
    return request, sources, declared


def _say_notes(launches: Sequence[Launch], say: Say) -> None:
    """Say once what was decided about the data that nobody asked for."""
    for note in dict.fromkeys(note for launch in launches for note in launch.notes):
        say(note)


def _how() -> str:
    return "running the cell again" if in_notebook() else "calling it again"
