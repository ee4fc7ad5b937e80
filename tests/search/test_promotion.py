"""Successive halving by promotion: who goes on, checked on numbers alone."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.search.promotion import Ladder, Promotion, rungs

from ..examples import examples

LADDER = (1, 3, 9)


@dataclass(frozen=True)
class Contender:
    """A search trial: what it had after which epochs, and the rung that it may train to."""

    number: int
    values: Mapping[int, float]
    limit: int
    paused: bool


def promote(ladder: Sequence[int], contenders: Sequence[Contender], *, last_call: bool = False) -> Promotion | None:
    """Returns what a ladder says once it was told of some trials."""
    told = Ladder(ladder)
    for contender in contenders:
        for epoch, value in contender.values.items():
            told.reaches(contender.number, epoch, value)
        if contender.paused:
            told.pauses(contender.number, contender.limit)
    return told.promotion(last_call=last_call)


def paused(number: int, **values: float) -> Contender:
    """Returns a trial that waits at the last of its rungs: `paused(4, e1=0.5)`."""
    reached = {int(name[1:]): value for name, value in values.items()}
    return Contender(number, reached, limit=max(reached), paused=True)


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [(1, (1,)), (2, (2,)), (3, (1, 3)), (4, (1, 2, 4)), (9, (2, 4, 9)), (10, (2, 4, 10)), (50, (10, 20, 50))],
)
def test_trials_are_compared_after_a_fifth_and_two_fifths_of_their_epochs(
    epochs: int, expected: tuple[int, ...]
) -> None:
    assert rungs(epochs) == expected


def test_nobody_goes_on_before_three_have_reached_a_rung() -> None:
    two = [paused(1, e1=0.9), paused(2, e1=0.8)]
    assert promote(LADDER, two) is None
    assert promote(LADDER, [*two, paused(3, e1=0.1)]) == Promotion(1, limit=3)


def test_who_goes_on_keeps_its_place_in_the_rung_it_left() -> None:
    went_on = replace(paused(1, e1=0.9), limit=3, paused=False)
    others = [paused(2, e1=0.8), paused(3, e1=0.1), paused(4, e1=0.1), paused(5, e1=0.1)]
    assert promote(LADDER, [went_on, *others]) is None
    assert promote(LADDER, [went_on, *others, paused(6, e1=0.0)]) == Promotion(2, limit=3)


def test_the_highest_rung_comes_first() -> None:
    high = [paused(number, e1=0.9, e3=0.9 - number / 100) for number in (1, 2, 3)]
    low = [paused(number, e1=0.95) for number in (4, 5, 6)]
    assert promote(LADDER, [*low, *high]) == Promotion(1, limit=9)


def test_of_equals_the_earliest_goes_on() -> None:
    assert promote(LADDER, [paused(number, e1=0.5) for number in (3, 2, 4)]) == Promotion(2, limit=3)


def test_a_running_trial_is_not_promoted_and_holds_its_place() -> None:
    running = replace(paused(1, e1=0.9), paused=False)
    assert promote(LADDER, [running, paused(2, e1=0.8), paused(3, e1=0.1)]) is None


def test_at_the_last_call_the_best_of_each_rung_goes_on() -> None:
    assert promote(LADDER, [paused(1, e1=0.2), paused(2, e1=0.8)], last_call=True) == Promotion(2, limit=3)
    finished = replace(paused(2, e1=0.8, e3=0.9, e9=0.9), paused=False)
    assert promote(LADDER, [paused(1, e1=0.2), finished], last_call=True) is None


@dataclass
class Simulation:
    """A search of made trials on some workers, each worker taking an epoch a turn."""

    curves: list[list[float]]
    """Trial -> its value after each epoch."""
    workers: int
    seed: int
    ladder: tuple[int, ...] = LADDER
    trained: dict[int, list[int]] = field(default_factory=dict)
    """Trial -> the epochs it trained, in order."""
    limits: dict[int, int] = field(default_factory=dict)

    def contenders(self, running: set[int]) -> list[Contender]:
        return [
            Contender(
                number,
                {epoch: self.curves[number][epoch - 1] for epoch in epochs},
                self.limits[number],
                paused=number not in running and len(epochs) == self.limits[number] < self.ladder[-1],
            )
            for number, epochs in self.trained.items()
        ]

    def run(self) -> None:
        generator, running = random.Random(self.seed), set[int]()
        while True:
            while len(running) < self.workers and (number := self.next(running)) is not None:
                running.add(number)
            if not running:
                return
            number = generator.choice(sorted(running))
            self.trained[number].append(len(self.trained[number]) + 1)
            if len(self.trained[number]) == self.limits[number]:
                running.remove(number)

    def next(self, running: set[int]) -> int | None:
        begun = len(self.trained) == len(self.curves)
        promotion = promote(self.ladder, self.contenders(running), last_call=begun and not running)
        if promotion is not None:
            self.limits[promotion.number] = promotion.limit
            return promotion.number
        if begun:
            return None
        number = len(self.trained)
        self.trained[number], self.limits[number] = [], self.ladder[0]
        return number


@examples(60)
@given(
    curves=st.lists(st.lists(st.floats(0, 1), min_size=9, max_size=9), min_size=1, max_size=40),
    workers=st.integers(1, 4),
    seed=st.integers(0, 10),
)
def test_no_epoch_is_trained_twice_and_every_rung_sends_its_best_on(
    curves: list[list[float]], workers: int, seed: int
) -> None:
    simulation = Simulation(curves, workers, seed)
    simulation.run()
    assert sorted(simulation.trained) == list(range(len(curves)))
    assert all(epochs == list(range(1, len(epochs) + 1)) for epochs in simulation.trained.values())
    assert {len(epochs) for epochs in simulation.trained.values()} <= set(LADDER)
    reached = {rung: [n for n, epochs in simulation.trained.items() if len(epochs) >= rung] for rung in LADDER}
    for rung, above in ((1, 3), (3, 9)):
        best = max(reached[rung], key=lambda number: (curves[number][rung - 1], -number))
        assert best in reached[above]
        # Early promotions may turn out wrong, so more than a third can be above.
        assert len(reached[above]) >= max(1, len(reached[rung]) // 3)


def test_much_less_is_trained_than_without_and_the_winner_is_found() -> None:
    curves = [[(number + 1) / 50 * epoch / 9 for epoch in range(1, 10)] for number in range(45)]
    random.Random(0).shuffle(curves)
    simulation = Simulation(curves, workers=2, seed=0)
    simulation.run()
    best = max(range(len(curves)), key=lambda number: curves[number][-1])
    assert len(simulation.trained[best]) == 9
    assert sum(map(len, simulation.trained.values())) < 0.4 * 9 * len(curves)
