"""The only module that asks Optuna what to try next. Optuna's WAITING trials are the queue; there is no other."""

from __future__ import annotations

import functools
import itertools
import logging
import warnings
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

import optuna
from optuna.trial import TrialState as OptunaState
from sqlalchemy.exc import SQLAlchemyError

from study.database import BUSY_SECONDS, Row, parse_url
from study.errors import StudyError
from study.grid import grid
from study.plan import DIRECTION, Plan
from study.seeds import derive
from study.space import Choice, Domain, Float, is_active
from study.trial import Epoch, Scalar, Trial, TrialState

P = ParamSpec("P")
T = TypeVar("T")

_TOLD = {
    TrialState.COMPLETE.value: OptunaState.COMPLETE,
    TrialState.PRUNED.value: OptunaState.PRUNED,
    # A diverged trial must teach the sampler to stay away. Optuna's samplers ignore FAIL; PRUNED counts as bad.
    TrialState.DIVERGED.value: OptunaState.PRUNED,
    TrialState.FAILED.value: OptunaState.FAIL,
}


def _plainly(method: Callable[P, T]) -> Callable[P, T]:
    """Turns a storage's failure under Optuna into one line."""

    @functools.wraps(method)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except (optuna.exceptions.StorageInternalError, SQLAlchemyError) as error:
            cause = error.__cause__ or error
            raise StudyError(f"the trial database cannot be used: {getattr(cause, 'orig', None) or cause}") from error

    return wrapped


class Search:
    """Optuna's side of one study. One process at a time uses it: the study's owner."""

    @_plainly
    def __init__(self, storage: str, plan: Plan) -> None:
        """Opens or creates the Optuna study; its first trial is the baseline.

        Raises:
            StudyError: Optuna's study of that name goes the other direction.
        """
        _quieten()
        self.plan = plan
        self._storage = _open_storage(storage)
        self._study = optuna.create_study(
            study_name=plan.study, storage=self._storage, direction=DIRECTION, load_if_exists=True
        )
        if self._study.direction.name.lower() != DIRECTION:
            raise StudyError(
                f"study {plan.study!r} was begun to {self._study.direction.name.lower()}, now to {DIRECTION}; "
                f"use another --storage"
            )
        self._study.pruner = _pruner(plan)
        self._asked: dict[str, optuna.Trial] = {}
        self._reported: dict[str, set[int]] = {}
        self._enqueue()

    @_plainly
    def adopt(self, rows: list[Row]) -> None:
        """Puts trials that lost their process back into the queue, and tells Optuna of ends it did not hear of.

        Args:
            rows: Our rows of the study's trials.
        """
        known = {row["optuna_number"]: row for row in rows if row["optuna_number"] is not None}
        for frozen in self._study.get_trials(deepcopy=False, states=(OptunaState.RUNNING,)):
            row = known.get(frozen.number)
            if row is not None and row["state"] in _TOLD:
                self._study.tell(frozen.number, row["value"], state=_TOLD[row["state"]])
            else:
                self._storage.set_trial_state_values(frozen._trial_id, OptunaState.WAITING)

    @_plainly
    def remaining(self) -> int:
        """Trials of the budget that have not begun, those put back among them."""
        trials = self._study.get_trials(deepcopy=False)
        waiting = sum(trial.state is OptunaState.WAITING for trial in trials)
        return waiting + max(0, self._target(len(trials)) - len(trials))

    @_plainly
    def ask(self) -> Trial | None:
        """Returns the next trial of the budget, or None when all have begun."""
        trials = self._study.get_trials(deepcopy=False)
        waiting = [trial.number for trial in trials if trial.state is OptunaState.WAITING]
        if not waiting and len(trials) >= self._target(len(trials)):
            return None
        # Seeding by the trial's number, not once a study: a resumed search proposes what an undisturbed one would.
        self._study.sampler = _sampler(self.plan, waiting[0] if waiting else len(trials))
        asked = self._study.ask()
        values: dict[str, Scalar] = {}
        for name, domain in self.plan.domains.items():
            if is_active(domain, dict(self.plan.fixed) | values):
                values[name] = _suggest(asked, name, domain)
        trial = self.plan.search_trial(asked.number, values)
        self._asked[trial.id] = asked
        self._reported[trial.id] = set(trials[asked.number].intermediate_values) if waiting else set()
        return trial

    def optuna_trial_id(self, trial: Trial) -> int | None:
        """Returns the key of Optuna's own tables for a trial that `ask` returned; None for a final training."""
        asked = self._asked.get(trial.id)
        return None if asked is None else asked._trial_id

    @_plainly
    def report(self, trial: Trial, epoch: Epoch) -> bool:
        """Reports an epoch's validation accuracy; returns whether the trial should go on.

        Optuna keeps the first report of an epoch, which a resumed trial's second one equals.
        """
        if epoch.validation_accuracy is None:
            raise ValueError(f"a search trial's epoch has a validation accuracy; epoch {epoch.number} has none")
        asked = self._asked[trial.id]
        if epoch.number not in self._reported[trial.id]:
            asked.report(epoch.validation_accuracy, step=epoch.number)
            self._reported[trial.id].add(epoch.number)
        return epoch.number == trial.epochs or not asked.should_prune()

    @_plainly
    def tell(self, trial: Trial, state: TrialState, value: float | None) -> None:
        """Tells how a trial ended; INTERRUPTED puts it back into the queue."""
        asked = self._asked.pop(trial.id)
        del self._reported[trial.id]
        if state is TrialState.INTERRUPTED:
            self._storage.set_trial_state_values(asked._trial_id, OptunaState.WAITING)
        else:
            self._study.tell(asked, value, state=_TOLD[state.value])

    def _target(self, existing: int) -> int:
        """Trials in all; a grid ends when it is exhausted, and what it holds was enqueued at the start."""
        return existing if self.plan.method.sampler == "grid" else self.plan.budget.trials

    def _enqueue(self) -> None:
        existing = len(self._study.get_trials(deepcopy=False))
        wanted = self.plan.budget.trials
        points = iter([{name: value for name, value in self.plan.baseline.items() if name in self.plan.domains}])
        if self.plan.method.sampler == "grid":
            seed = derive(self.plan.method.seed, "sampler")
            points = itertools.chain(points, grid(self.plan.domains, self.plan.fixed, seed))
        else:
            wanted = min(wanted, 1)
        for point in itertools.islice(points, existing, wanted):
            active = {
                name: value
                for name, value in point.items()
                if is_active(self.plan.domains[name], dict(self.plan.fixed) | point)
            }
            self._study.enqueue_trial(active)


