"""Claims and suggestions: nothing is said that the trials cannot carry."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from reports.analysis.frames import Frames
from reports.findings.cards import Finding
from reports.findings.claims import judged_claims
from reports.findings.comparison import comparisons, roughness, spread, welch
from reports.pages.document import Card, Document, Stance
from reports.pages.markdown import to_markdown
from reports.sections import claims
from reports.writing import build
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import DOMAINS, NOTEBOOK, Laboratory

CLAIMS = "search_spaces.notebook.claims"
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


def timed(frames: Frames, study: str, seconds: list[float], column: str = "processor_seconds") -> Frames:
    """The frames as they were had the study's replicates taken so long an epoch."""
    trials = frames.trials
    finals = trials.loc[(trials["study"] == study) & (trials["phase"] == "replicate"), "trial"]
    taken = frames.epochs["trial"].map(dict(zip(finals, seconds, strict=True)))
    return replace(frames, epochs=frames.epochs.assign(**{column: taken.fillna(frames.epochs[column])}))


def judged_findings(frames: Frames) -> tuple[Finding, ...]:
    claims = judged_claims(frames)
    assert not claims.notes
    return claims.findings


def cards(frames: Frames) -> list[Card]:
    return [finding.card for finding in judged_findings(frames)]


def judged(frames: Frames, number: int) -> Card:
    return cards(frames)[number]


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
    assert judged(frames, LEANER).verdict == "inconclusive: the parameters are not recorded"


def test_roughness_is_what_the_descent_gave_back() -> None:
    curves = pd.DataFrame({"trial": "a", "epoch": [1, 2, 3, 4], "train_loss": [1.0, 0.5, 0.7, 0.2]})
    assert roughness(curves)["a"] == pytest.approx(0.2 / 0.8)


def test_spread_is_the_distance_from_the_other_seeds() -> None:
    curves = pd.DataFrame({"trial": ["a", "b", "c"], "epoch": 1, "train_loss": [1.0, math.e, math.e**3]})
    trials = pd.DataFrame({"trial": ["a", "b", "c"], "study": "cnn@mnist"})
    assert spread(curves, trials).tolist() == pytest.approx([1.0, 0.0, 2.0])


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("seconds", "stance", "verdict"),
    [
        ([1.0, 1.1, 0.9], Stance.FOR, "supported"),
        ([3.0, 3.1, 2.9], Stance.AGAINST, "contradicted"),
        ([1.5, 2.7, 2.0], Stance.UNDECIDED, "inconclusive (3 and 3 seeds)"),
        ([0.1, 0.1, 0.3], Stance.UNDECIDED, "inconclusive: the times were disturbed"),
    ],
)
def test_speed(laboratory: Laboratory, seconds: list[float], stance: Stance, verdict: str) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.98] * 3)
    card = judged(timed(frames, "cnn@mnist", seconds), FASTER)
    assert (card.stance, card.verdict) == (stance, verdict)
    assert bool(card.evidence_for) is (stance is Stance.FOR)
    assert bool(card.evidence_against) is (stance is Stance.AGAINST)
    assert "n = 3 and 3 seeds" in "".join(item for _, items in card.evidence for item in items)


def test_a_ratio_of_times_belongs_to_the_times_that_are_told(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.98] * 3)
    card = judged(timed(frames, "cnn@mnist", [1.0, 4.0, 2.0]), FASTER)
    assert card.evidence_neutral == (
        "cnn@mnist 2.00 s against lstm@mnist 2.00 s of processor time an epoch: the CNN takes 1.00 times the LSTM's "
        "(0.18 to 5.59), n = 3 and 3 seeds",
    )
    assert card.text == (
        "A seed's time is the processor time of its median epoch, over all threads; the seconds are the geometric "
        "means over the seeds of each baseline, and their ratio is the one told, all on the same machine, device, "
        "precision and threads. Between "
        "the seeds of cnn@mnist times differ 4.0-fold, as if the machine had had other work to do: it takes a quiet "
        "one."
    )


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_wall_clock_times_contradict_nothing(laboratory: Laboratory, device: str) -> None:
    """A busy machine once made the notebook's claim "contradicted, 1.90 (1.61 to 2.23)"."""
    frames = timed(notebook(laboratory, cnn=[0.99] * 3, lstm=[0.98] * 3), "cnn@mnist", [3.6, 3.9, 4.1], "seconds")
    assert judged(frames, FASTER).verdict == "inconclusive (3 and 3 seeds)"  # its processor time is the LSTM's
    frames = replace(
        frames,
        epochs=frames.epochs.assign(processor_seconds=math.nan),
        trials=frames.trials.assign(device=device),
    )
    card = judged(frames, FASTER)
    assert (card.stance, card.verdict) == (Stance.UNDECIDED, "inconclusive: no processor time on both sides")
    assert "all-clock times on a shared machine are not compared" in card.text
    assert (card.evidence_for, card.evidence_against, card.evidence_neutral) == ((), (), ())
    assert bool(card.command) is (device == "cpu")


