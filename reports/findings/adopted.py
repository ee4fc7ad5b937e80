"""Several suggestions to adopt: which contain others, and whether it was tried that their effects add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.analysis.frames import Frames
from reports.drawing import style
from reports.findings.commands import factorial_command
from study.design import Design

MOST_FACTORS = 3
"""Of a factorial design that is proposed: it has an arm for each of their combinations."""


@dataclass(frozen=True, slots=True)
class Together:
    """What is to be said of all suggestions that a study adopts."""

    text: str
    command: str = ""
    """That would tell whether they add up; empty where that was tried, or they exclude one another."""


def together(frames: Frames, study: str, adopted: Sequence[str]) -> Together | None:
    """Return what is to be said of several suggestions to adopt; None where there is nothing.

    Args:
        frames: The study is in them.
        study: Its name in the report.
        adopted: Names of the suggestions, the best first.
    """
    changes = {variant["name"]: variant["changes"] for variant in frames.plan_rows[study].definition["variants"]}
    contained = {name: [other for other in adopted if _within(changes[other], changes[name])] for name in adopted}
    told = [f"{name} contains {style.listed(others)}." for name, others in contained.items() if others]
    factors = _apart([name for name in adopted if not contained[name]], changes)
    if len(factors) < 2 or _tried(frames, study, factors):
        return Together(" ".join(told)) if told else None
    told.append(f"Whether the effects of {style.listed(factors)} add up was not tried.")
    return Together(" ".join(told), factorial_command(frames, study, factors))


def _within(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> bool:
    """Return whether one variant's changes are among those of another that makes more."""
    return len(inner) < len(outer) and inner.items() <= outer.items()


def _apart(names: Sequence[str], changes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the first of the names that change nothing alike, at most `MOST_FACTORS`."""
    found: list[str] = []
    for name in names:
        if all(changes[name].keys().isdisjoint(changes[other]) for other in found):
            found.append(name)
    return found[:MOST_FACTORS]


def _tried(frames: Frames, study: str, factors: Sequence[str]) -> bool:
    ablations = frames.ablations
    tried = ablations.loc[(ablations["study"] == study) & (ablations["design"] == Design.FACTORIAL), "factors"]
    return any(set(factors) <= set(found) for found in tried)
