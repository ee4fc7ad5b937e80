"""Where the numbers come from: data, options of the search, machines, versions, seeds, commands, test-split looks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.examples import noun_of
from reports.analysis.frames import Frames
from reports.analysis.machines import several_machines
from reports.analysis.selection import REPLICATE
from reports.analysis.typed import typed
from reports.drawing import style
from reports.findings.comparison import storage_option
from reports.pages.document import Block, Bullets, Column, Commands, Paragraph, Section, Table, tabulate
from reports.sections.accounting import RETUNING
from reports.sections.plan_history import history_shown
from study.task import OWN

_HASH_LENGTH = 12
"""Digits of a hash on the page; the CSV files hold all of them."""
_FEW = 5
"""Of what a study left out, on the page."""
_GIBIBYTE = 2**30
_PASSWORD = re.compile(r"(://[^:/@\s]*):[^@\s]+@")


def environments(frames: Frames) -> pd.DataFrame:
    """Return the environments long: `environment, item, value`, packages in the last."""
    rows = []
    trials = pd.concat([frames.trials["environment"], frames.retunings["environment"]]).value_counts()
    for record in frames.environments:
        facts: dict[str, object] = {
            "trials": int(trials.get(record.id, 0)),
            "processor": record.processor,
            "cores": record.cores,
            "memory": f"{record.memory_bytes / _GIBIBYTE:.1f} GiB",
            "accelerator": record.accelerator or "none",
            "platform": record.platform,
            "python": record.python,
            "code version": record.code_version,
            "git commit": record.git_commit or "not in a git repository",
            "packages": ", ".join(f"{name} {version}" for name, version in record.packages.items()) or "none",
        }
        rows += [{"environment": record.id, "item": item, "value": str(value)} for item, value in facts.items()]
    return pd.DataFrame(rows, columns=["environment", "item", "value"])


def training_modes(frames: Frames) -> pd.DataFrame:
    """Return how the trials ran: `study, phase, device, precision, threads, trials`."""
    keys = ["study", "phase", "device", "precision", "threads"]
    every = pd.concat([frames.trials[keys], frames.retunings.assign(phase=RETUNING)[keys]])
    return every.groupby(keys).size().rename("trials").reset_index()


def notes(frames: Frames) -> pd.DataFrame:
    """Return what was noted of each study's data, options and machines, and how much was left out: `study, note`."""
    rows, machines = [], several_machines(frames)
    for study, plan in frames.plan_rows.items():
        left = plan.left_out or ()
        told = [*(plan.dataset_notes or ()), *(plan.notes or ())]
        if left:
            told.append(f"{form.count(len(left), 'file')} left out: {style.listed(left, _FEW)}.")
        told += [machines[study]] if study in machines else []
        rows += [{"study": study, "note": note} for note in told]
    return pd.DataFrame(rows, columns=["study", "note"])


def left_out(frames: Frames) -> pd.DataFrame:
    """Return what each study's data left out, in full: `study, what`."""
    rows = [{"study": study, "what": what} for study, plan in frames.plan_rows.items() for what in plan.left_out or ()]
    return pd.DataFrame(rows, columns=["study", "what"])


def seeds(frames: Frames) -> pd.DataFrame:
    """Return the seeds of the replicates: `study, replicate, seed`."""
    finals = frames.trials[frames.trials["phase"] == REPLICATE]
    table = finals[["study", "replicate", "seed"]].drop_duplicates()
    table = typed(table, {"replicate": "Int64", "seed": "int64"})
    return table.sort_values(["study", "replicate"]).reset_index(drop=True)


def looks(frames: Frames) -> pd.DataFrame:
    """Return how often the test split was opened: `study, configurations, trials`."""
    scored = frames.trials[frames.trials["trial"].isin(frames.tests["trial"])].groupby("study")
    table = scored.agg(configurations=("configuration_hash", "nunique"), trials=("trial", "size"))
    return table.reindex(frames.plans["study"], fill_value=0).rename_axis("study").reset_index()


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    blocks: list[Block] = [Paragraph(f"{_storages(frames)} {_as_of(frames)}")]
    if frames.plans.empty:
        return Section("Provenance", tuple(blocks), appendix=True)
    blocks += [*_notes_shown(frames), _looks_shown(frames), *_data_shown(frames), _plans_shown(frames)]
    blocks += history_shown(frames)
    if not frames.trials.empty:
        blocks += [_modes_shown(frames), _environments_shown(frames)]
    found = seeds(frames)
    if not found.empty:
        told = found.groupby("study", sort=False)["seed"].agg(lambda values: ", ".join(map(str, values)))
        columns = [Column("Study", form.shown("study")), Column("Seeds", form.shown("seed"))]
        caption = "Seeds of the replicates, the same for best and baseline"
        blocks.append(tabulate("seeds", caption, told.reset_index(), columns, data=found))
    blocks += _commands_shown(frames)
    return Section("Provenance", tuple(blocks), appendix=True)


