"""What the seeds of a launch can decide, told before anything is trained, by the rule that the report judges by."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from study.ablation import Ablation, Arm, Design
from study.database import ArmRow, TrialDatabase
from study.design import Role, Setting
from study.interface.spreads import spread_of_differences
from study.plan import Plan
from study.prepare.launch import Launch


def deciding_in_words(launch: Launch, database: TrialDatabase) -> list[str]:
    """Return, in a sentence or two, which effects the seeds of a launch find, and how many find what matters.

    Of a path nothing is said, whose comparisons follow from its trials; nor of one seed's final trials.

    Args:
        launch: Not finished.
        database: Open for reading.
    """
    plan = launch.plan
    if launch.finals or (launch.ablation is None and not (plan.budget.replicates and plan.domains)):
        return []
    if launch.ablation is None:
        return _told(plan, plan.budget.replicates, 1, "the best against the baseline", database)
    if launch.ablation.design is Design.PATH:
        return []
    family = family_size(database, plan.study, launch.ablation, launch.arms)
    compared = f"{family} comparison{'s' if family != 1 else ''} in this study"
    told = _told(plan, launch.ablation.replicates, family, compared, database)
    return [*told, *_retuned(plan, launch.ablation, family)]


def family_size(database: TrialDatabase, study: str, ablation: Ablation, arms: Sequence[Arm]) -> int:
    """Return how many tests a study's family will have: those of all its ablations, those of this one among them.

    One question that two designs ask, of the same two configurations, counts once; a factorial's contrasts count too.

    Args:
        database: Open for reading.
        study: The study's name.
        ablation: The one that is launched.
        arms: Its arms, as far as they are known.
    """
    stored = {row.name: Ablation.from_row(row) for row in database.ablations(study)} | {ablation.name: ablation}
    asked: set[object] = set()
    for name, entry in stored.items():
        known: list[Arm | ArmRow] = [*database.arms(study, name), *(arms if name == ablation.name else ())]
        configurations = {(str(arm.setting), arm.name): arm.configuration for arm in known}
        for arm in known:
            if arm.role != Role.VARIANT:
                continue
            sides = (
                configurations[str(arm.setting), arm.name],
                configurations.get((str(arm.setting), arm.control or "")),
            )
            alone = arm.setting == Setting.RETUNED or None in sides
            asked.add((name, str(arm.setting), arm.name) if alone else frozenset(map(_text, sides)))
        asked |= {(name, pair) for pair in itertools.combinations(entry.factors, 2)}
        asked |= {(name, factor) for factor in entry.factors}
    return len(asked)


def _text(configuration: object) -> str:
    return str(sorted(dict(configuration).items())) if configuration else ""  # type: ignore[call-overload]


def _told(plan: Plan, seeds: int, family: int, compared: str, database: TrialDatabase) -> list[str]:
    from reports.statistics import LEAST_SEEDS
    from reports.statistics.power import detectable

    spread = spread_of_differences(database, plan)
    smallest = plan.method.smallest_effect
    unit = plan.metric.differences_in
    if seeds < LEAST_SEEDS:
        counted = "1 seed decides" if seeds == 1 else f"{seeds} seeds decide"
        found = f"{plan.study}: {counted} nothing; a verdict takes at least {LEAST_SEEDS} (--replicates)"
    else:
        ratio = detectable(seeds, family)
        found = (
            f"{plan.study}: {seeds} seeds find an effect of {ratio:.1f} standard deviations of a seed's difference "
            f"with a chance of about 80 % ({compared})"
        )
        if spread is not None:
            found += f": about {_roughly(ratio * spread)} {unit}, by the trials that are there"
    if smallest is None:
        return [found]
    return [found, f"{plan.study}: {_about(smallest, unit, spread, seeds, family)}"]


def _about(smallest: float, unit: str, spread: float | None, seeds: int, family: int) -> str:
    """Return how many seeds find the smallest effect that matters."""
    what = f"the smallest effect that matters is {smallest:g} {unit}"
    if spread is None:
        return f"{what}; how many seeds find it is told once there are trials that show how far seeds differ"
    needed = _seeds_for(smallest, spread, family)
    if needed is None:
        return f"{what}; by the trials that are there, no affordable number of seeds would find it"
    enough = "which these are" if needed <= seeds else f"--replicates {needed}"
    return f"{what}; by the trials that are there, {needed} seeds find it ({enough})"


def _seeds_for(effect: float, spread: float, family: int) -> int | None:
    """Return the fewest seeds that find an effect with a chance of about 80 %; None where these are too many."""
    from reports.statistics import LEAST_SEEDS, seeds_for_power

    needed = float(seeds_for_power(effect, spread, family))
    return max(LEAST_SEEDS, int(needed)) if math.isfinite(needed) else None


def _roughly(value: float) -> str:
    """Return a number with two significant digits."""
    return f"{float(f'{value:.2g}'):g}"


def _retuned(plan: Plan, ablation: Ablation, family: int) -> list[str]:
    """Return a sentence on re-tuned variants, of which each search is one draw."""
    if not ablation.retuned:
        return []
    from reports.statistics import LEAST_SEEDS
    from reports.statistics.power import detectable

    about = f"{plan.study}: of re-tuned variants a search is what counts"
    if ablation.searches < LEAST_SEEDS:
        counted = "one search each says" if ablation.searches == 1 else f"{ablation.searches} searches each say"
        return [f"{about}: {counted} nothing of another search; a verdict takes at least --searches {LEAST_SEEDS}"]
    ratio = detectable(ablation.searches, family)
    return [
        f"{about}: {ablation.searches} searches each find an effect of {ratio:.1f} standard deviations of a "
        f"search's difference with a chance of about 80 %"
    ]
