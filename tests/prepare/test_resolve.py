"""What was asked and what is stored, resolved to a plan: without files, data or processes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.catalog import load_model, load_space
from study.database import PlanRow
from study.errors import StudyError
from study.options.method import PRUNERS, Budget, Method
from study.plan import Plan
from study.prepare import resolve as resolving
from study.prepare.given import method
from study.prepare.own_options import AblationRequest
from study.prepare.request import Request
from study.prepare.resolve import (
    Found,
    refuse_other_dataset,
    refuse_other_options,
    resolve,
    resume,
    with_budget,
)
from study.prepare.stored import Stored
from study.space import Choice, SearchSpace

from ..examples import examples
from ..plans import FACTS, message_of, plan_for, plan_of, tuned_values
from ..rows import plan_row

quick = examples(50)
CNN, LSTM = load_model("cnn"), load_model("lstm")

STORAGE = "sqlite:///s.db"


def found_at(source: str) -> Found:
    space = load_space(source)
    return Found(space, source, load_model(space.model), FACTS)


def restore(row: PlanRow, source: str | None = None) -> Plan:
    return resolving.restore(row, found_at(source or row.space_source))


def asked(**options: Any) -> Request:  # noqa: ANN401 - options of any command
    return Request.of(storage=STORAGE, **options)


# New studies


@pytest.mark.parametrize("pruner", PRUNERS)
def test_a_budget_of_epochs_alone_does_not_bound_the_trials_that_end_at_once(pruner: str) -> None:
    plan = resolve(asked(epochs=10, epoch_budget=60, pruner=pruner), found_at("cnn"), Stored())
    assert plan.budget.trials == 1 + 50


def test_a_model_that_trains_itself_is_not_paused_unasked() -> None:
    assert method(asked(), own=True).pruner == "median"
    assert method(asked(reproducible=2), own=True).pruner == "none"
    assert method(asked(pruner="promote"), own=True).pruner == "promote"
    assert method(asked(objectives=("accuracy", "parameters")), own=True).pruner == "none"
    assert method(asked(reproducible=2)).pruner == "promote"


def test_a_new_study_has_what_was_asked_and_defaults() -> None:
    plan = resolve(asked(trials=7, epochs=3, sampler="random", values=("width=16",)), found_at("cnn"), Stored())
    assert plan.budget == Budget(trials=7, epochs=3)
    assert plan.method == Method(sampler="random")
    assert (plan.fixed, plan.study) == ({"width": 16}, "cnn@digits")


@pytest.mark.parametrize(("reference", "trials"), [("baseline", 0), ("best", 20)])
def test_an_ablation_searches_only_where_it_must_and_never_replicates(reference: str, trials: int) -> None:
    ablation = AblationRequest(reference=reference, replicates=9)
    plan = resolve(asked(epochs=3, ablation=ablation), found_at("cnn"), Stored())
    assert plan.budget == Budget(trials=trials, epochs=3, replicates=0)


def test_nothing_to_tune_is_tried_once_and_a_grid_as_often_as_it_has_points() -> None:
    bare = SearchSpace(name="bare", model="cnn", domains={})
    found = Found(bare, "bare.py", CNN, FACTS)
    assert resolve(asked(trials=9), found, Stored()).budget.trials == 1
    few = replace(found, space=replace(bare, domains={"width": Choice(default=32, choices=(16, 32))}))
    assert resolve(asked(trials=9, sampler="grid"), few, Stored()).budget.trials == 2  # the baseline is one


# Stored studies


def test_what_is_not_given_is_what_was_stored() -> None:
    plan = plan_of("cnn", budget=Budget(5, 4, 2, timeout=60.0), method=Method(seed=3, sampler="random", device="cpu"))
    assert resolve(asked(), found_at("cnn"), Stored(plan_row(plan))) == plan
    assert resume(asked(), found_at("cnn"), Stored(plan_row(plan))) == plan


def test_targets_grow_limits_and_machines_change_and_nothing_else() -> None:
    plan = plan_of("cnn", budget=Budget(5, 4, 2, timeout=60.0))
    more = asked(trials=9, replicates=1, timeout=math.inf, workers=3, device="cpu", epochs=4)
    taken = resolve(more, found_at("cnn"), Stored(plan_row(plan)))
    assert taken.budget == Budget(9, 4, 2, timeout=math.inf)
    assert (taken.method.device, taken.method.workers) == ("cpu", 3)
    assert replace(taken, budget=plan.budget, method=plan.method) == plan


def test_a_study_that_was_only_ablated_gets_its_search_with_its_own_options() -> None:
    plan = plan_of("cnn", budget=Budget(0, 4, 0))
    taken = resolve(asked(sampler="random", patience=2), found_at("cnn"), Stored(plan_row(plan)))
    assert taken.budget == Budget(20, 4, 3)
    assert (taken.method.sampler, taken.method.patience) == ("random", 2)
    again = resolve(asked(ablation=AblationRequest()), found_at("cnn"), Stored(plan_row(plan)))
    assert again.budget == plan.budget


KEPT: dict[str, tuple[object, object]] = {
    "epochs": (10, 20),
    "train_size": (None, 100),
    "target": ((), ("price",)),
    "task": (None, "regression"),
    "image_size": (None, (32, 48)),
    "impute": (None, "median"),
    "group": (None, "patient"),
    "split_seed": ("fixed", "per-replicate"),
    "seed": (0, 1),
    "sampler": ("auto", "grid"),
    "pruner": ("promote", "none"),
    "precision": ("auto", "float32"),
    "patience": (None, 3),
}


TYPED: dict[str, tuple[object, object]] = {"target": (None, "price"), "image_size": (None, "32x48")}
"""Of those whose values are typed in another way than they are kept."""


@pytest.mark.parametrize("option", KEPT)
def test_an_option_that_differs_from_the_studys_is_refused(option: str) -> None:
    plan = plan_of("cnn", fixed={"width": 16})
    (old, new), typed = KEPT[option], TYPED.get(option, KEPT[option])
    refuse_other_options(plan, asked(**{option: old}))
    was = "not given" if typed[0] is None else repr(typed[0])
    assert message_of(lambda: refuse_other_options(plan, asked(**{option: new}))) == (
        f"study 'cnn@digits' cannot go on, since its trials could not be compared: --{option.replace('_', '-')} was "
        f"{was}, now {typed[1]!r}. Go back to what it began with, or begin "
        "another one beside it, by --name or with another --storage"
    )


def test_all_options_that_differ_are_named_at_once() -> None:
    plan = plan_of("cnn", fixed={"width": 16})
    given = asked(seed=5, epochs=10, pruner="none", objectives=("accuracy", "seconds"), values=("width=24",))
    assert message_of(lambda: refuse_other_options(plan, given)) == (
        "study 'cnn@digits' cannot go on, since its trials could not be compared: --seed was 0, now 5; "
        "--pruner was 'promote', now 'none'; --objective was 'accuracy', now 'accuracy,seconds'; "
        "--set was {'width': 16}, now {'width': 24}. Go back to what it began with, or begin "
        "another one beside it, by --name or with another --storage"
    )
    refuse_other_options(plan, asked(values=("width=16",)))


def without(row: PlanRow, *names: str) -> PlanRow:
    """Returns the row of a study that began before the model had these hyperparameters."""
    return replace(row, baseline={name: value for name, value in row.baseline.items() if name not in names})


@pytest.mark.parametrize(("source", "later"), [("cnn", ("batch_norm", "rotation")), ("lstm", ("core", "heads"))])
def test_a_new_field_with_a_default_leaves_a_study_and_the_ids_of_its_trials(
    source: str, later: tuple[str, ...]
) -> None:
    plan = plan_of(source)
    row = without(plan_row(plan), *later)
    begun = restore(row)
    assert begun.baseline == row.baseline
    assert begun.unsaid == set(later)
    before = replace(plan.search_trial(0, {}), configuration=row.baseline)
    assert begun.search_trial(0, {name: domain.default for name, domain in begun.domains.items()}).id == before.id
    changed = {"rotation": 10.0} if source == "cnn" else {"core": "gru"}
    assert begun.changed(begun.baseline, changed) == row.baseline | changed
    retuned = restore(plan_row(begun.retuning("other", changed)))
    assert retuned.unsaid == set(later) - changed.keys()


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
            '"width": Int(default=32, low=16, high=40, step=8), "dropout": Float(default=0.0, low=0.0, high=0.5)',
            "domain width was 'kind=Int, default=32, low=16, high=48, step=8', "
            "now 'kind=Int, default=32, low=16, high=40, step=8'",
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
            BEGUN + ', "hidden_size": Choice(default=64, choices=(128, 64))',
            "domain hidden_size was 'absent, 128 in its trials', now 'kind=Choice, default=64, choices=[128, 64]'; "
            "baseline hidden_size was 128, now 64",
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
    assert message_of(lambda: restore(row, str(now))) == (
        f"study 'own@digits' cannot go on, since its trials could not be compared: {listed}. "
        f"Go back to what it began with, or begin another one beside it, by --name or with another --storage"
    )


def test_a_new_variant_does_not_stop_a_study() -> None:
    plan = plan_of("cnn")
    before = replace(plan, space=replace(plan.space, variants=(), published=None))
    assert restore(plan_row(before)) == plan


def test_a_model_whose_default_changed_is_refused() -> None:
    plan = plan_of("cnn", fixed={"width": 16})
    row = plan_row(plan, baseline=plan.baseline | {"label_smoothing": 0.1})
    assert message_of(lambda: restore(row)) == (
        "study 'cnn@digits' cannot go on, since its trials could not be compared: baseline label_smoothing was 0.1, "
        "now 0.0. Go back to what it began with, or begin another one beside it, by --name or with another --storage"
    )


def test_another_objective_is_refused() -> None:
    row = plan_row(plan_of("cnn"), direction="minimize")
    assert message_of(lambda: restore(row)) == (
        "study 'cnn@digits' cannot go on, since its trials could not be compared: direction was 'minimize', "
        "now 'maximize'. Go back to what it began with, or begin "
        "another one beside it, by --name or with another --storage"
    )


def test_another_dataset_is_refused() -> None:
    plan = plan_of("cnn")
    refuse_other_dataset(plan, replace(FACTS, data_root="/elsewhere"))
    assert message_of(lambda: refuse_other_dataset(plan, replace(FACTS, content_hash="cd" * 32))) == (
        "study 'cnn@digits' cannot go on, since its trials could not be compared: dataset was 'abababababab', "
        "now 'cdcdcdcdcdcd'. Go back to what it began with, or begin "
        "another one beside it, by --name or with another --storage"
    )


@quick
@given(st.integers(1, 50), st.integers(0, 10), st.none() | st.integers(1, 100), st.none() | st.integers(0, 20))
def test_a_budget_grows_or_stays(trials: int, replicates: int, more: int | None, others: int | None) -> None:
    plan = plan_of("cnn", budget=Budget(trials=trials, epochs=7, replicates=replicates))
    grown = with_budget(
        plan, **{name: value for name, value in (("trials", more), ("replicates", others)) if value is not None}
    )
    assert grown.budget == Budget(
        trials=trials if more is None or more < trials else more,
        epochs=7,
        replicates=replicates if others is None or others < replicates else others,
    )
    assert replace(grown, budget=plan.budget) == plan


def test_a_longer_time_can_be_given() -> None:
    plan = plan_of("cnn", budget=Budget(timeout=60.0))
    assert with_budget(plan, timeout=90.0).budget == Budget(timeout=90.0)


SPACE_FILE = "from study.space import SearchSpace\nSPACE = SearchSpace(name={name!r}, model='cnn', domains={{}})\n"


def test_a_renamed_space_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "space.py"
    path.write_text(SPACE_FILE.format(name="before"))
    row = plan_row(replace(plan_for(load_space(str(path))), source=str(path)))
    path.write_text(SPACE_FILE.format(name="after"))
    with pytest.raises(StudyError, match="space was 'before', now 'after'"):
        restore(row)


def test_a_time_limit_that_is_not_given_again_stays() -> None:
    plan = replace(plan_for(load_space("cnn")), budget=Budget(timeout=60.0), method=Method())
    assert with_budget(plan).budget.timeout == 60.0
    assert with_budget(plan, timeout=math.inf).budget.timeout == math.inf
