"""Draws what the commands print: JSON values in, tables on the terminal out. Computes nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from study.errors import StudyError
from study.overview import best_details, list_rows

if TYPE_CHECKING:
    from study.launch import Launch

LOG_WIDTH = 160
"""Columns of a table that does not go to a terminal."""


def console() -> Console:
    """Returns a console for tables, wide enough wherever it goes."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=LOG_WIDTH)


def print_list(rows: Sequence[Mapping[str, Any]]) -> None:
    """Prints the studies."""
    if not rows:
        console().print("no study yet; `python -m study run SPACE` begins one")
        return
    table = _table("study", "status", "search trials", "replicates", "ablation", "best validation", "begun (UTC)")
    for row in rows:
        table.add_row(
            escape(row["study"]),
            row["status"],
            f"{row['search_trials']}/{row['search_target']}",
            f"{row['replicates']}/{row['replicate_target']}",
            f"{row['ablation_trainings']}/{row['ablation_target']}" if row["ablation_target"] else "-",
            percent(row["best_validation_accuracy"]),
            row["created_at"][:16].replace("T", " "),
        )
    console().print(table)


def print_study(details: Mapping[str, Any]) -> None:
    """Prints a study's plan in a line or two, then its trials."""
    plan = details["plan"]
    out = console()
    out.print(
        f"{escape(details['study'])}: {details['status']}; {plan['epochs']} epochs a trial, sampler {plan['sampler']}, "
        f"pruner {plan['pruner']}, seed {plan['seed']}; {plan['train_images']} training, {plan['validation_images']} "
        f"validation and {plan['test_images']} test images",
        soft_wrap=True,
    )
    table = _table("trial", "state", "epochs", "validation", "test", "seconds", "changes on the baseline")
    for row in details["trials"]:
        table.add_row(
            trial_name(row),
            row["state"],
            f"{row['epochs']}",
            percent(row["last_validation_accuracy"]),
            percent(row["test_accuracy"]),
            f"{row['seconds']:.1f}",
            escape(row["failure_message"] or settings(row["changes"]) or "none"),
        )
    out.print(table)


def print_best(details: Mapping[str, Any]) -> None:
    """Prints the best configuration beside the baseline, their scores and the weights."""
    out = console()
    out.print(_comparison(details))
    if details["front"]:
        out.print(_front(details))
    weights = details["test"]["best"]["weights"]
    if weights:
        out.print("weights of the best's replicates:", soft_wrap=True)
        for path in weights:
            out.print(f"  {escape(path)}", soft_wrap=True)


def print_predictions(predictions: Sequence[Mapping[str, Any]]) -> None:
    """Prints a line an image."""
    table = _table("image", "class", "probability", "models that agree")
    for row in predictions:
        agreeing = f"{row['agreeing']} of {row['models']}"
        table.add_row(escape(row["image"]), escape(row["class"]), percent(row["probability"]), agreeing)
    console().print(table)


def print_spaces(spaces: Sequence[Mapping[str, Any]]) -> None:
    """Prints a line a space."""
    table = _table("space", "family", "tuned", "variants")
    for space in spaces:
        variants = ", ".join(variant["name"] for variant in space["variants"])
        table.add_row(space["name"], space["family"], ", ".join(space["domains"]), variants)
    console().print(table)


def print_space(space: Mapping[str, Any]) -> None:
    """Prints a space's domains and variants."""
    out = console()
    domains = _table(
        "parameter", "domain", "baseline", "only with", title=f"{space['name']} (family {space['family']})"
    )
    for name, domain in space["domains"].items():
        conditions = "; ".join(f"{other} {' or '.join(map(str, values))}" for other, values in domain["when"].items())
        domains.add_row(name, escape(_domain(domain)), str(domain["default"]), conditions)
    out.print(domains)
    if space["variants"]:
        variants = _table("variant", "changes on the baseline", "suggestion")
        for variant in space["variants"]:
            variants.add_row(escape(variant["name"]), settings(variant["changes"]), escape(variant["reason"]))
        out.print(variants)


def print_dataset(described: Mapping[str, Any]) -> None:
    """Prints a dataset's counts, shape, class balance and hash."""
    out = console()
    shape = " x ".join(map(str, described["image_shape"]))
    out.print(f"{escape(described['name'])}: images of {shape}, sha256 {described['content_hash']}", soft_wrap=True)
    splits = list(described["counts"])
    table = _table("class", *splits)
    for label in described["classes"]:
        table.add_row(escape(str(label)), *(str(described["balance"][split][label]) for split in splits))
    table.add_section()
    table.add_row("all", *(str(described["counts"][split]) for split in splits))
    out.print(table)


