"""An ablation's arms beside those that are stored: what re-tuning holds, and what is refused before it trains."""

from __future__ import annotations

from dataclasses import replace

import pytest

from study.ablation import Ablation, Arm, Design, Role, Setting
from study.ablation.planning import (
    best_when_begun,
    planned_arms,
    reference_of,
    refuse_other_search,
    retuned_arms,
    retuning_of,
)
from study.database import ArmRow, TrialRow
from study.plan import Plan
from study.space import Choice, Variant

from ..plans import called, message_of, names, plan_for, plan_of, space_of
from ..rows import made, plan_row
from ..scoring import ACCURACY


def rows(plan: Plan, arms: list[Arm]) -> list[ArmRow]:
    """Returns the arms as a database gives them back."""
    return [made(ArmRow, **arm.columns(plan), planned_at="2026-01-02") for arm in arms]


# Re-tuned arms


def test_what_a_variant_changes_is_held_in_its_search_and_the_baselines_value_in_its_controls() -> None:
    plan = plan_of("cnn")
    arms = retuned_arms(plan, Ablation(variants=names(plan), retuned=("dropout", "batchnorm", "lenet5")))
    assert [(arm.name, arm.role, arm.control, dict(arm.held)) for arm in arms] == [
        ("baseline with dropout=0.0", Role.BASELINE, None, {"dropout": 0.0}),
        ("baseline", Role.BASELINE, None, {}),
        ("dropout", Role.VARIANT, "baseline with dropout=0.0", {"dropout": 0.25}),
        ("batchnorm", Role.VARIANT, "baseline", {"batch_norm": True}),
        (
            *("lenet5", Role.VARIANT, "baseline with dropout=0.0"),
            {"architecture": "lenet5", "batch_norm": True, "dropout": 0.25},
        ),
    ]
    assert {(arm.setting, arm.configuration) for arm in arms} == {(Setting.RETUNED, None)}


def test_what_is_fixed_is_not_tuned_so_no_control_holds_it() -> None:
    plan = plan_of("cnn", fixed={"dropout": 0.1})
    arms = retuned_arms(plan, Ablation(variants=("dropout",), retuned=("dropout",)))
    assert [(arm.name, dict(arm.held)) for arm in arms] == [("baseline", {}), ("dropout", {"dropout": 0.25})]
    child = plan.retuning("dropout", arms[1].held)
    assert child.fixed == {"dropout": 0.25}
    assert child.baseline == plan.baseline | {"dropout": 0.25}
    assert (child.study, child.parent, child.variant) == ("cnn@digits+dropout", "cnn@digits", "dropout")


def test_each_search_of_an_arm_is_a_study_of_its_own_but_the_first_of_what_holds_nothing() -> None:
    plan = plan_of("cnn")
    arms = retuned_arms(plan, Ablation(variants=("batchnorm",), retuned=("batchnorm",), searches=3))
    assert [(arm.search, arm.name) for arm in arms] == [
        (search, name) for search in (1, 2, 3) for name in ("baseline", "batchnorm")
    ]
    plans = [retuning_of(plan, arm) for arm in arms]
    assert [found.study.partition("digits")[2] for found in plans] == [
        *("", "+batchnorm"),
        *("+baseline#2", "+batchnorm#2"),
        *("+baseline#3", "+batchnorm#3"),
    ]
    seeds = [found.method.seed for found in plans]
    assert seeds[::2] == seeds[1::2]
    assert len(set(seeds)) == 3


def test_an_arm_that_is_called_like_another_ones_second_search_is_refused() -> None:
    variants = Variant("wide", {"width": 48}), Variant("wide#2", {"width": 40})
    plan = plan_for(space_of(*variants, domains={"batch_norm": Choice(default=False, choices=(False, True))}))
    ablation = Ablation(variants=names(plan), retuned=names(plan))
    assert planned_arms(plan, ablation, [])
    assert message_of(lambda: planned_arms(plan, replace(ablation, searches=2), [])) == (
        "two arms of this ablation are named 'wide#2'; give the variant of that name another one"
    )


def test_re_tuning_what_leaves_nothing_to_tune_is_refused() -> None:
    domains = {"batch_norm": Choice(default=False, choices=(False, True))}
    plan = plan_for(space_of(Variant("norm", {"batch_norm": True}), domains=domains))
    ablation = Ablation(variants=("norm",), retuned=("norm",))
    assert message_of(lambda: planned_arms(plan, ablation, [])) == (
        "--retune tunes what a variant leaves open, and 'norm' leaves nothing; name the others"
    )


@pytest.mark.parametrize(
    "ablation",
    [
        Ablation(variants=("wide",), retuned=("wide",)),
        Ablation(variants=("wide",), reference="best"),
        Ablation(design=Design.PATH),
    ],
)
def test_a_search_of_nothing_is_refused(ablation: Ablation) -> None:
    plan = plan_for(space_of(Variant("wide", {"width": 64})))
    assert message_of(lambda: planned_arms(plan, ablation, [])) == (
        "--retune, --from best and --design path need something to tune; 'mine@digits' tunes nothing"
    )
    assert planned_arms(plan, Ablation(variants=("wide",)), [])


