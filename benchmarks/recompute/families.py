"""One family of tests a study, computed again: Holm's correction, what is no larger than matters, and the verdicts."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np

from benchmarks.recompute.ablations import Ablations, Arm
from benchmarks.recompute.database import Row, sign_of
from benchmarks.recompute.rule import ALPHA, LEAST_SEARCHES, LEAST_SEEDS, NAN, equivalence, holm, seeds_needed

Question = tuple[Any, ...]


def correct(made: Ablations, contrasts: list[Row]) -> None:
    """Add Holm's correction over all tests of a study, contrasts among them; the same question counts once."""
    asked: dict[str, list[tuple[Question, float, Row]]] = defaultdict(list)
    for arm in made.arms.values():
        if arm.row["role"] == "variant":
            waiting = arm.found["unfinished"] > 0 or arm.found["control_unfinished"] > 0
            asked[arm.name[0]].append((question_of(made, arm), NAN if waiting else arm.found["p"], arm.found))
    for row in contrasts:
        p = NAN if row["waiting"] else row["p"]
        asked[row["study"]].append(((row["ablation"], row["setting"], row["kind"], row["contrast"]), p, row))
    further = _still_to_come(made)
    for study, tests in asked.items():
        least: dict[Question, float] = {}
        for question, p, _ in tests:
            least[question] = np.fmin(p, least.get(question, NAN))
        for question, p, row in tests:
            family = [p if name == question else value for name, value in least.items()]
            adjusted = holm([*family, *[NAN] * further.get(study, 0)])[list(least).index(question)]
            row |= {"p_holm": adjusted, "variants": len(least) + further.get(study, 0)}
    for arm in made.arms.values():
        arm.found.setdefault("variants", 1)
        arm.found.setdefault("p_holm", NAN)


def question_of(made: Ablations, arm: Arm) -> Question:
    """Return what a comparison asks: two configurations, or of what is re-tuned, whose these are found, its name."""
    control = made.control(arm)
    sides = [arm.row["configuration"], control.row["configuration"] if control else None]
    if arm.row["setting"] == "retuned" or None in sides or sides[0] == sides[1]:
        return arm.name[1:]
    return tuple(sorted(json.dumps(side, sort_keys=True) for side in sides))


def _still_to_come(made: Ablations) -> dict[str, int]:
    """Return the comparisons that unfinished paths will make."""
    paths: dict[tuple[str, str], list[Arm]] = defaultdict(list)
    for arm in made.arms.values():
        design = made.designs[arm.name[:2]]
        if design["design"] == "path" and arm.row["role"] == "variant" and not design["finished"]:
            paths[arm.name[:2]].append(arm)
    found: dict[str, int] = defaultdict(int)
    for (study, _), arms in paths.items():
        last = max(arm.row["step"] for arm in arms)
        tried = {arm.row["name"].partition(". ")[2] for arm in arms}
        domains = arms[0].plan["definition"]["domains"]
        later = sum(1 for name, domain in domains.items() if domain["when"] and name not in tried)
        left = sum(arm.row["step"] == last for arm in arms) - 1 + later
        found[study] += left * (left + 1) // 2
    return found


