"""The arms of ablations, computed again: pairs, effects, intervals, p, examples, costs and looks."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.recompute.counts import ENDS, end_of
from benchmarks.recompute.database import COMPLETE, LOST, Row, Stored, metric_of, scale_of, sign_of
from benchmarks.recompute.rule import (
    NAN,
    deviation,
    guarded,
    improvement,
    known,
    mean,
    median,
    sign_flip,
    t_interval,
    t_test,
)

TESTED = ("effect", "low", "high", "deviation", "floor", "spread", "degrees", "p", "sign_flip_p")
Name = tuple[str, str, str, str]
"""Study, ablation, setting, arm."""


@dataclass
class Arm:
    """An arm with its planned trials and what was computed of them."""

    row: Row
    plan: Row
    planned: list[Row]
    found: Row = field(default_factory=dict)

    @property
    def name(self) -> Name:
        """What tells it from all others."""
        return self.row["study"], self.row["ablation"], self.row["setting"], self.row["name"]


class Ablations:
    """All arms of a database."""

    def __init__(self, stored: Stored) -> None:
        """Sort the planned trials to their arms."""
        self.stored = stored
        plans = {plan["study"]: plan for plan in stored.plans}
        mine: dict[Name, list[Row]] = defaultdict(list)
        for row in stored.planned:
            mine[row["study"], row["ablation"], row["setting"], row["arm"]].append(row)
        self.arms = {}
        for row in stored.arms:
            arm = Arm(row, plans[row["study"]], [])
            arm.planned = mine[arm.name]
            self.arms[arm.name] = arm
        self.designs = {(row["study"], row["name"]): row for row in stored.ablations}

    def score(self, planned: Row) -> float:
        """Return a planned trial's test score, nan unless it is complete."""
        complete = end_of(self.stored, planned["trial"]) == COMPLETE
        return self.stored.tests[planned["trial"]]["score"] if complete else NAN

    def validation(self, planned: Row) -> float:
        """Return its last validation score, nan unless it is complete."""
        complete = end_of(self.stored, planned["trial"]) == COMPLETE
        return self.stored.last_validation(planned["trial"]) if complete else NAN

    def control(self, arm: Arm, against: str = "control") -> Arm | None:
        """Return what an arm is compared with."""
        return self.arms.get((*arm.name[:3], arm.row[against])) if arm.row[against] else None

    def pairs(self, arm: Arm, against: str = "control") -> list[tuple[Row, Row | None]]:
        """Return the planned trials of an arm, each with its control's of the same search and seed."""
        other = self.control(arm, against)
        key = "replicate" if arm.row["role"] == "noise-floor" else "seed"
        there = {(row["search"], row[key]): row for row in other.planned} if other else {}
        return [(row, there.get((row["search"], row[key]))) for row in arm.planned]

    def differences(self, arm: Arm, against: str = "control", measure: str = "score") -> list[tuple[int, float]]:
        """Return search and difference of each pair whose trials are both complete, as it is shown."""
        take = getattr(self, measure)
        scale = scale_of(arm.plan)
        found = [(row["search"], scale * (take(row) - take(other))) for row, other in self.pairs(arm, against) if other]
        return [(search, value) for search, value in found if not math.isnan(value)]

    def units(self, arm: Arm, measure: str = "score") -> list[float]:
        """Return what an arm is tested on: its differences; of a re-tuned one their means over each search."""
        return by_search(arm, self.differences(arm, measure=measure))

    def floor(self, arm: Arm) -> float:
        """Return what the variance of a difference cannot be below, by what the single test examples do."""
        plan = arm.plan
        targets = self.stored.targets.get(plan["dataset_hash"])
        if plan["task"] != "classification" or plan["own_training"] or not targets or arm.row["setting"] == "retuned":
            return 0.0
        if metric_of(plan)["name"] != "accuracy":
            return 0.0
        gaps = [ours - theirs for ours, theirs in self.right(arm, targets)]
        if len(gaps) < 2:
            return 0.0
        return float(np.var(gaps, axis=0, ddof=1).sum() / len(targets) ** 2 * scale_of(plan) ** 2)

    def right(self, arm: Arm, targets: bytes) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return for each pair which test examples each side got right, where both answers are stored."""
        truth, found = np.frombuffer(targets, dtype=np.uint8), []
        for row, other in self.pairs(arm):
            sides = [side for side in (row, other) if side and not math.isnan(self.score(side))]
            said = [self.stored.tests[side["trial"]]["predictions"] for side in sides]
            if len(said) == 2 and all(answer and len(answer) == len(targets) for answer in said):
                ours, theirs = (np.frombuffer(answer, dtype=np.uint8) == truth for answer in said)
                found.append((ours.astype(int), theirs.astype(int)))
        return found


def measure(made: Ablations) -> None:
    """Compute what an arm's own trials and its control's tell."""
    stored = made.stored
    for arm in made.arms.values():
        ends = Counter(end_of(stored, row["trial"]) for row in arm.planned)
        others = [end_of(stored, other["trial"]) if other else "unfinished" for _, other in made.pairs(arm)]
        values = [value for _, value in made.differences(arm)]
        row = {"study": arm.name[0], "ablation": arm.name[1], "setting": arm.name[2], "arm": arm.name[3]}
        row |= {name: arm.row[name] for name in ("role", "control", "matched", "step", "withdrawn_at", "removed")}
        row |= {"added_later": bool(arm.row["added_later"]), "reason": arm.row["reason"]}
        row |= {"design": made.designs[arm.name[:2]]["design"], "planned": len(arm.planned)}
        row |= {end: ends[end] for end in ENDS}
        row |= {"control_lost": sum(end in LOST for end in others)}
        row |= {"control_unfinished": sum(end == "unfinished" for end in others), "n": len(values)}
        row |= _interval("validation_effect", "validation_", made.units(arm, "validation"))
        matched = [value for _, value in made.differences(arm, "matched")]
        row |= _interval("matched_effect", "matched_", matched) | {"matched_n": len(matched)}
        arm.found = row | _costs(made, arm) | _examples(made, arm)


def _interval(name: str, prefix: str, values: list[float]) -> Row:
    low, high = t_interval(values)
    return {name: mean(values), f"{prefix}low": low, f"{prefix}high": high}


def _costs(made: Ablations, arm: Arm) -> Row:
    stored, complete = made.stored, [row for row in arm.planned if not math.isnan(made.score(row))]
    control = made.control(arm)
    sizes = [_parameters(made, arm), _parameters(made, control) if control else NAN]
    row = {"score": mean([made.score(planned) for planned in complete])}
    row["validation_score"] = mean(known([made.validation(planned) for planned in complete]))
    row |= {"parameters": sizes[0], "parameters_ratio": sizes[0] / sizes[1]}
    row["seconds"] = median([stored.seconds(planned["trial"]) for planned in complete])
    whole = [(row, other) for row, other in made.pairs(arm) if other and not math.isnan(made.score(other))]
    whole = [(row, other) for row, other in whole if not math.isnan(made.score(row))]
    whole = [(row, other) for row, other in whole if _way(made, row) == _way(made, other)]
    kind = "processor_seconds"
    if not whole or any(math.isnan(stored.seconds(side["trial"], kind)) for pair in whole for side in pair):
        kind = "seconds"
    times = [[stored.seconds(side["trial"], kind) for side in pair] for pair in whole]
    logs = [math.log(ours / theirs) for ours, theirs in times if ours > 0 and theirs > 0]
    low, high = t_interval(logs)
    row |= {"seconds_ratio": math.exp(mean(logs)), "seconds_low": math.exp(low), "seconds_high": math.exp(high)}
    row["timed_by"] = None if not logs else "processor" if kind == "processor_seconds" else "wall clock"
    better = improvement(_merits(made, arm), _merits(made, control) if control else [])
    return row | dict(zip(("improvement", "improvement_low", "improvement_high"), better, strict=True))


def _way(made: Ablations, planned: Row) -> list[Any]:
    """Return where and how a trial was trained; times of different machines do not compare."""
    trial = made.stored.by_id[planned["trial"]]
    return [trial[name] for name in ("environment", "device", "precision", "threads")]


def _merits(made: Ablations, arm: Arm) -> list[float]:
    """Return the scores of an arm's complete trials, turned so that higher is better."""
    scores = [(row["search"], sign_of(arm.plan) * made.score(row)) for row in arm.planned]
    return by_search(arm, [(search, score) for search, score in scores if not math.isnan(score)])


