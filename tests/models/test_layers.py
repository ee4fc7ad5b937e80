"""Layers compute what their papers and torch's own reference modules compute."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from study.models.layers.readers import EncoderLayer, RecurrentReader, TransformerReader
from study.models.layers.residual import PreActivationUnit
from study.models.layers.sequences import Attention, Mean, columns, rows, slices

from ..examples import examples


@pytest.fixture(autouse=True)
def _reproducible() -> Iterator[None]:
    """One thread, so that other tests keep their core, and known weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


# Images as sequences


def test_rows_are_read_from_the_top_down() -> None:
    x = torch.randn(3, 1, 28, 28)
    assert torch.equal(rows(x), x.squeeze(1))


def test_columns_are_read_from_left_to_right() -> None:
    x = torch.randn(3, 1, 28, 28)
    assert torch.equal(columns(x), x.squeeze(1).transpose(1, 2))
    assert torch.equal(columns(x)[:, 5], x[:, 0, :, 5])


def test_a_row_of_a_feature_map_has_all_channels_of_each_place() -> None:
    x = torch.randn(2, 3, 4, 5)
    expected = torch.stack([torch.stack([x[:, c, 1, k] for c in range(3)], dim=1) for k in range(5)], dim=1)
    assert rows(x).shape == (2, 4, 15)
    assert torch.equal(rows(x)[:, 1], expected.flatten(1))
    assert columns(x).shape == (2, 5, 12)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_memory_format_leaves_a_sequence_alone(channels: int) -> None:
    x = torch.randn(2, channels, 6, 6)
    other = x.to(memory_format=torch.channels_last)
    for read in (rows, columns, lambda y: slices(y, 4, 2)):
        assert torch.equal(read(x), read(other))


@examples(50)
@given(st.integers(1, 12), st.integers(1, 12))
def test_a_slice_holds_consecutive_rows(width: int, stride: int) -> None:
    x = torch.randn(2, 1, 12, 5)
    found = slices(x, width, stride)
    starts = range(0, 12 - width + 1, stride)
    assert found.shape == (2, len(starts), width * 5)
    for step, start in enumerate(starts):
        assert torch.equal(found[:, step], x[:, 0, start : start + width].flatten(1))


def test_a_slice_of_all_rows_is_a_single_step() -> None:
    x = torch.randn(2, 1, 28, 28)
    assert torch.equal(slices(x, 28, 1), x.flatten(1).unsqueeze(1))


def test_slices_of_one_row_are_rows() -> None:
    x = torch.randn(2, 1, 28, 28)
    assert torch.equal(slices(x, 1, 1), rows(x))


# Poolings


def test_attention_weights_are_positive_and_sum_to_one() -> None:
    weights = Attention(6).weights(20 * torch.randn(4, 9, 6))
    assert weights.shape == (4, 9)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(4))


def test_attention_follows_its_equations() -> None:
    pool, steps = Attention(3), torch.randn(2, 5, 3)
    for image in range(2):
        scores = [pool.score.weight @ torch.tanh(pool.hidden.weight @ h + pool.hidden.bias) for h in steps[image]]
        shares = torch.cat(scores).exp() / torch.cat(scores).exp().sum()
        expected = sum(share * h for share, h in zip(shares, steps[image], strict=True))
        torch.testing.assert_close(pool(steps)[image], expected)


def test_attention_without_preference_is_the_mean() -> None:
    pool, steps = Attention(3), torch.randn(2, 5, 3)
    nn.init.zeros_(pool.score.weight)
    torch.testing.assert_close(pool(steps), Mean()(steps))
    torch.testing.assert_close(Mean()(steps), steps.mean(dim=1))


def test_attention_in_bfloat16_still_sums_to_one() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        weights = Attention(6).weights(torch.randn(4, 28, 6))
    assert weights.dtype == torch.float32
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(4))


# Readers


def test_the_last_state_of_one_direction_is_the_last_output() -> None:
    reader = RecurrentReader(5, 4, layers=2, dropout=0.0, bidirectional=False, pooling="last")
    steps = torch.randn(3, 6, 5)
    assert torch.equal(reader(steps), reader.lstm(steps)[0][:, -1])


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_a_recurrent_reader_pools_its_outputs(bidirectional: bool, pooling: str) -> None:
    reader = RecurrentReader(5, 4, layers=1, dropout=0.0, bidirectional=bidirectional, pooling=pooling)
    steps = torch.randn(3, 6, 5)
    assert reader.pooling is not None
    assert reader(steps).shape == (3, 8 if bidirectional else 4)
    assert torch.equal(reader(steps), reader.pooling(reader.lstm(steps)[0]))


