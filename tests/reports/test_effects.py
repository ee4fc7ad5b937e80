"""Effects of ablations, from rows in a database to numbers computed independently here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reports.analysis.designs import factorial, noise_floor, path
from reports.analysis.effects import effects
from reports.analysis.pairs import arms_of, pairs_of, planned_trials_of
from tests.reports.ablations import LABELS, Arm, ablate, baseline, predictions
from tests.reports.laboratory import Laboratory

BASE = (0.970, 0.972, 0.968, 0.971, 0.969, 0.970)
GAIN = (0.010, 0.012, 0.011, 0.013, 0.009, 0.011)
BETTER = tuple(round(b + g, 3) for b, g in zip(BASE, GAIN, strict=True))
WORSE = tuple(round(b - g, 3) for b, g in zip(BASE, GAIN, strict=True))


def rows(laboratory: Laboratory) -> dict[tuple[str, str], dict[Any, Any]]:
    table = effects(laboratory.frames())
    return {(row["setting"], row["arm"]): row for row in table.to_dict("records")}


@pytest.fixture
def study(laboratory: Laboratory) -> str:
    return laboratory.plan()


def test_one_effect_with_everything_about_it(laboratory: Laboratory, study: str) -> None:
    wide = Arm("wide", BETTER, matched="size", parameters=2000, seconds=3.0)
    size = Arm("size", BASE, role="size-matched", parameters=2010)
    ablate(laboratory, study, baseline(*BASE), wide, size)
    row = rows(laboratory)["fixed", "wide"]
    difference = 100 * np.array(GAIN)
    assert [row[name] for name in ("n", "planned", "complete", "diverged", "failed", "unfinished")] == [
        6,
        6,
        6,
        0,
        0,
        0,
    ]
    assert row["effect"] == pytest.approx(difference.mean())
    assert row["deviation"] == pytest.approx(difference.std(ddof=1))
    # What the single examples do allows no such small spread: they are right and wrong by turns.
    answers = [[right(score, seed) for seed, score in enumerate(scores)] for scores in (BETTER, BASE)]
    gaps = np.subtract(*(np.array(side, dtype=float) for side in answers))
    floor = 100 * math.sqrt(gaps.var(axis=0, ddof=1).sum()) / gaps.shape[1]
    assert row["spread"] == pytest.approx(floor)
    assert row["spread"] > row["deviation"]
    half = stats.t.ppf(0.975, row["degrees"]) * floor / math.sqrt(6)
    assert [row["low"], row["high"]] == pytest.approx([difference.mean() - half, difference.mean() + half])
    assert row["p"] == row["p_holm"]
    assert row["p"] == pytest.approx(2 * stats.t.sf(difference.mean() / floor * math.sqrt(6), row["degrees"]))
    assert row["sign_flip_p"] == 2**-5
    assert row["validation_effect"] == pytest.approx(difference.mean())
    assert (row["verdict"], row["verdict_reason"]) == ("helps", "")
    assert (row["look"], row["seeds_added"], row["level"]) == (1, 0, pytest.approx(0.05))
    assert [row["matched_n"], row["matched_effect"]] == pytest.approx([6, difference.mean()])
    assert [row["parameters"], row["parameters_ratio"]] == [2000, 2.0]
    assert [row["seconds"], row["seconds_ratio"], row["seconds_low"], row["timed_by"]] == [9.0, 1.5, 1.5, "wall clock"]
    assert row["score"] == pytest.approx(np.mean(BETTER))
    assert row["improvement"] == 1
    assert 0.5 < row["improvement_low"] < 0.8
    assert math.isnan(row["seeds_needed"])


def right(score: float, replicate: int) -> Any:  # noqa: ANN401 - an array
    return np.frombuffer(predictions(score, replicate), dtype=np.uint8) == LABELS


def test_examples_are_counted_as_by_hand(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE), Arm("wide", BETTER))
    row = rows(laboratory)["fixed", "wide"]
    # The wrong images of the better model are among those of the other: nothing lost.
    assert row["gained"] == pytest.approx(1000 * np.mean(GAIN))
    assert row["lost"] == 0
    assert right(BASE[0], 0).mean() == BASE[0]


def test_pairs_are_by_seed_and_the_noise_floors_by_replicate(laboratory: Laboratory, study: str) -> None:
    shifted = Arm("shifted", BASE[1:], first_seed=101)
    floor = Arm("again", BASE[::-1], role="noise-floor", first_seed=900)
    ablate(laboratory, study, baseline(*BASE), shifted, floor)
    found = rows(laboratory)
    assert found["fixed", "shifted"]["effect"] == pytest.approx(0)
    assert found["fixed", "again"]["n"] == 6
    assert found["fixed", "again"]["verdict"] is None
    assert math.isnan(found["fixed", "again"]["p_holm"])
    row = noise_floor(laboratory.frames()).iloc[0]
    difference = 100 * (np.array(BASE[::-1]) - np.array(BASE))
    spread = math.sqrt((difference**2).mean())
    assert row["deviation"] == pytest.approx(spread)
    assert row["half_width"] == pytest.approx(stats.t.ppf(0.975, 6) * spread / math.sqrt(6))
    assert row["single"] == pytest.approx(stats.t.ppf(0.975, 6) * spread)


def test_a_seed_without_its_control_is_seen(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE[:5]), Arm("wide", BETTER))
    row = rows(laboratory)["fixed", "wide"]
    assert (row["n"], row["planned"], row["control_unfinished"]) == (5, 6, 1)
    assert (row["verdict"], row["verdict_reason"]) == (
        "inconclusive (5 seeds)",
        "1 of 6 trials of its control unfinished",
    )


@pytest.mark.cases(5)
@pytest.mark.parametrize(
    ("base", "arm", "verdict", "reason"),
    [
        (BASE, WORSE, "hurts", ""),
        (BASE, BASE, "no evidence", ""),
        (BASE[:5], BETTER[:5], "helps", ""),
        (BASE[:2], BETTER[:2], "inconclusive (2 seeds)", "needs at least 3 seeds"),
        (BASE[:1], BETTER[:1], "inconclusive (1 seed)", "needs at least 3 seeds"),
        (BASE, ("diverged", *BETTER[1:]), "inconclusive (5 seeds)", "1 of 6 seeds diverged"),
        (BASE, ("failed", "failed", *BETTER[2:]), "inconclusive (4 seeds)", "2 of 6 seeds failed"),
        (BASE, ("diverged",) * 6, "inconclusive (0 seeds)", "6 of 6 seeds diverged"),
        (("diverged", *BASE[1:]), BETTER, "inconclusive (5 seeds)", "its control lost 1 of 6"),
        (BASE, ("running", None, *BETTER[2:]), "inconclusive (4 seeds)", "2 of 6 trials unfinished"),
        (BASE, (), "inconclusive (0 seeds)", "no trial is planned yet"),
        ((*BASE, 0.97), (*WORSE, "diverged"), "hurts", "1 of 7 seeds diverged"),
        ((*BASE, 0.97), (*BETTER, "pruned"), "inconclusive (6 seeds)", "1 of 7 seeds failed"),
    ],
)
def test_verdicts(
    laboratory: Laboratory, study: str, base: tuple[Any, ...], arm: tuple[Any, ...], verdict: str, reason: str
) -> None:
    ablate(laboratory, study, baseline(*base), Arm("x", arm))
    row = rows(laboratory)["fixed", "x"]
    assert (row["verdict"], row["verdict_reason"]) == (verdict, reason)
    assert row["planned"] == sum(row[end] for end in ("complete", "pruned", "diverged", "failed", "unfinished"))


def test_holm_counts_every_test_of_the_study(laboratory: Laboratory, study: str) -> None:
    unfinished = [Arm(f"v{number}", (None,) * 6) for number in range(7)]
    tuned = [baseline(*BASE, setting="retuned"), Arm("wide", BETTER, setting="retuned")]
    floor = Arm("again", BASE, role="noise-floor", first_seed=900)
    ablate(laboratory, study, baseline(*BASE), Arm("wide", BETTER), *unfinished, floor, *tuned)
    found = rows(laboratory)
    assert found["fixed", "wide"]["variants"] == found["retuned", "wide"]["variants"] == 9
    assert found["fixed", "wide"]["p_holm"] == pytest.approx(9 * found["fixed", "wide"]["p"])


def test_one_search_each_tells_nothing_of_what_was_retuned(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE, setting="retuned"), Arm("wide", BETTER, setting="retuned"))
    row = rows(laboratory)["retuned", "wide"]
    assert (row["n"], row["searches"]) == (6, 1)
    assert (row["verdict"], row["verdict_reason"]) == ("inconclusive (6 seeds)", "needs at least 3 searches")
    assert math.isnan(row["p"])


def test_one_training_may_be_the_cell_of_two_arms(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE), Arm("wide", BETTER, setting="retuned"), baseline(setting="retuned"))
    with laboratory.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO planned_trial SELECT study, ablation, 'retuned', arm, search, replicate, seed, trial, "
            "planned_at FROM planned_trial "
            "WHERE arm = 'baseline'"
        )
    frames = laboratory.frames()
    assert len(planned_trials_of(frames)) == 18
    row = rows(laboratory)["retuned", "wide"]
    assert (row["n"], row["effect"]) == (6, pytest.approx(100 * np.mean(GAIN)))


def test_factorial_contrasts(laboratory: Laboratory, study: str) -> None:
    scores = {(): 0.95, ("a",): 0.96, ("b",): 0.97, ("a", "b"): 0.99}
    arms = [
        Arm(
            "+".join(names) or "baseline",
            tuple(round(score + 0.001 * seed, 3) for seed in range(6)),
            role="variant" if names else "baseline",
            control="baseline" if names else None,
            factors=names,
        )
        for names, score in scores.items()
    ]
    ablate(laboratory, study, *arms, design="factorial", factors=("a", "b"))
    table = factorial(laboratory.frames()).set_index("contrast")
    assert table["effect"].to_dict() == pytest.approx({"a": 1.5, "b": 2.5, "a x b": 1.0})
    assert table["kind"].tolist() == ["main", "main", "interaction"]
    assert table["sign_flip_p"].tolist() == [2**-5] * 3
    # Six tests of one study: three arms beside the baseline, and three contrasts.
    assert (table["p_holm"] <= 6 * table["p"] + 1e-12).all()
    assert rows(laboratory)["fixed", "a"]["variants"] == 6


def test_an_interaction_has_words_of_its_own(laboratory: Laboratory, study: str) -> None:
    scores = {(): 0.95, ("a",): 0.96, ("b",): 0.96, ("a", "b"): 0.96}
    arms = [
        Arm(
            "+".join(names) or "baseline",
            tuple(round(score + 0.001 * (seed % 3) * (1 + len(names)), 4) for seed in range(7)),
            role="variant" if names else "baseline",
            control="baseline" if names else None,
            factors=names,
        )
        for names, score in scores.items()
    ]
    ablate(laboratory, study, *arms, design="factorial", factors=("a", "b"))
    table = factorial(laboratory.frames()).set_index("contrast")
    assert table["effect"].to_dict() == pytest.approx({"a": 0.586, "b": 0.586, "a x b": -1.0}, abs=1e-3)
    assert table["verdict"].tolist() == ["helps", "helps", "weaken each other"]


def test_factorial_uses_seeds_that_are_complete_in_every_arm(laboratory: Laboratory, study: str) -> None:
    arms = [baseline(0.95, 0.95, "diverged"), Arm("a", (0.96, 0.97, 0.98), factors=("a",))]
    ablate(laboratory, study, *arms, design="factorial", factors=("a",))
    row = factorial(laboratory.frames()).iloc[0]
    assert (row["n"], row["planned"], row["effect"]) == (2, 3, pytest.approx(1.5))
    assert row["verdict_reason"] == "1 of 3 seeds are not complete in every arm"


def test_factorial_without_all_combinations_says_nothing(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE), Arm("a", BETTER, factors=("a",)), design="factorial", factors=("a", "b"))
    assert factorial(laboratory.frames()).empty


def test_path_follows_the_chosen_arms(laboratory: Laboratory, study: str) -> None:
    arms = [
        baseline(0.95, 0.95, step=0),
        Arm("a", (0.97, 0.98), step=1),
        Arm("b", (0.96, 0.96), step=1),
        Arm("a+b", (0.98, 0.98), step=2, control="a"),
    ]
    ablate(laboratory, study, *arms, design="path", factors=("a", "b"))
    table = path(laboratory.frames())
    assert table["arm"].tolist() == ["baseline", "a", "a+b"]
    assert table["candidates"].tolist() == [1, 2, 1]
    assert table["score"].tolist() == pytest.approx([0.95, 0.975, 0.98])
    assert table["validation_score"].tolist() == pytest.approx([0.94, 0.965, 0.97])
    assert table["effect"].tolist() == pytest.approx([math.nan, 2.5, 0.5], nan_ok=True)


def test_an_undecided_round_has_no_step(laboratory: Laboratory, study: str) -> None:
    arms = [baseline(0.95, step=0), Arm("a", (0.97,), step=1), Arm("b", (None,), step=1)]
    ablate(laboratory, study, *arms, design="path", factors=("a", "b"))
    assert path(laboratory.frames())["arm"].tolist() == ["baseline"]


def test_nothing_comes_of_nothing(laboratory: Laboratory) -> None:
    for frames in (laboratory.frames(), (laboratory.plan(), laboratory.frames())[1]):
        assert effects(frames).empty
        assert factorial(frames).empty
        assert path(frames).empty
        assert noise_floor(frames).empty


def test_searches_that_retune_are_no_studies_of_their_own(laboratory: Laboratory, study: str) -> None:
    laboratory.plan("cnn-wide@mnist", parent=study, variant="wide")
    frames = laboratory.frames()
    assert frames.plans["study"].tolist() == [study]
    assert frames.children[["parent", "variant"]].to_numpy().tolist() == [[study, "wide"]]


def test_images_without_labels_are_not_counted(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline(*BASE), Arm("wide", BETTER))
    with laboratory.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM test_split")
    row = rows(laboratory)["fixed", "wide"]
    assert math.isnan(row["gained"])
    assert row["spread"] == pytest.approx(row["deviation"])
    assert row["verdict"] == "helps"


def test_pairs_keep_every_planned_training(laboratory: Laboratory, study: str) -> None:
    ablate(laboratory, study, baseline("failed", *BASE[1:]), Arm("wide", (None, "diverged", *BETTER[2:])))
    frames = laboratory.frames()
    pairs = pairs_of(arms_of(frames), planned_trials_of(frames))
    assert pairs["end"].tolist()[:2] == ["unfinished", "diverged"]
    assert pairs["other_end"].tolist()[:2] == ["failed", "complete"]
    assert isinstance(pairs, pd.DataFrame)
    assert pairs["difference"].isna().tolist() == [True, True, False, False, False, False]
