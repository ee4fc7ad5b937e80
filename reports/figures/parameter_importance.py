"""Which hyperparameters matter for the validation score: permutation importance in a random forest, held out.

Stricter than reading importances off a model fitted to all trials, as fANOVA does: what the forest cannot predict for
trials that it has not seen, it does not explain, and then no importance is shown.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.configurations import complete_trials, tuned
from reports.analysis.frames import Frames
from reports.analysis.scores import in_words, metrics_of, with_metrics
from reports.analysis.selection import leading_plans
from reports.drawing import style
from reports.drawing.distinct import SHORT, distinct

NAME = "parameter-importance"
SECTION = "search"
ORDER = 3
LEAST_TRIALS = 10
EMPTY = (
    f"No study has {LEAST_TRIALS} complete search trials, and hyperparameters from which held-out ones can be "
    "predicted, so no parameter importance is shown."
)

MOST_STUDIES = 6
LEAST_EXPLAINED = 0.1
"""Held-out R^2 under which the forest has learnt too little to say what matters, and nothing is drawn."""
_MOST_TRIALS = 500
"""A forest learns little more from more, and takes longer."""
_FOLDS = 5
_TREES = 50
_REPEATS = 5
_OUT_OF_USE = -1.0
"""Below every domain once heights are ranked, so that a tree can part what is not in use from what is."""

Matrix = npt.NDArray[np.floating]


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each study, hyperparameter and fold; nothing where the forest explains no study.

    Returns:
        `study, number, hyperparameter, fold, importance, explained, n`, `METRIC`: `importance` is the rise of the
        held-out squared error of the trial's rank when the hyperparameter's values are exchanged among the trials
        that use it, as a fraction of the ranks' variance; `explained` the held-out R^2 over all folds; `n` the
        complete trials behind it.
    """
    looks = style.studies(frames).set_index("study")["number"]
    parts = []
    for plan in leading_plans(frames, MOST_STUDIES):
        trials = complete_trials(frames, plan)
        names = [hyperparameter for hyperparameter in tuned(plan) if _varies(trials[hyperparameter])]
        if len(trials) < LEAST_TRIALS or not names:
            continue
        if len(trials) > _MOST_TRIALS:
            trials = trials.sample(_MOST_TRIALS, random_state=0)
        importance, explained = _importance(
            trials[names].rank(pct=True).fillna(_OUT_OF_USE).to_numpy(dtype=np.float64),
            trials["score"].rank(pct=True).to_numpy(dtype=np.float64),
        )
        part = pd.DataFrame(importance, columns=names).rename_axis("fold").reset_index()
        part = part.melt(id_vars="fold", var_name="hyperparameter", value_name="importance")
        known = {"study": plan.study, "number": looks[plan.study], "explained": explained, "n": len(trials)}
        parts.append(part.assign(**known))
    table = with_metrics(pd.concat(parts, ignore_index=True), frames) if parts else pd.DataFrame()
    return table if parts and _explained(table).any() else pd.DataFrame()


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel for each study that the forest explains: a bar a hyperparameter, and a point for each fold."""
    parts = [part for _, part in table[_explained(table)].groupby("study", sort=False)]
    figure, all_axes = style.panels([1.3 + 0.3 * part["hyperparameter"].nunique() for part in parts])
    titles = distinct(table["study"], SHORT)
    for axes, part in zip(all_axes, parts, strict=True):
        axes.set_title(f"{titles[part['study'].iloc[0]]} ({part['n'].iloc[0]} complete trials)")
        _draw_bars(axes, part)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    studies = table.drop_duplicates("study")
    drawn = studies[_explained(studies)].to_dict("records")
    explained = [f"{row['study']} {row['explained']:.2f}" for row in drawn]
    silent = studies.loc[~_explained(studies), "study"].tolist()
    text = (
        "Permutation importance (Breiman 2001) in a random forest that predicts a trial's rank by validation "
        f"{in_words(metrics_of(table))}: how much worse it predicts held-out trials ({_FOLDS}-fold) when "
        "one hyperparameter's values are exchanged among the trials that use it, as a fraction of the variance. "
        "Bars: mean; points: folds. Complete search trials alone: pruned ones, often the worse, are left out, so the "
        f"importance is among what the pruner let through. Held-out R\N{SUPERSCRIPT TWO}: {style.listed(explained)}. "
        "A sampler that learns tries few values of what it thinks bad, which makes importances uncertain. Studies "
        f"with fewer than {LEAST_TRIALS} complete trials have none; at most {MOST_STUDIES} studies, the best by "
        f"validation, and {_MOST_TRIALS} trials of each, drawn at random, are used."
    )
    if silent:
        text += (
            f" Of {style.listed(silent)} nothing is drawn: the forest explains less than {LEAST_EXPLAINED} of the "
            "variance of held-out trials, so that what matters is not known."
        )
    return text


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    told = table[_explained(table)]
    means = told.groupby(["study", "hyperparameter"], sort=False)["importance"].mean().reset_index()
    first = means.sort_values("importance", ascending=False).drop_duplicates("study")
    parts = [
        f"{row['hyperparameter']} matters most in {row['study']} ({row['importance']:.2f})"
        for row in first.to_dict("records")
    ]
    return f"Bars of parameter importance. {style.listed(parts)}."


def _explained(table: pd.DataFrame) -> pd.Series:
    enough: pd.Series = table["explained"] >= LEAST_EXPLAINED
    return enough


def _varies(values: pd.Series) -> bool:
    return len(values.drop_duplicates()) > 1


def _importance(hyperparameters: Matrix, ranks: Matrix) -> tuple[Matrix, float]:
    """Return importances (folds, hyperparameters) and the held-out R^2."""
    from sklearn.ensemble import RandomForestRegressor

    generator = np.random.default_rng(0)
    folds = generator.permutation(len(ranks)) % _FOLDS  # (trials,)
    variance = float(ranks.var()) or 1.0
    importance = np.zeros((_FOLDS, hyperparameters.shape[1]))
    predicted = np.zeros(len(ranks))
    for fold in range(_FOLDS):
        held = folds == fold
        forest = RandomForestRegressor(_TREES, min_samples_leaf=2, max_features=0.5, random_state=fold, n_jobs=1)
        forest.fit(hyperparameters[~held], ranks[~held])
        predicted[held] = forest.predict(hyperparameters[held])
        error = np.square(predicted[held] - ranks[held]).mean()
        exchanged = _exchanged(hyperparameters[held], generator)  # (hyperparameters * repeats, held, hyperparameters)
        guesses = forest.predict(exchanged.reshape(-1, hyperparameters.shape[1])).reshape(len(exchanged), -1)
        errors = np.square(guesses - ranks[held]).mean(axis=1).reshape(-1, _REPEATS).mean(axis=1)  # (hyperparameters,)
        importance[fold] = (errors - error) / variance
    return importance, 1 - float(np.square(predicted - ranks).mean()) / variance


def _exchanged(hyperparameters: Matrix, generator: np.random.Generator) -> Matrix:
    """Return copies of the trials, each with one hyperparameter's values exchanged among those that use it."""
    copies = np.repeat(hyperparameters[None], hyperparameters.shape[1] * _REPEATS, axis=0)
    for number, copy in enumerate(copies):
        column = number // _REPEATS
        used = np.flatnonzero(copy[:, column] != _OUT_OF_USE)
        copy[used, column] = copy[generator.permutation(used), column]
    return copies


def _draw_bars(axes: Axes, part: pd.DataFrame) -> None:
    means = part.groupby("hyperparameter")["importance"].mean().sort_values()
    places = {hyperparameter: place for place, hyperparameter in enumerate(means.index)}
    colour = style.look(int(part["number"].iloc[0])).colour
    axes.barh(range(len(means)), means.clip(lower=0).to_numpy(), color=colour, alpha=0.55, height=0.65)
    axes.scatter(
        part["importance"].to_numpy(), part["hyperparameter"].map(places).to_numpy(), color=colour, s=10, zorder=3
    )
    axes.axvline(0, color=style.GREY, linewidth=0.8)
    axes.set_yticks(range(len(means)), list(distinct(means.index).values()))
    axes.set_xlabel("Importance (fraction of the variance of ranks)")
    axes.grid(axis="y", visible=False)
