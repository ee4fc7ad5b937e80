"""An ablation's arms beside those that are stored: what is new, and what must not have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from study.ablation.arm import Ablation, Arm, planned_trials
from study.ablation.designs import check_arms, refuse_idle, static_arms, unusable
from study.ablation.size import grow
from study.database import ArmRow, Columns, PlanRow, TrialDatabase, TrialRow
from study.design import Design, Role, Setting
from study.errors import StudyError
from study.plan import Plan, search_label
from study.recipe import USED_BY
from study.status.progress import best_trial
from study.task import Metric
from study.trial import Scalar

Configuration = Mapping[str, Scalar]


def stored_arms(database: TrialDatabase, plan: Plan, ablation: Ablation) -> list[ArmRow]:
    """Return the ablation's arms as they are stored."""
    return database.arms(plan.study, ablation.name)


def planned_arms(
    plan: Plan, ablation: Ablation, stored: Sequence[ArmRow], *, best: Configuration | None = None
) -> list[Arm]:
    """Return every arm of a design that is known beforehand; nothing for a path.

    Args:
        plan: The study.
        ablation: All that was asked for, now and before.
        stored: The arms as they are stored.
        best: The tuned best, where variants are added to it and its search is finished.

    Raises:
        StudyError: An arm cannot be trained, or a stored one would change.
    """
    if ablation.needs_search and not plan.domains:
        raise StudyError(
            f"--retune, --from best and --design path need something to tune; {plan.study!r} tunes nothing"
            f"{' beside what --set fixes' if plan.fixed else ''}"
        )
    if ablation.design is Design.PATH:
        return []
    reference = reference_of(plan, ablation, stored, best)
    planned = fixed_arms(stored)
    left_out = unusable(plan, ablation, reference, planned) if best or reference != plan.baseline else {}
    usable = replace(ablation, variants=tuple(name for name in ablation.variants if name not in left_out))
    arms = static_arms(plan, usable, reference, partial(grow, plan))
    check_arms(plan, arms)
    if ablation.reference != "best":  # what the best has no use for is told when it is known
        refuse_idle(plan, arms, planned)
    if ablation.retuned:
        arms += retuned_arms(plan, ablation)
    _refuse_namesakes(arms)
    refuse_changed(plan, stored, arms)
    return arms


def fixed_arms(stored: Sequence[ArmRow]) -> frozenset[str]:
    """Return the names of the stored arms whose configuration is known without a search of their own."""
    return frozenset(row.name for row in stored if row.setting == Setting.FIXED)


def reference_of(
    plan: Plan, ablation: Ablation, stored: Sequence[ArmRow], best: Configuration | None = None
) -> Configuration:
    """Return the configuration that variants are added to.

    It is the one that the ablation was begun with, whatever a longer search finds later.

    Args:
        plan: The study.
        ablation: Whether its reference is the baseline or the best counts.
        stored: The ablation's arms as they are stored.
        best: The best configuration of the search; None while there is none.
    """
    if ablation.reference != "best":
        return plan.baseline
    begun = next(
        (arm.configuration for arm in stored if arm.role == Role.BASELINE and arm.setting == Setting.FIXED),
        None,
    )
    return begun or best or plan.baseline


def best_when_begun(trials: Sequence[TrialRow], stored: Sequence[ArmRow], metric: Metric) -> TrialRow | None:
    """Return the best trial of the search as it was when a path's first step was planned; else as it is."""
    begun = min((arm.planned_at for arm in stored if arm.step), default=None)
    return best_trial([trial for trial in trials if begun is None or (trial.finished_at or "") <= begun], metric)


def retuned_arms(plan: Plan, ablation: Ablation) -> list[Arm]:
    """Return the arms whose configuration a search will find, the controls first: each once for each of its searches.

    What a variant changes is held in its own search. Where the study's search tunes that too, its best may hold the
    suggestion already, so the control is a search of its own that holds the baseline's value.

    Raises:
        StudyError: A variant leaves nothing to tune.
    """
    variants = {variant.name: variant for variant in plan.space.variants}
    controls: dict[str, Arm] = {}
    arms = []
    for name in filter(variants.__contains__, ablation.retuned):
        changes = variants[name].changes
        if not plan.space.without({**plan.fixed, **changes}):
            raise StudyError(f"--retune tunes what a variant leaves open, and {name!r} leaves nothing; name the others")
        baseline = plan.whole(plan.baseline)
        scientific = {parameter: baseline[parameter] for parameter in changes if parameter in plan.domains}
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
    once = [*controls.values(), *arms]
    return [replace(arm, search=number) for number in range(1, ablation.searches + 1) for arm in once]


