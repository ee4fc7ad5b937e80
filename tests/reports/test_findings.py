"""Claims and suggestions: nothing is said that the trainings cannot carry."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats
from sqlalchemy import insert

from reports import claims, suggestions
from reports.content import build
from reports.document import Card, Stance
from reports.frames import Frames
from reports.markdown import to_markdown
from reports.rivals import rivals, roughness, spread, welch
from study import schema
from study.trial import fingerprint
from tests.reports.laboratory import BASELINE, DOMAINS, Laboratory

FASTER, STEADIER, LEANER, FLATTENING, ABOUT_99 = range(5)
VARIANT = {"name": "slices", "changes": {"window": 4}, "reason": "Feed overlapping slices"}


def notebook(laboratory: Laboratory, *, cnn: list[float], lstm: list[float], dataset: str = "mnist") -> Frames:
    for space, accuracies, loss in (("cnn", cnn, 0.2), ("lstm", lstm, 0.4)):
        study = laboratory.plan(f"{space}@{dataset}")
        laboratory.search(study, ("complete", 0.9))
        laboratory.finals(study, "baseline", accuracies, loss=loss)
    frames = laboratory.frames()
    sizes = {f"cnn@{dataset}": 421_642.0, f"lstm@{dataset}": 214_282.0}
    return replace(frames, trials=frames.trials.assign(parameters=frames.trials["study"].map(sizes)))


def timed(frames: Frames, study: str, seconds: list[float]) -> Frames:
    """The frames as they were had the study's final trainings taken so long an epoch."""
    trials = frames.trials
    finals = trials.loc[(trials["study"] == study) & (trials["phase"] == "replicate"), "trial"]
    taken = frames.epochs["trial"].map(dict(zip(finals, seconds, strict=True)))
    return replace(frames, epochs=frames.epochs.assign(seconds=taken.fillna(frames.epochs["seconds"])))


def judged(frames: Frames, number: int) -> Card:
    return claims.cards(frames)[number]


def test_welch_is_scipys_interval() -> None:
    difference = welch(pd.Series([2.0, 3.0, 4.0]), pd.Series([1.0, 1.5, 1.0, 1.5]))
    theirs = stats.ttest_ind([2.0, 3.0, 4.0], [1.0, 1.5, 1.0, 1.5], equal_var=False).confidence_interval(0.95)
    assert difference.effect == pytest.approx(1.75)
    assert (difference.low, difference.high) == pytest.approx((theirs.low, theirs.high))
    assert difference.n == (3, 4)
    assert math.isnan(welch(pd.Series([1.0]), pd.Series([2.0, 3.0])).low)
    assert not welch(pd.Series([1.0, 1.0, 1.0]), pd.Series([2.0, 2.0, 2.0])).decided


def test_sizes_that_are_not_recorded_are_not_compared(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.98] * 3)
    frames = replace(frames, trials=frames.trials.assign(parameters=math.nan))
    assert judged(frames, LEANER).verdict == "cannot tell: the parameters are not recorded"


def test_roughness_is_what_the_descent_gave_back() -> None:
    curves = pd.DataFrame({"trial": "a", "epoch": [1, 2, 3, 4], "train_loss": [1.0, 0.5, 0.7, 0.2]})
    assert roughness(curves)["a"] == pytest.approx(0.2 / 0.8)


def test_spread_is_the_distance_from_the_other_seeds() -> None:
    curves = pd.DataFrame({"trial": ["a", "b", "c"], "epoch": 1, "train_loss": [1.0, math.e, math.e**3]})
    trainings = pd.DataFrame({"trial": ["a", "b", "c"], "study": "cnn@mnist"})
    assert spread(curves, trainings).tolist() == pytest.approx([1.0, 0.0, 2.0])


@pytest.mark.parametrize(
    ("seconds", "stance", "verdict"),
    [
        ([1.0, 1.1, 0.9], Stance.FOR, "supported"),
        ([3.0, 3.1, 2.9], Stance.AGAINST, "contradicted"),
        ([1.0, 4.0, 2.0], Stance.UNDECIDED, "cannot tell with 3 and 3 seeds"),
    ],
)
def test_speed(laboratory: Laboratory, seconds: list[float], stance: Stance, verdict: str) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.98] * 3)
    card = judged(timed(frames, "cnn@mnist", seconds), FASTER)
    assert (card.stance, card.verdict) == (stance, verdict)
    assert "n = 3 and 3 seeds" in "".join(card.evidence_for + card.evidence_against)


