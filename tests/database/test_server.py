"""Who owns a study on a PostgreSQL server, by whose clock, and what becomes of a server that restarts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import MagicMock

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from study.database import FOREIGN_OWNER_SECONDS, TrialDatabase, connection, owner_name
from study.database import server as server_connection
from study.errors import LostConnectionError, StudyBusyError, StudyError, TakenOverError
from study.interface import following
from study.search.storage import open_storage

from ..servers import Server, server
from .test_database import ENVIRONMENT, EPOCH, TRIAL, begin, message_of, plan_row

ELSEWHERE = "another.host:123:4.00"


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as found:
        yield found


@pytest.fixture
def database(running: Server) -> Iterator[TrialDatabase]:
    """Returns an open database with one study, which nobody owns, and one environment."""
    with TrialDatabase(running.url) as opened:
        opened.save_plan(plan_row() | {"owner": None, "owner_seen_at": None})
        opened.environment = opened.save_environment(ENVIRONMENT)  # type: ignore[attr-defined]
        yield opened


def sql(database: TrialDatabase, statement: str, **values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401
    with database.engine.begin() as opened:
        found = opened.execute(text(statement), values)
        return [tuple(row) for row in found] if found.returns_rows else []


def seen_at(database: TrialDatabase) -> float:
    return float(sql(database, "SELECT owner_seen_at FROM plan WHERE study = 'cnn@digits'")[0][0])


def test_an_owner_is_seen_and_judged_by_the_servers_clock(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time()
    monkeypatch.setattr("time.time", lambda: real + 86_400)  # this machine's clock is a day ahead
    database.acquire("cnn@digits")
    database.heartbeat("cnn@digits", search_seconds=1.0)
    database.say_alive()
    assert abs(seen_at(database) - real) < 60
    database.release("cnn@digits")
    sql(database, "UPDATE plan SET owner = :owner, owner_seen_at = extract(epoch FROM now())", owner=ELSEWHERE)
    assert message_of(lambda: database.acquire("cnn@digits"), StudyBusyError).startswith(
        "study 'cnn@digits' is being run by process 123 on another.host; wait for it"
    )
    # It was seen before the server began: as if it had been seen last when that began to answer.
    sql(database, "UPDATE plan SET owner_seen_at = 0")
    began = sql(database, "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float")[0][0]
    owner = database.owner_of("cnn@digits")
    assert owner is not None
    assert owner.alive == (began < FOREIGN_OWNER_SECONDS)


def test_whoever_takes_a_study_over_waits_for_what_its_owner_is_writing(
    database: TrialDatabase, running: Server
) -> None:
    begin(database)
    database.acquire("cnn@digits")
    taken = threading.Event()

    def take() -> None:
        with TrialDatabase(running.url) as other:
            sql(other, "UPDATE plan SET owner = :owner", owner=ELSEWHERE)
        taken.set()

    with database.writing() as opened:
        thread = threading.Thread(target=take)
        thread.start()
        assert not taken.wait(0.5)  # the owner's transaction keeps the study until it is committed
        opened.execute(text("UPDATE trial SET attempt = 7"))
    thread.join()
    assert sql(database, "SELECT attempt FROM trial") == [(7,)]
    assert message_of(lambda: database.record_epochs({TRIAL.id: EPOCH}), TakenOverError) == (
        "study 'cnn@digits' was taken over by another process; this one stops"
    )
    assert sql(database, "SELECT count(*) FROM epoch") == [(0,)]


def test_a_server_that_restarts_is_waited_for_and_told_of(
    database: TrialDatabase, running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(database)
    told: list[str] = []
    database.begin_writing(told.append)
    database.acquire("cnn@digits")
    running.stop()
    starting = threading.Timer(1.0, running.start)
    starting.start()
    database.record_epochs({TRIAL.id: EPOCH})
    starting.join()
    assert [row.epoch for row in database.epochs(TRIAL.id)] == [1]
    assert database.owns("cnn@digits")
    assert len(told) == 2
    assert told[0].endswith("does not answer; it is tried again for up to 60 seconds")
    assert told[1].endswith("answers again")

    monkeypatch.setattr(connection, "RECONNECT_SECONDS", 0.5)
    running.stop()
    try:
        with pytest.raises(LostConnectionError, match=r"has not answered for 1 seconds \(.*`python -m study resume`"):
            database.record_epochs({TRIAL.id: EPOCH})
        with pytest.raises(LostConnectionError, match="has not answered"):  # at once: nobody waits twice
            database.release("cnn@digits")
    finally:
        running.start()
    assert sql(database, "SELECT owner FROM plan") == [(owner_name(),)]


def test_a_transaction_that_was_cut_off_is_done_again(database: TrialDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(database)
    database.acquire("cnn@digits")
    cut: list[int] = []
    original = connection.refuse_replaced

    def cutting(opened: Any, studies: Any) -> None:  # noqa: ANN401 - as `refuse_replaced` takes them
        original(opened, studies)
        if not cut:
            cut.append(1)
            with database.engine.connect() as other:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                other.execute(text(f"{others} AND datname = current_database()"))

    monkeypatch.setattr(connection, "refuse_replaced", cutting)
    database.record_epochs({TRIAL.id: EPOCH})
    assert cut
    assert sql(database, "SELECT count(*) FROM epoch") == [(1,)]


def test_a_connection_on_which_nothing_comes_any_more_is_replaced(
    database: TrialDatabase, running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(database)
    monkeypatch.setattr(server_connection, "SILENT_SECONDS", 0.3)
    began = threading.Event()

    def silent() -> None:
        with running.silent():
            began.set()
            time.sleep(1)

    before = sql(database, "SELECT pg_backend_pid()")
    thread = threading.Thread(target=silent)
    thread.start()
    began.wait()
    database.record_epochs({TRIAL.id: EPOCH})
    thread.join()
    assert sql(database, "SELECT pg_backend_pid()") != before
    assert sql(database, "SELECT count(*) FROM epoch") == [(1,)]


LIMITED = "SELECT setting FROM pg_settings WHERE name IN ('lock_timeout', 'idle_in_transaction_session_timeout')"


def test_who_writes_keeps_others_out_for_no_longer_than_half_a_minute_unless_somebody_set_another_limit(
    running: Server,
) -> None:
    with TrialDatabase(running.url) as written:
        assert sorted(sql(written, LIMITED)) == [("30000",), ("45000",)]
    with TrialDatabase(running.url, read_only=True) as read:
        assert sql(read, LIMITED) == [("0",), ("0",)]
        read.begin_writing()
        assert sorted(sql(read, LIMITED)) == [("30000",), ("45000",)]
    with TrialDatabase(f"{running.url}&options=-c%20lock_timeout%3D7000") as limited:
        assert sorted(sql(limited, LIMITED)) == [("30000",), ("7000",)]


def test_optunas_tables_are_used_with_the_same_limits(database: TrialDatabase) -> None:
    storage = open_storage(database)
    with storage.engine.connect() as opened:
        assert sorted(opened.execute(text(LIMITED)).scalars()) == ["30000", "45000"]
    storage.remove_session()
    storage.engine.dispose()


def test_a_question_that_takes_long_is_cut_off_but_where_whole_tables_change(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_connection, "SILENT_SECONDS", 0.2)
    with database.engine.connect() as opened:
        with server_connection.patient(opened):
            opened.execute(text("SELECT pg_sleep(0.6)"))
        with pytest.raises(OperationalError, match="the server has sent nothing for 0 seconds"):
            opened.execute(text("SELECT pg_sleep(3)"))
    assert sql(database, "SELECT 1") == [(1,)]


def test_the_network_is_limited_unless_the_url_or_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def network(storage: str) -> dict[str, int]:
        given: dict[str, int] = server_connection.arguments(make_url(storage), lambda: True)["connect_args"]
        return given

    plain = "postgresql+psycopg://host/name"
    assert network(plain) == dict(server_connection.NETWORK)
    assert "keepalives_idle" not in network(f"{plain}?keepalives_idle=99")
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "99")
    assert "connect_timeout" not in network(plain)


def test_a_study_whose_owner_was_cut_off_in_the_midst_of_a_transaction_can_be_taken_over(
    database: TrialDatabase, running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(database)
    monkeypatch.setitem(server_connection.LIMITS, "idle_in_transaction_session_timeout", "500ms")
    database.close()
    database.acquire("cnn@digits")

    def silent() -> None:
        with database.writing() as opened, TrialDatabase(running.url) as other:
            sql(other, "UPDATE plan SET owner = :owner", owner=ELSEWHERE)  # waits for the silent owner's lock
            opened.execute(text("UPDATE trial SET attempt = 7"))

    with pytest.raises(LostConnectionError, match="idle-in-transaction"):
        silent()
    assert sql(database, "SELECT owner FROM plan, trial WHERE attempt <> 7") == [(ELSEWHERE,)]


def test_a_connection_to_a_server_that_stands_by_now_is_replaced(database: TrialDatabase) -> None:
    begin(database)
    with database.engine.connect() as opened:
        opened.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        opened.commit()
    database.record_epochs({TRIAL.id: EPOCH})
    assert sql(database, "SELECT count(*) FROM epoch") == [(1,)]


def test_a_server_that_is_read_only_is_read_and_told_of_by_who_writes(running: Server) -> None:
    with TrialDatabase(running.url) as database:
        sql(database, "ALTER DATABASE postgres SET default_transaction_read_only = on")
    try:
        with pytest.raises(StudyError, match="cannot be used: the server is read-only, as one is that stands by for"):
            TrialDatabase(running.url)
        with TrialDatabase(running.url, read_only=True) as read:
            assert read.plans() is not None
    finally:
        with create_engine(f"{running.url}&options=-c%20default_transaction_read_only%3Doff").begin() as opened:
            opened.execute(text("ALTER DATABASE postgres RESET default_transaction_read_only"))


def test_who_stands_by_leaves_it_to_the_servers_clock_who_is_dead(
    database: TrialDatabase, running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own clock counts what the server was down as silence; the server's clock does not."""
    sql(database, "UPDATE plan SET owner = :owner, owner_seen_at = extract(epoch FROM now())", owner=ELSEWHERE)
    monkeypatch.setattr(following, "FOREIGN_OWNER_SECONDS", 0.0)
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.05)
    owners: list[Any] = []
    looked = following.Watched.look

    def look(self: following.Watched) -> Any:  # noqa: ANN401 - as it returns
        owners.extend(sql(database, "SELECT owner FROM plan"))
        if len(owners) == 3:
            sql(database, "UPDATE plan SET owner = NULL")
        return looked(self)

    monkeypatch.setattr(following.Watched, "look", look)
    following.wait_for(running.url, ["cnn@digits"], MagicMock())
    assert owners == [(ELSEWHERE,)] * 3


def test_a_servers_database_is_told_from_its_copies_by_whoever_may_connect(
    database: TrialDatabase, running: Server
) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as opened:
        opened.execute(text("CREATE ROLE reader LOGIN"))
        opened.execute(text("CREATE DATABASE beside"))
    url = make_url(running.url)
    reader = url.set(username="reader").render_as_string(hide_password=False)
    beside = url.set(database="beside").render_as_string(hide_password=False)
    with create_engine(reader).begin() as opened:
        assert server_connection.identity(opened) == database.server_identity
    with create_engine(beside).begin() as opened:
        assert server_connection.identity(opened) != database.server_identity
    with pytest.raises(StudyError, match=r"the trial database .*@/postgres.* cannot be used: permission denied for"):
        TrialDatabase(reader, read_only=True)
    sql(database, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    with create_engine(reader).begin() as opened:
        assert server_connection.identity(opened) is None
        assert opened.execute(text("SELECT 1")).scalar() == 1
