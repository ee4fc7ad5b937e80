"""A study as it was meant: space, dataset, budget and method, checked before anything trains. Asks no sampler."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from study.catalog import Family, load_family, load_space
from study.database import Row
from study.errors import StudyError, nearest
from study.seeds import derive
from study.space import Choice, Domain, Float, Int, SearchSpace, active, allows
from study.trial import Budget, Phase, Scalar, Trial, differences

OBJECTIVE = "validation_accuracy"
DIRECTION = "maximize"
SAMPLERS = ("tpe", "random", "gp", "cmaes", "qmc", "grid")
PRUNERS = ("median", "hyperband", "asha", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    """What a plan keeps of its dataset."""

    name: str
    source: str
    """What to give `load_dataset` to have it again."""
    content_hash: str
    data_root: str
    class_names: tuple[str, ...]
    train_images: int
    validation_images: int
    test_images: int
    train_size: int | None
    """Size of the stratified subset of the training split, if one was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a study is searched and trained."""

    seed: int = 0
    sampler: str = "tpe"
    pruner: str = "median"
    device: str = "auto"
    precision: str = "auto"
    workers: int = 1

    def __post_init__(self) -> None:
        """Raises StudyError for a method that does not exist."""
        for option, value, allowed in (("sampler", self.sampler, SAMPLERS), ("pruner", self.pruner, PRUNERS)):
            if value not in allowed:
                raise StudyError(f"--{option} is one of {', '.join(allowed)}, not {value!r}{nearest(value, allowed)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One study: everything that its trials follow from."""

    space: SearchSpace
    source: str
    """Where the space was loaded from."""
    dataset: DatasetFacts
    family: Family
    fixed: Mapping[str, Scalar] = field(default_factory=dict)
    """Parameters given with `--set`: the same in every trial, and not tuned."""
    budget: Budget = field(default_factory=Budget)
    method: Method = field(default_factory=Method)

    @property
    def study(self) -> str:
        """The study's name, `SPACE@DATASET`."""
        return f"{self.space.name}@{self.dataset.name}"

    @property
    def domains(self) -> dict[str, Domain]:
        """What is left to tune."""
        return self.space.without(self.fixed)

    @property
    def baseline(self) -> dict[str, Scalar]:
        """The configuration of trial 0: every default, with what was fixed."""
        return self.configuration({name: domain.default for name, domain in self.domains.items()})

    def configuration(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Completes tuned values to a configuration: the family's defaults, what was fixed, the values in force."""
        given = dict(values) | dict(self.fixed)
        ordered = {name: given[name] for name in (*self.space.domains, *given) if name in given}
        return self.family.defaults | active(ordered, self.space.domains)

    def replicates(self, variant: str, configuration: Mapping[str, Scalar]) -> list[Trial]:
        """Returns the final trainings of a configuration; replicate r has the same seed whatever the configuration."""
        return [
            Trial(
                study=self.study,
                phase=Phase.REPLICATE,
                variant=variant,
                configuration=dict(configuration),
                changes=differences(configuration, self.baseline),
                seed=derive(self.method.seed, "replicate", number),
                epochs=self.budget.epochs,
                replicate=number,
            )
            for number in range(self.budget.replicates)
        ]

    def search_trial(self, number: int, values: Mapping[str, Scalar]) -> Trial:
        """Returns the search trial with Optuna's number and values; number 0 is the baseline."""
        configuration = self.configuration(values)
        return Trial(
            study=self.study,
            phase=Phase.SEARCH,
            variant="baseline" if number == 0 else "search",
            configuration=configuration,
            changes=differences(configuration, self.baseline),
            seed=derive(self.method.seed, "search", number),
            epochs=self.budget.epochs,
            number=number,
        )

    def row(self) -> Row:
        """Returns the plan as columns of the plan table."""
        facts, budget, method = self.dataset, self.budget, self.method
        return {
            "study": self.study,
            "space": self.space.name,
            "space_source": self.source,
            "space_hash": self.space.hash,
            "definition": self.space.describe(),
            "family": self.space.family,
            "baseline": self.baseline,
            "fixed": dict(self.fixed),
            "dataset": facts.name,
            "dataset_source": facts.source,
            "dataset_hash": facts.content_hash,
            "data_root": facts.data_root,
            "class_names": list(facts.class_names),
            "train_images": facts.train_images,
            "validation_images": facts.validation_images,
            "test_images": facts.test_images,
            "train_size": facts.train_size,
            "trials": budget.trials,
            "epochs": budget.epochs,
            "replicates": budget.replicates,
            "timeout_seconds": budget.timeout,
            "objective": OBJECTIVE,
            "direction": DIRECTION,
            "seed": method.seed,
            "sampler": method.sampler,
            "pruner": method.pruner,
            "device": method.device,
            "precision": method.precision,
            "workers": method.workers,
        }


def check_space(space: SearchSpace, family: Family) -> None:
    """Checks every domain and variant against the family's fields.

    Raises:
        StudyError: A name the family does not have, a value of the wrong type, or a variant that changes nothing.
    """
    defaults = family.defaults | space.defaults
    for name, domain in space.domains.items():
        _check_name(f"Space {space.name!r} tunes", name, family)
        for value in domain.choices if isinstance(domain, Choice) else (domain.default,):
            _check_type(f"Space {space.name!r}", name, value, family)
        if (isinstance(domain, Float) and family.types[name] is not float) or (
            isinstance(domain, Int) and family.types[name] is not int
        ):
            raise StudyError(
                f"Space {space.name!r}: {name!r} is of type {family.types[name].__name__}, "
                f"which {'an' if isinstance(domain, Int) else 'a'} {type(domain).__name__} cannot tune"
            )
    for variant in space.variants:
        for name, value in variant.changes.items():
            _check_name(f"Variant {variant.name!r} changes", name, family)
            _check_type(f"Variant {variant.name!r}", name, value, family)
        if not differences(variant.changes, defaults):
            raise StudyError(f"Variant {variant.name!r} changes nothing: the baseline already has {variant.changes!r}")
        family.divide(defaults | dict(variant.changes))
    family.divide(defaults)


def parse_settings(settings: Iterable[str], space: SearchSpace, family: Family) -> dict[str, Scalar]:
    """Parses `--set name=value` by the type of the field.

    Raises:
        StudyError: Not of that form, no such field, the wrong type, or a value that no training could use.
    """
    parsed: dict[str, Scalar] = {}
    for setting in settings:
        name, separator, text = setting.partition("=")
        if not separator:
            raise StudyError(f"--set takes name=value, not {setting!r}")
        _check_name("--set fixes", name, family)
        parsed[name] = _parse_value(name, text, family.types[name])
    for name in parsed:
        domain = space.domains.get(name)
        for other, values in domain.when.items() if domain else ():
            if other in parsed and parsed[other] not in values:
                allowed = " or ".join(map(str, values))
                raise StudyError(f"--set {name}={parsed[name]} has no effect with {other}={parsed[other]}: needs {allowed}")
    family.divide(family.defaults | space.defaults | parsed)
    return parsed


def restore(row: Mapping[str, Any], *, source: str | None = None) -> Plan:
    """Rebuilds the plan of a stored study from its row and its space, which must be what they were.

    Raises:
        StudyError: The space is not found any more, or it changed.
    """
    space = load_space(source or row["space_source"])
    family = load_family(space.family)
    check_space(space, family)
    plan = Plan(
        space=space,
        source=source or row["space_source"],
        family=family,
        fixed=row["fixed"],
        dataset=DatasetFacts(
            name=row["dataset"],
            source=row["dataset_source"],
            content_hash=row["dataset_hash"],
            data_root=row["data_root"],
            class_names=tuple(row["class_names"]),
            train_images=row["train_images"],
            validation_images=row["validation_images"],
            test_images=row["test_images"],
            train_size=row["train_size"],
        ),
        budget=Budget(row["trials"], row["epochs"], row["replicates"], row["timeout_seconds"]),
        method=Method(
            seed=row["seed"],
            sampler=row["sampler"],
            pruner=row["pruner"],
            device=row["device"],
            precision=row["precision"],
            workers=row["workers"],
        ),
    )
    _refuse_changes(row, plan.row())
    return plan


def with_budget(plan: Plan, *, trials: int | None, replicates: int | None, timeout: float | None) -> Plan:
    """Returns the plan with a larger budget; a smaller target than before changes nothing."""
    budget = plan.budget
    return replace(
        plan,
        budget=replace(
            budget,
            trials=max(budget.trials, trials or 0),
            replicates=max(budget.replicates, replicates or 0),
            timeout=timeout,
        ),
    )


def refuse_other_dataset(plan: Plan, facts: DatasetFacts) -> None:
    """Raises StudyError unless the dataset is, bit for bit, the one that the study began with."""
    if facts.content_hash != plan.dataset.content_hash:
        raise _changed(plan.study, {"dataset": (plan.dataset.content_hash[:12], facts.content_hash[:12])})


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
        "sampler": plan.method.sampler,
        "pruner": plan.method.pruner,
        "precision": plan.method.precision,
        "set": dict(plan.fixed),
    }
    changed = {
        f"--{name}": (stored[name], value) for name, value in given.items() if value is not None and value != stored[name]
    }
    if changed:
        raise _changed(plan.study, changed)


