"""Every declared variant can be trained and re-tuned; every option of a model acts, or is refused where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from study.catalog import Model, load_model, load_space, space_names
from study.data import Split
from study.errors import StudyError
from study.models import cnn, lstm, mlp
from study.space import Choice, active
from study.training.loop import fit, prepare
from study.trial import Scalar

from ..examples import examples
from ..hardware import skipped_without_bfloat16
from ..scoring import PIXELS, by_accuracy, spec_of

CPU = torch.device("cpu")
DECLARED = [(source, variant.name) for source in space_names() for variant in load_space(source).variants]


@pytest.fixture(autouse=True)
def _reproducible() -> Iterator[None]:
    """One thread, so that other tests keep their core, and known weights."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def changes_of(source: str, name: str) -> dict[str, Scalar]:
    return next(dict(variant.changes) for variant in load_space(source).variants if variant.name == name)


def variant_of(source: str, name: str, **others: Scalar) -> tuple[Model, Any, Any]:
    """Returns the model, the variant's recipe and its parameters."""
    space = load_space(source)
    model = load_model(space.model)
    return model, *model.split(model.defaults | space.defaults | changes_of(source, name) | others)


def images(batch: int) -> Tensor:
    return torch.randn(batch, 1, 28, 28).to(memory_format=torch.channels_last)


def count(model: nn.Module) -> int:
    return sum(weight.numel() for weight in model.parameters())


# Every declared variant


@pytest.mark.parametrize(("source", "name"), DECLARED)
@pytest.mark.parametrize("classes", [3, 10])
def test_a_variant_maps_images_to_a_logit_a_class(source: str, name: str, classes: int) -> None:
    model, _, params = variant_of(source, name)
    model = model.build(params, spec_of(classes))
    logits = model(images(2))
    assert logits.shape == (2, classes)
    assert torch.isfinite(logits).all()
    assert count(model) > 0


@pytest.mark.parametrize(("source", "name"), DECLARED)
def test_every_weight_of_a_variant_learns(source: str, name: str) -> None:
    model, _, params = variant_of(source, name)
    model = model.build(params, spec_of(10))
    nn.functional.cross_entropy(model(images(8)), torch.arange(8)).backward()
    asleep = [key for key, weight in model.named_parameters() if weight.grad is None or not weight.grad.abs().sum() > 0]
    assert asleep == []


@pytest.mark.parametrize(("source", "name"), DECLARED)
def test_a_variant_in_evaluation_says_the_same_of_an_image_again_and_alone(source: str, name: str) -> None:
    model, _, params = variant_of(source, name)
    model = model.build(params, spec_of(10)).eval()
    x = images(4)
    with torch.no_grad():
        together = model(x)
        assert torch.equal(together, model(x))
        alone = torch.cat([model(x[place : place + 1]) for place in range(4)])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.cases(5)
@pytest.mark.parametrize(("source", "name"), DECLARED)
def test_a_variant_trains_in_bfloat16_and_resumes_exactly(source: str, name: str) -> None:
    model, recipe, params = (
        variant_of(source, name, width=8, hidden_size=16)
        if load_space(source).model == "cnn"
        else variant_of(source, name, hidden_size=16)
    )
    train = Split(torch.randint(0, 256, (10, 1, 28, 28), dtype=torch.uint8), torch.arange(10) % 4)
    trials = []
    for _ in range(3):
        torch.manual_seed(4)
        network, scoring = model.build(params, spec_of(4)), by_accuracy()
        recipe = replace(recipe, batch_size=8)
        trials.append(prepare(network, recipe, 5, CPU, "bfloat16", scoring=scoring, preprocessing=PIXELS))
    whole, begun, resumed = trials
    with skipped_without_bfloat16():
        losses = [epoch.train_loss for epoch in fit(whole, train, train, 2)]
    next(fit(begun, train, train, 2))
    resumed.load_state_dict(begun.state_dict())
    assert [epoch.train_loss for epoch in fit(resumed, train, train, 2)] == losses[1:]
    assert all(map(torch.equal, whole.model.parameters(), resumed.model.parameters()))


