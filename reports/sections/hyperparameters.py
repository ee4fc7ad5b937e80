"""The best hyperparameters beside the baseline's and the published ones, and those of re-tuned arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.configurations import active, tuned
from reports.analysis.frames import Frames, decoded
from reports.analysis.selection import best_trials
from reports.pages.document import Block, Column, Paragraph, tabulate
from study.database import PlanRow
from study.design import Setting
from study.status.published import published_results

_COLUMNS = ["study", "hyperparameter", "baseline", "best", "published", "changed", "tuned"]
_RETUNED = ["study", "arm", "search", "hyperparameter", "found", "baseline", "tuned"]


def hyperparameters(frames: Frames) -> pd.DataFrame:
    """Return `study, hyperparameter, baseline, best, published, changed, tuned`, a row a study and hyperparameter.

    `best` is missing while no search trial is complete, `published` where the space has no published results for the
    data set; a value that is inactive is missing.
    """
    trials = frames.trials
    chosen = trials[trials["trial"].isin(best_trials(frames)["trial"])]
    bests = _configurations(chosen)
    rows: list[dict[str, Any]] = []
    for study, plan in frames.plan_rows.items():
        domains = plan.definition["domains"]
        baseline = active(plan.baseline, plan)
        best, in_search = active(bests.get(study, {}), plan), tuned(plan)
        published = _published(plan, baseline)
        rows += [
            {
                "study": study,
                "hyperparameter": name,
                "baseline": baseline.get(name),
                "best": best.get(name),
                "published": published.get(name),
                "changed": bool(best) and best.get(name) != baseline.get(name),
                "tuned": name in in_search,
            }
            for name in dict.fromkeys([*domains, *baseline, *best])
        ]
    # Whole numbers and truth values stay what they are.
    return pd.DataFrame(rows, columns=_COLUMNS, dtype=object)


def retuned(frames: Frames) -> pd.DataFrame:
    """Return what each re-tuned arm trains with that the study's baseline does not.

    Returns:
        `study, arm, search, hyperparameter, found, baseline, tuned`; `search` is its number, from 1, and `tuned` is
        false for what makes the arm. A search that kept every hyperparameter has one row without one; one that is not
        finished has none.
    """
    plans = frames.plan_rows
    searches = {(plan.parent, plan.variant, plan.search): plan for plan in frames.child_rows.values()}
    rows: list[dict[str, Any]] = []
    for arm in _found(frames).to_dict("records"):
        study, about = arm["study"], {"study": arm["study"], "arm": arm["name"], "search": arm["search"]}
        # The baseline is first tuned by the study's own search.
        search = searches.get((study, arm["name"], arm["search"]), plans[study])
        baseline, found = active(plans[study].baseline, plans[study]), active(arm["configuration"], search)
        in_search = tuned(search)
        changed = [
            {
                **about,
                "hyperparameter": name,
                "found": found.get(name),
                "baseline": baseline.get(name),
                "tuned": name in in_search,
            }
            for name in dict.fromkeys([*search.definition["domains"], *found, *baseline])
            if found.get(name) != baseline.get(name)
        ]
        rows += changed or [dict.fromkeys(_RETUNED) | about]
    return pd.DataFrame(rows, columns=_RETUNED, dtype=object)


def _found(frames: Frames) -> pd.DataFrame:
    """Return `study, name, search, configuration`, a row a search of a re-tuned arm that found something, in order."""
    arms = frames.arms[frames.arms["setting"] == Setting.RETUNED]
    arms = arms.assign(place=arms["study"].map({study: place for place, study in enumerate(frames.plan_rows)}))
    arms = arms.sort_values(["place", "planned_at", "position"], kind="stable").drop_duplicates(["study", "name"])
    # An arm's own configuration is what its first search found; of the others, their trials tell.
    further = frames.planned_trials[frames.planned_trials["search"] > 1].merge(
        frames.trials[["trial", "configuration"]], on="trial"
    )
    further = further[further["setting"] == Setting.RETUNED].drop_duplicates(["study", "arm", "search"])
    further = further.assign(configuration=further["configuration"].map(decoded))[
        ["study", "arm", "search", "configuration"]
    ]
    places = arms[["study", "name"]].reset_index(drop=True).reset_index(names="arm_place")
    whole = pd.concat(
        [arms[arms["configuration"].notna()].assign(search=1), further.rename(columns={"arm": "name"})],
        ignore_index=True,
    )
    whole = whole[["study", "name", "search", "configuration"]].merge(places, on=["study", "name"])
    return whole.sort_values(["arm_place", "search"], kind="stable", ignore_index=True)


def hyperparameters_shown(frames: Frames) -> list[Block]:
    """Return the best settings beside the baseline's and the published ones, and those that re-tuning found."""
    return [*_bests_shown(hyperparameters(frames), frames), *_retuned_shown(retuned(frames))]


