"""What accuracy costs, over all studies: the trials that nothing cheaper beats."""

from __future__ import annotations

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.figures import cost
from reports.pages.document import Block, Column, Section, tabulate
from reports.sections.illustrated import figures_of


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    blocks: list[Block] = figures_of("cost", frames)
    table = cost.compute(frames)
    if not table.empty:
        columns = [
            Column("Data set", form.shown("dataset")),
            Column("Cost", form.shown("cost")),
            Column("Study", form.shown("study")),
            Column("Trial", form.shown("trial", str), numeric=True),
            Column("Amount", lambda row: _amount(row["cost"], row["amount"]), numeric=True),
            Column("Validation accuracy", form.shown("score", form.percent), numeric=True),
        ]
        caption = "Pareto fronts: trials that no cheaper one equals in validation accuracy"
        blocks.append(tabulate("pareto-front", caption, cost.front(table).drop(columns=["number", "front"]), columns))
    return Section("Cost against accuracy", tuple(blocks))


def _amount(kind: str, amount: float) -> str:
    return form.whole(amount) if kind == cost.PARAMETERS else f"{form.decimal(amount, 1)} s"
