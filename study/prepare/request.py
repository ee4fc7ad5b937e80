"""The options of a command as they were given, and what no study could have."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from study.ablation import FULL, REPLICATES, Ablation, Design, find_variants, parts, refuse_options, refuse_retuning
from study.errors import StudyError, nearest
from study.method import Budget, Method
from study.prepare.retry import Retry
from study.space import SearchSpace

PRECISIONS = ("auto", "float32", "bfloat16")
ENGINES = ("local", "inline")
WORKERS_PER_CORE = 8
BOUNDS = {
    "trials": (1, 1_000_000),
    "epochs": (1, 1_000_000),
    "patience": (1, 1_000_000),
    "replicates": (0, 1_000),
    "workers": (1, WORKERS_PER_CORE * (os.cpu_count() or 1)),
    "train_size": (1, 2**31 - 1),
}
"""Least and most of every whole number. The most are far beyond what can be trained, and within what can be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationRequest:
    """What `ablate` was asked for beside the options of `run`."""

    design: str = Design.ONE_AT_A_TIME.value
    reference: str = "baseline"
    variants: tuple[str, ...] = ()
    """None means all."""
    factors: tuple[str, ...] = ()
    retune: bool = False

    @property
    def searches(self) -> bool:
        """Whether it needs a search, for the tuned best or for re-tuning."""
        return self.retune or self.reference == "best" or self.design == Design.PATH.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of a command; None where one was not given, so that a stored study keeps its own."""

    storage: str
    data_root: Path | None = None
    dataset: str | None = None
    skip_unreadable: bool = False
    space: str | None = None
    """Of `resume`: where a moved study's space is now."""
    trials: int | None = None
    epochs: int | None = None
    replicates: int | None = None
    timeout: float | None = None
    timeout_total: float | None = None
    trial_timeout: float | None = None
    workers: int | None = None
    seed: int | None = None
    objective: str | None = None
    """Names separated by commas."""
    sampler: str | None = None
    pruner: str | None = None
    patience: int | None = None
    train_size: int | None = None
    settings: tuple[str, ...] = ()
    engine: str = "local"
    """Who trains: processes of this machine, or this one; no number depends on it."""
    device: str | None = None
    precision: str | None = None
    ablation: AblationRequest | None = None
    """Of `ablate`."""
    retry: Retry = field(default_factory=Retry)
    """What ended badly and is taken up again."""
    command: str = ""
    """As it was typed, without secrets; kept for the report's provenance."""

    @property
    def objectives(self) -> tuple[str, ...] | None:
        """The objectives' names, if any were given."""
        return None if self.objective is None else tuple(name.strip() for name in self.objective.split(","))

    @property
    def limits(self) -> dict[str, float]:
        """The time limits that were given: field of the budget -> seconds."""
        given = {"timeout": self.timeout, "total_timeout": self.timeout_total, "trial_timeout": self.trial_timeout}
        return {name: seconds for name, seconds in given.items() if seconds is not None}


def budget(request: Request) -> Budget:
    """Returns what a new study may spend."""
    defaults = Budget()
    if request.ablation is not None:  # `run` may search and replicate later
        defaults = replace(defaults, trials=defaults.trials if request.ablation.searches else 0, replicates=0)
    replicates = None if request.ablation is not None else request.replicates
    return Budget(
        trials=defaults.trials if request.trials is None else request.trials,
        epochs=defaults.epochs if request.epochs is None else request.epochs,
        replicates=defaults.replicates if replicates is None else replicates,
        **request.limits,
    )


def method(request: Request) -> Method:
    """Returns how a new study is searched and trained."""
    defaults = Method()
    return searching(
        request,
        replace(
            defaults,
            seed=defaults.seed if request.seed is None else request.seed,
            precision=request.precision or defaults.precision,
        ),
    )


def searching(request: Request, method: Method) -> Method:
    """Returns the method with the search that was asked for; where nothing was said, several objectives prune nothing.

    Raises:
        StudyError: There is no such sampler, pruner or objective, or they do not go together.
    """
    objectives = request.objectives or method.objectives
    return replace(
        method,
        objectives=objectives,
        sampler=request.sampler or method.sampler,
        pruner=request.pruner or ("none" if len(objectives) > 1 else method.pruner),
        patience=method.patience if request.patience is None else request.patience,
    )