def print_dry_run(launches: Sequence[Launch], storage: str) -> None:
    """Prints what would be trained, and about how long that takes."""
    from study.preview import preview

    out = console()
    for launch in launches:
        planned = preview(launch, storage)
        train, validation = planned.images
        title = (
            f"{planned.study}, {planned.title}: {_count(planned.epochs, 'epoch')} each on {train} training and "
            f"{validation} validation images, {_count(planned.workers, 'worker')} on {', '.join(planned.devices)}"
        )
        table = _table("", "trainings", "parameters", "changes on the baseline", "", title=escape(title))
        for item in planned.items:
            table.add_row(
                escape(item.name),
                f"{item.trainings} of {item.planned}",
                "-" if item.parameters is None else f"{item.parameters:,}",
                escape(settings(item.changes)),
                escape(item.note),
            )
        out.print(table)
        left = sum(item.trainings for item in planned.items)
        out.print(
            f"{_count(left, 'training')}, {_count(left * planned.epochs, 'epoch')} at most; "
            f"{_duration(planned.seconds)}",
            soft_wrap=True,
        )
    out.print("nothing was trained and nothing was written (--dry-run)")


def print_ablations(details: Mapping[str, Any]) -> None:
    """Prints the effects of a study's ablations."""
    out = console()
    study = details["study"]
    if not details["ablations"]:
        space = study.split("@")[0]
        out.print(f"{escape(study)} has no ablation yet; `python -m study ablate {escape(space)}` begins one")
    for ablation in details["ablations"]:
        table = _table(
            *("arm", "effect, 95 %", "against its size", "p", "p, Holm", "McNemar"),
            *("parameters", "seconds", "seeds", "needed", "verdict"),
            title=escape(f"{study}, {ablation['name']}: test accuracy minus the control's, in percentage points"),
        )
        for row in ablation["arms"]:
            table.add_row(*map(escape, _effect_row(row)))
        if ablation["arms"]:
            out.print(table)
        if ablation["factorial"]:
            contrasts = _table("contrast", "effect, 95 %", "p (Holm)", "verdict")
            for row in ablation["factorial"]:
                contrasts.add_row(escape(row["contrast"]), _points(row), _p(row["p_holm"]), row["verdict"])
            out.print(contrasts)
        if ablation["path"]:
            out.print(_path(ablation["path"]))
    if details["ablations"]:
        out.print("next: `python -m study report` for figures, single seeds and the methods", soft_wrap=True)


def print_summary(storage: str, studies: Sequence[str]) -> None:
    """Prints what came of studies that have just run, and what to do next."""
    out = console()
    rows = {row["study"]: row for row in list_rows(storage)}
    for study in studies:
        try:
            details = best_details(storage, study)
            out.print(_comparison(details))
            if details["front"]:
                out.print(_front(details))
        except StudyError as error:
            out.print(escape(str(error)), soft_wrap=True)
        states = rows[study]["states"]
        if bad := [f"{states[state]} {state}" for state in ("failed", "diverged") if states.get(state)]:
            out.print(f"{escape(study)}: {' and '.join(bad)}; `python -m study show {study}` tells why", soft_wrap=True)
    option = "" if storage == "sqlite:///runs/studies.db" else " --storage ..."
    out.print(
        f"next: `python -m study report{option}` for tables and curves, "
        f"`python -m study best {studies[-1]}{option}` for settings and weights",
        soft_wrap=True,
    )


def trial_name(row: Mapping[str, Any]) -> str:
    """Returns what to call a trial: its number in the search, or which replicate it is."""
    return str(row["optuna_number"]) if row["phase"] == "search" else f"{row['variant']} replicate {row['replicate']}"


def percent(share: float | None) -> str:
    """Formats an accuracy: 0.9905 -> '99.05 %'; nothing is a dash."""
    return "-" if share is None else f"{100 * share:.2f} %"


def settings(changes: Mapping[str, Any]) -> str:
    """Formats settings: `learning_rate=0.00213 width=48`."""
    return " ".join(f"{name}={_value(value)}" for name, value in changes.items())


