"""Variants that were withdrawn: they stay in Holm's family, and no verdict of another one gets better by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from reports import write_report
from reports.analysis.effects import effects, effects_of
from reports.analysis.scores import METRIC
from reports.analysis.withdrawn import withdrawn_sentences
from reports.findings.further_trials import further_trials
from reports.findings.suggestions import suggestions
from reports.statistics import HELPS, HURTS
from study.database import schema
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory

SEEDS = 8
WHEN = "2026-11-26T08:00:00.000000+00:00"
SCORES = st.lists(st.sampled_from([None, -0.3, -0.02, 0.0, 0.01, 0.1, 0.11, 0.3]), min_size=SEEDS, max_size=SEEDS)
"""Of a variant: by seed what it differs by from the baseline, or nothing while its trial has not ended."""


@given(st.lists(SCORES, min_size=2, max_size=5), st.data())
def test_no_verdict_of_another_variant_gets_better_by_withdrawing(
    differences: list[list[float | None]], data: st.DataObject
) -> None:
    names = [f"v{number}" for number in range(len(differences))]
    gone = data.draw(st.sets(st.sampled_from(names), min_size=1))
    before, after = (judged(differences, withdrawn) for withdrawn in (set(), gone))
    for name in names:
        was, now = before.loc[name], after.loc[name]
        assert now["variants"] == was["variants"] == len(names)
        if name in gone:
            continue
        assert now["p_holm"] >= was["p_holm"] or np.isnan(was["p_holm"])
        if now["verdict"] in (HELPS, HURTS):
            assert now["verdict"] == was["verdict"]


@given(st.lists(SCORES.filter(lambda scores: None not in scores), min_size=2, max_size=5), st.data())
def test_no_verdict_changes_where_the_withdrawn_trials_had_ended(
    differences: list[list[float | None]], data: st.DataObject
) -> None:
    names = [f"v{number}" for number in range(len(differences))]
    gone = data.draw(st.sets(st.sampled_from(names), min_size=1))
    columns = ["effect", "p", "p_holm", "variants", "verdict", "verdict_reason"]
    pd.testing.assert_frame_equal(judged(differences, set())[columns], judged(differences, gone)[columns])


def test_what_was_cut_short_counts_as_1() -> None:
    clear: list[float | None] = [0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17]
    lucky = [0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, None]
    weaker: list[float | None] = [0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, -0.125]
    before, after = (judged([lucky, weaker, clear], gone) for gone in (set[str](), {"v0"}))
    assert before.loc["v2", "p_holm"] == pytest.approx(3 * before.loc["v2", "p"])
    # Withdrawn or not: what has not ended counts as 1.
    assert before.loc["v1", "p_holm"] == after.loc["v1", "p_holm"] == pytest.approx(2 * after.loc["v1", "p"])
    assert np.isnan(before.loc["v0", "p_holm"])
    assert np.isnan(after.loc["v0", "p_holm"])
    assert after.loc["v0", "verdict_reason"] == "withdrawn with 7 of 8 seeds evaluated"


def judged(differences: list[list[float | None]], withdrawn: set[str]) -> pd.DataFrame:
    """Returns the effects of variants v0, v1 ... by name."""
    columns = {"study": "s", "ablation": "a", "setting": "fixed"}
    names = [f"v{number}" for number in range(len(differences))]
    rows = [{"arm": "baseline", "replicate": seed, "score": 0.5, "end": "complete"} for seed in range(SEEDS)]
    rows += [
        {"arm": name, "replicate": seed, "score": None if found is None else 0.5 + found}
        | {"end": "unfinished" if found is None else "complete"}
        for name, scores in zip(names, differences, strict=True)
        for seed, found in enumerate(scores)
    ]
    planned = pd.DataFrame(rows).assign(**columns, seconds=1.0, parameters=1.0)
    planned = planned.assign(seed=planned["replicate"], trial=planned.index, validation_score=planned["score"])
    planned = planned.assign(search=1, planned_at=WHEN, scored_at=None, machine="m", processor_seconds=np.nan)
    planned[["score", "validation_score"]] = planned[["score", "validation_score"]].astype(float)
    arms = pd.DataFrame({"arm": ["baseline", *names]}).assign(**columns, matched=None, step=np.nan, added_later=False)
    arms["role"] = ["baseline", *["variant"] * len(names)]
    arms["control"] = [None, *["baseline"] * len(names)]
    arms["withdrawn_at"] = [WHEN if name in withdrawn else None for name in arms["arm"]]
    arms = arms.assign(**dict(zip(METRIC, ("accuracy", "accuracy", "fraction", "maximize"), strict=True)))
    return effects_of(arms, planned).set_index("arm")


def withdraw(laboratory: Laboratory, arm: str) -> None:
    with laboratory.database.begin() as connection:
        connection.execute(update(schema.arm).where(schema.arm.c.name == arm).values(withdrawn_at=WHEN))


@pytest.mark.usefixtures("unpainted")
def test_the_page_marks_it_says_when_and_how_large_the_family_is(laboratory: Laboratory, tmp_path: Path) -> None:
    study = laboratory.plan(trials=0, replicates=0)
    ablate(laboratory, study, baseline(0.9, 0.91), Arm("dropout", [0.92, 0.93]), Arm("wide", [0.95, None]))
    withdraw(laboratory, "wide")
    (sentence,) = withdrawn_sentences(effects(laboratory.frames()))
    assert sentence == (
        "cnn@mnist, one-at-a-time: withdrawn: wide (on 2026-11-26). The family of Holm's correction, over the whole "
        "study, stays at 2 comparisons, as large as when the verdicts were reached, so that none gets better "
        "by a withdrawal. Not trained on every planned seed, and so counted as p = 1: wide."
    )
    write_report(laboratory.storage, output=tmp_path, formats=("markdown", "html"))
    page = (tmp_path / "report.md").read_text()
    assert "wide (withdrawn 2026-11-26)" in page
    assert "stays at 2 comparisons" in page
    assert "wide (withdrawn 2026-11-26)" in (tmp_path / "report.html").read_text()


def test_no_command_asks_for_more_trials_of_it(laboratory: Laboratory) -> None:
    variants = [{"name": name, "changes": {"momentum": 0.5}, "reason": name} for name in ("dropout", "wide")]
    study = laboratory.plan(trials=0, replicates=0)
    plan = laboratory.database.plan(study)
    assert plan is not None
    with laboratory.database.begin() as connection:
        connection.execute(update(schema.plan).values(definition={**plan.definition, "variants": variants}))
    ablate(laboratory, study, baseline(0.9, 0.91), Arm("dropout", [0.92, None]), Arm("wide", [0.95, None]))
    before = further_trials(laboratory.frames(), suggestions(laboratory.frames()))
    assert any("wide" in further.command for further in before)
    withdraw(laboratory, "wide")
    after = further_trials(laboratory.frames(), suggestions(laboratory.frames()))
    assert after
    assert not any("wide" in further.command for further in after)
