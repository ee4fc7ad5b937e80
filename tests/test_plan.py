"""A study as it was meant: its baseline, its trials, and what is refused before anything trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.catalog import load_model, load_space, space_names
from study.method import Budget, Method
from study.plan import Plan
from study.prepare.resume import refuse_other_dataset, refuse_other_options, restore, with_budget
from study.prepare.validation import check_space, parse_settings
from study.seeds import derive
from study.space import Choice, Domain, Float, Int, SearchSpace, Variant, active
from study.trial import Phase, Scalar

from .plans import FACTS, message_of, plan_of
from .rows import plan_row

quick = settings(max_examples=50, deadline=None)
NOTEBOOK: dict[str, Scalar] = {
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
NOTEBOOK_OF: dict[str, dict[str, Scalar]] = {
    "cnn": {
        "width": 32,
        "hidden_size": 128,
        "dropout": 0.0,
        "batch_norm": False,
        "stages": 2,
        "architecture": "plain",
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
    },
}
CNN, LSTM = load_model("cnn"), load_model("lstm")


@st.composite
def tuned_values(draw: st.DrawFn, domains: Mapping[str, Domain]) -> dict[str, Scalar]:
    return {name: draw(st.sampled_from(domain.grid(4))) for name, domain in domains.items()}


# Configurations


@pytest.mark.parametrize("source", ["cnn", "lstm"])
def test_the_baseline_is_exactly_the_notebook(source: str) -> None:
    assert plan_of(source).baseline == NOTEBOOK | NOTEBOOK_OF[source]


@pytest.mark.parametrize("source", space_names())
def test_the_baseline_changes_nothing_on_the_models_defaults(source: str) -> None:
    plan = plan_of(source)
    assert plan.baseline == plan.model.defaults
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
            "--sampler is one of tpe, random, gp, cmaes, nsga2, qmc, grid, not 'tpa'; did you mean 'tpe'?",
        ),
        (
            {"pruner": "medain"},
            "--pruner is one of promote, median, hyperband, asha, none, not 'medain'; did you mean 'median'?",
        ),
    ],
)
def test_a_method_that_does_not_exist_is_refused(fields: dict[str, str], message: str) -> None:
    assert message_of(lambda: Method(**fields)) == message  # type: ignore[arg-type]


# Settings


def test_settings_are_parsed_by_the_type_of_their_field() -> None:
    given = ("bidirectional=TRUE", "layers=3", "learning_rate=2e-3", "weight_decay=1", "optimizer=adamw")
    parsed = parse_settings(given, load_space("lstm"), LSTM)
    assert parsed == {
        "bidirectional": True,
        "layers": 3,
        "learning_rate": 0.002,
        "weight_decay": 1.0,
        "optimizer": "adamw",
    }
    assert [type(value) for value in parsed.values()] == [bool, int, float, float, str]
    assert parse_settings((), load_space("lstm"), LSTM) == {}


@pytest.mark.parametrize(
    ("source", "given", "message"),
    [
        ("cnn", ["width"], "--set takes name=value, not 'width'"),
        ("cnn", ["dropuot=0.1"], "--set fixes 'dropuot', which model 'cnn' does not have; did you mean 'dropout'?"),
        ("cnn", ["layers=2"], "--set fixes 'layers', which model 'cnn' does not have"),
        ("cnn", ["=2"], "--set fixes '', which model 'cnn' does not have"),
        ("cnn", ["width=32.5"], "--set width takes an integer, not '32.5'"),
        ("cnn", ["width="], "--set width takes an integer, not ''"),
        ("cnn", ["dropout=half"], "--set dropout takes a number, not 'half'"),
        ("lstm", ["bidirectional=yes"], "--set bidirectional takes true or false, not 'yes'"),
        ("lstm", ["bidirectional=1"], "--set bidirectional takes true or false, not '1'"),
        ("cnn", ["optimizer=admw"], "optimizer is one of adam, adamw, sgd, not 'admw'; did you mean 'adamw'?"),
        ("cnn", ["width=0"], "width and hidden_size are at least 1, not 0 and 128"),
        ("cnn", ["learning_rate=-1"], "learning_rate is above 0 and finite, not -1.0"),
        (
            "cnn",
            ["momentum=0.5", "optimizer=adam"],
            "--set momentum=0.5 has no effect with optimizer=adam: needs sgd",
        ),
        (
            "cnn",
            ["optimizer=adam", "weight_decay=0.1"],
            "--set weight_decay=0.1 has no effect with optimizer=adam: needs adamw or sgd",
        ),
        (
            "lstm",
            ["layers=1", "dropout=0.1"],
            "--set dropout=0.1 has no effect with layers=1: needs 2 or 3",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_refused(source: str, given: list[str], message: str) -> None:
    space = load_space(source)
    assert message_of(lambda: parse_settings(given, space, load_model(space.model))) == message


def test_a_setting_may_wait_for_what_is_tuned() -> None:
    assert parse_settings(["momentum=0.5"], load_space("cnn"), CNN) == {"momentum": 0.5}


def test_a_setting_may_leave_the_domain_that_would_have_been_tuned() -> None:
    assert parse_settings(["width=100", "learning_rate=0.5"], load_space("cnn"), CNN) == {
        "width": 100,
        "learning_rate": 0.5,
    }


# Spaces against models


def space_with(*variants: Variant, **domains: Domain) -> SearchSpace:
    return SearchSpace(name="mine", model="cnn", domains=domains, variants=variants)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (
            space_with(dropuot=Float(default=0.0, low=0.0, high=0.5)),
            "Space 'mine' tunes 'dropuot', which model 'cnn' does not have; did you mean 'dropout'?",
        ),
        (
            space_with(layers=Int(default=2, low=1, high=3)),
            "Space 'mine' tunes 'layers', which model 'cnn' does not have",
        ),
        (
            space_with(width=Choice(default=32, choices=(32, "64"))),
            "Space 'mine': 'width' is of type int, not str ('64')",
        ),
        (
            space_with(dropout=Choice(default=0.0, choices=(0.0, True))),
            "Space 'mine': 'dropout' is of type float, not bool (True)",
        ),
        (
            space_with(dropout=Int(default=0, low=0, high=1)),
            "Space 'mine': 'dropout' is of type float, which an Int cannot tune",
        ),
        (
            space_with(width=Float(default=32.0, low=16.0, high=64.0)),
            "Space 'mine': 'width' is of type int, not float (32.0)",
        ),
        (
            space_with(width=Float(default=32, low=16.0, high=64.0)),
            "Space 'mine': 'width' is of type int, which a Float cannot tune",
        ),
        (
            space_with(Variant("no_drop", {"dropuot": 0.5})),
            "Variant 'no_drop' changes 'dropuot', which model 'cnn' does not have; did you mean 'dropout'?",
        ),
        (
            space_with(Variant("drop", {"dropout": "high"})),
            "Variant 'drop': 'dropout' is of type float, not str ('high')",
        ),
        (
            space_with(Variant("wide", {"width": True})),
            "Variant 'wide': 'width' is of type int, not bool (True)",
        ),
        (
            space_with(Variant("same", {"width": 32, "dropout": 0.0})),
            "Variant 'same' changes nothing: the baseline already has {'width': 32, 'dropout': 0.0}",
        ),
        (space_with(Variant("none", {})), "Variant 'none' changes nothing: the baseline already has {}"),
        (
            space_with(Variant("wide", {"width": 48}), Variant("broad", {"width": 48, "dropout": 0.0})),
            "Variants 'wide' and 'broad' are the same configuration; keep one of them",
        ),
        (
            space_with(Variant("all", {"dropout": 1.0})),
            "Variant 'all' cannot be trained: dropout is in [0, 1), not 1.0",
        ),
        (
            replace(space_with(), size="widht"),
            "Space 'mine' grows by 'widht', which model 'cnn' does not have; did you mean 'width'?",
        ),
        (
            replace(space_with(), size="dropout"),
            "Space 'mine' grows by a whole number, not by 'dropout', a float",
        ),
        (
            space_with(dropout=Float(default=1.0, low=0.0, high=1.0)),
            "space 'mine', domain 'dropout': dropout is in [0, 1), not 1.0",
        ),
    ],
)
def test_a_space_that_does_not_fit_its_model_is_refused(space: SearchSpace, message: str) -> None:
    assert message_of(lambda: check_space(space, CNN)) == message


def test_a_variant_is_measured_against_the_spaces_own_default() -> None:
    space = space_with(Variant("small", {"width": 32}), width=Int(default=48, low=16, high=48, step=16))
    check_space(space, CNN)
    again = space_with(Variant("same", {"width": 48}), width=Int(default=48, low=16, high=48, step=16))
    assert message_of(lambda: check_space(again, CNN)) == (
        "Variant 'same' changes nothing: the baseline already has {'width': 48}"
    )


def test_whole_numbers_will_do_for_a_real_parameter() -> None:
    check_space(space_with(Variant("v", {"label_smoothing": 0, "dropout": 0.1})), CNN)
    check_space(space_with(dropout=Choice(default=0, choices=(0, 0.5))), CNN)


# Going on with a stored study


@quick
@given(st.sampled_from(("cnn", "lstm")), st.data())
def test_a_stored_plan_comes_back_as_it_was(source: str, data: st.DataObject) -> None:
    values = data.draw(tuned_values(load_space(source).domains))
    names = data.draw(st.sets(st.sampled_from(sorted(values)), max_size=3))
    plan = plan_of(
        source,
        fixed={name: values[name] for name in names},
        budget=Budget(*(data.draw(st.integers(1, 100)) for _ in range(3)), data.draw(st.none() | st.floats(0, 1e6))),
        method=Method(
            seed=data.draw(st.integers(0, 2**31)),
            sampler=data.draw(st.sampled_from(("tpe", "grid"))),
            pruner=data.draw(st.sampled_from(("none", "asha"))),
            workers=data.draw(st.integers(1, 9)),
        ),
    )
    assert restore(plan_row(plan)) == plan


OWN_SPACE = """
from study.space import Choice, Float, Int, SearchSpace
SPACE = SearchSpace(name="own", model={model!r}, domains={{{domains}}})
"""
BEGUN = '"width": Int(default=32, low=16, high=48, step=8), "dropout": Float(default=0.0, low=0.0, high=0.5)'


@pytest.mark.parametrize(
    ("name", "domains", "listed"),
    [
        (
            "high",
            '"width": Int(default=32, low=16, high=64, step=8), "dropout": Float(default=0.0, low=0.0, high=0.5)',
            "domain width was 'kind=Int, default=32, low=16, high=48, step=8', "
            "now 'kind=Int, default=32, low=16, high=64, step=8'",
        ),
        (
            "default",
            '"width": Int(default=24, low=16, high=48, step=8), "dropout": Float(default=0.0, low=0.0, high=0.5)',
            "domain width was 'kind=Int, default=32, low=16, high=48, step=8', "
            "now 'kind=Int, default=24, low=16, high=48, step=8'; baseline width was 32, now 24",
        ),
        (
            "gone",
            '"width": Int(default=32, low=16, high=48, step=8)',
            "domain dropout was 'kind=Float, default=0.0, low=0.0, high=0.5, log=False', now 'absent'",
        ),
        (
            "added",
            BEGUN + ', "hidden_size": Choice(default=128, choices=(128, 64))',
            "domain hidden_size was 'absent', now 'kind=Choice, default=128, choices=[128, 64]'",
        ),
        (
            "condition",
            '"width": Int(default=32, low=16, high=48, step=8), '
            '"dropout": Float(default=0.0, low=0.0, high=0.5, when={"width": (32, 48)})',
            "domain dropout was 'kind=Float, default=0.0, low=0.0, high=0.5, log=False', "
            "now \"kind=Float, default=0.0, low=0.0, high=0.5, log=False, when={'width': [32, 48]}\"",
        ),
    ],
)
def test_a_space_that_changed_since_is_refused_with_old_and_new(
    name: str, domains: str, listed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    begun, now = tmp_path / f"plan_begun_{name}.py", tmp_path / f"plan_now_{name}.py"
    begun.write_text(OWN_SPACE.format(model="cnn", domains=BEGUN))
    now.write_text(OWN_SPACE.format(model="cnn", domains=domains))
    row = plan_row(Plan(space=load_space(str(begun)), source=str(begun), dataset=FACTS, model=CNN))
    assert restore(row).source == str(begun)
    assert message_of(lambda: restore(row, source=str(now))) == (
        f"study 'own@digits' cannot go on, since its trials could not be compared: {listed}. "
        f"Go back to what it began with, or begin anew with another --storage"
    )


def test_a_new_variant_does_not_stop_a_study() -> None:
    plan = plan_of("cnn")
    before = replace(plan, space=replace(plan.space, variants=(), reference=None))
    assert restore(plan_row(before)) == plan


def test_a_model_whose_default_changed_is_refused() -> None:
    plan = plan_of("cnn", fixed={"width": 16})
    row = plan_row(plan, baseline=plan.baseline | {"label_smoothing": 0.1})
    assert message_of(lambda: restore(row)) == (
        "study 'cnn@digits' cannot go on, since its trials could not be compared: baseline label_smoothing was 0.1, "
        "now 0.0. Go back to what it began with, or begin anew with another --storage"
    )


def test_another_objective_is_refused() -> None:
    row = plan_row(plan_of("cnn"), direction="minimize")
    assert message_of(lambda: restore(row)) == (
        "study 'cnn@digits' cannot go on, since its trials could not be compared: direction was 'minimize', "
        "now 'maximize'. Go back to what it began with, or begin anew with another --storage"
    )


def test_a_space_that_is_gone_is_refused() -> None:
    row = plan_row(plan_of("cnn"), space_source="cmn")
    assert message_of(lambda: restore(row)) == (
        f"a space is one of {', '.join(space_names())}, a file such as my_space.py, or my_package.my_module:SPACE, "
        f"not 'cmn'; did you mean 'cnn'?"
    )


def test_another_dataset_is_refused() -> None:
    plan = plan_of("cnn")
    refuse_other_dataset(plan, replace(FACTS, data_root="/elsewhere"))
    assert message_of(lambda: refuse_other_dataset(plan, replace(FACTS, content_hash="cd" * 32))) == (
        "study 'cnn@digits' cannot go on, since its trials could not be compared: dataset was 'abababababab', "
        "now 'cdcdcdcdcdcd'. Go back to what it began with, or begin anew with another --storage"
    )


GIVEN: dict[str, tuple[object, object]] = {
    "epochs": (10, 20),
    "train-size": (None, 100),
    "seed": (0, 1),
    "sampler": ("tpe", "grid"),
    "pruner": ("median", "none"),
    "precision": ("auto", "float32"),
    "set": ({"width": 16}, {"width": 24}),
}


@pytest.mark.parametrize("option", GIVEN)
def test_an_option_that_differs_from_the_studys_is_refused(option: str) -> None:
    plan = plan_of("cnn", fixed={"width": 16})
    old, new = GIVEN[option]
    refuse_other_options(plan, {option: old})
    refuse_other_options(plan, {option: None})
    assert message_of(lambda: refuse_other_options(plan, {option: new})) == (
        f"study 'cnn@digits' cannot go on, since its trials could not be compared: --{option} was {old!r}, "
        f"now {new!r}. Go back to what it began with, or begin anew with another --storage"
    )


def test_all_options_that_differ_are_named_at_once() -> None:
    assert message_of(lambda: refuse_other_options(plan_of("cnn"), {"seed": 5, "epochs": 10, "pruner": "asha"})) == (
        "study 'cnn@digits' cannot go on, since its trials could not be compared: --seed was 0, now 5; "
        "--pruner was 'median', now 'asha'. Go back to what it began with, or begin anew with another --storage"
    )


@quick
@given(st.integers(1, 50), st.integers(0, 10), st.none() | st.integers(1, 100), st.none() | st.integers(0, 20))
def test_a_budget_grows_or_stays(trials: int, replicates: int, more: int | None, others: int | None) -> None:
    plan = plan_of("cnn", budget=Budget(trials=trials, epochs=7, replicates=replicates))
    grown = with_budget(plan, trials=more, replicates=others)
    assert grown.budget == Budget(
        trials=trials if more is None or more < trials else more,
        epochs=7,
        replicates=replicates if others is None or others < replicates else others,
    )
    assert replace(grown, budget=plan.budget) == plan


def test_a_longer_time_can_be_given() -> None:
    plan = plan_of("cnn", budget=Budget(timeout=60.0))
    assert with_budget(plan, limits={"timeout": 90.0}).budget == Budget(timeout=90.0)
