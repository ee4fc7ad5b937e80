"""What a reader, or who wants a verdict, could once have got wrongly from the same trials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import update

from reports.analysis.best_against_baseline import best_against_baseline
from reports.analysis.designs import factorial, path
from reports.analysis.effects import effects
from reports.analysis.judged_before import judged_before
from reports.analysis.pairs import planned_trials_of
from study.database import schema
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory

BASE = (0.9701, 0.9723, 0.9684, 0.9712, 0.9695, 0.9706)
GOOD = tuple(score + gain for score, gain in zip(BASE, (0.004, 0.009, 0.002, 0.006, 0.012, 0.005), strict=True))
WIDE = {"momentum": 0.5}
"""What the variant of these tests changes."""


def row_of(laboratory: Laboratory, arm: str, ablation: str = "one-at-a-time") -> dict[Any, Any]:
    table = effects(laboratory.frames())
    (row,) = table[(table["arm"] == arm) & (table["ablation"] == ablation)].to_dict("records")
    return row


def others(number: int, outcomes: tuple[Any, ...]) -> list[Arm]:
    return [Arm(f"v{place}", outcomes, changes={"learning_rate": 0.01 + place}) for place in range(number)]


@pytest.fixture
def study(laboratory: Laboratory) -> str:
    return laboratory.plan()


def test_a_disaster_among_eleven_variants_is_told_by_six_seeds(laboratory: Laboratory, study: str) -> None:
    """-41 points (-43.7 to -38.6) read "cannot tell": the smallest p that six seeds could give was 0.34."""
    worse = tuple(score - loss for score, loss in zip(BASE, (0.40, 0.42, 0.41, 0.39, 0.43, 0.42), strict=True))
    ablate(laboratory, study, baseline(*BASE), Arm("bad", worse, changes=WIDE), *others(10, BASE))
    row = row_of(laboratory, "bad")
    assert row["verdict"] == "hurts"
    assert row["p_holm"] < 0.001
    assert row["sign_flip_p"] * row["variants"] > 0.3


def test_three_seeds_can_tell(laboratory: Laboratory, study: str) -> None:
    worse = tuple(score - 0.1 for score in BASE[::-1][:3])
    ablate(laboratory, study, baseline(*BASE[:3]), Arm("bad", worse, changes=WIDE), *others(7, BASE[:3]))
    assert row_of(laboratory, "bad")["verdict"] == "hurts"


def test_the_same_trials_in_a_smaller_design_are_no_better_evidence(laboratory: Laboratory, study: str) -> None:
    """A leave-one-out of one variant made p 0.156 into 0.031 from the very trials of eleven variants."""
    wide = Arm("wide", GOOD, changes=WIDE)
    ablate(laboratory, study, baseline(*BASE), wide, *others(10, BASE))
    among_eleven = row_of(laboratory, "wide")
    full = Arm("everything", GOOD, role="baseline", control=None, changes=WIDE)
    without = Arm("without wide", BASE, control="everything", removed="wide")
    ablate(laboratory, study, full, without, name="leave-one-out", design="leave-one-out")
    alone = row_of(laboratory, "without wide", "leave-one-out")
    assert alone["effect"] == pytest.approx(-among_eleven["effect"])
    # One question, asked twice: the family stays eleven, and both answers stand in it.
    assert alone["variants"] == row_of(laboratory, "wide")["variants"] == 11
    assert alone["p_holm"] >= min(1, 11 * min(alone["p"], among_eleven["p"])) - 1e-12


def test_a_second_design_enlarges_the_family_of_both(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE), Arm("wide", GOOD, changes=WIDE))
    before = row_of(laboratory, "wide")
    full = Arm("everything", GOOD, role="baseline", control=None, changes={"learning_rate": 1.0})
    part = Arm("without deep", BASE, control="everything", changes={"learning_rate": 2.0})
    ablate(laboratory, study, full, part, name="leave-one-out", design="leave-one-out")
    after = row_of(laboratory, "wide")
    assert (before["variants"], after["variants"]) == (1, 2)
    assert after["p_holm"] >= before["p_holm"]


def test_a_space_that_is_named_anew_says_that_its_trials_were_judged_before(laboratory: Laboratory, study: str) -> None:
    again = laboratory.plan("cnn-again@mnist", model="cnn")
    for name in (study, again):
        ablate(laboratory, name, baseline(*BASE), Arm("wide", GOOD, changes=WIDE))
    with laboratory.database.begin() as connection:
        connection.execute(
            update(schema.test_result)
            .where(
                schema.test_result.c.trial.in_(
                    schema.trial.select().with_only_columns(schema.trial.c.id).where(schema.trial.c.study == again)
                )
            )
            .values(recorded_at="2026-02-03T00:00:00.000000+00:00")
        )
    (sentence,) = (told := judged_before(laboratory.frames())).values()
    assert list(told) == [again]
    assert sentence.startswith(
        f"12 of the 12 scored trials of {again}'s ablations were judged before, in {study} (2026-"
    )
    other = laboratory.plan("cnn-other@mnist", model="cnn", dataset_hash="c" * 64)
    ablate(laboratory, other, baseline(*BASE))
    assert list(judged_before(laboratory.frames())) == [again]


def planned_later(laboratory: Laboratory, replicates: range, day: int, scored: int) -> None:
    """Says of replicates that they were planned and scored on a day in February."""
    planned, tests = schema.planned_trial, schema.test_result
    chosen = planned.c.replicate.in_(list(replicates))
    trials = planned.select().with_only_columns(planned.c.trial).where(chosen)
    with laboratory.database.begin() as connection:
        connection.execute(update(planned).where(chosen).values(planned_at=f"2026-02-{day:02}T00"))
        connection.execute(update(tests).where(tests.c.trial.in_(trials)).values(recorded_at=f"2026-02-{scored:02}T00"))


def test_seeds_added_after_a_look_are_marked_and_tested_more_strictly(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE), Arm("wide", GOOD, changes=WIDE))
    fixed = row_of(laboratory, "wide")
    assert (fixed["look"], fixed["seeds_added"], fixed["verdict"]) == (1, 0, "helps")
    assert fixed["level"] == pytest.approx(0.05)
    planned_later(laboratory, range(3), 1, 2)
    planned_later(laboratory, range(3, 5), 3, 4)
    planned_later(laboratory, range(5, 6), 5, 6)
    row = row_of(laboratory, "wide")
    assert (row["look"], row["seeds_added"], row["level"]) == (3, 3, pytest.approx(0.05 / 8))
    assert 0.05 / 8 < row["p_holm"] == fixed["p_holm"] < 0.05
    assert row["verdict"] == "no evidence"


def test_seeds_added_before_anything_was_scored_are_no_look(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE), Arm("wide", GOOD, changes=WIDE))
    planned_later(laboratory, range(3), 1, 9)
    planned_later(laboratory, range(3, 6), 2, 10)
    assert row_of(laboratory, "wide")["look"] == 1


def test_no_seeds_are_advised_for_the_effect_that_was_observed(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE), Arm("wide", GOOD, changes=WIDE))
    assert np.isnan(row_of(laboratory, "wide")["seeds_needed"])
    needed = []
    for smallest in (0.3, 3.0):
        with laboratory.database.begin() as connection:
            connection.execute(update(schema.plan).values(smallest_effect=smallest))
        needed.append(row_of(laboratory, "wide")["seeds_needed"])
    assert needed[0] > needed[1] >= 2


def test_no_effect_larger_than_what_matters_is_a_verdict(laboratory: Laboratory, study: str) -> None:
    same = tuple(score + gap for score, gap in zip(BASE, (0.001, -0.001, 0.001, -0.001, 0, 0), strict=True))
    ablate(laboratory, study, baseline(*BASE), Arm("same", same, changes=WIDE))
    assert row_of(laboratory, "same")["verdict"] == "no evidence"
    for smallest, verdict in ((5.0, "no larger effect"), (0.01, "no evidence")):
        with laboratory.database.begin() as connection:
            connection.execute(update(schema.plan).values(smallest_effect=smallest))
        row = row_of(laboratory, "same")
        assert (row["smallest_effect"], row["verdict"]) == (smallest, verdict)


def test_later_rounds_of_a_path_take_back_no_verdict(laboratory: Laboratory, study: str) -> None:
    """Three parameters make six comparisons at most, and six count from the first round on."""
    names = ("momentum", "learning_rate", "optimizer")
    changes = {"momentum": 0.5, "learning_rate": 0.01, "optimizer": "sgd"}
    first = [
        Arm(f"1. {name}", GOOD if name == "momentum" else BASE, step=1, changes={name: changes[name]}) for name in names
    ]
    ablate(laboratory, study, baseline(*BASE, step=0), *first, name="path", design="path")
    with laboratory.database.begin() as connection:
        connection.execute(update(schema.ablation).values(finished=False))
    before = row_of(laboratory, "1. momentum", "path")
    assert before["variants"] == 6
    second = {"momentum": 0.5, "learning_rate": 0.01}
    third = {"momentum": 0.5, "optimizer": "sgd"}
    with laboratory.database.begin() as connection:
        for table in (schema.test_result, schema.epoch, schema.planned_trial, schema.arm, schema.ablation):
            connection.execute(table.delete())
        connection.execute(schema.trial.delete())
    rounds = [
        *first,
        Arm("2. learning_rate", GOOD[::-1], step=2, control="1. momentum", changes=second),
        Arm("2. optimizer", BASE, step=2, control="1. momentum", changes=third),
        Arm("3. optimizer", BASE, step=3, control="2. learning_rate", changes=second | third),
    ]
    ablate(laboratory, study, baseline(*BASE, step=0), *rounds, name="path", design="path")
    after = row_of(laboratory, "1. momentum", "path")
    assert after["variants"] == 6
    assert after["p"] == before["p"]
    assert after["p_holm"] <= before["p_holm"]
    assert path(laboratory.frames())["arm"].tolist() == ["baseline", "1. momentum", "2. learning_rate", "3. optimizer"]


def test_several_searches_are_the_units_of_what_was_retuned(laboratory: Laboratory, study: str) -> None:
    """All seeds of one search share its luck: three searches of two seeds are three numbers, not six."""
    arms = (baseline(*BASE, setting="retuned"), Arm("wide", GOOD, setting="retuned"))
    ablate(laboratory, study, *arms)
    with laboratory.database.begin() as connection:
        planned = schema.planned_trial
        for search in (2, 3):
            pair = [2 * search - 2, 2 * search - 1]
            connection.execute(update(planned).where(planned.c.replicate.in_(pair)).values(search=search))
    frames = laboratory.frames()
    assert sorted(set(planned_trials_of(frames)["search"])) == [1, 2, 3]
    row = row_of(laboratory, "wide")
    gaps = 100 * (np.array(GOOD) - np.array(BASE)).reshape(3, 2).mean(axis=1)
    assert (row["n"], row["searches"]) == (6, 3)
    assert row["effect"] == pytest.approx(gaps.mean())
    assert row["deviation"] == pytest.approx(gaps.std(ddof=1))
    assert row["degrees"] == 2
    assert not row["verdict"].startswith("inconclusive")


def test_what_is_unfinished_counts_as_1_so_that_finishing_takes_back_no_verdict(
    laboratory: Laboratory, study: str
) -> None:
    lucky = (*GOOD[:5], None)
    ablate(laboratory, study, baseline(*BASE), Arm("a", lucky, changes=WIDE), *others(1, GOOD[::-1]))
    row = row_of(laboratory, "v0")
    assert row["p_holm"] == pytest.approx(min(1, 2 * row["p"]))
    assert np.isnan(row_of(laboratory, "a")["p_holm"])


def test_an_ablation_that_asks_again_adds_no_look(laboratory: Laboratory, study: str) -> None:
    """Seeds are counted by what is asked of them, not by the design that asks."""
    ablate(laboratory, study, baseline(*BASE), Arm("wide", GOOD, changes=WIDE))
    full = Arm("everything", GOOD, role="baseline", control=None, changes=WIDE)
    without = Arm("without wide", BASE, control="everything", removed="wide")
    ablate(laboratory, study, full, without, name="leave-one-out", design="leave-one-out")
    planned = schema.planned_trial
    later = planned.c.ablation == "leave-one-out"
    with laboratory.database.begin() as connection:
        connection.execute(update(planned).where(later).values(planned_at="2027-01-01T00"))
    assert row_of(laboratory, "without wide", "leave-one-out")["look"] == 1
    with laboratory.database.begin() as connection:
        connection.execute(update(planned).where(later, planned.c.replicate > 3).values(seed=planned.c.seed + 1000))
    row = row_of(laboratory, "without wide", "leave-one-out")
    assert (row["look"], row["seeds_added"]) == (2, 2)
    assert row_of(laboratory, "wide")["look"] == 2


def test_contrasts_of_added_seeds_are_tested_as_strictly_as_their_arms(laboratory: Laboratory, study: str) -> None:
    arms = [
        baseline(*BASE),
        Arm("a", GOOD, factors=("a",), changes={"momentum": 0.5}),
        Arm("b", BASE[::-1], factors=("b",), changes={"learning_rate": 0.5}),
        Arm("a + b", GOOD, factors=("a", "b"), changes={"momentum": 0.5, "learning_rate": 0.5}),
    ]
    ablate(laboratory, study, *arms, design="factorial", factors=("a", "b"))
    before = factorial(laboratory.frames()).set_index("contrast").loc["a"]
    assert (before["look"], before["verdict"]) == (1, "helps")
    for replicate, day in ((3, 3), (4, 5), (5, 7)):
        planned_later(laboratory, range(replicate, replicate + 1), day, day + 1)
    planned_later(laboratory, range(3), 1, 2)
    after = factorial(laboratory.frames()).set_index("contrast").loc["a"]
    assert (after["look"], after["level"]) == (4, pytest.approx(0.05 / 16))
    assert after["p_holm"] == before["p_holm"]
    assert (after["verdict"] == "helps") == (after["p_holm"] <= after["level"])


def test_a_search_that_found_nothing_is_lost_not_awaited(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE, setting="retuned"), Arm("wide", GOOD, setting="retuned"))
    planned = schema.planned_trial
    with laboratory.database.begin() as connection:
        connection.execute(update(planned).where(planned.c.replicate > 3).values(search=2, trial=None))
    row = row_of(laboratory, "wide")
    assert (row["unfinished"], row["control_unfinished"]) == (0, 0)
    assert (row["failed"], row["control_lost"]) == (2, 2)


def replicated(laboratory: Laboratory, best: tuple[float, ...]) -> str:
    study = laboratory.plan("cnn@digits", replicates=5)
    laboratory.search(study, ("complete", 0.9), ("complete", 0.95))
    laboratory.finals(study, "baseline", BASE[:5])
    laboratory.finals(study, "best", best, number=1)
    return study


def test_best_against_baseline_waits_for_every_planned_replicate(laboratory: Laboratory) -> None:
    """Looking after each replicate told equals apart in 18 % of the studies."""
    replicated(laboratory, tuple(score + 0.02 for score in BASE[4:1:-1]))
    row = best_against_baseline(laboratory.frames()).iloc[0]
    assert row["p"] < 0.05
    assert (row["n"], row["verdict"]) == (3, "inconclusive (3 seeds; 2 of 5 trials unfinished)")


def test_best_against_baseline_forgets_no_lost_seed(laboratory: Laboratory) -> None:
    study = replicated(laboratory, tuple(score + 0.02 for score in BASE[4:1:-1]))
    trial = schema.trial
    laboratory.finals(study, "best", (0.99, 0.99, 0.99, 0.99, 0.99), number=1)
    with laboratory.database.begin() as connection:
        lost = (trial.c.variant == "best") & (trial.c.replicate == 4)
        connection.execute(update(trial).where(lost).values(state="diverged"))
    row = best_against_baseline(laboratory.frames()).iloc[0]
    assert row["verdict"] == "inconclusive (4 seeds; 1 of 5 seeds diverged)"


def test_replicates_added_after_a_look_are_tested_more_strictly(laboratory: Laboratory) -> None:
    study = replicated(laboratory, (0.9752, 0.9753, 0.9794, 0.9742, 0.9768))
    before = best_against_baseline(laboratory.frames()).iloc[0]
    assert (before["look"], before["verdict"]) == (1, "better than the baseline")
    change = {"study": study, "number": 9, "what": "--replicates was 3, now 5", "command": "c", "changed_at": "9999"}
    with laboratory.database.begin() as connection:
        connection.execute(schema.plan_change.insert().values(**change))
    after = best_against_baseline(laboratory.frames()).iloc[0]
    assert (after["look"], after["level"]) == (2, pytest.approx(0.0125))
    assert after["p"] == before["p"]
    assert (after["verdict"] == "better than the baseline") == (after["p"] <= 0.0125)
