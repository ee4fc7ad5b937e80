"""The arms of one-at-a-time, leave-one-out and factorial: controls, configurations, and what is refused."""

from __future__ import annotations

import pytest

from study.ablation import Ablation, Arm, Design, Role, check_arms, static_arms, unusable
from study.ablation.designs import Configuration
from study.plan import Plan
from study.space import Choice, Variant

from ..plans import OPTIMIZERS, called, message_of, names, plan_for, plan_of, space_of

DROPOUT = Variant("dropout", {"dropout": 0.25}, "Add Dropout")
NORM = Variant("norm", {"batch_norm": True}, "Add Batch Normalization")
BOTH = Variant("both", {"dropout": 0.25, "batch_norm": True})
WIDE = Variant("wide", {"width": 64})


def arms_of(plan: Plan, ablation: Ablation, reference: Configuration | None = None) -> list[Arm]:
    """Returns the arms, without size-matched ones."""
    return static_arms(plan, ablation, plan.baseline if reference is None else reference, lambda *_: None)


# One at a time


def test_each_variant_is_added_to_the_baseline_after_the_controls() -> None:
    plan = plan_of("cnn")
    arms = arms_of(plan, Ablation(variants=("dropout", "batchnorm")))
    assert [(arm.name, arm.role, arm.control) for arm in arms] == [
        ("baseline", Role.BASELINE, None),
        ("noise floor", Role.NOISE_FLOOR, "baseline"),
        ("dropout", Role.VARIANT, "baseline"),
        ("batchnorm", Role.VARIANT, "baseline"),
    ]
    assert arms[0].configuration == arms[1].configuration == plan.baseline
    assert arms[2].configuration == plan.baseline | {"dropout": 0.25}
    assert arms[3].configuration == plan.baseline | {"batch_norm": True}
    assert (arms[2].factors, arms[2].reason) == (("dropout",), "Add Dropout")


def test_a_larger_variant_names_the_baseline_that_grew_to_its_size() -> None:
    plan = plan_for(space_of(WIDE, Variant("wider", {"width": 96}), DROPOUT))
    grown = {**plan.baseline, "hidden_size": 256}

    def grow(_: Configuration, variant: Configuration) -> tuple[str, Configuration] | None:
        return ("baseline with hidden_size=256", grown) if variant["width"] != 32 else None

    arms = static_arms(plan, Ablation(variants=names(plan)), plan.baseline, grow)
    assert [arm.name for arm in arms] == [
        *("baseline", "noise floor", "baseline with hidden_size=256", "wide", "wider", "dropout")
    ]
    assert called(arms, "baseline with hidden_size=256").configuration == grown
    assert [called(arms, name).matched for name in ("wide", "wider", "dropout")] == [
        *("baseline with hidden_size=256", "baseline with hidden_size=256", None)
    ]


def test_what_a_variant_switches_on_has_its_default() -> None:
    plan = plan_for(space_of(Variant("sgd", {"optimizer": "sgd"}), domains=OPTIMIZERS))
    assert plan.baseline["momentum"] == 0.9  # the model's, out of force
    arm = called(arms_of(plan, Ablation(variants=("sgd",))), "sgd")
    assert arm.configuration == plan.baseline | {"optimizer": "sgd", "momentum": 0.8}


def test_what_is_fixed_and_comes_into_force_has_the_fixed_value() -> None:
    space = space_of(Variant("sgd", {"optimizer": "sgd"}), domains=OPTIMIZERS)
    plan = plan_for(space, fixed={"momentum": 0.5})
    assert plan.baseline["momentum"] == 0.9
    assert plan.changed(plan.baseline, {"optimizer": "sgd"})["momentum"] == 0.5
    assert plan.changed(plan.baseline, {"optimizer": "sgd", "momentum": 0.7})["momentum"] == 0.7


