"""`tables/trials.csv` and `tables/epochs.csv`, read again from the database."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.recompute.database import ABLATE, REPLICATE, Row, Stored, metric_of
from benchmarks.recompute.rule import NAN
from benchmarks.recompute.studies import Study, studies_of

KEYS = ("study", "phase", "ablation", "setting", "arm", "number", "search", "replicate", "seed")
LAST = ("validation_score", "validation_loss", "train_loss")


def trials(stored: Stored) -> Iterator[Row]:
    """Yield a row for each trial of a search, each replicate, and each planned trial of each arm."""
    plans = {study.name: study for study in studies_of(stored)}
    designs = {(row["study"], row["name"]): row["design"] for row in stored.ablations}
    for study in plans.values():
        for trial in study.trials:
            if trial["phase"] != ABLATE:
                about = {"arm": study.role(trial), "number": trial["optuna_number"], "replicate": trial["replicate"]}
                yield _row(study, trial["id"], {"phase": trial["phase"], "seed": trial["seed"], **about})
    arms = {(row["study"], row["ablation"], row["setting"], row["name"]): row for row in stored.arms}
    for row in stored.planned:
        name = (row["study"], row["ablation"], row["setting"], row["arm"])
        about = {key: row[key] for key in ("ablation", "setting", "arm", "search", "replicate", "seed")}
        about |= {key: arms[name][key] for key in ("role", "control", "matched", "step")}
        yield _row(plans[row["study"]], row["trial"], {"phase": ABLATE, "design": designs[name[:2]], **about})


def _row(study: Study, trial: str | None, about: Row) -> Row:
    stored, metric = study.stored, metric_of(study.plan)
    row: Row = dict.fromkeys((*KEYS, "design", "role", "control", "matched", "step")) | {"study": study.name, **about}
    row |= {"trial": trial, "metric": metric["name"], "metric_unit": metric["unit"]}
    row |= {"metric_direction": metric["direction"]}
    begun, test = stored.by_id.get(trial or ""), stored.tests.get(trial or "")
    epochs = stored.epochs.get(trial or "", [])
    row |= {"state": begun["state"] if begun else "not begun", "parameters": begun["parameters"] if begun else NAN}
    row |= {"test_score": test["score"] if test else NAN, "test_loss": test["loss"] if test else NAN}
    row |= {name: epochs[-1][name] if epochs else NAN for name in LAST}
    row |= {name: stored.seconds(trial or "", name) for name in ("seconds", "processor_seconds")}
    examples = study.plan["final_examples" if about["phase"] == REPLICATE else "train_examples"]
    return row | {"epochs": len(epochs), "learned_from": examples}


def epochs(stored: Stored) -> Iterator[Row]:
    """Yield a row for each epoch of the studies' own trials."""
    names = ("train_loss", "train_score", "validation_loss", "validation_score", "seconds", "processor_seconds")
    for study in studies_of(stored):
        for trial in study.trials:
            for epoch in stored.epochs.get(trial["id"], []):
                row = {"trial": trial["id"], "epoch": epoch["epoch"], **{name: epoch[name] for name in names}}
                yield row | {f"validation_{name}": value for name, value in (epoch["metrics"] or {}).items()}
