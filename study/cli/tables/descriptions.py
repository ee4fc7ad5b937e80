"""Prints what is there to train: spaces, data sets, and what a launch would do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from study.cli.tables.cells import brief, changed_values, console, count, make_table
from study.task import MISSING

if TYPE_CHECKING:
    from study.database import TrialDatabase
    from study.prepare.dry_run import Preview
    from study.prepare.launch import Launch
    from study.prepare.retry import Retry


def print_spaces(spaces: Sequence[Mapping[str, Any]]) -> None:
    """Print a line a space."""
    table = make_table("space", "model", "tuned", "variants")
    for space in spaces:
        variants = ", ".join(variant["name"] for variant in space["variants"])
        table.add_row(space["name"], space["model"], ", ".join(space["domains"]), variants)
    console().print(table)


def print_space(space: Mapping[str, Any]) -> None:
    """Print a space's domains and variants."""
    out = console()
    domains = make_table(
        "parameter", "domain", "baseline", "only with", title=f"{space['name']} (model {space['model']})"
    )
    for name, domain in space["domains"].items():
        conditions = "; ".join(f"{other} {' or '.join(map(brief, values))}" for other, values in domain["when"].items())
        domains.add_row(name, escape(_domain(domain)), escape(brief(domain["default"])), escape(conditions))
    out.print(domains)
    if space["starts"]:
        starts = make_table("start", "changes on the baseline")
        for number, start in enumerate(space["starts"], start=1):
            starts.add_row(str(number), escape(changed_values(start)))
        out.print(starts)
    if space["variants"]:
        variants = make_table("variant", "changes on the baseline", "suggestion")
        for variant in space["variants"]:
            variants.add_row(escape(variant["name"]), changed_values(variant["changes"]), escape(variant["reason"]))
        out.print(variants)


def print_dataset(described: Mapping[str, Any]) -> None:
    """Print a dataset's task, shape and hash, and for each split its classes, labels or targets with their counts."""
    out = console()
    shape = " x ".join(map(str, described["image_shape"]))
    out.print(
        f"{escape(described['name'])}: {described['task']} of {shape} ({described['axes']}), "
        f"sha256 {described['content_hash']}",
        soft_wrap=True,
    )
    counts = described["counts"]
    kind = {"classification": "class", "multilabel": "label", "regression": "target"}[described["task"]]
    table = make_table(kind, *counts)
    for name in described["classes"]:
        table.add_row(escape(str(name)), *(_cell(described, split, name) for split in counts))
    table.add_section()
    table.add_row("examples", *(f"{number:,}" for number in counts.values()))
    out.print(table)


def _cell(described: Mapping[str, Any], split: str, name: str) -> str:
    """Return how many examples of a split are of a class, and what part that is; the mean and range of a target."""
    if described["balance"] is None:
        found = described["targets"][split][name]
        return f"{found['mean']:.4g} ({found['smallest']:.4g} ... {found['largest']:.4g})"
    number, total = described["balance"][split][name], described["counts"][split]
    return f"{number:,} ({100 * number / total:.1f} %)"


def print_dry_run(launches: Sequence[Launch], database: TrialDatabase, retry: Retry) -> None:
    """Print what would be trained, and about how long that takes."""
    from study.prepare.dry_run import preview

    out = console()
    for launch in launches:
        planned = preview(launch, database, retry)
        train, validation = planned.images
        examples = f" on {train} training and {validation} validation examples" if train else ""
        title = (
            f"{planned.study}, {planned.title}: {count(planned.epochs, 'epoch')} each{examples}, {_workers(planned)}"
        )
        table = make_table("", "trials", "parameters", "changes on the baseline", "", title=escape(title))
        for item in planned.items:
            table.add_row(
                escape(item.name),
                f"{item.trials} of {item.planned}",
                MISSING if item.parameters is None else f"{item.parameters:,}",
                escape(changed_values(item.changes)),
                escape(item.note),
            )
        out.print(table)
        left = sum(item.trials for item in planned.items)
        epochs = sum(map(planned.epochs_of, planned.items))
        out.print(
            f"{count(left, 'trial')}, {count(epochs, 'epoch')} at most; {_duration(planned)}",
            soft_wrap=True,
        )
    out.print("nothing was trained and nothing was written (--dry-run)")


def _workers(planned: Preview) -> str:
    number = count(planned.workers, "worker") if planned.workers else "as many workers as there is room for"
    return f"{number} on {', '.join(planned.devices) or 'a Ray cluster'}"


def _duration(planned: Preview) -> str:
    seconds = planned.seconds
    if seconds is None:
        return "no epoch of this study was measured yet, so there is no estimate of the time"
    shared = "" if planned.workers else ", on one worker"
    shown = count(round(seconds / 60), "minute") if seconds >= 90 else count(math.ceil(seconds), "second")
    return f"about {shown} of epochs by those measured so far{shared}; starting workers and testing come on top"


def _domain(domain: Mapping[str, Any]) -> str:
    if domain["kind"] == "Choice":
        return " | ".join(map(brief, domain["choices"]))
    step = f", step {domain['step']}" if domain.get("step", 1) != 1 else ""
    return f"{domain['low']} to {domain['high']}{step}{', logarithmic' if domain.get('log') else ''}"
