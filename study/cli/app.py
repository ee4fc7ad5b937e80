"""The command line: its commands, its signals, and how every expected error becomes one line and an exit status."""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile

import typer

from study.cli.export import export
from study.cli.output import remark
from study.cli.run import ablate, final, resume, run, skip
from study.cli.show import best, dashboard, data, list_studies, predict, report, show, spaces, watch
from study.errors import StoppedError, StudyError, exit_status, nearest
from study.execution.stopping import stop
from study.storable import describe

app = typer.Typer(
    name="study",
    help="Hyperparameter search and ablation studies for networks, resumable at any moment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(run)
app.command()(ablate)
app.command()(resume)
app.command()(final)
app.command()(skip)
app.command()(watch)
app.command("list")(list_studies)
app.command()(show)
app.command()(best)
app.command()(predict)
app.command()(spaces)
app.command()(data)
app.command()(report)
app.command()(export)
app.command()(dashboard)


def main() -> None:
    """Run the command line; every error becomes one line and an exit status."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a letter that a stream cannot write ends nothing
    sys.exit(run_command())


def run_command() -> int:
    """Run the command that stands in `sys.argv` and return its exit status; signals are left as they are."""
    # What typer raises for wrong usage, which it exports only by a subclass.
    usage_error: type[Exception] = typer.BadParameter.__mro__[1]
    try:
        _refuse_what_is_no_text()
        return app(standalone_mode=False) or 0
    except StudyError as error:
        return _fail(error, exit_status(error))
    except usage_error as error:
        return _fail(_usage(error), 2)
    except BrokenPipeError:  # `study list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(error, exit_status(error))
    except MemoryError as error:
        told = "there is not enough memory for this; see `python -m study data` for the size of the data"
        return _fail(told, exit_status(error))
    except StoppedError as stopped:
        from study.cli.request import how_to_go_on

        remark(f"{stopped.word}; {stopped.how_to_go_on or how_to_go_on()}")
        return stopped.status
    except Exception as error:  # whatever nobody thought of
        return _report(error)


def _fail(message: object, status: int) -> int:
    remark(f"error: {message}")
    return status


def _report(error: Exception) -> int:
    """Tell of a fault of the program itself in a line; the traceback is kept in a file."""
    kind, message, trace = describe(error)
    told = f"internal error: {kind}: {message}; this is a fault of the program, please report it with the traceback"
    try:
        with tempfile.NamedTemporaryFile("w", prefix="study-", suffix=".txt", delete=False, encoding="utf-8") as file:
            file.write(trace)
        remark(f"{told} in {file.name}")
    except OSError:
        remark(f"{told}:")
        typer.echo(trace, err=True)
    return exit_status(error)


def _refuse_what_is_no_text() -> None:
    """Check that every word is text, which can be stored and shown.

    Raises:
        StudyError: A word is not.
    """
    given = [("an argument", word) for word in sys.argv[1:]]
    given += [(name, value) for name, value in os.environ.items() if name.startswith("STUDY_")]
    try:
        given.append(("the working folder's name", os.getcwd()))  # noqa: PTH109 - as it is, without a check
    except FileNotFoundError as error:
        raise StudyError("the working folder is not there any more; change to one that is") from error
    for what, word in given:
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise StudyError(f"{what} has to be text in UTF-8, not {word!r}; rename what it names") from error


def _usage(error: BaseException) -> str:
    """Return a usage error as one line with the nearest name."""
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
