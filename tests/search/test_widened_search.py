"""A search whose space was widened: what was tried counts on, and what is proposed lies in the domains of now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.catalog import load_model
from study.database import PlanRow
from study.options.method import SAMPLERS, Budget, Method
from study.plan import Plan
from study.prepare.resolve import Found, restore
from study.search import Past, Search
from study.search.parameters import misfit, tuned
from study.space import Choice, Domain, Float, Int, SearchSpace, allows
from study.trial import Decision, Epoch, Trial, TrialState, fingerprint

from ..examples import examples
from ..plans import FACTS, message_of
from ..rows import plan_row

CNN = load_model("cnn")
BEGUN: dict[str, Domain] = {
    "optimizer": Choice(default="adam", choices=("adam", "sgd")),
    "learning_rate": Float(default=1e-3, low=1e-4, high=1e-2, log=True),
    "momentum": Float(default=CNN.defaults["momentum"], low=0.5, high=0.95, when={"optimizer": ("sgd",)}),  # type: ignore[arg-type]
    "width": Int(default=32, low=16, high=48, step=8),
}
WIDENED: dict[str, Domain] = {
    "optimizer": Choice(default="adam", choices=("adam", "rmsprop", "sgd")),
    "learning_rate": Float(default=1e-3, low=1e-5, high=1e-1, log=True),
    "momentum": replace(BEGUN["momentum"], low=0.1),  # type: ignore[type-var]
    "width": Int(default=32, low=8, high=64, step=8),
    "dropout": Float(default=0.0, low=0.0, high=0.5),
    "rotation": Float(default=0.0, low=0.0, high=15.0, when={"optimizer": ("rmsprop",)}),
}


def plan_of(domains: Mapping[str, Domain], trials: int = 40, **method: Any) -> Plan:  # noqa: ANN401
    space = SearchSpace(name="mine", model="cnn", domains=domains)
    budget = Budget(trials=trials, epochs=3, replicates=2)
    method = {"objectives": ("accuracy",), "pruner": "none"} | method
    return Plan(space=space, source="mine", dataset=FACTS, model=CNN, budget=budget, method=Method(**method))


def restored(row: PlanRow, domains: Mapping[str, Domain]) -> Plan:
    space = SearchSpace(name="mine", model="cnn", domains=domains)
    return restore(row, Found(space, "mine", CNN, FACTS))


def score(trial: Trial) -> float:
    return 1 - abs(float(trial.configuration["learning_rate"]) - 0.02)  # type: ignore[arg-type]


def searched(plan: Plan, trials: int) -> list[Past]:
    """Returns the first trials of a search, each trained to its end."""
    search, found = Search(plan), []
    for place in range(trials):
        trial = search.ask()
        if trial is None:
            break
        values = {}
        for number in range(1, 4):
            values[number] = score(trial) * number / 3
            if search.report(trial, Epoch(number, 0.5, 0.5, 0.5, values[number], 0.001, 1.0)) is not Decision.GO_ON:
                break
        state = TrialState.COMPLETE if len(values) == 3 else TrialState.PRUNED
        scores = [score(trial)] if state is TrialState.COMPLETE else None
        search.tell(trial, state, scores)
        found.append(Past(trial, state, values, scores, began_at=f"{place:04d}a", ended_at=f"{place:04d}b"))
    return found


@pytest.mark.parametrize(
    ("sampler", "pruner"), [*((sampler, "median") for sampler in SAMPLERS), ("tpe", "hyperband"), ("tpe", "promote")]
)
def test_every_sampler_goes_on_with_what_was_tried(sampler: str, pruner: str) -> None:
    begun = plan_of(BEGUN, sampler=sampler, pruner=pruner)
    past = searched(begun, 8)
    plan = restored(plan_row(begun), WIDENED)
    assert (plan.baseline, plan.study) == (begun.baseline, begun.study)
    search = Search(plan, past)
    shown = search.trials()
    assert len(shown) == len(past)
    for entry, frozen in zip(past, shown, strict=True):
        assert frozen.state is not optuna.trial.TrialState.FAIL
        assert frozen.params["dropout"] == 0.0
        assert frozen.params.items() >= tuned(begun, entry.trial.configuration).items()
        assert frozen.distributions["optimizer"].choices == ("adam", "rmsprop", "sgd")
    seen = {fingerprint(tuned(plan, entry.trial.configuration)) for entry in past}
    proposed = []
    for _ in range(12):
        trial = search.ask()
        assert trial is not None
        if trial.number is not None and trial.number >= len(past):
            proposed.append(trial)
            assert misfit(plan, tuned(plan, trial.configuration)) is None
        search.tell(trial, TrialState.COMPLETE, [score(trial)])
    assert proposed
    if sampler == "grid":
        points = [fingerprint(tuned(plan, trial.configuration)) for trial in proposed]
        assert len({*points, *seen}) == len(points) + len(seen)


def test_a_search_that_is_resumed_after_a_widening_proposes_what_an_undisturbed_one_would() -> None:
    begun = plan_of(BEGUN)
    past = searched(begun, 6)
    plan = restored(plan_row(begun), WIDENED)
    whole, trials = Search(plan, past), []
    for _ in range(4):
        trial = whole.ask()
        assert trial is not None
        trials.append(trial)
        whole.tell(trial, TrialState.COMPLETE, [score(trial)])
    entries = list(past)
    for place, trial in enumerate(trials, start=6):
        again = Search(restored(plan_row(plan), WIDENED), entries)
        assert again.ask() == trial
        moment = f"{place:04d}"
        entries.append(
            Past(trial, TrialState.COMPLETE, {}, [score(trial)], began_at=f"{moment}a", ended_at=f"{moment}b")
        )


@st.composite
def widened(draw: st.DrawFn) -> dict[str, Domain]:
    """Draws some of the ways in which the domains of `BEGUN` may be widened."""
    names = draw(st.sets(st.sampled_from(sorted(WIDENED)), min_size=1))
    if "rotation" in names:
        names.add("optimizer")
    return {name: WIDENED[name] if name in names else BEGUN[name] for name in WIDENED if name in names or name in BEGUN}


@examples(25)
@given(widened(), st.sampled_from(("random", "tpe", "grid")), st.integers(0, 2**31), st.booleans())
def test_any_widening_keeps_ids_and_proposes_within_the_domains_of_now(
    now: dict[str, Domain], sampler: str, seed: int, late: bool
) -> None:
    begun = plan_of(BEGUN, sampler=sampler, seed=seed)
    past = searched(begun, 5)
    row = plan_row(begun)
    if late:  # the model got these after the study began, whose configurations know nothing of them
        later = ("dropout", "rotation")
        row = replace(row, baseline={name: value for name, value in row.baseline.items() if name not in later})
        for place, entry in enumerate(past):
            kept = {name: value for name, value in entry.trial.configuration.items() if name not in later}
            past[place] = replace(entry, trial=replace(entry.trial, configuration=kept))
    plan = restored(row, now)
    again = restored(replace(plan_row(plan), baseline=row.baseline), now)  # as it is stored from then on
    assert (again.baseline, again.unsaid) == (plan.baseline, plan.unsaid)
    for entry in past:
        values = tuned(plan, entry.trial.configuration)
        assert misfit(plan, values) is None
        assert plan.search_trial(entry.trial.number or 0, values).id == entry.trial.id
    before = begun if not late else replace(begun, unsaid=plan.unsaid)
    ids = [[trial.id for trial in one.replicates("baseline", one.baseline)] for one in (before, plan)]
    assert ids[0] == ids[1]
    search = Search(plan, past)
    for _ in range(4):
        trial = search.ask()
        assert trial is not None
        values = tuned(plan, trial.configuration)
        assert all(allows(now[name], value) for name, value in values.items())
        search.tell(trial, TrialState.COMPLETE, [score(trial)])


def test_what_is_narrower_is_refused_with_what_was_and_what_is() -> None:
    row = plan_row(plan_of(WIDENED))
    assert json.loads(json.dumps(row.definition["domains"]["width"]))["high"] == 64
    said = message_of(lambda: restored(row, WIDENED | {"width": BEGUN["width"]}))
    assert said == (
        "study 'mine@digits' cannot go on, since its trials could not be compared: domain width was 'kind=Int, "
        "default=32, low=8, high=64, step=8', now 'kind=Int, default=32, low=16, high=48, step=8'. Go back to what it "
        "began with, or begin another one beside it, by --name or with another --storage"
    )
