"""`best --save`: each form is opened by the page's own lines where this program is not to be had, and answers alike."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from study.catalog import load_model, load_space
from study.data import Split
from study.engines import weights
from study.errors import StudyError
from study.files import LocalFile
from study.status.predict import KeptModel
from study.status.saving.to_onnx import OUTPUTS, Answers, _difference, _graph, made_inputs
from study.task import DataSpec, TaskName
from study.training.preprocessing import Preprocessing

from ..conftest import CommandLine

PAGE = Path(__file__).parents[2] / "docs" / "weights.md"
SMALL = ("--train-size", "80", "--epochs", "1", "--trials", "1", "--set", "width=4", "--set", "hidden_size=8")
WITHOUT = "import sys\nsys.modules['study'] = None  # whoever imports it gets an error\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A finished study of three final trials, and made pictures."""
    line = CommandLine(tmp_path_factory.mktemp("saving"))
    line.run("run", "cnn", "--dataset", "digits", *SMALL, "--replicates", "3", "--precision", "float32")
    generator = np.random.default_rng(0)
    np.save(line.folder / "pictures.npy", generator.integers(0, 256, (5, 1, 28, 28), dtype=np.uint8))
    return line


def final_trials(line: CommandLine) -> list[tuple[str, int, float]]:
    """Returns id, replicate and test score of the final trials, the worst first."""
    return [
        (str(trial), int(replicate), float(score))
        for trial, replicate, score in line.query(
            "SELECT id, replicate, score FROM trial JOIN test_result ON id = test_result.trial ORDER BY score"
        )
    ]


