"""An ablation's arms beside those that are stored: what is new, and what must not have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from study.ablation.arm import Ablation, Arm, Design, Role, Setting
from study.ablation.designs import check_arms, static_arms
from study.ablation.size import grow
from study.database import Row, TrialDatabase
from study.errors import StudyError
from study.plan import Plan
from study.trial import Scalar

Configuration = Mapping[str, Scalar]


def stored_arms(database: TrialDatabase | None, plan: Plan, ablation: Ablation) -> list[Row]:
    """Returns the ablation's arms as they are stored; none where there is no database yet."""
    return database.arms(plan.study, ablation.name) if database else []


def planned_arms(
    plan: Plan, ablation: Ablation, stored: Sequence[Row], *, best: Configuration | None = None
) -> list[Arm]:
    """Returns every arm of a design that is known beforehand; nothing for a path.

    Args:
        plan: The study.
        ablation: All that was asked for, now and before.
        stored: The arms' rows.
        best: The tuned best, where variants are added to it and its search is finished.

    Raises:
        StudyError: An arm cannot be trained, or a stored one would change.
    """
    if ablation.design is Design.PATH:
        return []
    # An arm keeps the reference that it was begun with, whatever a longer search finds later.
    begun = next((row["configuration"] for row in stored if row["role"] == Role.BASELINE.value), None)
    reference: Configuration = plan.baseline
    if ablation.reference == "best":
        reference = begun or best or plan.baseline
    arms = static_arms(plan, ablation, reference, partial(grow, plan))
    check_arms(plan, arms)
    if ablation.retuned:
        arms += retuned_arms(plan, ablation)
    _refuse_changed(plan, stored, arms)
    return arms


def retuned_arms(plan: Plan, ablation: Ablation) -> list[Arm]:
    """Returns the arms whose configuration a search will find, the controls first.

    What a variant changes is held in its own search. Where the study's search tunes that too, its best may hold the
    suggestion already, so the control is a search of its own that holds the baseline's value.
    """
    variants = {variant.name: variant for variant in plan.space.variants}
    controls: dict[str, Arm] = {}
    arms = []
    for name in filter(variants.__contains__, ablation.retuned):
        changes = variants[name].changes
        scientific = {parameter: plan.baseline[parameter] for parameter in changes if parameter in plan.domains}
        label = "baseline"
        if scientific:
            label += " with " + ", ".join(f"{parameter}={value}" for parameter, value in scientific.items())
        controls[label] = Arm(
            name=label, role=Role.BASELINE, setting=Setting.RETUNED, held=scientific, configuration=None
        )
        arms.append(
            Arm(
                name=name,
                role=Role.VARIANT,
                setting=Setting.RETUNED,
                control=label,
                factors=(name,),
                held=dict(changes),
                configuration=None,
                reason=variants[name].reason,
            )
        )
    return [*controls.values(), *arms]


def _refuse_changed(plan: Plan, stored: Sequence[Row], arms: Sequence[Arm]) -> None:
    before = {(row["setting"], row["name"]): row["configuration"] for row in stored}
    for arm in arms:
        old = before.get((arm.setting.value, arm.name))
        if old is not None and arm.configuration is not None and old != dict(arm.configuration):
            changed = {
                name: (old.get(name), arm.configuration.get(name))
                for name in {*old, *arm.configuration}
                if old.get(name) != arm.configuration.get(name)
            }
            listed = "; ".join(f"{name} was {was!r}, now {now!r}" for name, (was, now) in sorted(changed.items()))
            raise StudyError(
                f"{arm.name!r} in the ablation of study {plan.study!r} is not what it was, so its trainings could not "
                f"be compared: {listed}. Give what is new another name, or begin anew with another --storage"
            )
