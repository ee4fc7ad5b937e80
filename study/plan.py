"""A study as it was meant: space, dataset, budget and method, and the trials that follow from it. Asks no sampler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from study.catalog import Model
from study.database import Columns
from study.errors import StudyError
from study.options.data import AS_IT_IS, DataOptions
from study.options.method import Budget, Method, columns
from study.recipe import DEFAULTS, unused
from study.seeds import derive
from study.space import Domain, SearchSpace, active
from study.task import COSTS, OWN, TASKS, DataSpec, Direction, Metric, TaskName, metric_named
from study.trial import Phase, Scalar, Trial, differences


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    """What a plan keeps of its dataset."""

    name: str
    source: str
    """What to give `load_dataset` to have it again."""
    content_hash: str
    data_root: str
    spec: DataSpec
    """What a model is told of it."""
    train_examples: int
    validation_examples: int
    test_examples: int
    train_size: int | None
    """Size of the stratified subset of the training split, if one was asked for."""
    final_examples: int
    """What a final trial learns from: of the training and the validation split together."""
    class_counts: Mapping[str, Sequence[int]] | None = None
    """Examples of each class, in the order of `class_names`, by split: `train`, `validation`, `test`; None where there
    are no classes."""
    options: DataOptions = AS_IT_IS
    """How it is read, as was asked for."""
    left_out: tuple[str, ...] = ()
    """Files that could not be read and were left out as asked, relative to the data set's folder."""
    features: tuple[tuple[str, str | None], ...] = ()
    """Of a table, what each input is: its column, and its level where that is a category."""
    picture_ranges: Mapping[str, int] = field(default_factory=dict)
    """By which picture files of more than 8 bits were read: kind -> bits."""
    notes: tuple[str, ...] = ()
    """What was done to the data that nobody asked for, a sentence each."""

    def examples_in_words(self) -> str:
        """Return how many examples each kind of trial learns from and is scored on."""
        return (
            f"search and ablation trials learn from {self.train_examples:,} examples and are validated on "
            f"{self.validation_examples:,}, final trials learn from {self.final_examples:,}; the test split has "
            f"{self.test_examples:,}"
        )

    @property
    def class_names(self) -> tuple[str, ...]:
        """One name per output."""
        return self.spec.class_names


def study_name(space: str, dataset: str, name: str | None = None, arm: str | None = None) -> str:
    """Return what a study is called: `SPACE@DATASET`, `:NAME` where it has a name, `+ARM` where it re-tunes an arm.

    Search k of the arm, from the second on, is `+ARM#k`, as `search_label` makes it.

    Args:
        space: Its space's name, without '@', '+' and ','.
        dataset: Its data set's, of `[a-z0-9._-]`.
        name: Its own, of letters, digits, '.', '_' and '-'.
        arm: What re-tunes it is called, as from `search_label`.
    """
    return f"{space}@{dataset}{f':{name}' if name else ''}{f'+{arm}' if arm else ''}"


