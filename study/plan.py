"""A study as it was meant: space, dataset, budget and method, and the trials that follow from it. Asks no sampler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from study.catalog import Model
from study.database import Columns
from study.errors import StudyError, nearest
from study.seeds import derive
from study.space import Domain, SearchSpace, active
from study.trial import Budget, Phase, Scalar, Trial, differences

ACCURACY = "accuracy"
Direction = Literal["maximize", "minimize"]
OBJECTIVES: Final[Mapping[str, tuple[str, Direction]]] = {
    ACCURACY: ("validation_accuracy", "maximize"),
    "parameters": ("parameters", "minimize"),
    "seconds": ("seconds_per_epoch", "minimize"),
}
"""What `--objective` names -> the quantity as the database calls it, and its direction."""
SAMPLERS = ("tpe", "random", "gp", "cmaes", "nsga2", "qmc", "grid")
PRUNERS = ("promote", "median", "hyperband", "asha", "none")


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
    class_counts: Mapping[str, Sequence[int]] | None = None
    """Images of each class, in the order of `class_names`, by split: `train`, `validation`, `test`."""
    skip_unreadable: bool = False
    """Whether files that cannot be read are left out, as was asked for."""
    left_out: tuple[str, ...] = ()
    """Those files, relative to the data set's folder."""
    notes: tuple[str, ...] = ()
    """What was done to the data that nobody asked for, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a study is searched and trained."""

    seed: int = 0
    objectives: tuple[str, ...] = (ACCURACY,)
    """Names of OBJECTIVES; of several, accuracy comes first: by it the best is chosen that is trained again."""
    sampler: str = "tpe"
    pruner: str = "median"
    """`none` where there are several objectives."""
    patience: int | None = None
    """Epochs without a better validation accuracy after which a search trial ends, complete; None trains all."""
    device: str = "auto"
    precision: str = "auto"
    workers: int = 1

    def __post_init__(self) -> None:
        """Raises StudyError for a method that does not exist."""
        choices = [("sampler", self.sampler, SAMPLERS), ("pruner", self.pruner, PRUNERS)]
        choices += [("objective", name, tuple(OBJECTIVES)) for name in self.objectives]
        for option, value, allowed in choices:
            if value not in allowed:
                raise StudyError(f"--{option} is one of {', '.join(allowed)}, not {value!r}{nearest(value, allowed)}")
        named = ",".join(self.objectives)
        if self.objectives[:1] != (ACCURACY,) or len(set(self.objectives)) < len(self.objectives):
            raise StudyError(f"--objective is {ACCURACY}, or {ACCURACY} and others, each once, not {named!r}")
        if len(self.objectives) > 1:
            if self.pruner != "none":
                raise StudyError(f"--objective {named} goes with --pruner none: trials are pruned by one objective")
            if self.sampler == "cmaes":
                raise StudyError(f"--sampler cmaes has one objective, not {named}; tpe, gp and nsga2 take several")

    @property
    def directions(self) -> tuple[Direction, ...]:
        """Of each objective."""
        return tuple(OBJECTIVES[name][1] for name in self.objectives)

    @property
    def quantities(self) -> tuple[str, ...]:
        """Each objective as the database calls it."""
        return tuple(OBJECTIVES[name][0] for name in self.objectives)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One study: everything that its trials follow from."""

    space: SearchSpace
    source: str
    """Where the space was loaded from."""
    dataset: DatasetFacts
    model: Model
    fixed: Mapping[str, Scalar] = field(default_factory=dict)
    """Parameters given with `--set`: the same in every trial, and not tuned."""
    budget: Budget = field(default_factory=Budget)
    method: Method = field(default_factory=Method)
    parent: str | None = None
    """The study whose ablation this one re-tunes an arm for."""
    variant: str | None = None
    """That arm; its changes are fixed here."""

    @property
    def study(self) -> str:
        """The study's name, `SPACE@DATASET`, and `+ARM` where it re-tunes an arm."""
        suffix = f"+{self.variant}" if self.variant else ""
        return f"{self.space.name}@{self.dataset.name}{suffix}"

    @property
    def domains(self) -> dict[str, Domain]:
        """What is left to tune."""
        return self.space.without(self.fixed)

    @property
    def baseline(self) -> dict[str, Scalar]:
        """The configuration of trial 0: every default, with what was fixed."""
        return self.configuration({name: domain.default for name, domain in self.domains.items()})

    def configuration(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Completes tuned values to a configuration: the model's defaults, what was fixed, the values in force."""
        given = dict(values) | dict(self.fixed)
        ordered = {name: given[name] for name in (*self.space.domains, *given) if name in given}
        return self.model.defaults | active(ordered, self.space.domains)

    def changed(self, reference: Mapping[str, Scalar], changes: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Returns a configuration with changes.

        What they switch on has what was fixed, else its default; what they switch off goes.
        """
        domains = self.space.domains
        in_force = active({name: reference[name] for name in domains}, domains)
        others = {name: value for name, value in reference.items() if name not in domains}
        defaults = {name: self.fixed.get(name, domain.default) for name, domain in domains.items()}
        values = defaults | in_force | others | dict(changes)
        return self.model.defaults | active(values, domains)

    def retuning(self, variant: str, changes: Mapping[str, Scalar]) -> Plan:
        """Returns the study that tunes everything but `changes`, with this study's search budget."""
        return replace(
            self,
            parent=self.study,
            variant=variant,
            fixed={**self.fixed, **changes},
            budget=replace(self.budget, replicates=0),
        )

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

    def columns(self) -> Columns:
        """Returns the plan as columns of the plan table."""
        facts, budget, method = self.dataset, self.budget, self.method
        return {
            "study": self.study,
            "space": self.space.name,
            "space_source": self.source,
            "space_hash": self.space.hash,
            "definition": self.space.describe(),
            "model": self.space.model,
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
            "class_counts": None if facts.class_counts is None else {k: list(v) for k, v in facts.class_counts.items()},
            "skip_unreadable": facts.skip_unreadable,
            "left_out": list(facts.left_out),
            "dataset_notes": list(facts.notes),
            "trials": budget.trials,
            "epochs": budget.epochs,
            "replicates": budget.replicates,
            "timeout_seconds": budget.timeout,
            "total_timeout_seconds": budget.total_timeout,
            "trial_timeout_seconds": budget.trial_timeout,
            "objective": ",".join(method.quantities),
            "direction": ",".join(method.directions),
            "seed": method.seed,
            "sampler": method.sampler,
            "pruner": method.pruner,
            "patience": method.patience,
            "device": method.device,
            "precision": method.precision,
            "workers": method.workers,
            "parent": self.parent,
            "variant": self.variant,
        }