def look_again(made: Ablations, contrasts: list[Row]) -> None:
    """Add how often the seeds of each question were added to after a score of them was there."""
    seeds: dict[tuple[str, Question], dict[tuple[int, int], list[tuple[str, str]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    asked = {
        arm.name: (arm.name[0], question_of(made, arm)) for arm in made.arms.values() if arm.row["role"] != "baseline"
    }
    for name, about in asked.items():
        for row in made.arms[name].planned:
            test = made.stored.tests.get(row["trial"])
            times = (row["planned_at"], test["recorded_at"] if test else "9")
            seeds[about][row["search"], row["seed"]].append(times)
    for name, about in asked.items():
        times = [(min(t[0] for t in seen), min(t[1] for t in seen)) for seen in seeds[about].values()]
        first = min((scored for _, scored in times), default="9")
        late = [planned for planned, _ in times if planned > first]
        look = 1 + len(set(late))
        made.arms[name].found |= {"look": look, "seeds_added": len(late), "level": level_of(look)}
    for row in contrasts:
        arms = [made.arms[n].found["look"] for n in asked if n[:3] == (row["study"], row["ablation"], row["setting"])]
        row |= {"look": max(arms), "level": level_of(max(arms))}


def level_of(look: int) -> float:
    """Return what a p is compared with at a look."""
    return ALPHA if look == 1 else ALPHA * 2.0**-look


def decide(arm: Arm) -> None:
    """Add what is said of the smallest effect that matters, and the verdict."""
    row, stated = arm.found, arm.plan["smallest_effect"]
    is_variant = arm.row["role"] == "variant"
    units = row["searches"] if row["searches"] == row["searches"] else row["n"]
    row["smallest_effect"] = NAN if stated is None else stated
    row["p_equivalence"], row["seeds_needed"] = NAN, NAN
    if stated is not None and is_variant:
        p = equivalence(row["effect"], row["spread"] ** 2, row["degrees"], int(units), stated)
        row["p_equivalence"] = min(1.0, p * row["variants"])
        row["seeds_needed"] = seeds_needed(stated, row["spread"], row["variants"], level_of(row["look"] + 1))
    row["verdict"], row["verdict_reason"] = _verdict(arm) if is_variant else (None, None)


def _verdict(arm: Arm) -> tuple[str, str]:
    row, planned = arm.found, arm.found["planned"]
    verdict, reason = judge(
        row,
        merit=sign_of(arm.plan) * row["effect"],
        searches=None if arm.row["setting"] != "retuned" else int(row["searches"]) if row["searches"] > 0 else 0,
        failed=row["failed"] + row["pruned"],
    )
    if arm.row["withdrawn_at"] and row["unfinished"]:
        return verdict, f"withdrawn with {row['n']} of {planned} seeds evaluated"
    return verdict, reason


def judge(row: Row, *, merit: float, searches: int | None = None, failed: int = 0) -> tuple[str, str]:
    """Return a verdict and its reason, as `docs/statistics.md` states the rule."""
    n, planned = row["n"], row["planned"]
    inconclusive = f"inconclusive ({n} seed{'' if n == 1 else 's'})"
    for number, what in ((row["unfinished"], "trials"), (row["control_unfinished"], "trials of its control")):
        if number:
            return inconclusive, f"{number} of {planned} {what} unfinished"
    if not planned:
        return inconclusive, "no trial is planned yet"
    ends = ((row["diverged"], "diverged"), (failed, "failed"))
    parts = [f"{number} of {planned} seeds {end}" for number, end in ends if number]
    parts += [f"its control lost {row['control_lost']} of {planned}"] if row["control_lost"] else []
    lost = ", ".join(parts)
    if searches is not None and searches < LEAST_SEARCHES:
        return inconclusive, lost or f"needs at least {LEAST_SEARCHES} searches"
    if n < LEAST_SEEDS:
        return inconclusive, lost or f"needs at least {LEAST_SEEDS} seeds"
    level = row.get("level", ALPHA)
    found, small = row["p_holm"] <= level, row.get("p_equivalence", 1.0) <= level
    note = "by less than the smallest effect that matters" if small else ""
    if found and merit < 0 and not row["control_lost"]:
        return "hurts", lost or note
    if lost:
        return inconclusive, lost
    if found and merit > 0:
        return "helps", note
    return ("no larger effect" if small else "no evidence"), ""


def judge_contrast(row: Row) -> None:
    """Add the verdict on a contrast."""
    about = {"unfinished": row.pop("waiting"), "control_unfinished": 0, "diverged": 0}
    about["control_lost"] = row["planned"] - row["n"]
    verdict, reason = judge({**row, **about}, merit=row.pop("sign") * row["effect"])
    if row["n"] < row["planned"]:
        reason = f"{row['planned'] - row['n']} of {row['planned']} seeds are not complete in every arm"
    words = {"helps": "reinforce each other", "hurts": "weaken each other"} if row["kind"] == "interaction" else {}
    row["verdict"], row["verdict_reason"] = words.get(verdict, verdict), reason
