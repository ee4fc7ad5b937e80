"""What a report counts, computed again: trials by their ends, epochs, times, mistakes, and the trials of the fronts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.recompute.database import ABLATE, COMPLETE, LOST, REPLICATE, SEARCH, Row, Stored, metric_of, sign_of
from benchmarks.recompute.rule import NAN
from benchmarks.recompute.studies import STATES, Study, studies_of

ENDS = (COMPLETE, *LOST, "unfinished")
RETUNING, ABLATE_RETUNED = "search, re-tuned", "ablate, re-tuned"
Key = tuple[str, str, str]
MODE = ("study", "phase", "device", "precision", "threads")
FAILURE = ("study", "phase", "state", "type", "message")
MISSING = "\N{EN DASH}"


def accounting(stored: Stored) -> list[Row]:
    """Return a row for each study, phase and role of which something is planned or begun."""
    planned = _planned(stored)
    counted: dict[Key, Counter[str]] = defaultdict(Counter)
    trained: dict[Key, list[float]] = defaultdict(lambda: [0, 0.0])
    for key, trial in _placed(stored):
        counted[key][trial["state"]] += 1
        epochs = stored.epochs.get(trial["id"], [])
        trained[key][0] += len(epochs)
        trained[key][1] += sum(epoch["seconds"] for epoch in epochs)
    rows = []
    for key in planned.keys() | counted.keys():
        begun = sum(counted[key].values())
        number = planned.get(key, NAN)
        row = {**dict(zip(("study", "phase", "role"), key, strict=True)), "planned": number}
        row |= {state: counted[key][state] for state in STATES}
        row |= {"not_begun": max(number - begun, 0), "epochs": trained[key][0], "seconds": trained[key][1]}
        if number > 0 or begun:
            rows.append(row)
    return rows


def incomplete(rows: list[Row]) -> list[Row]:
    """Return the rows of `accounting` whose tested trials are not all complete."""
    others = [state for state in STATES if state != COMPLETE]
    tested = [row for row in rows if row["phase"] not in (SEARCH, RETUNING)]
    return [row for row in tested if sum(row[state] for state in others) + np.nan_to_num(row["not_begun"]) > 0]


def _placed(stored: Stored) -> Iterator[tuple[Key, Row]]:
    """Yield every trial with its study, phase and role."""
    setting = {}
    for row in sorted(stored.planned, key=lambda row: row["setting"]):
        setting.setdefault(row["trial"], row["setting"])
    for study in studies_of(stored):
        for trial in study.trials:
            phase = ABLATE_RETUNED if setting.get(trial["id"]) == "retuned" else trial["phase"]
            yield (study.name, phase, study.role(trial)), trial
    for child in stored.children:
        for trial in stored.trials.get(child["study"], []):
            yield (child["parent"], RETUNING, child["variant"]), trial


def _planned(stored: Stored) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for study in studies_of(stored):
        plan, name = study.plan, study.name
        searched = plan["trials"]
        if plan["epoch_budget"] is not None:  # what a budget of epochs has room for shows in the end
            searched = sum(row["phase"] == SEARCH for row in study.trials)
        first = min(searched, 1)
        tried = sum(row["study"] == name for row in stored.tried)
        found[name, SEARCH, "baseline"] += first
        found[name, SEARCH, "tried"] += tried
        found[name, SEARCH, "search"] += searched - first - tried
        found[name, REPLICATE, "baseline"] += plan["replicates"]
        if not study.best_is_baseline:
            found[name, REPLICATE, "best"] += plan["replicates"]
    for child in stored.children:
        begun = len(stored.trials.get(child["study"], []))
        found[child["parent"], RETUNING, child["variant"]] += (
            child["trials"] if child["epoch_budget"] is None else begun
        )
    for final in stored.finals:
        found[final["study"], REPLICATE, final["name"]] += final["replicates"]
    seen = set()
    for row in sorted(stored.planned, key=lambda row: row["setting"]):
        known = row["trial"] or (row["study"], row["arm"], row["setting"], row["search"], row["replicate"])
        if known in seen:
            continue
        seen.add(known)
        begun = stored.by_id.get(row["trial"])
        phase = ABLATE_RETUNED if row["setting"] == "retuned" else ABLATE
        found[row["study"], phase, begun["variant"] if begun else row["arm"]] += 1
    return found


def tested(stored: Stored) -> Iterator[Row]:
    """Yield for each study how many trials of how many configurations were evaluated on the test split."""
    for study in studies_of(stored):
        found = [row for row in study.trials if row["id"] in stored.tests]
        if found:
            configurations = len({row["configuration_hash"] for row in found})
            yield {"study": study.name, "configurations": configurations, "trials": len(found)}


def modes(stored: Stored) -> list[Row]:
    """Return how many trials of a phase were trained on which device, in which precision, by how many threads."""
    found: Counter[tuple[Any, ...]] = Counter()
    for (study, phase, _), trial in _placed(stored):
        plain = trial["phase"] if phase != RETUNING else RETUNING
        found[study, plain, trial["device"], trial["precision"], trial["threads"]] += 1
    return [{**dict(zip(MODE, key, strict=True)), "trials": number} for key, number in found.items()]


def failures(stored: Stored) -> list[Row]:
    """Return how often each kind of failure happened."""
    found: Counter[tuple[Any, ...]] = Counter()
    for (study, phase, _), trial in _placed(stored):
        if trial["state"] in ("failed", "diverged"):
            plain = trial["phase"] if phase != RETUNING else RETUNING
            told = (trial["failure_type"] or MISSING, trial["failure_message"] or MISSING)
            found[study, plain, trial["state"], *told] += 1
    return [{**dict(zip(FAILURE, key, strict=True)), "trials": number} for key, number in found.items()]


def end_of(stored: Stored, trial: str | None) -> str:
    """Return what became of a planned trial."""
    state = stored.by_id[trial]["state"] if trial in stored.by_id else None
    return str(state) if state in (COMPLETE, *LOST) else "unfinished"


def arms_lacking(stored: Stored) -> Iterator[Row]:
    """Yield a row for each arm of an ablation that lacks a trial."""
    for arm in stored.arms:
        mine = [row for row in stored.planned if _of(row, arm)]
        ends = Counter(end_of(stored, row["trial"]) for row in mine)
        if ends[COMPLETE] < len(mine):
            keys = {"study": arm["study"], "ablation": arm["ablation"], "setting": arm["setting"], "arm": arm["name"]}
            yield {**keys, "planned": len(mine), **{end: ends[end] for end in ENDS}}


def _of(row: Row, arm: Row) -> bool:
    return (row["study"], row["ablation"], row["setting"], row["arm"]) == (
        *(arm["study"], arm["ablation"], arm["setting"], arm["name"]),
    )


def confusion(stored: Stored) -> tuple[list[Row], list[Row]]:
    """Return how often each class was taken for each, and the rates of each class, over the seeds of the bests."""
    pairs, classes = [], []
    for study in studies_of(stored):
        answers = _answers(study)
        if not answers:
            continue
        truth = np.frombuffer(stored.targets[study.plan["dataset_hash"]], dtype=np.uint8).astype(int)
        said = np.stack(answers).astype(int)
        number = max(10, truth.max() + 1, said.max() + 1)
        counts = np.zeros((number, number), dtype=int)
        for row in said:
            np.add.at(counts, (truth, row), 1)
        for true, wrong in np.ndindex(counts.shape):
            told = {"study": study.name, "truth": true, "predicted": wrong, "seeds": len(said)}
            pairs.append({**told, "examples": int(counts[true, wrong])})
        for label in range(number):
            support, answered, right = counts[label].sum(), counts[:, label].sum(), counts[label, label]
            rates = {"precision": _over(right, answered), "recall": _over(right, support)}
            rates["f1"] = _over(2 * right, support + answered)
            told = {"support": int(support), "answered": int(answered), "right": int(right)}
            classes.append({"study": study.name, "class": label, **told, **rates})
    return pairs, classes


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole else NAN


def _answers(study: Study) -> list[np.ndarray]:
    """Return what the best's replicates answered, a byte an example."""
    targets = study.stored.targets.get(study.plan["dataset_hash"])
    if study.plan["task"] != "classification" or not targets:
        return []
    trials = study.replicates("baseline" if study.best_is_baseline or study.best is None else "best")
    said = [study.stored.tests[trial["id"]]["predictions"] for trial in trials]
    return [np.frombuffer(row, dtype=np.uint8) for row in said if row and len(row) == len(targets)]


def fronts(stored: Stored) -> list[Row]:
    """Return the complete search trials that nothing cheaper equals, by data set, metric and kind of cost."""
    points: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for study in studies_of(stored):
        for trial in study.trials:
            if trial["phase"] != SEARCH or trial["state"] != COMPLETE:
                continue
            costs = {"parameters": trial["parameters"], "seconds": stored.seconds(trial["id"])}
            for cost, amount in costs.items():
                if amount and amount > 0:
                    told = {"study": study.name, "trial": trial["optuna_number"], "score": trial["value"]}
                    told |= {"cost": cost, "amount": amount, "merit": sign_of(study.plan) * trial["value"]}
                    points[study.plan["dataset"], metric_of(study.plan)["name"], cost].append(told)
    return [row for group in points.values() for row in group if not any(_beats(other, row) for other in group)]


def _beats(other: Row, row: Row) -> bool:
    no_worse = other["amount"] <= row["amount"] and other["merit"] >= row["merit"]
    return bool(no_worse and (other["amount"] < row["amount"] or other["merit"] > row["merit"]))
