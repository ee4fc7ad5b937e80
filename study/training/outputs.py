"""What a model may return: one real number for each example and output. Anything else would be learned in silence."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from study.task import DataSpec

_OUTPUTS = {"classification": "classes", "multilabel": "labels", "regression": "targets"}


class OutputError(Exception):
    """A model's `build` returned no module, or its network returned something else than one number an output."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a model's network has to return: logits, or the standardised values of a regression."""

    model: str
    spec: DataSpec

    def check(self, output: object, examples: int) -> None:
        """Check what the model returned for a batch.

        Args:
            output: What it returned.
            examples: Of the batch.

        Raises:
            OutputError: It is not a floating-point tensor of shape (examples, outputs); the message has both shapes.
        """
        expected = (examples, self.spec.outputs)
        if isinstance(output, Tensor) and output.shape == expected and output.is_floating_point():
            return
        raise OutputError(
            f"model {self.model!r} returned {_described(output)} for {examples} examples and {self.spec.outputs} "
            f"{_OUTPUTS[self.spec.task]}; "
            f"expected {expected}, real numbers"
        )


def check_module(model: str, network: object) -> None:
    """Check that a model's `build` returned a module.

    Raises:
        OutputError: It returned something else.
    """
    if not isinstance(network, torch.nn.Module):
        raise OutputError(f"model {model!r}: `build` returned {_described(network)}; expected a torch.nn.Module")


def _described(output: object) -> str:
    if isinstance(output, Tensor):
        return f"{tuple(output.shape)} {str(output.dtype).removeprefix('torch.')}"
    if isinstance(output, tuple | list | dict):
        return f"a {type(output).__name__} of {len(output)}"
    return f"a value of type {type(output).__name__}"