def test_times_of_two_machines_do_not_compare(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.98] * 3)
    threads = frames.trials["threads"].where(frames.trials["study"] == "cnn@mnist", 1)
    card = judged(replace(frames, trials=frames.trials.assign(threads=threads)), FASTER)
    assert (card.stance, card.verdict) == (Stance.UNDECIDED, "inconclusive: not like for like")
    assert card.text == "Between the two, threads differ."
    assert card.command == (
        "python -m study run cnn lstm --dataset mnist --replicates 3 --storage sqlite:///runs/like-for-like.db"
    )


def test_few_seeds_never_tell(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99, 0.9901], lstm=[0.9, 0.9001])
    assert all("inconclusive (2 and 2 seeds; needs at least 3)" in card.verdict for card in cards(frames))
    assert {(finding.card.command, finding.more.partition(" --storage")[0]) for finding in judged_findings(frames)} == {
        ("", "python -m study run cnn lstm --dataset mnist --replicates 4")
    }
    page = to_markdown(Document("x", (claims.section(frames),)))
    assert "To know more surely of the undecided claims, by replicates of both models' baselines" in page
    assert page.count("run cnn lstm --dataset mnist --replicates 4") == 1


def test_what_has_no_direction_speaks_neither_way(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.98] * 3)
    card = judged(replace(frames, epochs=frames.epochs.assign(train_loss=0.1)), STEADIER)
    assert (card.evidence_for, card.evidence_against) == ((), ())
    assert card.evidence_neutral == (
        "distance between seeds (mean |log loss - median|): cnn@mnist 0.000 against lstm@mnist 0.000, difference "
        "0.000, n = 3 and 3 seeds",
    )


def test_claims_rest_on_the_plans_baseline_alone(laboratory: Laboratory) -> None:
    for space, accuracy in (("cnn", 0.99), ("lstm", 0.98)):
        study = laboratory.plan(f"{space}@mnist")
        best = {"learning_rate": 0.005}
        ablate(laboratory, study, baseline(*[accuracy] * 6))
        start = baseline(*[0.5] * 6, changes=best, first_seed=300)
        ablate(laboratory, study, start, name="one-at-a-time from best", reference="best")
        tuned = baseline(*[0.4] * 6, changes=best | {"momentum": 0.5}, setting="retuned", first_seed=500)
        ablate(laboratory, study, tuned, name="re-tuned")
    frames = laboratory.frames()
    (found,) = comparisons(frames, frames.plans["study"].tolist(), ("cnn", "lstm"))
    assert sorted(found.trials["score"]) == [0.98] * 6 + [0.99] * 6


def test_efficiency_weighs_size_and_accuracy(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99, 0.991, 0.992], lstm=[0.97, 0.971, 0.972])
    card = judged(frames, LEANER)
    assert (card.stance, card.verdict) == (Stance.MIXED, "no fewer parameters, but higher accuracy")
    assert card.evidence_against == (
        "parameters of the baselines (exact): cnn@mnist 421,642 against lstm@mnist 214,282",
    )


def flattened(laboratory: Laboratory, *arms: Arm) -> Card:
    frames = notebook(laboratory, cnn=[0.99, 0.991, 0.992], lstm=[0.97, 0.971, 0.972])
    if arms:
        ablate(laboratory, "lstm@mnist", baseline(*[0.97] * 6), *arms)
    definition = {"name": "lstm", "domains": DOMAINS, "variants": [VARIANT], "published": None, "claims": CLAIMS}
    rows = {study: replace(plan, definition=definition) for study, plan in frames.plan_rows.items()}
    return judged(replace(laboratory.frames(), plan_rows=rows), FLATTENING)


def test_flattening_is_not_shown_to_be_the_cause(laboratory: Laboratory) -> None:
    card = flattened(laboratory)
    assert card.stance is Stance.MIXED
    assert card.verdict == "reading rows is less accurate; that flattening is the cause is not shown"
    assert "ablate lstm --variants slices --dataset mnist" in card.command
    assert card.evidence_for == (
        "test accuracy: cnn@mnist 99.10 % against lstm@mnist 97.10 %, difference +2.00 percentage points (+1.77 to "
        "+2.23), n = 3 and 3 seeds",
    )


@pytest.mark.cases(1)
@pytest.mark.parametrize(("size", "stance"), [(0.975, Stance.FOR), (0.98, Stance.MIXED)])
def test_flattening_rests_on_what_beats_a_baseline_of_its_size(
    laboratory: Laboratory, size: float, stance: Stance
) -> None:
    larger = Arm("size=64", [size] * 6, role="size-matched")
    card = flattened(laboratory, larger, Arm("slices", [0.98] * 6, matched="size=64"))
    assert card.stance is stance
    caveat = "" if stance is Stance.FOR else " (not shown to be better than a baseline of its size)"
    told = re.compile(
        r"lstm@mnist, variant slices: one-at-a-time, everything else fixed: \+1\.00 percentage points \(\+.*\), "
        rf"6 seeds, Holm p .*: helps{re.escape(caveat)}"
    )
    assert any(map(told.fullmatch, card.evidence_for)) is (stance is Stance.FOR)
    assert any(map(told.fullmatch, card.evidence_neutral)) is (stance is Stance.MIXED)