def retuning_of(plan: Plan, arm: Arm) -> Plan:
    """Return the study whose search finds a re-tuned arm's configuration.

    It is the study itself for the first search of a control that holds nothing: that is the study's own search.
    """
    return plan.retuning(arm.name, arm.held, arm.search) if arm.held or arm.search > 1 else plan


def arm_rows(
    plan: Plan, arms: Sequence[Arm], replicates: int, stored: Sequence[ArmRow]
) -> list[tuple[Columns, list[Columns]]]:
    """Return columns of arms and of their planned trials, those of all searches of an arm together.

    An arm's own configuration is what its first search finds.

    Args:
        plan: The study.
        arms: A re-tuned one once for each of its searches.
        replicates: Of each arm, and of what each of its searches finds.
        stored: The ablation's arms as they are stored.
    """
    tuned = {
        row.name: row.changes for row in stored if row.setting == Setting.RETUNED and row.configuration is not None
    }
    rows: dict[tuple[Setting, str], tuple[Columns, list[Columns]]] = {}
    for arm in sorted(arms, key=lambda arm: arm.search):
        if (arm.setting, arm.name) not in rows:
            own = arm if arm.search == 1 else replace(arm, configuration=None)
            columns = own.columns(plan)
            if own.configuration is None and arm.name in tuned:
                columns["changes"] = tuned[arm.name]  # what its search found stays, until a longer one finds better
            rows[arm.setting, arm.name] = columns, []
        rows[arm.setting, arm.name][1].extend(planned.columns() for planned in planned_trials(plan, arm, replicates))
    return list(rows.values())


def as_begun(plan: Plan, stored: PlanRow | None) -> Plan:
    """Return the search which re-tunes an arm as it was begun: it may tune options that its optimizer does not use."""
    if stored is None:
        return plan
    tuned = USED_BY.keys() & stored.definition["domains"].keys() - stored.fixed.keys()
    return replace(plan, fixed={name: value for name, value in plan.fixed.items() if name not in tuned})


def refuse_other_search(plan: Plan, stored: PlanRow | None) -> None:
    """Check that the search which re-tunes an arm was begun with the changes that the arm has now.

    Args:
        plan: The search as it is now.
        stored: As it is stored, if it was begun before.

    Raises:
        StudyError: Another ablation began it with other changes.
    """
    # What the space tunes since then and the data have no use for is held at what all trials have.
    held = {} if stored is None else {k: v for k, v in stored.baseline.items() if k in plan.fixed.keys() - stored.fixed}
    if stored is not None and held | stored.fixed != dict(plan.fixed):
        raise StudyError(
            f"the search {plan.study!r} was begun with {_values(stored.fixed)}, now {_values(plan.fixed)}, so its "
            f"trials could not be compared. Give what is new another name, or begin anew with another --storage"
        )


def _values(changes: Mapping[str, Scalar]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in changes.items())


def _refuse_namesakes(arms: Sequence[Arm]) -> None:
    names = [(arm.setting, search_label(arm.name, arm.search)) for arm in arms]
    if repeated := next((name for setting, name in names if names.count((setting, name)) > 1), None):
        raise StudyError(f"two arms of this ablation are named {repeated!r}; give the variant of that name another one")


def refuse_changed(plan: Plan, stored: Sequence[ArmRow], arms: Sequence[Arm]) -> None:
    """Check that the configuration of every arm is the stored one of its name.

    Raises:
        StudyError: One is not.
    """
    before = {(row.setting, row.name): row.configuration for row in stored}
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
                f"{arm.name!r} in the ablation of study {plan.study!r} is not what it was, so its trials could not "
                f"be compared: {listed}. Give what is new another name, or begin anew with another --storage"
            )
