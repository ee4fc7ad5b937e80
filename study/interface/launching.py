"""From a request to trained studies: what the functions of the interface and the commands share."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from study.catalog import load_space
from study.database import TrialDatabase, owner_name
from study.database.ownership import owner_in_words
from study.errors import NoDatabaseError, OlderProgramError, StudyBusyError, TakenOverError
from study.execution.run import execute
from study.execution.withdraw import withdraw
from study.interface.accompanying import Company, accompanied
from study.interface.deciding import deciding_in_words
from study.interface.declared import write_space
from study.interface.following import LOOK_SECONDS, wait_for
from study.interface.stored import Study
from study.interface.watching import Display, Say
from study.prepare.beginning import prepare
from study.prepare.final import prepare_final
from study.prepare.launch import Launch
from study.prepare.request import Request
from study.prepare.resuming import prepare_resume
from study.space import SearchSpace
from study.status.details import list_rows
from study.status.lookup import find_study

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

    def attempt(company: Company) -> list[Study]:
        with prepared(sources, request, company.say_once, declared) as (database, launches):
            for source, space in (declared or {}).items():
                write_space(space, source, company.say_once)
            return _execute(launches, request, database, company)

    return _attempted(attempt, request, display)


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

    def attempt(company: Company) -> list[Study]:
        with TrialDatabase(request.storage, read_only=True) as database:
            launches = prepare_resume(studies, request, database)
            _say_notes(launches, company.say_once)
            _say_what_was_not_tried(studies, launches, database, company.say_once)
            return _execute(launches, request, database, company) if launches else []

    return _attempted(attempt, request, display)


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

    def attempt(company: Company) -> list[Study]:
        with prepared_final(study, request, company.say_once) as (database, launches):
            return _execute(launches, request, database, company)

    (found,) = _attempted(attempt, request, display)
    return found


def _attempted(attempt: Callable[[Company], list[Study]], request: Request, display: Display) -> list[Study]:
    """Prepare and train; with `--standby`, again and again until no other process is at what was asked for.

    What is stored is read anew each time: another process may have changed the plan, or done all of it.

    Raises:
        StudyBusyError: Another process runs one of the studies, and this one is not to wait for it, or it is one of an
            older program, which cannot be followed.
    """
    with accompanied(request, display) as company:
        while True:
            try:
                return attempt(company)
            except (TakenOverError, OlderProgramError):
                raise
            except StudyBusyError:
                if not request.standby:
                    raise
            _stand_by(request, company)


def _stand_by(request: Request, company: Company) -> None:
    """Watch the studies that others run, until they do not any more."""
    names = _run_by_others(request.storage, company.studies)
    for study, owner in names.items():
        company.waits(f"{study}: {owner} runs it; this command watches, and takes over when that has ended")
    if names:
        wait_for(request.storage, list(names), company.display)
        company.say(f"{', '.join(names)}: no other process runs it any more; this one goes on")
    else:  # it was another thread of this process, or has just ended
        time.sleep(LOOK_SECONDS)


def _run_by_others(storage: str, studies: Sequence[str]) -> dict[str, str]:
    """Return those of some studies that another living process runs, and who that is."""
    try:
        with TrialDatabase(storage, read_only=True) as database:
            owners = {study: database.owner_of(study) for study in studies}
    except NoDatabaseError:
        return {}
    return {
        study: owner_in_words(owner.name)
        for study, owner in owners.items()
        if owner is not None and owner.alive and owner.name != owner_name()
    }


def _execute(launches: Sequence[Launch], request: Request, database: TrialDatabase, company: Company) -> list[Study]:
    names = list(dict.fromkeys(launch.plan.study for launch in launches))
    company.launching(names)
    database.tell = company.say
    if request.standby and (others := _run_by_others(request.storage, names)):
        raise StudyBusyError(f"study {next(iter(others))!r} is being run by {next(iter(others.values()))}")
    with _alone(database.storage, names):
        execute(launches, request, database, company.view, company.say)
    company.ended(database, launches)
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


def _say_what_was_not_tried(
    studies: Sequence[str], launches: Sequence[Launch], database: TrialDatabase, say: Say
) -> None:
    """Say of the studies that are not gone on with what their searches, which are over, did not try."""
    meant = {find_study(name, [row.study for row in database.plans()]) for name in studies}
    going_on = {launch.plan.study for launch in launches}
    for row in list_rows(database):
        if row["not_tried"] and row["study"] not in going_on and (not meant or row["study"] in meant):
            say(row["not_tried"])


def _say_notes(launches: Sequence[Launch], say: Say) -> None:
    """Say once what was decided about the data that nobody asked for."""
    for note in dict.fromkeys(note for launch in launches for note in launch.notes):
        say(note)
