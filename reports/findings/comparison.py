"""Two models side by side on one data set: the trials of their baselines, and differences between them."""

from __future__ import annotations

import math
import shlex
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from reports.analysis.examples import noun
from reports.analysis.frames import Frames
from reports.analysis.selection import COMPLETE, REPLICATE, baseline_hashes, with_roles
from reports.statistics import CONFIDENCE, LEAST_SEEDS
from study.database import PlanRow
from study.options.option import as_words
from study.task import OWN
from study.trial import Phase

DEFAULT_STORAGE = "sqlite:///runs/studies.db"
_MODES = {"device": "devices", "precision": "precisions", "threads": "threads", "machine": "machines"}
_ANEW = "sqlite:///runs/like-for-like.db"


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of one set of values minus that of another, with Welch's interval."""

    effect: float
    low: float
    high: float
    n: tuple[int, int]
    """Values on each side."""

    @property
    def decided(self) -> bool:
        """Whether there are seeds enough, and the interval leaves out 0."""
        return min(self.n) >= LEAST_SEEDS and (self.low > 0 or self.high < 0)


def welch(first: pd.Series, second: pd.Series) -> Difference:
    """Return first minus second. Unpaired: models share seeds, but no initialisation and so no luck.

    Source: Welch (1947), with Satterthwaite's degrees of freedom. The interval is missing with fewer than two values on
    a side, or where none vary.
    """
    values = [np.asarray(side.dropna(), dtype=float) for side in (first, second)]
    sizes = (len(values[0]), len(values[1]))
    if not min(sizes):
        return Difference(math.nan, math.nan, math.nan, sizes)
    effect = float(values[0].mean() - values[1].mean())
    if min(sizes) < 2 or not any(side.var() > 0 for side in values):
        return Difference(effect, math.nan, math.nan, sizes)
    with warnings.catch_warnings():
        # A side may be constant, or nearly so, which here is no error.
        warnings.filterwarnings("ignore", "Precision loss occurred in moment calculation", RuntimeWarning)
        interval = stats.ttest_ind(*values, equal_var=False).confidence_interval(CONFIDENCE)
    return Difference(effect, float(interval.low), float(interval.high), sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The baselines of two models on one data set."""

    frames: Frames
    dataset: str
    spaces: tuple[str, str]
    studies: tuple[str, str]
    """Names; a study may be missing."""
    plans: tuple[PlanRow, ...]
    """Those that may be compared, on every data set."""
    trials: pd.DataFrame
    """One row a complete trial of either baseline: trial, study, seed, score, parameters, epochs, device, ..."""

    def of(self, side: int, column: str) -> pd.Series:
        """Return a column of one side's trials."""
        return self.trials.loc[self.trials["study"] == self.studies[side], column]

    def sides(self, values: pd.Series) -> tuple[pd.Series, pd.Series]:
        """Return values by trial as those of the one side and of the other."""
        return self.of(0, "trial").map(values), self.of(1, "trial").map(values)

    @property
    def tested(self) -> bool:
        """Whether both sides have a complete trial."""
        return set(self.studies) == set(self.trials["study"])

    @property
    def published_epochs(self) -> int | None:
        """How long the published networks of the two models were trained; None where no space tells."""
        definitions = [plan.definition for plan in self.plans if plan.space in self.spaces]
        told = [(definition.get("published") or {}).get("epochs") for definition in definitions]
        return max((int(epochs) for epochs in told if epochs is not None), default=None)

    def command(self, dataset: str | None = None, *, anew: bool = False, epochs: int | None = None) -> str:
        """Return the command that compares the two, or compares them on more seeds: replicates of both baselines.

        A model that has no study yet is trained as long, and on as many examples, as the other. Where a study has only
        been ablated, nothing is searched.

        Args:
            dataset: Another data set than this one.
            anew: In a database of its own, since what is in this one does not compare.
            epochs: How long to train, where that is not left to the study.
        """
        plans = [plan for plan in self.plans if plan.dataset == (dataset or self.dataset)]
        source = plans[0].dataset_source if plans else dataset or self.dataset
        begun = [] if anew else [plan for plan in plans if plan.study in self.studies]
        counts = [len(self.of(side, "trial")) for side in (0, 1)] if self.tested and not (dataset or anew) else [0]
        seeds = max(LEAST_SEEDS, 2 * min(counts))
        words = ["python -m study run", *map(shlex.quote, self.spaces), *dataset_option(source)]
        if read := (begun or plans):  # the other model's study has to be of the same data, read in the same way
            words += map(shlex.quote, as_words(read[0].data_options))
        if len(begun) == 1:
            epochs, size = begun[0].epochs, begun[0].train_size
            words += [] if size is None else ["--train-size", str(size)]
        words += [] if epochs is None else ["--epochs", str(epochs)]
        words += ["--trials", "1"] if any(plan.trials == 0 for plan in begun) else []
        known = [plan.study for plan in (*begun, *plans, *self.plans)]
        storage = ["--storage", _ANEW] if anew else storage_option(self.frames, known[0] if known else None)
        return " ".join([*words, "--replicates", str(seeds), *storage])

    def unlike(self) -> list[str]:
        """Return in what the two sides differ beside the model, a clause each; what differs does not compare."""
        both = [plan for plan in self.plans if plan.study in self.studies]
        found = []
        if len({plan.dataset_hash for plan in both}) > 1:
            found.append(f"the {noun(both)}s differ")
        if len({plan.train_size for plan in both}) > 1:
            found.append(f"one is trained on fewer {noun(both)}s")
        if len({plan.metric.name for plan in both}) > 1:
            found.append("the metrics differ")
        if len(set(self.trials["epochs"])) > 1:
            found.append("the numbers of epochs differ")
        return found

    def unlike_machines(self) -> list[str]:
        """Return in what the two sides' devices and machines differ, a clause each; times then do not compare."""
        machines = {
            machine.id: f"{machine.processor} {machine.cores} {machine.accelerator}"
            for machine in self.frames.environments
        }
        modes = self.trials.assign(machine=self.trials["environment"].map(machines))
        return [f"{words} differ" for name, words in _MODES.items() if len(set(modes[name])) > 1]


def dataset_option(source: str) -> list[str]:
    """Return `--dataset SOURCE`; nothing where the model loads its own data."""
    return [] if source == OWN else ["--dataset", shlex.quote(source)]


def storage_option(frames: Frames, study: str | None = None) -> list[str]:
    """Return `--storage URL` where a study's database is not the default one; without a study, one for each database.

    Args:
        frames: The study is in them.
        study: Its name in the report.
    """
    storages = frames.storages if study is None else (frames.origins[study].storage,)
    if storages == (DEFAULT_STORAGE,):
        return []
    return [word for storage in storages for word in ("--storage", shlex.quote(storage))]


def comparisons(frames: Frames, studies: Sequence[str], spaces: tuple[str, str]) -> list[Comparison]:
    """Return the two models on each data set that either has been planned for.

    Args:
        frames: Every frame of the report.
        studies: Those that may be compared; others, of a user's space of the same name perhaps, are left out.
        spaces: Names of the two models' spaces.
    """
    plans = tuple(plan for study, plan in frames.plan_rows.items() if study in studies and plan.space in spaces)
    return [_on(frames, plans, dataset, spaces) for dataset in dict.fromkeys(plan.dataset for plan in plans)]


def _on(frames: Frames, plans: tuple[PlanRow, ...], dataset: str, spaces: tuple[str, str]) -> Comparison:
    studies = (_called(frames, spaces[0], dataset), _called(frames, spaces[1], dataset))
    trials = with_roles(frames)
    # What others are compared with in an ablation is named `baseline` too where it is the tuned best or re-tuned.
    is_baseline = (trials["role"] == "baseline") & (
        trials["configuration_hash"] == trials["study"].map(baseline_hashes(frames))
    )
    known = [plan.study for plan in plans if plan.study in studies]
    trials = trials[trials["study"].isin(known) & is_baseline & (trials["state"] == COMPLETE)]
    trials = trials.merge(frames.tests[["trial", "score"]], on="trial")
    found = trials.iloc[:0]
    # Replicates see more examples than the trials of an ablation, so the two never stand side by side.
    for phase in (REPLICATE, Phase.ABLATE.value):
        chosen = trials[trials["phase"] == phase].drop_duplicates(["study", "seed"])
        if chosen["study"].nunique() > found["study"].nunique():
            found = chosen
    return Comparison(frames, dataset, spaces, studies, plans, found.reset_index(drop=True))


def _called(frames: Frames, space: str, dataset: str) -> str:
    """Return what the study of a space and a data set is called in the report.

    One that has a name of its own comes last, and of several databases that hold one, that in the first counts.
    """
    places = {storage: place for place, storage in enumerate(frames.storages)}
    found = [plan for plan in frames.plan_rows.values() if (plan.space, plan.dataset) == (space, dataset)]
    found.sort(key=lambda plan: (plan.name is not None, places[frames.origins[plan.study].storage]))
    return found[0].study if found else f"{space}@{dataset}"


def roughness(curves: pd.DataFrame) -> pd.Series:
    """Return, by trial, how much of its descent the training loss gave back.

    The sum of its rises from one epoch to the next, over its fall from the first epoch to its lowest.
    """
    ordered = curves.sort_values(["trial", "epoch"])
    rises = ordered.groupby("trial")["train_loss"].diff().clip(lower=0).groupby(ordered["trial"]).sum()
    losses = ordered.groupby("trial")["train_loss"]
    fall = losses.first() - losses.min()
    return (rises / fall).where(fall > 0)


def spread(curves: pd.DataFrame, trials: pd.DataFrame) -> pd.Series:
    """Return, by trial, how far its training loss lies from its study's other seeds.

    The absolute deviation of the logarithm of the loss from the median over the study's seeds, averaged over epochs:
    the Brown-Forsythe measure, so a difference of means compares the spreads.
    """
    table = curves.merge(trials[["trial", "study"]], on="trial")
    logs = np.log(table["train_loss"].where(table["train_loss"] > 0))
    middle = logs.groupby([table["study"], table["epoch"]]).transform("median")
    distances: pd.Series = (logs - middle).abs().groupby(table["trial"]).mean()
    return distances
