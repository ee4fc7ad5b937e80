"""Parameters that are tuples, such as the widths of layers: from the space through sampler and database."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import optuna
import pandas as pd
import pytest

from reports.analysis.configurations import complete_trials
from study.catalog import load_model
from study.cli.tables.cells import brief
from study.database import PlanRow, TrialDatabase
from study.plan import Plan
from study.prepare.resolve import Found, restore
from study.prepare.validation import check_space, parse_values
from study.search.parameters import from_optuna, given_values, suggest_all, to_optuna
from study.space import Choice, Domain, Float, Int, SearchSpace, Variant

from ..database.test_database import ENVIRONMENT, MACHINE
from ..plans import FACTS, message_of
from ..rows import made

if TYPE_CHECKING:
    from reports.analysis.frames import Frames

MODEL = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Params:
    widths: tuple[int, ...] = (64,)
    kernel: tuple[int, int] = (3, 3)
    blocks: tuple[tuple[int, float], ...] = ((32, 0.5),)

def build(params, data):
    raise AssertionError
"""
SPACE = SearchSpace(
    name="tup",
    model="tuple_model",
    domains={
        "widths": Choice(default=(64,), choices=((64,), (64, 32), (128, 64))),
        "blocks": Choice(default=((32, 0.5),), choices=(((32, 0.5),), ((16, 0.1), (8, 0.1)))),
    },
)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    (tmp_path / "tuple_model.py").write_text(MODEL)
    monkeypatch.syspath_prepend(tmp_path)
    domains: dict[str, Domain] = dict(SPACE.domains)
    domains["label_smoothing"] = Float(default=0.1, low=0.0, high=0.3, step=0.1)
    domains["batch_size"] = Int(default=64, low=16, high=256, log=True)
    space = replace(SPACE, domains=domains, variants=(Variant("deep", {"widths": (32, 32, 32)}),))
    (tmp_path / "tup.py").write_text(
        "from study.space import Choice, Domain, Float, Int, SearchSpace, Variant\n"
        f"SPACE = SearchSpace(name='tup', model='tuple_model', domains={domains!r}, variants={space.variants!r})\n"
    )
    model = load_model("tuple_model")
    check_space(space, model)
    return Plan(space=space, source=str(tmp_path / "tup.py"), dataset=FACTS, model=model)


def test_a_study_with_tuples_comes_back_as_it_was(plan: Plan, tmp_path: Path) -> None:
    trial = plan.search_trial(3, {"widths": (128, 64), "blocks": ((16, 0.1), (8, 0.1))})
    with TrialDatabase(f"sqlite:///{tmp_path / 's.db'}") as database:
        fixed = replace(plan, fixed={"kernel": (5, 5)})
        database.save_plan(fixed.columns() | {"code_version": "0", "commands": []})
        environment = database.save_environment(ENVIRONMENT)
        database.begin_trial(trial, worker=0, environment=environment, machine=MACHINE)
        (row,) = database.trials(plan.study)
        stored = database.plan(plan.study)
    assert row.configuration == trial.configuration
    assert row.changes == trial.changes
    assert row.changes["blocks"] == ((16, 0.1), (8, 0.1))
    assert replace(trial, configuration=row.configuration).id == trial.id
    assert stored is not None
    assert stored.baseline == fixed.baseline
    restored = restore(stored, Found(fixed.space, fixed.source, fixed.model, fixed.dataset))
    assert restored.fixed == {"kernel": (5, 5)}
    assert restored.baseline == fixed.baseline


def test_an_id_does_not_depend_on_lists_or_tuples(plan: Plan) -> None:
    trial = plan.search_trial(0, {})
    items = trial.configuration.items()
    listed: Any = {name: list(value) if isinstance(value, tuple) else value for name, value in items}
    assert replace(trial, configuration=listed).id == trial.id


@pytest.mark.filterwarnings("error")
def test_a_sampler_stores_tuples_as_text_without_a_warning(plan: Plan) -> None:
    study = optuna.create_study()
    wanted = {"widths": (64, 32), "blocks": ((16, 0.1), (8, 0.1)), "label_smoothing": 0.3, "batch_size": 90}
    study.enqueue_trial(to_optuna(plan, wanted))
    asked = study.ask()
    assert suggest_all(plan, asked) == wanted
    assert asked.params == {
        "widths": "[64, 32]",
        "blocks": "[[16, 0.1], [8, 0.1]]",
        "label_smoothing": 0.3,
        "batch_size": 90,
    }
    assert from_optuna(plan, asked.params) == wanted
    assert from_optuna(plan, {"widths": "[1]", "unknown": 3}) == {"widths": "[1]", "unknown": 3}


