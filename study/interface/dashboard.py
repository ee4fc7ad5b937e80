"""Serves optuna-dashboard on this machine for a trial database: a picture of Optuna's tables, which decide nothing."""

from __future__ import annotations

import importlib
import socketserver
import threading
import webbrowser
from collections.abc import Callable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from study.database import TrialDatabase
from study.errors import StoppedError, StudyError
from study.interface.watching import Say
from study.search.storage import open_storage, sentence

HOST = "127.0.0.1"
PORT = 8080


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers several requests of a page at once."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    """Logs no request."""

    def log_message(self, format: str, *args: object) -> None:
        """Do nothing."""


def serve_dashboard(storage: str, *, port: int = PORT, open_page: bool = False, say: Say = print) -> None:
    """Serve the dashboard until the process is interrupted. Our tables are read; Optuna's are made if need be.

    Args:
        storage: URL of the trial database, which exists.
        port: Of this machine, reachable from it alone; 0 takes one that is free.
        open_page: Whether to open the page in the browser.
        say: Told one line at a time.

    Raises:
        StudyError: The package, the database or the port cannot be used.
        StoppedError: Ctrl-C or SIGTERM.
    """
    application = _package()
    with TrialDatabase(storage, read_only=True) as database:
        try:
            tables = open_storage(database)
        except Exception as error:  # these tables may hold anything, and Optuna raise anything about it
            raise StudyError(f"Optuna's tables in {database.shown} cannot be used: {sentence(error)}") from error
        shown = database.shown
    try:
        server = make_server(HOST, port, application(tables), server_class=_Server, handler_class=_Quiet)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StudyError(f"port {port} cannot be used: {reason}; give another one by --port") from error
    with server:
        address = f"http://{HOST}:{server.server_port}/"
        say(f"optuna-dashboard shows {shown} at {address} until Ctrl-C")
        say("what is changed there changes no result: it shows Optuna's copy of the search, and ours is kept beside it")
        if open_page:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        try:
            server.serve_forever()
        except StoppedError as stopped:
            stopped.how_to_go_on = "the dashboard has ended, and nothing else"
            raise


def _package() -> Callable[[Any], Any]:
    """Return what makes the dashboard's application of Optuna's storage.

    Raises:
        StudyError: The package is not installed.
    """
    try:
        make: Callable[[Any], Any] = importlib.import_module("optuna_dashboard").wsgi
    except ModuleNotFoundError as error:
        raise StudyError(
            "the dashboard is a package of its own, which is not installed; "
            "`pip install 'study[dashboard]'` installs it"
        ) from error
    return make
