"""The suggestions of which nothing is known for sure: one table a study, and what would tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.ablation_commands import ablation_command, extension_command
from reports.ablation_words import SETTINGS, effect_text, verdict_text
from reports.document import Block, Column, Commands, Paragraph, Table, tabulate
from reports.frames import Frames
from reports.statistics import LEVEL, POWER
from reports.suggestions import Suggestion, as_of_the_part

MOST_SEEDS = 200
"""An effect that needs more seeds than this is too small to be worth them."""
NOT_TESTED = "not tested"
_COLUMNS = ["study", "suggestion", "reason", "changes", "ablation", "setting", "design", "effect", "low", "high"]
_COLUMNS += ["p_holm", "n", "seeds_needed", "matched", "matched_low", "verdict", "verdict_reason", "unfinished"]


def undecided(found: Sequence[Suggestion]) -> pd.DataFrame:
    """Returns a row for each ablation of each suggestion, and one for a suggestion that has none.

    Returns:
        `study, suggestion, reason, changes`; `ablation, setting, design, effect, low, high, p_holm, n, seeds_needed,
        matched, matched_low, verdict, verdict_reason` as from `effects`, the effect that of the part where a part was
        taken out; `unfinished`: trainings, its control's among them. A suggestion that was not tested has the verdict
        `NOT_TESTED`, no seeds, and the rest missing.
    """
    rows: list[dict[Any, Any]] = []
    for suggestion in found:
        told = {"study": suggestion.study, "suggestion": suggestion.name}
        told |= {"reason": suggestion.reason, "changes": suggestion.changes}
        for row in suggestion.rows.to_dict("records"):
            unfinished = row["unfinished"] + row["control_unfinished"]
            rows.append({**as_of_the_part(row), **told, "unfinished": unfinished})
        if suggestion.rows.empty:
            rows.append({**told, "n": 0, "unfinished": 0, "verdict": NOT_TESTED, "verdict_reason": ""})
    return pd.DataFrame(rows, columns=_COLUMNS)


def blocks(frames: Frames, found: Sequence[Suggestion]) -> list[Block]:
    """Returns the table of each study that has any such suggestion, and what would tell of them."""
    table = undecided(found)
    shown: list[Block] = []
    for study, rows in table.groupby("study", sort=False):
        shown.append(_shown(str(study), rows))
        shown += _remedies(frames, str(study), rows)
    return shown


def _shown(study: str, rows: pd.DataFrame) -> Table:
    columns = [
        Column("Suggestion", form.shown("suggestion")),
        Column(f"Effect (points, {LEVEL} interval)", effect_text, numeric=True),
        Column("Verdict", lambda row: verdict_text(row, brief=True)),
        Column("p, Holm", form.shown("p_holm", form.probability), numeric=True),
        Column("Seeds", form.shown("n", form.whole), numeric=True),
        Column("Seeds needed", form.shown("seeds_needed", _needed), numeric=True),
        Column("Tried", _tried),
        Column("Says", form.shown("reason")),
        Column("Changes", form.shown("changes")),
    ]
    return tabulate(f"undecided {study}", f"Suggestions of {study} that are not decided", rows, columns)


def _tried(row: Mapping[Any, Any]) -> str:
    if form.is_missing(row["ablation"]):
        return form.MISSING
    return f"{row['ablation']}, {SETTINGS.get(row['setting'], row['setting'])}"


def _needed(seeds: float) -> str:
    return "over 1,000" if seeds == float("inf") else form.whole(seeds)


def _remedies(frames: Frames, study: str, rows: pd.DataFrame) -> list[Block]:
    """Says once what would tell more of a study's suggestions, and what would test the others."""
    tested = rows[rows["verdict"] != NOT_TESTED]
    waiting = tested[tested["unfinished"] > 0]
    shown = _continued(frames, waiting) if len(waiting) else _with_more_seeds(frames, tested)
    untested = rows.loc[rows["verdict"] == NOT_TESTED, "suggestion"].tolist()
    if untested:
        shown += [Paragraph("To test what was not tested:"), Commands((ablation_command(frames, study, untested),))]
    return shown


def _continued(frames: Frames, waiting: pd.DataFrame) -> list[Block]:
    chosen = _of_one_command(waiting, waiting.iloc[0])
    text = f"Trainings of {chosen['ablation'].iloc[0]} are left to do; to go on:"
    return [Paragraph(text), Commands((_extension(frames, chosen),))]


def _with_more_seeds(frames: Frames, tested: pd.DataFrame) -> list[Block]:
    """Takes the fewest seeds that would tell of any suggestion, and names those of which no number would."""
    wanting = tested[tested["seeds_needed"] > tested["n"]]
    affordable = wanting[wanting["seeds_needed"] <= MOST_SEEDS]
    shown: list[Block] = []
    if not affordable.empty:
        nearest = affordable.sort_values("seeds_needed", kind="stable").iloc[0]
        same = _of_one_command(affordable, nearest)
        chosen = same[same["seeds_needed"] == nearest["seeds_needed"]]
        seeds = int(nearest["seeds_needed"])
        text = (
            f"To know more surely, with more seeds (of every arm): {seeds} would tell of "
            f"{_joined(chosen['suggestion'])} ({nearest['ablation']}) with a chance of {100 * POWER:.0f} %, were the "
            "effect what it seems."
        )
        shown += [Paragraph(text), Commands((_extension(frames, chosen, seeds),))]
    hopeless = wanting.loc[~wanting["suggestion"].isin(affordable["suggestion"]), "suggestion"]
    if not hopeless.empty:
        text = (
            f"No affordable number of seeds ({MOST_SEEDS} at most) would tell of {_joined(hopeless)}: the effect, if "
            "there is one, is too small."
        )
        shown.append(Paragraph(text))
    return shown


def _of_one_command(rows: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """Returns those of the same ablation and setting: a command for more of them would begin new searches."""
    same: pd.DataFrame = rows[(rows["ablation"] == row["ablation"]) & (rows["setting"] == row["setting"])]
    return same


def _extension(frames: Frames, chosen: pd.DataFrame, seeds: int | None = None) -> str:
    names = list(dict.fromkeys(chosen["suggestion"]))
    return extension_command(frames, chosen.iloc[0].to_dict(), names, seeds)


def _joined(names: pd.Series) -> str:
    unique = list(dict.fromkeys(names))
    return " and ".join(filter(None, [", ".join(unique[:-1]), unique[-1]]))