def by_search(arm: Arm, found: list[tuple[int, float]]) -> list[float]:
    """Return values of seeds; of a re-tuned arm their means over each search."""
    if arm.row["setting"] != "retuned":
        return [value for _, value in found]
    searches = sorted({search for search, _ in found})
    return [mean([value for other, value in found if other == search]) for search in searches]


def _parameters(made: Ablations, arm: Arm) -> float:
    found = [made.stored.by_id[row["trial"]]["parameters"] for row in arm.planned if row["trial"] in made.stored.by_id]
    return max(known(found), default=NAN)


def _examples(made: Ablations, arm: Arm) -> Row:
    targets = made.stored.targets.get(arm.plan["dataset_hash"])
    if arm.plan["task"] != "classification" or arm.plan["own_training"] or not targets:
        return {"gained": NAN, "lost": NAN}
    gaps = [ours - theirs for ours, theirs in made.right(arm, targets)]
    return {"gained": mean([(gap > 0).sum() for gap in gaps]), "lost": mean([(gap < 0).sum() for gap in gaps])}


def guard(made: Ablations) -> None:
    """Test each arm's effect by a spread that the arms beside it guard."""
    families: dict[tuple[Any, ...], list[Arm]] = defaultdict(list)
    for arm in made.arms.values():
        if arm.row["role"] != "baseline" and made.units(arm):
            families[(*arm.name[:3], arm.row["step"] or 0)].append(arm)
        elif arm.row["role"] != "baseline":
            arm.found |= dict.fromkeys((*TESTED, "searches"), NAN)
    for members in families.values():
        values = [made.units(arm) for arm in members]
        spreads = guarded(
            [deviation(units) ** 2 for units in values],
            [len(units) - 1 for units in values],
            [made.floor(arm) for arm in members],
        )
        for arm, units, (variance, degrees) in zip(members, values, spreads, strict=True):
            arm.found |= test(units, variance, degrees) | {"floor": math.sqrt(made.floor(arm))}
            arm.found["searches"] = len(units) if arm.row["setting"] == "retuned" else NAN


def test(values: list[float], variance: float, degrees: float) -> Row:
    """Return the numbers of a guarded t test of differences."""
    low, high, p = t_test(mean(values), variance, degrees, len(values))
    flipped = sign_flip(values)
    row = {"effect": mean(values), "low": low, "high": high, "deviation": deviation(values), "degrees": degrees}
    row |= {"spread": math.sqrt(variance) if variance >= 0 else NAN, "sign_flip_p": flipped}
    return row | {"p": flipped if variance == 0 else p}
