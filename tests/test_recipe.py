"""The recipe's defaults are the notebook's; a value that no training could use is refused."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import StudyError
from study.recipe import Recipe

from .examples import examples


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
        "label_smoothing": 0.0,
        "rotation": 0.0,
        "translation": 0.0,
        "scaling": 0.0,
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"optimizer": "admw"}, "optimizer is one of adam, adamw, sgd, not 'admw'; did you mean 'adamw'?"),
        ({"optimizer": "lion"}, "optimizer is one of adam, adamw, sgd, not 'lion'"),
        (
            {"schedule": "onecycle"},
            "schedule is one of constant, cosine, one-cycle, not 'onecycle'; did you mean 'one-cycle'?",
        ),
        ({"learning_rate": 0.0}, "learning_rate is above 0 and finite, not 0.0"),
        ({"learning_rate": -0.1}, "learning_rate is above 0 and finite, not -0.1"),
        ({"batch_size": 0}, "batch_size is at least 1, not 0"),
        ({"weight_decay": -1e-9}, "weight_decay is at least 0 and finite, not -1e-09"),
        ({"momentum": -0.1}, "momentum is in [0, 1), not -0.1"),
        ({"momentum": 1.0}, "momentum is in [0, 1), not 1.0"),
        ({"momentum": math.nan}, "momentum is in [0, 1), not nan"),
        ({"label_smoothing": 1.0}, "label_smoothing is in [0, 1), not 1.0"),
        ({"label_smoothing": -0.01}, "label_smoothing is in [0, 1), not -0.01"),
        ({"rotation": -1.0}, "rotation is from 0 to 180 degrees, not -1.0"),
        ({"rotation": 180.5}, "rotation is from 0 to 180 degrees, not 180.5"),
        ({"rotation": math.nan}, "rotation is from 0 to 180 degrees, not nan"),
        ({"translation": -0.5}, "translation is from 0 to 14 pixels, half an image, not -0.5"),
        ({"translation": 15.0}, "translation is from 0 to 14 pixels, half an image, not 15.0"),
        ({"scaling": -0.1}, "scaling is in [0, 1), not -0.1"),
        ({"scaling": 1.0}, "scaling is in [0, 1), not 1.0"),
        (
            {"optimizer": "sgd", "momentum": 0.0},
            "momentum is above 0 for sgd, whose momentum is Nesterov's, not 0",
        ),
    ],
)
def test_a_value_that_no_training_could_use_is_refused(fields: dict[str, Any], message: str) -> None:
    assert message_of(**fields) == message


def test_momentum_zero_is_fine_where_it_is_not_used() -> None:
    assert Recipe(optimizer="adam", momentum=0.0).momentum == 0.0


@examples(100)
@given(
    st.sampled_from(("adam", "adamw", "sgd")),
    st.sampled_from(("constant", "cosine", "one-cycle")),
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
    recipe = Recipe(optimizer, learning_rate, batch_size, schedule, weight_decay, momentum, label_smoothing)
    assert recipe.learning_rate == learning_rate
    assert recipe.schedule == schedule


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_no_training_takes_what_is_not_finite(value: float) -> None:
    with pytest.raises(StudyError, match="learning_rate is above 0 and finite"):
        Recipe(learning_rate=value)
    with pytest.raises(StudyError, match="weight_decay is at least 0 and finite"):
        Recipe(weight_decay=value)
