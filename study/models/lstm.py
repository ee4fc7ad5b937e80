"""The notebook's recurrent network, an LSTM that reads a picture row by row, and other ways to read and to remember.

It reads sequences too, step by step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn

from study.errors import StudyError, nearest
from study.models.layers.normalisation import BatchNorm2d
from study.models.layers.pooling import convolution_and_pooling
from study.models.layers.readers import RecurrentReader, TransformerReader
from study.models.layers.sequences import columns, rows, slices
from study.models.layers.shapes import unreadable
from study.task import DataSpec

Sequence = Literal["rows", "columns", "rows-columns", "slices"]
Features = Literal["pixels", "convolution"]
Pooling = Literal["last", "mean", "attention"]
Core = Literal["lstm", "transformer"]
KERNEL = 3
"""Rows and columns of the convolutions' kernels."""
CHANNELS = (16, 32)
"""Of the two convolutions that features='convolution' puts first: half the notebook's CNN."""


@dataclass(frozen=True, slots=True)
class Params:
    """The defaults are the notebook's: 214,282 parameters for 28 x 28 grey pixels and 10 classes.

    An option that could not act is refused.
    """

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
    """What a time step is: of a picture a row or a column, with all its channels. rows-columns: one reader for each,
    their summaries side by side. slices: of rows. The steps of a sequence count as rows; it has no columns."""
    slice_width: int = 4
    """Rows of a slice."""
    slice_stride: int = 2
    """Rows from the start of one slice to the start of the next; below slice_width, they overlap."""
    features: Features = "pixels"
    """pixels: what the data are. convolution: two convolutions with max-pooling come first, and their feature map is
    read, 7 x 7 of a picture of 28 x 28."""
    pooling: Pooling = "last"
    """What the head sees of a sequence. last: the state in which the LSTM ends. mean: of all outputs. attention: a
    learned mean of them."""
    core: Core = "lstm"
    """What reads the sequence."""
    heads: int = 4
    """A transformer's."""
    batch_norm: bool = False
    """BatchNorm after each convolution of features='convolution', before its ReLU and in place of its bias."""
    padding: bool = True
    """Whether zeros around what such a convolution reads keep its rows and columns; without, 5 x 5 of 28 x 28 pixels
    are left to be read."""

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
        for name, default in (("batch_norm", False), ("padding", True)):
            if self.features != "convolution" and (value := getattr(self, name)) != default:
                raise StudyError(
                    f"{name} acts with features='convolution' alone: with {self.features!r} leave it {default}, "
                    f"not {value}"
                )
        _check_slices(self)
        if self.core == "lstm":
            _check_lstm(self)
        else:
            _check_transformer(self)


class _Grid(NamedTuple):
    """What is read: a picture, its feature map, or a sequence as one channel of steps and features."""

    channels: int
    rows: int
    columns: int


class _Reading(NamedTuple):
    """What a reader is given: (batch, steps, features)."""

    steps: int
    features: int


