"""What a study may spend, and how it is searched and trained: each field an option, stated here alone.

A field added here is an option of the commands, is checked, kept in the plan, stored, and refused or taken over where a
stored study is given another value. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

from study.errors import StudyError
from study.options.option import OnStored, Option, check_options, names_of, option
from study.task import COSTS, spelled

SAMPLERS = ("auto", "gp", "tpe", "random", "cmaes", "nsga2", "qmc", "grid")
GP_TRIALS = 200
"""So many trials of a search `auto` has proposed by a Gaussian process, the time of which grows with their cube."""
PRUNERS = ("promote", "median", "hyperband", "asha", "none")
PRECISIONS = ("auto", "float32", "bfloat16")
SPLIT_SEEDS = ("fixed", "per-replicate")
WORKERS_PER_CORE = 8
"""Of this machine: more would only wait for each other."""
MANY = 1_000_000
"""The most of whole numbers: far beyond what can be trained, and within what can be stored."""
_ALL = ("run", "ablate", "resume", "final")


def _names(text: str) -> tuple[str, ...]:
    return tuple(map(spelled, names_of(text)))


@dataclass(frozen=True, slots=True)
class Budget:
    """What a study may spend. A target: running a finished study again does nothing."""

    trials: int = option(
        "Search trials in all, the baseline among them.",
        default=20,
        kind=int,
        shown="{} where there is a search",
        search=True,
        least=1,
        most=MANY,
        stored=OnStored.TARGET,
    )
    """Search trials in all, whatever their end."""
    epochs: int = option("Epochs of a trial.", default=10, kind=int, least=1, most=MANY)
    """Epochs of each trial that is not pruned."""
    replicates: int = option(
        "Final trials of the best and of the baseline, each on its own seed.",
        default=3,
        kind=int,
        commands=("run",),
        least=0,
        most=1_000,
        stored=OnStored.TARGET,
    )
    """Final trials of the best and of the baseline, each on its own seed."""
    timeout: float | None = option(
        "Seconds of search in all, over every run of the study; then no further search trial begins.",
        default=None,
        kind=float,
        above=0,
        unit="seconds",
        stored=OnStored.FREE,
        column="timeout_seconds",
        search=True,
    )
    """Seconds of search in all; no search trial begins after them."""
    total_timeout: float | None = option(
        "Seconds of training in all, final trials and ablations too, over every run; then no further trial begins.",
        default=None,
        kind=float,
        commands=_ALL,
        flags=("--timeout-total",),
        above=0,
        unit="seconds",
        stored=OnStored.FREE,
        column="total_timeout_seconds",
    )
    """Seconds of training in all, final trials and ablations among them; no trial begins after them."""
    trial_timeout: float | None = option(
        "Seconds that one trial may train in all; then it is ended as failed.",
        default=None,
        kind=float,
        commands=_ALL,
        above=0,
        unit="seconds",
        stored=OnStored.FREE,
        column="trial_timeout_seconds",
    )
    """Seconds that one trial may train; then it has failed."""
    epoch_budget: int | None = option(
        "Epochs of search in all, the baseline's among them: a trial begins or is promoted while what it may train "
        "fits into what is left. Without --trials, as many trials begin as there is room for.",
        default=None,
        kind=int,
        metavar="N",
        shown="no limit but --trials",
        search=True,
        least=1,
        most=MANY,
        stored=OnStored.TARGET,
    )
    """Epochs of search in all, those of open trials counted as far as they may train."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a study is searched, trained and judged."""

    seed: int = option(
        "What the random numbers of every trial and of the sampler derive from; with several workers the search "
        "depends, besides, on which trial ends first, unless --reproducible says otherwise.",
        default=0,
        kind=int,
        least=-(2**63),
        most=2**63 - 1,
    )
    objectives: tuple[str, ...] = option(
        "A metric of the task (accuracy, balanced_accuracy, macro_f1, auroc, log_loss; r2, mae, rmse), of the model's "
        "own, or NAME:maximize or NAME:minimize of its `measure`; then what it may cost: accuracy,parameters or "
        "r2,seconds (an epoch's).",
        default=(),
        flags=("--objective",),
        metavar="NAMES",
        shown="the task's first",
        parse=_names,
        written=",".join,
    )
    """Metrics, or costs; of several, a metric comes first: by it the best is chosen. Empty means the task's primary."""
    metrics: tuple[str, ...] = option(
        "Further metrics to record of each epoch and of the test split, or all.",
        default=(),
        metavar="NAMES",
        parse=_names,
        written=",".join,
    )
    """Recorded beside the objective, the task's primary metric and the model's own; `all` means every one."""
    sampler: str = option(
        f"auto (a Gaussian process for the first {GP_TRIALS} trials, then tpe; tpe with several objectives), gp, tpe, "
        "random, cmaes, nsga2, qmc or grid.",
        default="auto",
        choices=SAMPLERS,
        search=True,
    )
    pruner: str = option(
        "promote (pauses trials, and the best third of each rung go on), median, hyperband, asha or none.",
        default="promote",
        shown="{}; none with several objectives; where a model trains itself median, or none with --reproducible",
        choices=PRUNERS,
        search=True,
    )
    """`none` where there are several objectives; no model that trains itself is paused unasked."""
    patience: int | None = option(
        "Epochs without a better validation score after which a search trial ends, complete; the baseline is "
        "trained in any case.",
        default=None,
        kind=int,
        shown="every trial trains all its epochs",
        least=1,
        most=MANY,
        search=True,
    )
    """Epochs without a better validation score after which a search trial ends, complete; None trains all."""
    split_seed: str = option(
        "fixed: one cut into training and validation examples for all trials. per-replicate: another one for each "
        "replicate of an ablation, the same for every arm.",
        default="fixed",
        choices=SPLIT_SEEDS,
    )
    """Whether replicate r of every arm of an ablation has a cut of its own; the test split is always the same."""
    device: str = option("auto, cpu, cuda or cuda:N.", default="auto", commands=_ALL, stored=OnStored.FREE)
    precision: str = option(
        "auto (bfloat16 where the hardware has it), float32, bfloat16.",
        default="auto",
        choices=PRECISIONS,
    )
    workers: int = option(
        f"Trials in parallel: processes, at most {WORKERS_PER_CORE} per core, or workers of a Ray cluster, whatever it "
        f"has room for now.",
        default=1,
        kind=int,
        shown="one per core, or per GPU; as many as the Ray cluster holds",
        commands=_ALL,
        least=1,
        most=MANY,
        stored=OnStored.FREE,
    )
    reproducible: int | None = option(
        "Let no timing change the search: whatever ends first, the same trials, promotions and epochs, with any number "
        "of workers up to WORKERS. Twice as many as there are, or more, wait less. With --pruner none or promote.",
        default=None,
        kind=int,
        metavar="WORKERS",
        shown="with several workers the search depends on which trial ends first",
        search=True,
        least=1,
        most=1_000,
    )
    """A decision of the search is made from what ended so many turns before; None takes what has ended by then."""
    smallest_effect: float | None = option(
        "The smallest effect that matters to you, in percentage points (or the metric's unit): seeds are advised for "
        "it, and 'no effect larger than' it becomes a verdict.",
        default=None,
        kind=float,
        above=0,
        finite=True,
        metavar="X",
        shown="none is stated",
        stored=OnStored.FREE,
    )
    """In percentage points of a fraction, else in the metric's unit. No trial depends on it."""

    def __post_init__(self) -> None:
        """Check that every part of the method exists, and that the parts go together.

        Raises:
            StudyError: A part does not exist, or does not go with another one.
        """
        checked = ("sampler", "pruner", "precision", "split_seed", "smallest_effect")
        check_options(Method, {name: getattr(self, name) for name in checked})
        for name in _NAMES:
            object.__setattr__(self, name, tuple(map(spelled, getattr(self, name))))
        named = ",".join(self.objectives)
        if self.objectives and self.objectives[0] in COSTS:
            raise StudyError(f"--objective begins with a metric, by which the best is chosen, not {named!r}")
        if len(set(self.objectives)) < len(self.objectives):
            raise StudyError(f"--objective names each once, not {named!r}")
        if len(self.objectives) > 1:
            if self.pruner != "none":
                raise StudyError(f"--objective {named} goes with --pruner none: trials are pruned by one objective")
            if self.sampler == "cmaes":
                raise StudyError(f"--sampler cmaes has one objective, not {named}; tpe, gp and nsga2 take several")
        if self.reproducible is not None and self.pruner not in ("none", "promote"):
            raise StudyError(
                f"--reproducible goes with --pruner promote or none, not {self.pruner}, which compares a trial with "
                f"those that have come as far by then"
            )
        if self.reproducible is not None and "seconds" in self.objectives:
            raise StudyError(
                f"--reproducible does not go with --objective {named}: the sampler would learn from seconds, which "
                f"differ from run to run; give {','.join(name for name in self.objectives if name != 'seconds')}"
            )


def column(owner: type[Budget] | type[Method], name: str) -> str:
    """Return the column of the plan table that holds a field."""
    stated: Option = next(field.metadata["option"] for field in fields(owner) if field.name == name)
    return stated.column or name


P = TypeVar("P", Budget, Method)
_NAMES = {"objectives": "objective", "metrics": "metrics"}
"""Fields of a method that are names -> column that holds them, separated by commas."""


def stored(owner: type[P], row: object) -> P:
    """Return the budget or the method that a row of the plan table holds.

    Args:
        owner: Which of them.
        row: Has an attribute for each column.
    """
    found: dict[str, Any] = {
        field.name: getattr(row, column(owner, field.name)) for field in fields(owner) if field.name not in _NAMES
    }
    if owner is Method:
        for name, text in _NAMES.items():
            found[name] = tuple(filter(None, (getattr(row, text) or "").split(",")))
    return owner(**found)


def columns(part: Budget | Method) -> dict[str, Any]:
    """Return a budget or a method as columns of the plan table."""
    found = {column(type(part), field.name): getattr(part, field.name) for field in fields(part)}
    if isinstance(part, Method):
        found |= {text: ",".join(found.pop(name)) for name, text in _NAMES.items()}
    return found
