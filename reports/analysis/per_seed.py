"""Every trial with what it scored, and every epoch: from these two tables alone all other numbers can be had again."""

from __future__ import annotations

import pandas as pd

from reports.analysis.examples import learned_from
from reports.analysis.frames import Frames, decoded
from reports.analysis.pairs import ARM, arms_of
from reports.analysis.scores import with_metrics
from reports.analysis.selection import with_roles
from reports.analysis.typed import stacked, typed
from study.trial import Phase

NOT_BEGUN = "not begun"
"""The state of a planned trial that nobody has begun."""
_TEXTS = ("study", "trial", "phase", "ablation", "design", "setting", "arm", "role", "control", "matched")
_NUMBERS = ("test_score", "test_loss", "validation_score", "validation_loss", "train_loss")
_TIMES = ("seconds", "processor_seconds")
_TRIALS = {
    **dict.fromkeys(_TEXTS, "object"),
    **dict.fromkeys(("step", "number", "search", "replicate"), "Int64"),
    "seed": "int64",
    **dict.fromkeys(("state", "metric", "metric_unit", "metric_direction"), "object"),
    **dict.fromkeys((*_NUMBERS, *_TIMES), "float64"),
    **dict.fromkeys(("parameters", "epochs", "learned_from"), "Int64"),
}
_OF_ARM = ["design", "role", "control", "matched", "step"]
_NUMBERED = ("number", "search", "replicate", "seed")
_NAMED = dict.fromkeys(("study", "trial", "phase", *ARM[1:], *_OF_ARM, *_NUMBERED), "object")
_LAST = ["validation_score", "validation_loss", "train_loss"]


def trials(frames: Frames) -> pd.DataFrame:
    """Return a row for each trial of a search, each replicate, and each planned trial of each arm of an ablation.

    A trial that stands for several arms, such as the baseline of two ablations, has a row for each. Left out are the
    searches that re-tune an arm, whose choice alone is tested, and trials whose code was changed since.

    Returns:
        `study`, `trial` (missing while a planned one has not begun), `phase`; of an ablation `ablation, design,
        setting, arm`, and `role, control, matched, step` of the arm; of others `arm` is the trial's role by
        `selection.with_roles`; `number` (in the study's search), `search` (of a re-tuned arm, which of its searches
        found the configuration; 1 of other arms), `replicate`, `seed`, `state`, `metric, metric_unit,
        metric_direction`; `test_score, test_loss` (missing where it was not tested); `validation_score,
        validation_loss, train_loss` after the last epoch; `seconds, processor_seconds` and number of the `epochs`
        trained; `parameters`; `learned_from` (examples; missing where the model loads its own data).
    """
    table = stacked([_of_study(frames), _planned(frames)], _NAMED)
    table = table.merge(frames.trials[["trial", "state", "parameters"]], on="trial", how="left")
    tests = frames.tests.rename(columns={"score": "test_score", "loss": "test_loss"})
    table = table.merge(tests[["trial", "test_score", "test_loss"]], on="trial", how="left")
    last = frames.epochs.drop_duplicates("trial", keep="last")[["trial", *_LAST]]
    table = table.merge(last, on="trial", how="left")
    epochs = frames.epochs.groupby("trial", sort=False)
    times = epochs.agg(seconds=("seconds", "sum"), epochs=("seconds", "size"))
    # A sum without its missing parts would be less than the whole.
    times["processor_seconds"] = (
        epochs["processor_seconds"].sum(min_count=1).where(epochs["processor_seconds"].count() == times["epochs"])
    )
    table = table.merge(times.reset_index(), on="trial", how="left")
    table["state"] = table["state"].where(table["state"].notna(), NOT_BEGUN)
    table["epochs"] = table["epochs"].fillna(0)
    places = list(zip(table["study"], table["phase"], strict=True))
    known = {place: learned_from(frames.plan_rows[place[0]], place[1]) for place in set(places)}
    table["learned_from"] = [known[place] for place in places]
    return typed(with_metrics(table, frames)[list(_TRIALS)], _TRIALS)


def epochs(frames: Frames) -> pd.DataFrame:
    """Return a row for each epoch of each trial of `trials`.

    Returns:
        `trial, epoch, train_loss, train_score, validation_loss, validation_score, seconds, processor_seconds`, and
        where more was measured than the objective a column `validation_NAME` for each metric.
    """
    table, further = frames.epochs, frames.epoch_metrics
    if further.empty:
        return table
    values = pd.DataFrame([decoded(found) for found in further["metrics"]], dtype=float).add_prefix("validation_")
    table = table.merge(pd.concat([further[["trial", "epoch"]], values], axis=1), on=["trial", "epoch"], how="left")
    objectives = frames.trials["study"].map({study: plan.metric.name for study, plan in frames.plan_rows.items()})
    named = "validation_" + table["trial"].map(dict(zip(frames.trials["trial"], objectives, strict=True))).astype(str)
    return table.assign(
        **{name: table[name].where(named != name, table["validation_score"]) for name in map(str, values)}
    )


def _of_study(frames: Frames) -> pd.DataFrame:
    """Return the trials of searches and the replicates."""
    found = with_roles(frames)
    found = found[found["phase"] != Phase.ABLATE].rename(columns={"role": "arm", "optuna_number": "number"})
    return found.assign(**dict.fromkeys(("ablation", "setting", "search", *_OF_ARM)))


def _planned(frames: Frames) -> pd.DataFrame:
    """Return the planned trials of each arm of an ablation, in the order of the arms."""
    arms = arms_of(frames)[[*ARM, *_OF_ARM]]
    return arms.merge(frames.planned_trials, on=ARM).assign(phase=Phase.ABLATE.value, number=None)
