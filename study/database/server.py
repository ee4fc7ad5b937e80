"""A connection to a PostgreSQL server: how long a silent one is waited for, and how long others may be kept out."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ProgrammingError

SILENT_SECONDS = 60.0
"""How long a server that has a question may send nothing before its connection counts as broken."""
NETWORK: Mapping[str, int] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""libpq's parameters by which a machine that is gone is noticed in half a minute; a URL may say otherwise."""
LIMITS: Mapping[str, str] = {"idle_in_transaction_session_timeout": "30s", "lock_timeout": "45s"}
"""The server's own limits of who writes: locks of a process whose machine is gone end by the first of them."""
READ_ONLY = "25006"
"""SQLSTATE of a server that refuses to write."""
Answering = Generator[Any, Any, Any]
_SET = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s AND setting = '0'"
_IDENTITY = text(
    "SELECT server.system_identifier::text || '-' || here.oid::text "
    "FROM pg_control_system() AS server, pg_database AS here WHERE here.datname = current_database()"
)
_DRIVERS = ("psycopg", "psycopg2")
_ENVIRONMENT = {"connect_timeout": "PGCONNECT_TIMEOUT"}


def arguments(url: URL, is_read_only: Callable[[], bool]) -> dict[str, Any]:
    """Return what `create_engine` is to be told of a database on a server.

    Connections are asked whether they live before they are used. Of PostgreSQL, they are limited as the constants here
    say: what the URL, the environment, the role or the server's configuration limits stays as that says.

    Args:
        url: Of the database.
        is_read_only: Asked at each connection: who writes wants a server that can be written to, which one that stands
            by for another is not.
    """
    if url.get_backend_name() != "postgresql" or url.get_driver_name() not in _DRIVERS:
        return {"pool_pre_ping": True}
    given = {*url.query, *(name for name, variable in _ENVIRONMENT.items() if variable in os.environ)}
    network = {name: value for name, value in NETWORK.items() if name not in given}

    def connected(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own connection
        if hasattr(connection, "wait"):  # psycopg 3, which waits for every answer by this method
            _limit(connection)
        if not is_read_only():
            _prepare_writing(connection)

    return {"pool_pre_ping": True, "connect_args": network, "pool_events": [(connected, "connect")]}


def forget_read_only(engine: Engine) -> None:
    """Let a connection to a server that refuses to write count as broken, so that one that writes is looked for."""

    @event.listens_for(engine, "handle_error")
    def _judge(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
            context.is_disconnect = True


@contextmanager
def patient(connection: Connection) -> Iterator[None]:
    """Wait as long as it takes, in a transaction that changes whole tables."""
    driver: Any = connection.connection.driver_connection
    limited = vars(driver).pop("wait", None) if connection.dialect.name == "postgresql" else None
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    try:
        yield
    finally:
        if limited is not None:
            driver.wait = limited


def identity(connection: Connection) -> str | None:
    """Return what tells a server's database from every other, its copies too, by whatever name it is reached.

    Standbys of a server are the same one. None where there is no such thing, or this user may not ask for it.
    """
    if connection.dialect.name != "postgresql":
        return None
    try:
        with connection.begin_nested():
            found: str | None = connection.execute(_IDENTITY).scalar()
    except ProgrammingError:
        return None
    return found


def _prepare_writing(connection: Any) -> None:  # noqa: ANN401 - the driver's own connection
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        if cursor.fetchone()[0] == "on":
            error = _operational_error(connection)
            connection.close()
            raise error("the server is read-only, as one is that stands by for another")
        for name, value in LIMITS.items():
            cursor.execute(_SET, (value, name))
    connection.commit()


def _limit(connection: Any) -> None:  # noqa: ANN401 - the driver's own connection
    wait = connection.wait

    def limited(generator: Answering, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as psycopg's own
        return wait(_watched(connection, generator), *args, **kwargs)

    connection.wait = limited


def _watched(connection: Any, generator: Answering) -> Answering:  # noqa: ANN401 - the driver's own connection
    """Pass on what psycopg waits for and what it is sent; close a connection on which nothing comes any more."""
    heard, ready = time.monotonic(), None
    while True:
        try:
            wanted = generator.send(ready)
        except StopIteration as end:
            return end.value
        ready = yield wanted
        if ready:
            heard = time.monotonic()
        elif time.monotonic() - heard >= SILENT_SECONDS:
            connection.pgconn.finish()
            raise _operational_error(connection)(f"the server has sent nothing for {SILENT_SECONDS:.0f} seconds")


def _operational_error(connection: Any) -> type[Exception]:  # noqa: ANN401 - the driver's own connection
    driver = sys.modules[type(connection).__module__.partition(".")[0]]
    error: type[Exception] = driver.OperationalError
    return error
