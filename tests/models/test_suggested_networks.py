"""The networks that the notebook's conclusion suggests: their sizes, what they read, what they refuse."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, get_args

import pytest
import torch
from torch import nn

from study.errors import StudyError
from study.models import cnn, lstm

from ..scoring import spec_of


@pytest.fixture(autouse=True)
def _reproducible() -> Iterator[None]:
    """One thread, so that other tests keep their core, and known weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def count(model: nn.Module) -> int:
    return sum(weight.numel() for weight in model.parameters())


# Sizes


@pytest.mark.parametrize(
    ("params", "parameters"),
    [
        # BatchNorm has two numbers a channel and replaces one bias: 96 more.
        (cnn.Params(batch_norm=True), 421_642 + 32 + 64),
        # 320 + 18,496 + 73,856 in the convolutions, 1,152 x 128 + 128 and 1,290 after them.
        (cnn.Params(stages=3), 320 + 18_496 + 73_856 + 147_584 + 1_290),
        # 5 x 5: 800 and 51,200, their BatchNorms 64 and 128, then 1,600 -> 128 -> 89 -> 10.
        (cnn.Params(architecture="lenet5", batch_norm=True), 800 + 51_200 + 192 + 204_928 + 11_481 + 900),
        # Stem, 4 units (the third with a projection), last BatchNorm, 64 -> 128 -> 10.
        (
            cnn.Params(architecture="resnet", batch_norm=True),
            288
            + 2 * (2 * 9_216 + 128)
            + (64 + 18_432 + 128 + 36_864 + 2_048)
            + (2 * 36_864 + 256)
            + 128
            + 8_320
            + 1_290,
        ),
        (lstm.Params(sequence="columns"), 214_282),
        # Two readers of 212,992, and a head on 256 numbers.
        (lstm.Params(sequence="rows-columns"), 2 * 212_992 + 2_570),
        # A step has 112 pixels rather than 28, into 4 x 128 gates.
        (lstm.Params(sequence="slices"), 214_282 + 84 * 512),
        # 160 + 4,640 in the convolutions; a step has 7 x 32 numbers.
        (lstm.Params(features="convolution"), 214_282 + 160 + 4_640 + (224 - 28) * 512),
        (lstm.Params(pooling="attention"), 214_282 + 128 * 128 + 128 + 128),
        (lstm.Params(pooling="mean"), 214_282),
        # Embedding, positions, two layers (attention, dense, two normalisations), last normalisation, head.
        (
            lstm.Params(core="transformer", pooling="mean"),
            3_712 + 3_584 + 2 * (49_536 + 16_512 + 33_024 + 32_896 + 512) + 256 + 1_290,
        ),
    ],
)
def test_a_suggested_network_has_so_many_parameters(params: cnn.Params | lstm.Params, parameters: int) -> None:
    model = cnn if isinstance(params, cnn.Params) else lstm
    assert count(model.build(params, spec_of(10))) == parameters


def test_the_docstrings_tell_the_sizes() -> None:
    lenet5 = cnn.Params(architecture="lenet5", batch_norm=True)
    resnet = cnn.Params(architecture="resnet", batch_norm=True)
    assert f"{count(cnn.build(lenet5, spec_of(10))):,} parameters" in str(cnn._lenet5.__doc__)
    assert f"{count(cnn.build(resnet, spec_of(10))):,} parameters" in str(cnn._resnet.__doc__)


# What is read


def twins(first: lstm.Params, second: lstm.Params) -> tuple[nn.Module, nn.Module]:
    """Returns two networks with the same weights."""
    models = lstm.build(first, spec_of(10)), lstm.build(second, spec_of(10))
    models[1].load_state_dict(models[0].state_dict())
    return models


@pytest.mark.parametrize("features", ["pixels", "convolution"])
def test_columns_are_the_rows_of_the_transposed_image(features: lstm.Features) -> None:
    by_rows, by_columns = twins(lstm.Params(features=features), lstm.Params(features=features, sequence="columns"))
    if features == "convolution":
        with torch.no_grad():
            for model in (by_rows, by_columns):  # a kernel must not prefer a direction either
                for kernel in model.features.parameters():  # type: ignore[union-attr]
                    if kernel.ndim == 4:
                        kernel.copy_((kernel + kernel.transpose(2, 3)).clone())
    x = torch.randn(3, 1, 28, 28)
    torch.testing.assert_close(by_columns(x), by_rows(x.transpose(2, 3)), rtol=1e-5, atol=1e-6)
    assert not torch.allclose(by_columns(x), by_rows(x), atol=1e-3)


def test_rows_and_columns_are_read_by_a_reader_each() -> None:
    model = lstm.build(lstm.Params(hidden_size=8, sequence="rows-columns"), spec_of(10))
    first, second = model.readers  # type: ignore[misc]
    x = torch.randn(3, 1, 28, 28)
    summaries = torch.cat([first(x.squeeze(1)), second(x.squeeze(1).transpose(1, 2))], dim=1)
    assert summaries.shape == (3, 16)
    assert torch.equal(model(x), model.head(summaries))  # type: ignore[operator]


def test_a_slice_of_the_whole_image_is_a_single_step() -> None:
    model = lstm.build(lstm.Params(hidden_size=8, sequence="slices", slice_width=28), spec_of(10))
    x = torch.randn(3, 1, 28, 28)
    (reader,) = model.readers  # type: ignore[misc]
    assert reader.lstm.input_size == 784
    assert torch.equal(model(x), model.head(reader(x.reshape(3, 1, 784))))  # type: ignore[operator]


