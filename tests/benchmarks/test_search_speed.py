"""How soon a search finds something: the clock, the table, the ways that are compared, and what is told of them."""

from __future__ import annotations

import json
import math
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.search_speed import real, replay
from benchmarks.search_speed.arms import TopK, ours
from benchmarks.search_speed.clock import Completion, Counted, Job, run
from benchmarks.search_speed.grid import DOMAINS, EPOCHS, LEVELS, RUNGS, SHAPE, SIZE, between, points, row_of
from benchmarks.search_speed.raw import EXAMPLES
from benchmarks.search_speed.surface import smoothed
from benchmarks.search_speed.table import Curve, Curves, Table, load, pack
from benchmarks.search_speed.ways import MEDIAN, TARGETS, Way, everything, product
from study.search.promotion import rungs

NOTHING = Curve(np.zeros(EPOCHS), np.zeros(len(RUNGS) + 1), np.zeros(len(RUNGS)), 0.0)


def made_table(*, again: int = 4) -> Table:
    """Returns a table whose error falls with the epochs and is least at the middle learning rate."""
    rates = np.unravel_index(np.arange(SIZE), SHAPE)[0]
    last = 0.02 + 0.01 * np.abs(rates - 3) + np.arange(SIZE) / 1e5
    error = np.full((2, SIZE, EPOCHS), np.nan)
    error[0] = last[:, None] + np.linspace(0.5, 0, EPOCHS)
    error[1, :again] = error[0, :again] * 1.1
    averaged = error[:, :, [*(epoch - 1 for epoch in RUNGS), -1]]
    expected = np.concatenate([error[0], averaged[0], averaged[0, :, :-1]], axis=1)
    return Table(error, error, averaged, averaged[:, :, :-1], expected, np.ones(SIZE), np.ones(SIZE))


@dataclass
class Three:
    """Three trainings, of which the second is given up after its first epoch."""

    begun: int = 0
    told: list[int] = field(default_factory=list)

    def ask(self) -> Job | None:
        self.begun += 1
        return Job(self.begun, NOTHING) if self.begun <= 3 else None

    def report(self, job: Job) -> bool:
        return job.row != 2

    def tell(self, job: Job) -> None:
        self.told.append(job.row)

    def seconds(self, job: Job) -> float:
        return 1.0 if job.row < 3 else 2.0


def test_two_workers_train_side_by_side_and_a_free_one_takes_the_next() -> None:
    arm = Counted(Three())
    ends = list(run(arm, workers=2, until=math.inf))
    assert ends == [
        Completion(10.0, 0.0, 0.0),
        Completion(21.0, 0.0, 0.0),
    ]  # the third begins when the second is given up
    assert arm.spent == 10 + 1 + 20
    assert list(run(Three(), workers=2, until=20)) == [Completion(10.0, 0.0, 0.0)]


def test_the_baseline_and_every_level_are_rows_of_their_own() -> None:
    assert [row_of(point) for point in points()] == list(range(SIZE))
    baseline = points()[row_of({name: domain.default for name, domain in DOMAINS.items()})]
    assert baseline == {name: domain.default for name, domain in DOMAINS.items()}
    assert points()[row_of({**baseline, "learning_rate": 0.0016, "dropout": 0.2})] == {
        **baseline,
        "learning_rate": LEVELS["learning_rate"][4],
        "dropout": 0.3,
    }


def test_between_two_learning_rates_the_logarithm_is_followed() -> None:
    rates = [float(rate) for rate in LEVELS["learning_rate"]]
    point = {**points()[0], "learning_rate": math.sqrt(rates[2] * rates[3])}
    low, high, part = between(point)
    assert [points()[row]["learning_rate"] for row in (low, high)] == rates[2:4]
    assert part == pytest.approx(0.5, abs=0.01)
    assert between({**point, "learning_rate": rates[-1]})[1:] == (row_of({**point, "learning_rate": rates[-1]}), 1.0)
    table = made_table()
    found, sides = table.expects(point), table.expected[[low, high]]
    assert np.all((found > sides.min(axis=0)) & (found < sides.max(axis=0)))


def test_every_training_has_a_luck_of_its_own_around_what_is_expected() -> None:
    table = made_table()
    curves = Curves(table, seed=0)
    taken = [curves.take(points()[7]) for _ in range(40)]
    assert [curve.expected for curve in taken] == pytest.approx([table.expected[7, EPOCHS - 1]] * 40)
    ratios = np.array([curve.error[0] for curve in taken]) / table.expected[7, 0]
    luck = 1.1 ** (1 / math.sqrt(2))  # seeds that differ by a tenth
    assert np.minimum(abs(ratios - luck), abs(ratios - 1 / luck)) == pytest.approx(0, abs=0.002)
    assert 10 < np.sum(ratios > 1) < 30


