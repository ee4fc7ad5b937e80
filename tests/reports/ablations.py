"""Ablations in a trial database, written row by row as tests describe them: no training, no engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import insert

from study.database import schema
from study.trial import fingerprint
from tests.reports.laboratory import BASELINE, TEST_IMAGES, Laboratory

STAMP = "2026-01-01T00:00:00.000000+00:00"
LABELS = (np.arange(TEST_IMAGES) % 10).astype(np.uint8)
Outcome = float | str | None
"""A training's test accuracy, its state if it has none, or None for one that has not begun."""


@dataclass(frozen=True)
class Arm:
    """An arm and what came of its trials, replicate by replicate."""

    name: str
    outcomes: Sequence[Outcome]
    role: str = "variant"
    control: str | None = "baseline"
    setting: str = "fixed"
    matched: str | None = None
    factors: Sequence[str] = ()
    removed: str | None = None
    step: int | None = None
    added_later: bool = False
    parameters: int | None = 1000
    seconds: float = 2.0
    """Of one epoch; a training has three."""
    first_seed: int = 100
    reason: str = "a suggestion"
    planned: bool = True
    """Without it the arm has no configuration yet."""
    changes: dict[str, Any] = field(default_factory=dict)


def baseline(*outcomes: Outcome, **columns: Any) -> Arm:  # noqa: ANN401 - any column of the arm
    return Arm("baseline", outcomes, role="baseline", control=None, **columns)


def ablate(
    laboratory: Laboratory,
    study: str,
    *arms: Arm,
    name: str = "one-at-a-time",
    design: str = "one-at-a-time",
    factors: Sequence[str] = (),
    reference: str = "baseline",
) -> None:
    """Writes an ablation and its arms in this order."""
    model = {
        "study": study,
        "name": name,
        "design": design,
        "reference": reference,
        "factors": list(factors),
        "variants": [arm.name for arm in arms if arm.role == "variant"],
        "retuned": [arm.name for arm in arms if arm.role == "variant" and arm.setting == "retuned"],
        "replicates": max((len(arm.outcomes) for arm in arms), default=0),
        "created_at": STAMP,
        "finished": True,
    }
    laboratory.database.save_test_split("b" * 64, LABELS.tobytes())
    with laboratory.database.engine.begin() as connection:
        _insert(connection, schema.ablation, [model])
        _insert(connection, schema.arm, [_arm(study, name, place, arm) for place, arm in enumerate(arms)])
        planned_trials, trials, epochs, tests = [], [], [], []
        for arm in arms:
            for replicate, outcome in enumerate(arm.outcomes):
                trial = fingerprint([study, name, arm.setting, arm.name, replicate])[:16]
                seed = arm.first_seed + replicate
                planned_trial = {"study": study, "ablation": name, "setting": arm.setting, "arm": arm.name}
                planned_trials.append(
                    {**planned_trial, "replicate": replicate, "seed": seed, "trial": trial, "planned_at": STAMP}
                )
                if outcome is not None:
                    trials.append(_trial(laboratory, study, arm, trial, replicate, outcome))
                if isinstance(outcome, float):
                    epochs += [_epoch(trial, number, outcome, arm.seconds) for number in (1, 2, 3)]
                    tests.append(_test(trial, outcome, replicate))
        for table, rows in ((schema.planned_trial, planned_trials), (schema.trial, trials)):
            _insert(connection, table, rows)
        for table, rows in ((schema.epoch, epochs), (schema.test_result, tests)):
            _insert(connection, table, rows)


def predictions(accuracy: float, replicate: int) -> bytes:
    """Predicted classes of which exactly this share is right; which are wrong moves with the replicate."""
    wrong = (np.arange(round((1 - accuracy) * TEST_IMAGES)) + 7 * replicate) % TEST_IMAGES
    found = LABELS.copy()
    found[wrong] = (found[wrong] + 1) % 10
    return found.tobytes()


def _insert(connection: Any, table: Any, rows: list[dict[str, Any]]) -> None:  # noqa: ANN401 - sqlalchemy's own
    known = set(table.columns.keys())
    if rows:
        connection.execute(insert(table), [{key: row[key] for key in row if key in known} for row in rows])


def _arm(study: str, ablation: str, place: int, arm: Arm) -> dict[str, Any]:
    columns = ("setting", "name", "role", "control", "matched", "removed", "step", "changes", "reason", "added_later")
    return {
        "study": study,
        "ablation": ablation,
        **{column: getattr(arm, column) for column in columns},
        "factors": list(arm.factors),
        "configuration": BASELINE | arm.changes if arm.planned else None,
        "planned_at": STAMP,
        "position": place,
    }


def _trial(
    laboratory: Laboratory, study: str, arm: Arm, trial: str, replicate: int, outcome: Outcome
) -> dict[str, Any]:
    return {
        "id": trial,
        "study": study,
        "phase": "ablate",
        "variant": arm.name,
        "replicate": replicate,
        "configuration": BASELINE | arm.changes,
        "changes": arm.changes,
        "configuration_hash": _hash(arm),
        "seed": arm.first_seed + replicate,
        "epochs": 3,
        "state": outcome if isinstance(outcome, str) else "complete",
        "attempt": 1,
        "device": "cpu",
        "precision": "float32",
        "threads": 1,
        "parameters": arm.parameters,
        "environment": laboratory.environment,
        "created_at": STAMP,
        "started_at": STAMP,
        "finished_at": STAMP,
    }


def _hash(arm: Arm) -> str:
    """That of its configuration; variants of which a test says no changes are told apart by their names."""
    if arm.role == "baseline" or arm.changes:
        return fingerprint(BASELINE | arm.changes)
    return fingerprint([arm.setting, arm.name])


def _epoch(trial: str, number: int, accuracy: float, seconds: float) -> dict[str, Any]:
    return {
        "trial": trial,
        "epoch": number,
        "train_loss": 0.1,
        "train_score": 0.9,
        "validation_loss": 0.1,
        "validation_score": accuracy - 0.01 - 0.1 * (3 - number),
        "learning_rate": 0.001,
        "seconds": seconds,
        "recorded_at": STAMP,
    }


def _test(trial: str, accuracy: float, replicate: int) -> dict[str, Any]:
    return {
        "trial": trial,
        "loss": 0.1,
        "score": accuracy,
        "predictions": predictions(accuracy, replicate),
        "confidences": bytes(2 * TEST_IMAGES),
        "seconds": 0.1,
        "recorded_at": STAMP,
    }
