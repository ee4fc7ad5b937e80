"""`docs/metrics.md` against the code: every metric with its direction and unit, its example, and its messages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from study.catalog.own_metrics import own_metrics
from study.options.method import Method
from study.storable import metrics as measured
from study.task import TASKS, DataSpec, Metric, Task, metric_named
from tests.plans import message_of

PAGE = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text()
SPEC = DataSpec(task="classification", shape=(4,), class_names=("a", "b", "c"))


def unmarked(text: str) -> str:
    """Returns a message as the page has it, where a backtick would end the code."""
    return text.replace("`", "'")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_every_metric_is_there_with_its_direction_and_unit(task: Task) -> None:
    part = PAGE.split(f"**{task.name}**")[1].split("\n**")[0].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (higher|lower) \| (fraction|number) \|", part, re.MULTILINE)
    found = [(m.name, "higher" if m.sign > 0 else "lower", m.unit) for m in task.metrics]
    assert rows == found
    assert re.search(rf"^\| `{task.name}` \| .* \| {task.loss} \| `{task.primary.name}` \|$", PAGE, re.MULTILINE)


def example() -> dict[str, Any]:
    """Returns what the page's module of an own model has in it."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    module: dict[str, Any] = {}
    exec(code, module)
    return module


def test_the_example_declares_two_metrics_and_measures_a_number() -> None:
    module = example()
    f2, missed = own_metrics("mine", module["metrics"], SPEC)
    assert (f2.name, f2.direction, f2.unit) == ("f2", "maximize", "fraction")
    assert (missed.name, missed.direction, missed.unit) == ("missed", "minimize", "number")
    outputs = torch.tensor([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0], [0.0, 2.0, 1.0]])
    targets = torch.tensor([0, 1, 0])
    assert missed.compute is not None
    assert float(missed.compute(outputs, targets)) == pytest.approx((10 + 1) / 3)
    assert measured(module["measure"](outputs, targets)) == {"top2": pytest.approx(2 / 3)}
    assert metric_named("missed", "classification", (f2, missed)).sign == -1


def declare(found: object) -> Callable[[], object]:
    return lambda: own_metrics("mine", lambda spec: found, SPEC)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    "action",
    [
        lambda: metric_named("rmse:maximize", "regression"),
        lambda: metric_named("top2:up", "classification"),
        lambda: Metric("f2", "maximize", "percent"),  # type: ignore[arg-type]
        lambda: Method(objectives=("parameters", "accuracy")),
        lambda: Method(objectives=("mae", "mae")),
        lambda: Method(objectives=("accuracy", "parameters"), pruner="median"),
        lambda: Method(objectives=("accuracy", "parameters"), pruner="none", sampler="cmaes"),
        declare([]),
        declare({"2nd": Metric("x", "maximize")}),
        declare({"accuracy": Metric("x", "maximize")}),
        declare({"cost": Metric("cost", "minimize")}),
        declare({"cost": message_of}),
    ],
)
def test_messages_are_as_the_page_has_them(action: Callable[[], object]) -> None:
    assert f"`{unmarked(message_of(action))}`" in PAGE


def test_an_unknown_metric_is_told_what_there_is() -> None:
    told = unmarked(message_of(lambda: metric_named("acuracy", "regression")))
    assert told.split(", not 'acuracy'")[0] in PAGE
