"""How each study's plan came to be what it is: what was changed in it, when, and by which command."""

from __future__ import annotations

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.pages.document import Block, Column, tabulate


def history(frames: Frames) -> pd.DataFrame:
    """Return the changes of the plans that changed after their study began, the begin first.

    Returns:
        `study, number, what, command, changed_at`, the studies in the order of the report.
    """
    table = frames.plan_changes
    order = {study: place for place, study in enumerate(frames.plan_rows)}
    changed = table[table["number"] > 1]["study"].unique()
    table = table[table["study"].isin(changed)]
    places = table["study"].map(order).astype("int64")
    return table.assign(place=places).sort_values(["place", "number"]).drop(columns="place").reset_index(drop=True)


def history_shown(frames: Frames) -> list[Block]:
    """Return the table, or nothing where no plan changed."""
    table = history(frames)
    if table.empty:
        return []
    columns = [
        Column("Study", form.shown("study")),
        Column("When", form.shown("changed_at", form.moment)),
        Column("What changed", form.shown("what")),
        Column("By the command", form.shown("command")),
    ]
    return [tabulate("plan-history", "How the plans came to be what they are", table, columns)]