@pytest.mark.parametrize(("source", "name"), DECLARED)
def test_whatever_a_variant_leaves_to_be_tuned_can_be_trained_at_its_ends(source: str, name: str) -> None:
    space, changes = load_space(source), changes_of(source, name)
    model = load_model(space.model)
    remaining = space.without(changes)
    assert not changes.keys() & remaining.keys()
    for tuned, domain in remaining.items():
        for value in domain.choices if isinstance(domain, Choice) else domain.grid(4):
            values = {other: domain.default for other, domain in space.domains.items()} | changes | {tuned: value}
            for other, allowed in domain.when.items():
                values[other] = changes.get(other, allowed[0])
            model.split(model.defaults | active(values, space.domains))


def test_retuning_a_transformer_leaves_the_direction_alone() -> None:
    remaining = load_space("lstm").without(changes_of("lstm", "transformer"))
    assert "bidirectional" not in remaining
    assert {"hidden_size", "layers", "dropout"} <= remaining.keys()


@pytest.mark.parametrize("source", sorted({source for source, name in DECLARED if name == "everything"}))
def test_a_part_of_everything_can_be_taken_out(source: str) -> None:
    """What leave-one-out needs."""
    space = load_space(source)
    model = load_model(space.model)
    everything = changes_of(source, "everything")
    for left_out in everything:
        rest = {name: value for name, value in everything.items() if name != left_out}
        model.split(model.defaults | space.defaults | rest)


@pytest.mark.parametrize("source", space_names())
def test_a_space_names_the_number_by_which_its_baseline_grows(source: str) -> None:
    space = load_space(source)
    model = load_model(space.model)
    assert space.size is not None
    assert model.types[space.size] is int
    sizes = [count(model.build(replace(model.params(), **{space.size: value}), spec_of(10))) for value in (32, 64, 128)]
    assert sizes == sorted(set(sizes))


# Every option


def field_names(params: type[Any]) -> set[str]:
    return {field.name for field in fields(params)}


CNN_OPTIONS: dict[str, tuple[Any, ...]] = {
    "width": (8,),
    "hidden_size": (24,),
    "dropout": (0.5,),
    "batch_norm": (True,),
    "stages": (1, 3, 4),
    "architecture": ("plain", "lenet5", "resnet"),
    "first_kernel": (1, 5),
    "growth": (1.33,),
    "padding": (False,),
    "convolutions": (2, 3),
}
LSTM_OPTIONS: dict[str, tuple[Any, ...]] = {
    "hidden_size": (24,),
    "layers": (1, 3),
    "dropout": (0.5,),
    "bidirectional": (True,),
    "sequence": ("rows", "columns", "rows-columns", "slices"),
    "slice_width": (6, 7),
    "slice_stride": (1,),
    "features": ("pixels", "convolution"),
    "pooling": ("last", "mean", "attention"),
    "core": ("lstm", "transformer"),
    "heads": (2,),
    "batch_norm": (True,),
    "padding": (False,),
}
MLP_OPTIONS: dict[str, tuple[Any, ...]] = {
    "hidden_size": (24,),
    "layers": (1, 3),
    "dropout": (0.5,),
    "batch_norm": (True,),
    "residual": (True,),
}
CNN_BASES = [
    cnn.Params(width=4, hidden_size=16, architecture=architecture, batch_norm=batch_norm)
    for architecture in get_args(cnn.Architecture)
    for batch_norm in (False, True)
]
LSTM_BASES = [
    lstm.Params(hidden_size=16, **options)
    for options in (
        {},
        {"features": "convolution", "bidirectional": True},
        {"sequence": "slices"},
        {"sequence": "rows-columns", "pooling": "attention"},
        {"core": "transformer", "pooling": "mean"},
        {"core": "transformer", "pooling": "attention", "sequence": "slices"},
    )
]
MLP_BASES = [
    mlp.Params(hidden_size=16, layers=layers, residual=residual, batch_norm=batch_norm)
    for layers, residual, batch_norm in ((2, False, False), (3, True, False), (2, True, True), (1, False, True))
]


def test_no_option_is_forgotten_here() -> None:
    assert MLP_OPTIONS.keys() == field_names(mlp.Params)
    assert CNN_OPTIONS.keys() == field_names(cnn.Params)
    assert LSTM_OPTIONS.keys() == field_names(lstm.Params)


