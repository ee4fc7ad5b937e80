"""A stored study goes on only as what it began: rebuilds its plan, and refuses what would make trials incomparable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from study.catalog import Model, load_model, load_space
from study.database import PlanRow
from study.errors import StudyError
from study.method import OBJECTIVES, Method
from study.plan import DatasetFacts, Plan
from study.prepare.validation import check_space
from study.trial import Scalar

ADDED: Mapping[str, Mapping[str, Scalar]] = {
    "cnn": {"batch_norm": False, "stages": 2, "architecture": "plain"},
    "lstm": {
        "sequence": "rows",
        "slice_width": 4,
        "slice_stride": 2,
        "features": "pixels",
        "pooling": "last",
        "core": "lstm",
        "heads": 4,
    },
}
"""Settings of models that the first program did not have, with the values that make what it trained."""
ADDED_TO_THE_RECIPE: Mapping[str, Scalar] = {"rotation": 0.0, "translation": 0.0, "scaling": 0.0}
"""The same, of the recipe that all models share."""
_OBJECTIVE_OF = {quantity: name for name, (quantity, _) in OBJECTIVES.items()}


def restore(stored: PlanRow, *, source: str | None = None) -> Plan:
    """Rebuilds the plan of a stored study from its space, which must be what they were.

    Raises:
        StudyError: The space is not found any more, or it changed.
    """
    space = load_space(source or stored.space_source)
    model = load_model(space.model)
    check_space(space, model)
    plan = Plan(
        space=space,
        source=source or stored.space_source,
        model=model,
        fixed=stored.fixed,
        dataset=DatasetFacts(
            name=stored.dataset,
            source=stored.dataset_source,
            content_hash=stored.dataset_hash,
            data_root=stored.data_root,
            class_names=stored.class_names,
            train_images=stored.train_images,
            validation_images=stored.validation_images,
            test_images=stored.test_images,
            train_size=stored.train_size,
            class_counts=stored.class_counts,
            skip_unreadable=stored.skip_unreadable,
            left_out=stored.left_out or (),
            notes=stored.dataset_notes or (),
        ),
        budget=stored.budget,
        method=Method(
            seed=stored.seed,
            objectives=tuple(_OBJECTIVE_OF[quantity] for quantity in stored.objective.split(",")),
            sampler=stored.sampler,
            pruner=stored.pruner,
            patience=stored.patience,
            device=stored.device,
            precision=stored.precision,
            workers=stored.workers,
        ),
        parent=stored.parent,
        variant=stored.variant,
        unsaid=_unsaid(stored.baseline, model),
    )
    _refuse_changes(stored, plan)
    return plan


def _unsaid(baseline: Mapping[str, Scalar], model: Model) -> frozenset[str]:
    """Returns the settings that came after the study began and stand at what its trials were trained with."""
    added = {**ADDED_TO_THE_RECIPE, **ADDED.get(model.name, {})}
    return frozenset(
        name for name, value in added.items() if name not in baseline and model.defaults.get(name) == value
    )


def with_budget(
    plan: Plan, *, trials: int | None = None, replicates: int | None = None, limits: Mapping[str, Any] | None = None
) -> Plan:
    """Returns the plan with a larger budget.

    Args:
        plan: As it is stored.
        trials: Fewer than before change nothing.
        replicates: Fewer than before change nothing.
        limits: Field of the budget -> seconds, of the time limits that are given anew.
    """
    budget = plan.budget
    return replace(
        plan,
        budget=replace(
            budget,
            trials=max(budget.trials, trials or 0),
            replicates=max(budget.replicates, replicates or 0),
            **(limits or {}),
        ),
    )


def refuse_other_dataset(plan: Plan, facts: DatasetFacts) -> None:
    """Raises StudyError unless the dataset is, bit for bit, the one that the study began with."""
    if facts.content_hash != plan.dataset.content_hash:
        moved = facts.source != plan.dataset.source
        was, now = (
            f"{found.content_hash[:12]}{f' ({found.source})' if moved else ''}" for found in (plan.dataset, facts)
        )
        raise _changed(plan.study, {"dataset": (was, now)})


def refuse_other_options(plan: Plan, given: Mapping[str, object]) -> None:
    """Raises StudyError if an option given now differs from what the study began with.

    Args:
        plan: The stored plan.
        given: Option name -> value given now; None where it was not given.
    """
    stored: dict[str, object] = {
        "epochs": plan.budget.epochs,
        "train-size": plan.dataset.train_size,
        "seed": plan.method.seed,
        "objective": ",".join(plan.method.objectives),
        "sampler": plan.method.sampler,
        "pruner": plan.method.pruner,
        "patience": plan.method.patience,
        "precision": plan.method.precision,
        "set": dict(plan.fixed),
    }
    changed = {
        f"--{name}": (stored[name], value)
        for name, value in given.items()
        if value is not None and value != stored[name]
    }
    if changed:
        raise _changed(plan.study, changed)


def _refuse_changes(stored: PlanRow, plan: Plan) -> None:
    """Raises StudyError if what a stored study's trials depend on has changed in the code or the space since."""
    changed: dict[str, tuple[object, object]] = {}
    new = plan.columns()
    before, after = stored.definition["domains"], _plain(new["definition"]["domains"])
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            changed[f"domain {name}"] = (_short(before.get(name)), _short(after.get(name)))
    for name in sorted({*stored.baseline, *plan.baseline}):
        if stored.baseline.get(name) != plan.baseline.get(name):
            changed[f"baseline {name}"] = (stored.baseline.get(name), plan.baseline.get(name))
    for name in ("space", "model", "objective", "direction"):
        if (old := getattr(stored, name)) != new[name]:
            changed[name] = (old, new[name])
    if changed:
        raise _changed(stored.study, changed)


def _changed(study: str, changed: Mapping[str, tuple[object, object]]) -> StudyError:
    listed = "; ".join(f"{name} was {old!r}, now {new!r}" for name, (old, new) in changed.items())
    return StudyError(
        f"study {study!r} cannot go on, since its trials could not be compared: {listed}. "
        f"Go back to what it began with, or begin anew with another --storage"
    )


def _short(domain: Mapping[str, Any] | None) -> str:
    if domain is None:
        return "absent"
    return ", ".join(f"{key}={value}" for key, value in domain.items() if key != "when" or value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Turns tuples into lists, as JSON does, so that a stored description equals a fresh one."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(entry) for entry in value]
    return value
