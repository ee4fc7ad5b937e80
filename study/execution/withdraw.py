"""Takes variants out of a stored ablation: their trials stay, none of them is trained any more. Trains nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from study.ablation import FULL, Ablation, Design
from study.ablation.withdrawing import WITHDRAWABLE, arms_to_withdraw, variant_of
from study.database import ArmRow, PlanRow, TrialDatabase
from study.database.plan_changes import record_changes
from study.design import Role
from study.errors import StudyError, nearest
from study.execution.ownership import held
from study.options.option import flag, options_of
from study.prepare.own_options import AblationRequest
from study.prepare.request import PARTS, Request
from study.prepare.sources import portable_dataset
from study.space import SearchSpace

_GO_WITH = {
    AblationRequest: ("withdraw", "design", "reference"),
    Request: ("storage", "dataset", "name", "data_root"),
}
"""Options that say which ablation is meant; the rest would have no effect."""


def withdraw(
    database: TrialDatabase, space: SearchSpace, request: Request, tell: Callable[[str], None], *, dry_run: bool = False
) -> str:
    """Withdraw variants from the ablation of a space's stored study, and return the study's name.

    Args:
        database: Open for reading; for writing afterwards.
        space: Whose.
        request: Names the variants, and by its design, its reference and its data set the ablation.
        tell: Told what is done, a sentence each.
        dry_run: Whether to tell it alone.

    Raises:
        StudyError: There is no such study, ablation or variant, the design needs all of its arms, or an option has no
            effect here.
        StudyBusyError: Another process runs the study.
        ValueError: The request withdraws nothing.
    """
    asked = request.ablation
    if asked is None or not asked.withdraw:
        raise ValueError("no variant is to be withdrawn")
    if given := next(_without_effect(request, asked), None):
        raise StudyError(
            f"--withdraw trains nothing and goes with --design, --from, --dataset, --name and --storage, "
            f"not with {given}"
        )
    names = tuple(dict.fromkeys(asked.withdraw))
    plan = _study(database, space, request)
    ablation = _ablation(database, plan, asked, space)
    stored = database.arms(plan.study, ablation.name)
    going = arms_to_withdraw(stored, names)
    left = tuple(name for name in ablation.variants if name not in names)
    if ablation.design is Design.LEAVE_ONE_OUT and not set(left) - {FULL}:
        raise StudyError(f"{', '.join(names)} cannot be withdrawn: nothing would be left to take out of {FULL!r}")
    for sentence in _told(database, plan, ablation, names, going):
        tell(sentence)
    if dry_run:
        tell("nothing was written (--dry-run)")
        return plan.study
    database.begin_writing(tell)
    with held(database, [plan.study]):
        retuned = tuple(name for name in ablation.retuned if name not in names)
        smaller = replace(ablation, variants=left, retuned=retuned)
        database.withdraw_arms(plan.study, ablation.name, [(arm.setting, arm.name) for arm in going])
        database.save_ablation(smaller.columns(plan.study), finished=_finished(database, plan, smaller))
        changes = [f"variant {name} withdrawn from the ablation {ablation.name}" for name in names]
        record_changes(database, plan.study, changes, request.command)
    return plan.study


def _without_effect(request: Request, asked: AblationRequest) -> Iterator[str]:
    """Yield the options that were given and would have no effect, but for those that the environment may give."""
    for owner in PARTS:
        stated = {name: option for name, option in options_of(owner).items() if option.environment is None}
        yield from (flag(name, stated[name]) for name in request.given if name in stated)
    for values, kind in ((asked, AblationRequest), (request, Request)):
        for name, option in options_of(kind).items():
            if name not in _GO_WITH[kind] and getattr(values, name) != option.default:
                yield flag(name, option)


def _study(database: TrialDatabase, space: SearchSpace, request: Request) -> PlanRow:
    """Return the stored study of a space that is meant.

    Raises:
        StudyError: There is none, or several.
    """
    found = [
        plan
        for plan in database.plans()
        if (plan.space, plan.name) == (space.name, request.name) and plan.parent is None
    ]
    if request.dataset is not None:
        kept = portable_dataset(request.dataset)
        found = [plan for plan in found if request.dataset == plan.dataset or kept == plan.dataset_source]
    if not found:
        where = f" of {request.dataset}" if request.dataset else ""
        raise StudyError(
            f"{database.shown} holds no study of space {space.name!r}{where}; `list` shows those that it holds"
        )
    if len(found) > 1:
        listed = ", ".join(plan.study for plan in found)
        raise StudyError(
            f"--withdraw is about one study, and {space.name!r} could be any of {listed}; --dataset says which"
        )
    return found[0]


def _ablation(database: TrialDatabase, plan: PlanRow, asked: AblationRequest, space: SearchSpace) -> Ablation:
    """Return the stored ablation that is meant.

    Raises:
        StudyError: There is none, or its arms need each other.
    """
    stored = {row.name: row for row in database.ablations(plan.study)}
    designs = [design.value for design in Design]
    if asked.design not in designs:
        raise StudyError(
            f"--design is one of {', '.join(designs)}, not {asked.design!r}{nearest(asked.design, designs)}"
        )
    design = Design(asked.design)
    if design not in WITHDRAWABLE:
        raise StudyError(
            f"--withdraw goes with --design {' and '.join(WITHDRAWABLE)}; a {design.value} design needs all of its arms"
        )
    name = Ablation(design=design, reference=asked.reference).name
    if name not in stored:
        listed = ", ".join(stored)
        raise StudyError(
            f"{plan.study} has no ablation {name!r}; it has {listed}; --design and --from say which is meant"
            if listed
            else f"{plan.study} has no ablation yet, so that there is nothing to withdraw"
        )
    if design is Design.LEAVE_ONE_OUT and FULL not in [variant.name for variant in space.variants]:
        raise StudyError(
            f"space {space.name!r} declares no variant {FULL!r}, so the full model of its leave-one-out ablation is "
            f"made of all of its variants, and none can be withdrawn"
        )
    return Ablation.from_row(stored[name])


def _told(
    database: TrialDatabase,
    plan: PlanRow,
    ablation: Ablation,
    names: tuple[str, ...],
    going: list[ArmRow],
) -> Iterator[str]:
    ended = [row for row in database.planned_trials(plan.study) if row.ablation == ablation.name and row.ended]
    for name in names:
        arms = {(arm.setting, arm.name) for arm in going if arm.role == Role.VARIANT and variant_of(arm) == name}
        trials = sum((row.setting, row.arm) in arms for row in ended)
        yield (
            f"{plan.study}: {name} is withdrawn from the ablation {ablation.name}; its trials stay ({trials} ended), "
            f"and none is trained any more"
        )
    if controls := [arm.name for arm in going if arm.role != Role.VARIANT]:
        yield f"{plan.study}: {', '.join(controls)} goes along, as nothing else is compared with it"
    if any(arm.role == Role.VARIANT for arm in going):
        yield f"{plan.study}: Holm's family stays as large as it was, so that no verdict gets better by this"


def _finished(database: TrialDatabase, plan: PlanRow, ablation: Ablation) -> bool:
    """Return whether nothing is left to train of an ablation."""
    stored = next(row for row in database.ablations(plan.study) if row.name == ablation.name)
    arms = [arm for arm in database.arms(plan.study, ablation.name) if arm.withdrawn_at is None]
    there = {(arm.setting, variant_of(arm)) for arm in arms}
    wanted = {
        ("fixed", name) for name in ablation.variants if name != FULL or ablation.design is not Design.LEAVE_ONE_OUT
    }
    wanted |= {("retuned", name) for name in ablation.retuned}
    planned = [row for row in database.planned_trials(plan.study) if row.ablation == ablation.name]
    return stored.finished or (wanted <= there and bool(planned) and all(row.ended for row in planned))