def _commands_shown(frames: Frames) -> list[Block]:
    plans = (*frames.plan_rows.values(), *frames.child_rows.values())
    made = dict.fromkeys(_with_storage(command, frames, plan.study) for plan in plans for command in plan.commands)
    if not made:
        return []
    named = dict.fromkeys(shlex.quote(frames.origins[study].study) for study in frames.plan_rows)
    page = " ".join(["python -m study report", *named, *storage_option(frames)])
    return [
        Paragraph(
            "The commands that made these numbers, and this page of them. A trial's seed follows from its study's "
            "seed and its number; with the same hyperparameters, machine, versions, device and threads it gives "
            "the same numbers, bit for bit, but for times. With several workers, what a sampler that learns proposes "
            "depends on which trial ends first."
        ),
        Commands((*made, page)),
    ]


def _storages(frames: Frames) -> str:
    if len(frames.storages) == 1:
        return f"Trial database: {frames.storages[0]}."
    text = f"Trial databases: {', '.join(frames.storages)}. Their studies stand side by side and are never merged."
    if any(name != origin.study for name, origin in frames.origins.items()):
        text += (
            " A study whose name more than one of them has is called by its database too, and so are data sets of "
            "one name with other contents; a claim about a study of such a name is about the one in the database that "
            "was given first."
        )
    return text


def _as_of(frames: Frames) -> str:
    names = ("created_at", "started_at", "finished_at")
    times = pd.concat([trials[name] for trials in (frames.trials, frames.retunings) for name in names]).dropna()
    return f"Last change of a trial: {form.moment(times.max())}." if len(times) else "No trial has begun."


def _with_storage(command: str, frames: Frames, study: str) -> str:
    """Name the database in a command that took it from the environment, or was given another form of its name."""
    if re.search(r"(^|\s)--storage[=\s]", command):
        return _without_password(command)
    return " ".join([command, *storage_option(frames, study)])


def _without_password(command: str) -> str:
    return _PASSWORD.sub(r"\1:***@", command)


def _abbreviated(column: str) -> form.Show:
    return form.shown(column, lambda value: str(value)[:_HASH_LENGTH])


def _notes_shown(frames: Frames) -> list[Block]:
    """Return what the program did to the data or the options, by study; what was left out is a table of its own."""
    told = notes(frames)
    lines = [f"{study}: {sentence}" for study, sentence in zip(told["study"], told["note"], strict=True)]
    blocks: list[Block] = [Paragraph("What the program noted about the data and the options:"), Bullets(tuple(lines))]
    left = left_out(frames)
    if not left.empty:
        few = left.groupby("study", sort=False).head(_FEW)
        caption = "Files that were left out" + (f": the first {_FEW} of each study" if len(few) < len(left) else "")
        columns = [Column("Study", form.shown("study")), Column("What", form.shown("what"))]
        blocks.append(tabulate("left-out", f"{caption}; left-out.csv has all {len(left):,}", few, columns, data=left))
    return blocks if lines else []


def _looks_shown(frames: Frames) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Configurations scored", form.shown("configurations", form.whole), numeric=True),
        Column("Trials scored", form.shown("trials", form.whole), numeric=True),
    ]
    return tabulate("test-split", "How often the test split was opened", looks(frames), columns)


def data(frames: Frames) -> pd.DataFrame:
    """Return what is known of each study's data: columns of the plan; missing where its model loads its own."""
    table = frames.plans[_DATA].astype(object)
    unknown = frames.plans["study"].map({study: plan.loads_own_data for study, plan in frames.plan_rows.items()})
    table.loc[unknown.astype(bool), _UNKNOWN] = None
    return table


def _data_shown(frames: Frames) -> list[Block]:
    table, noun = data(frames), noun_of(frames)
    columns = [
        Column("Study", form.shown("study")),
        Column("Data set", form.shown("dataset")),
        Column("Source", form.shown("dataset_source", lambda source: _OWN_DATA if source == OWN else source)),
        Column("SHA-256", _abbreviated("dataset_hash")),
        Column("Task", form.shown("task")),
        Column("Input", lambda row: frames.plan_rows[row["study"]].spec.shape_in_words() or form.MISSING),
        Column(f"Training {noun}s", form.shown("train_examples", form.whole), numeric=True),
        Column(f"Validation {noun}s", form.shown("validation_examples", form.whole), numeric=True),
        Column(f"Test {noun}s", form.shown("test_examples", form.whole), numeric=True),
        Column("Subset asked for", form.shown("train_size", form.whole), numeric=True),
    ]
    shown = tabulate("data", "Data of each study", table, columns)
    own = [study for study, plan in frames.plan_rows.items() if plan.loads_own_data]
    return [shown, Paragraph(f"{style.listed(own)}: {_UNCHECKED}")] if own else [shown]