def test_a_variant_that_changes_nothing_here_is_refused() -> None:
    plan = plan_of("cnn", fixed={"dropout": 0.25})
    assert message_of(lambda: arms_of(plan, Ablation(variants=("dropout",)))) == (
        "Variant 'dropout' changes nothing here: the reference has dropout=0.25; name the others with --variants"
    )


def test_a_variant_that_is_not_in_force_here_is_refused() -> None:
    plan = plan_for(space_of(Variant("swing", {"momentum": 0.5, "dropout": 0.1}), domains=OPTIMIZERS))
    assert message_of(lambda: arms_of(plan, Ablation(variants=("swing",)))) == (
        "Variant 'swing' has no effect here: momentum=0.5 is not in force beside the rest; "
        "name the others with --variants"
    )


def test_a_variant_that_the_best_cannot_take_is_told_and_not_refused() -> None:
    domains = {"batch_norm": Choice(default=False, choices=(False, True))}
    plan = plan_for(space_of(DROPOUT, NORM, domains=domains))
    best = plan.changed(plan.baseline, {"batch_norm": True})
    ablation = Ablation(variants=names(plan), reference="best")
    assert unusable(plan, ablation, best) == {
        "norm": "Variant 'norm' changes nothing here: the reference has batch_norm=True; "
        "name the others with --variants"
    }
    assert unusable(plan, ablation, plan.baseline) == {}
    assert unusable(plan, Ablation(variants=names(plan)), best) == {}


def test_a_variant_that_no_training_could_use_on_the_best_is_told() -> None:
    plan = plan_of("lstm")
    best = plan.changed(plan.baseline, {"bidirectional": True})
    alone = Variant("alone", {"core": "transformer", "pooling": "mean"})
    plan = plan_for(space_of(alone, model="lstm"))
    found = unusable(plan, Ablation(variants=("alone",), reference="best"), best)
    assert found["alone"].startswith("Variant 'alone' cannot be added to the best: ")
    assert "bidirectional" in found["alone"]


def test_a_variant_that_is_no_longer_declared_is_left_alone() -> None:
    plan = plan_of("cnn")
    arms = arms_of(plan, Ablation(variants=("gone", "dropout")))
    assert [arm.name for arm in arms] == ["baseline", "noise floor", "dropout"]


def test_an_arm_that_no_training_could_use_is_refused_by_name() -> None:
    plan = plan_of("cnn")
    arm = Arm(name="odd", role=Role.VARIANT, configuration=plan.baseline | {"dropout": 1.5})
    assert message_of(lambda: check_arms(plan, [arm])) == "'odd' cannot be trained: dropout is in [0, 1), not 1.5"


# Leave one out


@pytest.mark.parametrize("source", ["cnn", "lstm"])
def test_each_part_is_taken_out_of_everything(source: str) -> None:
    plan = plan_of(source)
    arms = arms_of(plan, Ablation(design=Design.LEAVE_ONE_OUT, variants=names(plan)))
    full = dict(next(variant for variant in plan.space.variants if variant.name == "everything").changes)
    whole, floor, *without = arms
    assert (whole.name, whole.role, whole.configuration) == ("everything", Role.BASELINE, plan.baseline | full)
    assert (floor.role, floor.control, floor.configuration) == (
        Role.NOISE_FLOOR,
        "everything",
        whole.configuration,
    )
    declared = {f"without {variant.name}": variant for variant in plan.space.variants}
    for arm in without:
        taken = declared[arm.name].changes
        rest = {name: value for name, value in full.items() if name not in taken}
        assert (arm.role, arm.control) == (Role.VARIANT, "everything")
        assert arm.configuration == plan.changed(plan.baseline, rest)
        assert declared[arm.name].name not in arm.factors
    assert len(without) >= 3


