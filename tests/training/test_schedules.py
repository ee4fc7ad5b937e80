"""Schedules are those of their papers, and every name of a recipe has one."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from study.recipe import Schedule
from study.training.schedules import SCHEDULES, factor_at

from ..examples import examples

quick = examples(100)


def test_every_schedule_that_a_recipe_may_name_is_here() -> None:
    assert tuple(SCHEDULES) == get_args(Schedule)


@pytest.mark.parametrize("steps", [1, 2, 7, 100])
def test_the_cosine_is_torchs(steps: int) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    for step in range(steps):
        rate = 0.3 * factor_at("cosine", step, steps)
        assert rate == pytest.approx(scheduler.get_last_lr()[0], rel=1e-9, abs=1e-15)
        optimizer.step()
        scheduler.step()


def test_one_cycle_climbs_from_a_25th_to_its_peak_and_falls_to_nothing() -> None:
    rates = [0.5 * factor_at("one-cycle", step, 1000) for step in range(1000)]
    assert rates[0] == pytest.approx(0.5 / 25)
    assert rates[150] == pytest.approx((0.02 + 0.5) / 2)  # half-way up a line
    assert rates[300] == pytest.approx(0.5)
    assert rates[650] == pytest.approx(0.25)  # half-way down half a cosine
    assert 0 < rates[999] < 1e-5
    assert rates.index(max(rates)) == 300
    assert rates[:301] == sorted(rates[:301])
    assert rates[300:] == sorted(rates[300:], reverse=True)


def test_one_cycle_follows_its_formula() -> None:
    for step in range(50):
        share = step / 50
        up = 0.04 + 0.96 * share / 0.3
        down = (1 + np.cos(np.pi * (share - 0.3) / 0.7)) / 2
        assert factor_at("one-cycle", step, 50) == pytest.approx(up if share < 0.3 else down)


@pytest.mark.parametrize("steps", [20, 100, 1000])
def test_the_warm_up_is_torchs_linear_one_and_then_torchs_cosine(steps: int) -> None:
    rise = steps // 20
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1 / 100, total_iters=rise)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps - rise)
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [warmup, cosine], milestones=[rise])
    for step in range(steps):
        rate = 0.3 * factor_at("warmup-cosine", step, steps)
        assert rate == pytest.approx(scheduler.get_last_lr()[0], rel=1e-6, abs=1e-12), step
        optimizer.step()
        scheduler.step()


@quick
@given(st.sampled_from(list(SCHEDULES)), st.integers(1, 100_000), st.data())
def test_every_step_has_a_fraction_of_the_highest_rate_above_zero(
    schedule: Any,  # noqa: ANN401 - drawn from the literals
    steps: int,
    data: st.DataObject,
) -> None:
    factor = factor_at(schedule, data.draw(st.integers(0, steps - 1)), steps)
    assert 0 < factor <= 1 + 1e-12
    if schedule == "constant":
        assert factor == 1