def _comparison(details: Mapping[str, Any]) -> Table:
    """Draws the baseline and the best, side by side: first every setting, then the scores."""
    best, baseline = details["configuration"], details["baseline"]
    title = f"{details['study']}: best is trial {details['trial']}" + ("" if details["changes"] else ", the baseline")
    source = details["published"]["source"] if details["published"] else ""
    table = _table("", f"baseline ({source}'s settings)" if source else "baseline", "best", title=title)
    for name in baseline:
        shown = _value(best[name])
        table.add_row(name, _value(baseline[name]), shown if best[name] == baseline[name] else f"[bold]{shown}[/bold]")
    table.add_section()
    scores = (details["test"]["baseline"], details["test"]["best"])
    table.add_row(
        "validation accuracy", percent(details["baseline_validation_accuracy"]), percent(details["validation_accuracy"])
    )
    table.add_row("test accuracy, mean of replicates", *(_interval(score) for score in scores))
    published = details["published"]
    if published and published["test_accuracy"] is not None:
        table.add_row(
            f"test accuracy, {published['source']} ({published['epochs']} epochs)",
            percent(published["test_accuracy"]),
            "",
        )
    table.add_row("seconds of one final training", *(_seconds(score["seconds"]) for score in scores))
    return table


def _front(details: Mapping[str, Any]) -> Table:
    """Draws the trials that no other equals for less."""
    title = f"{details['study']}: Pareto front, single trainings"
    table = _table("trial", "validation", "parameters", "seconds an epoch", "changes on the baseline", title=title)
    for row in details["front"]:
        table.add_row(
            str(row["trial"]),
            percent(row["validation_accuracy"]),
            f"{row['parameters']:,}",
            f"{row['seconds_per_epoch']:.2f}",
            escape(settings(row["changes"]) or "none"),
        )
    return table


def _effect_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    setting = "re-tuned" if row["setting"] == "retuned" else ""
    marks = ", ".join(filter(None, [setting, "added later" if row["added_later"] else ""]))
    lost = "".join(f", {row[state]} {state}" for state in ("diverged", "failed", "unfinished") if row[state])
    return (
        f"{row['arm']} ({marks})" if marks else row["arm"],
        _points(row),
        _points({name: row[f"matched_{name}"] for name in ("effect", "low", "high")}),
        _p(row["p"]),
        _p(row["p_holm"]),
        _p(row["mcnemar_p"]),
        "-" if row["parameters"] is None else f"{row['parameters']:,.0f}",
        _seconds(row["seconds"]),
        f"{row['n']} of {row['planned']}{lost}",
        f"{row['seeds_needed']:.0f}" if row["verdict"] and row["seeds_needed"] is not None else "-",
        _verdict(row),
    )


def _verdict(row: Mapping[str, Any]) -> str:
    """Formats what is claimed of an arm with its reason, and with the doubt whether it is only the size."""
    reason = f" ({row['verdict_reason']})" if row["verdict_reason"] else ""
    only_larger = row["verdict"] == "helps" and row["matched_low"] is not None and row["matched_low"] <= 0
    return f"{row['verdict'] or 'control'}{reason}{' (not shown against its size)' if only_larger else ''}"


def _path(steps: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("step", "arm", "gain, 95 %", "validation", "test", title="path, in greedy order")
    for row in steps:
        table.add_row(
            f"{row['step']:.0f}",
            escape(row["arm"]),
            _points(row),
            percent(row["validation_accuracy"]),
            percent(row["accuracy"]),
        )
    return table


def _points(row: Mapping[str, Any]) -> str:
    """Formats an effect in percentage points with its interval."""
    if row["effect"] is None:
        return "-"
    interval = "" if row["low"] is None else f" [{row['low']:+.2f}, {row['high']:+.2f}]"
    return f"{row['effect']:+.2f}{interval}"


def _p(value: float | None) -> str:
    return "-" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "no epoch of this study was measured yet, so there is no estimate of the time"
    shown = _count(round(seconds / 60), "minute") if seconds >= 90 else _count(math.ceil(seconds), "second")
    return f"about {shown} of epochs by those measured so far; starting workers and testing come on top"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _interval(score: Mapping[str, Any]) -> str:
    if score["mean"] is None:
        return "-"
    count = len(score["accuracies"])
    if score["low"] is None:
        return f"{percent(score['mean'])} (n = {count}: no interval)"
    half = 100 * (score["high"] - score["low"]) / 2
    return f"{100 * score['mean']:.2f} ± {half:.2f} % (n = {count})"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f}"


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _domain(domain: Mapping[str, Any]) -> str:
    if domain["kind"] == "Choice":
        return " | ".join(map(str, domain["choices"]))
    step = f", step {domain['step']}" if domain.get("step", 1) != 1 else ""
    return f"{domain['low']} to {domain['high']}{step}{', logarithmic' if domain.get('log') else ''}"


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
