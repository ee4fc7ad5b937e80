"""The arms of every design that is known before its first training."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from study.ablation.arm import Ablation, Arm
from study.ablation.fitting import idle, misfit
from study.design import Design, Role
from study.errors import StudyError
from study.plan import Plan
from study.space import SearchSpace, Variant
from study.trial import Scalar, differences

Configuration = Mapping[str, Scalar]
Grow = Callable[[Configuration, Configuration], tuple[str, Configuration] | None]
"""From a reference and a variant: the reference grown to the variant's size and its name, or None where it need not."""

FULL = "everything"
"""The variant that leave-one-out starts from, where a space declares it."""
NOISE_FLOOR = "noise floor"
_OTHERS = "name the others with --variants"


def static_arms(plan: Plan, ablation: Ablation, reference: Configuration, grow: Grow) -> list[Arm]:
    """Return the arms of an ablation, controls first.

    Args:
        plan: The study.
        ablation: Its design is not `path`.
        reference: The configuration that variants are added to.
        grow: Makes size-matched baselines.

    Raises:
        StudyError: A variant changes nothing on this reference, or variants contradict each other.
        ValueError: The design is `path`.
    """
    declared = {variant.name: variant for variant in plan.space.variants}
    # One that was ablated and is no longer declared keeps its rows; nothing more is planned for it.
    variants = [declared[name] for name in ablation.variants if name in declared]
    match ablation.design:
        case Design.ONE_AT_A_TIME:
            return _one_at_a_time(plan, variants, reference, grow)
        case Design.LEAVE_ONE_OUT:
            return _leave_one_out(plan, variants, reference)
        case Design.FACTORIAL:
            return _factorial(plan, [declared[name] for name in ablation.factors], reference)
        case Design.PATH:
            raise ValueError("the arms of a path follow from its trials")


def unusable(
    plan: Plan, ablation: Ablation, best: Configuration, planned: Container[str] = frozenset()
) -> dict[str, str]:
    """Return which variants cannot be added to the tuned best, and why: no user could have known before the search.

    Args:
        plan: The study.
        ablation: What was asked for.
        best: What variants are added to.
        planned: Arms that were planned before; an option that the optimizer does not use does not take them back.
    """
    if ablation.design is not Design.ONE_AT_A_TIME or ablation.reference != "best":
        return {}
    found: dict[str, str] = {}
    for variant in (variant for variant in plan.space.variants if variant.name in ablation.variants):
        configuration = plan.changed(best, variant.changes)
        if (reason := _idle(variant, best, configuration)) is not None:
            found[variant.name] = reason
            continue
        reason = None if variant.name in planned else idle(plan, configuration, best)
        if (reason := reason or misfit(plan, configuration)) is not None:
            found[variant.name] = f"Variant {variant.name!r} cannot be added to the best: {reason}"
    return found


def parts(space: SearchSpace, names: Sequence[str]) -> tuple[list[Variant], dict[str, Scalar]]:
    """Return those of the named variants that the full model is made of, and all of its changes.

    Raises:
        StudyError: The space declares no full model, and variants that would make it contradict each other.
    """
    variants = [variant for variant in space.variants if variant.name in names]
    full = next((variant for variant in space.variants if variant.name == FULL), None)
    whole = dict(full.changes) if full else _union(variants)
    return [variant for variant in variants if variant.name != FULL and _within(variant, whole)], whole


def check_arms(plan: Plan, arms: Iterable[Arm]) -> None:
    """Check that a training can use the configuration of every arm.

    Raises:
        StudyError: One cannot be used; the message names the arm.
    """
    for arm in arms:
        if arm.configuration is None:
            continue
        try:
            plan.model.split(arm.configuration)
        except StudyError as error:
            raise StudyError(f"{arm.name!r} cannot be trained: {error}") from error


def refuse_idle(plan: Plan, arms: Sequence[Arm], planned: Container[str] = frozenset()) -> None:
    """Check that no arm differs from its control by an option that its optimizer does not use.

    Args:
        plan: The study.
        arms: Of a design, controls among them.
        planned: Arms that were planned before; they stay.

    Raises:
        StudyError: One does; the message names the arm.
    """
    configurations = {arm.name: arm.configuration for arm in arms}
    for arm in arms:
        control = configurations.get(arm.control) if arm.control else None
        if arm.configuration is None or control is None or arm.name in planned:
            continue
        if (reason := idle(plan, arm.configuration, control)) is not None:
            raise StudyError(f"{arm.name!r} cannot be compared with {arm.control!r}: {reason}; {_OTHERS}")


