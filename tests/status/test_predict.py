"""`study predict` as a user has it: the kept models say what they said of the test split."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from study.data import load_dataset

from ..conftest import CommandLine

IMAGES = 40


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A finished study, and the first test images as files, in their order."""
    line = CommandLine(tmp_path_factory.mktemp("trained"))
    line.run(
        *("run", "cnn", "--dataset", "digits", "--trials", "1", "--epochs", "3", "--replicates", "2"),
        *("--set", "width=16", "--precision", "float32"),
    )
    test = load_dataset("digits", data_root=line.folder).test
    for inverted, folder in ((False, line.folder / "scans"), (True, line.folder / "paper")):
        folder.mkdir()
        for number, image in enumerate(test.inputs[:IMAGES, 0].numpy()):
            Image.fromarray(255 - image if inverted else image).save(folder / f"{number:02}.png")
    return line


def said(line: CommandLine, *words: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(line.run("predict", "cnn", *words, "--json").stdout)
    return found


def test_what_the_models_agree_on_is_what_they_said_of_the_test_split(trained: CommandLine) -> None:
    stored = trained.query("SELECT predictions FROM test_result ORDER BY trial")
    votes = np.array([np.frombuffer(row, dtype=np.uint8)[:IMAGES] for (row,) in stored])
    found = said(trained, "scans")
    assert [Path(str(row["image"])).name for row in found] == [f"{number:02}.png" for number in range(IMAGES)]
    assert {row["models"] for row in found} == {2}
    unanimous = [row for row, (one, other) in zip(found, votes.T, strict=True) if one == other]
    assert len(unanimous) > IMAGES // 2
    assert [row["agreeing"] for row in unanimous] == [2] * len(unanimous)
    agreed = [str(one) for one, other in votes.T if one == other]
    assert [row["class"] for row in unanimous] == agreed
    assert all(0.1 < float(str(row["probability"])) <= 1 for row in found)


def test_dark_ink_is_turned_round_on_demand(trained: CommandLine) -> None:
    names = ("paper/00.png", "paper/07.png")
    upright = said(trained, "scans/00.png", "scans/07.png")
    inverted = said(trained, *names, "--invert", "--variant", "baseline")
    assert [row["image"] for row in inverted] == list(names)
    assert [{**row, "image": ""} for row in inverted] == [{**row, "image": ""} for row in upright]
    assert said(trained, *names) != inverted


def test_unreadable_images_are_named_and_the_others_answered(trained: CommandLine) -> None:
    folder = trained.folder / "torn"
    folder.mkdir()
    (folder / "good.png").write_bytes((trained.folder / "scans" / "00.png").read_bytes())
    (folder / "bad.png").write_bytes(b"")
    done = trained.run("predict", "cnn", "torn", "--json")
    assert [row["image"] for row in json.loads(done.stdout)] == ["torn/good.png"]
    assert done.stderr.splitlines() == ["Not answered, since it cannot be read: 'torn/bad.png' (it is empty)."]
    assert "'torn/bad.png' cannot be read as an image" in trained.run("predict", "cnn", "torn/bad.png", status=2).stderr


def test_ink_in_the_alpha_channel_is_answered_as_on_paper(trained: CommandLine) -> None:
    scan = Image.open(trained.folder / "scans" / "03.png")
    white = Image.new("RGB", scan.size, "white")
    white.putalpha(scan)
    white.save(trained.folder / "transparent.png")
    (answer,), (wanted,) = said(trained, "transparent.png"), said(trained, "scans/03.png")
    assert {**answer, "image": ""} == {**wanted, "image": ""}


def test_a_person_gets_a_table(trained: CommandLine) -> None:
    out = trained.run("predict", "cnn", "scans/00.png").stdout
    assert "scans/00.png" in out
    assert "2 of 2" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("scans", "--variant", "bets"), "--variant is one of best; baseline, not 'bets'; did you mean 'best'?"),
        (("nowhere.png",), "'nowhere.png' has to be an image file, or a folder with images, and is neither."),
        (("runs/studies.db",), "'runs/studies.db' cannot be read as an image: "),
    ],
)
def test_what_cannot_be_classified_is_told_in_one_line(
    trained: CommandLine, words: tuple[str, ...], message: str
) -> None:
    err = trained.run("predict", "cnn", *words, status=2).stderr
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1


def test_weights_that_are_gone_or_damaged_are_told(trained: CommandLine, tmp_path: Path) -> None:
    weights = trained.folder / "runs" / "studies.db.files" / "weights"
    files = {path: path.read_bytes() for path in weights.iterdir()}
    try:
        for path, content in files.items():
            middle = len(content) // 2
            path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        err = trained.run("predict", "cnn", "scans/00.png", status=2).stderr
        assert "the weights do not fit model 'cnn' as it is now: " in err
        assert " is damaged" in err
        for path in files:
            path.unlink()
        err = trained.run("predict", "cnn", "scans/00.png", status=2).stderr
        wanted = "the weights of the best of study 'cnn@digits' are not in runs/studies.db.files, where it keeps them"
        assert wanted in err
        assert (
            "the weights of the best's replicates are not in runs/studies.db.files" in trained.run("best", "cnn").stdout
        )
    finally:
        for path, content in files.items():
            path.write_bytes(content)
