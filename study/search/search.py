"""Optuna's side of one study: what to try next, which trial goes on, and what came of each."""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import time
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, cast

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState
from sqlalchemy.exc import SQLAlchemyError

from study.database import BUSY_SECONDS, Row, parse_url
from study.errors import StudyError
from study.grid import grid
from study.plan import Plan
from study.search.promotion import Contender, promote, rungs
from study.search.samplers import make_pruner, make_sampler
from study.seeds import derive
from study.space import Choice, Domain, Float, is_active
from study.trial import Decision, Epoch, Scalar, Trial, TrialState

CREATION_TRIES = 5
CREATION_SECONDS = 0.5
PROMOTED_TO = "promoted_to"
"""Optuna's user attribute of a promoted trial: the epochs to which it may train."""

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
            StudyError: Optuna's study of that name goes another direction.
        """
        _quieten()
        self.plan = plan
        self._storage = _open_storage(storage)
        self._study = optuna.create_study(
            study_name=plan.study, storage=self._storage, directions=list(plan.method.directions), load_if_exists=True
        )
        found = [direction.name.lower() for direction in self._study.directions]
        if found != list(plan.method.directions):
            raise StudyError(
                f"study {plan.study!r} was begun to {', '.join(found)}, now to {', '.join(plan.method.directions)}; "
                f"use another --storage"
            )
        self._study.pruner = make_pruner(plan)
        self._ladder = rungs(plan.budget.epochs) if plan.method.pruner == "promote" else ()
        self._asked: dict[str, _Asked] = {}
        self._enqueue()

    @_plainly
    def adopt(self, rows: Sequence[Row], scores: Callable[[Row], list[float] | None]) -> None:
        """Puts trials that lost their process back into the queue, and tells Optuna of ends it did not hear of.

        Args:
            rows: Our rows of the study's trials.
            scores: What a row's trial reached of each objective.
        """
        known = {row["optuna_number"]: row for row in rows if row["optuna_number"] is not None}
        for frozen in self._study.get_trials(deepcopy=False, states=(OptunaState.RUNNING,)):
            row = known.get(frozen.number)
            if row is not None and row["state"] in _TOLD:
                self._study.tell(frozen.number, scores(row), state=_TOLD[row["state"]])
            elif row is None or row["state"] != TrialState.PAUSED.value:
                self._storage.set_trial_state_values(frozen._trial_id, OptunaState.WAITING)

    @_plainly
    def has_ended(self, number: int) -> bool:
        """Whether Optuna counts a trial as ended: it reopens none."""
        trials = self._study.get_trials(deepcopy=False)
        return number < len(trials) and trials[number].state.is_finished()

    @_plainly
    def remaining(self) -> int:
        """Trials of the budget that have not begun, those put back among them."""
        trials = self._study.get_trials(deepcopy=False)
        waiting = sum(trial.state is OptunaState.WAITING for trial in trials)
        return waiting + max(0, self._target(len(trials)) - len(trials))

    @_plainly
    def ask(self, only: Collection[int] | None = None) -> Trial | None:
        """Returns the next trial of the budget, or the next that is promoted; None when there is none.

        Args:
            only: Numbers of trials that were begun: nothing else may go on, or begin. None allows everything.
        """
        trials = self._study.get_trials(deepcopy=False)
        begun = len(trials) >= self._target(len(trials))
        waiting = [trial.number for trial in trials if trial.state is OptunaState.WAITING]
        if only is not None and not (waiting and waiting[0] in only):  # what was begun comes first in the queue
            return None
        number = waiting[0] if waiting else self._promoted(trials, last_call=begun and not self._asked)
        if number is None and begun:
            return None
        self._study.sampler = make_sampler(self.plan, len(trials) if number is None else number)
        if number is None and self._ladder and self.plan.method.sampler == "tpe":
            self._enqueue_drawn(trials)
        asked = self._study.ask()
        trial = self.plan.search_trial(asked.number, self._suggest(asked))
        told = set() if number is None else set(trials[number].intermediate_values)
        self._asked[trial.id] = _Asked(asked, told, self._limit(asked.user_attrs))
        return trial

    def optuna_trial_id(self, trial: Trial) -> int | None:
        """Returns the key of Optuna's own tables for a trial that `ask` returned; None for a final training."""
        asked = self._asked.get(trial.id)
        return None if asked is None else asked.trial._trial_id

    @_plainly
    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Reports an epoch's validation accuracy; returns what becomes of the trial. The baseline is always trained.

        Optuna keeps the first report of an epoch, which a resumed trial's second one equals. Where there are several
        objectives, it takes none.
        """
        if epoch.validation_accuracy is None:
            raise ValueError(f"a search trial's epoch has a validation accuracy; epoch {epoch.number} has none")
        if len(self.plan.method.objectives) > 1:
            return Decision.GO_ON
        asked = self._asked[trial.id]
        if epoch.number not in asked.told:
            asked.trial.report(epoch.validation_accuracy, step=epoch.number)
            asked.told.add(epoch.number)
        if trial.number == 0 or epoch.number == trial.epochs:
            return Decision.GO_ON
        if self._ladder:
            return Decision.PAUSE if epoch.number >= asked.limit else Decision.GO_ON
        return Decision.PRUNE if asked.trial.should_prune() else Decision.GO_ON

    @_plainly
    def tell(self, trial: Trial, state: TrialState, scores: list[float] | None) -> None:
        """Tells how a trial ended. PAUSED leaves it open: Optuna cannot reopen what has ended.

        Args:
            trial: As `ask` returned it.
            state: Its state now.
            scores: What a complete trial reached of each objective.
        """
        asked = self._asked.pop(trial.id).trial
        if state is not TrialState.PAUSED:
            self._study.tell(asked, scores, state=_TOLD[state.value])

    @_plainly
    def give_up(self, number: int) -> None:
        """Tells Optuna that a paused trial is pruned where it stands."""
        self._study.tell(number, state=OptunaState.PRUNED)

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

    def _suggest(self, asked: optuna.Trial) -> dict[str, Scalar]:
        values: dict[str, Scalar] = {}
        for name, domain in self.plan.domains.items():
            if is_active(domain, dict(self.plan.fixed) | values):
                values[name] = _suggest(asked, name, domain)
        return values

    def _limit(self, attributes: Mapping[str, Any]) -> int:
        """Returns the epochs to which a trial may train."""
        limit: int = attributes.get(PROMOTED_TO, next(iter(self._ladder), self.plan.budget.epochs))
        return limit

    def _promoted(self, trials: Sequence[FrozenTrial], *, last_call: bool) -> int | None:
        """Puts the trial that is promoted, if there is one, into the queue; returns its number."""
        running = {asked.trial.number for asked in self._asked.values()}
        contenders = [
            Contender(
                trial.number,
                trial.intermediate_values,
                self._limit(trial.user_attrs),
                paused=trial.state is OptunaState.RUNNING and trial.number not in running,
            )
            for trial in trials
            if trial.number > 0  # the baseline goes on in any case, and takes nobody's place
        ]
        promotion = promote(self._ladder, contenders, last_call=last_call)
        if promotion is None:
            return None
        key = trials[promotion.number]._trial_id
        self._storage.set_trial_user_attr(key, PROMOTED_TO, promotion.limit)
        self._storage.set_trial_state_values(key, OptunaState.WAITING)
        return promotion.number

    def _enqueue_drawn(self, trials: Sequence[FrozenTrial]) -> None:
        """Enqueues what the sampler draws when it sees paused trials as pruned where they stand.

        In Optuna's study they are RUNNING, which TPE takes for the worst of all, whatever they reached.
        """
        seen = optuna.create_study(directions=list(self.plan.method.directions), sampler=self._study.sampler)
        running = {asked.trial.number for asked in self._asked.values()}
        seen.add_trials([trial if trial.number in running else _as_ended(trial) for trial in trials])
        self._study.enqueue_trial(self._suggest(seen.ask()))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A trial of the search that is being trained."""

    trial: optuna.Trial
    told: set[int]
    """Epochs that Optuna has heard of."""
    limit: int
    """Epochs to which it may train."""


def _as_ended(trial: FrozenTrial) -> FrozenTrial:
    """Returns an open trial as one that was pruned; others as they are."""
    if trial.state is not OptunaState.RUNNING:
        return trial
    return optuna.trial.create_trial(
        state=OptunaState.PRUNED,
        params=trial.params,
        distributions=trial.distributions,
        intermediate_values=trial.intermediate_values,
    )


def _open_storage(storage: str) -> optuna.storages.RDBStorage:
    sqlite = parse_url(storage).get_backend_name() == "sqlite"
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}} if sqlite else {}
    for _ in range(CREATION_TRIES - 1):  # another process may be making Optuna's tables just now
        with contextlib.suppress(SQLAlchemyError):
            return optuna.storages.RDBStorage(storage, engine_kwargs=options)
        time.sleep(CREATION_SECONDS)
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
