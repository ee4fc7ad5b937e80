"""The published numbers of a space's baseline beside ours, and in what they do not compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.examples import learned_from, noun_of
from reports.analysis.frames import Frames
from reports.analysis.published import differences_from_published, published
from reports.analysis.scores import METRIC, cut, in_words, metric_of, metrics_of, with_metrics
from reports.analysis.selection import ABLATE, PLANNED_TRIALS, REPLICATE, baseline_trials
from reports.pages.document import Block, Column, Table, tabulate
from reports.statistics import LEVEL, intervals
from study.database import PlanRow

_LOSSES = ["study", "source", "epoch", "published", "mean", "low", "high", "n", "relative"]
_SCORES = ["study", *METRIC, "source", "published_epochs", "published", "epochs", "mean", "low", "high", "n", "phase"]
_SCORES += ["learned_from", "difference", "not_alike"]


def losses(frames: Frames) -> pd.DataFrame:
    """Return a row for each epoch with a published training loss and ours.

    Returns:
        `study, source, epoch, published, mean, low, high, n, relative`: mean, lowest and highest over the n
        `baseline_trials`, and (mean - published) / published.
    """
    baselines = baseline_trials(frames)
    ours = (
        frames.epochs.merge(baselines[["study", "trial"]], on="trial")
        .groupby(["study", "epoch"])["train_loss"]
        .agg(mean="mean", low="min", high="max", n="count")
        .reset_index()
    )
    rows = [
        {"study": plan.study, "source": results["source"], "epoch": epoch, "published": loss}
        for plan, results in published(frames)
        for epoch, loss in enumerate(results["train_losses"], start=1)
    ]
    if not rows:
        return pd.DataFrame(columns=_LOSSES)
    table = pd.DataFrame(rows).merge(ours, on=["study", "epoch"], how="inner")
    return table.assign(relative=(table["mean"] - table["published"]) / table["published"])[_LOSSES]


def scores(frames: Frames) -> pd.DataFrame:
    """Return a row for each study whose space has published results for its data set.

    Returns:
        `study`, `METRIC`, `source, published_epochs, published, epochs, mean, low, high, n, phase, learned_from,
        difference, not_alike`: scores as they are stored, ours those of `baseline_trials`, missing while there are
        none, each learned from so many examples; `published` may be missing, for a study with another metric too, and
        the difference with it; `not_alike` says what is not like for like, a list.
    """
    baselines = baseline_trials(frames)
    ours = intervals(baselines, by=["study", "phase"], column="score")
    ours["epochs"] = ours["study"].map(baselines.groupby("study")["epochs"].max())
    known = ours.set_index("study")[["epochs", "phase"]].to_dict("index")
    rows = [
        {
            "study": plan.study,
            "source": results["source"],
            "published_epochs": results["epochs"],
            "published": results["test_score"],
            "not_alike": _not_alike(plan, results, known.get(plan.study)),
        }
        for plan, results in published(frames)
    ]
    if not rows:
        return pd.DataFrame(columns=_SCORES)
    table = pd.DataFrame(rows).astype({"published": float}).merge(ours, on="study", how="left")
    table["n"] = table["n"].fillna(0).astype(int)
    table = with_metrics(table, frames)
    phases = zip(table["study"], table["phase"].fillna(REPLICATE), strict=True)
    table["learned_from"] = [learned_from(frames.plan_rows[study], phase) for study, phase in phases]
    return cut(table.assign(difference=table["mean"] - table["published"])[_SCORES])


def published_shown(frames: Frames) -> list[Block]:
    """Return the tables of what was published beside ours; nothing where no study has published numbers."""
    loss_table, score_table = losses(frames), scores(frames)
    blocks: list[Block] = [] if score_table.empty else [_scores_shown(score_table, noun_of(frames))]
    return blocks if loss_table.empty else [*blocks, _losses_shown(loss_table, noun_of(frames))]


_OURS = f"The baseline's replicates, or, where it has none, its {PLANNED_TRIALS}."
_OF_ABLATION = f"ours are {PLANNED_TRIALS}, learned from the training split alone"


def _not_alike(plan: PlanRow, results: Mapping[str, Any], trained: Mapping[Any, Any] | None) -> list[str]:
    if trained is None:
        return differences_from_published(plan, results["source"], results["epochs"])
    found = differences_from_published(plan, results["source"], results["epochs"], int(trained["epochs"]))
    return [*found, _OF_ABLATION] if trained["phase"] == ABLATE else found


def _losses_shown(table: pd.DataFrame, noun: str) -> Table:
    mean = f"Over the {noun}s of an epoch, taken while the weights change."
    columns = [
        Column("Study", form.shown("study")),
        Column("Epoch", form.shown("epoch", str), numeric=True),
        Column("Published", lambda row: form.decimal(row["published"], 4), True, "Of one seed."),
        Column("Ours, mean", lambda row: form.decimal(row["mean"], 4), True, mean),
        Column("Lowest", lambda row: form.decimal(row["low"], 4), True, "Of single seeds."),
        Column("Highest", lambda row: form.decimal(row["high"], 4), True, "Of single seeds."),
        Column("Seeds", form.shown("n", str), numeric=True),
        Column("Relative difference", lambda row: f"{form.signed(100 * row['relative'], 1)} %", numeric=True),
    ]
    return tabulate("published-losses", "Training loss per epoch, published and ours", table, columns)


def _scores_shown(table: pd.DataFrame, noun: str) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Published", lambda row: form.score(row["published"], metric_of(row)), True, "Of one seed."),
        Column(f"Ours ({LEVEL} interval over seeds)", _ours, True, _OURS),
        Column("Ours minus published", lambda row: form.points(row["difference"], metric_of(row)), numeric=True),
        Column("Not like for like because", lambda row: "; ".join(row["not_alike"]) or form.MISSING),
        Column("Seeds", form.shown("n", str), numeric=True),
        Column(f"Learned from ({noun}s)", form.shown("learned_from", form.whole), numeric=True),
        Column("Our epochs", form.shown("epochs", form.whole), numeric=True),
        Column("Published epochs", form.shown("published_epochs", form.whole), numeric=True),
        Column("Published by", form.shown("source")),
    ]
    data = table.assign(not_alike=table["not_alike"].map("; ".join))
    caption = f"Test {in_words(metrics_of(table))} of the baseline, published and ours"
    shown = tabulate("published-scores", caption, table, columns, first=5)
    return replace(shown, data=data)


def _ours(row: Mapping[Any, Any]) -> str:
    if row["n"] == 0:
        return "no trial yet"
    return form.score_with_interval(row["mean"], row["low"], row["high"], metric_of(row))
