"""From what was asked and what is stored to the plan of a study. Pure: space, model and data are handed in.

A stored study goes on only as what it began: what would make its trials incomparable is refused, with what was and what
is now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from study.ablation import Ablation
from study.catalog import Model
from study.database import AblationRow, PlanRow
from study.errors import StudyError
from study.options.method import Budget, Method
from study.options.option import OnStored, flag, options_of
from study.plan import DatasetFacts, Plan
from study.prepare.given import budget, method
from study.prepare.request import Request
from study.prepare.stored import Stored
from study.prepare.tries import Asked, asked_tries, with_room
from study.prepare.validation import held_values, parse_values, refuse_idle
from study.prepare.widening import domain_changes, held_since
from study.space import SearchSpace
from study.trial import Scalar


@dataclass(frozen=True, slots=True)
class Found:
    """What a study is about, as it was found now."""

    space: SearchSpace
    source: str
    """Where the space was loaded from."""
    model: Model
    facts: DatasetFacts
    files: str | None = None
    """Where its checkpoints and weights are kept from now on, as its plan says it."""


def resolve(request: Request, found: Found, stored: Stored) -> Plan:
    """Return the plan of a study: a new one's from the options and their defaults, else what is stored, taken on.

    Args:
        request: What was asked; of a command that names the space.
        found: The study's space, model and data.
        stored: What is there of the study already.

    Raises:
        StudyError: A value that cannot be had, or one that would make the study's trials incomparable.
    """
    plan = _new(request, found) if stored.row is None else _taken_on(request, found, stored.row, stored.ablations)
    _ = plan.recorded  # refuses what no metric is called
    plan = within_epochs(plan, request, stored.row)
    return with_room(plan, tries_now(plan, request, stored).open, stored.trials)


def tries_now(plan: Plan, request: Request, stored: Stored) -> Asked:
    """Return what a study is to try beside what its sampler proposes."""
    seconds = stored.row.search_seconds if stored.row else 0.0
    return asked_tries(plan, request, stored.tries, stored.trials, seconds, stored.search_epochs)


def resume(request: Request, found: Found, stored: Stored) -> Plan:
    """Return a stored study's plan as it was, with what may be another one every time.

    Raises:
        StudyError: Its space, model or data is another one now.
        ValueError: No study is stored.
    """
    if stored.row is None:
        raise ValueError("no study is stored")
    plan = restore(stored.row, found)
    refuse_other_dataset(plan, found.facts)
    plan = replace(plan, dataset=found.facts, method=replace(plan.method, **request.part(Method, only=OnStored.FREE)))
    plan = with_budget(plan, **request.part(Budget, only=OnStored.FREE))
    return with_room(plan, tries_now(plan, request, stored).open, stored.trials)


def within_epochs(plan: Plan, request: Request, row: PlanRow | None) -> Plan:
    """Return the plan with as many search trials as its budget of epochs has room for, where none were asked for.

    Args:
        plan: The study.
        request: What was asked now.
        row: The stored study, if it was begun before; what it has is not taken back.

    Raises:
        StudyError: There is no room for the baseline.
    """
    budget = plan.budget
    if budget.epoch_budget is None:
        return plan
    if budget.epoch_budget < budget.epochs:
        raise StudyError(
            f"--epoch-budget is at least --epochs, {budget.epochs}, as the baseline trains them all, not "
            f"{budget.epoch_budget}"
        )
    if not budget.trials or "trials" in request.given or "epoch_budget" not in request.given:
        return plan
    most = 1 + budget.epoch_budget - budget.epochs  # a trial that ends at once, however it does, spends one epoch
    return replace(plan, budget=replace(budget, trials=max(most, row.trials if row else 0)))


def _new(request: Request, found: Found) -> Plan:
    given = parse_values(request.values, found.space, found.model)
    refuse_idle(found.space, found.model, given)
    held = held_values(found.space, found.model, found.facts.spec, given)
    return Plan(
        space=found.space,
        source=found.source,
        name=request.name,
        dataset=found.facts,
        model=found.model,
        files=found.files,
        fixed={name: value for name, (value, _) in held.items()} | given,
        budget=budget(request),
        method=method(request, own=found.model.own is not None),
    )


def _taken_on(request: Request, found: Found, row: PlanRow, ablations: Sequence[AblationRow]) -> Plan:
    plan = restore(row, found)
    asked = request.ablation
    # A study that was only ablated has no search yet: whoever wants one first says how, and gets the defaults else.
    fresh = plan.budget.trials == 0 and (asked is None or asked.needs_search)
    if fresh:
        plan = replace(plan, method=method(request, plan.method, search=True, own=plan.model.own is not None))
    refuse_other_dataset(plan, found.facts)
    refuse_other_options(plan, request)
    plan = replace(plan, dataset=found.facts, method=replace(plan.method, **request.part(Method, only=OnStored.FREE)))
    wanted, given = budget(request), request.part(Budget)
    if fresh:
        given["trials"] = wanted.trials
    # No ablation replicates, so where one searched, `run` was not asked yet and has its default too.
    if fresh or (plan.budget.replicates == 0 and any(Ablation.from_row(stored).needs_search for stored in ablations)):
        given["replicates"] = wanted.replicates
    if asked is not None:
        given["replicates"] = 0
    given.pop("epochs", None)  # what they are was compared
    return with_budget(plan, **given)


def restore(row: PlanRow, found: Found) -> Plan:
    """Rebuild the plan of a stored study from its row, its space and its model, which must be what they were.

    Raises:
        StudyError: What its trials depend on has changed.
    """
    plan = Plan(
        space=found.space,
        source=found.source,
        model=found.model,
        files=found.files,
        fixed=held_since(row, found.space, found.model) | row.fixed,
        dataset=DatasetFacts(
            name=row.dataset,
            source=row.dataset_source,
            content_hash=row.dataset_hash,
            data_root=row.data_root,
            spec=row.spec,
            train_examples=row.train_examples,
            validation_examples=row.validation_examples,
            test_examples=row.test_examples,
            train_size=row.train_size,
            final_examples=row.final_examples,
            class_counts=row.class_counts,
            options=row.data_options,
            features=row.features or (),
            left_out=row.left_out or (),
            picture_ranges=row.picture_ranges or {},
            notes=row.dataset_notes or (),
        ),
        budget=row.budget,
        method=row.method,
        name=row.name,
        parent=row.parent,
        variant=row.variant,
        search=row.search,
        unsaid=_unsaid(row, found.model),
    )
    _refuse_changes(row, plan)
    return plan


def with_budget(plan: Plan, **given: Any) -> Plan:  # noqa: ANN401 - fields of a budget
    """Return the plan with a larger budget: of targets the larger value holds, of limits the one that is given."""
    stated = options_of(Budget)
    merged = {
        name: max(value or 0, getattr(plan.budget, name) or 0) if stated[name].stored is OnStored.TARGET else value
        for name, value in given.items()
    }
    return replace(plan, budget=replace(plan.budget, **merged))


def refuse_other_dataset(plan: Plan, facts: DatasetFacts) -> None:
    """Check that the dataset is, bit for bit, the one that the study began with.

    Raises:
        StudyError: It is another one.
    """
    if facts.content_hash != plan.dataset.content_hash:
        moved = facts.source != plan.dataset.source
        was, now = (
            f"{found.content_hash[:12]}{f' ({found.source})' if moved else ''}" for found in (plan.dataset, facts)
        )
        raise _changed(plan.study, {"dataset": (was, now)})


def refuse_other_options(plan: Plan, request: Request) -> None:
    """Check that no option which a stored study keeps was given with another value.

    Args:
        plan: The stored plan.
        request: What was given.

    Raises:
        StudyError: One was.
    """
    changed: dict[str, tuple[object, object]] = {}
    for part in (plan.dataset.options, plan.budget, plan.method):
        stated = options_of(part)
        for name, value in request.part(type(part), only=OnStored.KEPT).items():
            if (kept := getattr(part, name)) != value:
                written = stated[name].written or (lambda entry: entry)
                changed[flag(name, stated[name])] = (written(kept), written(value))
    if request.train_size is not None and request.train_size != plan.dataset.train_size:
        changed["--train-size"] = (plan.dataset.train_size, request.train_size)
    given = parse_values(request.values, plan.space, plan.model)
    # What has no use, and was tuned nevertheless when the study began, goes on to be.
    held = held_values(plan.space, plan.model, plan.dataset.spec, given)
    fixed = {name: value for name, (value, _) in held.items() if name not in plan.domains} | given
    if request.values and fixed != plan.fixed:
        changed["--set"] = (dict(plan.fixed), fixed)
    if changed:
        raise _changed(plan.study, changed)


def _unsaid(row: PlanRow, model: Model) -> frozenset[str]:
    """Return the hyperparameters that came after the study began, which have their defaults in its configurations."""
    return frozenset(model.defaults.keys() - row.baseline.keys())


def _refuse_changes(row: PlanRow, plan: Plan) -> None:
    """Check that nothing that a stored study's trials depend on has changed in the code or the space since.

    A wider domain is no such change, nor is a further one whose default all trials have.

    Raises:
        StudyError: Something has.
    """
    new = plan.columns()
    before, after = row.definition["domains"], _plain(new["definition"]["domains"])
    changed: dict[str, tuple[object, object]] = {
        f"domain {name}": (_short(before.get(name), row.baseline.get(name)), _short(after.get(name)))
        for name in domain_changes(row, plan.space, plan.model).refused
    }
    for name in sorted({*row.baseline, *new["baseline"]}):
        if row.baseline.get(name) != new["baseline"].get(name):
            changed[f"baseline {name}"] = (row.baseline.get(name), new["baseline"].get(name))
    for name in ("space", "model", "objective", "direction"):
        if getattr(row, name) != new[name]:
            changed[name] = (getattr(row, name), new[name])
    if changed:
        added = [name for name in domain_changes(row, plan.space, plan.model).refused if name not in row.baseline]
        remedy = "" if plan.model.declares or not added else f"{', '.join(added)}: {_TO_DECLARE}; or "
        raise _changed(row.study, changed, remedy)


_TO_DECLARE = "give the module a dataclass `Params` whose defaults are what its earlier trials had"


def _changed(study: str, changed: Mapping[str, tuple[object, object]], remedy: str = "") -> StudyError:
    listed = "; ".join(f"{name} was {_said(name, old)}, now {_said(name, new)}" for name, (old, new) in changed.items())
    return StudyError(
        f"study {study!r} cannot go on, since its trials could not be compared: {listed}. "
        f"{remedy}{'go' if remedy else 'Go'} back to what it began with, or begin "
        "another one beside it, by --name or with another --storage"
    )


def _said(name: str, value: object) -> str:
    return "not given" if value is None and name.startswith("--") else repr(value)


def _short(domain: Mapping[str, Any] | None, had: Scalar | None = None) -> str:
    if domain is None:
        return "absent" if had is None else f"absent, {had!r} in its trials"
    return ", ".join(f"{key}={value}" for key, value in domain.items() if key != "when" or value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Turn tuples into lists, as JSON does, so that a stored description equals a fresh one."""
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(entry) for entry in value]
    return value
