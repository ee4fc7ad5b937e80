"""What the trial database holds of a study, read once for all that a command decides by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from study.database import AblationRow, PlanRow, TrialDatabase, TrialRow, TriedRow
from study.database.tries import stored_tries


@dataclass(frozen=True, slots=True)
class Stored:
    """What the trial database holds of a study."""

    row: PlanRow | None = None
    """None where it was not begun."""
    ablations: Sequence[AblationRow] = ()
    trials: Sequence[TrialRow] = ()
    tries: Sequence[TriedRow] = ()
    """Settings that somebody wanted tried."""
    search_epochs: Mapping[str, int] = field(default_factory=dict)
    """Trial id -> epochs that it has trained, of the search."""


def stored_state(row: PlanRow | None, name: str, database: TrialDatabase) -> Stored:
    """Return what the trial database holds of a study.

    Args:
        row: Its plan; None where it was not begun.
        name: The study's.
        database: Open for reading.
    """
    if row is None:
        return Stored()
    tries, epochs = stored_tries(database, name), database.search_epochs(name)
    return Stored(row, database.ablations(name), database.trials(name), tries, epochs)
