"""A study whose checkpoints and weights are in an object store: nothing but the database has to be shared."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
import torch
from PIL import Image

import study
from study.files import Place
from study.files.copying import is_same

from ..conftest import CommandLine
from ..own_space import copy_of
from ..servers import object_store

RUN = (
    *("run", "cnn", "--dataset", "digits", "--train-size", "200", "--workers", "1", "--set", "width=8"),
    *("--trials", "1", "--epochs", "6", "--replicates", "1"),
    *("--set", "dropout=0.4", "--set", "optimizer=sgd", "--set", "schedule=one-cycle", "--set", "learning_rate=0.05"),
)
RECORDED = "SELECT count(*) FROM epoch"


def numbers(command: CommandLine) -> dict[str, Any]:
    """Everything that must be equal, bit for bit."""
    return {
        "epochs": command.query("SELECT trial, epoch, train_loss, validation_loss FROM epoch ORDER BY trial, epoch"),
        "trials": command.query("SELECT id, state, value FROM trial ORDER BY id"),
        "tests": command.query("SELECT trial, loss, score, predictions FROM test_result ORDER BY trial"),
    }


def place_of_study(command: CommandLine) -> Place:
    return Place(command.query("SELECT files FROM plan")[0][0])


def weights_of_best(command: CommandLine) -> list[str]:
    found: list[str] = json.loads(command.run("best", "cnn", "--json").stdout)["test"]["best"]["weights"]
    return found


def wait_for_a_checkpoint(command: CommandLine) -> None:
    deadline = time.monotonic() + 120
    while not place_of_study(command).checkpoints.names():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with object_store() as url:
        yield url


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    line = CommandLine(tmp_path_factory.mktemp("undisturbed"))
    line.run(*RUN)
    return numbers(line)


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory, bucket: str) -> CommandLine:
    """A study that was killed in its first trial and taken up again by other processes; only read from, and copied."""
    line = CommandLine(tmp_path_factory.mktemp("resumed"), engine="local")
    process = line.start(*RUN, "--files", bucket)
    line.wait_for(RECORDED, lambda count: count >= 2, process)
    wait_for_a_checkpoint(line)
    line.kill(process)
    assert [path.name for path in line.folder.iterdir()] == ["runs"]
    assert not list(line.folder.rglob("*.pt")), "nothing but the database is here"
    out = line.run("resume", "--workers", "1").stdout  # this process has used the store before its workers do
    assert "starts again" not in out
    return line


def test_a_killed_study_goes_on_from_the_store_to_the_numbers_of_an_undisturbed_one(
    resumed: CommandLine, undisturbed: dict[str, Any], bucket: str
) -> None:
    assert numbers(resumed) == undisturbed
    place = place_of_study(resumed)
    assert str(place).startswith(f"{bucket}/studies.db-")
    assert place.checkpoints.names() == []
    assert len(place.with_weights()) == 1
    assert not list(resumed.folder.rglob("*.pt"))


def test_weights_are_found_in_the_store_by_whoever_uses_them(resumed: CommandLine) -> None:
    (weights,) = weights_of_best(resumed)
    assert weights.startswith(f"{place_of_study(resumed)}/weights/")
    assert weights in resumed.run("best", "cnn").stdout
    assert torch.load(fsspec.open(weights).open(), weights_only=True)["trial"] == Path(weights).stem
    model = study.open("cnn", storage=str(resumed.database)).best().model()
    assert model(torch.zeros(1, 1, 28, 28, dtype=torch.uint8)).shape == (1, 10)
    resumed.run("best", "cnn", "--save", "model.pt")
    assert torch.load(resumed.folder / "model.pt", weights_only=True)["trial"] == Path(weights).stem
    Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28)).save(resumed.folder / "a.png")
    (answer,) = json.loads(resumed.run("predict", "cnn", "a.png", "--json").stdout)
    assert answer["models"] == 1


def test_files_move_from_a_folder_to_the_store_and_back(tmp_path: Path, bucket: str) -> None:
    command = CommandLine(tmp_path)
    small = ("run", "cnn", "--dataset", "digits", "--train-size", "60", "--epochs", "1", "--trials", "1")
    small = (*small, "--set", "width=4", "--replicates", "1")
    command.run(*small)
    (beside,) = weights_of_best(command)
    content = (tmp_path / beside).read_bytes()
    out = command.run(*small, "--files", f"{bucket}/moved").stdout
    place = place_of_study(command)
    assert f"1 file moved from runs/studies.db.files to {place}" in out
    assert not (tmp_path / beside).exists()
    assert place.weights(Path(beside).stem).read() == content
    assert f"1 file moved from {place} to {tmp_path}/large" in command.run(*small, "--files", "large").stdout
    (moved,) = weights_of_best(command)
    assert Path(moved).read_bytes() == content
    assert place.kept.names() == []
    other = f"{bucket}/other"
    command.run(*small, "--files", f"{bucket}/moved")
    command.run(*small, "--files", other)
    assert [url.startswith(other) for url in weights_of_best(command)] == [True]


@pytest.mark.slow
def test_a_checkpoint_that_is_lost_is_told_and_the_trial_begins_anew(
    tmp_path: Path, bucket: str, undisturbed: dict[str, Any]
) -> None:
    command = CommandLine(tmp_path)
    process = command.start(*RUN, "--files", f"{bucket}/lost")
    command.wait_for(RECORDED, lambda count: count >= 3, process)
    command.kill(process)
    place = place_of_study(command)
    for name in place.checkpoints.names():
        place.checkpoints.discard(name)
    (trial,) = command.query("SELECT id FROM trial")[0]
    recorded = command.query(RECORDED)[0][0]
    assert (
        f"trial 0: its checkpoint is not at {place}/checkpoints/{trial}.pt, though {recorded} of its epochs are "
        "recorded; it starts again from its first epoch"
    ) in command.run("resume").stdout
    assert numbers(command) == undisturbed


def test_who_cannot_reach_the_store_still_reads_the_database(
    resumed: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    command = copy_of(resumed, tmp_path)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    s3fs.S3FileSystem.clear_instance_cache()
    for words in (("list",), ("show", "cnn"), ("export", "cnn"), ("report", "--format", "markdown")):
        command.run(*words)
    place = place_of_study(command)
    told = f"cannot be reached: {place}/weights cannot be read: Unable to locate credentials"
    assert f"the files of cnn@digits {told}\n" in command.run("best", "cnn").stdout
    assert json.loads(command.run("best", "cnn", "--json").stdout)["test"]["best"]["weights"] == []
    said = command.run("predict", "cnn", "--dataset", "digits", status=2).stderr
    assert said == f"error: the weights of the best of study 'cnn@digits' {told}\n"
    more = ("run", "cnn", "--dataset", "digits", "--train-size", "200", "--replicates", "2")
    said = command.run(*more, status=2).stderr
    refused = f"{place} cannot be read: Unable to locate credentials"
    assert said == f"error: the place {place} of checkpoints and weights cannot be used: {refused}\n"
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_file_in_the_store_is_as_it_is_elsewhere(bucket: str) -> None:
    place = Place(f"{bucket}/files")
    file = place.weights("one")
    file.remove()
    assert (file.exists(), place.with_weights()) == (False, frozenset())
    with pytest.raises(FileNotFoundError):
        file.read()
    for content in (b"one", b"two" * 1000):
        file.write(content)
        assert (file.exists(), file.read(), place.with_weights()) == (True, content, {"one"})
    place.set_aside("one", "other")
    place.set_aside("nowhere", "else")
    assert (place.with_weights(), place.weights("other").read()) == ({"other"}, b"two" * 1000)
    place.kept.discard("other.pt")
    assert place.with_weights() == frozenset()
    assert is_same(place, Place(str(place).replace("s3://", "s3a://")))
    assert not is_same(place, Place(f"{bucket}/other"))


def test_a_bucket_that_is_not_there_is_told_before_anything_is_stored(command: CommandLine, bucket: str) -> None:
    said = command.run(*RUN, "--files", "s3://nowhere/files", status=2).stderr
    assert said.startswith("error: the place s3://nowhere/files/studies.db-")
    assert said.endswith("cannot be written: The specified bucket does not exist\n")
    assert said.count("\n") == 1
    assert not command.database.exists()