def grid_points(domains: Mapping[str, Domain], points: int) -> int:
    """Returns how many combinations a grid of at most `points` values a domain has, conditions not counted."""
    return math.prod(len(domain.grid(points)) for domain in domains.values())


def _refuse_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Raises StudyError if what a stored study's trials depend on has changed in the code or the space since."""
    changed: dict[str, tuple[object, object]] = {}
    before, after = old["definition"]["domains"], _plain(new["definition"]["domains"])
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            changed[f"domain {name}"] = (_short(before.get(name)), _short(after.get(name)))
    for name in sorted({*old["baseline"], *new["baseline"]}):
        if old["baseline"].get(name) != new["baseline"].get(name):
            changed[f"baseline {name}"] = (old["baseline"].get(name), new["baseline"].get(name))
    for name in ("family", "objective", "direction"):
        if old[name] != new[name]:
            changed[name] = (old[name], new[name])
    if changed:
        raise _changed(old["study"], changed)


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


def _check_name(who: str, name: str, family: Family) -> None:
    if name not in family.types:
        raise StudyError(f"{who} {name!r}, which family {family.name!r} does not have{nearest(name, family.types)}")


def _check_type(who: str, name: str, value: Scalar, family: Family) -> None:
    wanted = family.types[name]
    fits = type(value) is wanted or (wanted is float and type(value) is int)
    if not fits:
        raise StudyError(f"{who}: {name!r} is of type {wanted.__name__}, not {type(value).__name__} ({value!r})")


def _parse_value(name: str, text: str, wanted: type) -> Scalar:
    try:
        if wanted is bool:
            return {"true": True, "false": False}[text.lower()]
        return wanted(text)  # type: ignore[no-any-return]
    except (ValueError, KeyError) as error:
        kind = {bool: "true or false", int: "an integer", float: "a number"}.get(wanted, wanted.__name__)
        raise StudyError(f"--set {name} takes {kind}, not {text!r}") from error


__all__ = [
    "PRUNERS",
    "SAMPLERS",
    "DatasetFacts",
    "Method",
    "Plan",
    "allows",
    "check_space",
    "parse_settings",
    "restore",
    "with_budget",
]