def _controls(name: str, configuration: Configuration) -> list[Arm]:
    return [
        Arm(name=name, role=Role.BASELINE, configuration=configuration),
        Arm(
            name=NOISE_FLOOR,
            role=Role.NOISE_FLOOR,
            control=name,
            configuration=configuration,
            reason=f"{name} on other seeds",
        ),
    ]


def _one_at_a_time(plan: Plan, variants: Sequence[Variant], reference: Configuration, grow: Grow) -> list[Arm]:
    matched: dict[str, Arm] = {}
    arms: list[Arm] = []
    for variant in variants:
        configuration = plan.changed(reference, variant.changes)
        if (reason := _idle(variant, reference, configuration)) is not None:
            raise StudyError(reason)
        grown = grow(reference, configuration)
        if grown is not None:
            name, larger = grown
            matched[name] = Arm(
                name=name, role=Role.SIZE_MATCHED, control="baseline", configuration=larger, reason="as many parameters"
            )
        arms.append(
            Arm(
                name=variant.name,
                role=Role.VARIANT,
                control="baseline",
                matched=grown[0] if grown else None,
                factors=(variant.name,),
                configuration=configuration,
                reason=variant.reason,
            )
        )
    return [*_controls("baseline", reference), *matched.values(), *arms]


def _leave_one_out(plan: Plan, variants: Sequence[Variant], reference: Configuration) -> list[Arm]:
    taken, whole = parts(plan.space, [variant.name for variant in variants])
    if not taken:
        listed = ", ".join(variant.name for variant in variants) or "none"
        raise StudyError(f"--design leave-one-out takes parts out of {FULL!r}; none of these is one: {listed}")
    complete = plan.changed(reference, whole)
    arms = []
    for part in taken:
        rest = {name: value for name, value in whole.items() if name not in part.changes}
        without = plan.changed(reference, rest)
        if without == complete:
            raise StudyError(
                f"to take {part.name!r} out of {FULL!r} changes nothing here: without it the baseline has "
                f"{_listed(part.changes)} as well; name other --variants"
            )
        arms.append(
            Arm(
                name=f"without {part.name}",
                role=Role.VARIANT,
                control=FULL,
                factors=tuple(other.name for other in taken if _within(other, rest)),
                removed=part.name,
                configuration=without,
                reason=part.reason,
            )
        )
    return [*_controls(FULL, complete), *arms]


def _factorial(plan: Plan, variants: Sequence[Variant], reference: Configuration) -> list[Arm]:
    arms = _controls("baseline", reference)
    for count in range(1, len(variants) + 1):
        for chosen in itertools.combinations(variants, count):
            names = tuple(variant.name for variant in chosen)
            configuration = plan.changed(reference, _union(chosen))
            same = next((arm.name for arm in arms if arm.configuration == configuration), None)
            if same is not None:
                raise StudyError(
                    f"--factors takes variants of which each changes something beside the others; "
                    f"here {' + '.join(names)!r} is the same as {same!r}"
                )
            arms.append(
                Arm(
                    name=" + ".join(names),
                    role=Role.VARIANT,
                    control="baseline",
                    factors=names,
                    configuration=configuration,
                    reason=chosen[0].reason if count == 1 else "",
                )
            )
    return arms


def _union(variants: Sequence[Variant]) -> dict[str, Scalar]:
    """Return the changes of all variants together; raise StudyError if two of them contradict each other."""
    union: dict[str, Scalar] = {}
    owner: dict[str, str] = {}
    for variant in variants:
        for name, value in variant.changes.items():
            if union.setdefault(name, value) != value:
                raise StudyError(
                    f"variants {owner[name]!r} and {variant.name!r} cannot be combined: "
                    f"one sets {name}={union[name]!r}, the other {name}={value!r}"
                )
            owner.setdefault(name, variant.name)
    return union


def _idle(variant: Variant, reference: Configuration, configuration: Configuration) -> str | None:
    """Return why a variant does not do what it says on this reference; None if it does."""
    if idle := differences(variant.changes, configuration):
        return (
            f"Variant {variant.name!r} has no effect here: {_listed(idle)} is not in force beside the rest; {_OTHERS}"
        )
    if configuration == reference:
        return f"Variant {variant.name!r} changes nothing here: the reference has {_listed(variant.changes)}; {_OTHERS}"
    return None


def _listed(changes: Mapping[str, Scalar]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in changes.items())


def _within(variant: Variant, changes: Mapping[str, Scalar]) -> bool:
    return not differences(variant.changes, changes)
