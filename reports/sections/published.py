"""The published numbers of a space's baseline beside ours, and in what they do not compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.document import Block, Bullets, Column, Paragraph, Section, Table, tabulate
from reports.frames import Frames
from reports.selection import final_trainings
from reports.statistics import LEVEL, intervals

_LOSSES = ["study", "source", "epoch", "published", "mean", "low", "high", "n", "relative"]
_ACCURACIES = ["study", "source", "published_epochs", "published", "epochs", "mean", "low", "high", "n", "difference"]


def losses(frames: Frames) -> pd.DataFrame:
    """Returns a row for each epoch with a published training loss and ours.

    Returns:
        `study, source, epoch, published, mean, low, high, n, relative`: mean, lowest and highest over the n complete
        final trainings of the baseline, and (mean - published) / published.
    """
    baselines = _baselines(frames)
    ours = (
        frames.epochs.merge(baselines[["study", "trial"]], on="trial")
        .groupby(["study", "epoch"])["train_loss"]
        .agg(mean="mean", low="min", high="max", n="count")
        .reset_index()
    )
    rows = [
        {"study": plan["study"], "source": reference["source"], "epoch": epoch, "published": loss}
        for plan, reference in _on_the_same_dataset(frames)
        for epoch, loss in enumerate(reference["train_losses"], start=1)
    ]
    if not rows:
        return pd.DataFrame(columns=_LOSSES)
    table = pd.DataFrame(rows).merge(ours, on=["study", "epoch"], how="inner")
    return table.assign(relative=(table["mean"] - table["published"]) / table["published"])[_LOSSES]


def accuracies(frames: Frames) -> pd.DataFrame:
    """Returns a row for each study with a published test accuracy.

    Returns:
        `study, source, published_epochs, published, epochs, mean, low, high, n, difference`; accuracies are shares.
    """
    rows = [
        {
            "study": plan["study"],
            "source": reference["source"],
            "published_epochs": reference["epochs"],
            "published": reference["test_accuracy"],
        }
        for plan, reference in _on_the_same_dataset(frames)
        if reference["test_accuracy"] is not None
    ]
    if not rows:
        return pd.DataFrame(columns=_ACCURACIES)
    baselines = _baselines(frames)
    ours = intervals(baselines, by=["study"], column="accuracy")
    ours["epochs"] = ours["study"].map(baselines.groupby("study")["epochs"].max())
    table = pd.DataFrame(rows).merge(ours, on="study", how="inner")
    return table.assign(difference=table["mean"] - table["published"])[_ACCURACIES]


def obstacles(plan: Mapping[Any, Any], reference: Mapping[str, Any], trained: int | None = None) -> list[str]:
    """Says in what a study's baseline differs from the published training.

    Args:
        plan: The plan's row.
        reference: The published numbers.
        trained: Epochs of the baseline's final trainings; the plan's if there are none.
    """
    source = reference["source"]
    found = []
    if plan["dataset"] != reference["dataset"]:
        found.append(f"it was trained on {plan['dataset']}, {source} on {reference['dataset']}")
    domains = plan["definition"]["domains"]
    changed = [
        f"{name} = {form.setting(value)}"
        for name, value in plan["fixed"].items()
        if name not in domains or domains[name]["default"] != value
    ]
    if changed:
        found.append(f"its baseline was changed by {', '.join(changed)}")
    if not form.is_missing(plan["train_size"]):
        found.append(f"it was trained on a subset ({form.count(int(plan['train_size']), 'training image')})")
    epochs = plan["epochs"] if trained is None else trained
    if reference["epochs"] is not None and epochs != reference["epochs"]:
        found.append(f"it was trained for {form.count(epochs, 'epoch')}, {source} for {reference['epochs']}")
    return found


def section(frames: Frames) -> Section:
    """Builds the section."""
    title = "Published numbers beside ours"
    plans = [(plan, plan["definition"].get("reference")) for plan in frames.plans.to_dict("records")]
    if not any(reference for _, reference in plans):
        return Section(title, (Paragraph("No study here has published numbers to stand beside."),))
    loss_table, accuracy_table = losses(frames), accuracies(frames)
    blocks: list[Block] = [Bullets(tuple(_comparable(frames)))]
    if not accuracy_table.empty:
        blocks.append(_accuracies_shown(accuracy_table))
    if not loss_table.empty:
        blocks += [_losses_shown(loss_table), Paragraph(_READING)]
    return Section(title, tuple(blocks))


_READING = (
    "The loss is the mean over an epoch's images, taken while the weights change. Ours is the mean over the final "
    "trainings of the baseline; lowest and highest are those of single seeds. The published training is one seed."
)


def _baselines(frames: Frames) -> pd.DataFrame:
    finals = final_trainings(frames)
    return finals[finals["role"] == "baseline"]


def _on_the_same_dataset(frames: Frames) -> list[tuple[dict[Any, Any], dict[str, Any]]]:
    pairs = [(plan, plan["definition"].get("reference")) for plan in frames.plans.to_dict("records")]
    return [(plan, reference) for plan, reference in pairs if reference and reference["dataset"] == plan["dataset"]]


def _comparable(frames: Frames) -> list[str]:
    trained = _baselines(frames).groupby("study")["epochs"].max()
    sentences = []
    for plan in frames.plans.to_dict("records"):
        study, reference = plan["study"], plan["definition"].get("reference")
        if not reference:
            sentences.append(f"{study}: no numbers were published for this space.")
            continue
        found = obstacles(plan, reference, int(trained[study]) if study in trained.index else None)
        if found:
            text = f"{study}: not like for like: {'; '.join(found)}."
        elif study in trained.index:
            text = f"{study}: like for like with {reference['source']}: same data set, same settings."
        else:
            text = f"{study}: comparable with {reference['source']} by its plan."
        if study not in trained.index:
            text += " No final training of its baseline is complete yet."
        sentences.append(text)
    return sentences


def _losses_shown(table: pd.DataFrame) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Epoch", form.shown("epoch", str), numeric=True),
        Column("Published", lambda row: form.decimal(row["published"], 4), numeric=True),
        Column("Ours, mean", lambda row: form.decimal(row["mean"], 4), numeric=True),
        Column("Lowest", lambda row: form.decimal(row["low"], 4), numeric=True),
        Column("Highest", lambda row: form.decimal(row["high"], 4), numeric=True),
        Column("Seeds", form.shown("n", str), numeric=True),
        Column("Relative difference", lambda row: f"{form.signed(100 * row['relative'], 1)} %", numeric=True),
    ]
    return tabulate("published-losses", "Training loss per epoch, published and ours", table, columns)


def _accuracies_shown(table: pd.DataFrame) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Source", form.shown("source")),
        Column("Published", form.shown("published", form.percent), numeric=True),
        Column("Its epochs", form.shown("published_epochs", form.whole), numeric=True),
        Column("Ours, mean", form.shown("mean", form.percent), numeric=True),
        Column(
            f"{LEVEL} interval over seeds", lambda row: form.percent_interval(row["low"], row["high"]), numeric=True
        ),
        Column("Seeds", form.shown("n", str), numeric=True),
        Column("Our epochs", form.shown("epochs", form.whole), numeric=True),
        Column("Ours minus published", form.shown("difference", form.points), numeric=True),
    ]
    return tabulate("published-accuracy", "Test accuracy of the baseline, published and ours", table, columns)
