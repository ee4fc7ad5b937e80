"""What single designs tell beyond their arms, computed again: contrasts, paths, noise floors."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence

from scipy import stats

from benchmarks.recompute.ablations import Ablations, Arm, test
from benchmarks.recompute.counts import end_of
from benchmarks.recompute.database import Row, scale_of, sign_of
from benchmarks.recompute.rule import ALPHA, NAN, deviation, guarded, mean, t_interval
from benchmarks.recompute.studies import score_interval


def contrasts(made: Ablations) -> list[Row]:
    """Return the main effects and two-way interactions of full factorial designs."""
    found = []
    groups: dict[tuple[str, str, str], list[Arm]] = defaultdict(list)
    for arm in made.arms.values():
        if made.designs[arm.name[:2]]["design"] == "factorial" and arm.row["role"] in ("baseline", "variant"):
            groups[arm.name[:3]].append(arm)
    for (study, ablation, setting), arms in groups.items():
        factors = made.designs[study, ablation]["factors"]
        by_factors = {frozenset(arm.row["factors"]): arm for arm in arms}
        if len(by_factors) != 2 ** len(factors):
            continue
        scores = {key: {row["seed"]: made.score(row) for row in arm.planned} for key, arm in by_factors.items()}
        seeds = sorted({seed for values in scores.values() for seed in values})
        whole = [seed for seed in seeds if all(not math.isnan(values.get(seed, NAN)) for values in scores.values())]
        ends = [(row["seed"], end_of(made.stored, row["trial"])) for arm in arms for row in arm.planned]
        waiting = len({seed for seed, end in ends if end == "unfinished"})
        kinds = {"main": [(name,) for name in factors], "interaction": list(itertools.combinations(factors, 2))}
        for kind, names in kinds.items():
            values = [[_contrast(name, scores, seed) * scale_of(arms[0].plan) for seed in whole] for name in names]
            spreads = guarded([deviation(v) ** 2 for v in values], [len(v) - 1 for v in values], [0.0] * len(values))
            for name, units, (variance, degrees) in zip(names, values, spreads, strict=True):
                row = {"study": study, "ablation": ablation, "setting": setting, "contrast": " x ".join(name)}
                row |= {"kind": kind, "n": len(units), "planned": len(seeds), "waiting": waiting}
                found.append(row | test(units, variance, degrees) | {"sign": sign_of(arms[0].plan)})
    return found


def _contrast(name: Sequence[str], scores: dict[frozenset[str], dict[int, float]], seed: int) -> float:
    total = sum(math.prod(1 if f in key else -1 for f in name) * values[seed] for key, values in scores.items())
    return total * 2 ** len(name) / len(scores)


def paths(made: Ablations) -> list[Row]:
    """Return the steps of greedy paths: the start, and what each decided round chose."""
    found = []
    groups: dict[tuple[str, str, str], list[Arm]] = defaultdict(list)
    for arm in made.arms.values():
        if made.designs[arm.name[:2]]["design"] == "path" and arm.row["step"] is not None:
            groups[arm.name[:3]].append(arm)
    for (study, ablation, setting), arms in groups.items():
        led_on = {arm.row["control"] for arm in arms}
        last = max(arm.row["step"] for arm in arms)
        for arm in sorted(arms, key=lambda arm: arm.row["step"]):
            candidates = sum(other.row["step"] == arm.row["step"] for other in arms)
            if (
                arm.row["name"] in led_on
                or arm.row["role"] == "baseline"
                or (arm.row["step"] == last and candidates == 1)
            ):
                row = {"study": study, "ablation": ablation, "setting": setting, "step": arm.row["step"]}
                found.append(row | {"arm": arm.row["name"], "candidates": candidates} | _scores(made, arm))
    return found


def _scores(made: Ablations, arm: Arm) -> Row:
    row: Row = {"n": sum(not math.isnan(made.score(planned)) for planned in arm.planned)}
    for name, take in (("validation_score", made.validation), ("score", made.score)):
        values = [take(planned) for planned in arm.planned]
        values = [value for value in values if not math.isnan(value)]
        low, high = score_interval(values, arm.plan)
        row |= {name: mean(values), f"{name}_low": low, f"{name}_high": high}
    gains = ("effect", "low", "high", "p", "p_holm", "validation_effect", "validation_low", "validation_high")
    return row | {name: arm.found.get(name, NAN) for name in (*gains, "verdict", "verdict_reason")}


def noise_floors(made: Ablations) -> list[Row]:
    """Return how far the baseline differs from itself on other seeds; the truth is 0, about which spreads are taken."""
    found = []
    for arm in made.arms.values():
        if arm.row["role"] != "noise-floor":
            continue
        values = [value for _, value in made.differences(arm)]
        low, high = t_interval(values)
        spread = math.sqrt(mean([value**2 for value in values]))
        half = stats.t.ppf(1 - ALPHA / 2, len(values)) * spread / math.sqrt(len(values))
        row = {"study": arm.name[0], "ablation": arm.name[1], "setting": arm.name[2], "n": len(values)}
        row |= {"planned": len(arm.planned), "effect": mean(values), "low": low, "high": high, "deviation": spread}
        found.append(row | {"half_width": half, "single": half * math.sqrt(len(values))})
    return found