def test_times_of_two_machines_do_not_compare(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.98] * 3)
    threads = frames.trials["threads"].where(frames.trials["study"] == "cnn@mnist", 1)
    card = judged(replace(frames, trials=frames.trials.assign(threads=threads)), FASTER)
    assert (card.stance, card.verdict) == (Stance.UNDECIDED, "cannot tell: not like for like")
    assert card.text == "Between the two, threads differ."
    assert card.command == (
        "python -m study run cnn lstm --dataset mnist --replicates 6 --storage sqlite:///runs/like-for-like.db"
    )


def test_few_seeds_never_tell(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99, 0.9901], lstm=[0.9, 0.9001])
    verdicts = [card.verdict for card in claims.cards(frames)]
    assert all("cannot tell with 2 and 2 seeds (needs at least 3)" in verdict for verdict in verdicts)
    assert all(card.command for card in claims.cards(frames))


def test_efficiency_weighs_size_and_accuracy(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99, 0.991, 0.992], lstm=[0.97, 0.971, 0.972])
    card = judged(frames, LEANER)
    assert (card.stance, card.verdict) == (Stance.MIXED, "no fewer parameters, but higher accuracy")
    assert card.evidence_against == (
        "parameters of the baselines (exact): cnn@mnist 421,642 against lstm@mnist 214,282",
    )


def test_flattening_is_not_shown_to_be_the_cause(laboratory: Laboratory) -> None:
    card = judged(notebook(laboratory, cnn=[0.99, 0.991, 0.992], lstm=[0.97, 0.971, 0.972]), FLATTENING)
    assert card.stance is Stance.MIXED
    assert card.verdict == "reading rows is less accurate; that flattening is the cause is not shown"
    assert "ablate lstm --variants slices,cnn-lstm --dataset mnist" in card.command
    assert "+2.00 points" in card.evidence_for[0]


@pytest.mark.parametrize(
    ("lstm", "stance"),
    [
        ([0.989, 0.99, 0.991], Stance.FOR),
        ([0.95, 0.951, 0.952], Stance.AGAINST),
        ([0.97, 0.99, 0.995], Stance.UNDECIDED),
    ],
)
def test_about_99_needs_the_interval_inside(laboratory: Laboratory, lstm: list[float], stance: Stance) -> None:
    frames = notebook(laboratory, cnn=[0.99, 0.9905, 0.991], lstm=lstm)
    frames = replace(frames, plans=frames.plans.assign(epochs=20))
    assert judged(frames, ABOUT_99).stance is stance


@pytest.mark.parametrize(
    ("less", "told"),
    [
        ({"epochs": 5}, "lstm@mnist had 5 epochs of 20"),
        ({"epochs": 20, "train_size": 1000}, "lstm@mnist learned from 1,000 images alone"),
    ],
)
def test_less_training_than_the_notebooks_contradicts_nothing(
    laboratory: Laboratory, less: dict[str, int], told: str
) -> None:
    frames = notebook(laboratory, cnn=[0.99, 0.9905, 0.991], lstm=[0.95, 0.951, 0.952])
    card = judged(replace(frames, plans=frames.plans.assign(**less)), ABOUT_99)
    assert (card.stance, card.verdict) == (Stance.UNDECIDED, "cannot tell: not like for like")
    assert told in card.text


def test_a_claim_about_mnist_is_not_tested_on_digits(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.99] * 3, dataset="digits")
    card = judged(frames, ABOUT_99)
    assert (card.stance, card.text) == (Stance.UNTESTED, "The claim is about mnist, these are digits.")
    assert "--dataset mnist" in card.command


def test_a_missing_family_gives_the_command(laboratory: Laboratory) -> None:
    laboratory.finals(laboratory.plan(), "baseline", [0.99] * 3)
    for card in claims.cards(laboratory.frames()):
        assert card.stance is Stance.UNTESTED
        assert card.text == ("There is no complete training of the baseline of lstm@mnist that met the test split.")
        assert card.command.startswith("python -m study run cnn lstm --dataset mnist --replicates 6")


def test_other_spaces_have_no_notebook_claims(laboratory: Laboratory) -> None:
    laboratory.finals(laboratory.plan("mine@mnist"), "baseline", [0.99] * 3)
    assert claims.cards(laboratory.frames()) == []
    assert rivals(laboratory.frames(), ("cnn", "lstm")) == []


