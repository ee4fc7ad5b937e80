"""Compares what `best --json` and `show --ablation --json` print with what was computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.recompute import designs
from benchmarks.recompute.ablations import Ablations
from benchmarks.recompute.bests import against_baseline
from benchmarks.recompute.comparing import Tally, compare_rows
from benchmarks.recompute.database import Row
from benchmarks.recompute.rule import mean
from benchmarks.recompute.studies import Study, score_interval

Told = Mapping[str, Any]
"""A JSON object."""


def compare_shown(tally: Tally, made: tuple[Ablations, list[Row]], told: Told) -> None:
    """Compare what `show --ablation --json` prints of a study."""
    ablations, contrasts = made
    study = told["study"]
    for ablation in told["ablations"]:
        name = ablation["name"]

        def mine(rows: list[Row], name: str = name) -> list[Row]:
            return [row for row in rows if (row["study"], row["ablation"]) == (study, name)]

        arms = [arm.found for arm in ablations.arms.values() if arm.row["role"] != "baseline"]
        where = f"show --ablation --json, {study}, {name}"
        compare_rows(tally, f"{where}, arms", ablation["arms"], mine(arms), ("setting", "arm"))
        compare_rows(tally, f"{where}, factorial", ablation["factorial"], mine(contrasts), ("setting", "contrast"))
        compare_rows(tally, f"{where}, path", ablation["path"], mine(designs.paths(ablations)), ("setting", "step"))
        floors = list(ablation["noise_floor"].values())
        compare_rows(tally, f"{where}, noise floor", floors, mine(designs.noise_floors(ablations)), ("setting",))


def compare_best(tally: Tally, study: Study, told: Told) -> None:
    """Compare what `best --json` prints of a study that has a best."""
    where, best = f"best --json, {study.name}", study.best
    assert best is not None
    baseline = study.search_trial("baseline")
    tally.check(f"{where}, trial", told["trial"], best["optuna_number"])
    tally.check(f"{where}, validation_score", told["validation_score"], best["value"])
    tally.check(f"{where}, parameters", told["parameters"], best["parameters"])
    if baseline is not None:
        tally.check(f"{where}, baseline_validation_score", told["baseline_validation_score"], baseline["value"])
    for role in ("best", "baseline"):
        trials = study.replicates("baseline" if study.best_is_baseline else role)
        scores, found = study.scores(trials), told["test"][role]
        low, high = score_interval(scores, study.plan)
        seconds = mean([study.stored.seconds(trial["id"]) for trial in trials])
        wanted = {
            "mean": mean(scores),
            "low": low,
            "high": high,
            "seconds": seconds,
            "planned": study.plan["replicates"],
        }
        for name, value in wanted.items():
            tally.check(f"{where}, test, {role}, {name}", found[name], value)
        for place, (ours, theirs) in enumerate(zip(scores, found["scores"], strict=True)):
            tally.check(f"{where}, test, {role}, scores, {place}", theirs, ours)
    if told.get("against_baseline"):
        (wanted,) = [row for row in against_baseline(study.stored) if row["study"] == study.name]
        compare_rows(tally, f"{where}, against_baseline", [told["against_baseline"]], [wanted], ("n",))
