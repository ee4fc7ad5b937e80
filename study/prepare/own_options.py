"""What `ablate` and `final` are asked beside the options that they share with `run` and `resume`."""

from __future__ import annotations

from dataclasses import dataclass

from study.design import REPLICATES, Design
from study.options.method import MANY, Budget
from study.options.option import OnStored, names_of, option


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
