"""A trial database with everything that a report has numbers of, drawn at random but always the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.reports.ablations import Arm, Outcome, ablate, baseline
from tests.reports.laboratory import METRICS, Laboratory
from tests.reports.longer import plan_final

GROWN = "baseline with width 48"
STUDY = "cnn@mnist"
LOSSES = "mlp@table"
SEEDS = 6


class Draws:
    """Scores of arms that share the luck of each seed."""

    def __init__(self, start: float, scale: float) -> None:
        self._random = np.random.default_rng(20)
        self._start, self._scale = start, scale
        self._shared = self._random.normal(size=SEEDS)

    def scores(self, effect: float = 0.0, seeds: int = SEEDS, spread: float = 1.0) -> list[float]:
        """Returns scores in thousandths, as a test split of 1,000 examples has them."""
        own = self._random.normal(size=seeds)
        luck = self._shared[:seeds] + spread * own if seeds <= SEEDS else own
        return [round(float(self._start + effect + self._scale * part), 3) for part in luck]


def fill(laboratory: Laboratory) -> None:
    """Stores a study of every phase, design and end of a trial, and one whose metric falls as it gets better."""
    draws = Draws(0.96, 0.003)
    laboratory.plan(STUDY, trials=8, replicates=4, timeout_seconds=None, smallest_effect=0.4)
    ends = [("complete", 0.95), ("pruned", 0.9), ("complete", 0.972), ("failed", None), ("diverged", None)]
    laboratory.search(STUDY, *ends, ("complete", 0.961), ("complete", 0.97), ("complete", 0.955))
    laboratory.finals(STUDY, "baseline", draws.scores(seeds=4))
    laboratory.finals(STUDY, "best", draws.scores(0.008, seeds=4), number=2)
    plan_final(laboratory, "best, 6 epochs", *draws.scores(0.01, seeds=3), number=2, epochs=6, planned=3)
    _one_at_a_time(laboratory, STUDY, draws)
    _leave_one_out(laboratory, draws)
    _factorial(laboratory, draws)
    _path(laboratory, draws)
    losses = Draws(0.4, 0.01)
    laboratory.plan(LOSSES, metric=METRICS["log_loss"], dataset_hash="c" * 64, published=None, replicates=3, trials=2)
    laboratory.search(LOSSES, ("complete", 0.41), ("complete", 0.38))
    laboratory.finals(LOSSES, "baseline", losses.scores(seeds=3))
    laboratory.finals(LOSSES, "best", losses.scores(-0.03, seeds=3), number=1)
    arms = (
        Arm("wide", losses.scores(-0.05), changes={"width": 9}),
        Arm("deep", losses.scores(0.002), changes={"d": 2}),
    )
    ablate(laboratory, LOSSES, baseline(*losses.scores()), *arms)
    _change(laboratory)


def _one_at_a_time(laboratory: Laboratory, study: str, draws: Draws) -> None:
    lost: Sequence[Outcome] = [*draws.scores(0.004)[:4], "diverged", "failed"]
    unfinished: Sequence[Outcome] = [*draws.scores(0.004)[:3], None, None, None]
    arms = (
        Arm("batchnorm", draws.scores(0.012), seconds=2.5, parameters=1200, matched=GROWN, changes={"norm": True}),
        Arm("lenet5", draws.scores(-0.05), seconds=1.5, parameters=400, changes={"shape": "lenet5"}),
        Arm("dropout", draws.scores(0.001), changes={"dropout": 0.2}),
        Arm("same", draws.scores(0.0002, spread=0.1), changes={"depth": 5}),
        Arm("alike", draws.scores(0.002, spread=0.0), changes={"dropout": 0.1}),
        Arm("lost", lost, changes={"depth": 3}),
        Arm("late", unfinished, added_later=True, changes={"depth": 2}),
        Arm("baseline on other seeds", draws.scores(seeds=7)[:SEEDS], role="noise-floor", first_seed=900),
        Arm(GROWN, draws.scores(0.003), role="size-matched", parameters=1200, changes={"width": 48}),
    )
    tuned = (
        baseline(*draws.scores(), setting="retuned"),
        Arm("batchnorm", draws.scores(0.01), setting="retuned", changes={"momentum": 0.8}),
    )
    ablate(laboratory, study, baseline(*draws.scores()), *arms, *tuned)


def _leave_one_out(laboratory: Laboratory, draws: Draws) -> None:
    arms = (
        Arm("without a", draws.scores(-0.01), removed="a", changes={"b": 1}),
        Arm("without b", draws.scores(0.001), removed="b", changes={"norm": True}),
    )
    full = baseline(*draws.scores(0.02), changes={"norm": True, "b": 1})
    ablate(laboratory, STUDY, full, *arms, name="leave-one-out", design="leave-one-out")


def _factorial(laboratory: Laboratory, draws: Draws) -> None:
    arms = (
        Arm("a", draws.scores(0.01), factors=["a"], changes={"norm": True}),
        Arm("b", draws.scores(0.002), factors=["b"], changes={"b": 1}),
        Arm("a + b", draws.scores(0.02), factors=["a", "b"], changes={"norm": True, "b": 1}),
    )
    given = {"name": "factorial of a, b", "design": "factorial", "factors": ["a", "b"]}
    ablate(laboratory, STUDY, baseline(*draws.scores()), *arms, **given)


def _path(laboratory: Laboratory, draws: Draws) -> None:
    arms = (
        Arm("learning_rate", draws.scores(0.008), step=1, changes={"learning_rate": 0.003}),
        Arm("optimizer", draws.scores(0.002), step=1, changes={"optimizer": "sgd"}),
        Arm(
            "learning_rate, optimizer",
            draws.scores(0.012),
            step=2,
            control="learning_rate",
            changes={"learning_rate": 0.003, "optimizer": "sgd"},
        ),
    )
    ablate(laboratory, STUDY, baseline(*draws.scores(), step=0), *arms, name="path", design="path", reference="best")


_CHANGES = (
    # Three searches of each re-tuned arm, with two seeds each.
    "UPDATE planned_trial SET search = replicate / 2 + 1, replicate = replicate % 2 WHERE setting = 'retuned'",
    "UPDATE ablation SET searches = 3 WHERE name = 'one-at-a-time'",
    # Somebody took a variant out before its trials had ended, and a path has rounds to come.
    "UPDATE arm SET withdrawn_at = '2026-02-03T00:00:00.000000+00:00' WHERE name = 'late'",
    "UPDATE ablation SET finished = false WHERE design = 'path'",
    # Seeds were added to one study after a look at its scores, and to some arms after a second one.
    f"UPDATE planned_trial SET planned_at = '2026-03-01T00' WHERE study = '{LOSSES}' AND replicate IN (3, 4)",
    "UPDATE planned_trial SET planned_at = '2026-03-02T00' WHERE arm = 'deep' AND replicate = 5",
    # The processor's time is known of one ablation, and of another but for one epoch.
    "UPDATE epoch SET processor_seconds = 1.5 * seconds + 0.01 * (rowid % 7) WHERE trial IN "
    "(SELECT trial FROM planned_trial WHERE ablation IN ('leave-one-out', 'path'))",
    # One trial ran in another way than its control's.
    "UPDATE trial SET threads = 8 WHERE id = (SELECT min(trial) FROM planned_trial WHERE arm = 'lenet5')",
    "UPDATE epoch SET processor_seconds = NULL WHERE epoch = 2 AND trial = "
    "(SELECT min(trial) FROM planned_trial WHERE ablation = 'path' AND arm = 'optimizer')",
)


def _change(laboratory: Laboratory) -> None:
    """Makes of the ablations what only time makes of them."""
    with laboratory.database.begin() as connection:
        for change in _CHANGES:
            connection.exec_driver_sql(change)
