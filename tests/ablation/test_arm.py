"""What was asked for: its name, its row, what extends it, what contradicts itself; and the trials of an arm."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.ablation import Ablation, Arm, Design, Role, find_variants, planned_trials, refuse_options
from study.database import AblationRow
from study.options.method import Budget
from study.plan import Plan
from study.trial import Phase, Trial

from ..examples import examples
from ..plans import message_of, plan_of
from ..rows import made

quick = examples(50)
VARIANTS = st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=4).map(tuple)
ABLATIONS = st.builds(
    Ablation,
    design=st.sampled_from(Design),
    reference=st.sampled_from(["baseline", "best"]),
    variants=VARIANTS,
    factors=VARIANTS,
    replicates=st.integers(1, 20),
    retuned=VARIANTS,
)


def stored(ablation: Ablation) -> AblationRow:
    return made(AblationRow, **json.loads(json.dumps(ablation.columns("cnn@digits"))))


@quick
@given(ablation=ABLATIONS)
def test_an_ablation_is_rebuilt_from_its_row(ablation: Ablation) -> None:
    assert Ablation.from_row(stored(ablation)) == ablation


@quick
@given(earlier=ABLATIONS, later=ABLATIONS)
def test_asking_again_only_adds(earlier: Ablation, later: Ablation) -> None:
    later = replace(later, design=earlier.design, reference=earlier.reference, factors=earlier.factors)
    extended = later.extended(stored(earlier))
    assert extended.name == earlier.name == later.name
    assert extended.variants[: len(earlier.variants)] == earlier.variants
    assert set(extended.variants) == {*earlier.variants, *later.variants}
    assert set(extended.retuned) == {*earlier.retuned, *later.retuned}
    assert extended.replicates == max(earlier.replicates, later.replicates)
    assert extended.extended(stored(extended)) == extended
    assert earlier.extended(None) == earlier


@pytest.mark.parametrize(
    ("ablation", "name", "searches"),
    [
        (Ablation(), "one-at-a-time", False),
        (Ablation(retuned=("a",)), "one-at-a-time", True),
        (Ablation(reference="best"), "one-at-a-time from best", True),
        (Ablation(design=Design.LEAVE_ONE_OUT), "leave-one-out", False),
        (Ablation(design=Design.FACTORIAL, factors=("a", "b")), "factorial of a, b", False),
        (Ablation(design=Design.FACTORIAL, factors=("a", "b"), reference="best"), "factorial of a, b from best", True),
        (Ablation(design=Design.PATH), "path", True),
    ],
)
def test_the_name_tells_designs_apart_and_only_some_search(ablation: Ablation, name: str, searches: bool) -> None:
    assert (ablation.name, ablation.needs_search) == (name, searches)


@pytest.mark.parametrize(
    ("ablation", "message"),
    [
        (Ablation(replicates=0), "--replicates of an ablation is at least 1, not 0"),
        (Ablation(reference="bset"), "--from is one of baseline, best, not 'bset'; did you mean 'best'?"),
        (
            Ablation(factors=("a", "b")),
            "--factors and --design factorial go together, not a, b with --design one-at-a-time",
        ),
        (Ablation(design=Design.FACTORIAL), "--factors and --design factorial go together, not none with --design "),
        (Ablation(design=Design.FACTORIAL, factors=("a",)), "--factors takes 2 to 8 different variants, not a"),
        (
            Ablation(design=Design.FACTORIAL, factors=tuple("abcdefghi")),
            "--factors takes 2 to 8 different variants, not a, b, c, d, e, f, g, h, i",
        ),
        (
            Ablation(design=Design.LEAVE_ONE_OUT, retuned=("a",)),
            "--retune goes with --design one-at-a-time, not with leave-one-out",
        ),
        (
            Ablation(design=Design.PATH, reference="best"),
            "--design path goes from the baseline to the best; --from best has no place in it",
        ),
        (
            Ablation(design=Design.LEAVE_ONE_OUT, reference="best"),
            "--design leave-one-out starts from the full model; --from best has no place in it",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused(ablation: Ablation, message: str) -> None:
    said = message_of(lambda: refuse_options(ablation))
    assert said == message + ("factorial" if message.endswith("--design ") else "")


def test_variants_are_found_in_the_spaces_order_and_unknown_ones_refused() -> None:
    space = plan_of("cnn").space
    assert find_variants(["batchnorm", "dropout", "dropout"], space, "--variants") == ("dropout", "batchnorm")
    assert message_of(lambda: find_variants(["droput"], space, "--factors")) == (
        "--factors takes variants of space 'cnn', which has dropout, batchnorm, dropout-batchnorm, deeper, lenet5, "
        "resnet, rotate, translate, scale, augment, everything, not 'droput'; did you mean 'dropout'?"
    )


def test_replicate_r_has_one_seed_in_every_arm_but_the_noise_floor() -> None:
    plan = replace(plan_of("cnn"), budget=Budget(trials=0, epochs=3))
    arms = [
        Arm(name=role.value, role=role, configuration=plan.changed(plan.baseline, {"dropout": value}))
        for role, value in ((Role.BASELINE, 0.0), (Role.VARIANT, 0.25), (Role.SIZE_MATCHED, 0.1))
    ]
    floor = Arm(name="noise floor", role=Role.NOISE_FLOOR, configuration=plan.baseline)
    seeds = [[row.seed for row in planned_trials(plan, arm, 4)] for arm in arms]
    others = [row.seed for row in planned_trials(plan, floor, 4)]
    assert seeds[0] == seeds[1] == seeds[2]
    assert len({*seeds[0], *others}) == 8
    assert [row.seed for row in planned_trials(plan, arms[0], 6)][:4] == seeds[0]
    assert seeds[0] != [trial.seed for trial in replace(plan, budget=Budget(replicates=4)).replicates("best", {})]


def trained(plan: Plan, arm: Arm, replicates: int) -> list[Trial]:
    return [planned.trial for planned in planned_trials(plan, arm, replicates) if planned.trial is not None]


def test_an_arms_planned_trials_are_its_trainings() -> None:
    plan = plan_of("cnn")
    arm = Arm(name="dropout", role=Role.VARIANT, configuration=plan.changed(plan.baseline, {"dropout": 0.25}))
    trials = trained(plan, arm, 3)
    columns = [planned.columns() for planned in planned_trials(plan, arm, 3)]
    assert columns == [
        {"search": 1, "replicate": trial.replicate, "seed": trial.seed, "trial": trial.id} for trial in trials
    ]
    assert len({trial.id for trial in trials}) == 3
    assert {(trial.phase, trial.variant, trial.epochs) for trial in trials} == {(Phase.ABLATE, "dropout", 10)}
    assert [trial.replicate for trial in trials] == [0, 1, 2]
    assert trials[0].changes == {"dropout": 0.25}
    renamed = replace(arm, name="same")
    assert [trial.id for trial in trained(plan, renamed, 3)] == [trial.id for trial in trials]


def test_an_arm_whose_search_is_not_finished_has_planned_cells_and_no_training() -> None:
    plan = plan_of("cnn")
    arm = Arm(name="dropout", role=Role.VARIANT, held={"dropout": 0.25}, configuration=None)
    assert [planned.columns()["trial"] for planned in planned_trials(plan, arm, 2)] == [None, None]
    assert trained(plan, arm, 2) == []
    assert arm.columns(plan)["changes"] == {"dropout": 0.25}
    assert arm.columns(plan)["configuration"] is None
