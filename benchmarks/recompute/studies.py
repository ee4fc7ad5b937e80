"""What a report says of a study's search and replicates, computed again: bests, scores, differences, counts, times."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.recompute.database import (
    ABLATE,
    COMPLETE,
    LOST,
    REPLICATE,
    SEARCH,
    Row,
    Stored,
    metric_of,
    scale_of,
    sign_of,
)
from benchmarks.recompute.rule import (
    NAN,
    known,
    mean,
    median,
    t_interval,
    wilson,
)

TARGET = ("accuracy", 0.99)
"""The metric whose epochs to a target are counted, and the target."""
COUNTED = ("accuracy", "exact_match")
"""Metrics that count examples, so that a test split has a resolution of its own."""
STATES = ("complete", "pruned", "diverged", "failed", "running", "interrupted", "paused")
Tables = dict[str, list[Row]]


@dataclass
class Study:
    """A study with its trials sorted by what they stand for."""

    stored: Stored
    plan: Row
    trials: list[Row]

    @property
    def name(self) -> str:
        """The study's name."""
        return str(self.plan["study"])

    @property
    def best(self) -> Row | None:
        """The complete search trial with the best validation score, the earliest of equals."""
        found = [row for row in self.trials if row["phase"] == SEARCH and row["state"] == COMPLETE]
        found = [row for row in found if row["value"] is not None]
        return min(found, key=lambda row: (-sign_of(self.plan) * row["value"], row["optuna_number"]), default=None)

    @property
    def best_is_baseline(self) -> bool:
        """Whether the search found nothing better than the baseline."""
        return self.best is not None and self.best["configuration"] == self.plan["baseline"]

    def role(self, trial: Row) -> str:
        """Return what a trial stands for."""
        if trial["phase"] != REPLICATE:
            return str(trial["variant"])
        is_baseline = trial["variant"] == "baseline" or trial["configuration"] == self.plan["baseline"]
        is_best = self.best is not None and trial["configuration"] == self.best["configuration"]
        own = trial["variant"] in ("baseline", "best") or trial["epochs"] == self.plan["epochs"]
        if own and (is_baseline or is_best) and not self._is_shorter(trial):
            return "baseline" if is_baseline else "best"
        for final in self.stored.finals:
            same = (final["study"], final["configuration"], final["epochs"])
            if same == (self.name, trial["configuration"], trial["epochs"]):
                return str(final["name"])
        return f"earlier {'baseline' if is_baseline else 'best'}"

    def _is_shorter(self, trial: Row) -> bool:
        alike = [
            row["epochs"]
            for row in self.trials
            if row["phase"] == REPLICATE
            and row["configuration"] == trial["configuration"]
            and (row["variant"] in ("baseline", "best") or row["epochs"] == self.plan["epochs"])
        ]
        return bool(alike) and trial["epochs"] < max(alike)

    def replicates(self, role: str) -> list[Row]:
        """Return the complete replicates of a role, by replicate."""
        found = [row for row in self.trials if row["phase"] == REPLICATE and row["state"] == COMPLETE]
        return sorted((row for row in found if self.role(row) == role), key=lambda row: row["replicate"])

    def tested(self, role: str) -> list[Row]:
        """Return what stands for a role on the test split: replicates, else the baseline's planned trials."""
        found = self.replicates(role)
        if found or role != "baseline":
            return found
        arms = [row for row in self.stored.arms if row["study"] == self.name and row["role"] == "baseline"]
        arms = [row for row in arms if row["setting"] == "fixed"]
        names = {(row["ablation"], row["name"]) for row in arms}
        wanted = {
            row["trial"]
            for row in self.stored.planned
            if row["study"] == self.name and row["setting"] == "fixed" and (row["ablation"], row["arm"]) in names
        }
        found = [row for row in self.trials if row["id"] in wanted and row["state"] == COMPLETE]
        found = [row for row in found if row["configuration"] == self.plan["baseline"]]
        longest = max((row["epochs"] for row in found), default=0)
        return [row for row in found if row["epochs"] == longest]

    def scores(self, trials: list[Row]) -> list[float]:
        """Return test scores, as they are stored."""
        return [self.stored.tests[row["id"]]["score"] for row in trials]

    def search_trial(self, role: str) -> Row | None:
        """Return the complete search trial of the best or of the baseline."""
        if role == "best":
            return None if self.best_is_baseline else self.best
        found = [row for row in self.trials if row["phase"] == SEARCH and row["state"] == COMPLETE]
        return next((row for row in found if row["variant"] == "baseline"), None)


