"""A study that can run: its plan with its data, what is asked of it, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from study.ablation import Ablation, Arm
from study.data import TrialData
from study.database import FinalRow, PlanRow
from study.plan import Plan
from study.prepare.code_changed import CodeChange
from study.prepare.plan_changes import changes_of
from study.prepare.tries import Asked
from study.trial import CodeDecision


@dataclass(frozen=True, slots=True)
class Launch:
    """A plan with its images, ready to run."""

    plan: Plan
    data: TrialData
    devices: tuple[str, ...]
    """One for each worker of this machine; none where a Ray cluster has the workers."""
    row: PlanRow | None
    """The stored plan, if the study was begun before."""
    notes: tuple[str, ...] = ()
    """What the user should know of the data, a sentence each."""
    code_changes: tuple[CodeChange, ...] = ()
    """What becomes of trials whose code is another one now."""
    tries: Asked = field(default_factory=Asked)
    """Of a search, what it is to try beside what its sampler proposes."""
    ablation: Ablation | None = None
    """All that was asked of the ablation, now and before; None for a search with its replicates."""
    arms: tuple[Arm, ...] = ()
    """Of the ablation, as far as they are known beforehand: if variants are added to a search's best, some change."""
    returned: tuple[str, ...] = ()
    """Variants of the ablation that were withdrawn, and are asked for again."""
    finals: tuple[FinalRow, ...] = ()
    """Final trials that were asked for by name; none for a search with its replicates, and of an ablation."""
    finished: bool = False
    """Whether nothing is left to train."""
    counts: str = ""
    """How far it is, in words."""

    @property
    def stale(self) -> frozenset[str]:
        """Hashes of the code whose trials are put aside when this is launched."""
        return frozenset(change.before for change in self.code_changes if change.decision is CodeDecision.AGAIN)

    @property
    def moves(self) -> bool:
        """Whether checkpoints and weights are to be kept elsewhere from now on."""
        return self.row is not None and self.row.files != self.plan.files

    @property
    def plan_changes(self) -> list[str]:
        """What changed in a stored study's plan, a sentence each; nothing of a new one."""
        return [] if self.row is None else changes_of(self.row, self.plan)

    @property
    def decides(self) -> bool:
        """Whether something is to be kept of it though nothing is left to train."""
        return bool(self.code_changes or self.plan_changes) or self.moves

    @property
    def search_seconds(self) -> float:
        """How long the study has searched so far."""
        return self.row.search_seconds if self.row else 0.0