def check_request(request: Request) -> None:
    """Raises StudyError for options that no study could have, before data is loaded or downloaded."""
    method(request)
    for name, (least, most) in BOUNDS.items():
        value = getattr(request, name)
        if value is not None and value < least:
            raise StudyError(f"--{name.replace('_', '-')} is at least {least}, not {value}")
        if value is not None and value > most:
            reason = (
                f", {WORKERS_PER_CORE} for each core of this machine: more would only wait for each other"
                if name == "workers"
                else ""
            )
            raise StudyError(f"--{name.replace('_', '-')} is at most {most:,}{reason}, not {value:,}")
    for name in ("timeout", "timeout_total", "trial_timeout"):
        value = getattr(request, name)
        if value is not None and not value > 0:
            raise StudyError(f"--{name.replace('_', '-')} is above 0 seconds, or inf for no limit, not {value:g}")
    if request.seed is not None and not -(2**63) <= request.seed < 2**63:
        raise StudyError(f"--seed is a whole number of 64 bits, not {request.seed}")
    for option, choice, allowed in (
        ("precision", request.precision, PRECISIONS),
        ("engine", request.engine, ENGINES),
    ):
        if choice is not None and choice not in allowed:
            raise StudyError(f"--{option} is one of {', '.join(allowed)}, not {choice!r}{nearest(choice, allowed)}")
    if request.engine == "inline" and (request.workers or 1) > 1:
        raise StudyError(f"--engine inline trains one trial at a time, in this process, not {request.workers}")


def asked_ablation(space: SearchSpace, request: Request) -> Ablation:
    """Returns the ablation of a space that was asked for.

    Raises:
        StudyError: A variant or design does not exist, or options do not go together.
    """
    asked = request.ablation
    if asked is None:
        raise ValueError("no ablation was asked for")
    designs = [design.value for design in Design]
    if asked.design not in designs:
        hint = nearest(asked.design, designs)
        raise StudyError(f"--design is one of {', '.join(designs)}, not {asked.design!r}{hint}")
    design = Design(asked.design)
    if asked.retune:
        refuse_retuning(design)
    if asked.variants and design in (Design.FACTORIAL, Design.PATH):
        instead = "--factors names" if design is Design.FACTORIAL else "the search finds"
        raise StudyError(f"--variants has no effect with --design {design.value}: {instead} what is combined")
    if not asked.searches:
        for option in ("trials", "timeout", "objective", "sampler", "pruner", "patience"):
            if getattr(request, option) is not None:
                raise StudyError(
                    f"--{option} has no effect on an ablation without a search: "
                    f"needs --retune, --from best or --design path"
                )
    compares = design in (Design.ONE_AT_A_TIME, Design.LEAVE_ONE_OUT)
    names = asked.variants or (tuple(variant.name for variant in space.variants) if compares else ())
    if compares and not names:
        raise StudyError(f"space {space.name!r} declares no variant to ablate")
    variants = find_variants(names, space, "--variants")
    if asked.variants and design is Design.LEAVE_ONE_OUT:
        _refuse_no_parts(space, variants)
    ablation = Ablation(
        design=design,
        reference=asked.reference,
        variants=variants,
        factors=find_variants(asked.factors, space, "--factors"),
        replicates=REPLICATES if request.replicates is None else request.replicates,
        retuned=variants if asked.retune else (),
    )
    refuse_options(ablation)
    return ablation


def _refuse_no_parts(space: SearchSpace, names: Sequence[str]) -> None:
    """Raises StudyError for a variant that cannot be taken out of the full model, rather than leave it out unsaid."""
    declared = [variant.name for variant in space.variants]
    if FULL not in declared:
        return  # then the full model is made of these
    known = [variant.name for variant in parts(space, declared)[0]]
    for name in names:
        if name not in (*known, FULL):
            raise StudyError(
                f"--design leave-one-out takes parts out of {FULL!r}, which are {', '.join(known)}, not {name!r}"
            )