def test_slices_of_one_row_are_the_notebooks_rows() -> None:
    by_rows, by_slices = twins(lstm.Params(), lstm.Params(sequence="slices", slice_width=1, slice_stride=1))
    x = torch.randn(3, 1, 28, 28)
    assert torch.equal(by_rows(x), by_slices(x))


def test_attention_starts_from_the_baselines_lstm() -> None:
    weights = []
    for pooling in get_args(lstm.Pooling):
        torch.manual_seed(2)
        weights.append(lstm.build(lstm.Params(pooling=pooling), spec_of(10)).readers[0].lstm.state_dict())  # type: ignore[index, union-attr]
    assert all(torch.equal(each[key], weights[0][key]) for each in weights for key in weights[0])


# Refusals


@pytest.mark.parametrize(
    ("params", "fields", "message"),
    [
        (cnn.Params, {"stages": 0}, "stages is at least 1, not 0"),
        (
            cnn.Params,
            {"architecture": "resnett"},
            "architecture is one of plain, lenet5, resnet, not 'resnett'; did you mean 'resnet'?",
        ),
        (
            cnn.Params,
            {"architecture": "lenet5", "stages": 3},
            "stages is 2 with architecture='lenet5', not 3; plain and resnet take others",
        ),
        (
            cnn.Params,
            {"architecture": "lenet5", "hidden_size": 1},
            "hidden_size is at least 2 with architecture='lenet5', whose second hidden layer is smaller, not 1",
        ),
        (cnn.Params, {"first_kernel": 4}, "first_kernel is an odd number of pixels, 1, 3, 5, ..., not 4"),
        (
            cnn.Params,
            {"architecture": "lenet5", "first_kernel": 7},
            "first_kernel acts in plain and resnet alone, as the kernels of architecture='lenet5' are 5 x 5: leave it "
            "at 3, not 7",
        ),
        (cnn.Params, {"growth": 0.0}, "growth leaves every stage a channel and is finite, not 0.0"),
        (
            cnn.Params,
            {"width": 4, "growth": 0.1, "stages": 3},
            "growth leaves every stage a channel and is finite, not 0.1",
        ),
        (cnn.Params, {"growth": math.inf}, "growth leaves every stage a channel and is finite, not inf"),
        (
            cnn.Params,
            {"growth": 3.0, "stages": 1},
            "growth acts beyond the first stage: with stages=1 leave it at 2.0, not 3.0",
        ),
        (
            cnn.Params,
            {"architecture": "resnet", "padding": False},
            "padding acts in plain alone: with architecture='resnet' leave it at True, not False",
        ),
        (
            cnn.Params,
            {"architecture": "lenet5", "convolutions": 2},
            "convolutions acts in plain alone: with architecture='lenet5' leave it at 1, not 2",
        ),
        (cnn.Params, {"convolutions": 0}, "convolutions is at least 1, not 0"),
        (
            cnn.Params,
            {"convolutions": 2, "stages": 1},
            "convolutions acts beyond the first stage: with stages=1 leave it at 1, not 2",
        ),
        (
            lstm.Params,
            {"batch_norm": True},
            "batch_norm acts with features='convolution' alone: with 'pixels' leave it False, not True",
        ),
        (
            lstm.Params,
            {"sequence": "column"},
            "sequence is one of rows, columns, rows-columns, slices, not 'column'; did you mean 'columns'?",
        ),
        (lstm.Params, {"features": "edges"}, "features is one of pixels, convolution, not 'edges'"),
        (lstm.Params, {"pooling": "sum"}, "pooling is one of last, mean, attention, not 'sum'"),
        (lstm.Params, {"core": "gru"}, "core is one of lstm, transformer, not 'gru'"),
        (
            lstm.Params,
            {"slice_width": 6, "sequence": "columns"},
            "slice_width=6 and slice_stride=2 act with sequence='slices' alone: with 'columns' leave them at 4 and 2",
        ),
        (
            lstm.Params,
            {"slice_stride": 1},
            "slice_width=4 and slice_stride=1 act with sequence='slices' alone: with 'rows' leave them at 4 and 2",
        ),
        (
            lstm.Params,
            {"sequence": "slices", "slice_width": 4, "slice_stride": 5},
            "slices leave no row out: slice_stride is from 1 to slice_width, not slice_width=4 and slice_stride=5",
        ),
        (lstm.Params, {"heads": 2}, "heads acts with core='transformer' alone: with 'lstm' leave it at 4, not 2"),
        (
            lstm.Params,
            {"core": "transformer", "pooling": "mean", "bidirectional": True},
            "bidirectional acts with core='lstm' alone, as a transformer sees all steps at once: leave it False, "
            "not True",
        ),
        (
            lstm.Params,
            {"core": "transformer"},
            "pooling is mean or attention with core='transformer', which has no last state, not 'last'",
        ),
        (
            lstm.Params,
            {"core": "transformer", "pooling": "mean", "hidden_size": 130},
            "hidden_size is a multiple of heads with core='transformer', not 130 of 4",
        ),
        (
            lstm.Params,
            {"core": "transformer", "pooling": "mean", "heads": 0},
            "hidden_size is a multiple of heads with core='transformer', not 128 of 0",
        ),
    ],
)
def test_an_option_that_could_not_act_is_refused(params: type[Any], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as caught:
        params(**fields)
    assert str(caught.value) == message
