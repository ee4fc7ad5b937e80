"""Every variant of every space as a claim: what its ablations say of it, or the command that would test it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.claims import effect_line
from reports.document import Card, Link, Stance
from reports.effects import effects
from reports.frames import Frames
from reports.pairs import VARIANT
from reports.rivals import ablation_command
from reports.statistics import HELPS, HURTS

_LINKS = (Link("ablation", "ablation"),)
_MOST_SEEDS = 200
"""An effect that needs more seeds than this is too small to be worth them."""


def cards(frames: Frames) -> list[Card]:
    """Returns a card for each study and variant that its space declares, in the order of the spaces."""
    table = effects(frames)
    table = table[table["role"] == VARIANT]
    found = []
    for plan in frames.plans.to_dict("records"):
        rows = table[table["study"] == plan["study"]]
        for variant in plan["definition"]["variants"]:
            found.append(_card(frames, plan, variant, rows[rows["arm"] == variant["name"]]))
    return found


def _card(frames: Frames, plan: Mapping[Any, Any], variant: Mapping[str, Any], rows: pd.DataFrame) -> Card:
    claim = f"{variant['reason'] or 'A variant'} ({variant['name']}, {plan['study']})"
    command = _command(frames, plan["study"], variant["name"], rows)
    changes = f"Changes {', '.join(f'{name} = {form.setting(value)}' for name, value in variant['changes'].items())}."
    if rows.empty:
        return Card(claim=claim, stance=Stance.UNTESTED, verdict="not tested", text=changes, command=command)
    lines: tuple[list[str], list[str]] = ([], [])
    for row in rows.to_dict("records"):
        if not form.is_missing(row["effect"]):
            lines[0 if row["effect"] > 0 else 1].append(_line(row))
    stance = _stance(rows)
    text = f"{changes} Test accuracy, paired by seed; p by exact sign flips, Holm's correction over the ablation."
    return Card(
        claim=claim,
        stance=stance,
        verdict=_verdict(rows),
        text=text,
        evidence_for=tuple(lines[0]),
        evidence_against=tuple(lines[1]),
        links=_LINKS,
        command=command if stance is Stance.UNDECIDED else "",
    )


def _stance(rows: pd.DataFrame) -> Stance:
    helps, hurts = rows["verdict"].eq(HELPS).any(), rows["verdict"].eq(HURTS).any()
    if helps and hurts:
        return Stance.MIXED
    if helps or hurts:
        return Stance.FOR if helps else Stance.AGAINST
    return Stance.UNDECIDED


def _verdict(rows: pd.DataFrame) -> str:
    """The ablation's own words; each with its setting where they differ."""
    said = [f"{row['verdict']}{_because(row)}" for row in rows.to_dict("records")]
    if len(set(said)) == 1:
        return said[0]
    names = [f"{row['setting']}: " for row in rows.to_dict("records")]
    if len(set(names)) < len(names):
        names = [f"{row['ablation']}, {row['setting']}: " for row in rows.to_dict("records")]
    return "; ".join(name + words for name, words in zip(names, said, strict=True))


def _because(row: Mapping[Any, Any]) -> str:
    return f" ({row['verdict_reason']})" if row["verdict_reason"] else ""


def _line(row: Mapping[Any, Any]) -> str:
    time = "" if form.is_missing(row["seconds_ratio"]) else f", {row['seconds_ratio']:.2f} times the training time"
    return effect_line(row) + time


def _command(frames: Frames, study: str, variant: str, rows: pd.DataFrame) -> str:
    """Returns what would test the variant, or test it with as many more seeds as that takes; "" where no number would.

    An ablation that is finished does nothing when it is asked for again.
    """
    command = ablation_command(frames, study, [variant])
    if rows.empty:
        return command
    unfinished = bool((rows["unfinished"] + rows["control_unfinished"]).gt(0).any())
    numbers = rows[["seeds_for_holm", "seeds_needed"]].to_numpy(dtype=float).ravel()
    needed = max((number for number in numbers if number <= _MOST_SEEDS), default=0.0)
    if needed > rows["n"].max():
        return f"{command} --replicates {needed:.0f}"
    return command if unfinished else ""
