"""What to try next, which trial goes on, and what came of each: Optuna's study in memory, made from our own rows."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.errors import StudyError
from study.options.rungs import first_limit, limit_of, rungs
from study.plan import Plan
from study.search import history, samplers
from study.search.forecast import Told
from study.search.history import TOLD, Past
from study.search.median import MedianRule
from study.search.parameters import suggest_all, to_optuna
from study.search.points import Points
from study.search.promotion import Ladder
from study.trial import Decision, Epoch, Scalar, Trial, TrialState, spent


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants tried."""

    values: Mapping[str, Scalar]
    """Those that are left out, the sampler draws."""
    variant: str = "search"
    """Of the trial."""
    spared: bool = False
    """Whether the trial goes to its end in any case: nothing prunes or pauses it, nor does patience end it."""


Wishes = Callable[[int], Wish | None]
"""Returns what somebody wants tried as the trial of that number, or None."""


@dataclass(slots=True)
class _Open:
    """A trial of the search that has not ended."""

    trial: Trial
    optuna: optuna.Trial
    state: TrialState
    values: dict[int, float]
    """Epoch -> validation score."""
    limit: int
    """Epochs to which it may train."""
    spared: bool = False
    """Whether it goes to its end in any case."""
    decided: Decision | None = None
    """What was decided at its last epoch; a worker that died may send that epoch again."""