def studies_of(stored: Stored) -> list[Study]:
    """Return the studies of a database."""
    return [Study(stored, plan, stored.trials.get(plan["study"], [])) for plan in stored.plans]


def score_interval(scores: list[float], plan: Row) -> tuple[float, float]:
    """Return the interval of a mean of scores; that of a fraction is cut to what a fraction can be."""
    low, high = t_interval(scores)
    return (max(low, 0.0), min(high, 1.0)) if scale_of(plan) == 100 and len(scores) > 1 else (low, high)


def leaderboard(stored: Stored) -> Iterator[Row]:
    """Yield a row for the best and for the baseline of each study."""
    for study in studies_of(stored):
        for role in ("best", "baseline"):
            searched, tested = study.search_trial(role), study.tested(role)
            if searched is None and not tested:
                continue
            yield _leader(study, role, searched, tested)


def _leader(study: Study, role: str, searched: Row | None, tested: list[Row]) -> Row:
    stored, plan = study.stored, study.plan
    scores, phase = study.scores(tested), tested[0]["phase"] if tested else None
    members = tested or ([searched] if searched else [])
    low, high = score_interval(scores, study.plan)
    row = {
        "study": study.name,
        "role": role,
        "phase": phase,
        "n": len(scores),
        "test": mean(scores),
        "low": low,
        "high": high,
        "learned_from": plan["final_examples"] if phase == REPLICATE else plan["train_examples"],
        "seconds": median([median([e["seconds"] for e in stored.epochs[m["id"]]]) for m in members]),
        "parameters": max((m["parameters"] for m in members if m["parameters"] is not None), default=NAN),
        "epochs": max(len(stored.epochs[m["id"]]) for m in members),
        "inference": median([stored.tests[m["id"]]["seconds"] for m in tested]) / plan["test_examples"],
        "own_training": bool(plan["own_training"]),
    }
    if plan["own_training"]:
        row["inference"] = NAN
    validation = [stored.last_validation(m["id"]) for m in tested] if phase == ABLATE else []
    row["validation"] = searched["value"] if searched else mean(validation)
    row["validation_learned_from"] = NAN if math.isnan(row["validation"]) else plan["train_examples"]
    if metric_of(plan)["name"] in COUNTED and scores and not plan["own_training"]:
        examples = plan["test_examples"]
        row["wilson_low"], row["wilson_high"] = wilson(round(row["test"] * examples), examples)
    return row | _to_target(study, members)


def _to_target(study: Study, members: list[Row]) -> Row:
    if metric_of(study.plan)["name"] != TARGET[0] or not members:
        return {"to_target": NAN, "reached": 0, "watched": 0}
    alike = [row for row in study.trials if row["state"] == COMPLETE and row["phase"] != REPLICATE]
    configurations = {row["configuration_hash"] for row in members}
    watched = [row for row in alike if row["configuration_hash"] in configurations]
    there = []
    for row in watched:
        epochs = study.stored.epochs[row["id"]]
        reached = [
            e["epoch"] for e in epochs if e["validation_score"] is not None and e["validation_score"] >= TARGET[1]
        ]
        there.append(min(reached, default=math.inf))
    middle = median(there) if there else NAN
    reached = sum(math.isfinite(epoch) for epoch in there)
    return {"to_target": middle if math.isfinite(middle) else NAN, "reached": reached, "watched": len(watched)}


def searches(stored: Stored) -> Iterator[Row]:
    """Yield a row for each study that searches."""
    for study in studies_of(stored):
        trials = [row for row in study.trials if row["phase"] == SEARCH]
        if not study.plan["trials"] and not trials:
            continue
        states, best, baseline = Counter(row["state"] for row in trials), study.best, study.search_trial("baseline")
        yield {
            "study": study.name,
            "ended": sum(states[state] for state in (COMPLETE, *LOST)),
            "complete": states[COMPLETE],
            "pruned": states["pruned"],
            "seconds": study.plan["search_seconds"],
            "baseline_validation": baseline["value"] if baseline else NAN,
            "best_validation": best["value"] if best else NAN,
            "best_trial": best["optuna_number"] if best else NAN,
            "best_was_tried": best is not None and best["variant"] == "tried",
        }