@pytest.mark.cases(1)
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
    assert judged(frames, ABOUT_99).stance is stance


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("less", "told"),
    [
        ({"epochs": 2}, "it was trained for 2 epochs, the notebook for 3"),
        ({"train_size": 1000}, "it was trained on a subset (1,000 training images)"),
    ],
)
def test_less_training_than_the_notebooks_contradicts_nothing(
    laboratory: Laboratory, less: dict[str, int], told: str
) -> None:
    for space, accuracies in (("cnn", [0.99, 0.9905, 0.991]), ("lstm", [0.95, 0.951, 0.952])):
        # A network whose epochs were not published was trained as long as the other.
        published = NOTEBOOK if space == "cnn" else NOTEBOOK | {"epochs": None}
        definition = {"name": space, "domains": DOMAINS, "variants": [], "published": published, "claims": CLAIMS}
        laboratory.finals(laboratory.plan(f"{space}@mnist", definition=definition, **less), "baseline", accuracies)
    card = judged(laboratory.frames(), ABOUT_99)
    assert (card.stance, card.verdict) == (Stance.UNDECIDED, "inconclusive: not like for like")
    assert card.text.endswith(f" Not as the notebook trained. cnn@mnist: {told}. lstm@mnist: {told}.")
    assert card.command == (
        "python -m study run cnn lstm --dataset mnist --epochs 3 --replicates 3 "
        "--storage sqlite:///runs/like-for-like.db"
    )


def test_a_claim_about_mnist_is_not_tested_on_digits(laboratory: Laboratory) -> None:
    frames = notebook(laboratory, cnn=[0.99] * 3, lstm=[0.99] * 3, dataset="digits")
    card = judged(frames, ABOUT_99)
    assert (card.stance, card.text) == (Stance.UNTESTED, "The claim is about mnist, these are digits.")
    assert "--dataset mnist --epochs 3 --replicates 3" in card.command


def test_a_claim_about_mnist_is_judged_there_alone(laboratory: Laboratory) -> None:
    notebook(laboratory, cnn=[0.99] * 3, lstm=[0.99] * 3, dataset="digits")
    found = cards(notebook(laboratory, cnn=[0.99] * 3, lstm=[0.99] * 3))
    assert [card.claim for card in found if "99 %" in card.claim] == [
        "CNN and LSTM both reach about 99 % (the notebook; on mnist)"
    ]


def test_a_missing_model_gives_the_command(laboratory: Laboratory) -> None:
    laboratory.finals(laboratory.plan(), "baseline", [0.99] * 3)
    for card in cards(laboratory.frames()):
        assert card.stance is Stance.UNTESTED
        assert card.text == ("No trial of the baseline of lstm@mnist is complete and evaluated on the test split.")
        assert card.command.startswith("python -m study run cnn lstm --dataset mnist --epochs 3 --replicates 3")


def test_a_missing_model_is_trained_as_the_one_that_is_there(laboratory: Laboratory) -> None:
    study = laboratory.plan(train_size=500, trials=0)
    ablate(laboratory, study, baseline(0.97, 0.98))
    assert "run cnn lstm --dataset mnist --train-size 500 --epochs 3 --trials 1 --replicates 3" in (
        judged(laboratory.frames(), FASTER).command
    )


def test_a_claim_links_to_no_figure_without_its_studies(laboratory: Laboratory) -> None:
    for space in ("cnn", "lstm"):
        ablate(laboratory, laboratory.plan(f"{space}@mnist"), baseline(0.97, 0.98, 0.975))
    links = [{link.anchor for link in card.links} for card in cards(laboratory.frames())]
    assert links[LEANER] == {"table-leaderboard"}
    assert links[FLATTENING] == {"table-leaderboard", "figure-ablation-effects"}


def test_other_spaces_have_no_notebook_claims(laboratory: Laboratory) -> None:
    laboratory.finals(laboratory.plan("mine@mnist"), "baseline", [0.99] * 3)
    assert cards(laboratory.frames()) == []
    frames = laboratory.frames()
    assert comparisons(frames, frames.plans["study"].tolist(), ("cnn", "lstm")) == []


def test_pages_of_odd_names(laboratory: Laboratory, tmp_path: Path) -> None:
    definition = {"name": "<b>", "domains": {}, "variants": [VARIANT | {"name": "<script>"}], "published": None}
    laboratory.plan("<b>@mnist", definition=definition)
    page = to_markdown(build(laboratory.frames()))
    assert "<script>" not in page.replace("'<script>'", "")
