"""What goes along with a command that trains: its log in JSON lines, and the command that is told of its end."""

from __future__ import annotations

import json
import re
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

import study
from study.engines.inline import InlineEngine
from study.errors import StoppedError
from study.interface import notifying
from study.interface.event_log import EventLog

from ..conftest import CommandLine
from .conftest import SMALL

DOCS = Path(__file__).parents[2] / "docs"


def events(path: Path) -> list[dict[str, Any]]:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return [json.loads(line, parse_constant=refuse) for line in path.read_text().splitlines()]


def test_every_event_is_a_line_of_strict_json_and_documented(folder: Path) -> None:
    said: list[str] = []
    study.run("mlp", trials=2, replicates=1, **SMALL, log="events.jsonl", say=said.append)
    study.resume(engine="inline", progress=False, log="events.jsonl", say=said.append)  # appends
    found = events(folder / "events.jsonl")
    kinds = [event["event"] for event in found]
    assert [kind for kind in kinds if kind != "said"][:4] == ["stage", "began", "epoch", "epoch"]
    assert kinds.count("ended") == kinds.count("began")
    assert kinds.count("epoch") == 2 * kinds.count("ended")
    assert kinds.count("finished") == 2
    assert {event["text"] for event in found if event["event"] == "said"} <= set(said)
    scores = dict(study.open("mlp").trials().set_index("id")["value"].dropna())
    ended = {event["trial"]: event for event in found if event["event"] == "ended"}
    assert {trial: ended[trial]["value"] for trial in scores} == scores
    assert len(scores) == 2
    assert all(event["state"] == "complete" for event in ended.values())
    assert next(event for event in ended.values() if event["phase"] == "replicate")["test_score"] > 0
    assert found[-1]["message"] == "nothing to do"
    last = next(event for event in found if event["event"] == "finished")
    assert last["studies"] == ["mlp@digits"]
    assert last["message"].startswith("mlp@digits: finished, 2 of 2 search trials")
    section = (DOCS / "commands.md").read_text().split("## A log of events")[1].split("\n## ")[0]
    for event in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", event["time"])
        assert f"`{event['event']}`" in section
        for key in event:
            assert f"`{key}`" in section, key


def test_a_log_that_cannot_be_written_is_refused_before_anything_trains(command: CommandLine) -> None:
    err = command.run("run", "mlp", "--dataset", "digits", "--log", "no/such/folder.jsonl", status=2).stderr
    assert err == (
        "error: --log no/such/folder.jsonl cannot be written: No such file or directory; give a file in a folder that "
        "is there\n"
    )
    assert list(command.folder.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_log_that_cannot_be_written_any_more_is_told_of_once_and_stops_nothing() -> None:
    said: list[str] = []
    log = EventLog(Path("/dev/full"), said.append)
    log.write("said", text="one", number=float("nan"))
    log.write("said", text="two")
    log.close()
    assert said == [
        "note: --log /dev/full cannot be written any more: No space left on device; this goes on without it"
    ]


NOTE = f"{sys.executable} -c \"import os; print([os.environ['STUDY_' + name] for name in " + (
    "('OUTCOME', 'STATUS', 'STUDIES', 'MESSAGE')], file=open('told', 'a'))\""
)


def told(folder: Path) -> list[list[str]]:
    return [eval(line) for line in (folder / "told").read_text().splitlines()]


def test_a_line_that_found_no_room_is_told_of_and_no_other_one_is_joined_to_it(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "events"
    log = EventLog(path, said.append)
    log.write("stage")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, limits[1]))
    try:
        log.write("began")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    log.write("ended")
    assert said == [f"note: --log {path} cannot be written any more: File too large; this goes on without it"]
    for event in ("finished", "stage"):
        EventLog(path, said.append).write(event)
    first, torn, *others = path.read_text().splitlines()
    assert len(torn) == 10
    assert [json.loads(line)["event"] for line in (first, *others)] == ["stage", "finished", "stage"]


def test_somebody_is_notified_of_how_a_command_ended(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("mlp", "--dataset", "digits", "--train-size", "200", "--epochs", "1", "--trials", "1", "--replicates", "0")
    words = (*words, "--notify", NOTE)
    command.run("run", *words)
    with monkeypatch.context() as patch:

        def stop(*_: object) -> None:
            raise StoppedError(signal.SIGTERM)

        patch.setattr(InlineEngine, "events", stop)
        command.run("run", *words[:-4], "--trials", "2", *words[-2:], status=143)
        patch.setattr(InlineEngine, "events", lambda *_: 1 / 0)
        command.run("run", *words, "--trials", "2", status=70)
    command.run("run", *words, "--trials", "nonsense", status=2)  # its user saw that at once
    assert told(command.folder) == [
        ["finished", "0", "mlp@digits", told(command.folder)[0][3]],
        ["stopped", "143", "mlp@digits", "terminated"],
        ["failed", "70", "mlp@digits", "ZeroDivisionError: division by zero"],
    ]
    (commands,) = command.query("SELECT commands FROM plan")[0]
    assert "--notify ..." in commands
    assert "OUTCOME" not in commands


def test_what_is_wrong_with_the_notified_command_is_one_line(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("run", "mlp", "--dataset", "digits", "--train-size", "200", "--epochs", "1", "--trials", "1")
    words = (*words, "--replicates", "0")
    assert "--notify ended with exit status 7\n" in command.run(*words, "--notify", "exit 7").stdout
    monkeypatch.setattr(notifying, "NOTIFY_SECONDS", 0.2)
    out = command.run(*words, "--notify", "sleep 60 & sleep 60").stdout
    assert "--notify was ended: it had not come to an end in 0.2 seconds\n" in out


def test_a_fruitless_study_is_notified_of_as_such(command: CommandLine) -> None:
    (command.folder / "mine.py").write_text(
        "from study.space import Float, SearchSpace\n"
        'SPACE = SearchSpace(name="mine", domains={"rate": Float(default=0.1, low=0.01, high=0.5)})\n'
        "def train(run):\n    for epoch in run.epochs():\n        yield {'validation/error': 1.0}\n"
        "        raise ValueError('no')\n"
        'metrics = {"error": "minimize"}\n'
    )
    command.run("run", "mine.py", "--trials", "1", "--epochs", "2", "--replicates", "0", "--notify", NOTE, status=3)
    ((outcome, status, studies, message),) = told(command.folder)
    assert (outcome, status, studies) == ("fruitless", "3", "mine@own")
    assert message.startswith("mine@own: no search trial came to a result")
