"""Prints what ablations found: effects, contrasts, paths, and what to do about each variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reports import formatting as form
from reports.analysis.scores import columns_of
from reports.findings.wording import effect_text, verdict_text
from reports.statistics import Advice, advice
from study.cli.tables.cells import console, make_table
from study.design import Design, Role, Setting
from study.status.lookup import name_of, space_of
from study.task import Metric

Row = Mapping[str, Any]
_USUAL_EFFECT = len("-12.34 (-12.34 to -12.34)")
"""Columns that an effect needs to stand on one line, but for one of unusual size."""


def print_ablations(details: Mapping[str, Any]) -> None:
    """Print the effects of a study's ablations, within 100 columns, and what they mean for each variant."""
    out = console()
    study, metric = details["study"], Metric.from_columns(details["metric"])
    if not details["ablations"]:
        named = "" if name_of(study) is None else f" --name {name_of(study)}"
        command = f"python -m study ablate {space_of(study)}{named}"
        out.print(f"{escape(study)} has no ablation yet; `{escape(command)}` begins one")
    columns, several = columns_of(metric), len(details["ablations"]) > 1
    decided: list[Row] = []
    for ablation in details["ablations"]:
        about = {**columns, "of": f"{ablation['name']}" if several else ""}
        arms = _good_first([{**row, **about} for row in ablation["arms"]], metric)
        taken = {step["arm"] for step in ablation["path"]}  # of a path; what no round chose is no suggestion
        decided += [row for row in arms if row["role"] == Role.VARIANT and (row["arm"] in taken or not taken)]
        if arms:
            out.print(escape(f"{study}, {ablation['name']}: {_title(metric, details)}"))
            out.print(_effects(arms, metric))
        for sentence in (*_below(arms, metric), *ablation["withdrawn"]):
            out.print(escape(sentence))
        if ablation["factorial"]:
            out.print(_contrasts(ablation["factorial"], metric))
        if ablation["path"]:
            out.print(_path(ablation["path"], metric))
    for further in details["needed"]:
        out.print(escape(further["text"]))
        if further["command"]:
            out.print(f"  {escape(further['command'])}", soft_wrap=True)
    _print_advice(out, decided)
    if details["ablations"]:
        out.print("next: `python -m study report` for figures, single seeds and the methods")


def _title(metric: Metric, details: Mapping[str, Any]) -> str:
    """Say what the effects are: differences of what, in which unit, which way is better, and learned from how much."""
    unit = f", in {metric.differences_in}" if metric.unit == "fraction" else ""
    lower = "; lower is better" if metric.sign < 0 else ""
    learned = details["learned_from"]
    examples = "" if learned is None else f"; each trial learned from {form.count(learned, details['example'])}"
    return f"test {metric.label} minus the control's{unit}{lower}{examples}"


def _good_first(arms: Sequence[Row], metric: Metric) -> list[Row]:
    """Return the arms of an ablation, the best first and the controls last; those of a path as they were taken.

    Where parts were taken out, the best is the one whose absence costs most.
    """
    if any(row["design"] == Design.PATH for row in arms):
        return list(arms)

    def order(row: Row) -> tuple[bool, bool, float]:
        effect = row["effect"]
        sign = metric.sign * (-1 if row["design"] == Design.LEAVE_ONE_OUT else 1)
        return row["role"] != Role.VARIANT, effect is None, 0.0 if effect is None else -sign * effect

    return sorted(arms, key=order)


def _effects(arms: Sequence[Row], metric: Metric) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("variant", overflow="fold")
    table.add_column("effect (95 % interval)", justify="right", overflow="fold", min_width=_USUAL_EFFECT)
    for heading in ("p, Holm", "time", "seeds"):
        table.add_column(heading, justify="right", overflow="fold")
    table.add_column("verdict", overflow="fold")
    for row in arms:
        ratio = form.ratio(row["seconds_ratio"]) if row["time_tells"] else form.MISSING
        cells = (_name(row), effect_text(row), form.probability(row["p_holm"]), ratio, _seeds(row), _verdict(row))
        table.add_row(*map(escape, cells))
    return table


def _verdict(row: Row) -> str:
    """Return what is claimed of an arm, without its reason, which is said once below."""
    return verdict_text({**row, "verdict_reason": ""}, brief=True) if row["role"] == Role.VARIANT else "control"


def _seeds(row: Row) -> str:
    return str(row["n"]) if row["n"] == row["planned"] else f"{row['n']} of {row['planned']}"


def _name(row: Row) -> str:
    withdrawn = f"withdrawn {row['withdrawn_at'][:10]}" if row["withdrawn_at"] else ""
    retuned = "re-tuned" if row["setting"] == Setting.RETUNED else ""
    marks = ", ".join(filter(None, [retuned, "added later" if row["added_later"] else "", withdrawn]))
    return f"{row['arm']} ({marks})" if marks else str(row["arm"])


def _below(arms: Sequence[Row], metric: Metric) -> Iterator[str]:
    """Yield what is said once of all arms: effects against a baseline of their size, looks, and what is lacking."""
    matched = [row for row in arms if row["matched_effect"] is not None]
    if matched:
        told = "; ".join(f"{_name(row)} {effect_text(row, 'matched_effect', 'matched_')}" for row in matched)
        yield f"against a baseline of its size: {told}"
    needed: dict[str, list[str]] = {}
    for row in arms:
        if row["verdict"] and row["verdict_reason"]:
            needed.setdefault(row["verdict_reason"], []).append(_name(row))
        if row["seeds_added"]:
            added = form.count(row["seeds_added"], "seed")
            level = form.probability(row["level"])
            text = f"{added} added after results were seen (look {row['look']}: p is compared with {level})"
            needed.setdefault(text, []).append(_name(row))
    for reason, names in needed.items():
        yield f"{', '.join(names)}: {reason}"


def _print_advice(out: Console, variants: Sequence[Row]) -> None:
    """Print a line for the variants to adopt, one for those not to, and one for those of which nothing is shown."""
    advised = [(advice(row["verdict"], row["design"]), row) for row in variants]
    for meant in Advice if advised else ():
        named = [row for found, row in advised if found is meant]
        told = [_told(row) if meant is Advice.UNPROVEN else f"{_told(row)} {effect_text(row)}" for row in named]
        out.print(f"[bold]{meant}[/bold]: {escape(', '.join(told) or 'none')}")


def _told(row: Row) -> str:
    """Return a variant's name, with its ablation's where a study has several."""
    return f"{_name(row)} ({row['of']})" if row["of"] else _name(row)


def _contrasts(rows: Sequence[Row], metric: Metric) -> Table:
    table = make_table("contrast", "effect (95 % interval)", "p, Holm", "verdict")
    for row in rows:
        cells = (row["contrast"], _effect(row, metric), form.probability(row["p_holm"]), row["verdict"])
        table.add_row(*map(escape, cells))
    return table


def _path(steps: Sequence[Row], metric: Metric) -> Table:
    table = make_table("step", "variant", "gain (95 % interval)", "validation", "test", title="path, in greedy order")
    for row in steps:
        scores = (form.score(row[name], metric) for name in ("validation_score", "score"))
        table.add_row(f"{row['step']:.0f}", *map(escape, (row["arm"], _effect(row, metric), *scores)))
    return table


def _effect(row: Row, metric: Metric) -> str:
    """Return the effect of a contrast, or the gain of a path's step, with its interval."""
    return form.effect_with_interval(row["effect"], row["low"], row["high"], metric, why=form.no_interval(row["n"]))
