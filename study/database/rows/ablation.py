"""The rows of an ablation: what was asked for, its arms, and their planned trials."""

from __future__ import annotations

from dataclasses import dataclass

from study.database.rows.values import Configuration
from study.trial import TrialState


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationRow:
    """An ablation as it was asked for. Columns of the ablation table."""

    study: str
    name: str
    design: str
    reference: str
    factors: tuple[str, ...]
    variants: tuple[str, ...]
    retuned: tuple[str, ...]
    replicates: int
    searches: int
    """Independent searches of each re-tuned arm."""
    finished: bool
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRow:
    """An arm of an ablation. Columns of the arm table."""

    study: str
    ablation: str
    setting: str
    name: str
    role: str
    control: str | None
    matched: str | None
    factors: tuple[str, ...]
    removed: str | None
    step: int | None
    changes: Configuration
    configuration: Configuration | None
    reason: str
    added_later: bool
    position: int
    planned_at: str
    withdrawn_at: str | None
    """When somebody took it out of the ablation; its trials stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrialRow:
    """A planned trial of an arm. Columns of the planned_trial table, and what its trial came to so far."""

    study: str
    ablation: str
    setting: str
    arm: str
    search: int
    """Which of a re-tuned arm's searches found what it trains, from 1; 1 of an arm that is not re-tuned."""
    replicate: int
    """Within its search, from 0."""
    seed: int
    trial: str | None
    planned_at: str
    state: TrialState | None
    value: float | None

    @property
    def ended(self) -> bool:
        """Whether its trial has ended, however."""
        return self.state is not None and self.state.finished