def behaviour(model: Any, params: Any) -> tuple[list[tuple[int, ...]], Tensor]:  # noqa: ANN401 - a module and its Params
    """Returns the shapes of the weights, and the logits in training of one seed."""
    torch.manual_seed(3)
    model = model.build(params, spec_of(5))
    x = torch.randn(4, 1, 28, 28)
    return [tuple(weight.shape) for weight in model.parameters()], model(x)


def acts(model: Any, base: Any, name: str, value: Any) -> bool | None:  # noqa: ANN401 - whatever an option takes
    """Whether a network with the option differs from one without; None where it is refused."""
    try:
        others, found = behaviour(model, replace(base, **{name: value}))
    except StudyError:
        return None
    shapes, logits = behaviour(model, base)
    return shapes != others or not torch.equal(logits, found)


@pytest.mark.parametrize("base", CNN_BASES, ids=lambda base: f"{base.architecture}-{base.batch_norm}")
@pytest.mark.parametrize("name", CNN_OPTIONS)
def test_every_option_of_the_cnn_acts_or_is_refused(base: cnn.Params, name: str) -> None:
    values = [value for value in CNN_OPTIONS[name] if value != getattr(base, name)]
    found = [acts(cnn, base, name, value) for value in values]
    refused = base.architecture == "lenet5" and name in ("stages", "first_kernel")
    refused = refused or (base.architecture != "plain" and name in ("padding", "convolutions"))
    assert found == [None if refused else True] * len(values)


@pytest.mark.parametrize("base", LSTM_BASES, ids=lambda base: f"{base.core}-{base.sequence}-{base.features}")
@pytest.mark.parametrize("name", LSTM_OPTIONS)
def test_every_option_of_the_lstm_acts_or_is_refused(base: lstm.Params, name: str) -> None:
    values = [value for value in LSTM_OPTIONS[name] if value != getattr(base, name)]
    assert False not in [acts(lstm, base, name, value) for value in values]


@pytest.mark.parametrize("base", MLP_BASES, ids=lambda base: f"{base.layers}-{base.residual}-{base.batch_norm}")
@pytest.mark.parametrize("name", MLP_OPTIONS)
def test_every_option_of_the_mlp_acts_or_is_refused(base: mlp.Params, name: str) -> None:
    for value in MLP_OPTIONS[name]:
        if value != getattr(base, name):
            one, added = (value if name == "layers" else base.layers) == 1, base.residual or name == "residual"
            assert acts(mlp, base, name, value) is (None if one and added else True)


@pytest.mark.parametrize("name", LSTM_OPTIONS)
def test_every_option_of_the_lstm_acts_somewhere(name: str) -> None:
    assert any(acts(lstm, base, name, value) for base in LSTM_BASES for value in LSTM_OPTIONS[name])


@examples(40)
@given(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in LSTM_OPTIONS.items()}))
def test_any_combination_of_an_lstms_options_is_refused_or_works(options: dict[str, Any]) -> None:
    try:
        network = lstm.build(lstm.Params(**options), spec_of(4))
    except StudyError:
        return
    assert network(torch.randn(2, 1, 28, 28)).shape == (2, 4)


@examples(30)
@given(
    st.integers(5, 9),
    st.integers(2, 20),
    st.sampled_from((0.0, 0.4)),
    st.booleans(),
    st.integers(1, 4),
    st.sampled_from(get_args(cnn.Architecture)),
    st.sampled_from((1, 3, 5)),
    st.sampled_from((0.6, 1.33, 2.0)),
)
def test_any_combination_of_a_cnns_options_is_refused_or_works(
    width: int,
    hidden_size: int,
    dropout: float,
    batch_norm: bool,
    stages: int,
    architecture: cnn.Architecture,
    first_kernel: int,
    growth: float,
) -> None:
    if architecture == "lenet5":
        stages, first_kernel = 2, 3
    if stages == 1:
        growth = 2.0
    params = cnn.Params(width, hidden_size, dropout, batch_norm, stages, architecture, first_kernel, growth)
    assert cnn.build(params, spec_of(4))(torch.randn(2, 1, 28, 28)).shape == (2, 4)