def test_untested_suggestions_give_their_command(laboratory: Laboratory) -> None:
    definition = {"name": "cnn", "domains": DOMAINS, "variants": [VARIANT], "reference": None}
    laboratory.plan(definition=definition)
    (card,) = suggestions.cards(laboratory.frames())
    assert card.claim == "Feed overlapping slices (slices, cnn@mnist)"
    assert card.stance is Stance.UNTESTED
    assert "ablate cnn --variants slices --dataset mnist" in card.command
    page = to_markdown(build(laboratory.frames()))
    assert "claims and suggestions" in page
    assert "Feed overlapping slices" in page


@pytest.mark.parametrize(
    ("gains", "stance", "verdict"),
    [
        ([0.01, 0.011, 0.012, 0.01, 0.011, 0.012], Stance.FOR, "helps"),
        ([-0.01, -0.011, -0.012, -0.01, -0.011, -0.012], Stance.AGAINST, "hurts"),
        ([0.01, 0.011, 0.012], Stance.UNDECIDED, "cannot tell with 3 seeds (needs at least 6)"),
    ],
)
def test_a_suggestion_has_its_ablations_verdict(
    laboratory: Laboratory, gains: list[float], stance: Stance, verdict: str
) -> None:
    definition = {"name": "cnn", "domains": DOMAINS, "variants": [VARIANT], "reference": None}
    laboratory.plan(definition=definition)
    ablate(laboratory, gains)
    (card,) = suggestions.cards(laboratory.frames())
    assert (card.stance, card.verdict) == (stance, verdict)
    assert len(card.evidence_for) == (gains[0] > 0)
    assert len(card.evidence_against) == (gains[0] < 0)
    assert bool(card.command) is (stance is Stance.UNDECIDED)
    assert stance is not Stance.UNDECIDED or card.command.endswith("--replicates 6")


def ablate(laboratory: Laboratory, gains: list[float]) -> None:
    """Writes a finished ablation of the one variant."""
    head = {"study": "cnn@mnist", "ablation": "one", "setting": "fixed"}
    time = "2026-01-01T00:00:00.000000+00:00"
    common = {"factors": [], "added_later": False, "planned_at": time, "step": None, "matched": None}
    rows: dict[str, list[dict[str, object]]] = {"arm": [], "cell": [], "trial": [], "test_result": []}
    for place, name in enumerate(("baseline", "slices")):
        control = None if name == "baseline" else "baseline"
        role = "baseline" if name == "baseline" else "variant"
        arm = {"name": name, "role": role, "control": control, "changes": {}, "configuration": BASELINE, "reason": ""}
        rows["arm"].append(head | common | arm | {"position": place})
        for seed, gain in enumerate(gains):
            trial = f"{name[:8]}-{seed}"
            cell = {"arm": name, "replicate": seed, "seed": seed, "trial": trial, "planned_at": time}
            rows["cell"].append(head | cell)
            accuracy = 0.9 + (gain if name == "slices" else 0.0)
            rows["trial"].append(trained(laboratory, trial, name, seed, time))
            result = {"trial": trial, "loss": 0.1, "accuracy": accuracy, "predictions": b"", "confidences": b""}
            rows["test_result"].append(result | {"seconds": 0.1, "recorded_at": time})
    ablation = {"study": "cnn@mnist", "name": "one", "design": "one-at-a-time", "reference": "baseline"}
    ablation |= {"factors": [], "variants": ["slices"], "retune": False, "retuned": False, "replicates": len(gains)}
    columns = schema.ablation.columns.keys()
    ablation = {
        key: value for key, value in (ablation | {"finished": True, "created_at": time}).items() if key in columns
    }
    with laboratory.database.engine.begin() as connection:
        connection.execute(insert(schema.ablation), [ablation])
        for table, values in rows.items():
            connection.execute(insert(schema.metadata.tables[table]), values)


def trained(laboratory: Laboratory, trial: str, variant: str, seed: int, time: str) -> dict[str, object]:
    return {
        "id": trial,
        "study": "cnn@mnist",
        "phase": "ablate",
        "variant": variant,
        "replicate": seed,
        "configuration": BASELINE,
        "changes": {},
        "configuration_hash": fingerprint(variant),
        "seed": seed,
        "epochs": 3,
        "state": "complete",
        "attempt": 1,
        "device": "cpu",
        "precision": "float32",
        "threads": 1,
        "environment": laboratory.environment,
        "created_at": time,
        "started_at": time,
    }


def test_pages_of_odd_names(laboratory: Laboratory, tmp_path: Path) -> None:
    definition = {"name": "<b>", "domains": {}, "variants": [VARIANT | {"name": "<script>"}], "reference": None}
    laboratory.plan("<b>@mnist", definition=definition)
    page = to_markdown(build(laboratory.frames()))
    assert "<script>" not in page.replace("'<script>'", "")
