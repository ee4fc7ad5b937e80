"""The functions that train: run, ablate, resume, final; and what they would train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack, overload

from study.database import now
from study.errors import StudyError
from study.interface.declared import declared_source
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
from study.interface.launching import begin, finish, go_on, prepared
from study.interface.process import like_a_command
from study.interface.stored import Study
from study.interface.watching import Say
from study.prepare.dry_run import Preview, preview
from study.prepare.request import Request
from study.space import SearchSpace

Space = str | Path | SearchSpace
"""A name (see `spaces`), a file, `package.module:NAME`, or a space itself."""


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


def _how() -> str:
    return "running the cell again" if in_notebook() else "calling it again"