def test_the_pages_lines_open_each_form_without_this_program(trained: CommandLine) -> None:
    said = [
        trained.run("best", "cnn", "--save", f"model{ending}").stdout for ending in (".pt", ".safetensors", ".onnx")
    ]
    trial, replicate, score = final_trials(trained)[1]
    which = f"replicate {replicate} of the best of cnn@digits (trial {trial}, test accuracy {100 * score:.2f} %)"
    assert said[0] == f"model.pt holds {which}, the median of 3; --replicate takes another\n"
    assert re.search(r"onnxruntime gives our answers to 8 made inputs: the largest difference is \S+ in prob", said[2])

    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    builder = next(block for block in blocks if "def plain_cnn" in block)
    script = [WITHOUT, builder]
    for ending in ("pt", "safetensors", "onnx"):
        (block,) = [block for block in blocks if f'"model.{ending}"' in block]
        assert len([line for line in block.splitlines() if line and not line.startswith("import")]) <= 8
        answers = "probabilities.detach().numpy()" if ending != "onnx" else "probabilities"
        script += [block, f"numpy.save('{ending}.npy', {answers})\n"]
    (trained.folder / "open.py").write_text("".join(script))
    done = subprocess.run([sys.executable, "open.py"], cwd=trained.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\['\d'(, '\d'){4}\]\n", done.stdout)

    found = weights.load(LocalFile(trained.folder / "runs" / "studies.db.files" / "weights" / f"{trial}.pt"))
    model = load_model("cnn")
    spec = DataSpec(shape=(1, 28, 28), class_names=tuple(map(str, range(10))))
    network = model.build(model.params(**found["parameters"]), spec)
    network.load_state_dict(found["state_dict"])
    kept = KeptModel(network.eval(), weights.preprocessing_of(found))
    ours = kept.answer(torch.from_numpy(np.load(trained.folder / "pictures.npy"))).softmax(dim=1).numpy()
    for ending in ("pt", "safetensors", "onnx"):
        assert np.abs(np.load(trained.folder / f"{ending}.npy") - ours).max() < 1e-5, ending


def test_a_saved_file_is_a_kept_one_with_scores_and_versions(trained: CommandLine) -> None:
    (trial, replicate, score) = final_trials(trained)[2]
    file = trained.folder / "there.pt"
    file.write_bytes(b"")
    words = ("best", "cnn", "--save", "there.pt", "--replicate", str(replicate), "--json")
    done = trained.run(*words)
    told = json.loads(done.stdout)
    assert {key: told[key] for key in ("file", "study", "variant", "replicate", "trial")} == {
        "file": "there.pt",
        "study": "cnn@digits",
        "variant": "best",
        "replicate": replicate,
        "trial": trial,
    }
    assert told["notes"] == done.stderr.splitlines()
    assert told["notes"][0].startswith("there.pt, in place of the file that was there, holds replicate ")
    found = torch.load(file, weights_only=True)
    kept = torch.load(trained.folder / "runs" / "studies.db.files" / "weights" / f"{trial}.pt", weights_only=True)
    assert found.keys() - kept.keys() == {"scores", "versions"}
    assert {key: found[key] for key in kept if key != "state_dict"} == {
        key: kept[key] for key in kept if key != "state_dict"
    }
    assert all(torch.equal(found["state_dict"][name], kept["state_dict"][name]) for name in kept["state_dict"])
    assert found["scores"]["test"] == {"accuracy": score}
    assert sorted(found["scores"]["all_replicates"]) == [row[2] for row in final_trials(trained)]
    assert found["versions"].keys() >= {"study", "python", "torch"}
    weights.load(LocalFile(file))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--save", "model.txt"),
            "a model is saved as a file that ends in .pt, .onnx or .safetensors, not 'model.txt'; did you mean '.pt'?",
        ),
        (("--save", "m.pt", "--replicate", "7"), "--replicate is one of 0, 1, 2 of the best of cnn@digits, not 7"),
        (
            ("--save", "m.pt", "--variant", "bets"),
            "--variant is one of best; baseline, not 'bets'; did you mean 'best'?",
        ),
        (("--replicate", "1"), "--replicate says which model --save writes; give --save FILE with it"),
        (("--save", "pictures.npy/m.pt"), "pictures.npy/m.pt cannot be written: "),
    ],
)
def test_what_cannot_be_saved_is_a_sentence(trained: CommandLine, words: tuple[str, ...], message: str) -> None:
    said = trained.run("best", "cnn", *words, status=2).stderr
    assert said.startswith(f"error: {message}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("missing", "file", "message"),
    [
        (
            ["onnx", "onnxscript"],
            "m.onnx",
            "a model is saved as .onnx with the packages onnx, onnxruntime, onnxscript, and onnx, onnxscript are not "
            "installed: `pip install onnx onnxscript`",
        ),
        (
            ["safetensors"],
            "m.safetensors",
            "a model is saved as .safetensors with the packages safetensors, and safetensors is not installed: "
            "`pip install safetensors`",
        ),
    ],
)
def test_a_package_that_is_missing_is_told_with_the_command_that_installs_it(
    trained: CommandLine, monkeypatch: pytest.MonkeyPatch, missing: list[str], file: str, message: str
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *_: None if name in missing else real(name))
    assert trained.run("best", "cnn", "--save", file, status=2).stderr == f"error: {message}\n"


# Every model as a graph


def graph_differs(task: TaskName, inputs: Tensor, targets: Tensor, name: str, changes: dict[str, object]) -> float:
    """Returns how far the answers of a fresh model's graph are from its own."""
    outputs = 3 if task == "classification" else targets.shape[1]
    spec = DataSpec(task=task, shape=tuple(inputs.shape[1:]), class_names=tuple("abcdefgh"[:outputs]))
    model = load_model(name)
    kept = KeptModel(model.build(model.params(**changes), spec).eval(), Preprocessing.fit(Split(inputs, targets), task))
    answers = Answers(kept, task).eval()
    graph = _graph(answers, made_inputs(kept, spec.shape, 2), name, OUTPUTS[task])
    assert [entry.name for entry in graph.graph.input] == ["input"]
    assert [entry.name for entry in graph.graph.output] == [OUTPUTS[task]]
    return _difference(graph.SerializeToString(), answers, spec.shape)


