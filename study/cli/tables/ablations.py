"""Prints what ablations found: effects, contrasts, paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from study.cli.tables.cells import console, make_table, seconds
from study.status.lookup import name_of, space_of
from study.status.numbers import difference_digits
from study.task import Metric


def print_ablations(details: Mapping[str, Any]) -> None:
    """Print the effects of a study's ablations."""
    out = console()
    study, metric = details["study"], Metric.from_columns(details["metric"])
    if not details["ablations"]:
        named = "" if name_of(study) is None else f" --name {name_of(study)}"
        command = f"python -m study ablate {space_of(study)}{named}"
        out.print(f"{escape(study)} has no ablation yet; `{escape(command)}` begins one")
    for ablation in details["ablations"]:
        mcnemar = any(row["mcnemar_p"] is not None for row in ablation["arms"])  # of classifications alone
        table = make_table(
            *("arm", "effect, 95 %", "against its size", "p", "p, Holm", *(["McNemar"] if mcnemar else [])),
            *("parameters", "seconds", "seeds", "needed", "verdict"),
            title=escape(f"{study}, {ablation['name']}: {_title(metric)}"),
        )
        for row in ablation["arms"]:
            table.add_row(*map(escape, _effect_row(row, metric, mcnemar=mcnemar)))
        if ablation["arms"]:
            out.print(table)
        for sentence in ablation["withdrawn"]:
            out.print(escape(sentence), soft_wrap=True)
        if ablation["factorial"]:
            contrasts = make_table("contrast", "effect, 95 %", "p (Holm)", "verdict")
            for row in ablation["factorial"]:
                contrasts.add_row(escape(row["contrast"]), _effect(row, metric), _p(row["p_holm"]), row["verdict"])
            out.print(contrasts)
        if ablation["path"]:
            out.print(_path(ablation["path"], metric))
    if details["ablations"]:
        out.print("next: `python -m study report` for figures, single seeds and the methods", soft_wrap=True)


def _title(metric: Metric) -> str:
    """Say what the effects are: differences of what, in which unit, and which way is better."""
    unit = f", in {metric.differences_in}" if metric.unit == "fraction" else ""
    return f"test {metric.label} minus the control's{unit}{'; lower is better' if metric.sign < 0 else ''}"


def _effect_row(row: Mapping[str, Any], metric: Metric, *, mcnemar: bool) -> tuple[str, ...]:
    setting = "re-tuned" if row["setting"] == "retuned" else ""
    withdrawn = f"withdrawn {row['withdrawn_at'][:10]}" if row["withdrawn_at"] else ""
    marks = ", ".join(filter(None, [setting, "added later" if row["added_later"] else "", withdrawn]))
    lost = "".join(f", {row[state]} {state}" for state in ("diverged", "failed", "unfinished") if row[state])
    return (
        f"{row['arm']} ({marks})" if marks else row["arm"],
        _effect(row, metric),
        _effect({name: row[f"matched_{name}"] for name in ("effect", "low", "high")}, metric),
        _p(row["p"]),
        _p(row["p_holm"]),
        *([_p(row["mcnemar_p"])] if mcnemar else []),
        "-" if row["parameters"] is None else f"{row['parameters']:,.0f}",
        seconds(row["seconds"]),
        f"{row['n']} of {row['planned']}{lost}",
        f"{row['seeds_needed']:.0f}" if row["verdict"] and row["seeds_needed"] is not None else "-",
        _verdict(row, metric),
    )


def _verdict(row: Mapping[str, Any], metric: Metric) -> str:
    """Format what is claimed of an arm with its reason, and with the doubt whether it is only the size."""
    reason = f" ({row['verdict_reason']})" if row["verdict_reason"] else ""
    worse_end = row["matched_low" if metric.sign > 0 else "matched_high"]
    only_larger = row["verdict"] == "helps" and worse_end is not None and metric.sign * worse_end <= 0
    return f"{row['verdict'] or 'control'}{reason}{' (not shown against its size)' if only_larger else ''}"


def _path(steps: Sequence[Mapping[str, Any]], metric: Metric) -> Table:
    table = make_table("step", "arm", "gain, 95 %", "validation", "test", title="path, in greedy order")
    for row in steps:
        table.add_row(
            f"{row['step']:.0f}",
            escape(row["arm"]),
            _effect(row, metric),
            metric.show(row["validation_score"]),
            metric.show(row["score"]),
        )
    return table


def _effect(row: Mapping[str, Any], metric: Metric) -> str:
    """Format an effect with its interval, all with the same digits."""
    if row["effect"] is None:
        return "-"
    digits = difference_digits(metric, row["effect"], row["low"], row["high"])
    interval = "" if row["low"] is None else f" [{row['low']:+,.{digits}f}, {row['high']:+,.{digits}f}]"
    return f"{row['effect']:+,.{digits}f}{interval}"


def _p(value: float | None) -> str:
    return "-" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"
