"""Best against baseline, computed again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.recompute.database import Row, Stored, metric_of, sign_of
from benchmarks.recompute.rule import ALPHA, LEAST_SEEDS, deviation, guarded, mean, sign_flip, t_test
from benchmarks.recompute.studies import Study, differences, studies_of


def against_baseline(stored: Stored) -> Iterator[Row]:
    """Yield, for each study with a pair of replicates, by how much its best differs from its baseline."""
    for study in studies_of(stored):
        sides = [study.replicates("best"), study.replicates("baseline")]
        values = differences(study, *sides)
        if not values:
            continue
        spread = deviation(values) ** 2
        ((variance, degrees),) = guarded([spread], [len(values) - 1], [_floor(study, *sides)])
        low, high, p = t_test(mean(values), variance, degrees, len(values))
        row = {"study": study.name, "n": len(values), "difference": mean(values), "low": low, "high": high}
        row |= {"sign_flip_p": sign_flip(values), "p": sign_flip(values) if variance == 0 else p}
        yield row | {"verdict": _verdict(row, sign_of(study.plan))}


def _verdict(row: Row, sign: int) -> str:
    if row["n"] < LEAST_SEEDS:
        return f"inconclusive ({row['n']} seed{'' if row['n'] == 1 else 's'}; needs at least {LEAST_SEEDS} seeds)"
    if row["p"] > ALPHA or not row["difference"]:
        return "no evidence of a difference"
    return f"{'better' if sign * row['difference'] > 0 else 'worse'} than the baseline"


def _floor(study: Study, mine: list[Row], others: list[Row]) -> float:
    """Return what the variance of a difference cannot be below, by what the single test examples do."""
    targets = study.stored.targets.get(study.plan["dataset_hash"])
    if study.plan["task"] != "classification" or not targets or metric_of(study.plan)["name"] != "accuracy":
        return 0.0
    truth, gaps = np.frombuffer(targets, dtype=np.uint8), []
    there = {(row["replicate"], row["seed"]): row for row in others}
    for row in mine:
        other = there.get((row["replicate"], row["seed"]))
        said = [study.stored.tests[side["id"]]["predictions"] for side in (row, other) if side]
        if len(said) == 2 and all(answer and len(answer) == len(targets) for answer in said):
            ours, theirs = ((np.frombuffer(answer, dtype=np.uint8) == truth).astype(int) for answer in said)
            gaps.append(ours - theirs)
    return float(np.var(gaps, axis=0, ddof=1).sum() / len(targets) ** 2) if len(gaps) > 1 else 0.0
