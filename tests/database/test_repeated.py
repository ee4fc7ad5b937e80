"""Every transaction is done again where its connection broke, also where it was committed and its answer was lost."""

from __future__ import annotations

import ast
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import study.database
from study.database import FinalRow, TrialDatabase, ask_to_skip, asked_to_skip
from study.database.connection import OpenDatabase
from study.database.finals import save_finals
from study.database.tries import add_tries, save_follower
from study.errors import LostConnectionError
from study.trial import TrialState

from .test_database import ENVIRONMENT, EPOCH, TRIAL, WRITES, begin, plan_row

ALONE = {
    "mark_stale": "renames files after it was committed",
    "writing": "is what the others are made of",
}
"""What opens a transaction and is not repeated, and why."""


def opens_a_transaction(node: ast.FunctionDef) -> bool:
    called = [call.func for call in ast.walk(node) if isinstance(call, ast.Call)]
    return any(
        isinstance(function, ast.Attribute)
        and function.attr in ("begin", "writing")
        and isinstance(function.value, ast.Name)
        and function.value.id in ("self", "database")
        for function in called
    )


def test_whatever_opens_a_transaction_is_repeated() -> None:
    alone = set()
    for path in Path(study.database.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and opens_a_transaction(node):
                decorators = [getattr(decorator, "id", None) for decorator in node.decorator_list]
                alone |= {node.name} if "repeated" not in decorators else set()
    assert alone == set(ALONE)


FINAL = FinalRow(
    study="cnn@digits",
    name="best-2",
    origin="best",
    configuration={"width": 8},
    epochs=3,
    replicates=2,
    command="final",
    planned_at="",
)
MORE: dict[str, Callable[[TrialDatabase], object]] = {
    "a plan": lambda database: database.save_plan(plan_row() | {"trials": 9}, ["trials raised"], "run"),
    "a new plan": lambda database: database.add_plan(plan_row("lstm@digits"), ["begun"], "run"),
    "tries": lambda database: add_tries(database, "cnn@digits", [({"width": 8}, True)], changes=["a try"], command=""),
    "a follower": lambda database: save_follower(database, "cnn@digits", 1, TRIAL.id),
    "final trials": lambda database: save_finals(database, [FINAL], "final"),
    "a wish to skip": lambda database: ask_to_skip(database, TRIAL.id),
    "wishes to skip": lambda database: asked_to_skip(database, "cnn@digits"),
    "giving up": lambda database: database.release("cnn@digits"),
    "who owns": lambda database: database.owner_of("cnn@digits"),
    "ids": lambda database: database.trial_ids(["cnn@digits"]),
}


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Returns the rows of each table, without times and how often a trial was begun."""
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            kept = [name for name in columns if not name.endswith("_at") and name != "attempt"]
            found[table] = sorted(connection.execute(f"SELECT {', '.join(kept)} FROM {table}").fetchall(), key=repr)
    return found


@pytest.mark.parametrize("write", [*WRITES, *MORE])
def test_what_was_committed_though_its_answer_was_lost_is_not_done_twice(
    write: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = (WRITES | MORE)[write]
    written = []
    for losing in (False, True):
        path = tmp_path / f"{losing}.db"
        with TrialDatabase(f"sqlite:///{path}") as database:
            prepare(database, ended=write == "taking up again")
            with monkeypatch.context() as patch:
                lost = lose_answers(patch) if losing else []
                done(database)
            assert bool(lost) == losing
        written.append(contents(path))
    assert written[0] == written[1]


def prepare(database: TrialDatabase, *, ended: bool) -> None:
    database.save_plan(plan_row() | {"owner": None, "owner_seen_at": None})
    database.environment = database.save_environment(ENVIRONMENT)  # type: ignore[attr-defined, method-assign, assignment]
    database.acquire("cnn@digits")
    begin(database)
    database.record_epochs({TRIAL.id: EPOCH})
    if ended:
        database.finish_trial(TRIAL.id, TrialState.FAILED, failure_type="ValueError")


def lose_answers(patch: pytest.MonkeyPatch) -> list[int]:
    """Lets every transaction but those that repeat one raise after it was committed; returns how many did so far."""
    original, lost, calls = OpenDatabase.begin, list[int](), list[int]()

    @contextmanager
    def losing(self: OpenDatabase) -> Iterator[Any]:
        with original(self) as connection:
            yield connection
        calls.append(1)
        if len(calls) % 2:
            lost.append(1)
            raise LostConnectionError("the answer was lost")

    patch.setattr(OpenDatabase, "begin", losing)
    return lost
