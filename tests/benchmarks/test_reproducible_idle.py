"""The simulation of what a search that no timing changes waits."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.reproducible_idle import Taken, trained
from study.options.method import Budget, Method
from study.search import Search, Turns

from ..plans import plan_of

PLAN = plan_of("cnn", budget=Budget(trials=6, epochs=5, replicates=0), method=Method(sampler="random", pruner="none"))


def tied(workers: int, lag: int) -> Taken:
    return trained(Turns(replace(PLAN, method=replace(PLAN.method, reproducible=lag))), workers, [1.0, 2.0])


def test_one_worker_never_waits_and_more_wait_less_the_further_a_decision_lies_behind() -> None:
    alone = trained(Search(PLAN), 1, [1.0, 2.0])
    assert tied(1, 1) == alone
    assert alone.idle == 0
    assert tied(2, 1).seconds == alone.seconds  # one turn at a time
    assert tied(2, 2).seconds >= tied(2, 6).seconds == trained(Search(PLAN), 2, [1.0, 2.0]).seconds
    assert tied(2, 1).idle == 0.5
