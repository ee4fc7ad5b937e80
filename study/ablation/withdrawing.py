"""Which arms of an ablation a variant stands for, and which go along when it is withdrawn. Plain values."""

from __future__ import annotations

from collections.abc import Sequence

from study.database import ArmRow
from study.design import Design, Role, Setting
from study.errors import StudyError, nearest

WITHDRAWABLE = (Design.ONE_AT_A_TIME, Design.LEAVE_ONE_OUT)
"""Designs whose arms do not need each other."""


def variant_of(arm: ArmRow) -> str:
    """Return the variant that an arm stands for: the one added to its reference, or taken out of the full model."""
    return arm.removed or arm.name


def withdrawn_variants(stored: Sequence[ArmRow]) -> dict[str, str]:
    """Return the variants that were withdrawn, each with when."""
    return {variant_of(arm): arm.withdrawn_at for arm in stored if arm.role == Role.VARIANT and arm.withdrawn_at}


def arms_to_withdraw(stored: Sequence[ArmRow], names: Sequence[str]) -> list[ArmRow]:
    """Return the arms that go when variants are withdrawn: fixed, re-tuned, and controls that nothing else needs.

    Args:
        stored: The ablation's arms as they are stored.
        names: Variants that none of the arms withdraws yet.

    Raises:
        StudyError: No arm stands for a name, or for one that is not withdrawn.
    """
    there = [arm for arm in stored if arm.role == Role.VARIANT and arm.withdrawn_at is None]
    known = list(dict.fromkeys(variant_of(arm) for arm in there))
    before = withdrawn_variants(stored)
    for name in names:
        if name in known:
            continue
        if name in before:
            raise StudyError(f"{name!r} was withdrawn on {before[name][:10]} already")
        listed = ", ".join(known) or "none"
        raise StudyError(
            f"--withdraw takes variants of this ablation, which are {listed}, not {name!r}{nearest(name, known)}"
        )
    going = [arm for arm in there if variant_of(arm) in names]
    staying = [arm for arm in there if variant_of(arm) not in names]
    needed = {(arm.setting, other) for arm in staying for other in (arm.control, arm.matched)}
    # The fixed reference and its noise floor stay: they tell of the baseline, not of a variant.
    controls = [
        arm
        for arm in stored
        if arm.withdrawn_at is None
        and (arm.role == Role.SIZE_MATCHED or (arm.role == Role.BASELINE and arm.setting == Setting.RETUNED))
        and (arm.setting, arm.name) not in needed
    ]
    return [*going, *controls]
