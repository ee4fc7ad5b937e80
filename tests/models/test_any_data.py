"""Models of this program read any data that they can, and say what they cannot; the notebook's networks stay theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from study.catalog import load_model, load_space, space_names
from study.errors import StudyError
from study.models import cnn, lstm, mlp
from study.models.layers.sequences import columns, rows
from study.task import DataSpec
from study.trial import Scalar

from ..examples import examples
from ..plans import message_of
from ..scoring import spec_of

SIDES = st.integers(1, 33)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def outputs_of(network: nn.Module, data: DataSpec) -> Tensor:
    """Returns what a network makes of two inputs, after it has learned from them once."""
    x = torch.randn(2, *data.shape)
    found: Tensor = network(x)
    found.square().sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())
    return found


def read(source: str, data: DataSpec, **changes: Scalar) -> nn.Module:
    model = load_model(source)
    _, params = model.split(model.defaults | changes)
    return model.build(params, data)


# The notebook's networks


def digest(network: nn.Module) -> str:
    """Returns a fingerprint of the names, shapes and values of all weights."""
    found = hashlib.sha256()
    for name, weight in network.state_dict().items():
        found.update(
            name.encode() + repr(tuple(weight.shape)).encode() + weight.detach().contiguous().numpy().tobytes()
        )
    return found.hexdigest()[:16]


@pytest.mark.parametrize(
    ("source", "changes", "parameters", "weights"),
    [
        ("cnn", {}, 421_642, "8ff5690f5c99385b"),
        ("cnn", {"stages": 3, "dropout": 0.25, "batch_norm": True}, 241_770, "0e7d96101c8fd56e"),
        ("cnn", {"architecture": "lenet5", "batch_norm": True, "dropout": 0.25}, 269_501, "d3074400e5ae0fb8"),
        ("cnn", {"architecture": "resnet", "batch_norm": True}, 178_666, "5b8fed0f172a8c84"),
        ("lstm", {}, 214_282, "500b866b09884e96"),
        ("lstm", {"sequence": "rows-columns"}, 428_554, "f85623777d946cbe"),
        ("lstm", {"sequence": "slices"}, 257_290, "af5d87dba862403c"),
        ("lstm", {"features": "convolution"}, 319_434, "15d8f0b333cd75e5"),
        ("lstm", {"core": "transformer", "pooling": "mean"}, 273_802, "8db372fb7b0ec97d"),
    ],
)
def test_a_network_for_the_notebooks_data_is_what_it_was(
    source: str, changes: dict[str, Scalar], parameters: int, weights: str
) -> None:
    """Its weights have the names, and for one seed the values, that they had when it read 28 x 28 grey pixels alone."""
    torch.manual_seed(0)
    network = read(source, spec_of(10), **changes)
    assert sum(weight.numel() for weight in network.parameters()) == parameters
    assert digest(network) == weights


# Everything that can be read


@pytest.mark.parametrize("task", ["classification", "multilabel", "regression"])
@pytest.mark.parametrize(
    ("source", "shape"),
    [
        ("cnn", (1, 28, 28)),
        ("cnn", (3, 64, 48)),
        ("cnn", (4, 4, 4)),
        ("cnn", (2, 5, 40)),
        ("lstm", (1, 28, 28)),
        ("lstm", (3, 20, 34)),
        ("lstm", (3, 1, 1)),
        ("lstm", (12, 5)),
        ("lstm", (1, 1)),
        ("mlp", (10,)),
        ("mlp", (1,)),
        ("mlp", (12, 5)),
        ("mlp", (3, 9, 7)),
    ],
)
def test_a_baseline_has_a_number_for_every_output(source: str, shape: tuple[int, ...], task: Any) -> None:  # noqa: ANN401 - one of the literals
    for outputs in (1, 7):
        data = spec_of(outputs, shape, task)
        assert outputs_of(read(source, data), data).shape == (2, outputs)


def built(build: Callable[[], nn.Module]) -> nn.Module | str:
    """Returns a network, or why there is none."""
    try:
        return build()
    except StudyError as error:
        return str(error)


CNNS = st.builds(
    cnn.Params,
    width=st.just(2),
    hidden_size=st.just(4),
    architecture=st.sampled_from(("plain", "resnet")),
    stages=st.integers(1, 6),
    batch_norm=st.booleans(),
    first_kernel=st.sampled_from((3, 5)),
) | st.builds(cnn.Params, width=st.just(2), hidden_size=st.just(4), architecture=st.just("lenet5"))
CNNS |= st.builds(
    cnn.Params,
    width=st.just(2),
    hidden_size=st.just(4),
    stages=st.integers(1, 4),
    first_kernel=st.sampled_from((1, 3, 5)),
    padding=st.just(False),
) | st.builds(
    cnn.Params,
    width=st.just(2),
    hidden_size=st.just(4),
    stages=st.integers(2, 4),
    padding=st.booleans(),
    convolutions=st.integers(1, 3),
)


@examples(60)
@given(CNNS, st.integers(1, 4), SIDES, SIDES)
def test_a_cnn_reads_any_picture_or_names_its_size_and_the_most_stages(
    params: cnn.Params, channels: int, height: int, width: int
) -> None:
    data = spec_of(3, (channels, height, width))
    network = built(lambda: cnn.build(params, data))
    if isinstance(network, str):
        assert f"{channels} x {height} x {width} (channels, height, width)" in network
        if "stages is at most" not in network:
            least = 12 if params.architecture == "lenet5" else 2 if params.padding else params.first_kernel + 1
            assert min(height, width) < least
            return
        most = int(network.split("stages is at most ")[1].split()[0])
        assert 1 <= most < params.stages
        network = cnn.build(replace(params, stages=most, convolutions=params.convolutions if most > 1 else 1), data)
    assert network.eval()(torch.randn(2, *data.shape)).shape == (2, 3)


@pytest.mark.parametrize(
    ("options", "most"),
    [({}, 4), ({"architecture": "resnet"}, 5), ({"padding": False}, 3), ({"padding": False, "convolutions": 2}, 2)],
)
def test_every_stage_of_a_cnn_halves(options: dict[str, Any], most: int) -> None:
    data = spec_of(3)
    network = cnn.build(cnn.Params(width=2, stages=most, **options), data)
    assert network(torch.randn(2, *data.shape)).shape == (2, 3)
    with pytest.raises(StudyError, match=f"stages is at most {most} for pictures of 1 x 28 x 28"):
        cnn.build(cnn.Params(stages=most + 1, **options), data)


def test_a_cnn_without_padding_names_the_pixels_that_it_needs() -> None:
    with pytest.raises(StudyError) as caught:
        cnn.build(cnn.Params(padding=False, stages=1, first_kernel=5), spec_of(3, (1, 5, 9)))
    assert str(caught.value) == (
        "padding=False needs at least 6 pixels each way with first_kernel=5, which pictures of 1 x 5 x 9 (channels, "
        "height, width) have not: leave it True"
    )


@examples(60)
@given(
    st.one_of(st.tuples(st.integers(1, 3), SIDES, SIDES), st.tuples(SIDES, SIDES)),
    st.fixed_dictionaries(
        {
            "sequence": st.sampled_from(("rows", "columns", "rows-columns", "slices")),
            "features": st.sampled_from(("pixels", "convolution")),
            "pooling": st.sampled_from(("mean", "attention")),
            "core": st.sampled_from(("lstm", "transformer")),
        }
    ),
)
def test_an_lstm_reads_any_picture_and_any_sequence_or_says_why_not(
    shape: tuple[int, ...], options: dict[str, Any]
) -> None:
    data = spec_of(3, shape)
    network = built(lambda: lstm.build(lstm.Params(hidden_size=4, **options), data))
    if isinstance(network, str):
        assert network.endswith(f"; the data are {data.shape_in_words()}")
    else:
        assert network(torch.randn(2, *shape)).shape == (2, 3)


def test_an_lstm_reads_a_sequence_step_by_step_and_a_pictures_channels_side_by_side() -> None:
    torch.manual_seed(0)
    steps = torch.randn(2, 12, 6)
    torch.manual_seed(1)
    over_time = lstm.build(lstm.Params(hidden_size=4), spec_of(3, (12, 6)))
    torch.manual_seed(1)
    over_rows = lstm.build(lstm.Params(hidden_size=4), spec_of(3, (2, 12, 3)))
    picture = steps.reshape(2, 12, 3, 2).permute(0, 3, 1, 2)  # (batch, 2 channels, 12 rows, 3 columns)
    assert torch.equal(over_time(steps), over_rows(picture))
    assert torch.equal(rows(picture), steps)
    torch.manual_seed(1)
    over_columns = lstm.build(lstm.Params(hidden_size=4, sequence="columns"), spec_of(3, (2, 3, 12)))
    assert torch.equal(over_columns(picture.transpose(2, 3)), over_time(columns(picture.transpose(2, 3))))


def test_an_mlp_sees_every_number_of_an_input() -> None:
    torch.manual_seed(0)
    data = spec_of(2, (2, 3, 4))
    network = mlp.build(mlp.Params(hidden_size=64), data)
    x = torch.randn(1, *data.shape, requires_grad=True)
    network(x).sum().backward()
    assert x.grad is not None
    assert (x.grad != 0).all()


def test_a_residual_layer_adds_what_it_makes_of_its_input() -> None:
    layer = nn.Linear(3, 3)
    x = torch.randn(2, 3)
    assert torch.equal(mlp.Residual(layer)(x), x + layer(x))


@pytest.mark.parametrize(
    ("source", "shape", "changes"),
    [
        ("mlp", (10,), {"batch_norm": True}),
        ("cnn", (3, 2, 2), {"batch_norm": True, "architecture": "resnet", "stages": 1}),
        ("cnn", (1, 28, 28), {"batch_norm": True, "architecture": "resnet", "stages": 5, "width": 2}),
        ("cnn", (3, 2, 2), {"batch_norm": True, "stages": 1}),
    ],
)
def test_a_batch_of_one_is_learned_from_with_batchnorm_too(
    source: str, shape: tuple[int, ...], changes: dict[str, Scalar]
) -> None:
    """The last batch of an epoch may be that small."""
    data = spec_of(3, shape)
    network = read(source, data, **changes)
    network(torch.randn(8, *shape))
    state = {name: value.clone() for name, value in network.state_dict().items()}
    lone = torch.randn(1, *shape)
    found = network(lone)
    found.sum().backward()
    assert torch.isfinite(found).all()
    if source == "mlp":  # nothing that is learned from one number a channel
        assert all(torch.equal(state[name], value) for name, value in network.state_dict().items())
        torch.testing.assert_close(found, network.eval()(lone))


# What cannot be read

BEST_CNN: dict[str, Scalar] = {"padding": False, "first_kernel": 5, "convolutions": 2}
BEST_LSTM: dict[str, Scalar] = {"features": "convolution", "padding": False, "pooling": "attention"}
"""What the spaces of the best recipes have of these models."""


@pytest.mark.parametrize(
    ("source", "shape", "changes", "message"),
    [
        (
            "cnn",
            (10,),
            {},
            "model 'cnn' reads pictures (channels, height, width); the data are 10 (features); `mlp` reads these",
        ),
        (
            "cnn",
            (12, 5),
            {},
            "model 'cnn' reads pictures (channels, height, width); the data are 12 x 5 (time, features); `lstm` and "
            "`mlp` read these",
        ),
        (
            "cnn",
            (3, 1, 40),
            {},
            "model 'cnn' reads pictures (channels, height, width) of at least 2 pixels each way; the data are "
            "3 x 1 x 40 (channels, height, width); `mlp` reads these",
        ),
        (
            "cnn",
            (1, 3, 3),
            {},
            "stages is at most 1 for pictures of 1 x 3 x 3 (channels, height, width) with architecture='plain', as "
            "each stage halves height and width, not 2",
        ),
        (
            "cnn",
            (3, 11, 32),
            {"architecture": "lenet5"},
            "architecture='lenet5' needs at least 12 pixels each way, which pictures of 3 x 11 x 32 (channels, height, "
            "width) have not: plain and resnet take smaller ones",
        ),
        (
            "lstm",
            (10,),
            {},
            "model 'lstm' reads pictures (channels, height, width) and sequences (time, features); the data are 10 "
            "(features); `mlp` reads these",
        ),
        (
            "lstm",
            (12, 5),
            {"sequence": "columns"},
            "sequence='columns' is for pictures, of sequences it is rows or slices; the data are 12 x 5 (time, "
            "features)",
        ),
        (
            "lstm",
            (12, 5),
            {"features": "convolution"},
            "features='convolution' is for pictures, of sequences it is pixels; the data are 12 x 5 (time, features)",
        ),
        (
            "lstm",
            (1, 28, 3),
            {"features": "convolution"},
            "features='convolution' halves height and width twice, so that 4 pixels are needed; the data are "
            "1 x 28 x 3 (channels, height, width)",
        ),
        (
            "lstm",
            (1, 9, 28),
            {"features": "convolution", "padding": False},
            "features='convolution' halves height and width twice, without padding, so that 10 pixels are needed; the "
            "data are 1 x 9 x 28 (channels, height, width); padding=True needs 4",
        ),
        (
            "lstm",
            (1, 3, 28),
            {"features": "convolution", "padding": False},
            "features='convolution' halves height and width twice, without padding, so that 10 pixels are needed; the "
            "data are 1 x 3 x 28 (channels, height, width)",
        ),
        (
            "lstm",
            (1, 12, 12),
            BEST_LSTM,
            "pooling='attention' needs two steps at least, and sequence='rows' with features='convolution' leaves one; "
            "the data are 1 x 12 x 12 (channels, height, width); padding=True leaves more",
        ),
        (
            "cnn",
            (1, 8, 8),
            BEST_CNN,
            "stages is at most 1 for pictures of 1 x 8 x 8 (channels, height, width) with architecture='plain' and "
            "padding=False, as each stage halves height and width, not 2; padding=True has room for them",
        ),
        (
            "cnn",
            (1, 28, 15),
            BEST_CNN,
            "stages is at most 1 for pictures of 1 x 28 x 15 (channels, height, width) with architecture='plain' and "
            "padding=False, as each stage halves height and width, not 2; padding=True has room for them",
        ),
        (
            "cnn",
            (1, 7, 7),
            {"padding": False, "stages": 4},
            "stages is at most 1 for pictures of 1 x 7 x 7 (channels, height, width) with architecture='plain' and "
            "padding=False, as each stage halves height and width, not 4",
        ),
        (
            "lstm",
            (1, 28, 28),
            {"features": "convolution", "sequence": "slices"},
            "slices cover all 7 rows with features='convolution': slice_width is at most that, and 7 - slice_width a "
            "multiple of slice_stride, not slice_width=4 and slice_stride=2; the data are 1 x 28 x 28 (channels, "
            "height, width)",
        ),
        (
            "lstm",
            (28, 5),
            {"sequence": "slices", "slice_width": 28, "pooling": "attention"},
            "pooling='attention' needs two steps at least, and sequence='slices' with features='pixels' leaves one; "
            "the data are 28 x 5 (time, features)",
        ),
    ],
)
def test_a_model_says_what_it_cannot_read(
    source: str, shape: tuple[int, ...], changes: dict[str, Scalar], message: str
) -> None:
    data = spec_of(3, shape)
    assert message_of(lambda: read(source, data, **changes)) == message
    if "; padding=True" in message:
        read(source, data, **{**changes, "padding": True})


# Every declared variant


@pytest.mark.parametrize(
    ("source", "name"), [(source, variant.name) for source in space_names() for variant in load_space(source).variants]
)
def test_a_variant_reads_colour_pictures_of_any_shape(source: str, name: str) -> None:
    space = load_space(source)
    changes = next(dict(variant.changes) for variant in space.variants if variant.name == name)
    data = spec_of(5, (3, 32, 40))
    network = read(space.model, data, **space.defaults | changes).eval()
    assert network(torch.randn(2, *data.shape)).shape == (2, 5)
