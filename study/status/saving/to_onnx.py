"""A trained model as an .onnx file: from inputs as the data have them to probabilities, or values in targets' units."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from study.errors import USER_CODE_RAISES, StudyError
from study.files import LocalFile
from study.status.predict import KeptModel
from study.status.saving.chosen import Chosen
from study.status.saving.to_safetensors import as_text
from study.storable import summary
from study.task import TaskName

INPUT = "input"
OUTPUTS: dict[TaskName, str] = {
    "classification": "probabilities",
    "multilabel": "probabilities",
    "regression": "values",
}
"""Task -> what the output is called."""
CHECKED = (8, 1)
"""Sizes of the batches that a file is checked with."""
TOLERANCE = 1e-3
"""How far its answers may be from ours: of probabilities, or of values in the deviations of their targets."""
_IN_METADATA = ("data", "class_names", "parameters", "study", "trial", "seed", "scores", "versions")


class Answers(nn.Module):
    """A network with what stands before and after it."""

    def __init__(self, kept: KeptModel, task: TaskName) -> None:
        """Keep the network and how its inputs and outputs are scaled."""
        super().__init__()
        self.network = kept.network
        self.preprocessing = kept.preprocessing
        self.task = task

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, outputs) of inputs as the data have them."""
        y = self.preprocessing.outputs(self.network(self.preprocessing.inputs(x)).float())
        match self.task:
            case "classification":
                return y.softmax(dim=1)
            case "multilabel":
                return y.sigmoid()
            case _:
                return y


def to_onnx(chosen: Chosen, path: Path) -> tuple[str, ...]:
    """Write a model as an ONNX graph, after onnxruntime gave the answers that we give.

    Raises:
        StudyError: It trains itself, cannot be written as a graph, or the graph gives other answers.
        FileWriteError: The file system refuses.
    """
    plan = chosen.plan
    if chosen.model.own is not None:
        raise StudyError(
            f"model {plan.model!r} trains itself, so that its network is its own code's; it is saved as .pt or "
            f".safetensors"
        )
    kept = chosen.loaded()
    model = Answers(kept, plan.task).eval()
    proto = _graph(model, made_inputs(kept, plan.input_shape, 2), plan.model, OUTPUTS[plan.task])
    for key in _IN_METADATA:
        entry = proto.metadata_props.add()
        value = chosen.content[key]
        entry.key, entry.value = key, value if isinstance(value, str) else as_text(value)
    content: bytes = proto.SerializeToString()
    difference = _difference(content, model, plan.input_shape)
    if difference > TOLERANCE:
        raise StudyError(
            f"model {plan.model!r} gives other answers as an ONNX graph, by up to {difference:.2g}; it is saved as .pt "
            f"or .safetensors"
        )
    LocalFile(path).write(content)
    unit = "of the targets' deviation" if plan.task == "regression" else "in probability"
    checked = f"onnxruntime gives our answers to {CHECKED[0]} made inputs"
    return (f"{checked}: the largest difference is {difference:.1g} {unit}",)


def made_inputs(kept: KeptModel, shape: tuple[int, ...], number: int) -> Tensor:
    """Return made inputs as the data have them, (number, *shape): bytes, or numbers of which some are missing."""
    generator = torch.Generator().manual_seed(number)
    how = kept.preprocessing
    if how.mean is None or how.deviation is None:
        return torch.randint(0, 256, (number, *shape), generator=generator, dtype=torch.uint8)
    x = how.mean + how.deviation * torch.randn((number, *shape), generator=generator)
    if how.median is None:
        return x
    return x.masked_fill(torch.rand(x.shape, generator=generator) < 0.1, torch.nan)


def _graph(model: Answers, inputs: Tensor, name: str, output: str) -> Any:  # noqa: ANN401 - onnx's own
    """Return the model as an ONNX graph whose batch may be of any size.

    Raises:
        StudyError: It cannot be one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter's own, of deprecations in itself
            program = torch.onnx.export(
                model,
                (inputs,),
                dynamo=True,
                input_names=[INPUT],
                output_names=[output],
                dynamic_shapes={"x": {0: torch.export.Dim("batch", min=1)}},
                verbose=False,
            )
    except USER_CODE_RAISES as error:  # `build` may be the user's own
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        reason = summary(cause)[:300]
        raise StudyError(
            f"model {name!r} cannot be written as an ONNX graph ({reason}); it is saved as .pt or .safetensors"
        ) from error
    assert program is not None  # with dynamo=True it never is
    return program.model_proto


def _difference(content: bytes, model: Answers, shape: tuple[int, ...]) -> float:
    """Return the largest difference between the graph's answers and ours, on made inputs."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    kept = KeptModel(model.network, model.preprocessing)
    scale = model.preprocessing.target_deviation
    found = 0.0
    for number in CHECKED:
        inputs = made_inputs(kept, shape, number)
        with torch.inference_mode():
            ours = model(inputs)
        (theirs,) = session.run(None, {INPUT: inputs.numpy()})
        difference = (torch.from_numpy(theirs) - ours).abs()
        difference = difference if scale is None else difference / scale
        found = max(found, float(difference.nan_to_num(torch.inf).max()))
    return found