def test_what_would_be_handed_over_has_the_least_error_told_whatever_is_expected_of_it() -> None:
    found = [Completion(1, 0.3, 0.25), Completion(2, 0.1, 0.26), Completion(3, 0.4, 0.2), Completion(4, 0.2, 0.1)]
    assert replay.handed_over(found) == [0.3, 0.3, 0.4, 0.2]


def test_a_target_is_what_the_best_part_of_the_configurations_are_expected_to_reach() -> None:
    table = made_table()
    final = table.expected[:, EPOCHS - 1]
    assert np.quantile(final, 0.02) < table.target(0.1) < np.quantile(final, 0.2)
    assert table.target(0.1) < table.target(0.5)


def test_what_is_expected_lies_between_a_rows_own_score_and_its_neighbours() -> None:
    scores = np.log(made_table().expected[:, [EPOCHS - 1]])
    lucky = int(np.argmin(scores))
    lucky_scores = scores.copy()
    lucky_scores[lucky] -= 0.5
    lucky_scores[3::7] = np.nan
    noise = np.array([[0.2], [-0.2]])
    expected = smoothed(lucky_scores, noise)
    assert np.isfinite(expected).all()  # what was not recorded too
    assert lucky_scores[lucky, 0] + 0.1 < expected[lucky, 0] < scores[lucky, 0] + 0.1
    assert np.abs(expected - scores).mean() < 0.05


def line_of(row: int, seed: int, wrong: int) -> dict[str, Any]:
    scored = [wrong, 0.5]
    return {
        "row": row,
        "seed": seed,
        "raw": [scored] * EPOCHS,
        "averaged": {str(epoch): scored for epoch in (*RUNGS, EPOCHS)},
        "branch": {str(epoch): scored for epoch in RUNGS},
        "seconds": [0.25] * EPOCHS,
        "branch_seconds": {str(epoch): 0.125 for epoch in RUNGS},
    }


def test_the_table_holds_what_was_recorded(tmp_path: Path) -> None:
    kinds = {tuple(point[name] for name in ("batch_size", "width")): row for row, point in enumerate(points())}
    lines = [line_of(row, seed, 50 + row + 5 * seed * (row % 3)) for row in kinds.values() for seed in (0, 1)]
    diverged = {**line_of(0, 0, 0), "raw": [], "averaged": {}, "branch": {}, "seconds": [], "branch_seconds": {}}
    raw = tmp_path / "raw.jsonl"
    raw.write_text("".join(json.dumps(line) + "\n" for line in [*lines, diverged]) + '{"row": 1, "to', encoding="utf-8")
    pack(raw, tmp_path / "table.npz")
    table = load(tmp_path / "table.npz")
    assert table.recorded.tolist() == sorted([0, *kinds.values()])
    assert table.final[0] == 1.0  # diverged
    row = max(kinds.values())
    assert table.error[0, row].tolist() == [(50 + row) / EXAMPLES] * EPOCHS
    assert set(table.seconds.tolist()) == {0.25}
    assert set(table.branch_seconds.tolist()) == {0.125}


def test_our_search_trains_no_epoch_twice_and_its_baseline_first() -> None:
    arm = ours(made_table(), 0, trials=12, pruner="promote")
    ends = list(run(arm, 2, math.inf))
    assert len(arm.jobs) == 12
    assert {job.epoch for job in arm.jobs.values()} == set(rungs(EPOCHS))
    assert arm.jobs[0].epoch == EPOCHS
    assert len(ends) == sum(job.epoch == EPOCHS for job in arm.jobs.values())


def test_one_epoch_for_all_then_the_best_in_full() -> None:
    arm = Counted(TopK(made_table(), seed=0, first=8, best=2, rounds=1))
    ends = list(run(arm, 2, math.inf))
    assert len(ends) == 2
    assert arm.spent == 8 + 2 * (EPOCHS - 1)


@pytest.mark.cases(7)
@pytest.mark.parametrize("name", [name for ways in everything(made_table()).values() for name in ways])
def test_every_way_completes_something(name: str) -> None:
    table = made_table()
    way = {key: value for ways in everything(table).values() for key, value in ways.items()}[name]
    (outcome,) = replay.replay_all(table, way, [0], limit=4)
    assert outcome.regret[-1] >= 0


