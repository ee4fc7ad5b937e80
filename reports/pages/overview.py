"""What a study answers on the first screen: which suggestions to adopt, the best settings, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reports.pages.figure import FigureBlock


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion in a few words."""

    name: str
    changes: str = ""
    """What it sets: `features=convolution`."""
    effect: str = ""
    """With its interval; empty where nothing was measured."""
    cost: str = ""
    """Of training time and size; empty where it is not known."""
    note: str = ""
    """What has to be known beside the numbers: `a baseline as large may do as well`."""
    anchor: str = ""
    """Of what its evidence is."""

    @property
    def numbers(self) -> str:
        """What follows the name on a page without chips."""
        return ", ".join(filter(None, [self.effect, self.changes, self.cost, self.note]))


@dataclass(frozen=True, slots=True)
class Group:
    """The suggestions of which one thing is to be said."""

    advice: str
    """`Adopt`, `Don't` or `Unproven`."""
    suggestions: tuple[Suggested, ...]
    folded: bool = False
    """Whether their names alone are shown until a reader opens it."""

    @property
    def css(self) -> str:
        """The advice as a name in a style sheet."""
        return {"Adopt": "for", "Don't": "against"}.get(self.advice, "open")

    @property
    def mark(self) -> str:
        """A sign for the advice, so that it is told by more than a colour."""
        return {"Adopt": "✓", "Don't": "✗"}.get(self.advice, "?")

    @property
    def counted(self) -> str:
        """The advice and how many it is given for: `7 unproven`."""
        return f"{len(self.suggestions)} {self.advice.lower()}"


@dataclass(frozen=True, slots=True)
class Change:
    """A hyperparameter whose best value is not the baseline's."""

    name: str
    baseline: str
    best: str


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """A study's card on the first screen."""

    kind: ClassVar[str] = "overview"
    study: str
    number: int
    """Its place among the studies, from 1."""
    groups: tuple[Group, ...]
    scope: str = ""
    """On how much the baseline learned, for how long, and what it reaches: what the suggestions change."""
    suggestions_note: str = ""
    """What stands in for the suggestions, or what their numbers are."""
    figure: FigureBlock | None = None
    """Their effects."""
    best: str = ""
    """Best against baseline, in words."""
    changes: tuple[Change, ...] = ()
    """The best settings, as what differs from the baseline."""
    command: str = ""
    """That trains with the best settings."""
    trust: str = ""
    """Seeds, when they were fixed, variants, error rate."""
    remarks: tuple[str, ...] = ()
    """What a reader has to know beside: a search that goes on, a result no better than guessing, final trials."""
    compact: bool = False
    """Whether it is one of several, so that the settings are folded."""

    @property
    def anchor(self) -> str:
        """Its name in links."""
        return f"study-{self.number}"