def search_label(arm: str, search: int) -> str:
    """Return what one of the searches that re-tune an arm is called: as the arm, from the second on with its number."""
    return arm if search == 1 else f"{arm}#{search}"


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
    files: str | None = None
    """Where checkpoints and weights are kept; None means in the folder that goes with the trial database."""
    name: str | None = None
    """What tells it from other studies of its space and data, if anything does."""
    parent: str | None = None
    """The study whose ablation this one re-tunes an arm for."""
    variant: str | None = None
    """That arm; its changes are fixed here."""
    search: int | None = None
    """Which of that arm's searches it is, from 1; None of a study that re-tunes nothing."""
    unsaid: frozenset[str] = frozenset()
    """Hyperparameters that the model got after the study began. Its configurations leave them out at their defaults, so
    that the same training keeps its id."""

    @property
    def study(self) -> str:
        """The study's name, as `study_name` makes it."""
        label = None if self.variant is None else search_label(self.variant, self.search or 1)
        return study_name(self.space.name, self.dataset.name, self.name, label)

    @property
    def objectives(self) -> tuple[Metric, ...]:
        """What the search goes by: a metric, then what else it weighs.

        Raises:
            StudyError: The method names one that there is not.
        """
        own = self._own()
        names = self.method.objectives or (self._primary(own),)
        return tuple(metric_named(name, self.scored_as, own) for name in names)

    @property
    def scored_as(self) -> TaskName:
        """Whose metrics it has: its task's, or whatever its model tells, where that trains itself."""
        return self.dataset.spec.task if self.model.own is None else OWN

    def _primary(self, own: Sequence[Metric]) -> str:
        """Return the name of the objective where none was asked for.

        Raises:
            StudyError: The model trains itself, and declares no metrics.
        """
        if self.model.own is None:
            return TASKS[self.dataset.spec.task].primary.name
        if own:
            return own[0].name
        raise StudyError(
            f"model {self.model.name!r} trains itself: --objective says what its study goes by (accuracy, or "
            f"NAME:minimize), or its module does, by `metrics = {{'NAME': 'minimize'}}`"
        )

    @property
    def metric(self) -> Metric:
        """By what trials are ranked: the first objective."""
        return self.objectives[0]

    @property
    def directions(self) -> list[Direction]:
        """The direction of each objective."""
        return [metric.direction for metric in self.objectives]

    @property
    def recorded(self) -> tuple[Metric, ...]:
        """The metrics that are computed of validation and test split, each once; those of `measure` come besides.

        Raises:
            StudyError: The method names one that there is not.
        """
        own = self._own()
        if self.model.own is not None:
            told = [metric for metric in self.objectives if metric.name not in COSTS]
            return tuple({metric.name: metric for metric in (*told, *own)}.values())
        task = self.dataset.spec.task
        known = {metric.name: metric for metric in (*TASKS[task].metrics, *own)}
        wanted = [TASKS[task].primary, *(metric for metric in self.objectives if metric.name in known), *own]
        if "all" in self.method.metrics:
            wanted += TASKS[task].metrics
        else:
            wanted += [metric_named(name, task, own, option="--metrics") for name in self.method.metrics]
        return tuple({metric.name: metric for metric in wanted if metric.name in known}.values())

    def _own(self) -> tuple[Metric, ...]:
        """Return the model's own metrics, without what computes them, which no process can be sent."""
        return tuple(replace(metric, compute=None) for metric in self.model.own_metrics(self.dataset.spec))

    @property
    def domains(self) -> dict[str, Domain]:
        """What is left to tune."""
        return self.space.without(self.fixed)

    @property
    def baseline(self) -> dict[str, Scalar]:
        """The configuration of trial 0: every default, with what was fixed."""
        return self.configuration({name: domain.default for name, domain in self.domains.items()})

    def configuration(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Complete tuned values to a configuration: the model's defaults, what was fixed, the values in force."""
        given = dict(values) | dict(self.fixed)
        ordered = {name: given[name] for name in (*self.space.domains, *given) if name in given}
        return self._complete(active(ordered, self.space.domains))

    def changed(self, reference: Mapping[str, Scalar], changes: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return a configuration with changes.

        What they switch on has what was fixed, else its default; what they switch off goes.
        """
        domains = self.space.domains
        reference = self.whole(reference)
        in_force = active({name: reference[name] for name in domains}, domains)
        others = {name: value for name, value in reference.items() if name not in domains}
        defaults = {name: self.fixed.get(name, domain.default) for name, domain in domains.items()}
        values = defaults | in_force | others | dict(changes)
        return self._complete(active(values, domains))

    def whole(self, configuration: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return a configuration with what it leaves out at its default: hyperparameters that came later."""
        return self.model.defaults | dict(configuration)

    def _complete(self, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
        defaults = self.model.defaults
        whole = defaults | dict(values)
        return {name: value for name, value in whole.items() if name not in self.unsaid or value != defaults[name]}

    def retuning(self, variant: str, changes: Mapping[str, Scalar], search: int = 1) -> Plan:
        """Return the study that tunes everything but `changes`, with this study's search budget.

        What an optimizer among the changes does not use is held at its default.

        Args:
            variant: The arm that it re-tunes.
            changes: What makes the arm.
            search: Which of the arm's searches it is, from 1; search k of every arm draws from one seed.
        """
        seed = self.method.seed if search == 1 else derive(self.method.seed, "retune", search)
        held = {name: getattr(DEFAULTS, name) for name in self._idle_with(changes)}
        return replace(
            self,
            parent=self.study,
            variant=variant,
            search=search,
            fixed={**held, **self.fixed, **changes},
            budget=replace(self.budget, replicates=0),
            method=replace(self.method, seed=seed, smallest_effect=None),
        )

    def _idle_with(self, changes: Mapping[str, Scalar]) -> list[str]:
        """Return the options that are tuned here, and that an optimizer among the changes does not use."""
        if self.model.own is not None or "optimizer" not in changes:
            return []
        left = self.space.without({**self.fixed, **changes})
        return [name for name in unused(changes["optimizer"]) if name in left]

    def replicates(
        self,
        variant: str,
        configuration: Mapping[str, Scalar],
        *,
        epochs: int | None = None,
        replicates: int | None = None,
    ) -> list[Trial]:
        """Return the final trials of a configuration; replicate r has one seed whatever the configuration and length.

        Args:
            variant: What the trials are called.
            configuration: What they train.
            epochs: Of each; the study's own where nothing is said.
            replicates: How many; as many as the study's budget has where nothing is said.
        """
        return [
            Trial(
                study=self.study,
                phase=Phase.REPLICATE,
                variant=variant,
                configuration=dict(configuration),
                changes=differences(configuration, self.baseline),
                seed=derive(self.method.seed, "replicate", number),
                epochs=self.budget.epochs if epochs is None else epochs,
                replicate=number,
            )
            for number in range(self.budget.replicates if replicates is None else replicates)
        ]

    def cut_of(self, trial: Trial) -> int | None:
        """Return the number of the cut that a trial learns from; None means the one that all trials share.

        Replicate r of every arm of an ablation has the same one, so that they are paired.
        """
        anew = self.method.split_seed == "per-replicate" and trial.phase is Phase.ABLATE
        return trial.replicate if anew else None

    def search_trial(self, number: int, values: Mapping[str, Scalar], variant: str = "search") -> Trial:
        """Return the search trial with Optuna's number and values; number 0 is the baseline, whatever the variant."""
        configuration = self.configuration(values)
        return Trial(
            study=self.study,
            phase=Phase.SEARCH,
            variant="baseline" if number == 0 else variant,
            configuration=configuration,
            changes=differences(configuration, self.baseline),
            seed=derive(self.method.seed, "search", number),
            epochs=self.budget.epochs,
            number=number,
        )

    def columns(self) -> Columns:
        """Return the plan as columns of the plan table."""
        facts = self.dataset
        return {
            "study": self.study,
            "name": self.name,
            "space": self.space.name,
            "space_source": self.source,
            "space_hash": self.space.hash,
            "definition": self.space.describe(),
            "model": self.space.model,
            "own_training": self.model.own is not None,
            "baseline": self.baseline,
            "fixed": dict(self.fixed),
            "dataset": facts.name,
            "dataset_source": facts.source,
            "dataset_hash": facts.content_hash,
            "data_root": facts.data_root,
            "files": self.files,
            "task": facts.spec.task,
            "input_shape": list(facts.spec.shape),
            "class_names": list(facts.spec.class_names),
            "train_examples": facts.train_examples,
            "validation_examples": facts.validation_examples,
            "test_examples": facts.test_examples,
            "train_size": facts.train_size,
            "final_examples": facts.final_examples,
            "class_counts": None if facts.class_counts is None else {k: list(v) for k, v in facts.class_counts.items()},
            "data_options": facts.options.as_json(),
            "features": [list(feature) for feature in facts.features],
            "left_out": list(facts.left_out),
            "picture_ranges": dict(facts.picture_ranges),
            "dataset_notes": list(facts.notes),
            **columns(self.budget),
            **columns(self.method),
            "objective": ",".join(self.method.objectives or (self.metric.name,)),
            "direction": ",".join(self.directions),
            "metric_definitions": [
                metric.columns() for metric in {m.name: m for m in (*self.objectives, *self.recorded)}.values()
            ],
            "parent": self.parent,
            "variant": self.variant,
            "search": self.search,
        }