def finals(stored: Stored) -> Iterator[Row]:
    """Yield a row for final trials that were asked for by name."""
    for study in studies_of(stored):
        for final in (row for row in stored.finals if row["study"] == study.name):
            mine = study.replicates(final["name"])
            begun = [row for row in study.trials if row["phase"] == REPLICATE and study.role(row) == final["name"]]
            scores = study.scores(mine)
            low, high = score_interval(scores, study.plan)
            row = {"study": study.name, "name": final["name"], "epochs": final["epochs"]}
            row |= {"planned": final["replicates"], "ended": sum(t["state"] in (COMPLETE, *LOST) for t in begun)}
            row |= {"n": len(scores), "test": mean(scores), "low": low, "high": high}
            row["seconds"] = median([stored.seconds(trial["id"]) for trial in mine])
            row["parameters"] = max(known([trial["parameters"] for trial in mine]), default=NAN)
            baselines = _baselines(study, final["epochs"])
            is_baseline = final["configuration"] == study.plan["baseline"]
            others = {"baseline": [] if is_baseline else [t for name in baselines for t in study.replicates(name)]}
            others["best"] = study.replicates("baseline" if study.best_is_baseline else "best")
            for side, trials in others.items():
                row |= {f"{side}_{name}": value for name, value in _minus(study, mine, trials).items()}
            yield row


def _baselines(study: Study, epochs: int) -> list[str]:
    named = [row for row in study.stored.finals if row["study"] == study.name and row["epochs"] == epochs]
    found = [row["name"] for row in named if row["configuration"] == study.plan["baseline"]]
    return [*found, *(["baseline"] if study.plan["epochs"] == epochs else [])]


def _minus(study: Study, mine: list[Row], others: list[Row]) -> Row:
    values = differences(study, mine, others)
    low, high = t_interval(values)
    return {"difference": mean(values), "low": low, "high": high, "n": len(values) or NAN}


def differences(study: Study, mine: list[Row], others: list[Row]) -> list[float]:
    """Return the differences between test scores of trials with one seed, as scores are stored."""
    there = {(row["replicate"], row["seed"]): score for row, score in zip(others, study.scores(others), strict=True)}
    keys = [(row["replicate"], row["seed"]) for row in mine]
    pairs = zip(keys, study.scores(mine), strict=True)
    return [score - there[key] for key, score in pairs if key in there]


def published(stored: Stored) -> tuple[list[Row], list[Row]]:
    """Return our scores, and our losses by epoch, beside those that a space publishes for the study's data."""
    scores, losses = [], []
    for study in studies_of(stored):
        results = study.plan["definition"].get("published")
        if not results or results["dataset"] != study.plan["dataset"] or study.plan["fixed"]:
            continue
        ours = study.tested("baseline")
        values = study.scores(ours)
        low, high = score_interval(values, study.plan)
        row = {"study": study.name, "n": len(values), "mean": mean(values), "low": low, "high": high}
        row |= {"published_epochs": results["epochs"], "published": results["test_score"]}
        row["epochs"] = max((trial["epochs"] for trial in ours), default=NAN)
        row["difference"] = row["mean"] - results["test_score"]
        phase = ours[0]["phase"] if ours else REPLICATE
        row["learned_from"] = study.plan["final_examples" if phase == REPLICATE else "train_examples"]
        scores.append(row)
        for epoch, loss in enumerate(results["train_losses"], start=1):
            found = [e["train_loss"] for t in ours for e in stored.epochs[t["id"]] if e["epoch"] == epoch]
            if found:
                relative = (mean(found) - loss) / loss
                told = {"mean": mean(found), "low": min(found), "high": max(found), "n": len(found)}
                losses.append({"study": study.name, "epoch": epoch, "published": loss, "relative": relative, **told})
    return scores, losses
