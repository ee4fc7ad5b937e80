"""What a better score costs, over all studies: the trials that nothing cheaper beats."""

from __future__ import annotations

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.scores import in_words, metric_of, metrics_of
from reports.figures import cost
from reports.pages.document import Block, Column, Section, tabulate
from reports.sections.illustrated import figures_of


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    blocks: list[Block] = figures_of("cost", frames)
    table = cost.compute(frames)
    word = in_words(plan.metric for plan in frames.plan_rows.values())
    if not table.empty:
        metrics = metrics_of(table)
        columns = [
            Column("Data set", form.shown("dataset")),
            *([Column("Metric", form.shown("metric_label"))] if len(metrics) > 1 else []),
            Column("Cost", form.shown("cost")),
            Column("Study", form.shown("study")),
            Column("Trial", form.shown("trial", str), numeric=True),
            Column("Amount", lambda row: _amount(row["cost"], row["amount"]), numeric=True),
            Column(
                f"Validation {in_words(metrics)}", lambda row: form.score(row["score"], metric_of(row)), numeric=True
            ),
        ]
        caption = f"Pareto fronts: trials that no cheaper one equals in validation {in_words(metrics)}"
        front = cost.front(table).drop(columns=["number", "front"])
        blocks.append(tabulate("pareto-front", caption, front, columns, key=cost.key))
    return Section(f"Cost against {word}", tuple(blocks))


def _amount(kind: str, amount: float) -> str:
    return form.whole(amount) if kind == cost.PARAMETERS else f"{form.seconds(amount)} s"
