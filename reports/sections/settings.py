"""The best settings beside the baseline's and the published ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.document import Column, Paragraph, Section, tabulate
from reports.frames import Frames, decoded
from reports.selection import best_trials

_COLUMNS = ["study", "setting", "baseline", "best", "published", "changed"]


def settings(frames: Frames) -> pd.DataFrame:
    """Returns a row for each study and setting: `study, setting, baseline, best, published, changed`.

    `best` is missing while no search trial is complete, `published` where the space has no published numbers; a
    setting that the space puts out of use is missing.
    """
    trials = frames.trials
    baselines = _configurations(trials[trials["variant"] == "baseline"].drop_duplicates("study"))
    chosen = trials[trials["trial"].isin(best_trials(frames)["trial"])]
    bests = _configurations(chosen)
    rows: list[dict[str, Any]] = []
    for plan in frames.plans.to_dict("records"):
        study, domains = plan["study"], plan["definition"]["domains"]
        baseline = _in_force(baselines.get(study, plan["baseline"]), plan)
        best = _in_force(bests.get(study, {}), plan)
        published = _published(plan, baseline)
        rows += [
            {
                "study": study,
                "setting": name,
                "baseline": baseline.get(name),
                "best": best.get(name),
                "published": published.get(name),
                "changed": bool(best) and best.get(name) != baseline.get(name),
            }
            for name in dict.fromkeys([*domains, *baseline, *best])
        ]
    # Whole numbers and truth values stay what they are.
    return pd.DataFrame(rows, columns=_COLUMNS, dtype=object)


def section(frames: Frames) -> Section:
    """Builds the section."""
    table = settings(frames)
    if table.empty:
        return Section("Best settings", (Paragraph("There is no study, so there are no settings."),))
    columns = [
        Column("Study", form.shown("study")),
        Column("Setting", form.shown("setting")),
        Column("Best", form.shown("best", form.setting), numeric=True),
        Column("Baseline", form.shown("baseline", form.setting), numeric=True),
        Column("Published", form.shown("published", form.setting), numeric=True),
        Column("Changed", lambda row: "yes" if row["changed"] else ""),
    ]
    reading = (
        "The baseline holds the space's defaults, and what the study fixed. Published settings stand where the space "
        f"has published numbers. {form.MISSING} marks what is not used, or not known yet."
    )
    return Section(
        "Best settings", (tabulate("settings", "Settings of each study", table, columns), Paragraph(reading))
    )


def _configurations(trials: pd.DataFrame) -> dict[str, dict[str, Any]]:
    return {study: decoded(value) for study, value in zip(trials["study"], trials["configuration"], strict=True)}


def _in_force(configuration: Mapping[str, Any], plan: Mapping[Any, Any]) -> dict[str, Any]:
    """Leaves out what a condition of the space puts out of use, unless the study fixed it."""
    kept: dict[str, Any] = {}
    domains = plan["definition"]["domains"]
    ordered = {name: configuration[name] for name in [*domains, *configuration] if name in configuration}
    for name, value in ordered.items():
        conditions = domains[name]["when"].items() if name in domains and name not in plan["fixed"] else ()
        if all(kept.get(other) in allowed for other, allowed in conditions):
            kept[name] = value
    return kept


def _published(plan: Mapping[Any, Any], baseline: Mapping[str, Any]) -> dict[str, Any]:
    """The baseline's settings with what the study fixed undone; what it fixed beside the domains stays unknown."""
    definition, fixed = plan["definition"], plan["fixed"]
    if not definition.get("reference"):
        return {}
    domains = definition["domains"]
    given = {name: value for name, value in baseline.items() if name not in fixed}
    defaults = {name: domain["default"] for name, domain in domains.items()} if fixed else {}
    return _in_force(given | defaults, {**plan, "fixed": {}})
