"""ReLU and max-pooling as one layer: PyTorch's numbers and gradients, bit for bit, and NaN as it has it."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from study.models import cnn
from study.models.layers import pooling
from study.models.layers.pooling import ReLUMaxPool2d

from ..examples import examples
from ..scoring import spec_of

SEPARATE = nn.Sequential(nn.ReLU(), nn.MaxPool2d(2))


@pytest.fixture(autouse=True)
def _any_size(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pool small batches as large ones are pooled, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(pooling, "_FEWEST", 0)
    yield
    torch.set_num_threads(threads)


def pooled(layer: nn.Module, x: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outputs, and the gradient of their weighted sum with respect to `x`."""
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    output = layer(x * 1)  # as a layer before it would give it
    (gradient,) = torch.autograd.grad((output * weights).sum(), x)
    return output.detach(), gradient


@examples(60)
@given(
    n=st.integers(1, 3),
    channels=st.integers(1, 5),
    height=st.integers(2, 7),
    width=st.integers(2, 7),
    levels=st.sampled_from([2, 5, 1000]),
    dtype=st.sampled_from([torch.bfloat16, torch.float32]),
    layout=st.sampled_from([torch.channels_last, torch.contiguous_format]),
    seed=st.integers(0, 2**32),
)
def test_outputs_and_gradients_are_those_of_relu_and_max_pooling(
    n: int,
    channels: int,
    height: int,
    width: int,
    levels: int,
    dtype: torch.dtype,
    layout: torch.memory_format,
    seed: int,
) -> None:
    """With few levels most windows have equal greatest values, of which one has the gradient."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randint(-levels, levels + 1, (n, channels, height, width), generator=generator).to(dtype) / levels
    x = x.contiguous(memory_format=layout)
    weights = torch.randn(n, channels, height // 2, width // 2, generator=generator).to(dtype)
    ours, theirs = pooled(ReLUMaxPool2d(), x, weights), pooled(SEPARATE, x, weights)
    assert torch.equal(ours[0], theirs[0])
    assert torch.equal(ours[1], theirs[1])


def test_large_batches_in_bfloat16_are_pooled_as_integers_in_training_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()

    def made_by(layer: nn.Module, x: Tensor) -> str:
        return type(layer(x.requires_grad_() * 1).grad_fn).__name__

    layer, x = ReLUMaxPool2d(), torch.randn(22, 64, 14, 14).contiguous(memory_format=torch.channels_last)
    assert made_by(layer, x.bfloat16()) == "_PooledBitsBackward"
    assert made_by(layer, x.bfloat16()[:20]) == "ReluBackward0"
    assert made_by(layer, x.bfloat16().contiguous()) == "ReluBackward0"
    assert made_by(layer, x.clone()) == "ReluBackward0"
    assert made_by(layer.eval(), x.bfloat16()) == "ReluBackward0"


def trained(network: nn.Module) -> tuple[list[float], dict[str, Tensor]]:
    """Return the losses of five steps in bfloat16, and the weights after them."""
    generator = torch.Generator().manual_seed(0)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    losses = []
    for _ in range(5):
        x = torch.randn(16, 1, 28, 28, generator=generator).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            outputs = network(x)
        loss = F.cross_entropy(outputs.float(), torch.randint(10, (16,), generator=generator))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    return losses, network.state_dict()


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_cnn_trains_as_with_separate_modules_bit_for_bit_under_the_same_names(batch_norm: bool) -> None:
    ours = cnn.build(cnn.Params(batch_norm=batch_norm), spec_of(10))
    assert isinstance(ours, nn.Sequential)
    theirs = copy.deepcopy(ours)
    for place, module in enumerate(ours):
        if isinstance(module, ReLUMaxPool2d):
            theirs[place], theirs[place + 1] = nn.ReLU(), nn.MaxPool2d(2)
    (our_losses, our_weights), (their_losses, their_weights) = trained(ours), trained(theirs)
    assert our_losses == their_losses
    assert list(our_weights) == list(their_weights)
    assert all(torch.equal(value, their_weights[name]) for name, value in our_weights.items())


@pytest.mark.parametrize("sign", [1, -1])
def test_weights_that_are_nan_are_not_hidden(sign: int) -> None:
    """Whatever the sign of NaN, which a processor chooses."""
    convolution = nn.Conv2d(1, 4, 3, padding=1).bfloat16().to(memory_format=torch.channels_last)
    with torch.no_grad():
        convolution.weight[2] = torch.full((1, 3, 3), float("nan")).copysign(torch.tensor(float(sign)))
    layer = nn.Sequential(convolution, ReLUMaxPool2d())
    assert layer(torch.randn(3, 1, 6, 6).bfloat16()).sum(dim=(0, 2, 3)).isnan().tolist() == [False, False, True, False]


def test_a_layer_before_it_that_needs_its_output_is_refused_not_given_wrong_gradients() -> None:
    x = torch.randn(2, 4, 4, 4).bfloat16().contiguous(memory_format=torch.channels_last).requires_grad_()
    output = ReLUMaxPool2d()(x.sigmoid())
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        output.sum().backward()


def test_a_second_backward_pass_is_refused() -> None:
    x = torch.randn(2, 4, 4, 4).bfloat16().contiguous(memory_format=torch.channels_last).requires_grad_()
    loss = ReLUMaxPool2d()(x * 1).sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
