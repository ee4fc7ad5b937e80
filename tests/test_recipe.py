"""The recipe's defaults are the notebook's; a value that no training could use is refused."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import StudyError
from study.recipe import DEFAULTS, USED_BY, Optimizer, Recipe, Schedule, meaningless, unused, without_effect

from .examples import examples
from .scoring import spec_of


def message_of(**fields: Any) -> str:  # noqa: ANN401 - whatever a user may give
    with pytest.raises(StudyError) as caught:
        Recipe(**fields)
    return str(caught.value)


def test_the_defaults_are_the_notebooks() -> None:
    assert asdict(Recipe()) == {
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 64,
        "schedule": "constant",
        "weight_decay": 0.0,
        "momentum": 0.9,
        "beta1": 0.9,
        "beta2": 0.999,
        "ema": 0.0,
        "label_smoothing": 0.0,
        "rotation": 0.0,
        "translation": 0.0,
        "scaling": 0.0,
        "class_weights": "none",
        "sampler": "shuffle",
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"optimizer": "admw"}, "optimizer is one of adam, adamw, sgd, nadam, muon, not 'admw'; did you mean 'adamw'?"),
        ({"optimizer": "lbfgs"}, "optimizer is one of adam, adamw, sgd, nadam, muon, not 'lbfgs'"),
        (
            {"schedule": "onecycle"},
            "schedule is one of constant, cosine, one-cycle, warmup-cosine, not 'onecycle'; did you mean 'one-cycle'?",
        ),
        ({"learning_rate": 0.0}, "learning_rate is above 0 and finite, not 0.0"),
        ({"learning_rate": -0.1}, "learning_rate is above 0 and finite, not -0.1"),
        ({"batch_size": 0}, "batch_size is at least 1, not 0"),
        ({"weight_decay": -1e-9}, "weight_decay is at least 0 and finite, not -1e-09"),
        ({"momentum": -0.1}, "momentum is in [0, 1), not -0.1"),
        ({"momentum": 1.0}, "momentum is in [0, 1), not 1.0"),
        ({"momentum": math.nan}, "momentum is in [0, 1), not nan"),
        ({"beta1": 1.0}, "beta1 is in [0, 1), not 1.0"),
        ({"beta2": -0.5}, "beta2 is in [0, 1), not -0.5"),
        ({"ema": -1.0}, "ema is at least 0 epochs and finite, not -1.0"),
        ({"ema": math.inf}, "ema is at least 0 epochs and finite, not inf"),
        ({"ema": math.nan}, "ema is at least 0 epochs and finite, not nan"),
        ({"label_smoothing": 1.0}, "label_smoothing is in [0, 1), not 1.0"),
        ({"label_smoothing": -0.01}, "label_smoothing is in [0, 1), not -0.01"),
        ({"rotation": -1.0}, "rotation is from 0 to 180 degrees, not -1.0"),
        ({"rotation": 180.5}, "rotation is from 0 to 180 degrees, not 180.5"),
        ({"rotation": math.nan}, "rotation is from 0 to 180 degrees, not nan"),
        ({"translation": -0.5}, "translation is at least 0 pixels and finite, not -0.5"),
        ({"translation": math.inf}, "translation is at least 0 pixels and finite, not inf"),
        ({"scaling": -0.1}, "scaling is in [0, 1), not -0.1"),
        ({"scaling": 1.0}, "scaling is in [0, 1), not 1.0"),
        (
            {"optimizer": "sgd", "momentum": 0.0},
            "momentum is above 0 for sgd, whose momentum is Nesterov's, not 0",
        ),
        (
            {"optimizer": "muon", "momentum": 0.0},
            "momentum is above 0 for muon, whose momentum is Nesterov's, not 0",
        ),
        (
            {"class_weights": "balance"},
            "class_weights is one of none, balanced, not 'balance'; did you mean 'balanced'?",
        ),
        ({"sampler": "random"}, "sampler is one of shuffle, balanced, not 'random'"),
        (
            {"class_weights": "balanced", "sampler": "balanced"},
            "class_weights and sampler are not both balanced, as rare classes would count twice over: leave "
            "class_weights at none or sampler at shuffle",
        ),
    ],
)
def test_a_value_that_no_training_could_use_is_refused(fields: dict[str, Any], message: str) -> None:
    assert message_of(**fields) == message


def test_momentum_zero_is_fine_where_it_is_not_used() -> None:
    assert Recipe(optimizer="adam", momentum=0.0).momentum == 0.0


@examples(100)
@given(
    st.sampled_from(get_args(Optimizer)),
    st.sampled_from(get_args(Schedule)),
    st.floats(1e-9, 10),
    st.integers(1, 10_000),
    st.floats(0, 1),
    st.floats(1e-6, 0.999),
    st.floats(0, 0.999),
)
def test_every_sensible_recipe_is_accepted(
    optimizer: Any,  # noqa: ANN401 - drawn from the literals
    schedule: Any,  # noqa: ANN401 - drawn from the literals
    learning_rate: float,
    batch_size: int,
    weight_decay: float,
    momentum: float,
    label_smoothing: float,
) -> None:
    recipe = Recipe(
        optimizer,
        learning_rate,
        batch_size,
        schedule,
        weight_decay,
        momentum,
        beta1=momentum,
        ema=learning_rate,
        label_smoothing=label_smoothing,
    )
    assert recipe.learning_rate == learning_rate
    assert recipe.schedule == schedule


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_training_takes_what_is_not_finite(value: float) -> None:
    with pytest.raises(StudyError, match="learning_rate is above 0 and finite"):
        Recipe(learning_rate=value)
    with pytest.raises(StudyError, match="weight_decay is at least 0 and finite"):
        Recipe(weight_decay=value)


# Against the data


@pytest.mark.parametrize(
    ("fields", "shape", "task", "message"),
    [
        (
            {"label_smoothing": 0.1},
            (1, 28, 28),
            "regression",
            "label_smoothing=0.1 has no meaning here, as a regression has no classes: leave it at 0.0",
        ),
        (
            {"class_weights": "balanced"},
            (10,),
            "regression",
            "class_weights='balanced' has no meaning here, as a regression has no classes: leave it at 'none'",
        ),
        (
            {"sampler": "balanced"},
            (10,),
            "multilabel",
            "sampler='balanced' has no meaning here, as an example may have several labels, and no draw has all of "
            "them equally often: leave it at 'shuffle'",
        ),
        (
            {"rotation": 5.0},
            (12, 5),
            "classification",
            "rotation=5.0 has no meaning here, as the data are no pictures but 12 x 5 (time, features): "
            "leave it at 0.0",
        ),
        (
            {"translation": 15.0},
            (1, 28, 28),
            "classification",
            "translation is from 0 to 14 pixels, half a picture, for pictures of 1 x 28 x 28 (channels, height, "
            "width), not 15.0",
        ),
        (
            {"translation": 5.0},
            (3, 9, 200),
            "regression",
            "translation is from 0 to 4.5 pixels, half a picture, for pictures of 3 x 9 x 200 (channels, height, "
            "width), not 5.0",
        ),
    ],
)
def test_an_option_that_the_data_cannot_have_is_refused(
    fields: dict[str, Any],
    shape: tuple[int, ...],
    task: Any,  # noqa: ANN401 - one of the literals
    message: str,
) -> None:
    with pytest.raises(StudyError) as caught:
        Recipe(**fields).check(spec_of(3, shape, task))
    assert str(caught.value) == message


@pytest.mark.parametrize("task", ["classification", "multilabel", "regression"])
@pytest.mark.parametrize("shape", [(10,), (12, 5), (1, 28, 28), (3, 64, 48), (1, 1, 1)])
def test_the_defaults_go_with_any_data(shape: tuple[int, ...], task: Any) -> None:  # noqa: ANN401 - one of the literals
    Recipe().check(spec_of(3, shape, task))
    assert set(meaningless(spec_of(3, shape, task))) <= set(asdict(Recipe()))


def test_every_option_goes_with_a_classification_of_pictures() -> None:
    assert meaningless(spec_of(10)) == {}
    Recipe(label_smoothing=0.1, rotation=180.0, translation=32.0, scaling=0.5, class_weights="balanced").check(
        spec_of(10, (3, 64, 64))
    )


# What an optimizer does not use


def test_what_several_optimizers_do_not_use_is_what_none_of_them_does() -> None:
    assert unused("muon") == unused("sgd", "adam") == {}
    assert unused("adam", "nadam") == {"momentum": "adam and nadam do not use this, but sgd and muon do"}
    assert list(unused("sgd")) == ["beta1", "beta2"]


values = st.fixed_dictionaries(
    {
        "optimizer": st.sampled_from(get_args(Optimizer)),
        "momentum": st.sampled_from([0.5, 0.9]),
        "beta1": st.sampled_from([0.7, 0.9]),
        "beta2": st.sampled_from([0.9, 0.999]),
    }
)


@examples(200)
@given(values, values)
def test_a_difference_of_equal_optimizers_has_an_effect_where_they_use_it(
    here: dict[str, Any], there: dict[str, Any]
) -> None:
    there = there | {"optimizer": here["optimizer"]}
    differ = [name for name in USED_BY if here[name] != there[name]]
    idle = [name for name in differ if here["optimizer"] not in USED_BY[name]]
    found = without_effect(here, there)
    assert (found is None) == (not idle)
    assert found is None or found.startswith(f"{idle[0]}={here[idle[0]]!r} ")


@examples(200)
@given(values, values)
def test_an_option_at_its_default_goes_with_another_optimizer(here: dict[str, Any], there: dict[str, Any]) -> None:
    here = here | {name: getattr(DEFAULTS, name) for name in unused(here["optimizer"])}
    if not unused(here["optimizer"]).keys() & unused(there["optimizer"]).keys():
        assert without_effect(here, there) is None