def test_whatever_a_sampler_draws_lies_on_the_steps(plan: Plan) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    drawn = [suggest_all(plan, study.ask()) for _ in range(60)]
    assert {values["label_smoothing"] for values in drawn} == {0.0, 0.1, 0.2, 0.3}
    sizes = [int(str(values["batch_size"])) for values in drawn]
    assert all(16 <= size <= 256 for size in sizes)
    assert 20 <= sum(size < 64 for size in sizes) <= 40  # half of the logarithm lies below 64, a fifth of the range
    assert given_values(plan, {"label_smoothing": 0.1 * 3}) == {"label_smoothing": 0.3}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("widths=64,32", {"widths": (64, 32)}),
        ("widths=64", {"widths": (64,)}),
        ("widths=", {"widths": ()}),
        ("widths=(64, 32)", {"widths": (64, 32)}),
        ("kernel=[5,5]", {"kernel": (5, 5)}),
        ("blocks=(16,0.1),(8,1)", {"blocks": ((16, 0.1), (8, 1))}),
    ],
)
def test_tuples_are_fixed_as_they_are_printed(plan: Plan, text: str, value: dict[str, Any]) -> None:
    assert parse_values([text], plan.space, plan.model) == value
    (name, found) = next(iter(value.items()))
    assert parse_values([f"{name}={brief(found)}"], plan.space, plan.model) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("widths=64,a", "--set widths takes a tuple[int, ...], not '64,a'"),
        ("widths=(64,", "--set widths takes a tuple[int, ...], not '(64,'"),
        ("kernel=5", "--set kernel takes a tuple[int, int], not '5'"),
        ("blocks=16", "--set blocks takes a tuple[tuple[int, float], ...], not '16'"),
    ],
)
def test_what_is_no_tuple_of_the_kind_is_refused(plan: Plan, text: str, message: str) -> None:
    assert message_of(lambda: parse_values([text], plan.space, plan.model)) == message


def test_a_choice_of_another_kind_of_tuple_is_refused(plan: Plan) -> None:
    domains = {"kernel": Choice(default=(3, 3), choices=((3, 3), (3, 3, 3)))}
    assert message_of(lambda: check_space(replace(plan.space, domains=domains, variants=()), plan.model)) == (
        "Space 'tup': 'kernel' is of type tuple[int, int], not tuple ((3, 3, 3))"
    )


def test_a_report_counts_and_looks_up_tuples() -> None:
    domains = {
        "widths": {"kind": "Choice", "default": [64], "choices": [[64], [64, 32]], "when": {}},
        "size": {"kind": "Int", "default": 1, "low": 1, "high": 9, "step": 1, "when": {"widths": [[64, 32]]}},
    }
    rows = [
        {"trial": str(number), "study": "tup@digits", "phase": "search", "state": "complete", "value": 0.5}
        | {"optuna_number": number, "configuration": json.dumps({"widths": widths, "size": 3})}
        for number, widths in enumerate(([64], [64, 32]))
    ]
    plan = made(PlanRow, study="tup@digits", definition={"domains": domains})
    found = complete_trials(cast("Frames", SimpleNamespace(trials=pd.DataFrame(rows))), plan)
    assert found["widths"].tolist() == [0.0, 1.0]
    assert found["size"].isna().tolist() == [True, False]


def test_deeper_tuples_are_no_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = MODEL.replace("tuple[tuple[int, float], ...] = ((32, 0.5),)", "tuple[tuple[tuple[int]]] = (((1,),),)")
    (tmp_path / "deep_model.py").write_text(deep)
    monkeypatch.syspath_prepend(tmp_path)
    assert message_of(lambda: load_model("deep_model")) == (
        "model 'deep_model': 'blocks' is of type tuple[tuple[tuple[int]]]; a parameter is bool, int, float, str, a "
        "Literal, or a tuple of these such as tuple[int, ...]"
    )
