"""Plans without data: of spaces that come with the program, and of small ones of a test's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st

from study.ablation import Arm
from study.catalog import load_model, load_space
from study.errors import StudyError
from study.options.method import Method
from study.plan import DatasetFacts, Plan
from study.space import Choice, Domain, Float, SearchSpace, Variant
from study.task import DataSpec
from study.trial import Scalar

DIGITS = DataSpec(shape=(1, 28, 28), class_names=tuple("0123456789"))

FACTS = DatasetFacts(
    name="digits",
    source="digits",
    content_hash="ab" * 32,
    data_root="/data",
    spec=DIGITS,
    train_examples=1247,
    validation_examples=250,
    test_examples=300,
    train_size=None,
    final_examples=1497,
)
OPTIMIZERS: dict[str, Domain] = {
    "optimizer": Choice(default="adam", choices=("adam", "sgd")),
    "momentum": Float(default=0.8, low=0.5, high=0.98, when={"optimizer": ("sgd",)}),
}
"""A parameter that is in force only with another; its default here is not the model's."""


def plan_of(source: str, **parts: Any) -> Plan:  # noqa: ANN401 - fields of a plan
    """Returns the plan of a space that comes with the program."""
    return plan_for(load_space(source), **parts)


def plan_for(space: SearchSpace, **parts: Any) -> Plan:  # noqa: ANN401 - fields of a plan
    """Returns the plan of any space, whose objective is named, as a stored one's is."""
    method = parts.pop("method", Method())
    named = replace(method, objectives=method.objectives or ("accuracy",))
    return Plan(space=space, source=space.name, dataset=FACTS, model=load_model(space.model), method=named, **parts)


def space_of(
    *variants: Variant, domains: Mapping[str, Domain] | None = None, model: str = "cnn", size: str | None = None
) -> SearchSpace:
    """Returns a space with these variants."""
    return SearchSpace(name="mine", model=model, domains=domains or {}, variants=variants, size=size)


def names(plan: Plan) -> tuple[str, ...]:
    """Returns all variants of the plan's space."""
    return tuple(variant.name for variant in plan.space.variants)


def message_of(action: Callable[[], object]) -> str:
    """Returns the whole message of the StudyError that an action raises."""
    with pytest.raises(StudyError) as caught:
        action()
    return str(caught.value)


def called(arms: Sequence[Arm], name: str) -> Arm:
    """Returns the arm of that name."""
    (found,) = [arm for arm in arms if arm.name == name]
    return found


@st.composite
def tuned_values(draw: st.DrawFn, domains: Mapping[str, Domain]) -> dict[str, Scalar]:
    return {name: draw(st.sampled_from(domain.grid(4))) for name, domain in domains.items()}
