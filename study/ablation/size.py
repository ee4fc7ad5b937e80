"""How many parameters a configuration has, and the baseline that has as many as a larger variant."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping
from functools import partial

import torch

from study.plan import Plan
from study.trial import Scalar

GROWTH = 1.1
"""A variant with fewer than this times the reference's parameters needs no size-matched baseline."""
STEP = 8
"""A matched baseline's size is a multiple of this: kernels are made for such sizes."""
LARGEST = 1 << 14

Configuration = Mapping[str, Scalar]


def count_parameters(plan: Plan, configuration: Configuration) -> int:
    """Returns the trainable parameters of the family's model; on torch's meta device, so nothing is allocated."""
    _, params = plan.family.divide(configuration)
    with torch.device("meta"):
        model = plan.family.build(params, len(plan.dataset.class_names))
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def grow(plan: Plan, reference: Configuration, variant: Configuration) -> tuple[str, Configuration] | None:
    """Returns the reference grown along the space's `size` to as many parameters as the variant, and its name.

    None where the space names no size, the variant is hardly larger, or it is the grown reference itself.
    """
    size = plan.space.size
    if size is None:
        return None
    count = partial(count_parameters, plan)
    wanted = count(variant)
    if wanted < GROWTH * count(reference):
        return None
    value = _nearest(lambda number: count({**reference, size: number}), int(reference[size]), wanted)
    grown = {**reference, size: value}
    if value == reference[size] or grown == dict(variant):
        return None
    return f"baseline with {size}={value}", grown


def _nearest(count: Callable[[int], int], smallest: int, wanted: int) -> int:
    """Returns the multiple of STEP, not under `smallest`, whose count comes nearest to `wanted`."""
    steps = range(smallest // STEP, LARGEST // STEP)
    above = bisect.bisect_left(steps, wanted, key=lambda step: count(step * STEP))
    candidates = [step * STEP for step in steps[max(0, above - 1) : above + 1] if step * STEP >= smallest]
    return min(candidates, key=lambda number: abs(count(number) - wanted), default=smallest)
