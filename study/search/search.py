"""What to try next, which trial goes on, and what came of each: Optuna's study in memory, made from our own rows."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.plan import Plan
from study.search import history
from study.search.grid import grid, untried
from study.search.history import TOLD, Past
from study.search.parameters import suggest_all, to_optuna, tuned
from study.search.promotion import Contender, promote, rungs
from study.search.samplers import make_sampler
from study.seeds import derive
from study.trial import Decision, Epoch, Scalar, Trial, TrialState, fingerprint


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
        self._study, asked = history.remember(plan, past)
        self._begun = len(past)
        self._spared = {entry.trial.number for entry in past if entry.spared}
        self._points = _Points(plan, [entry.trial for entry in past])
        known = {entry.trial.number: entry for entry in past}
        self._open = {number: self._taken_up(known[number], trial) for number, trial in asked.items()}

    def remaining(self) -> int:
        """Trials of the budget that have not begun."""
        return 0 if self._points.exhausted else max(0, self.plan.budget.trials - self._begun)

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
        trials = self._study.get_trials(deepcopy=False)
        left, number = self.remaining(), len(trials)
        wish = self._given(number) if self._begun < self.plan.budget.trials else None
        if wish is None and (promoted := self._promoted(trials, last_call=not left)) is not None:
            return self._go_on(promoted)
        if wish is None and not left:
            return None
        return self._begin(number, wish or Wish({}), trials)

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
            entry.values[epoch.number] = epoch.validation_score
            if len(self.plan.objectives) == 1:  # Optuna takes no reports of several
                entry.optuna.report(epoch.validation_score, step=epoch.number)
        entry.decided = self._decide(entry, epoch.number)
        return entry.decided

    def tell(self, trial: Trial, state: TrialState, scores: Sequence[float] | None) -> None:
        """Take note of how a trial ended, or that it is paused.

        Args:
            trial: As `ask` returned it.
            state: Its state now.
            scores: What a complete trial reached of each objective.
        """
        entry = self._open[trial.number or 0]
        entry.state = state
        if state.finished:
            del self._open[trial.number or 0]
            self._study.tell(entry.optuna, None if scores is None else list(scores), state=TOLD[state])

    def promoted_to(self, trial: Trial) -> int | None:
        """Return the epochs to which a promoted trial may train; None for one that was not promoted."""
        entry = self._open.get(-1 if trial.number is None else trial.number)
        return entry.limit if entry is not None and self._ladder and entry.limit > self._ladder[0] else None

    def trials(self) -> list[FrozenTrial]:
        """Return every trial as Optuna has it in memory, in the order of our numbers."""
        return self._study.get_trials(deepcopy=False)

    def state(self, number: int) -> TrialState | None:
        """Return the state of a trial that has not ended; None for others."""
        entry = self._open.get(number)
        return None if entry is None else entry.state

    def _taken_up(self, entry: Past, asked: optuna.Trial) -> _Open:
        limit = entry.promoted_to or next(iter(self._ladder), self.plan.budget.epochs)
        state = TrialState.INTERRUPTED if entry.state is TrialState.RUNNING else entry.state
        return _Open(entry.trial, asked, state, dict(entry.values), limit, entry.spared)

    def _go_on(self, number: int) -> Trial:
        entry = self._open[number]
        entry.state = TrialState.RUNNING
        return entry.trial

    def _given(self, number: int) -> Wish | None:
        """Return what is known of the next trial without a sampler; None where it is asked for all."""
        if number > 0 and (wish := self._wishes(number)) is not None:
            return wish
        return None if self._points.ahead is None else Wish(self._points.ahead)

    def _begin(self, number: int, wish: Wish, trials: Sequence[FrozenTrial]) -> Trial:
        values = dict(wish.values)
        if self._ladder and self.plan.method.sampler == "tpe" and number > 0:
            values = self._draw(number, values, trials)
        if values:
            self._study.enqueue_trial(to_optuna(self.plan, values))
        asked = history.ask(self._study, self.plan, number)
        trial = self.plan.search_trial(number, suggest_all(self.plan, asked), wish.variant)
        limit = next(iter(self._ladder), self.plan.budget.epochs)
        self._open[number] = _Open(trial, asked, TrialState.RUNNING, {}, limit, wish.spared)
        self._begun += 1
        self._spared |= {number} if wish.spared else set()
        self._points.took(trial)
        return trial

    def _draw(self, number: int, values: dict[str, Scalar], trials: Sequence[FrozenTrial]) -> dict[str, Scalar]:
        """Return what the sampler draws when it sees paused trials as pruned where they stand.

        In Optuna's study they are RUNNING, which TPE takes for the worst of all, whatever they reached.
        """
        seen = optuna.create_study(directions=list(self.plan.directions), sampler=make_sampler(self.plan, number))
        running = {number for number, entry in self._open.items() if entry.state is TrialState.RUNNING}
        seen.add_trials([trial if trial.number in running else _as_ended(trial) for trial in trials])
        if values:
            seen.enqueue_trial(to_optuna(self.plan, values))
        return suggest_all(self.plan, seen.ask())

    def _decide(self, entry: _Open, epoch: int) -> Decision:
        if entry.trial.number == 0 or entry.spared or epoch >= entry.trial.epochs:
            return Decision.GO_ON
        if self._ladder and epoch >= entry.limit:
            return Decision.PAUSE
        if not self._ladder and len(self.plan.objectives) == 1 and entry.optuna.should_prune():
            return Decision.PRUNE
        patience = self.plan.method.patience
        if patience is not None and epoch - self._best_epoch(entry) >= patience:
            return Decision.STOP
        return Decision.GO_ON

    def _best_epoch(self, entry: _Open) -> int:
        """Return the epoch with the best validation score, of equals the first."""
        sign = self.plan.metric.sign
        return max(entry.values, key=lambda at: (sign * entry.values[at], -at))

    def _promoted(self, trials: Sequence[FrozenTrial], *, last_call: bool) -> int | None:
        """Promote a paused trial, if one has earned it; return its number."""
        running = any(entry.state is TrialState.RUNNING for entry in self._open.values())
        contenders, sign = [], self.plan.metric.sign
        for trial in trials[1:]:  # the baseline goes on in any case, and takes nobody's place; so does who is spared
            entry = self._open.get(trial.number)
            if trial.number in self._spared:
                continue
            paused = entry is not None and entry.state is TrialState.PAUSED
            limit = entry.limit if entry is not None else self.plan.budget.epochs
            merits = {epoch: sign * value for epoch, value in trial.intermediate_values.items()}
            contenders.append(Contender(trial.number, merits, limit, paused=paused))
        promotion = promote(self._ladder, contenders, last_call=last_call and not running)
        if promotion is None:
            return None
        entry = self._open[promotion.number]
        entry.limit, entry.decided = promotion.limit, None
        return promotion.number


class _Points:
    """What is tried before a sampler is asked: the baseline, and of a grid every point that no trial had yet."""

    def __init__(self, plan: Plan, begun: Sequence[Trial]) -> None:
        self._plan = plan
        self._is_grid = plan.method.sampler == "grid"
        self._tried = {fingerprint(tuned(plan, trial.configuration)) for trial in begun}
        self._points = untried(self._all(), self._tried)
        self.ahead = next(self._points, None)
        """The next one; None where there is none."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left of a grid."""
        return self._is_grid and self.ahead is None

    def took(self, trial: Trial) -> None:
        """Take note of a trial that begins, by whoever's wish: its point is not tried again."""
        self._tried.add(fingerprint(tuned(self._plan, trial.configuration)))
        if self.ahead is not None and fingerprint(self.ahead) in self._tried:
            self.ahead = next(self._points, None)

    def _all(self) -> Iterator[dict[str, Scalar]]:
        yield tuned(self._plan, self._plan.baseline)
        if self._is_grid:
            yield from grid(self._plan.domains, self._plan.fixed, derive(self._plan.method.seed, "sampler"))


def _as_ended(trial: FrozenTrial) -> FrozenTrial:
    """Return an open trial as one that was pruned; others as they are."""
    if trial.state is not OptunaState.RUNNING:
        return trial
    return optuna.trial.create_trial(
        state=OptunaState.PRUNED,
        params=trial.params,
        distributions=trial.distributions,
        intermediate_values=trial.intermediate_values,
    )


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
