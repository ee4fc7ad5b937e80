"""The rows of what trained: machines with their versions, and the source."""

from __future__ import annotations

from dataclasses import dataclass

from study.database.rows.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRow:
    """A machine and the versions on it that trials were trained with. Columns of the environment table."""

    id: str
    python: str
    packages: dict[str, str]
    """Name -> version."""
    platform: str
    processor: str
    cores: int
    memory_bytes: int
    accelerator: str | None
    code_version: str
    git_commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """The source that trials were trained by. Columns of the code table."""

    hash: str
    files: Json
    """Module -> source."""
    training: int
    """Version of this program's training loop."""
    recorded_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChangeRow:
    """What was decided about the trials of changed code. Columns of the code_change table."""

    study: str
    before: str
    """Hash of the code that trained the trials."""
    after: str
    decision: str
    changes: tuple[str, ...]
    """A text for each module that changed."""
    trials: int
    decided_at: str
