"""Parameters are counted as they are, and a control grows to the nearest size that kernels are made for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from study.ablation.size import count_parameters, grow
from study.plan import Plan
from study.space import Choice, Int, Variant

from ..plans import names, plan_for, plan_of, space_of
from ..scoring import spec_of

CHANGES = [(source, name) for source in ("cnn", "lstm", "mlp") for name in ("baseline", *names(plan_of(source)))]


def configuration(plan: Plan, variant: str) -> dict[str, bool | int | float | str]:
    changes = next((entry.changes for entry in plan.space.variants if entry.name == variant), {})
    return plan.changed(plan.baseline, changes)


def built(plan: Plan, values: dict[str, bool | int | float | str]) -> int:
    """Counts the weights of a model that is really built."""
    _, params = plan.model.split(values)
    model = plan.model.build(params, plan.dataset.spec)
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


@pytest.mark.parametrize(("source", "variant"), CHANGES)
def test_parameters_counted_without_memory_are_those_of_a_built_model(source: str, variant: str) -> None:
    plan = plan_of(source)
    values = configuration(plan, variant)
    assert count_parameters(plan, values) == built(plan, values)


@pytest.mark.parametrize(
    ("source", "shape"), [("cnn", (3, 40, 33)), ("lstm", (3, 20, 30)), ("lstm", (9, 4)), ("mlp", (10,))]
)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_parameters_are_counted_for_the_shape_and_the_outputs_of_the_data(
    source: str,
    shape: tuple[int, ...],
    task: Any,  # noqa: ANN401 - one of the literals
) -> None:
    plan = plan_of(source)
    plan = replace(plan, dataset=replace(plan.dataset, spec=spec_of(3, shape, task)))
    assert count_parameters(plan, plan.baseline) == built(plan, plan.baseline)


def test_a_configuration_that_the_data_cannot_have_is_not_counted() -> None:
    plan = plan_of("cnn")
    plan = replace(plan, dataset=replace(plan.dataset, spec=spec_of(3, (3, 3, 3))))
    assert count_parameters(plan, plan.baseline) is None


def test_the_notebooks_cnn_has_its_421642_parameters() -> None:
    plan = plan_of("cnn")
    assert count_parameters(plan, plan.baseline) == 421_642


@pytest.mark.parametrize(
    ("source", "variant"), [entry for entry in CHANGES if entry[1] not in ("baseline", "wider")]
)  # `wider` is the baseline grown
def test_a_control_is_the_nearest_multiple_of_eight_to_a_larger_variant(source: str, variant: str) -> None:
    plan = plan_of(source)
    larger = configuration(plan, variant)
    wanted = built(plan, larger)
    grown = grow(plan, plan.baseline, larger)
    parameter = plan.space.size
    assert parameter is not None
    if wanted < 1.1 * built(plan, plan.baseline):
        assert grown is None
        return
    assert grown is not None
    name, control = grown
    number = control[parameter]
    assert isinstance(number, int)
    assert name == f"baseline with {parameter}={number}"
    assert number % 8 == 0
    assert dict(control) == plan.baseline | {parameter: number}
    distances = [
        abs(built(plan, plan.baseline | {parameter: near}) - wanted) for near in (number - 8, number, number + 8)
    ]
    assert min(distances) == distances[1]


def test_no_control_grows_where_the_space_names_no_size() -> None:
    plan = plan_for(space_of(Variant("wide", {"width": 64})))
    assert grow(plan, plan.baseline, plan.changed(plan.baseline, {"width": 64})) is None


def test_a_variant_that_is_the_grown_baseline_needs_no_other() -> None:
    plan = plan_for(space_of(Variant("wide", {"width": 64}), size="width"))
    assert grow(plan, plan.baseline, plan.changed(plan.baseline, {"width": 64})) is None


def test_a_size_under_eight_and_a_size_that_is_fixed_grow_too() -> None:
    plan = plan_of("cnn", fixed={"width": 4})
    grown = grow(plan, plan.baseline, plan.changed(plan.baseline, {"width": 32}))
    assert grown is None  # that is the grown baseline itself
    grown = grow(plan, plan.baseline, plan.changed(plan.baseline, {"hidden_size": 256}))
    assert grown is not None
    assert grown[0] == "baseline with width=8"


FRAGILE = (
    "from dataclasses import dataclass\nimport torch\nfrom torch import nn\n\n"
    "@dataclass(frozen=True)\nclass Params:\n    size: int = 16\n    kind: str = 'plain'\n\n"
    "def build(params, data):\n"
    "    if params.size > 40:\n        raise ValueError('at most 40')\n"
    "    if params.kind == 'odd':\n        float(torch.ones(1).sum())\n"
    "    if params.kind == 'blind':\n        return nn.Sequential(nn.Flatten(), nn.Linear(784, data.outputs))\n"
    "    more = [nn.Linear(784, 784)] if params.kind == 'huge' else []\n"
    "    return nn.Sequential(nn.Flatten(), *more, nn.Linear(784, params.size), nn.Linear(params.size, data.outputs))\n"
)


@pytest.fixture
def fragile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A user's model that refuses large sizes, and one kind of which cannot be built without memory."""
    (tmp_path / "fragile_model.py").write_text(FRAGILE)
    monkeypatch.syspath_prepend(tmp_path)
    domains = {
        "size": Int(default=16, low=8, high=40, step=8),
        "kind": Choice(default="plain", choices=("plain", "odd", "huge", "blind")),
    }
    return plan_for(space_of(model="fragile_model", domains=domains, size="size"))


def test_a_model_that_cannot_be_built_without_memory_is_not_counted_and_has_no_control(fragile: Plan) -> None:
    odd = fragile.changed(fragile.baseline, {"kind": "odd"})
    assert count_parameters(fragile, odd) is None
    assert grow(fragile, fragile.baseline, odd) is None


def test_a_control_grows_no_further_than_its_model_lets_it(fragile: Plan) -> None:
    huge = fragile.changed(fragile.baseline, {"kind": "huge"})
    grown = grow(fragile, fragile.baseline, huge)
    assert grown is not None
    assert grown[0] == "baseline with size=40"


def test_a_reference_that_has_no_use_for_the_size_does_not_grow(fragile: Plan) -> None:
    blind = fragile.changed(fragile.baseline, {"kind": "blind"})
    assert grow(fragile, blind, fragile.changed(blind, {"kind": "huge"})) is None