def test_missing_numbers_and_targets_units_are_in_the_graph() -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = 100 + 50 * torch.randn((40, 5), generator=generator)
    inputs[3, 2] = torch.nan
    targets = 1e4 + 1e3 * torch.randn((40, 2), generator=generator)
    assert graph_differs("regression", inputs, targets, "mlp", {"batch_norm": True, "residual": True}) < 1e-5


def _variants() -> list[object]:
    found: dict[str, object] = {}
    for name in ("cnn", "lstm", "mlp"):
        known = load_model(name).params.__dataclass_fields__
        for variant in load_space(name).variants:
            changes = {key: value for key, value in variant.changes.items() if key in known}
            found[f"{name}-{changes}"] = pytest.param(
                name, changes, id=f"{name}-{variant.name}", marks=pytest.mark.slow
            )
    return list(found.values())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "changes"), _variants())
def test_every_variant_can_be_a_graph(name: str, changes: dict[str, object]) -> None:
    pictures = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    assert graph_differs("classification", pictures, torch.arange(4) % 3, name, changes) < 1e-5


@pytest.mark.slow
def test_sequences_and_labels_can_be_a_graph() -> None:
    sequences = torch.randn((20, 12, 4))
    labels = (torch.rand((20, 3)) < 0.5).float()
    assert graph_differs("multilabel", sequences, labels, "lstm", {"hidden_size": 8}) < 1e-5


class Undecided(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        """What is computed depends on the numbers: no graph."""
        return x.flatten(1)[:, :2] if float(x.sum()) > 0 else -x.flatten(1)[:, :2]


@pytest.mark.slow
def test_a_network_that_cannot_be_a_graph_is_refused_with_the_reason() -> None:
    kept = KeptModel(Undecided(), Preprocessing())
    answers = Answers(kept, "classification").eval()
    with pytest.raises(StudyError) as error:
        _graph(answers, made_inputs(kept, (1, 4, 4), 2), "mine", "probabilities")
    assert re.fullmatch(
        r"model 'mine' cannot be written as an ONNX graph \(.+\); it is saved as .pt or .safetensors", str(error.value)
    )


# A model that trains itself

OWN_MODEL = """
import torch

def train(run):
    model = torch.nn.Linear(2, 1)
    run.keep(model=model, seen=3)
    for epoch in run.epochs():
        yield {"validation/score": 1.0 - run.config["rate"]}

def test(run):
    return {"score": 0.5}
"""
OWN_SPACE = """
from study.space import Float, SearchSpace

SPACE = SearchSpace(name="own", model="own_model", domains={"rate": Float(default=0.1, low=0.01, high=1.0)})
"""


def test_what_a_model_keeps_that_trains_itself_is_saved_but_not_as_a_graph(command: CommandLine) -> None:
    (command.folder / "own_model.py").write_text(OWN_MODEL)
    (command.folder / "own_space.py").write_text(OWN_SPACE)
    words = ("--trials", "1", "--epochs", "1", "--replicates", "1", "--objective", "score:maximize")
    command.run("run", "own_space.py", *words)
    command.run("best", "own", "--save", "m.pt")
    kept = torch.load(command.folder / "m.pt", weights_only=True)["kept"]
    out = command.run("best", "own", "--save", "m.safetensors").stdout
    assert "1 of the values that it keeps are no tensors" in out
    from safetensors import safe_open

    with safe_open(command.folder / "m.safetensors", "pt") as file:
        assert set(file.keys()) == {"model.weight", "model.bias"}
        assert torch.equal(file.get_tensor("model.weight"), kept["model"]["weight"])
        assert json.loads(file.metadata()["values"]) == {"seen": 3}
    assert command.run("predict", "own", "a.png", status=2).stderr == (
        "error: the model of study 'own@own' trains itself, and only its own code can ask it: "
        "`python -m study best own@own --save model.pt` writes what one of its final trials kept\n"
    )
    said = command.run("best", "own", "--save", "m.onnx", status=2).stderr
    assert said == (
        "error: model 'own_model' trains itself, so that its network is its own code's; it is saved as .pt or "
        ".safetensors\n"
    )
