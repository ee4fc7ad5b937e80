"""The notebook's recurrent network, an LSTM that reads an image row by row, and other ways to read and to remember."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from study.errors import StudyError, nearest
from study.models.layers.readers import RecurrentReader, TransformerReader
from study.models.layers.sequences import columns, rows, slices
from study.task import DataSpec

Sequence = Literal["rows", "columns", "rows-columns", "slices"]
Features = Literal["pixels", "convolution"]
Pooling = Literal["last", "mean", "attention"]
Core = Literal["lstm", "transformer"]
CHANNELS = (16, 32)
"""Of the two convolutions that features='convolution' puts first: half the notebook's CNN."""


@dataclass(frozen=True, slots=True)
class Params:
    """The defaults are the notebook's: 214,282 parameters for 10 classes. An option that could not act is refused."""

    hidden_size: int = 128
    """Units of each layer and direction; a transformer's width."""
    layers: int = 2
    """Stacked LSTM or transformer layers."""
    dropout: float = 0.0
    """Probability of zeroing an output between two LSTM layers in training, which needs two; with a transformer, one
    of what each half of a layer adds to its input."""
    bidirectional: bool = False
    """Whether a second LSTM reads the sequence from its end."""
    sequence: Sequence = "rows"
    """What a time step is. rows-columns: one reader for each, their summaries side by side. slices: of rows."""
    slice_width: int = 4
    """Rows of a slice."""
    slice_stride: int = 2
    """Rows from the start of one slice to the start of the next; below slice_width, they overlap."""
    features: Features = "pixels"
    """convolution: two convolutions with max-pooling come first, and their 7 x 7 feature map is read."""
    pooling: Pooling = "last"
    """What the head sees of a sequence. last: the state in which the LSTM ends. mean: of all outputs. attention: a
    learned mean of them."""
    core: Core = "lstm"
    """What reads the sequence."""
    heads: int = 4
    """A transformer's."""

    @property
    def size(self) -> int:
        """Rows, and columns, of what is read."""
        return 7 if self.features == "convolution" else 28

    def __post_init__(self) -> None:
        """Check that the network can be built.

        Raises:
            StudyError: It cannot.
        """
        if self.hidden_size < 1 or self.layers < 1:
            raise StudyError(f"hidden_size and layers are at least 1, not {self.hidden_size} and {self.layers}")
        if not 0 <= self.dropout < 1:
            raise StudyError(f"dropout is in [0, 1), not {self.dropout!r}")
        for name, value, allowed in (
            ("sequence", self.sequence, get_args(Sequence)),
            ("features", self.features, get_args(Features)),
            ("pooling", self.pooling, get_args(Pooling)),
            ("core", self.core, get_args(Core)),
        ):
            if value not in allowed:
                hint = nearest(str(value), allowed)
                raise StudyError(f"{name} is one of {', '.join(allowed)}, not {value!r}{hint}")
        _check_slices(self)
        if self.core == "lstm":
            _check_lstm(self)
        else:
            _check_transformer(self)


class SequenceClassifier(nn.Module):
    """Reads an image as one sequence or two, and classifies by the readers' summaries side by side."""

    def __init__(self, params: Params, classes: int) -> None:
        """Build the layers; weights are drawn from torch's global generator."""
        super().__init__()
        self.params = params
        self.features = _features(params)
        readers = 2 if params.sequence == "rows-columns" else 1
        self.readers = nn.ModuleList(_reader(params) for _ in range(readers))
        self.head = nn.Linear(readers * _summary_size(params), classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (batch, 1, 28, 28) to logits (batch, classes)."""
        sequences = _sequences(self.params, self.features(x))  # each (batch, steps, features of a step)
        summaries = [reader(steps) for reader, steps in zip(self.readers, sequences, strict=True)]
        logits: Tensor = self.head(torch.cat(summaries, dim=1))
        return logits


def build(params: Params, data: DataSpec) -> nn.Module:
    """Build the network: (batch, 1, 28, 28) -> (batch, classes) logits."""
    return SequenceClassifier(params, data.outputs)


def _features(params: Params) -> nn.Module:
    if params.features == "pixels":
        return nn.Identity()
    first, second = CHANNELS
    return nn.Sequential(
        nn.Conv2d(1, first, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (batch, 16, 14, 14)
        nn.Conv2d(first, second, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (batch, 32, 7, 7)
    )


def _sequences(params: Params, x: Tensor) -> list[Tensor]:
    match params.sequence:
        case "rows":
            return [rows(x)]
        case "columns":
            return [columns(x)]
        case "rows-columns":
            return [rows(x), columns(x)]
        case "slices":
            return [slices(x, params.slice_width, params.slice_stride)]


def _reader(params: Params) -> nn.Module:
    line = params.size * (CHANNELS[-1] if params.features == "convolution" else 1)  # features of a row or column
    features = params.slice_width * line if params.sequence == "slices" else line
    if params.core == "transformer":
        return TransformerReader(
            features,
            params.hidden_size,
            steps=_steps(params),
            layers=params.layers,
            heads=params.heads,
            dropout=params.dropout,
            pooling=params.pooling,
        )
    return RecurrentReader(
        features,
        params.hidden_size,
        layers=params.layers,
        dropout=params.dropout,
        bidirectional=params.bidirectional,
        pooling=params.pooling,
    )


def _summary_size(params: Params) -> int:
    return 2 * params.hidden_size if params.bidirectional else params.hidden_size


def _steps(params: Params) -> int:
    if params.sequence == "slices":
        return 1 + (params.size - params.slice_width) // params.slice_stride
    return params.size


def _check_slices(params: Params) -> None:
    width, stride = params.slice_width, params.slice_stride
    given = f"slice_width={width} and slice_stride={stride}"
    if params.sequence != "slices":
        if (width, stride) != (4, 2):
            raise StudyError(
                f"{given} act with sequence='slices' alone: with {params.sequence!r} leave them at 4 and 2"
            )
        return
    if not 1 <= stride <= width <= params.size or (params.size - width) % stride:
        raise StudyError(
            f"slices cover all {params.size} rows with features={params.features!r}: slice_width is at most that, "
            f"slice_stride at most slice_width, and {params.size} - slice_width a multiple of it, not {given}"
        )
    if width == params.size and params.pooling != "last":
        raise StudyError(
            f"pooling={params.pooling!r} needs two steps at least, and slice_width={width} of {params.size} rows "
            "leaves one: choose a smaller slice_width"
        )


def _check_lstm(params: Params) -> None:
    if params.dropout and params.layers == 1:
        raise StudyError(f"dropout acts between LSTM layers: with layers=1 it is 0, not {params.dropout!r}")
    if params.heads != 4:
        raise StudyError(f"heads acts with core='transformer' alone: with 'lstm' leave it at 4, not {params.heads!r}")


def _check_transformer(params: Params) -> None:
    if params.bidirectional:
        raise StudyError(
            "bidirectional acts with core='lstm' alone, as a transformer sees all steps at once: "
            "leave it False, not True"
        )
    if params.pooling == "last":
        raise StudyError("pooling is mean or attention with core='transformer', which has no last state, not 'last'")
    if params.heads < 1 or params.hidden_size % params.heads:
        raise StudyError(
            f"hidden_size is a multiple of heads with core='transformer', not {params.hidden_size} of {params.heads}"
        )