def test_a_search_that_another_ablation_began_with_other_changes_is_refused() -> None:
    child = plan_of("cnn").retuning("dropout", {"dropout": 0.25})
    row = plan_row(child)
    refuse_other_search(child, row)
    refuse_other_search(child, None)
    other = replace(child, fixed={"dropout": 0.5})
    assert message_of(lambda: refuse_other_search(other, row)) == (
        "the search 'cnn@digits+dropout' was begun with dropout=0.25, now dropout=0.5, so its trials could not be "
        "compared. Give what is new another name, or begin anew with another --storage"
    )


# What is stored


def test_a_variant_whose_changes_are_no_longer_what_they_were_is_refused() -> None:
    before = plan_for(space_of(Variant("wide", {"width": 64})))
    stored = rows(before, planned_arms(before, Ablation(variants=("wide",)), []))
    after = plan_for(space_of(Variant("wide", {"width": 48, "dropout": 0.1})))
    assert message_of(lambda: planned_arms(after, Ablation(variants=("wide",)), stored)) == (
        "'wide' in the ablation of study 'mine@digits' is not what it was, so its trials could not be compared: "
        "dropout was 0.0, now 0.1; width was 64, now 48. Give what is new another name, or begin anew with another "
        "--storage"
    )


def test_a_variant_that_is_added_leaves_the_others_as_they_were() -> None:
    before = plan_for(space_of(Variant("wide", {"width": 64})))
    stored = rows(before, planned_arms(before, Ablation(variants=("wide",)), []))
    after = plan_for(space_of(Variant("new", {"dropout": 0.1}), Variant("wide", {"width": 64})))
    arms = planned_arms(after, Ablation(variants=("wide", "new")), stored)
    assert [arm.name for arm in arms] == ["baseline", "noise floor", "wide", "new"]


@pytest.mark.parametrize("name", ["baseline", "noise floor", "baseline with width=40"])
def test_a_variant_with_the_name_of_a_control_is_refused(name: str) -> None:
    larger = Variant("larger", {"hidden_size": 160})
    plan = plan_for(space_of(larger, Variant(name, {"dropout": 0.1}), size="width"))
    assert called(planned_arms(plan, Ablation(variants=("larger",)), []), "larger").matched == "baseline with width=40"
    assert message_of(lambda: planned_arms(plan, Ablation(variants=names(plan)), [])) == (
        f"two arms of this ablation are named {name!r}; give the variant of that name another one"
    )


def test_a_factor_with_the_name_of_a_combination_is_refused() -> None:
    variants = (Variant("a", {"width": 64}), Variant("b", {"dropout": 0.1}), Variant("a + b", {"batch_norm": True}))
    plan = plan_for(space_of(*variants))
    ablation = Ablation(design=Design.FACTORIAL, factors=names(plan))
    assert message_of(lambda: planned_arms(plan, ablation, [])) == (
        "two arms of this ablation are named 'a + b'; give the variant of that name another one"
    )


# The tuned best


def test_variants_are_added_to_the_best_that_was_begun_with() -> None:
    plan = plan_of("cnn")
    ablation = Ablation(variants=("dropout",), reference="best")
    best, better = (plan.baseline | {"width": width} for width in (48, 16))
    arms = planned_arms(plan, ablation, [], best=best)
    assert called(arms, "baseline").configuration == best
    assert called(arms, "dropout").configuration == best | {"dropout": 0.25}
    stored = rows(plan, arms)
    again = planned_arms(plan, ablation, stored, best=better)
    assert [arm.configuration for arm in again] == [arm.configuration for arm in arms]
    assert reference_of(plan, ablation, stored, better) == best
    assert reference_of(plan, Ablation(variants=("dropout",)), stored, better) == plan.baseline


def test_a_variant_that_the_best_has_already_is_left_out() -> None:
    plan = plan_of("lstm")
    best = plan.changed(plan.baseline, {"bidirectional": True})
    ablation = Ablation(variants=("slices", "bidirectional"), reference="best")
    arms = planned_arms(plan, ablation, [], best=best)
    assert "bidirectional" not in [arm.name for arm in arms]
    assert called(arms, "slices").configuration == best | {"sequence": "slices"}


def test_a_path_goes_to_the_best_of_when_it_was_begun() -> None:
    def trial(number: int, value: float, finished_at: str) -> TrialRow:
        told = {"phase": "search", "state": "complete", "value": value, "finished_at": finished_at}
        return made(TrialRow, optuna_number=number, **told)

    def best(stored: list[ArmRow]) -> int | None:
        found = best_when_begun(trials, stored, ACCURACY)
        return found.optuna_number if found else None

    trials = [trial(0, 0.8, "2026-01-01"), trial(1, 0.9, "2026-01-03")]
    start, step = (made(ArmRow, planned_at="2026-01-02", step=number) for number in (0, 1))
    assert best([]) == 1
    assert best([start]) == 1  # no step was decided yet
    assert best([start, step]) == 0
    assert best_when_begun([], [], ACCURACY) is None


def test_a_path_has_no_arm_that_is_known_beforehand() -> None:
    assert planned_arms(plan_of("cnn"), Ablation(design=Design.PATH), []) == []
