"""Whether the code that trains a study's model is what its trials were trained by, and what becomes of them if not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from study.catalog import Code
from study.database import TrialDatabase
from study.database.code import alike, stored_code
from study.errors import StudyError
from study.trial import CodeDecision, TrialState


@dataclass(frozen=True, slots=True)
class CodeChange:
    """Code that trained some of a study's trials and is not the code of now."""

    before: str
    """Its hash."""
    trials: int
    changes: tuple[str, ...]
    """A text for each module that changed since."""
    decision: CodeDecision

    def sentence(self, study: str) -> str:
        """Say what is done with the trials."""
        counted = f"{self.trials} trial{'s' if self.trials != 1 else ''}"
        what = ", ".join(self.changes) or "white space"
        before = f"{study}: {counted} trained before {what} changed"
        return {
            CodeDecision.KEEP: f"{before} count on, as --code-changed keep says",
            CodeDecision.AGAIN: f"{before} are stale, and trained again",
            CodeDecision.SAME: f"{before} with this program count on, for its models give the same numbers",
            CodeDecision.COMMENTS: (
                f"{study}: {what} changed in comments, docstrings or its space alone; its {counted} count on"
            ),
        }[self.decision]


def code_changes(
    study: str, now: Code, stored: Sequence[tuple[Code, int]], accepted: Collection[str], asked: CodeDecision | None
) -> tuple[CodeChange, ...]:
    """Return what changed since trials were trained, and what is to be done with them.

    Args:
        study: The study's name.
        now: The code of its model as it is.
        stored: The code of earlier trials, each with how many it trained that are not stale.
        accepted: Hashes that count as `now`: its own, and those that were kept at an earlier change.
        asked: What `--code-changed` said, KEEP or AGAIN, if anything.

    Raises:
        StudyError: Something else than comments changed, and nothing was asked.
    """
    found = []
    for code, trials in stored:
        if code.hash in accepted:
            continue
        decision = _known(now, code) or asked
        changes = tuple(now.changes_since(code))
        if decision is None:
            raise StudyError(
                f"study {study!r} cannot go on as it is: what {trials} of its trials were trained by has changed "
                f"since: {', '.join(changes)}. --code-changed keep lets them count on (nothing that trains changed), "
                f"--code-changed again puts them aside as stale and trains them again"
            )
        found.append(CodeChange(code.hash, trials, changes, decision))
    return tuple(found)


def _known(now: Code, before: Code) -> CodeDecision | None:
    """Return what is decided without being asked; None where nobody but the user knows."""
    if now.trains_like(before):
        return CodeDecision.COMMENTS
    return CodeDecision.SAME if now.is_known_alike(before) else None


def find_code_changes(
    database: TrialDatabase, study: str, now: Code, asked: CodeDecision | None
) -> tuple[CodeChange, ...]:
    """Return `code_changes` of a study, as far as it is stored, and of those that re-tune arms of its ablations."""
    rows = stored_code(database, with_retunings(database, study))
    stored = [(Code(row.files, row.training), trials) for row, trials in rows]
    return code_changes(study, now, stored, alike(database, study, now.hash), asked)


def unknown_code(database: TrialDatabase, study: str) -> list[str]:
    """Return a sentence if a study has trials whose code was not kept: an older program trained them."""
    trials = sum(trial.code is None and trial.state is not TrialState.FAILED for trial in database.trials(study))
    if not trials:
        return []
    return [
        f"{study}: {trials} of its trials were trained by a program that did not keep their source; whether the model "
        f"has changed since is not known"
    ]


def with_retunings(database: TrialDatabase, study: str) -> list[str]:
    """Return a study's name and those of the studies that re-tune arms of its ablations."""
    return [study, *(row.study for row in database.plans() if row.parent == study)]