def _open_storage(storage: str) -> optuna.storages.RDBStorage:
    sqlite = parse_url(storage).get_backend_name() == "sqlite"
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}} if sqlite else {}
    return optuna.storages.RDBStorage(storage, engine_kwargs=options)


def _quieten() -> None:
    """Optuna's own log lines would tear the live view, and repeat it."""
    optuna.logging.set_verbosity(logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def _suggest(trial: optuna.Trial, name: str, domain: Domain) -> Scalar:
    if isinstance(domain, Choice):
        return cast("Scalar", trial.suggest_categorical(name, domain.choices))
    if isinstance(domain, Float):
        return trial.suggest_float(name, domain.low, domain.high, log=domain.log)
    return trial.suggest_int(name, domain.low, domain.high, step=domain.step)


def _sampler(plan: Plan, number: int) -> optuna.samplers.BaseSampler:
    """Returns the sampler for the trial with this number."""
    seed = derive(plan.method.seed, "sampler", number) % 2**32
    match plan.method.sampler:
        case "tpe":
            return optuna.samplers.TPESampler(seed=seed)
        case "gp":
            return optuna.samplers.GPSampler(seed=seed)
        case "cmaes":
            return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
        case "qmc":  # one sequence for the whole study: its place in it is kept in the storage
            return optuna.samplers.QMCSampler(
                seed=derive(plan.method.seed, "sampler") % 2**32, scramble=True, warn_independent_sampling=False
            )
        case _:  # random; and grid, whose points are all enqueued
            return optuna.samplers.RandomSampler(seed=seed)


def _pruner(plan: Plan) -> optuna.pruners.BasePruner:
    epochs = plan.budget.epochs
    pruners: Mapping[str, optuna.pruners.BasePruner] = {
        "median": optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
        "hyperband": optuna.pruners.HyperbandPruner(min_resource=1, max_resource=epochs),
        "asha": optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
        "none": optuna.pruners.NopPruner(),
    }
    return pruners[plan.method.pruner]
