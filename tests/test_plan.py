"""A study as it was meant: its baseline, its trials, and what is refused before anything trains."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.catalog import load_model, load_space, space_names
from study.options.method import Budget, Method
from study.seeds import derive
from study.space import active
from study.trial import Phase, Scalar

from .examples import examples
from .plans import message_of, plan_of, tuned_values

quick = examples(50)
NOTEBOOK: dict[str, Scalar] = {
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
NOTEBOOK_OF: dict[str, dict[str, Scalar]] = {
    "cnn": {
        "width": 32,
        "hidden_size": 128,
        "dropout": 0.0,
        "batch_norm": False,
        "stages": 2,
        "architecture": "plain",
        "first_kernel": 3,
        "growth": 2.0,
        "padding": True,
        "convolutions": 1,
    },
    "lstm": {
        "hidden_size": 128,
        "layers": 2,
        "dropout": 0.0,
        "bidirectional": False,
        "sequence": "rows",
        "slice_width": 4,
        "slice_stride": 2,
        "features": "pixels",
        "pooling": "last",
        "core": "lstm",
        "heads": 4,
        "batch_norm": False,
        "padding": True,
    },
}
CNN, LSTM = load_model("cnn"), load_model("lstm")


# Configurations


@pytest.mark.parametrize("source", ["cnn", "lstm"])
def test_the_baseline_is_exactly_the_notebook(source: str) -> None:
    assert plan_of(source).baseline == NOTEBOOK | NOTEBOOK_OF[source]


@pytest.mark.parametrize("source", space_names())
def test_the_baseline_is_the_models_defaults_with_those_of_the_space(source: str) -> None:
    plan = plan_of(source)
    assert plan.baseline == plan.model.defaults | load_space(source).defaults
    assert (plan.baseline == plan.model.defaults) == (source == plan.model.name)
    assert plan.search_trial(0, {name: domain.default for name, domain in plan.domains.items()}).changes == {}


def test_what_is_fixed_is_in_every_configuration_and_is_not_tuned() -> None:
    plan = plan_of("cnn", fixed={"width": 16})
    assert "width" not in plan.domains
    assert plan.baseline == NOTEBOOK | NOTEBOOK_OF["cnn"] | {"width": 16}
    assert plan.configuration({"dropout": 0.5}) == NOTEBOOK | NOTEBOOK_OF["cnn"] | {"width": 16, "dropout": 0.5}
    assert plan.configuration({"width": 48})["width"] == 16


def test_a_value_out_of_force_gives_way_to_the_models_default() -> None:
    plan = plan_of("cnn")
    values: dict[str, Scalar] = {"weight_decay": 0.01, "momentum": 0.5}
    adam, adamw, sgd = (plan.configuration({**values, "optimizer": name}) for name in ("adam", "adamw", "sgd"))
    assert (adam["weight_decay"], adam["momentum"]) == (0.0, 0.9)
    assert (adamw["weight_decay"], adamw["momentum"]) == (0.01, 0.9)
    assert (sgd["weight_decay"], sgd["momentum"]) == (0.01, 0.5)


def test_conditions_are_read_in_the_order_of_the_domains_not_of_the_values() -> None:
    plan = plan_of("cnn")
    assert plan.configuration({"momentum": 0.5, "optimizer": "sgd"})["momentum"] == 0.5


def test_a_fixed_value_waits_for_its_condition() -> None:
    plan = plan_of("lstm", fixed={"dropout": 0.4})
    assert plan.configuration({"layers": 1})["dropout"] == 0.0
    assert plan.configuration({"layers": 3})["dropout"] == 0.4


@quick
@given(st.sampled_from(space_names()), st.data())
def test_any_tuned_values_give_a_whole_configuration_that_its_model_accepts(source: str, data: st.DataObject) -> None:
    space = load_space(source)
    model = load_model(space.model)
    wanted = data.draw(tuned_values(space.domains))
    names = data.draw(st.sets(st.sampled_from(sorted(wanted)), max_size=3))
    plan = plan_of(source, fixed={name: wanted[name] for name in names})
    found = plan.configuration({name: wanted[name] for name in plan.domains})
    assert list(found) == list(model.defaults)
    assert found == model.defaults | active(wanted, space.domains)
    model.split(found)


# Trials


def test_replicates_share_their_seeds_across_configurations() -> None:
    plan = plan_of("cnn", budget=Budget(epochs=4, replicates=5), method=Method(seed=11))
    baseline = plan.replicates("baseline", plan.baseline)
    best = plan.replicates("best", plan.baseline | {"width": 48})
    seeds = [derive(11, "replicate", number) for number in range(5)]
    assert [trial.seed for trial in baseline] == [trial.seed for trial in best] == seeds
    assert len(set(seeds)) == 5
    assert [trial.replicate for trial in best] == [0, 1, 2, 3, 4]
    assert {trial.id for trial in baseline}.isdisjoint(trial.id for trial in best)
    assert all(trial.phase is Phase.REPLICATE and trial.number is None and trial.epochs == 4 for trial in best)
    assert [trial.changes for trial in best] == [{"width": 48}] * 5
    assert [trial.changes for trial in baseline] == [{}] * 5


def test_the_best_that_is_the_baseline_is_the_same_training() -> None:
    plan = plan_of("cnn")
    ids = [[trial.id for trial in plan.replicates(variant, plan.baseline)] for variant in ("baseline", "best")]
    assert ids[0] == ids[1]


def test_more_replicates_only_add_some() -> None:
    few, many = (plan_of("cnn", budget=Budget(replicates=count)) for count in (2, 6))
    assert many.replicates("best", many.baseline)[:2] == few.replicates("best", few.baseline)


def test_a_search_trial_is_its_number_its_values_and_a_seed_of_its_own() -> None:
    plan = plan_of("cnn", budget=Budget(epochs=6), method=Method(seed=3))
    first, second = plan.search_trial(0, {}), plan.search_trial(1, {"width": 16, "momentum": 0.5})
    assert (first.study, first.phase, first.variant, first.number) == ("cnn@digits", Phase.SEARCH, "baseline", 0)
    assert (second.variant, second.number, second.epochs, second.replicate) == ("search", 1, 6, None)
    assert second.configuration == plan.baseline | {"width": 16}
    assert second.changes == {"width": 16}
    assert (first.seed, second.seed) == (derive(3, "search", 0), derive(3, "search", 1))


def test_search_and_replicates_never_share_a_seed() -> None:
    plan = plan_of("cnn", budget=Budget(replicates=20))
    search = {plan.search_trial(number, {}).seed for number in range(20)}
    assert search.isdisjoint(trial.seed for trial in plan.replicates("baseline", plan.baseline))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"sampler": "tpa"},
            "--sampler is one of auto, gp, tpe, random, cmaes, nsga2, qmc, grid, not 'tpa'; did you mean 'tpe'?",
        ),
        (
            {"pruner": "medain"},
            "--pruner is one of promote, median, hyperband, asha, none, not 'medain'; did you mean 'median'?",
        ),
    ],
)
def test_a_method_that_does_not_exist_is_refused(fields: dict[str, str], message: str) -> None:
    assert message_of(lambda: Method(**fields)) == message  # type: ignore[arg-type]


def test_a_search_that_retunes_an_arm_may_spend_what_the_studys_own_may() -> None:
    budget = Budget(trials=7, epochs=3, replicates=2, epoch_budget=20)
    method = Method(pruner="promote", reproducible=2)
    plan = plan_of("cnn", budget=budget, method=method)
    retuning = plan.retuning("wide", {"width": 48})
    assert retuning.budget == replace(budget, replicates=0)
    assert retuning.method.reproducible == 2