class SequenceNetwork(nn.Module):
    """Reads an input as one sequence or two; its outputs are of the readers' summaries side by side."""

    def __init__(self, params: Params, grid: _Grid, outputs: int) -> None:
        """Build the layers; weights are drawn from torch's global generator.

        Args:
            params: Checked against the data.
            grid: A picture, or a sequence.
            outputs: How many numbers the network returns.
        """
        super().__init__()
        self.params = params
        self.features = _features(params, grid)
        readings = _readings(params, _read(params, grid))
        self.readers = nn.ModuleList(_reader(params, reading) for reading in readings)
        self.head = nn.Linear(len(readings) * _summary_size(params), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map pictures (batch, channels, height, width) or sequences (batch, time, features) to (batch, outputs)."""
        x = x.unsqueeze(1) if x.ndim == 3 else x  # (batch, 1, time, features)
        sequences = _sequences(self.params, self.features(x))  # each (batch, steps, features of a step)
        summaries = [reader(steps) for reader, steps in zip(self.readers, sequences, strict=True)]
        outputs: Tensor = self.head(torch.cat(summaries, dim=1))
        return outputs


def build(params: Params, data: DataSpec) -> nn.Module:
    """Build the network: (batch, channels, height, width) or (batch, time, features) -> (batch, outputs).

    Raises:
        StudyError: The data are neither pictures nor sequences, or such that an option could not act.
    """
    match data.shape:
        case (channels, height, width):
            grid = _Grid(channels, height, width)
        case (time, features):
            grid = _Grid(1, time, features)
        case _:
            raise unreadable("lstm", "pictures (channels, height, width) and sequences (time, features)", data)
    _check_data(params, grid, data)
    return SequenceNetwork(params, grid, data.outputs)


def _features(params: Params, grid: _Grid) -> nn.Module:
    if params.features == "pixels":
        return nn.Identity()
    layers: list[nn.Module] = []
    channels = grid.channels
    for wider in CHANNELS:
        padding = KERNEL // 2 if params.padding else 0
        normalisation = BatchNorm2d(wider) if params.batch_norm else None
        # (batch, 16, 14, 14), then (batch, 32, 7, 7) of 28 x 28 pixels
        layers += convolution_and_pooling(channels, wider, kernel=KERNEL, padding=padding, normalisation=normalisation)
        channels = wider
    return nn.Sequential(*layers)


def _read(params: Params, grid: _Grid) -> _Grid:
    """Return what the readers read of the data."""
    if params.features == "pixels":
        return grid
    rows, columns = grid.rows, grid.columns
    for _ in CHANNELS:
        rows, columns = (side // 2 if params.padding else (side - KERNEL + 1) // 2 for side in (rows, columns))
    return _Grid(CHANNELS[-1], rows, columns)


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


def _readings(params: Params, grid: _Grid) -> list[_Reading]:
    """Return the shapes of `_sequences`."""
    row, column = _Reading(grid.rows, grid.columns * grid.channels), _Reading(grid.columns, grid.rows * grid.channels)
    match params.sequence:
        case "rows":
            return [row]
        case "columns":
            return [column]
        case "rows-columns":
            return [row, column]
        case "slices":
            steps = 1 + (grid.rows - params.slice_width) // params.slice_stride
            return [_Reading(steps, params.slice_width * row.features)]


def _reader(params: Params, reading: _Reading) -> nn.Module:
    if params.core == "transformer":
        return TransformerReader(
            reading.features,
            params.hidden_size,
            steps=reading.steps,
            layers=params.layers,
            heads=params.heads,
            dropout=params.dropout,
            pooling=params.pooling,
        )
    return RecurrentReader(
        reading.features,
        params.hidden_size,
        layers=params.layers,
        dropout=params.dropout,
        bidirectional=params.bidirectional,
        pooling=params.pooling,
    )


def _summary_size(params: Params) -> int:
    return 2 * params.hidden_size if params.bidirectional else params.hidden_size


def _check_data(params: Params, grid: _Grid, data: DataSpec) -> None:
    """Check that every option can act on the data.

    Raises:
        StudyError: One cannot.
    """
    given = f"the data are {data.shape_in_words()}"
    if not data.is_picture:
        if params.sequence not in ("rows", "slices"):
            raise StudyError(
                f"sequence={params.sequence!r} is for pictures, of sequences it is rows or slices; {given}"
            )
        if params.features != "pixels":
            raise StudyError(f"features={params.features!r} is for pictures, of sequences it is pixels; {given}")
    read = _read(params, grid)
    padded = _read(replace(params, padding=True), grid)
    if min(read.rows, read.columns) < 1:
        least, without = (4, "") if params.padding else (10, ", without padding")
        mends = "" if params.padding or min(padded.rows, padded.columns) < 1 else "; padding=True needs 4"
        raise StudyError(
            f"features='convolution' halves height and width twice{without}, so that {least} pixels are needed; "
            f"{given}{mends}"
        )
    width, stride = params.slice_width, params.slice_stride
    if params.sequence == "slices" and (width > read.rows or (read.rows - width) % stride):
        raise StudyError(
            f"slices cover all {read.rows} rows with features={params.features!r}: slice_width is at most that, and "
            f"{read.rows} - slice_width a multiple of slice_stride, not slice_width={width} and slice_stride={stride}; "
            f"{given}"
        )
    if params.pooling != "last" and not _pooled(params, read):
        mends = "" if params.padding or not _pooled(params, padded) else "; padding=True leaves more"
        raise StudyError(
            f"pooling={params.pooling!r} needs two steps at least, and sequence={params.sequence!r} with "
            f"features={params.features!r} leaves one; {given}{mends}"
        )


def _pooled(params: Params, read: _Grid) -> bool:
    """Return whether every reader has two steps at least to pool over."""
    return all(reading.steps >= 2 for reading in _readings(params, read))


def _check_slices(params: Params) -> None:
    width, stride = params.slice_width, params.slice_stride
    given = f"slice_width={width} and slice_stride={stride}"
    if params.sequence != "slices":
        if (width, stride) != (4, 2):
            raise StudyError(
                f"{given} act with sequence='slices' alone: with {params.sequence!r} leave them at 4 and 2"
            )
        return
    if not 1 <= stride <= width:
        raise StudyError(f"slices leave no row out: slice_stride is from 1 to slice_width, not {given}")


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
