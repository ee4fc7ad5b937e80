"""The kept models: plain files that torch opens, with all that is needed to use them, as their page says."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from study.catalog import load_model
from study.engines import checkpoint, weights
from study.engines.weights import WeightsError
from study.files import LocalFile
from study.task import spec_from_json
from study.trial import Phase, TrialState

from ..trials import FINAL_DATA, SMALL, SPEC, TEST, Recorder, make_job, path_of, train

PAGE = Path(__file__).parents[2] / "docs" / "weights.md"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The weights of a complete final trial."""
    job = make_job(tmp_path, Phase.REPLICATE)
    assert train(job, FINAL_DATA, Recorder()).state is TrialState.COMPLETE
    return path_of(job.weights)


def test_torch_opens_the_file_and_finds_all_that_is_needed(kept: Path) -> None:
    found = torch.load(kept, weights_only=True)
    assert found.keys() == {
        *(
            "format",
            "state_dict",
            "model",
            "parameters",
            "recipe",
            "preprocessing",
            "data",
            "class_names",
            "study",
            "trial",
            "seed",
        )
    }
    assert found["model"] == "cnn"
    model = load_model("cnn")
    recipe, params = model.split(model.defaults | SMALL)
    assert model.params(**found["parameters"]) == params
    assert type(recipe)(**found["recipe"]) == recipe
    assert found["class_names"] == list(SPEC.class_names)
    assert (found["study"], found["trial"], found["seed"]) == ("cnn@made", kept.stem, 5)
    how = found["preprocessing"]
    assert (how["mode"], how["height"], how["width"]) == ("grey", 28, 28)
    assert (how["scale"], how["mean"], how["deviation"]) == (255, 0.5, 0.5)


def test_the_lines_of_the_page_classify_a_picture(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "weights.pt").write_bytes(kept.read_bytes())
    Image.fromarray(TEST.inputs[3, 0].numpy()).save(folder / "picture.png")
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    blocks = [block for block in blocks if '"weights.pt"' in block]
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), {})
    described, classified = capsys.readouterr().out.strip().splitlines()
    assert described.startswith(f"cnn@made {kept.stem} cnn ")
    found = torch.load(kept, weights_only=True)
    model = load_model("cnn")
    model = model.build(model.params(**found["parameters"]), spec_from_json(found["data"]))
    model.load_state_dict(found["state_dict"])
    with torch.inference_mode():
        expected = model.eval()((TEST.inputs[3:4].float() / 255 - 0.5) / 0.5).softmax(dim=1)[0]
    name, probability = classified.split()
    assert name == SPEC.class_names[int(expected.argmax())]
    assert float(probability) == pytest.approx(float(expected.max()))


def test_a_models_own_model_with_lazy_modules_is_kept_too(
    tmp_path: Path, model_module: Callable[[str, str], str]
) -> None:
    name = model_module(
        "lazy_kept", "def build(params, data):\n    return nn.Sequential(nn.Flatten(), nn.LazyLinear(data.outputs))\n"
    )
    job = make_job(tmp_path, Phase.REPLICATE, model=name)
    assert train(job, FINAL_DATA, Recorder()).state is TrialState.COMPLETE
    found = weights.load(job.weights)
    model = load_model(found["model"])
    model = model.build(model.params(**found["parameters"]), spec_from_json(found["data"]))
    model.load_state_dict(found["state_dict"])
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 4)


def test_files_of_older_versions_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "0123.pt"
    LocalFile(path).write(checkpoint.content("0123", {"model": {"weight": torch.ones(2)}, "classes": 4}))
    found = weights.load(LocalFile(path))
    assert found["classes"] == 4
    assert torch.equal(found["state_dict"]["weight"], torch.ones(2))


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_file_is_refused(kept: Path, place: float) -> None:
    content = bytearray(kept.read_bytes())
    with zipfile.ZipFile(kept) as archive:
        entries = [entry for entry in archive.infolist() if "/data/" in entry.filename]
        entry = max(entries, key=lambda found: found.file_size)
    start = content.index(entry.filename.encode()) + len(entry.filename)
    content[start + 64 + int(place * (entry.file_size - 128))] ^= 1
    kept.write_bytes(content)
    with pytest.raises(WeightsError, match=f"^{re.escape(str(kept))} is damaged"):
        weights.load(LocalFile(kept))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_torn_file_is_refused(kept: Path, share: float) -> None:
    content = kept.read_bytes()
    kept.write_bytes(content[: int(share * len(content))])
    with pytest.raises(WeightsError, match=f"^{re.escape(str(kept))} is damaged"):
        weights.load(LocalFile(kept))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is damaged, or holds no weights: "),
        (b"no weights at all", "is damaged, or holds no weights: "),
        ({"state": 1}, "holds no weights of this program"),
        ([1, 2], "holds no weights of this program"),
        ({"format": 4, "model": "cnn"}, "is of format 4, which is newer than 3, this program's"),
    ],
)
def test_a_file_of_another_kind_is_refused(content: Any, message: str, tmp_path: Path) -> None:  # noqa: ANN401
    path = tmp_path / "other.pt"
    if not isinstance(content, bytes):
        buffer = io.BytesIO()
        torch.save(content, buffer)
        content = buffer.getvalue()
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        weights.load(LocalFile(path))
    assert str(caught.value).startswith(f"{path} {message}")
