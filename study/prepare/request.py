"""What a command was asked, before anything is looked up: each option as it was given, and what no study could have.

Loads nothing heavy: the commands' own options are made from these fields.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from study.design import REPLICATES, Design
from study.errors import StudyError
from study.options.data import DataOptions
from study.options.engine import EngineOptions
from study.options.method import MANY, WORKERS_PER_CORE, Budget, Method
from study.options.option import OnStored, Option, check_options, flag, names_of, option, options_of
from study.prepare.retry import Retry
from study.trial import CodeDecision, TrialState

DEFAULT_STORAGE = "sqlite:///runs/studies.db"
ANSWERS = (CodeDecision.KEEP, CodeDecision.AGAIN)
"""To `--code-changed`."""
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""Of a study beside others."""
PARTS = (DataOptions, Budget, Method, EngineOptions)
"""Dataclasses whose fields a request holds as far as they were given; no two have a field of one name."""
Part = type[DataOptions] | type[Budget] | type[Method] | type[EngineOptions]
_ALL = ("run", "ablate", "resume", "final")


def _answer(text: str) -> str:
    """Return an answer as what it is; another text as it was given, which is refused with its like."""
    return CodeDecision(text) if text in ANSWERS else text


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationRequest:
    """What `ablate` was asked for beside the options of `run`."""

    variants: tuple[str, ...] = option(
        "Of the space, separated by commas.",
        default=(),
        commands=("ablate",),
        shown="all",
        metavar="NAMES",
        parse=names_of,
    )
    """None means all."""
    design: str = option(
        "one-at-a-time: each variant added. leave-one-out: each taken out of everything. factorial: all combinations "
        "of --factors. path: from the baseline to the tuned best, greedily.",
        default=Design.ONE_AT_A_TIME.value,
        commands=("ablate",),
    )
    factors: tuple[str, ...] = option(
        "Variants of --design factorial, separated by commas.",
        default=(),
        commands=("ablate",),
        metavar="NAMES",
        parse=names_of,
    )
    reference: str = option(
        "What variants are added to: baseline, or best (found by a search).",
        default="baseline",
        commands=("ablate",),
        flags=("--from",),
    )
    retune: bool = option(
        "Tune the baseline and each variant too, with the same budget.", default=False, kind=bool, commands=("ablate",)
    )
    searches: int | None = option(
        "Independent searches of each variant and control that --retune tunes, search k of all from one seed; what "
        "each finds is trained on --replicates seeds.",
        default=None,
        kind=int,
        commands=("ablate",),
        metavar="K",
        shown="1",
        least=1,
        most=100,
        stored=OnStored.TARGET,
    )
    replicates: int | None = option(
        "Trials of each variant, paired by seed with the baseline's.",
        default=None,
        kind=int,
        commands=("ablate",),
        shown=str(REPLICATES),
        least=0,
        most=1_000,
        stored=OnStored.TARGET,
    )

    withdraw: tuple[str, ...] = option(
        "Take variants out, separated by commas: their trials stay, none is trained any more, and no verdict gets "
        "better by it. Trains nothing.",
        default=(),
        commands=("ablate",),
        metavar="NAMES",
        parse=names_of,
    )

    @property
    def needs_search(self) -> bool:
        """Whether it needs a search, for the tuned best or for re-tuning."""
        return self.retune or self.reference == "best" or self.design == Design.PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalRequest:
    """What `final` was asked for beside the options of `resume`."""

    epochs: int | None = option(
        "Epochs of each of these final trials.",
        default=None,
        kind=int,
        commands=("final",),
        shown="the study's",
        least=1,
        most=MANY,
    )
    replicates: int | None = option(
        "Of these final trials, each on its own seed; replicate r has the seed that it has in the study's others.",
        default=None,
        kind=int,
        commands=("final",),
        shown=f"the study's; {Budget().replicates} where it has none",
        least=1,
        most=1_000,
        stored=OnStored.TARGET,
    )
    trial: int | None = option(
        "The configuration of this search trial instead of the best's.",
        default=None,
        kind=int,
        commands=("final",),
        metavar="N",
        shown="the best",
        least=0,
        most=MANY,
    )
    baseline: bool = option(
        "The baseline's configuration instead of the best's.", default=False, kind=bool, commands=("final",)
    )
    values: tuple[str, ...] = option(
        "The baseline with this value, or --trial N with it; repeatable.",
        default=(),
        kind=list[str],
        commands=("final",),
        flags=("--set",),
        metavar="NAME=VALUE",
        parse=tuple,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of a command; what was not given is None or absent, so that a stored study keeps its own."""

    dataset: str | None = option(
        "A data set's name, a folder, IDX, .npz, CSV or .mat files, or auto: MNIST, else digits; of a stored study, "
        "where its data is now.",
        default=None,
        commands=_ALL,
        shown="that of the space's stored study; auto where there is none",
    )
    data_root: Path | None = option(
        "Folder of the published data sets; downloads go there.",
        default=None,
        kind=Path,
        commands=(*_ALL, "data"),
        environment="STUDY_DATA_ROOT",
        shown="that of the stored study; data where there is none",
    )
    files: str | None = option(
        "Folder or URL (s3://BUCKET/PREFIX, any of fsspec's) for checkpoints and weights, in which each database has "
        "its own; those of a stored study are moved there. STUDY_FILES gives that of new studies.",
        default=None,
        commands=("run", "ablate"),
        metavar="PLACE",
        shown="beside the trial database; of a server, below the working folder",
    )
    storage: str = option(
        "The trial database: a URL, or the path of an SQLite file.",
        default=DEFAULT_STORAGE,
        commands=_ALL,
        environment="STUDY_STORAGE",
    )
    space: str | None = option(
        "Where the study's space is now, if it was moved.", default=None, commands=("resume", "final"), metavar="SPACE"
    )
    given: Mapping[str, Any] = field(default_factory=dict)
    """What was given of the fields of `PARTS`: DataOptions, a Budget, a Method, EngineOptions."""
    train_size: int | None = option(
        "Train on a stratified subset of this many images, for a quick look.",
        default=None,
        kind=int,
        least=1,
        most=2**31 - 1,
    )
    values: tuple[str, ...] = option(
        "Fix a parameter instead of tuning it; repeatable.",
        default=(),
        kind=list[str],
        flags=("--set",),
        metavar="NAME=VALUE",
        parse=tuple,
    )
    name: str | None = option(
        "Of a study beside others of the same space and data, with its own budget and method: SPACE@DATASET:NAME.",
        default=None,
        shown="the study without a name",
    )
    tried: tuple[str, ...] = option(
        "Settings to try before the sampler is asked, such as learning_rate=0.003,width=48; what is left out is as in "
        "the baseline; repeatable.",
        default=(),
        kind=list[str],
        commands=("run",),
        flags=("--try",),
        metavar="NAME=VALUE,...",
        joined=True,
        parse=tuple,
    )
    prune_tried: bool = option(
        "Let what --try asks for be pruned, paused and ended by patience like other trials.",
        default=False,
        kind=bool,
        commands=("run",),
    )
    standby: bool = option(
        "Where another process runs the study: watch it, take over if it dies, and go on when it has ended.",
        default=False,
        kind=bool,
        commands=_ALL,
    )
    log: Path | None = option(
        "Append what happens to this file, a line of JSON for each event.",
        default=None,
        kind=Path,
        commands=_ALL,
        metavar="FILE",
        shown="no log",
    )
    notify: str | None = option(
        "Shell command to run once when this one ends, however it ends; docs/commands.md tells what it is told.",
        default=None,
        commands=_ALL,
        metavar="COMMAND",
        shown="nobody is notified",
    )
    failed: bool = option(
        "Take up again, from their first epoch, trials that failed.",
        default=False,
        kind=bool,
        commands=_ALL,
        flags=("--failed", "--retry-failed"),
    )
    diverged: bool = option(
        "Take up again trials whose loss was not finite.",
        default=False,
        kind=bool,
        commands=_ALL,
        flags=("--diverged", "--retry-diverged"),
    )
    code_changed: CodeDecision | None = option(
        "Where the model's source changed since trials were trained by it. keep: they count on. again: they are put "
        "aside as stale, and trained again.",
        default=None,
        commands=_ALL,
        choices=tuple(ANSWERS),
        metavar="|".join(ANSWERS),
        parse=_answer,
        shown="such a study is refused",
    )
    ablation: AblationRequest | None = None
    """Of `ablate`."""
    final: FinalRequest | None = None
    """Of `final`."""
    command: str = ""
    """As it was typed, without secrets; kept for the report's provenance."""
    begun: str = ""
    """When the command began: what ends badly after that stays ended."""

    @classmethod
    def of(cls, **values: Any) -> Request:  # noqa: ANN401 - fields of several dataclasses
        """Return the request with these options, whichever of the dataclasses has them.

        Args:
            values: Name -> value; what is None was not given.

        Raises:
            TypeError: There is no option of a name.
        """
        known = {name: value for name, value in values.items() if value is not None}
        own = {entry.name for entry in fields(cls)}
        given = {name: known.pop(name) for name in list(known) if name not in own}
        unknown = given.keys() - {entry.name for part in PARTS for entry in fields(part)}
        if unknown:
            raise TypeError(f"there is no option {', '.join(sorted(unknown))}")
        return cls(given=given, **known)

    @property
    def data_options(self) -> DataOptions:
        """How data is to be read that no study has stored.

        Raises:
            StudyError: No data could be read in that way.
        """
        return DataOptions(**self.part(DataOptions))

    @property
    def training(self) -> EngineOptions:
        """Who trains, and where.

        Raises:
            StudyError: The options do not go together.
        """
        return EngineOptions(**self.part(EngineOptions))

    @property
    def withdraws(self) -> bool:
        """Whether variants are to be withdrawn from an ablation, and nothing trained."""
        return self.ablation is not None and bool(self.ablation.withdraw)

    @property
    def retry(self) -> Retry:
        """What ended badly and is taken up again."""
        asked = ((TrialState.FAILED, self.failed), (TrialState.DIVERGED, self.diverged))
        return Retry(tuple(state for state, wanted in asked if wanted), before=self.begun)

    def part(self, owner: Part, *, only: OnStored | None = None) -> dict[str, Any]:
        """Return what was given of the fields of one of `PARTS`, of all or of those with one fate."""
        stated = options_of(owner)
        return {
            name: value
            for name, value in self.given.items()
            if name in stated and (only is None or stated[name].stored is only)
        }


OWN = (AblationRequest, FinalRequest)
"""Dataclasses whose options belong to one command alone, `ablate` and `final`."""
OWNERS = (*OWN, Request, *PARTS)
"""Whose fields are options; a name that two of them have belongs to different commands."""


def stated_options(command: str) -> dict[str, Option]:
    """Return the options of a command: name of the field that states it -> option."""
    return {name: stated for owner in OWNERS for name, stated in options_of(owner, command).items()}


def options_given(request: Request, wanted: Callable[[Option], bool]) -> Iterator[str]:
    """Yield the flags of a budget's and a method's options that were given, of those that are wanted."""
    for owner in (Budget, Method):
        for name, stated in options_of(owner).items():
            if name in request.given and wanted(stated):
                yield flag(name, stated)


def check_request(request: Request) -> None:
    """Check the options as far as that takes no data: nothing is loaded or downloaded yet.

    Raises:
        StudyError: No study could have these options.
    """
    for owner in PARTS:
        check_options(owner, request.given)
    _ = request.data_options  # refuses what does not go together
    check_options(Request, {name: getattr(request, name) for name in options_of(Request)})
    if request.ablation is not None:
        counts = {"replicates": request.ablation.replicates, "searches": request.ablation.searches}
        check_options(AblationRequest, counts)
    if request.final is not None:
        check_options(FinalRequest, {name: getattr(request.final, name) for name in options_of(FinalRequest)})
    method(request)
    if request.name is not None and not re.fullmatch(NAME, request.name):
        raise StudyError(
            f"--name has 1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit, not {request.name!r}"
        )
    if request.prune_tried and not request.tried:
        raise StudyError("--prune-tried is about what --try asks for, which was not given")
    _check_workers(request)


def _check_workers(request: Request) -> None:
    """Check the number of workers against who trains.

    Raises:
        StudyError: They do not go together.
    """
    training, workers = request.training, request.given.get("workers")
    if workers is None:
        return
    if training.engine == "inline" and workers > 1:
        raise StudyError(f"--engine inline trains one trial at a time, in this process, not {workers}")
    if training.workers_per_gpu is not None:
        raise StudyError("--workers says how many there are in all, --workers-per-gpu how many on each GPU: give one")
    most = WORKERS_PER_CORE * (os.cpu_count() or 1)
    if training.engine == "local" and workers > most:
        raise StudyError(
            f"--workers is at most {most}, {WORKERS_PER_CORE} for each core of this machine: more would only wait for "
            f"each other, not {workers:,}"
        )


def budget(request: Request) -> Budget:
    """Return what a new study may spend."""
    given = request.part(Budget)
    if request.ablation is not None:  # `run` may search and replicate later
        given = {"trials": Budget().trials if request.ablation.needs_search else 0, **given, "replicates": 0}
    return Budget(**given)


def method(request: Request, stored: Method | None = None, *, search: bool = False, own: bool = False) -> Method:
    """Return how a study is searched and trained; where no pruner was said, it is one that goes with the rest.

    Several objectives prune nothing. Whether a model that trains itself can go on after a pause shows only when it is
    trained, so it is not paused: its trials are compared by the median or, where no timing may count, not at all.

    Args:
        request: What was given.
        stored: What the rest is taken from; the defaults where there is none.
        search: Whether to take up what concerns the search alone.
        own: Whether the model trains itself.

    Raises:
        StudyError: There is no such sampler, pruner or objective, or they do not go together.
    """
    stored = Method() if stored is None else stored
    known = {entry.name: getattr(stored, entry.name) for entry in fields(Method)}
    stated = options_of(Method)
    given = {name: value for name, value in request.part(Method).items() if stated[name].search or not search}
    if len(given.get("objectives", stored.objectives)) > 1:
        known["pruner"] = "none"
    elif own and known["pruner"] == Method().pruner:
        known["pruner"] = "median" if given.get("reproducible", stored.reproducible) is None else "none"
    return Method(**{**known, **given})
