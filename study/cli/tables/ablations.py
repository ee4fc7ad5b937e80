"""Prints what ablations found: effects, contrasts, paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from study.cli.tables.cells import console, make_table, percent, tenths


def print_ablations(details: Mapping[str, Any]) -> None:
    """Print the effects of a study's ablations."""
    out = console()
    study = details["study"]
    if not details["ablations"]:
        space = study.split("@")[0]
        out.print(f"{escape(study)} has no ablation yet; `python -m study ablate {escape(space)}` begins one")
    for ablation in details["ablations"]:
        table = make_table(
            *("arm", "effect, 95 %", "against its size", "p", "p, Holm", "McNemar"),
            *("parameters", "seconds", "seeds", "needed", "verdict"),
            title=escape(f"{study}, {ablation['name']}: test accuracy minus the control's, in percentage points"),
        )
        for row in ablation["arms"]:
            table.add_row(*map(escape, _effect_row(row)))
        if ablation["arms"]:
            out.print(table)
        if ablation["factorial"]:
            contrasts = make_table("contrast", "effect, 95 %", "p (Holm)", "verdict")
            for row in ablation["factorial"]:
                contrasts.add_row(escape(row["contrast"]), _points(row), _p(row["p_holm"]), row["verdict"])
            out.print(contrasts)
        if ablation["path"]:
            out.print(_path(ablation["path"]))
    if details["ablations"]:
        out.print("next: `python -m study report` for figures, single seeds and the methods", soft_wrap=True)


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
        tenths(row["seconds"]),
        f"{row['n']} of {row['planned']}{lost}",
        f"{row['seeds_needed']:.0f}" if row["verdict"] and row["seeds_needed"] is not None else "-",
        _verdict(row),
    )


def _verdict(row: Mapping[str, Any]) -> str:
    """Format what is claimed of an arm with its reason, and with the doubt whether it is only the size."""
    reason = f" ({row['verdict_reason']})" if row["verdict_reason"] else ""
    only_larger = row["verdict"] == "helps" and row["matched_low"] is not None and row["matched_low"] <= 0
    return f"{row['verdict'] or 'control'}{reason}{' (not shown against its size)' if only_larger else ''}"


def _path(steps: Sequence[Mapping[str, Any]]) -> Table:
    table = make_table("step", "arm", "gain, 95 %", "validation", "test", title="path, in greedy order")
    for row in steps:
        table.add_row(
            f"{row['step']:.0f}",
            escape(row["arm"]),
            _points(row),
            percent(row["validation_score"]),
            percent(row["accuracy"]),
        )
    return table


def _points(row: Mapping[str, Any]) -> str:
    """Format an effect in percentage points with its interval."""
    if row["effect"] is None:
        return "-"
    interval = "" if row["low"] is None else f" [{row['low']:+.2f}, {row['high']:+.2f}]"
    return f"{row['effect']:+.2f}{interval}"


def _p(value: float | None) -> str:
    return "-" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"
