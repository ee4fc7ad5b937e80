"""What an ablation is, what its arms are, and the trials of an arm: plain values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from study.database import AblationRow, Columns
from study.design import REPLICATES, Design, Role, Setting
from study.errors import StudyError, nearest
from study.plan import Plan
from study.seeds import derive
from study.space import SearchSpace
from study.trial import Phase, Scalar, Trial, differences

REFERENCES = ("baseline", "best")
MOST_FACTORS = 8
"""2 ** 8 arms are already more than most can train."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """What was asked for."""

    design: Design = Design.ONE_AT_A_TIME
    reference: str = "baseline"
    variants: tuple[str, ...] = ()
    """Names, in the space's order."""
    factors: tuple[str, ...] = ()
    replicates: int = REPLICATES
    """Seeds of each arm."""
    retuned: tuple[str, ...] = ()
    """Those of the variants that are tuned as well."""
    searches: int = 1
    """Independent searches of each re-tuned arm."""

    @property
    def name(self) -> str:
        """What tells it from the study's other ablations; asking for more variants or seeds extends it."""
        suffix = f" of {', '.join(self.factors)}" if self.factors else ""
        return f"{self.design.value}{suffix}{' from best' if self.reference == 'best' else ''}"

    @property
    def needs_search(self) -> bool:
        """Whether it needs a search."""
        return bool(self.retuned) or self.reference == "best" or self.design is Design.PATH

    def columns(self, study: str) -> Columns:
        """Return columns of the ablation table."""
        return {
            "study": study,
            "name": self.name,
            "design": self.design.value,
            "reference": self.reference,
            "factors": list(self.factors),
            "variants": list(self.variants),
            "retuned": list(self.retuned),
            "replicates": self.replicates,
            "searches": self.searches,
        }

    @classmethod
    def from_row(cls, row: AblationRow) -> Ablation:
        """Rebuild it from its row."""
        return cls(
            design=Design(row.design),
            reference=row.reference,
            variants=row.variants,
            factors=row.factors,
            replicates=row.replicates,
            retuned=row.retuned,
            searches=row.searches,
        )

    def extended(self, row: AblationRow | None) -> Ablation:
        """Return the stored ablation of this name with what is asked for now as well."""
        if row is None:
            return self
        stored = Ablation.from_row(row)
        return Ablation(
            design=self.design,
            reference=self.reference,
            variants=_united(stored.variants, self.variants),
            factors=self.factors,
            replicates=max(self.replicates, stored.replicates),
            retuned=_united(stored.retuned, self.retuned),
            searches=max(self.searches, stored.searches),
        )

    def news(self, row: AblationRow | None, returned: Collection[str] = ()) -> list[str]:
        """Return what it asks for beside the stored ablation of its name, in words for the plan's history.

        Args:
            row: The stored one, if there is any.
            returned: Variants that were withdrawn and come back, of which the history tells already.
        """
        if row is None:
            parts = {"variants": self.variants, "re-tuned": self.retuned}
            told = [f"{kind} {', '.join(names)}" for kind, names in parts.items() if names]
            told.append(f"seeds {self.replicates}")
            told += [f"searches {self.searches}"] if self.retuned else []
            return [f"ablation {self.name} begun: {'; '.join(told)}"]
        stored, found = Ablation.from_row(row), []
        for kind, now, before in (
            ("variants", self.variants, stored.variants),
            ("re-tuned", self.retuned, stored.retuned),
        ):
            if added := [name for name in now if name not in (*before, *returned)]:
                found.append(f"{kind} added: {', '.join(added)}")
        for kind, number, was in (
            ("seeds", self.replicates, stored.replicates),
            ("searches", self.searches, stored.searches),
        ):
            found += [f"{kind} were {was}, now {number}"] if number != was else []
        return [f"ablation {self.name}: {what}" for what in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One configuration of an ablation, to be trained on each of its seeds."""

    name: str
    role: Role
    setting: Setting = Setting.FIXED
    control: str | None = None
    """The arm it is compared with; None for what others are compared with."""
    matched: str | None = None
    """The size-matched arm it is compared with as well."""
    factors: tuple[str, ...] = ()
    """The variants in it."""
    removed: str | None = None
    """The variant taken out of the full model; None in other designs."""
    step: int | None = None
    """Of a path: 0 for its start."""
    held: Mapping[str, Scalar] = field(default_factory=dict)
    """Of a re-tuned arm: what its searches do not tune."""
    search: int = 1
    """Of a re-tuned arm: which of its searches finds the configuration, from 1."""
    configuration: Mapping[str, Scalar] | None
    """Every field; None while the search that finds it is not finished."""
    reason: str = ""

    def columns(self, plan: Plan) -> Columns:
        """Return columns of the arm table."""
        configuration = None if self.configuration is None else dict(self.configuration)
        return {
            "setting": self.setting.value,
            "name": self.name,
            "role": self.role.value,
            "control": self.control,
            "matched": self.matched,
            "factors": list(self.factors),
            "removed": self.removed,
            "step": self.step,
            "changes": dict(self.held) if configuration is None else differences(configuration, plan.baseline),
            "configuration": configuration,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """A place of an arm for one trial."""

    replicate: int
    """Counted from 0, within its search."""
    seed: int
    trial: Trial | None
    """None while the arm's configuration is not known."""
    search: int = 1
    """Which of a re-tuned arm's searches finds the configuration; 1 of other arms."""

    def columns(self) -> Columns:
        """Return columns of the planned_trial table."""
        trial = self.trial.id if self.trial else None
        return {"search": self.search, "replicate": self.replicate, "seed": self.seed, "trial": trial}


def planned_trials(plan: Plan, arm: Arm, replicates: int) -> list[PlannedTrial]:
    """Return an arm's planned trials, of one of its searches where it is re-tuned.

    Replicate r of a search has one seed in every arm but the noise floor, and another one in every other search: what
    two searches find is compared with their controls independently.
    """
    stream = ["noise floor" if arm.role is Role.NOISE_FLOOR else "ablate"]
    if arm.search > 1:
        stream.append(f"search {arm.search}")
    seeds = [derive(plan.method.seed, *stream, number) for number in range(replicates)]
    return [
        PlannedTrial(number, seed, _trial(plan, arm, number, seed), arm.search) for number, seed in enumerate(seeds)
    ]


def _trial(plan: Plan, arm: Arm, replicate: int, seed: int) -> Trial | None:
    if arm.configuration is None:
        return None
    configuration = dict(arm.configuration)
    return Trial(
        study=plan.study,
        phase=Phase.ABLATE,
        variant=arm.name,
        configuration=configuration,
        changes=differences(configuration, plan.baseline),
        seed=seed,
        epochs=plan.budget.epochs,
        replicate=replicate,
    )


def refuse_options(ablation: Ablation) -> None:
    """Check that the options go together.

    Raises:
        StudyError: They do not; none of them is ignored in silence.
    """
    design = ablation.design
    if ablation.replicates < 1:
        raise StudyError(f"--replicates of an ablation is at least 1, not {ablation.replicates}")
    if ablation.reference not in REFERENCES:
        hint = nearest(ablation.reference, REFERENCES)
        raise StudyError(f"--from is one of {', '.join(REFERENCES)}, not {ablation.reference!r}{hint}")
    if (design is Design.FACTORIAL) != bool(ablation.factors):
        given = ", ".join(ablation.factors) or "none"
        raise StudyError(f"--factors and --design factorial go together, not {given} with --design {design.value}")
    if ablation.factors and not 2 <= len(set(ablation.factors)) == len(ablation.factors) <= MOST_FACTORS:
        raise StudyError(f"--factors takes 2 to {MOST_FACTORS} different variants, not {', '.join(ablation.factors)}")
    if ablation.retuned:
        refuse_retuning(design)
    if ablation.searches > 1 and not ablation.retuned:
        raise StudyError(f"--searches {ablation.searches} counts the searches of --retune, which was not given")
    if design is Design.PATH and ablation.reference == "best":
        raise StudyError("--design path goes from the baseline to the best; --from best has no place in it")
    if design is Design.LEAVE_ONE_OUT and ablation.reference == "best":
        raise StudyError("--design leave-one-out starts from the full model; --from best has no place in it")


def refuse_retuning(design: Design) -> None:
    """Check that the arms of the design can be re-tuned.

    Raises:
        StudyError: They cannot.
    """
    if design is not Design.ONE_AT_A_TIME:
        raise StudyError(f"--retune goes with --design one-at-a-time, not with {design.value}")


def find_variants(names: Sequence[str], space: SearchSpace, option: str) -> tuple[str, ...]:
    """Return the names, checked, in the space's order.

    Raises:
        StudyError: The space has no such variant.
    """
    known = [variant.name for variant in space.variants]
    for name in names:
        if name not in known:
            allowed = ", ".join(known) or "none at all"
            raise StudyError(
                f"{option} takes variants of space {space.name!r}, which has {allowed}, "
                f"not {name!r}{nearest(name, known)}"
            )
    return tuple(name for name in known if name in names)


def _united(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return (*first, *(name for name in second if name not in first))
