"""How many parameters a configuration has, and the baseline that has as many as a larger variant."""

from __future__ import annotations

import bisect
import math
import sys
from collections.abc import Callable, Mapping

from study.ablation.fitting import blueprint
from study.errors import USER_CODE_RAISES
from study.plan import Plan
from study.trial import Scalar

GROWTH = 1.1
"""A variant with fewer than this times the reference's parameters needs no size-matched baseline."""
STEP = 8
"""A matched baseline's size is a multiple of this: kernels are made for such sizes."""
LARGEST = 1 << 14

Configuration = Mapping[str, Scalar]


def count_parameters(plan: Plan, configuration: Configuration) -> int | None:
    """Return the trainable parameters of a configuration's network; on torch's meta device, so nothing is allocated.

    None where the model cannot be built that way: a user's model may raise anything, and its trials will tell.
    """
    try:
        _, params = plan.model.split(configuration)
        network = blueprint(plan.model, params, plan.dataset.spec)
        return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)
    except USER_CODE_RAISES:
        return None


def grow(plan: Plan, reference: Configuration, variant: Configuration) -> tuple[str, Configuration] | None:
    """Return the reference grown along the space's `size` to as many parameters as the variant, and its name.

    None where the space names no size, the variant is hardly larger, or it is the grown reference itself.
    """
    size = plan.space.size
    if size is None:
        return None
    wanted, present = count_parameters(plan, variant), count_parameters(plan, reference)
    if wanted is None or present is None or wanted < GROWTH * present:
        return None

    def count(number: int) -> int:
        found = count_parameters(plan, {**reference, size: number})
        return sys.maxsize if found is None else found  # a model may refuse what is too large

    value = _nearest(count, int(str(reference[size])), wanted)  # a whole number: the space's check has seen to that
    grown = {**reference, size: value}
    # Where the reference's architecture has no use for the size, nothing comes nearer.
    if not abs(count(value) - wanted) < abs(present - wanted) or grown == dict(variant):
        return None
    return f"baseline with {size}={value}", grown


def _nearest(count: Callable[[int], int], smallest: int, wanted: int) -> int:
    """Return the multiple of STEP, not under `smallest`, whose count comes nearest to `wanted`."""
    steps = range(math.ceil(smallest / STEP), LARGEST // STEP)
    above = bisect.bisect_left(steps, wanted, key=lambda step: count(step * STEP))
    candidates = [step * STEP for step in steps[max(0, above - 1) : above + 1]]
    return min(candidates, key=lambda number: abs(count(number) - wanted), default=smallest)
