"""Median pruning: the same decisions as Optuna's own pruner."""

from __future__ import annotations

import math

import optuna
from hypothesis import given
from hypothesis import strategies as st

from study.search.median import MedianRule

from ..examples import examples

curves = st.lists(st.one_of(st.floats(-3, 3), st.sampled_from([0.5, math.nan])), max_size=4)


@examples(80)
@given(st.lists(curves, max_size=12), curves.filter(bool), st.sampled_from(["maximize", "minimize"]))
def test_it_decides_as_optunas_does(complete: list[list[float]], mine: list[float], direction: str) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1)
    study = optuna.create_study(direction=direction, pruner=pruner)
    rule = MedianRule(1 if direction == "maximize" else -1)
    for curve in complete:
        values = dict(enumerate(curve, start=1))
        study.add_trial(optuna.trial.create_trial(value=0.0, intermediate_values=values))
        rule.completed(values)
    asked, told = study.ask(), dict[int, float]()
    for epoch, value in enumerate(mine, start=1):
        asked.report(value, step=epoch)
        told[epoch] = value
        assert rule.prunes(told) == asked.should_prune()