class Search:
    """The search of one study. It keeps everything in memory; the caller stores what came of each trial."""

    def __init__(self, plan: Plan, past: Sequence[Past] = (), wishes: Wishes = lambda number: None) -> None:
        """Take up what was done.

        Args:
            plan: The study.
            past: Every trial of the search that was begun.
            wishes: Asked before the sampler, once the baseline has begun.
        """
        self.plan = plan
        self._wishes = wishes
        self._ladder = rungs(plan.budget.epochs) if plan.method.pruner == "promote" else ()
        self._memory = history.Memory()
        self._study, asked = history.remember(plan, past, self._memory)
        self._key = self._memory.get_study_id_from_name(plan.study)
        self._begun = len(past)
        self._shortest = first_limit(plan.method.pruner, plan.budget.epochs)
        self._spent = sum(entry.epochs for entry in past if entry.state.finished)
        """Epochs of the trials that have ended, as of `study.trial.spent`."""
        self._points = Points(plan, [entry.trial for entry in past])
        known = {entry.trial.number: entry for entry in past}
        self._open = {number: self._taken_up(known[number], trial) for number, trial in asked.items()}
        self._rungs = Ladder(self._ladder)
        self._median = MedianRule(plan.metric.sign) if plan.method.pruner == "median" else None
        self._told = Told(plan.metric.sign) if samplers.is_told_forecasts(plan) else None
        for frozen in self.trials():
            if (entry := known.get(frozen.number)) is not None:
                self._remember(frozen, entry)

    def remaining(self) -> int:
        """Trials of the budget that have not begun, and may begin now."""
        if self._points.exhausted or not self.has_room(self._shortest):
            return 0
        return max(0, self.plan.budget.trials - self._begun)

    def room(self) -> float:
        """Epochs of the budget that are left beside what open trials may train; infinite where they are not limited."""
        if self.plan.budget.epoch_budget is None:
            return math.inf
        open_trials = sum(self.may_train(entry.trial) for entry in self._open.values())
        return self.plan.budget.epoch_budget - self._spent - open_trials

    def has_room(self, epochs: int) -> bool:
        """Return whether a trial of so many epochs fits into what is left."""
        return epochs <= self.room()

    def may_train(self, trial: Trial) -> int:
        """Return the epochs to which an open trial may train as it stands."""
        entry = self._open[trial.number or 0]
        return trial.epochs if trial.number == 0 or entry.spared else entry.limit

    def ask(self, *, only_begun: bool = False) -> Trial | None:
        """Return the next trial of the budget, or the next that is promoted; None when there is none.

        Args:
            only_begun: Whether nothing may begin or be promoted, but what was interrupted goes on.
        """
        interrupted = [number for number, entry in self._open.items() if entry.state is TrialState.INTERRUPTED]
        if interrupted:
            return self._go_on(min(interrupted))
        if only_begun:
            return None
        left, number = self.remaining(), self._memory.get_n_trials(self._key)
        may_begin = self._begun < self.plan.budget.trials and self.has_room(self._shortest)
        wish = self._given(number) if may_begin else None
        if wish is None and (promoted := self._promoted(last_call=not left)) is not None:
            return self._go_on(promoted)
        if wish is None and not left:
            return None
        return self._begin(number, wish or Wish({}))

    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Take note of an epoch's validation score, and return what becomes of the trial.

        The baseline is always trained to its end, and so is what is spared. Pruner and rung come before patience: a
        trial that waits for its promotion ends by patience once it is promoted.

        A resumed trial reports again the epoch that it stands at. What was decided there holds, as far as it is known:
        an epoch that another one followed was no end.
        """
        if epoch.validation_score is None:
            raise ValueError(f"a search trial's epoch has a validation score; epoch {epoch.number} has none")
        entry = self._open[trial.number or 0]
        last = max(entry.values, default=0)
        if epoch.number < last:
            return Decision.GO_ON
        if epoch.number == last and entry.decided is not None:
            return entry.decided
        if epoch.number > last:
            self.take(trial, epoch.number, epoch.validation_score)
        entry.decided = self._decide(entry, epoch.number)
        return entry.decided

    def take(self, trial: Trial, epoch: int, score: float) -> None:
        """Take note of the validation score that an open trial has after an epoch, without deciding anything."""
        number = trial.number or 0
        entry = self._open[number]
        entry.values[epoch] = score
        if len(self.plan.objectives) == 1:  # Optuna takes no reports of several
            entry.optuna.report(score, step=epoch)
        if self._contends(number, entry.spared):
            self._rungs.reaches(number, epoch, self.plan.metric.sign * score)

    def decided_alone(self, trial: Trial, values: Mapping[int, float]) -> Decision:
        """Return what becomes of an open trial by its own scores: whether it waits at its rung, or patience ends it.

        Args:
            trial: The trial.
            values: Epoch -> validation score, of all its epochs so far.
        """
        epoch, entry = max(values), self._open[trial.number or 0]
        if trial.number == 0 or entry.spared or epoch >= trial.epochs:
            return Decision.GO_ON
        if self._ladder and epoch >= entry.limit:
            return Decision.PAUSE
        patience, sign = self.plan.method.patience, self.plan.metric.sign
        best = max(values, key=lambda at: (sign * values[at], -at))  # of equals the first
        return Decision.STOP if patience is not None and epoch - best >= patience else Decision.GO_ON

    def tell(self, trial: Trial, state: TrialState, scores: Sequence[float] | None) -> None:
        """Take note of how a trial ended, or that it is paused.

        Args:
            trial: As `ask` returned it.
            state: Its state now.
            scores: What a complete trial reached of each objective.
        """
        number = trial.number or 0
        entry = self._open[number]
        entry.state = state
        self._rungs.leaves(number, entry.limit)
        if state is TrialState.PAUSED and self._contends(number, entry.spared):
            self._rungs.pauses(number, entry.limit)
        if state.finished:
            del self._open[number]
            self._spent += spent(max(entry.values, default=0), state, trial.epochs)
            self._tell(entry, state, scores)
        if state is TrialState.COMPLETE and self._median is not None:
            self._median.completed(entry.values)
        self._learn(self.trial(number), state, max(entry.values, default=None))

    def give_up(self, trials: Sequence[Trial]) -> None:
        """Prune paused trials where they stand, as nothing will promote them any more."""
        for trial in trials:
            self.tell(trial, TrialState.PRUNED, None)

    def promoted_to(self, trial: Trial) -> int | None:
        """Return the epochs to which a promoted trial may train; None for one that was not promoted."""
        entry = self._open.get(-1 if trial.number is None else trial.number)
        return entry.limit if entry is not None and self._ladder and entry.limit > self._ladder[0] else None

    def begin_again(self, entry: Past) -> Trial:
        """Begin a trial that an earlier process began, without asking a sampler for its values; return it.

        Numbers before it that no trial has stand there as failed trials, which no sampler looks at.
        """
        trial, number = entry.trial, entry.trial.number or 0
        while self._memory.get_n_trials(self._key) < number:
            self._study.add_trial(optuna.trial.create_trial(state=OptunaState.FAIL))
        asked = history.begin(self._study, self.plan, trial)
        limit = next(iter(self._ladder), self.plan.budget.epochs)
        self._open[number] = _Open(trial, asked, TrialState.RUNNING, {}, limit, entry.spared)
        self._begun += 1
        self._points.took(trial)
        return trial

    def promote_again(self, number: int) -> Trial:
        """Promote a trial that an earlier process promoted, and return it.

        Raises:
            StudyError: An earlier version promoted it more often than there are rungs now.
        """
        entry = self._open[number]
        if entry.limit >= self._ladder[-1]:
            raise StudyError(
                f"{self.plan.study!r} was searched with more rungs by an earlier version, so that no search of now is "
                f"the same (--reproducible); begin another one by --name"
            )
        self._rungs.leaves(number, entry.limit)
        entry.limit, entry.decided = self._ladder[self._ladder.index(entry.limit) + 1], None
        return self._go_on(number)

    def trials(self) -> list[FrozenTrial]:
        """Return every trial as Optuna has it in memory, in the order of our numbers."""
        found: list[FrozenTrial] = self._study.get_trials(deepcopy=False)
        return found

    def trial(self, number: int) -> FrozenTrial:
        """Return the trial of that number, as Optuna has it in memory."""
        key = self._memory.get_trial_id_from_study_id_trial_number(self._key, number)
        return self._memory.get_trial(key)

    @property
    def runs(self) -> bool:
        """Whether a trial is being trained, or lost its worker and waits for another one."""
        return any(entry.state is TrialState.RUNNING for entry in self._open.values())

    def state(self, number: int) -> TrialState | None:
        """Return the state of a trial that has not ended; None for others."""
        entry = self._open.get(number)
        return None if entry is None else entry.state

    def _taken_up(self, entry: Past, asked: optuna.Trial) -> _Open:
        limit = limit_of(self.plan.method.pruner, self.plan.budget.epochs, entry.promoted_to)
        # An older version had other rungs: what it paused below one of now goes on to that.
        below = entry.state is TrialState.PAUSED and max(entry.values, default=0) < limit
        state = TrialState.INTERRUPTED if entry.state is TrialState.RUNNING or below else entry.state
        return _Open(entry.trial, asked, state, dict(entry.values), limit, entry.spared)

    def _remember(self, frozen: FrozenTrial, past: Past) -> None:
        """Take note of a trial of an earlier process: on its rungs, among the complete, or stopped."""
        entry = self._open.get(frozen.number)
        last = max(frozen.intermediate_values, default=None)
        if self._contends(frozen.number, past.spared):
            for epoch, value in frozen.intermediate_values.items():
                self._rungs.reaches(frozen.number, epoch, self.plan.metric.sign * value)
            if past.state is TrialState.PAUSED and entry is not None:
                self._rungs.pauses(frozen.number, entry.limit)
        if self._median is not None and frozen.state is OptunaState.COMPLETE:
            self._median.completed(frozen.intermediate_values)
        state = past.state
        if state in (TrialState.RUNNING, TrialState.INTERRUPTED) and entry is not None:  # as it was when promoted
            last = max((rung for rung in self._ladder if rung < entry.limit), default=None)
            state = state if last is None else TrialState.PAUSED
        self._learn(frozen, state, last)

    def _learn(self, frozen: FrozenTrial, state: TrialState, last: int | None) -> None:
        """Take note of what a sampler is to be told of a trial that stopped after its last epoch, or ended.

        One whose values are of domains that are no more has none, and nothing is told of it.
        """
        if self._told is None:
            return
        if not frozen.params:
            self._told.forget(frozen.number)
        elif frozen.state is OptunaState.COMPLETE:
            self._told.completed(frozen)
        elif state is TrialState.DIVERGED:
            self._told.stopped(frozen, None)
        elif state in (TrialState.PAUSED, TrialState.PRUNED) and last in frozen.intermediate_values:
            self._told.stopped(frozen, last)
        elif state.finished:
            self._told.forget(frozen.number)

    def _contends(self, number: int, spared: bool) -> bool:
        """Return whether a trial takes a place on the rungs; the baseline and who is spared go on in any case."""
        return bool(self._ladder) and number > 0 and not spared

    def _tell(self, entry: _Open, state: TrialState, scores: Sequence[float] | None) -> None:
        """Tell Optuna's study how a trial ended: one without the parameters of now as failed, whatever came of it."""
        if entry.optuna.params or not self.plan.domains:
            self._study.tell(entry.optuna, None if scores is None else list(scores), state=TOLD[state])
        else:
            self._study.tell(entry.optuna, state=OptunaState.FAIL)

    def _go_on(self, number: int) -> Trial:
        entry = self._open[number]
        entry.state = TrialState.RUNNING
        return entry.trial

    def _given(self, number: int) -> Wish | None:
        """Return what is known of the next trial without a sampler; None where it is asked for all."""
        if number > 0 and (wish := self._wishes(number)) is not None:
            return wish
        return None if self._points.ahead is None else Wish(self._points.ahead)

    def _begin(self, number: int, wish: Wish) -> Trial:
        if wish.values:
            self._study.enqueue_trial(to_optuna(self.plan, wish.values))
        with self._memory.showing({} if self._told is None else self._told.shown()):
            asked = history.ask(self._study, self.plan, number)
            values = suggest_all(self.plan, asked)
        trial = self.plan.search_trial(number, values, wish.variant)
        limit = next(iter(self._ladder), self.plan.budget.epochs)
        self._open[number] = _Open(trial, asked, TrialState.RUNNING, {}, limit, wish.spared)
        self._begun += 1
        self._points.took(trial)
        return trial

    def _decide(self, entry: _Open, epoch: int) -> Decision:
        if entry.trial.number == 0 or entry.spared or epoch >= entry.trial.epochs:
            return Decision.GO_ON
        if self._median is not None and self._median.prunes(entry.values):
            return Decision.PRUNE
        if self.plan.method.pruner in history.HALVING and entry.optuna.should_prune():
            return Decision.PRUNE
        return self.decided_alone(entry.trial, entry.values)

    def _promoted(self, *, last_call: bool) -> int | None:
        """Promote a paused trial, if one has earned it; return its number."""
        promotion = self._rungs.promotion(room=self.room(), last_call=last_call and not self.runs)
        if promotion is None:
            return None
        entry = self._open[promotion.number]
        self._rungs.leaves(promotion.number, entry.limit)
        entry.limit, entry.decided = promotion.limit, None
        return promotion.number


@contextmanager
def quiet() -> Iterator[None]:
    """Let Optuna log warnings alone: its own lines would tear the live view, and repeat it."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
