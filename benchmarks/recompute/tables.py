"""The tables of a report, computed from a database."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from benchmarks.recompute import counts, designs, families, measures, seeds, studies
from benchmarks.recompute.ablations import Ablations, Arm, guard, measure
from benchmarks.recompute.bests import against_baseline
from benchmarks.recompute.database import Row, Stored
from benchmarks.recompute.rule import NAN

STUDY = ("study",)
ARM = ("study", "ablation", "setting", "arm")
_SHARED = ("study", "ablation", "arm", "role", "design")
"""Columns that an arm has once, fixed and re-tuned."""
Tables = dict[str, tuple[Sequence[str], list[Row]]]
"""Name of a CSV file -> what tells its rows apart, and its rows."""


def expected(stored: Stored) -> Tables:
    """Return every table."""
    accounting = counts.accounting(stored)
    scores, losses = studies.published(stored)
    pairs, classes = counts.confusion(stored)
    return {
        "leaderboard": (("study", "role"), list(studies.leaderboard(stored))),
        "searches": (STUDY, list(studies.searches(stored))),
        "best-minus-baseline": (STUDY, list(against_baseline(stored))),
        "final-trials": (("study", "name"), list(studies.finals(stored))),
        "published-scores": (STUDY, scores),
        "published-losses": (("study", "epoch"), losses),
        "accounting": (("study", "phase", "role"), accounting),
        "incomplete": (("study", "phase", "role"), counts.incomplete(accounting)),
        "ablation-accounting": (ARM, list(counts.arms_lacking(stored))),
        "test-split": (STUDY, list(counts.tested(stored))),
        "training-modes": (counts.MODE, counts.modes(stored)),
        "failures": (counts.FAILURE, counts.failures(stored)),
        "confusion": (("study", "truth", "predicted"), pairs),
        "class-scores": (("study", "class"), classes),
        "pareto-front": (("study", "cost", "trial"), counts.fronts(stored)),
        "trials": (seeds.KEYS, list(seeds.trials(stored))),
        "epochs": (("trial", "epoch"), list(seeds.epochs(stored))),
        **{f"metrics-{_slug(name)}": (("study", "metric"), rows) for name, rows in measures.metrics(stored)},
        **_of_ablations(stored),
    }


def ablated(stored: Stored) -> tuple[Ablations, list[Row]]:
    """Return the arms of a database with all that was computed of them, and the contrasts."""
    made = Ablations(stored)
    contrasts = designs.contrasts(made)
    measure(made)
    guard(made)
    families.look_again(made, contrasts)
    families.correct(made, contrasts)
    for arm in made.arms.values():
        if arm.row["role"] != "baseline":
            families.decide(arm)
    for row in contrasts:
        families.judge_contrast(row)
    return made, contrasts


def _of_ablations(stored: Stored) -> Tables:
    made, contrasts = ablated(stored)
    tables: Tables = {}
    for (study, ablation), group in itertools.groupby(made.arms.values(), key=lambda arm: arm.name[:2]):
        rows = _side_by_side([arm for arm in group if arm.row["role"] != "baseline"])
        tables[f"ablation-{_slug(study)}-{_slug(ablation)}"] = (("study", "ablation", "arm"), rows)
    tables["ablation-factorial"] = (("study", "ablation", "setting", "contrast"), contrasts)
    tables["ablation-path"] = (("study", "ablation", "setting", "step"), designs.paths(made))
    tables["ablation-noise-floor"] = (("study", "ablation", "setting"), designs.noise_floors(made))
    return tables


def _slug(text: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())


def _side_by_side(arms: list[Arm]) -> list[Row]:
    """Return a row for each arm: its columns when fixed, and those when re-tuned as `retuned_...`."""
    rows: dict[str, Row] = {}
    for arm in arms:
        prefix = "retuned_" if arm.row["setting"] == "retuned" else ""
        row = rows.setdefault(arm.row["name"], {name: arm.found[name] for name in _SHARED})
        row.update({f"{prefix}{name}": value for name, value in arm.found.items() if name not in (*_SHARED, "setting")})
    columns = {name.removeprefix("retuned_") for row in rows.values() for name in row}
    for row in rows.values():
        for name in columns - set(_SHARED):
            row.setdefault(name, NAN)
            row.setdefault(f"retuned_{name}", NAN)
    return list(rows.values())
