"""Checkpoints and weights are found from any folder, wherever they are kept, and move when they are told to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from PIL import Image

from study.files import Place, remote

from ..conftest import CommandLine
from ..servers import postgres

SMALL = ("--train-size", "60", "--epochs", "1", "--trials", "1", "--set", "width=4", "--set", "hidden_size=4")
QUICK = ("run", "cnn", "--dataset", "digits", *SMALL, "--replicates", "1")
ELSEWHERE = "elsewhere"


@pytest.fixture
def away(command: CommandLine) -> CommandLine:
    """Returns the command line in another folder, with a picture."""
    folder = command.folder / ELSEWHERE
    folder.mkdir()
    Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28)).save(folder / "a.png")
    return CommandLine(folder)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


def kept(line: CommandLine, *words: str) -> list[Path]:
    """Returns the weights of the best, as `best` tells them."""
    found = json.loads(line.run("best", "cnn", "--json", *words).stdout)
    return [Path(path) for path in found["test"]["best"]["weights"]]


def test_predict_finds_the_weights_of_a_server_from_any_folder(
    command: CommandLine, away: CommandLine, server: str
) -> None:
    out = command.run(*QUICK, "--storage", server).stdout
    (folder,) = (command.folder / "runs").iterdir()
    assert f"cnn@digits: checkpoints and weights are kept in {folder}" in out
    (answer,) = json.loads(away.run("predict", "cnn", "a.png", "--json", "--storage", server).stdout)
    assert answer["models"] == 1
    assert not (away.folder / "runs").exists()
    assert all(path.parent == folder / "weights" for path in kept(away, "--storage", server))
    assert str(folder) in away.run("show", "cnn", "--storage", server).stdout
    command.run(*QUICK, "--replicates", "2", "--storage", server)
    assert len(kept(away, "--storage", server)) == 2


def test_predict_finds_what_lies_beside_a_file_or_in_a_named_place_from_any_folder(
    command: CommandLine, away: CommandLine
) -> None:
    storage = str(command.database)
    assert "checkpoints and weights" not in command.run(*QUICK).stdout
    (beside,) = kept(away, "--storage", storage)
    assert beside.parent == command.folder / "runs" / "studies.db.files" / "weights"
    again = command.run(*QUICK, "--files", "large").stdout
    (folder,) = (command.folder / "large").iterdir()
    assert f"checkpoints and weights are kept in {folder}\n" in again
    assert f"1 file moved from {command.folder / 'runs' / 'studies.db.files'} to {folder}" in again.replace(
        "from runs/", f"from {command.folder}/runs/"
    )
    assert not beside.exists()
    (moved,) = kept(away, "--storage", storage)
    assert moved == folder / "weights" / beside.name
    assert json.loads(away.run("predict", "cnn", "a.png", "--json", "--storage", storage).stdout)[0]["models"] == 1
    history = command.query("SELECT what, command FROM plan_change")
    assert history[-1][0].startswith(f"checkpoints and weights are kept in {folder}, no longer in ")
    assert history[-1][1].endswith("--files large")
    assert "checkpoints and weights" not in command.run(*QUICK, "--files", "large").stdout

    command.run(*QUICK, "--replicates", "2")
    assert len(list((folder / "weights").iterdir())) == 2
    assert not list((command.folder / "runs" / "studies.db.files" / "weights").iterdir())


def test_a_moved_database_keeps_its_files_and_a_copy_gets_its_own(command: CommandLine, away: CommandLine) -> None:
    command.run(*QUICK)
    project = command.folder / "moved"
    shutil.move(command.folder / "runs", project)
    assert len(kept(away, "--storage", str(project / "studies.db"))) == 1
    shutil.move(project, command.folder / "runs")

    command.run(*QUICK, "--files", "large")
    (named,) = kept(command)
    shutil.copy(command.database, command.folder / "copy.db")
    more = (*QUICK, "--replicates", "2", "--storage", "copy.db")
    said = command.run(*more, status=2).stderr
    assert f"belong to the trial database {command.database}, of which this one, {command.folder}/copy.db, is a" in said
    assert "1 file copied from" in command.run(*more, "--files", "other").stdout
    assert [len(kept(command, *words)) for words in ((), ("--storage", "copy.db"))] == [1, 2]
    assert named.exists()


def test_files_in_the_memory_of_a_process_are_of_a_single_process(command: CommandLine) -> None:
    said = command.run(*QUICK, "--files", "memory://made", "--engine", "local", status=2).stderr
    assert said.startswith("error: memory://made/studies.db-")
    assert said.endswith(
        "is in the memory of a single process, and --engine local trains in others: keep the files in a folder or an "
        "object store, or train with --engine inline\n"
    )
    assert not command.database.exists()
    command.run(*QUICK, "--files", "memory://made")
    assert len(kept(command)) == 1


def test_a_place_that_fails_in_the_midst_stops_the_study_with_a_line_and_it_goes_on_later(
    command: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (*QUICK, "--epochs", "4")
    undisturbed = CommandLine(tmp_path / "undisturbed")
    undisturbed.folder.mkdir()
    undisturbed.run(*words)
    pauses: list[float] = []
    pipe_file, remove = MemoryFileSystem.pipe_file, MemoryFileSystem.rm_file
    monkeypatch.setattr(remote, "_pause", pauses.append)

    def fails_later(self: MemoryFileSystem, path: str, *rest: bytes) -> None:
        if "/checkpoints/" in path and len(command.query("SELECT * FROM epoch")) > 2:
            raise ConnectionResetError("Connection reset by peer")
        pipe_file(self, path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryFileSystem, "pipe_file", fails_later)
        said = command.run(*words, "--files", "memory://fails", status=2).stderr
    (place,) = command.query("SELECT files FROM plan")[0]
    ((trial,),) = command.query("SELECT id FROM trial")
    assert said.splitlines()[-1] == (
        f"error: {place}/checkpoints/{trial}.pt cannot be written: Connection reset by peer; once that is mended, "
        "`python -m study resume` goes on where this stopped"
    )
    assert pauses == list(remote.PAUSES)

    def refused(self: MemoryFileSystem, path: str) -> None:
        if path.endswith(f"{trial}.pt"):
            raise PermissionError("Access Denied")
        remove(self, path)

    with monkeypatch.context() as patch:  # what a trial needed to go on stays, and stops nothing
        patch.setattr(MemoryFileSystem, "rm_file", refused)
        patch.setattr(MemoryFileSystem, "mv", lambda self, one, other: (self.cp_file(one, other), remove(self, one)))
        assert f"{trial}.pt cannot be removed: Access Denied; it is removed when the study is" in (
            command.run("resume").stdout
        )
    assert [path.stem for path in map(Path, Place(place).checkpoints.names())][:1] == [trial]
    same = "SELECT trial, epoch, train_loss, validation_loss FROM epoch ORDER BY trial, epoch"
    assert command.query(same) == undisturbed.query(same)
    command.run(*words, "--replicates", "2")
    assert Place(place).checkpoints.names() == []


def test_a_place_that_is_no_folder_is_refused_before_anything_is_stored(command: CommandLine) -> None:
    (command.folder / "file").touch()
    said = command.run(*QUICK, "--files", "file", status=2).stderr
    assert said == f"error: --files is a folder, and {command.folder}/file is a file\n"
    said = command.run(*QUICK, "--files", "s3://key:s3cret@bucket/x", status=2).stderr
    assert said.startswith("error: --files 's3://***@bucket/x' holds a password, a key or a query")
    assert "s3cret" not in said
    assert not command.database.exists()
