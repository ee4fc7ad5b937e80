"""The networks are the notebook's to the last weight; every model keeps the contract that the runner counts on."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import is_dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

import study.models
from benchmarks import notebook
from study.catalog import Model, load_model, load_space, space_names
from study.errors import StudyError
from study.models import cnn, lstm, mlp
from study.prepare.validation import check_space
from study.space import Choice, active
from study.training.optimizers import make_optimizer
from study.trial import Scalar

from ..scoring import spec_of

Array = NDArray[np.float64]
MODELS = [module.name for module in pkgutil.iter_modules(study.models.__path__) if not module.ispkg]


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


def copy_weights(source: nn.Module, target: nn.Module) -> None:
    with torch.no_grad():
        for theirs, ours in zip(source.parameters(), target.parameters(), strict=True):
            assert theirs.shape == ours.shape
            ours.copy_(theirs)


def set_weights(model: nn.Module, scale: float) -> list[Array]:
    """Gives every weight a known value, small, of both signs; returns them in order."""
    written: list[Array] = []
    with torch.no_grad():
        for place, weight in enumerate(model.parameters()):
            values = scale * np.sin(1.0 + place + 0.7 * np.arange(weight.numel()))
            weight.copy_(torch.from_numpy(values.reshape(tuple(weight.shape))))
            written.append(values.reshape(tuple(weight.shape)))
    return written


def made_images(batch: int) -> Array:
    """Returns images in [-1, 1] without a symmetry, (batch, 1, 28, 28)."""
    pixels = np.arange(batch * 28 * 28, dtype=np.float64)
    return np.cos(0.37 * pixels + 0.001 * pixels**1.5).reshape(batch, 1, 28, 28)


# The numbers, with nothing but loops


def convolve(x: Array, weight: Array, bias: Array) -> Array:
    """3 x 3 with one pixel of zeros around: (in, rows, columns) -> (out, rows, columns)."""
    channels, rows, columns = x.shape
    padded = np.zeros((channels, rows + 2, columns + 2))
    padded[:, 1:-1, 1:-1] = x
    y = np.zeros((len(weight), rows, columns))
    for out in range(len(weight)):
        for row in range(rows):
            for column in range(columns):
                window = padded[:, row : row + 3, column : column + 3]
                y[out, row, column] = bias[out] + float((weight[out] * window).sum())
    return y


def halve(x: Array) -> Array:
    """2 x 2 max-pooling."""
    channels, rows, columns = x.shape
    y = np.zeros((channels, rows // 2, columns // 2))
    for row in range(rows // 2):
        for column in range(columns // 2):
            y[:, row, column] = x[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].max(axis=(1, 2))
    return y


def cnn_by_hand(image: Array, weights: list[Array]) -> Array:
    first, first_bias, second, second_bias, hidden, hidden_bias, last, last_bias = weights
    x = halve(np.maximum(convolve(image, first, first_bias), 0))
    x = halve(np.maximum(convolve(x, second, second_bias), 0))
    x = np.maximum(hidden @ x.reshape(-1) + hidden_bias, 0)  # channel, then row, then column
    return last @ x + last_bias


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def lstm_layer(steps: Array, weights: list[Array]) -> Array:
    """Hochreiter & Schmidhuber with forget gates, gates in the order input, forget, cell, output; (T, n) -> (T, h)."""
    from_input, from_state, input_bias, state_bias = weights
    units = from_state.shape[1]
    state, cell = np.zeros(units), np.zeros(units)
    states = []
    for x in steps:
        gates = from_input @ x + input_bias + from_state @ state + state_bias
        enter, forget, proposal, leave = gates.reshape(4, units)
        cell = sigmoid(forget) * cell + sigmoid(enter) * np.tanh(proposal)
        state = sigmoid(leave) * np.tanh(cell)
        states.append(state)
    return np.array(states)


def lstm_by_hand(image: Array, weights: list[Array], *, layers: int, bidirectional: bool) -> Array:
    x = image[0]  # rows as time steps
    for layer in range(layers):
        if bidirectional:
            own = weights[8 * layer : 8 * layer + 8]
            down = lstm_layer(x, own[:4])
            up = lstm_layer(x[::-1], own[4:])
            last = np.concatenate([down[-1], up[-1]])  # each direction's state once it has read every row
            x = np.concatenate([down, up[::-1]], axis=1)
        else:
            x = lstm_layer(x, weights[4 * layer : 4 * layer + 4])
            last = x[-1]
    return weights[-2] @ last + weights[-1]


# The notebook's networks


def test_the_cnn_has_the_notebooks_421642_parameters() -> None:
    assert count(cnn.build(cnn.Params(), spec_of(10))) == 421_642 == count(notebook.CNN())


def test_the_lstm_has_the_notebooks_214282_parameters() -> None:
    assert count(lstm.build(lstm.Params(), spec_of(10))) == 214_282 == count(notebook.RNN())


@pytest.mark.parametrize(("model", "notebook"), [(cnn, notebook.CNN), (lstm, notebook.RNN)], ids=["cnn", "lstm"])
def test_a_baseline_computes_what_the_notebook_computes(model: Any, notebook: type[nn.Module]) -> None:  # noqa: ANN401 - a module
    ours, theirs = model.build(model.Params(), spec_of(10)), notebook()
    copy_weights(theirs, ours)
    x = torch.randn(5, 1, 28, 28)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-6)


@pytest.mark.parametrize(("model", "notebook"), [(cnn, notebook.CNN), (lstm, notebook.RNN)], ids=["cnn", "lstm"])
def test_a_baseline_has_the_notebooks_gradients(model: Any, notebook: type[nn.Module]) -> None:  # noqa: ANN401 - a module
    ours, theirs = model.build(model.Params(), spec_of(10)), notebook()
    copy_weights(theirs, ours)
    x, labels = torch.randn(5, 1, 28, 28), torch.tensor([0, 3, 9, 1, 3])
    for model in (ours, theirs):
        nn.functional.cross_entropy(model(x), labels).backward()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("model", "notebook"), [(cnn, notebook.CNN), (lstm, notebook.RNN)], ids=["cnn", "lstm"])
def test_a_baseline_draws_the_notebooks_weights(model: Any, notebook: type[nn.Module]) -> None:  # noqa: ANN401 - a module
    torch.manual_seed(3)
    ours = list(model.build(model.Params(), spec_of(10)).parameters())
    torch.manual_seed(3)
    theirs = list(notebook().parameters())
    assert all(torch.equal(mine, other) for mine, other in zip(ours, theirs, strict=True))


# Independent arithmetic


def test_the_cnn_computes_convolutions_maxima_and_sums() -> None:
    model = cnn.build(cnn.Params(width=2, hidden_size=3), spec_of(4))
    weights = set_weights(model, 0.5)
    images = made_images(2)
    expected = np.array([cnn_by_hand(image, weights) for image in images])
    assert np.ptp(expected) > 0.1  # not all the bias
    with torch.no_grad():
        found = model(torch.from_numpy(images).float()).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_cnn_of_constant_weights_has_a_logit_worked_out_on_paper() -> None:
    """All weights 0.01, biases 0, a white image; pooling sees only inner pixels, whose windows are full.

    First convolution 9 x 0.01 = 0.09; second 2 x 9 x 0.01 x 0.09 = 0.0162, for width 2. Maxima over 2 x 2 are all
    from full windows. Hidden: 4 x 49 x 0.01 x 0.0162 = 0.031752; logit: 3 x 0.01 x 0.031752.
    """
    model = cnn.build(cnn.Params(width=2, hidden_size=3), spec_of(4))
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(0.01 if weight.ndim > 1 else 0.0)
        logits = model(torch.ones(1, 1, 28, 28))
    torch.testing.assert_close(logits, torch.full((1, 4), 0.00095256), rtol=1e-5, atol=0)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_lstm_computes_the_lstm_equations(layers: int, bidirectional: bool) -> None:
    model = lstm.build(lstm.Params(hidden_size=3, layers=layers, bidirectional=bidirectional), spec_of(4))
    weights = set_weights(model, 0.6)
    images = made_images(2)
    expected = np.array([lstm_by_hand(image, weights, layers=layers, bidirectional=bidirectional) for image in images])
    assert np.abs(expected[0] - expected[1]).max() > 1e-3  # the image matters
    with torch.no_grad():
        found = model(torch.from_numpy(images).float()).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_dropout_acts_in_training_alone() -> None:
    x = torch.randn(4, 1, 28, 28)
    for model in (cnn.build(cnn.Params(dropout=0.5), spec_of(10)), lstm.build(lstm.Params(dropout=0.5), spec_of(10))):
        model.train()
        assert not torch.equal(model(x), model(x))
        model.eval()
        assert torch.equal(model(x), model(x))


# Refusals


@pytest.mark.parametrize(
    ("params", "fields", "message"),
    [
        (cnn.Params, {"width": 0}, "width and hidden_size are at least 1, not 0 and 128"),
        (cnn.Params, {"hidden_size": -3}, "width and hidden_size are at least 1, not 32 and -3"),
        (cnn.Params, {"dropout": 1.0}, "dropout is in [0, 1), not 1.0"),
        (cnn.Params, {"dropout": -0.1}, "dropout is in [0, 1), not -0.1"),
        (lstm.Params, {"hidden_size": 0}, "hidden_size and layers are at least 1, not 0 and 2"),
        (lstm.Params, {"layers": 0}, "hidden_size and layers are at least 1, not 128 and 0"),
        (lstm.Params, {"dropout": 1.5}, "dropout is in [0, 1), not 1.5"),
        (mlp.Params, {"hidden_size": 0}, "hidden_size and layers are at least 1, not 0 and 2"),
        (mlp.Params, {"layers": 0}, "hidden_size and layers are at least 1, not 128 and 0"),
        (mlp.Params, {"dropout": 1.0}, "dropout is in [0, 1), not 1.0"),
        (
            mlp.Params,
            {"residual": True, "layers": 1},
            "residual adds a hidden layer's input, which is as wide from the second on: layers is at least 2 with "
            "residual=True, not 1",
        ),
        (
            lstm.Params,
            {"dropout": 0.2, "layers": 1},
            "dropout acts between LSTM layers: with layers=1 it is 0, not 0.2",
        ),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(params: type[Any], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as caught:
        params(**fields)
    assert str(caught.value) == message


# Contracts: every model


def test_the_notebooks_models_are_found() -> None:
    assert {"cnn", "lstm", "mlp"} <= set(MODELS)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("batch", "classes"), [(1, 2), (3, 10)])
def test_a_model_maps_images_to_a_logit_a_class(name: str, batch: int, classes: int) -> None:
    model = load_model(name)
    model = model.build(model.params(), spec_of(classes))
    logits = model(torch.randn(batch, 1, 28, 28).to(memory_format=torch.channels_last))
    assert logits.shape == (batch, classes)
    assert logits.dtype == torch.float32
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("name", MODELS)
def test_a_models_parameters_are_a_frozen_dataclass_with_defaults(name: str) -> None:
    params = load_model(name).params
    assert is_dataclass(params)
    assert params.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert params() == replace(params())


@pytest.mark.parametrize("name", MODELS)
def test_every_weight_of_a_model_learns(name: str) -> None:
    model = load_model(name)
    model = model.build(model.params(), spec_of(10))
    nn.functional.cross_entropy(model(torch.randn(4, 1, 28, 28)), torch.tensor([1, 2, 3, 4])).backward()
    assert all(weight.grad is not None and weight.grad.abs().sum() > 0 for weight in model.parameters())


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_builds_the_same_weights(name: str) -> None:
    model = load_model(name)
    states = []
    for _ in range(2):
        torch.manual_seed(5)
        states.append(model.build(model.params(), spec_of(10)).state_dict())
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


@pytest.mark.parametrize("name", MODELS)
def test_images_of_a_batch_do_not_mix_in_evaluation(name: str) -> None:
    model = load_model(name)
    model = model.build(model.params(), spec_of(10)).eval()
    images = torch.randn(4, 1, 28, 28)
    with torch.no_grad():
        together, alone = model(images), torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


# Contracts: every space


def corners() -> Iterator[tuple[str, str, Scalar]]:
    """Yields every domain of every space with its low, its high, its choices."""
    for source in space_names():
        for name, domain in load_space(source).domains.items():
            values = domain.choices if isinstance(domain, Choice) else (domain.low, domain.high)
            yield from ((source, name, value) for value in values)


def configuration_with(source: str, name: str, value: Scalar) -> tuple[Model, dict[str, Scalar]]:
    """Returns a configuration with this value, and what it depends on switched on."""
    space = load_space(source)
    model = load_model(space.model)
    values = {other: domain.default for other, domain in space.domains.items()} | {name: value}
    for other, allowed in space.domains[name].when.items():
        values[other] = allowed[0]
    return model, model.defaults | active(values, space.domains)


@pytest.mark.parametrize("source", space_names())
def test_a_shipped_space_fits_its_model(source: str) -> None:
    space = load_space(source)
    assert space.name == source
    check_space(space, load_model(space.model))


@pytest.mark.parametrize(("source", "name", "value"), list(corners()))
def test_every_corner_of_a_shipped_space_can_be_trained(source: str, name: str, value: Scalar) -> None:
    model, configuration = configuration_with(source, name, value)
    assert configuration[name] == value
    recipe, params = model.split(configuration)
    model = model.build(params, spec_of(10))
    optimizer = make_optimizer(model, recipe)
    loss = nn.functional.cross_entropy(model(torch.randn(2, 1, 28, 28)), torch.tensor([0, 1]))
    loss.backward()
    optimizer.step()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(weight).all() for weight in model.parameters())