def _bests_shown(table: pd.DataFrame, frames: Frames) -> list[Block]:
    table = table[table["study"].isin(best_trials(frames)["study"])]
    if table.empty:
        return []
    used = table["best"].notna() | table["baseline"].notna()
    shown = table[used & (table["tuned"].astype(bool) | table["changed"].astype(bool))]
    places = {study: place for place, study in enumerate(frames.plan_rows)}
    shown = shown.assign(place=shown["study"].map(places), kept=~shown["changed"].astype(bool))
    shown = shown.sort_values(["place", "kept"], kind="stable")
    columns = [
        Column("Study", form.shown("study")),
        Column("Hyperparameter", form.shown("hyperparameter")),
        Column("Best", form.shown("best", form.value), numeric=True),
        Column("Baseline", form.shown("baseline", form.value), True, "The space's defaults, and what the study fixed."),
        Column("Published", form.shown("published", form.value), numeric=True),
        Column("Changed", lambda row: "yes" if row["changed"] else ""),
    ]
    caption = "Settings of each study's best: what changed, then what stayed"
    found = replace(tabulate("hyperparameters", caption, shown, columns), data=table)
    others = _others(table, shown)
    return [found, Paragraph(others)] if others else [found]


def _others(table: pd.DataFrame, shown: pd.DataFrame) -> str:
    """Return how many hyperparameters of each study are not in the table: not tuned and unchanged, or inactive."""
    left = table["study"].value_counts(sort=False) - shown["study"].value_counts().reindex(table["study"].unique())
    told = [f"{int(number)} of {study}" for study, number in left.items() if number > 0]
    return f"Others as in the baseline: {', '.join(told)}." if told else ""


def _retuned_shown(table: pd.DataFrame) -> list[Block]:
    if table.empty:
        return []
    columns = [
        Column("Study", form.shown("study")),
        Column("Variant or control", form.shown("arm")),
        *([Column("Search", form.shown("search", form.whole), numeric=True)] if (table["search"] > 1).any() else []),
        Column("Hyperparameter", form.shown("hyperparameter")),
        Column("Re-tuned", form.shown("found", form.value), numeric=True),
        Column("Baseline", form.shown("baseline", form.value), numeric=True),
        Column("Because", _because),
    ]
    return [
        tabulate(
            "retuned-hyperparameters", "Where each re-tuned variant differs from the study's baseline", table, columns
        )
    ]


def _because(row: Mapping[Any, Any]) -> str:
    if form.is_missing(row["hyperparameter"]):
        return "its search found nothing better"
    return "its search found it" if row["tuned"] else "it makes the variant"


def _configurations(trials: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {study: decoded(value) for study, value in zip(trials["study"], trials["configuration"], strict=True)}


def _published(plan: PlanRow, baseline: Mapping[str, Any]) -> dict[str, Any]:
    """Return the baseline with what the study fixed undone; what it fixed beside the domains stays unknown."""
    fixed, domains = plan.fixed, plan.definition["domains"]
    if published_results(plan) is None:
        return {}
    given = {name: value for name, value in baseline.items() if name not in fixed}
    defaults = {name: domain["default"] for name, domain in domains.items()} if fixed else {}
    return active(given | defaults, replace(plan, fixed={}))