_DATA = ["study", "dataset", "dataset_source", "dataset_hash", "task", "input_shape"]
_DATA += ["train_examples", "validation_examples", "test_examples", "train_size"]
_UNKNOWN = ["dataset", "dataset_hash", "task", "input_shape", "train_examples", "validation_examples", "test_examples"]
_OWN_DATA = "loaded by the model's code"
_UNCHECKED = (
    "the model's code loads the data, and this program neither counts nor checks it. That every trial has the same "
    "data, and that 'test(run)' scores by data from which 'train(run)' neither learns nor chooses, rests with that "
    "code."
)


def _plans_shown(frames: Frames) -> Table:
    plans = {**frames.plan_rows, **frames.child_rows}
    names = ["study", "parent", "variant", "search"]
    names += ["space_source", "space_hash", "fixed", "objective", "direction", "sampler", "pruner", "seed"]
    names += ["trials", "epochs", "replicates", "epoch_budget"]
    names += ["timeout_seconds", "total_timeout_seconds", "trial_timeout_seconds"]
    names += ["patience", "workers", "reproducible", "code_version", "created_at"]
    columns = [
        Column("Study", _study_or_search),
        Column("Space", form.shown("space_source")),
        Column("Space's hash", _abbreviated("space_hash")),
        Column("Fixed", _fixed),
        Column("Objective", lambda row: form.objectives(plans[row["study"]].objectives)),
        Column("Sampler", form.shown("sampler")),
        Column("Pruner", form.shown("pruner")),
        Column("Seed", form.shown("seed", str), numeric=True),
        Column("Trials", form.shown("trials", form.whole), numeric=True),
        Column("Epochs", form.shown("epochs", form.whole), numeric=True),
        Column("Replicates", form.shown("replicates", form.whole), numeric=True),
        Column("Epochs of the search", form.shown("epoch_budget", form.whole), numeric=True),
        Column("Limit of the search (min)", form.shown("timeout_seconds", form.minutes), numeric=True),
        Column("Of all training (min)", form.shown("total_timeout_seconds", form.minutes), numeric=True),
        Column("Of a trial (min)", form.shown("trial_timeout_seconds", form.minutes), numeric=True),
        Column("Patience", form.shown("patience", form.whole), numeric=True),
        Column("Workers", _workers, numeric=True),
        Column("Reproducible up to (workers)", form.shown("reproducible", form.whole), numeric=True),
        Column("Code version", form.shown("code_version")),
        Column("Created", form.shown("created_at", form.moment)),
    ]
    every = pd.concat([part[names] for part in (frames.plans, frames.children) if len(part)], ignore_index=True)
    caption = "Plan of each study" + ("" if frames.children.empty else ", and of each search that re-tunes a variant")
    return tabulate("plans", caption, every, columns)


def _study_or_search(row: Mapping[Any, Any]) -> str:
    if form.is_missing(row["parent"]):
        return str(row["study"])
    number = f", search {row['search']:.0f}" if row["search"] > 1 else ""
    return f"{row['parent']}: {row['variant']}, re-tuned{number}"


def _workers(row: Mapping[Any, Any]) -> str:
    return form.whole(row["workers"]) if row["workers"] else "a cluster's"  # 0: as many as it had room for


def _fixed(row: Mapping[Any, Any]) -> str:
    return ", ".join(f"{name} = {form.value(value)}" for name, value in row["fixed"].items()) or form.MISSING


def _modes_shown(frames: Frames) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Phase", form.shown("phase")),
        Column("Device", form.shown("device")),
        Column("Precision", form.shown("precision", lambda found: "the model's choice" if found == OWN else found)),
        Column("Threads", form.shown("threads", str), numeric=True),
        Column("Trials", form.shown("trials", form.whole), numeric=True),
    ]
    return tabulate("training-modes", "How the trials were trained", training_modes(frames), columns)


def _environments_shown(frames: Frames) -> Table:
    table = environments(frames)
    identities = table["environment"].unique().tolist()
    wide = table.pivot_table(index="item", columns="environment", values="value", aggfunc="first", sort=False)
    wide = wide.reindex(columns=identities).reset_index()

    def value_in(environment: str) -> form.Show:
        return lambda row: _text(row, environment)

    def _text(row: Mapping[Any, Any], environment: str) -> str:
        return form.MISSING if form.is_missing(row[environment]) else str(row[environment])

    columns = [Column("Item", form.shown("item"))]
    columns += [Column(f"Environment {identity}", value_in(identity)) for identity in identities]
    return tabulate("environments", "Versions and hardware of each environment that trained", wide, columns)
