"""The greedy path from the baseline to the tuned best, every step really trained.

Source: Fawcett & Hoos (2016), "Analysing differences between algorithm configurations through ablation". Each round
tries every parameter that still differs, keeps the one whose trials have the best mean validation score, and
goes on from there. Conditional parameters (momentum) wait until what they depend on has changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from study.ablation.arm import Arm
from study.database import ArmRow
from study.design import Role
from study.plan import Plan
from study.space import active
from study.task import Metric
from study.trial import Scalar, differences

Configuration = Mapping[str, Scalar]


def start(plan: Plan) -> Arm:
    """Return the path's first arm, the baseline."""
    return Arm(name="baseline", role=Role.BASELINE, step=0, configuration=plan.baseline)


def remaining(current: Configuration, target: Configuration) -> list[str]:
    """Return the parameters whose value is not the target's yet."""
    return list(differences(target, current))


def decided(arms: Sequence[Arm], stored: Sequence[ArmRow]) -> Arm | None:
    """Return the arm of a round that stored ones of the next go on from: more seeds do not bend a path.

    Args:
        arms: The candidates of one round.
        stored: The path's arms as they are stored.
    """
    led_on = {row.control for row in stored}
    return next((arm for arm in arms if arm.name in led_on), None)


def round_of(plan: Plan, previous: Arm, target: Configuration) -> list[Arm]:
    """Return the candidates of the next round: `previous` with one more parameter as in the target.

    Args:
        plan: The study.
        previous: The arm chosen last.
        target: The best's configuration.
    """
    current = previous.configuration or {}
    step = (previous.step or 0) + 1
    domains = plan.space.domains
    in_force = active({name: target[name] for name in domains}, domains)
    arms = []
    for name in remaining(current, target):
        if name in domains and name not in in_force:
            continue  # the target does without it: it goes with what it depends on
        configuration = plan.changed(current, {name: target[name]})
        if configuration != current:
            arms.append(
                Arm(
                    name=f"{step}. {name}",
                    role=Role.VARIANT,
                    control=previous.name,
                    step=step,
                    factors=(*previous.factors, name),
                    configuration=configuration,
                    reason=f"{name}: {current[name]} -> {configuration[name]}",
                )
            )
    return arms


def choose(arms: Sequence[Arm], scores: Mapping[str, Sequence[float]], replicates: int, metric: Metric) -> Arm:
    """Return the arm to go on from.

    Args:
        arms: The candidates of one round.
        scores: Arm -> validation scores of its complete trials. The test split is not asked.
        replicates: How many there should be; an arm that lost one (diverged, failed) comes after all that did not.
        metric: What the scores are of.
    """

    def merit(arm: Arm) -> tuple[int, float]:
        values = scores.get(arm.name, ())
        return min(len(values), replicates), metric.sign * fmean(values) if values else -math.inf

    return max(arms, key=merit)
