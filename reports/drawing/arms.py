"""An ablation's arms as the rows of a forest plot: their order and names, and what their points and notes say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.analysis.pairs import ARM
from reports.analysis.scores import metric_of, signs
from reports.drawing import forest
from reports.drawing.distinct import distinct
from reports.drawing.labels import shortened
from reports.formatting import count, effect, effect_with_interval, is_missing, no_interval, unit
from reports.statistics import EQUIVALENT, advice
from study.design import Design, Role, Setting
from study.task import Metric

MEAN = "mean"
SEED = "seed"

LETTERS = 30
"""Of an arm's name, or of each of its two lines."""
MOST_POINTS = 12
"""With more pairs than this the interval says it all."""
_ENDS = {"diverged": "diverged", "failed": "failed", "pruned": "were pruned"}
_LEAST_DEVIATION = 1e-12


def rows_of(part: pd.DataFrame) -> pd.DataFrame:
    """Return a panel's rows as `forest.draw` takes them, with `ARM` and `role`.

    Variants stand by their effect, those without one last, then size controls, then the noise floor; what was re-tuned
    stands under what was not. The best part of a full model is the one whose absence costs most.
    """
    means = part[part["kind"] == MEAN]
    first = means.sort_values("setting", kind="stable").drop_duplicates("arm")
    kinds = first["role"].map({Role.SIZE_MATCHED: 1, Role.NOISE_FLOOR: 2}).fillna(0)
    merit = signs(first) * first["effect"]
    merit = merit.where(first["design"] != Design.LEAVE_ONE_OUT, -merit)
    ranked = first.assign(kind_place=kinds, merit=merit)
    ranked = ranked.sort_values(["kind_place", "merit"], ascending=[True, False], kind="stable").reset_index(drop=True)
    places = means["arm"].map({arm: place for place, arm in enumerate(ranked["arm"])})
    rows = means.assign(arm_place=places).sort_values(["arm_place", "setting"], kind="stable").reset_index(drop=True)
    names = dict(zip(ranked["arm"], _names(ranked), strict=True))
    rows = rows.assign(is_control=rows["role"] != Role.VARIANT, dashed=rows["setting"] == Setting.RETUNED)
    rows["label"] = _labels(rows, names)
    rows["told"] = [told(row) for row in rows.to_dict("records")]
    rows["far"] = [_far(row) for row in rows.to_dict("records")]
    rows["key"] = [key(row) for row in rows.to_dict("records")]
    return rows


def seeds_of(part: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the single pairs of those rows that have few of them."""
    few = rows[rows["n"] <= MOST_POINTS].reset_index(names="row_place")[[*ARM, "row_place", "key"]]
    seeds = part[part["kind"] == SEED].merge(few, on=ARM).rename(columns={"row_place": "place"})
    return seeds.assign(told=[f"{row['arm']}, a seed: {_one(row)}" for row in seeds.to_dict("records")])


def whole_labels(rows: pd.DataFrame) -> list[str]:
    """Return labels that say all by themselves, since not every row is drawn."""
    about = rows["removed"].fillna(rows["arm"])
    names = distinct(about, LETTERS)
    ablations = distinct(rows["ablation"], LETTERS // 2) if len(set(rows["ablation"])) > 1 else {}
    return [
        names[name]
        + (", re-tuned" if row["dashed"] else "")
        + (f" ({ablations[row['ablation']]})" if ablations else "")
        for name, row in zip(about, rows.to_dict("records"), strict=True)
    ]


def mark(row: Mapping[Any, Any]) -> str:
    """Return how an arm of `effects` is drawn, of `forest.MARKS`: by what follows from its verdict."""
    return advice(row["verdict"], row["design"]) if row["role"] == Role.VARIANT else forest.CONTROL


def note(row: Mapping[Any, Any]) -> str:
    """Return what became of an arm's seeds that give no pair, and why a point has no interval."""
    planned = row["planned"]
    ends = [(row[end], word) for end, word in _ENDS.items() if row[end]]
    parts = [f"{number} of {planned} seeds {word}" for number, word in ends[:1]]
    parts += [f"{number} {word}" for number, word in ends[1:]]
    if row["control_lost"]:
        parts.append(f"its control lost {row['control_lost']} of {planned}")
    if row["unfinished"]:
        parts.append(f"{row['unfinished']} of {planned} seeds unfinished")
    if row["n"] and is_missing(row["low"]) and not parts:
        parts.append(no_interval(row["n"], row["searches"]))
    elif row["n"] > 1 and row["deviation"] < _LEAST_DEVIATION:
        parts.append("all seeds alike")
    return ", ".join(parts)


def told(row: Mapping[Any, Any]) -> str:
    """Return an arm's effect, its interval and its verdict in words."""
    way = "" if row["setting"] == Setting.FIXED else "re-tuned, "
    if is_missing(row["effect"]):
        return f"{row['arm']} ({way}{row['note']})"
    metric = metric_of(row)
    said = count(int(row["n"]), "pair") if is_missing(row["verdict"]) else _verdict(row, metric)
    why = no_interval(row["n"], row["searches"])
    shown = effect_with_interval(row["effect"], row["low"], row["high"], metric, with_unit=True, why=why)
    noted = "" if not row["note"] or row["note"] in shown else f"; {row['note']}"
    return f"{row['arm']} {shown}: {way}{said}{noted}"


def key(row: Mapping[Any, Any]) -> str:
    """Return what links the points of an arm with its rows in tables; `row` has `study, ablation, arm`."""
    return f"{row['study']} {row['ablation']} {row['arm']}"


def _labels(rows: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    again = rows["arm"].duplicated()
    labels = []
    for row, repeated in zip(rows.to_dict("records"), again, strict=True):
        if repeated:
            labels.append("re-tuned")
        else:
            labels.append(names[row["arm"]] + (", re-tuned" if row["dashed"] else ""))
    return labels


def _names(rows: pd.DataFrame) -> list[str]:
    """Shorten variants and controls apart: what controls share says what they are."""
    is_variant = rows["role"] == Role.VARIANT
    controls = [
        f"{row['arm'].removeprefix('baseline with ')} (size control)"
        if row["role"] == Role.SIZE_MATCHED
        else row["arm"]
        for row in rows[~is_variant].to_dict("records")
    ]
    # What follows is said of the part, not of the arm that lacks it.
    variants = rows.loc[is_variant, "removed"].fillna(rows["arm"]).tolist()
    return [*shortened(variants, LETTERS), *shortened(controls, LETTERS)]


def _verdict(row: Mapping[Any, Any], metric: Metric) -> str:
    if row["verdict"] == EQUIVALENT and not is_missing(row["smallest_effect"]):
        return f"no effect larger than {row['smallest_effect']:g} {unit(metric)}"
    return str(row["verdict"])


def _far(row: Mapping[Any, Any]) -> str:
    """Return an effect and its interval as they are written at the edge of an axis that they lie beyond."""
    return effect_with_interval(row["effect"], row["low"], row["high"], metric_of(row))


def _one(row: Mapping[Any, Any]) -> str:
    metric = metric_of(row)
    return f"{effect(row['effect'], metric)} {unit(metric)}"