def test_without_a_full_model_all_the_named_ones_together_are_it() -> None:
    plan = plan_for(space_of(DROPOUT, NORM, WIDE))
    arms = arms_of(plan, Ablation(design=Design.LEAVE_ONE_OUT, variants=("dropout", "norm")))
    assert [arm.name for arm in arms] == ["everything", "noise floor", "without dropout", "without norm"]
    assert arms[0].configuration == plan.baseline | {"dropout": 0.25, "batch_norm": True}
    assert called(arms, "without dropout").configuration == plan.baseline | {"batch_norm": True}
    assert called(arms, "without dropout").factors == ("norm",)
    assert [arm.removed for arm in arms] == [None, None, "dropout", "norm"]


def test_variants_that_contradict_each_other_make_no_full_model() -> None:
    plan = plan_for(space_of(DROPOUT, Variant("more", {"dropout": 0.5})))
    assert message_of(lambda: arms_of(plan, Ablation(design=Design.LEAVE_ONE_OUT, variants=names(plan)))) == (
        "variants 'dropout' and 'more' cannot be combined: one sets dropout=0.25, the other dropout=0.5"
    )


def test_leave_one_out_of_no_part_is_refused() -> None:
    plan = plan_of("cnn")
    assert message_of(lambda: arms_of(plan, Ablation(design=Design.LEAVE_ONE_OUT, variants=("everything",)))) == (
        "--design leave-one-out takes parts out of 'everything'; none of these is one: everything"
    )


def test_a_part_that_is_there_without_it_is_refused() -> None:
    plan = plan_of("cnn", fixed={"dropout": 0.25})
    assert message_of(lambda: arms_of(plan, Ablation(design=Design.LEAVE_ONE_OUT, variants=("dropout",)))) == (
        "to take 'dropout' out of 'everything' changes nothing here: without it the baseline has dropout=0.25 as "
        "well; name other --variants"
    )


# Factorial


def test_a_factorial_has_every_combination_once() -> None:
    plan = plan_for(space_of(DROPOUT, NORM, WIDE))
    ablation = Ablation(design=Design.FACTORIAL, factors=names(plan))
    arms = arms_of(plan, ablation)
    assert [arm.name for arm in arms] == [
        *("baseline", "noise floor", "dropout", "norm", "wide"),
        *("dropout + norm", "dropout + wide", "norm + wide", "dropout + norm + wide"),
    ]
    assert {arm.control for arm in arms[1:]} == {"baseline"}
    assert called(arms, "dropout + wide").factors == ("dropout", "wide")
    assert called(arms, "dropout + norm + wide").configuration == plan.baseline | {
        "dropout": 0.25,
        "batch_norm": True,
        "width": 64,
    }


def test_factors_that_contradict_each_other_are_refused() -> None:
    plan = plan_for(space_of(WIDE, Variant("wider", {"width": 96})))
    assert message_of(lambda: arms_of(plan, Ablation(design=Design.FACTORIAL, factors=names(plan)))) == (
        "variants 'wide' and 'wider' cannot be combined: one sets width=64, the other width=96"
    )


def test_factors_that_hold_each_other_are_refused() -> None:
    plan = plan_for(space_of(DROPOUT, BOTH))
    assert message_of(lambda: arms_of(plan, Ablation(design=Design.FACTORIAL, factors=names(plan)))) == (
        "--factors takes variants of which each changes something beside the others; "
        "here 'dropout + both' is the same as 'both'"
    )


def test_a_factor_that_the_reference_has_is_refused() -> None:
    plan = plan_for(space_of(DROPOUT, NORM))
    best = plan.changed(plan.baseline, {"batch_norm": True})
    ablation = Ablation(design=Design.FACTORIAL, factors=names(plan), reference="best")
    assert message_of(lambda: arms_of(plan, ablation, best)).endswith("here 'norm' is the same as 'baseline'")


def test_the_arms_of_a_path_are_not_known_beforehand() -> None:
    plan = plan_of("cnn")
    with pytest.raises(ValueError, match="follow from its trials"):
        arms_of(plan, Ablation(design=Design.PATH))