def reference_of(layer: EncoderLayer, width: int, heads: int) -> nn.TransformerEncoderLayer:
    """Returns torch's own layer with the same weights."""
    theirs = nn.TransformerEncoderLayer(
        width, heads, dim_feedforward=2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
    )
    first, _, second = layer.dense
    pairs = [
        (theirs.self_attn.out_proj, layer.attended),
        (theirs.norm1, layer.attention_norm),
        (theirs.norm2, layer.dense_norm),
        (theirs.linear1, first),
        (theirs.linear2, second),
    ]
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(layer.queries_keys_values.weight)
        theirs.self_attn.in_proj_bias.copy_(layer.queries_keys_values.bias)
    for target, source in pairs:
        target.load_state_dict(source.state_dict())
    return theirs


def randomised(module: nn.Module) -> None:
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.randn_like(weight) / 2)


def test_an_encoder_layer_computes_what_torchs_does() -> None:
    layer, x = EncoderLayer(12, 3, 0.0), torch.randn(4, 7, 12)
    randomised(layer)
    torch.testing.assert_close(layer(x), reference_of(layer, 12, 3)(x), rtol=1e-4, atol=1e-5)


def test_an_encoder_layer_has_torchs_gradients() -> None:
    layer, x = EncoderLayer(8, 2, 0.0), torch.randn(4, 5, 8)
    randomised(layer)
    theirs = reference_of(layer, 8, 2)
    gradients = []
    for module in (layer, theirs):
        y = x.clone().requires_grad_()
        module(y).square().sum().backward()
        gradients.append(y.grad)
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-3, atol=1e-4)


def test_an_encoder_layer_in_bfloat16_is_close_to_float32() -> None:
    layer, x = EncoderLayer(16, 4, 0.0), torch.randn(4, 7, 16)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = layer(x)
    torch.testing.assert_close(rounded.float(), layer(x), rtol=0.05, atol=0.05)


def transformer(pooling: str = "mean", dropout: float = 0.0) -> TransformerReader:
    return TransformerReader(5, 8, steps=6, layers=2, heads=2, dropout=dropout, pooling=pooling)


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_a_transformer_tells_the_order_by_its_positions_alone(pooling: str) -> None:
    reader, steps = transformer(pooling), torch.randn(3, 6, 5)
    backwards = steps.flip(1)
    nn.init.normal_(reader.positions)
    assert not torch.allclose(reader(steps), reader(backwards), atol=1e-3)
    nn.init.zeros_(reader.positions)
    torch.testing.assert_close(reader(steps), reader(backwards), rtol=1e-4, atol=1e-5)


def test_no_two_transformer_layers_start_alike() -> None:
    first, second, _ = transformer().layers
    assert not torch.equal(first.attended.weight, second.attended.weight)  # type: ignore[union-attr, arg-type]


def test_a_transformers_dropout_acts_in_training_alone() -> None:
    reader, steps = transformer(dropout=0.5), torch.randn(3, 6, 5)
    assert not torch.equal(reader(steps), reader(steps))
    reader.eval()
    assert torch.equal(reader(steps), reader(steps))


# Residual units


@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_unit_that_adds_nothing_passes_its_input_on(batch_norm: bool) -> None:
    unit, x = PreActivationUnit(3, 3, batch_norm=batch_norm), torch.randn(2, 3, 6, 6)
    for name, weight in unit.second.named_parameters():
        nn.init.zeros_(weight)
        assert name == "weight" or not batch_norm
    assert unit.projection is None
    assert torch.equal(unit(x), x)


@pytest.mark.parametrize(
    ("channels", "stride", "shape"), [(4, 1, (2, 4, 7, 7)), (3, 2, (2, 3, 4, 4)), (6, 2, (2, 6, 4, 4))]
)
def test_a_unit_projects_where_the_shape_changes(channels: int, stride: int, shape: tuple[int, ...]) -> None:
    unit = PreActivationUnit(3, channels, stride=stride)
    assert unit.projection is not None
    assert unit(torch.randn(2, 3, 7, 7)).shape == shape


def normalised(x: Tensor) -> Tensor:
    """Each channel with mean 0 and variance 1 over batch and places."""
    mean = x.mean(dim=(0, 2, 3), keepdim=True)
    variance = x.var(dim=(0, 2, 3), keepdim=True, unbiased=False)
    return (x - mean) / torch.sqrt(variance + 1e-5)


def test_a_unit_follows_figure_4_e() -> None:
    unit, x = PreActivationUnit(3, 5, stride=2), torch.randn(4, 3, 7, 7)
    assert unit.projection is not None
    activated = normalised(x).relu()
    y = F.conv2d(activated, unit.first.weight, stride=2, padding=1)
    y = F.conv2d(normalised(y).relu(), unit.second.weight, padding=1)
    expected = F.conv2d(activated, unit.projection.weight, stride=2) + y
    torch.testing.assert_close(unit(x), expected, rtol=1e-4, atol=1e-5)
