"""Every variant of every space as a claim: what its ablations say of it, or the command that would test it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.findings.cards import NOT_TESTED, Line, with_lines
from reports.findings.wording import SETTINGS, effect_lines, verdict_text
from reports.pages.document import Card, Link, Stance
from reports.statistics import Advice, advice
from study.design import Design, Role, Setting
from study.recipe import meaningless

_DRAWN = Link("figure of the effects", "figure-ablation-effects")


@dataclass(frozen=True, slots=True, eq=False)
class Suggestion:
    """A variant of a study's space, and what was measured of it."""

    study: str
    name: str
    reason: str
    changes: Mapping[str, Any]
    """What it sets."""
    rows: pd.DataFrame
    """Of `effects`: its own arms, and those that lack it alone (design `leave-one-out`)."""

    @property
    def advice(self) -> Advice:
        """What its ablations advise together: those that decide must agree. A part that is missed is to be adopted."""
        return next(iter(self._advised)) if len(self._advised) == 1 else Advice.UNPROVEN

    @property
    def stance(self) -> Stance:
        """What its ablations say of it together."""
        if self.rows.empty:
            return Stance.UNTESTED
        if len(self._advised) == 2:
            return Stance.MIXED
        return {Advice.ADOPT: Stance.FOR, Advice.DONT: Stance.AGAINST}.get(self.advice, Stance.UNDECIDED)

    @property
    def decided(self) -> bool:
        """Whether any of its ablations decided anything."""
        return self.stance in (Stance.FOR, Stance.AGAINST, Stance.MIXED)

    @property
    def telling(self) -> dict[Any, Any] | None:
        """The row whose numbers speak for all: one that decides, else the first with an effect; of the part itself.

        Of equals, one with everything else fixed comes first. None where nothing was measured.
        """
        rows = [as_of_the_part(row) for row in self.rows.to_dict("records") if not form.is_missing(row["effect"])]
        rows.sort(key=lambda row: (row["advice"] != self.advice, row["setting"] == Setting.RETUNED))
        return rows[0] if rows else None

    @property
    def _advised(self) -> set[Advice]:
        rows = self.rows.to_dict("records")
        return {advice(row["verdict"], row["design"]) for row in rows} - {Advice.UNPROVEN}


def suggestions(frames: Frames) -> list[Suggestion]:
    """Return each study's and variant's suggestion, in the order of the spaces.

    One that nobody tried is left out where its changes have no meaning for the data, such as a rotation for a table.
    """
    table = effects(frames)
    table = table[table["role"] == Role.VARIANT]
    left_out = table["design"] == Design.LEAVE_ONE_OUT
    found = []
    for study, plan in frames.plan_rows.items():
        own, without_meaning = table["study"] == study, meaningless(plan.spec)
        for variant in plan.definition["variants"]:
            name = variant["name"]
            speaks = table["arm"].eq(name) & ~left_out | table["removed"].eq(name) & left_out
            rows = table[own & speaks]
            if rows.empty and not without_meaning.keys().isdisjoint(variant["changes"]):
                continue
            found.append(Suggestion(study, name, variant["reason"], variant["changes"], rows))
    return found


def card(suggestion: Suggestion, tables: Mapping[tuple[Any, ...], str]) -> Card:
    """Return the card of a suggestion.

    Args:
        suggestion: It may lack every experiment.
        tables: By study and ablation, the names of the tables that show its effects.
    """
    rows = suggestion.rows.to_dict("records")
    changes = ", ".join(f"{field} = {form.value(value)}" for field, value in suggestion.changes.items())
    made = Card(
        claim=f"{suggestion.reason or 'A variant'} ({suggestion.name}, {suggestion.study})",
        stance=suggestion.stance,
        verdict=_verdict(rows) if rows else NOT_TESTED,
        text=f"Changes {changes}.",
        links=_links(rows, tables),
    )
    lines = [line for row in rows for line in _lines(row)]
    gone = [f"{row['ablation']}: withdrawn {row['withdrawn_at'][:10]}" for row in rows if row["withdrawn_at"]]
    return with_lines(made, [*lines, *(Line(text, 0) for text in dict.fromkeys(gone))])


def _links(rows: Sequence[Mapping[Any, Any]], tables: Mapping[tuple[Any, ...], str]) -> tuple[Link, ...]:
    """Lead to the tables with the figures, and to the figure where a row has an effect."""
    named = {row["ablation"]: tables[row["study"], row["ablation"]] for row in rows}
    links = [Link(f"table of {ablation}", f"table-{name}") for ablation, name in named.items()]
    drawn = any(not form.is_missing(row["effect"]) for row in rows)
    return (*links, _DRAWN) if drawn else tuple(links)


def as_of_the_part(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a row of `effects` with its `advice`, turned round where it speaks of a part that was taken out.

    Its effect, time and size then are what the part adds.
    """
    found = {**row, "advice": advice(row["verdict"], row["design"])}
    if row["design"] != Design.LEAVE_ONE_OUT:
        return found
    turned = {"effect": -row["effect"], "low": -row["high"], "high": -row["low"]}  # whichever way is better
    ends = {"seconds_ratio": "seconds_ratio", "seconds_low": "seconds_high", "seconds_high": "seconds_low"}
    for name, other in (ends | {"parameters_ratio": "parameters_ratio"}).items():
        turned[name] = 1 / row[other] if row[other] else math.nan
    return {**found, **turned}


def _lines(row: Mapping[Any, Any]) -> list[Line]:
    turned = as_of_the_part(row)
    if turned["design"] == Design.LEAVE_ONE_OUT:
        turned["ablation"] = f"{turned['ablation']} (what it adds to the rest)"
    return effect_lines(turned)


def _verdict(rows: list[dict[Any, Any]]) -> str:
    """Return the ablations' own words; each with its setting where they differ."""
    said = [verdict_text(row) for row in rows]
    if len(set(said)) == 1:
        return said[0]
    settings = [SETTINGS.get(row["setting"], row["setting"]) for row in rows]
    names = [f"{setting}: " for setting in settings]
    if len(set(names)) < len(names):
        names = [f"{row['ablation']}, {setting}: " for row, setting in zip(rows, settings, strict=True)]
    return "; ".join(name + words for name, words in zip(names, said, strict=True))
