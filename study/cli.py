"""The command line: its commands, its signals, and how every expected error becomes one line and an exit status."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import typer

from study.commands.reading import best, data, list_studies, predict, report, show, spaces
from study.commands.training import ablate, resume, run, skip
from study.errors import StudyBusyError, StudyError, nearest

app = typer.Typer(
    name="study",
    help="Hyperparameter search and ablation studies for image classifiers, resumable at any moment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(run)
app.command()(ablate)
app.command()(resume)
app.command()(skip)
app.command("list")(list_studies)
app.command()(show)
app.command()(best)
app.command()(predict)
app.command()(spaces)
app.command()(data)
app.command()(report)


class StoppedError(BaseException):
    """Ctrl-C or SIGTERM arrived. Not a KeyboardInterrupt, which typer would turn into an exit without a word."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.word = "interrupted" if number == signal.SIGINT else "terminated"
        self.status = 128 + number


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
