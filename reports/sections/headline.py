"""What a reader in a hurry needs: which hyperparameters are best, what helps, by how much, at what cost, how surely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis import guessing
from reports.analysis.designs import path
from reports.analysis.effects import effects
from reports.analysis.examples import counted, learned, noun
from reports.analysis.frames import Frames
from reports.analysis.progress import progress, replicates_sentence, sentence
from reports.analysis.selection import ABLATE, COMPLETE, REPLICATE, SEARCH, best_trials, complete_replicates
from reports.drawing import style
from reports.findings.wording import Told, headlines
from reports.pages.document import Block, Bullets, Link, Paragraph, Section
from reports.sections.hyperparameters import hyperparameters
from reports.sections.provenance import notes
from reports.statistics import INCONCLUSIVE, LEVEL, SEEDS_NEEDED, intervals, paired_differences
from study.database import PlanRow
from study.task import Metric

_PLAIN = {"no evidence of a difference": "not shown to differ"}


def summary(frames: Frames) -> pd.DataFrame:
    """Return a row a study.

    Returns:
        `progress`; `epochs`, `train_size` of the plan; `value` and `is_baseline` of its best; `n_`, `mean_`, `low_` and
        `high_` with `best` and `baseline`: of their test scores; `difference, low, high, verdict` of the two;
        `seconds_ratio`: the median training time of the best over that of the baseline.
    """
    table = progress(frames).merge(best_trials(frames)[["study", "value", "is_baseline"]], on="study", how="left")
    table = table.merge(frames.plans[["study", "epochs", "train_size"]], on="study", how="left")
    finals = complete_replicates(frames)
    means = intervals(finals, by=["study", "role"], column="score")
    for role in ("best", "baseline"):
        side = means[means["role"] == role].set_index("study")[["n", "mean", "low", "high"]].add_suffix(f"_{role}")
        table = table.merge(side, left_on="study", right_index=True, how="left")
    return table.merge(_time_ratios(frames, finals), on="study", how="left").merge(
        paired_differences(finals, {study: plan.metric.sign for study, plan in frames.plan_rows.items()}),
        on="study",
        how="left",
    )


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    if frames.plans.empty:
        empty = "The database holds no study yet; 'python -m study run SPACE' begins one."
        return Section("Headline", (Paragraph(empty),))
    arms, steps, changes = effects(frames), path(frames), _changes(frames)
    guessed = {row["study"]: guessing.sentence(row) for row in guessing.guessing(frames).to_dict("records")}
    bullets = []
    for row in summary(frames).to_dict("records"):
        plan = frames.plan_rows[row["study"]]
        told = [Told(guessed[plan.study], decided=True)] if plan.study in guessed else []
        told += _searched(row, plan, changes.get(plan.study, ""))
        learned = counted(plan, ABLATE)
        told += headlines(*(table[table["study"] == plan.study] for table in (arms, steps)), learned=learned)
        bullets.append(_bullet(row, plan, told))
    noted = notes(frames)["study"].unique().tolist()
    blocks: list[Block] = [Bullets(tuple(bullets)), Paragraph(_counts(frames))]
    if noted:
        text = f"Something was noted about the data or the options of {style.listed(noted)}."
        blocks.append(Paragraph(text, (Link("Provenance", "provenance"),)))
    return Section("Headline", tuple(blocks))


def _bullet(row: Mapping[Any, Any], plan: PlanRow, told: list[Told]) -> str:
    """Return the words on one study: what is decided first, how far it has come first of all where it is not done."""
    ordered = [found.text for found in sorted(told, key=lambda found: not found.decided)]
    state = _state(row)
    if state:
        ordered.insert(len(ordered) if row["finished"] else 0, state)
    subset = "" if plan.train_size is None else f", {form.count(plan.train_size, f'training {noun([plan])}')}"
    about = f"{form.count(int(row['epochs']), 'epoch')}{subset}"
    about += f"; a lower {plan.metric.label} is better" if plan.metric.sign < 0 else ""
    return f"{row['study']} ({about}): {' '.join(ordered) or 'nothing is known yet.'}"


def _state(row: Mapping[Any, Any]) -> str:
    if not row["search_planned"] and not row["searched"]:
        return ""
    replicates = replicates_sentence(row["replicated"], row["replicates_planned"])
    keys = ("finished", "alive", "timed_out", "out_of_time", "searched", "search_planned")
    text = sentence(replicates=replicates, **{key: row[key] for key in keys})
    return f"{text[0].upper()}{text[1:]}."


def _searched(row: Mapping[Any, Any], plan: PlanRow, changes: str) -> list[Told]:
    """Say what the search found and what the test split says of that."""
    if not row["search_planned"] and not row["searched"]:
        return []
    if form.is_missing(row["value"]):
        return [Told(f"No search trial is {COMPLETE} yet, so there is no best configuration.", decided=False)]
    metric = plan.metric
    reached = f"{form.score(row['value'], metric)} validation {metric.label}{learned(plan, SEARCH, ', ')}"
    if row["is_baseline"]:
        text = f"No configuration was better than the baseline on the validation split ({reached})."
        return [Told(text + _tested(row, plan, "baseline"), decided=False)]
    text = f"Best configuration: the baseline with {changes} ({reached})."
    text += _tested(row, plan, "best", "baseline")
    if form.is_missing(row["difference"]):
        return [Told(text, decided=False)]
    interval = "" if form.is_missing(row["low"]) else f" ({_interval(row, metric)})"
    time = "" if form.is_missing(row["seconds_ratio"]) else f", at {row['seconds_ratio']:.2f} times the training time"
    difference = form.points(row["difference"], metric, row["low"], row["high"])
    text += f" Difference {difference}{interval}{time}: {_plain(row['verdict'])}."
    return [Told(text, decided=not row["verdict"].startswith((INCONCLUSIVE, *_PLAIN)))]


def _interval(row: Mapping[Any, Any], metric: Metric) -> str:
    return form.points_interval(row["difference"], row["low"], row["high"], metric)


def _plain(verdict: str) -> str:
    if verdict.startswith(INCONCLUSIVE):
        return f"too few seeds to decide, needs {SEEDS_NEEDED}"
    return _PLAIN.get(verdict, verdict)


def _tested(row: Mapping[Any, Any], plan: PlanRow, *roles: str) -> str:
    """Say the test scores and from how many examples they were learned; the seeds once where both have as many."""
    known = [role for role in roles if not form.is_missing(row[f"mean_{role}"])]
    if not known:
        return ""
    numbers = {int(row[f"n_{role}"]) for role in known}
    seeds = f"{form.count(numbers.pop(), 'seed')}{' each' if len(known) > 1 else ''}" if len(numbers) == 1 else ""
    told = [_score(row, plan.metric, role, alone=not seeds) for role in known]
    about = [learned(plan, REPLICATE), f"{seeds}, {LEVEL} intervals" if seeds else ""]
    known_about = "; ".join(filter(None, about))
    where = "By its own test(run)" if plan.own_training else "On the test split"
    return f" {where}{f' ({known_about})' if known_about else ''}: {', '.join(told)}."


def _score(row: Mapping[Any, Any], metric: Metric, role: str, *, alone: bool) -> str:
    mean, low, high = (row[f"{name}_{role}"] for name in ("mean", "low", "high"))
    interval = form.score_interval(low, high, metric)
    seeds = f", {form.count(int(row[f'n_{role}']), 'seed')}" if alone else ""
    return f"the {role} {form.score(mean, metric)} ({interval}{seeds})"


def _changes(frames: Frames) -> dict[str, str]:
    """Return, by study, how its best differs from the baseline: `learning_rate 0.0015, batch_size 32`."""
    table = hyperparameters(frames)
    changed = table[table["changed"].astype(bool)]
    return {
        str(study): ", ".join(
            f"{name} {'inactive' if form.is_missing(value) else form.value(value)}"
            for name, value in zip(rows["hyperparameter"], rows["best"], strict=True)
        )
        for study, rows in changed.groupby("study", sort=False)
    }


def _time_ratios(frames: Frames, finals: pd.DataFrame) -> pd.DataFrame:
    seconds = finals.assign(seconds=finals["trial"].map(frames.epochs.groupby("trial")["seconds"].sum()).astype(float))
    medians = seconds.groupby(["study", "role"])["seconds"].median().reset_index()
    best, baseline = (medians[medians["role"] == role].set_index("study")["seconds"] for role in ("best", "baseline"))
    return (best / baseline.where(baseline > 0)).rename("seconds_ratio").rename_axis("study").reset_index()


def _counts(frames: Frames) -> str:
    trials = frames.trials
    states = trials["state"].value_counts()
    ordered = [f"{number} {state}" for state, number in sorted(states.items(), key=lambda item: (-item[1], item[0]))]
    scored = trials[trials["trial"].isin(frames.tests["trial"])]
    configurations = len(scored[["study", "configuration_hash"]].drop_duplicates())
    text = f"{form.count(len(frames.plans), 'study')}, {form.count(len(trials), 'trial')} begun"
    text += f": {', '.join(ordered)}." if ordered else "."
    if not frames.retunings.empty:
        text += f" Beside them, searches that re-tune an arm began {form.count(len(frames.retunings), 'trial')}."
    if scored.empty:
        return f"{text} {_NOT_TESTED[_kind(frames)]}"
    of = f"{form.count(len(scored), 'trial')} of {form.count(configurations, 'configuration')}"
    return f"{text} {_TESTED[_kind(frames)].format(of=of, were='was' if len(scored) == 1 else 'were')}"


def _kind(frames: Frames) -> str:
    """Return whether the models of all studies here train themselves: `own`, `ours` where none does, else `mixed`."""
    kinds = {plan.own_training for plan in frames.plan_rows.values()}
    return "mixed" if len(kinds) > 1 else "own" if kinds == {True} else "ours"


_NOT_TESTED = {
    "ours": "The test split has not been opened.",
    "own": "No model's 'test(run)' has been called.",
    "mixed": "No test split has been opened, and no model's 'test(run)' called.",
}
_TESTED = {
    "ours": (
        "On the test split {of} {were} evaluated, each once, at its end; everything that chooses saw the validation "
        "split alone."
    ),
    "own": (
        "The models' own 'test(run)' was called for {of}, once for each, at its end; everything that chooses saw what "
        "'train(run)' yielded alone."
    ),
    "mixed": (
        "On the test split, or by a model's own 'test(run)', {of} {were} evaluated, each once, at its end; everything "
        "that chooses saw the validation split, or what a model's 'train(run)' yielded, alone."
    ),
}
"""Whose training made the studies of a page -> what is said of the test scores."""
