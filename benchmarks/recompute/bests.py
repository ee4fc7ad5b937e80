"""Best against baseline, computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchmarks.recompute.database import Row, Stored, metric_of, sign_of
from benchmarks.recompute.families import judge, level_of
from benchmarks.recompute.rule import deviation, guarded, mean, sign_flip, t_test
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
        look = _look(study)
        row |= {"look": look, "level": level_of(look)}
        yield row | {"verdict": _verdict(study, row)}


_WORDS = {"helps": "better than the baseline", "hurts": "worse than the baseline"}


def _verdict(study: Study, row: Row) -> str:
    """Return what `docs/statistics.md` makes of it: a single comparison, of all planned replicates."""
    ends = {role: Counter(t["state"] for t in _ended(study, role)) for role in ("best", "baseline")}
    mine, control = ends["best"], ends["baseline"]
    planned = max(study.plan["replicates"], mine.total())
    about = {"planned": planned, "unfinished": planned - mine.total(), "diverged": mine["diverged"], "p_holm": row["p"]}
    about |= {"control_lost": control.total() - control["complete"]}
    about |= {"control_unfinished": max(planned - control.total(), 0)}
    failed = mine.total() - mine["complete"] - mine["diverged"]
    found, reason = judge(row | about, merit=sign_of(study.plan) * row["difference"], failed=failed)
    if reason:
        return f"{found.removesuffix(')')}; {reason})"
    return _WORDS.get(found, "no evidence of a difference")


def _ended(study: Study, role: str) -> list[Row]:
    over = ("complete", "diverged", "failed", "pruned")
    return [t for t in study.trials if t["phase"] == "replicate" and t["state"] in over and study.role(t) == role]


def _look(study: Study) -> int:
    """Return how often replicates were added after one was scored, and the first look."""
    tests = study.stored.tests
    scored = [tests[t["id"]]["recorded_at"] for t in study.trials if t["phase"] == "replicate" and t["id"] in tests]
    changes = [change for change in study.stored.changes if change["study"] == study.name]
    added = [change for change in changes if change["what"].startswith("--replicates was ")]
    return 1 + sum(bool(scored) and change["changed_at"] > min(scored) for change in added)


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
