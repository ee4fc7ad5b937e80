"""What a command was asked, before anything is looked up: each option as it was given, and what no study could have.

Loads nothing heavy: the commands' own options are made from these fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from study.options.data import DataOptions
from study.options.engine import EngineOptions
from study.options.method import Budget, Method
from study.options.option import OnStored, Option, flag, option, options_of
from study.prepare.own_options import AblationRequest, FinalRequest
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
