"""The claims that spaces declare of their models, judged by the module that each space names.

A space's field `claims` names a module, which the report imports for the studies whose stored space names it. It has

    def findings(frames: Frames, studies: Sequence[str]) -> Sequence[Finding]: ...

that gets every frame of the report and the names of these studies, and judges them alone. The claims of this program's
own spaces are judged for studies of these spaces, never for those of a user's space of the same name, and a user's
claims for a user's spaces. A user's own suggestions need no claim here: a variant's `reason` is its claim
(`reports.findings.suggestions`).
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reports.analysis.frames import Frames
from reports.findings.cards import Finding
from study.errors import USER_CODE_RAISES
from study.status.published import is_packaged
from study.storable import summary

_PACKAGED = "search_spaces."


class Claims(Protocol):
    """What a module of claims has."""

    def findings(self, frames: Frames, studies: Sequence[str]) -> Sequence[Finding]:
        """Return what is to be said of each claim, from the trials of these studies."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the declared modules found."""

    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    """A sentence on each module that could not be asked."""


def declared(frames: Frames) -> dict[str, list[str]]:
    """Return module -> the studies whose space declares its claims there, in the order of the plans."""
    found: dict[str, list[str]] = {}
    for study, plan in frames.plan_rows.items():
        module = plan.definition.get("claims")
        if module and is_packaged(plan.space_source) == module.startswith(_PACKAGED):
            found.setdefault(module, []).append(study)
    return found


def judged_claims(frames: Frames) -> Judged:
    """Return the findings of every declared module of claims.

    A module that cannot be imported, has no `findings`, or raises is named in `notes`; the report goes on without it.
    """
    findings: list[Finding] = []
    notes = []
    for module, studies in declared(frames).items():
        try:
            asked: Claims = importlib.import_module(module)
            findings += asked.findings(frames, studies)
        except USER_CODE_RAISES as error:
            notes.append(f"The claims of {', '.join(studies)} are not judged: {module}: {summary(error)}.")
    return Judged(tuple(findings), tuple(notes))
