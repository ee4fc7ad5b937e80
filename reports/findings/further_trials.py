"""Which further trials would decide suggestions that are not decided: commands, each with what it is good for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.pairs import LOST
from reports.analysis.scores import metric_of
from reports.findings.commands import ablation_command, extension_command
from reports.findings.suggestions import Suggestion
from reports.statistics import LEAST_SEEDS, POWER
from study.design import Setting

MOST_SEEDS = 200
"""No command asks for more seeds than this."""
_LOST = [*LOST, "control_lost"]
"""Columns of `effects`: while any is above 0, no number of seeds gives the verdict `helps`."""


@dataclass(frozen=True, slots=True)
class FurtherTrials:
    """A command that would tell more, or why none would."""

    text: str
    command: str = ""


def further_trials(frames: Frames, found: Sequence[Suggestion]) -> list[FurtherTrials]:
    """Return the fewest commands that tell more of some suggestions of one study, and what no command would tell.

    What is unfinished comes first: how many seeds are needed is not known before.
    """
    untested = [suggestion for suggestion in found if suggestion.rows.empty]
    shown = list(_of_tested(frames, [suggestion for suggestion in found if not suggestion.rows.empty]))
    if untested:
        names = [suggestion.name for suggestion in untested]
        text = f"To test {'it' if len(found) == 1 else 'what was not tested'}:"
        shown.append(FurtherTrials(text, ablation_command(frames, untested[0].study, names)))
    return shown


def _of_tested(frames: Frames, found: Sequence[Suggestion]) -> Iterator[FurtherTrials]:
    if not found:
        return
    rows = pd.concat([suggestion.rows.assign(suggestion=suggestion.name) for suggestion in found], ignore_index=True)
    rows = rows[rows["withdrawn_at"].isna()]  # nobody wants more trials of what was withdrawn
    waiting = rows[rows["unfinished"] + rows["control_unfinished"] > 0]
    if not waiting.empty:
        chosen = _of_one_command(waiting, waiting.iloc[0])
        text = f"Trials of {chosen['ablation'].iloc[0]} are left to do; to go on:"
        yield FurtherTrials(text, _extension(frames, chosen))
        return
    fixed = rows[rows["setting"] != Setting.RETUNED]  # more seeds of re-tuned arms would still decide nothing alone
    whole = fixed[fixed[_LOST].sum(axis=1) == 0]
    if (few := whole[whole["n"] < LEAST_SEEDS]).size:
        yield _for_any_verdict(frames, few)
        return
    wanting = whole[(whole["seeds_needed"] > whole["n"]) & whole["smallest_effect"].notna()]
    affordable = wanting[wanting["seeds_needed"] <= MOST_SEEDS]
    if not affordable.empty:
        yield _with_more_seeds(frames, affordable)
    hopeless = wanting.loc[~wanting["suggestion"].isin(affordable["suggestion"]), "suggestion"]
    if not hopeless.empty:
        yield FurtherTrials(
            f"More than {MOST_SEEDS} seeds would be needed to find {_smallest(wanting)} of {_joined(hopeless)}."
        )
    lost = fixed.loc[~fixed["suggestion"].isin(whole["suggestion"]), "suggestion"]
    if not lost.empty:
        yield FurtherTrials(
            f"More seeds cannot show that {_joined(lost)} helps: a trial that it or its control lost counts against "
            "that verdict."
        )


def _for_any_verdict(frames: Frames, few: pd.DataFrame) -> FurtherTrials:
    chosen = _of_one_command(few, few.iloc[0])
    about = f"{_joined(chosen['suggestion'])} ({chosen['ablation'].iloc[0]})"
    text = f"Any verdict on {about} needs {LEAST_SEEDS} seeds of every variant or more:"
    return FurtherTrials(text, _extension(frames, chosen, LEAST_SEEDS))


def _with_more_seeds(frames: Frames, affordable: pd.DataFrame) -> FurtherTrials:
    """Take the fewest seeds that would tell of any suggestion."""
    nearest = affordable.sort_values("seeds_needed", kind="stable").iloc[0]
    same = _of_one_command(affordable, nearest)
    chosen = same[same["seeds_needed"] == nearest["seeds_needed"]]
    seeds, about = int(nearest["seeds_needed"]), f"{_joined(chosen['suggestion'])} ({nearest['ablation']})"
    text = (
        f"To know more surely: {seeds} seeds of every variant would find {_smallest(chosen)} of {about} with a chance "
        f"of {100 * POWER:.0f} %."
    )
    return FurtherTrials(text, _extension(frames, chosen, seeds))


def _smallest(rows: pd.DataFrame) -> str:
    """Return the effect that somebody said would matter."""
    row = rows.iloc[0]
    return f"an effect of {row['smallest_effect']:g} {form.unit(metric_of(row))}"


def _of_one_command(rows: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """Return those of the same ablation and setting: a command for more of them would begin new searches."""
    same: pd.DataFrame = rows[(rows["ablation"] == row["ablation"]) & (rows["setting"] == row["setting"])]
    return same


def _extension(frames: Frames, chosen: pd.DataFrame, seeds: int | None = None) -> str:
    row: dict[Any, Any] = chosen.iloc[0].to_dict()
    return extension_command(frames, row, list(dict.fromkeys(chosen["suggestion"])), seeds)


def _joined(names: pd.Series) -> str:
    unique = list(dict.fromkeys(names))
    return " and ".join(filter(None, [", ".join(unique[:-1]), unique[-1]]))
