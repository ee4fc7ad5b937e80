"""From a request to trained studies: what the functions of the interface and the commands share."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence

from study.catalog import load_space
from study.database import TrialDatabase
from study.errors import StudyBusyError
from study.execution.run import execute
from study.execution.withdraw import withdraw
from study.interface.deciding import deciding_in_words
from study.interface.declared import write_space
from study.interface.stored import Study
from study.interface.watching import Display, Say
from study.prepare.final import prepare_final
from study.prepare.launch import Launch, prepare, prepare_resume
from study.prepare.request import Request
from study.space import SearchSpace

_running: set[tuple[str, str]] = set()
"""Storage and name of the studies that a thread of this process is at."""
_guard = threading.Lock()


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
        for launch in launches:
            for sentence in [] if launch.finished else deciding_in_words(launch, database):
                say(sentence)
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


def _say_notes(launches: Sequence[Launch], say: Say) -> None:
    """Say once what was decided about the data that nobody asked for."""
    for note in dict.fromkeys(note for launch in launches for note in launch.notes):
        say(note)
