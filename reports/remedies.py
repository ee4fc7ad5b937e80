"""What would tell more of suggestions that are not decided: commands, each with what it is good for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.ablation_commands import ablation_command, extension_command
from reports.frames import Frames
from reports.statistics import POWER
from reports.suggestions import Suggestion

MOST_SEEDS = 200
"""An effect that needs more seeds than this is too small to be worth them."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A command that would tell more, or why none would."""

    text: str
    command: str = ""


def remedies(frames: Frames, found: Sequence[Suggestion]) -> list[Remedy]:
    """Returns the fewest commands that tell more of some suggestions of one study, and what no command would tell.

    What is unfinished comes first: how many seeds are needed is not known before.
    """
    untested = [suggestion for suggestion in found if suggestion.rows.empty]
    shown = list(_of_tested(frames, [suggestion for suggestion in found if not suggestion.rows.empty]))
    if untested:
        names = [suggestion.name for suggestion in untested]
        text = "To test it:" if len(found) == 1 else "To test what was not tested:"
        shown.append(Remedy(text, ablation_command(frames, untested[0].study, names)))
    return shown


def _of_tested(frames: Frames, found: Sequence[Suggestion]) -> Iterator[Remedy]:
    if not found:
        return
    rows = pd.concat([suggestion.rows.assign(suggestion=suggestion.name) for suggestion in found], ignore_index=True)
    waiting = rows[rows["unfinished"] + rows["control_unfinished"] > 0]
    if not waiting.empty:
        chosen = _of_one_command(waiting, waiting.iloc[0])
        text = f"Trainings of {chosen['ablation'].iloc[0]} are left to do; to go on:"
        yield Remedy(text, _extension(frames, chosen))
        return
    wanting = rows[rows["seeds_needed"] > rows["n"]]
    affordable = wanting[wanting["seeds_needed"] <= MOST_SEEDS]
    if not affordable.empty:
        yield _with_more_seeds(frames, affordable)
    hopeless = wanting.loc[~wanting["suggestion"].isin(affordable["suggestion"]), "suggestion"]
    if not hopeless.empty:
        yield Remedy(
            f"No affordable number of seeds ({MOST_SEEDS} at most) would tell of {_joined(hopeless)}: the effect, if "
            "there is one, is too small."
        )


def _with_more_seeds(frames: Frames, affordable: pd.DataFrame) -> Remedy:
    """Takes the fewest seeds that would tell of any suggestion."""
    nearest = affordable.sort_values("seeds_needed", kind="stable").iloc[0]
    same = _of_one_command(affordable, nearest)
    chosen = same[same["seeds_needed"] == nearest["seeds_needed"]]
    seeds = int(nearest["seeds_needed"])
    text = (
        f"To know more surely, with more seeds (of every arm): {seeds} would tell of "
        f"{_joined(chosen['suggestion'])} ({nearest['ablation']}) with a chance of {100 * POWER:.0f} %, were the "
        "effect what it seems."
    )
    return Remedy(text, _extension(frames, chosen, seeds))


def _of_one_command(rows: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """Returns those of the same ablation and setting: a command for more of them would begin new searches."""
    same: pd.DataFrame = rows[(rows["ablation"] == row["ablation"]) & (rows["setting"] == row["setting"])]
    return same


def _extension(frames: Frames, chosen: pd.DataFrame, seeds: int | None = None) -> str:
    row: dict[Any, Any] = chosen.iloc[0].to_dict()
    return extension_command(frames, row, list(dict.fromkeys(chosen["suggestion"])), seeds)


def _joined(names: pd.Series) -> str:
    unique = list(dict.fromkeys(names))
    return " and ".join(filter(None, [", ".join(unique[:-1]), unique[-1]]))