def test_seeds_are_divided_and_put_together_again(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Path(replay.__file__).with_name("curves.npz")
    monkeypatch.setattr(replay, "BLOCK", 2)
    replays = replay.Replays(table, "rivals", seeds=range(5, 8), limit=8)
    names = ["random, all in full", MEDIAN]
    with ThreadPoolExecutor(1) as pool:
        known = [{name: len(found) for name, found in block.items()} for block in replays.outcomes(names, pool)]
        *_, last = replays.outcomes(names, pool)
    assert known == [dict.fromkeys(names, 2), dict.fromkeys(names, 3)]
    assert last == {name: replays.share(name, range(5, 8)) for name in names}
    assert last[names[0]] != last[names[1]]


def test_what_has_a_target_is_among_the_ways() -> None:
    known = everything(made_table())["rivals"]
    assert all(name in known for *_, names in TARGETS for name in names)


def test_a_change_of_the_product_is_undone() -> None:
    way: Way = everything(made_table())["rungs"]["rungs 1, 3, 10; 1 in 3"]
    with way.changed():
        changed = ours(made_table(), 0, trials=4, pruner="promote")
        list(run(changed, 2, math.inf))
    assert {job.epoch for job in changed.jobs.values()} <= {1, 3, EPOCHS}
    assert rungs(EPOCHS) == (2, 4, 10)


def test_a_search_that_gets_there_is_timed_and_one_that_does_not_counts_as_never() -> None:
    table = made_table()
    best = int(table.expected[:, EPOCHS - 1].argmin())

    class Best(Three):
        """The best row, with epochs of twice the mean, and then nothing."""

        def ask(self) -> Job | None:
            self.begun += 1
            return Job(best, Curves(table, 0).take(points()[best])) if self.begun == 1 else None

    found = replay.replay(table, lambda table, seed: Best(), 0, limit=2)
    assert found.times == (2.0, 2.0)
    assert found.regret == pytest.approx((0.0,) * len(replay.CHECKPOINTS))
    nothing = replay.replay(table, product().make, 0, limit=0.5)
    assert nothing.times == (math.inf, math.inf)
    assert math.isnan(nothing.regret[-1])


def test_a_ratio_is_of_medians_and_its_interval_holds_it() -> None:
    fast, slow = np.linspace(1, 3, 41), np.linspace(2, 6, 41)
    found = replay.ratio(fast, slow)
    assert found.value == 2
    assert found.low < 2 < found.high
    assert replay.ratio(fast, np.full(41, math.inf)).value == math.inf
    never = replay.line(np.array([1.0, 2.0, math.inf]), fast)
    assert (never.reached, never.n, never.median) == (2, 3, 2.0)
    assert replay.printed("it", never) == "| it | 2, 3 | 2.0 | 1.00 (0.45 to never) |"


def test_the_table_tells_both_targets_and_regret() -> None:
    quick, slow = replay.Outcome((1.0, 2.0), (0.01,) * 4), replay.Outcome((2.0, math.inf), (math.nan,) + (0.02,) * 3)
    lines = replay.table_of({"ours": [quick] * 3, "another": [slow] * 3})
    assert lines[2] == (
        "| ours | 3, 3 | 1.0 | 1.00 (1.00 to 1.00) | 3 | 2.0 | 1.00 (1.00 to 1.00) | 1.00 | 1.00 | 1.00 | 1.00 |"
    )
    assert lines[3] == (
        "| another | 3, 3 | 2.0 | 2.00 (2.00 to 2.00) | 0 | never | never (never to never) | - | 2.00 | 2.00 | 2.00 |"
    )
    assert len({line.count("|") for line in lines}) == 1


def test_where_neither_got_there_the_ratio_is_open_to_both_sides() -> None:
    half = np.array([1.0, 2.0, 3.0, math.inf, math.inf, math.inf, math.inf])
    found = replay.ratio(np.linspace(1, 3, 7), half)
    assert (found.value, found.high) == (math.inf, math.inf)
    assert found.low < math.inf
    assert replay.ratio(half, half).value == 1.0


def test_what_was_measured_before_is_not_measured_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, results = made_table(), tmp_path / "results.jsonl"
    target = table.target(replay.TARGETS[0])
    lines = [
        {"side": side, "seed": seed, "target": target, "limit": 5.0, "seconds": seconds}
        for side, taken in (("ours", (2.0, 4.0)), ("random", (4.0, None)))
        for seed, seconds in enumerate(taken)
    ]
    results.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    real.compare(table, tmp_path, 2, 5.0, results, ("ours", "random"))
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in out[-2:]] == ["ours", "random"]
    assert out[-1].startswith("| random | 1, 2 |")
    assert not any(line.startswith("seed") for line in out)


def test_the_first_complete_trial_that_is_good_enough_counts(tmp_path: Path) -> None:
    assert real._reached_by_ours(tmp_path, 0.1) is None
    with closing(sqlite3.connect(tmp_path / "studies.db")) as database, database:
        database.execute("CREATE TABLE trial (phase, state, value, finished_at)")
        database.executemany(
            "INSERT INTO trial VALUES ('search', ?, ?, ?)",
            [
                ("complete", 0.8, "2026-11-26T10:00:00+00:00"),
                ("pruned", 0.95, "2026-11-26T10:00:01+00:00"),
                ("complete", 0.9, "2026-11-26T10:00:02+00:00"),
                ("complete", 0.95, "2026-11-26T10:00:03+00:00"),
            ],
        )
    reached = datetime(2026, 11, 26, 10, 0, 2, tzinfo=UTC).timestamp()
    assert real._reached_by_ours(tmp_path, 0.1) == reached
    assert real._reached_by_ours(tmp_path, 0.01) is None
