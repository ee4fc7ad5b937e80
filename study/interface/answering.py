"""Kept models as modules of PyTorch, and what they say of arrays. Loads torch."""

from __future__ import annotations

from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from study.errors import StudyError
from study.status.predict import Kept, KeptModel


class Answering(nn.Module):
    """A trained network with its preprocessing: raw inputs in, answers in the targets' units out."""

    def __init__(self, kept: KeptModel) -> None:
        """Take over a kept model, in evaluation mode."""
        super().__init__()
        self.network = kept.network
        self.preprocessing = kept.preprocessing
        self.eval()

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (n, outputs) float32 of inputs (n, *shape): logits, or values."""
        return self.preprocessing.outputs(self.network(self.preprocessing.inputs(inputs)).float())


def answers(kept: Kept, inputs: Any) -> pd.DataFrame:  # noqa: ANN401 - whatever becomes a tensor
    """Return what the models say of inputs, a row each.

    Raises:
        StudyError: They have another shape or type than the study's data.
    """
    found = torch.as_tensor(inputs)
    shape = tuple(kept.plan.input_shape)
    if found.shape[1:] != torch.Size(shape):
        raise StudyError(
            f"the models of {kept.study!r} read inputs (n, {', '.join(map(str, shape))}), not {tuple(found.shape)}"
        )
    if kept.reads_bytes and found.dtype != torch.uint8:
        raise StudyError(
            f"the models of {kept.study!r} read pixels as bytes from 0 to 255 (torch.uint8), not {found.dtype}: "
            "give the pictures as they are in their files"
        )
    return pd.DataFrame(kept.ask(found if kept.reads_bytes else found.float()))
