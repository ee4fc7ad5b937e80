"""A search in turns, which no timing changes: the same trials, promotions and epochs, whichever worker is the first.

A turn begins a trial, promotes a paused one to its next rung, or gives up all that are paused when the search is over.
Turn s is decided from what came of the turns up to s - lag, and of no others: not before all of these have ended, and
whatever else has ended by then, which the sampler sees as still running. A turn in which there is nothing to do counts
too, as long as another one is still unseen. So at most `lag` turns are trained at a time, and each follows from the
seed and from the results before it alone. To give up waits for all turns before it.

What has ended is kept here until the search may see it. A later process begins, promotes and gives up again, in the
order of the turns that our rows keep, what was begun, promoted and given up, without asking a sampler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from study.plan import Plan
from study.search.history import Past
from study.search.search import Search, Wishes
from study.trial import Decision, Epoch, Trial, TrialState


@dataclass(slots=True)
class _Turn:
    """A turn whose result the search has not seen yet."""

    trial: Trial
    state: TrialState
    """RUNNING while it is trained, INTERRUPTED if an earlier process left it so, else what became of it."""
    values: dict[int, float] = field(default_factory=dict)
    """Epoch -> validation score, of this turn."""
    scores: Sequence[float] | None = None
    decided: Decision | None = None
    """What was decided at its last epoch; a worker that died may send that epoch again."""

    @property
    def ended(self) -> bool:
        return self.state not in (TrialState.RUNNING, TrialState.INTERRUPTED)


class Turns:
    """The search of one study, asked and told like `Search`, in any order of what ends."""

    def __init__(self, plan: Plan, past: Sequence[Past] = (), wishes: Wishes = lambda number: None) -> None:
        """Take up what was done.

        Args:
            plan: The study, whose method says how far a decision lies behind what it is made from.
            past: Every trial of the search that was begun, with its turns.
            wishes: Asked before the sampler, once the baseline has begun.
        """
        self.plan = plan
        self._lag = plan.method.reproducible or 1
        self._search = Search(plan, wishes=wishes)
        self._unseen: dict[int, _Turn] = {}
        """Number of a turn -> the turn, rising."""
        self._numbers: dict[int, list[int]] = {}
        """Number of a trial -> its turns."""
        self._curves: dict[int, dict[int, float]] = {}
        """Number of a trial that has not ended -> epoch -> validation score."""
        self._next = 1
        self._replay(past)

    def ask(self, *, only_begun: bool = False) -> Trial | None:
        """Return what the next turn trains; None where there is nothing, or where it waits for the end of others.

        Args:
            only_begun: Whether nothing may begin or be promoted, but what was interrupted goes on.
        """
        for turn in self._unseen.values():
            if turn.state is TrialState.INTERRUPTED:
                turn.state = TrialState.RUNNING
                return turn.trial
        while not only_begun and self._has_seen(self._next - self._lag):
            trial = self._search.ask()
            if trial is None and not self._unseen:
                return None
            self._next += 1
            if trial is not None:
                self._took(self._next - 1, trial)
                return trial
        return None

    def report(self, trial: Trial, epoch: Epoch) -> Decision:
        """Take note of an epoch's validation score, and return what becomes of the trial, by itself alone.

        A trial that goes on after a pause or in another process may report again the epoch that it stands at.
        """
        if epoch.validation_score is None:
            raise ValueError(f"a search trial's epoch has a validation score; epoch {epoch.number} has none")
        turn = self._turn_of(trial)
        if turn is None:
            raise ValueError(f"trial {trial.number} is not being trained")
        curve = self._curves[trial.number or 0]
        last = max(curve, default=0)
        if epoch.number < last:
            return Decision.GO_ON
        if epoch.number == last and turn.decided is not None:
            return turn.decided
        if epoch.number > last:
            curve[epoch.number] = turn.values[epoch.number] = epoch.validation_score
        turn.decided = self._search.decided_alone(trial, curve)
        return turn.decided

    def tell(self, trial: Trial, state: TrialState, scores: Sequence[float] | None) -> None:
        """Take note of how a trial ended, or that it is paused; the search sees it when it is its turn.

        One that is skipped while it is paused was so from the end of its turn on, unless the search has seen that.

        Args:
            trial: As `ask` returned it.
            state: Its state now.
            scores: What a complete trial reached of each objective.
        """
        turn = next((turn for turn in self._unseen.values() if turn.trial.number == trial.number), None)
        if turn is not None:
            turn.state, turn.scores = state, scores
            return
        self._search.tell(trial, state, scores)

    def give_up(self, trials: Sequence[Trial]) -> None:
        """Prune paused trials, as nothing will promote them any more: one turn, which has minus its number in theirs.

        Args:
            trials: All that are paused; nothing is being trained.
        """
        self._has_seen(self._next)
        for trial in trials:
            self._numbers[trial.number or 0].append(-self._next)
            self._search.tell(trial, TrialState.PRUNED, None)
            self._curves.pop(trial.number or 0, None)
        self._next += 1

    def promoted_to(self, trial: Trial) -> int | None:
        """Return the epochs to which a promoted trial may train; None for one that was not promoted."""
        return self._search.promoted_to(trial)

    def turns(self, trial: Trial) -> tuple[int, ...]:
        """Return the turns of a trial: it was begun, then promoted, and given up in the one with a minus."""
        return tuple(self._numbers.get(trial.number or 0, ()))

    def remaining(self) -> int:
        """Trials of the budget that have not begun, and may begin now."""
        return self._search.remaining()

    def room(self) -> float:
        """Epochs of the budget that are left beside what unseen trials may train; infinite where there is no limit."""
        return self._search.room()

    def has_room(self, epochs: int) -> bool:
        """Return whether a trial of so many epochs fits into what is left."""
        return self._search.has_room(epochs)

    @property
    def runs(self) -> bool:
        """Whether a trial is being trained, or lost its worker and waits for another one."""
        return any(not turn.ended for turn in self._unseen.values())

    def state(self, number: int) -> TrialState | None:
        """Return the state of a trial that has not ended; None for others."""
        for turn in self._unseen.values():
            if turn.trial.number == number:
                return None if turn.state.finished else turn.state
        return self._search.state(number)

    def _turn_of(self, trial: Trial) -> _Turn | None:
        """Return the turn in which a trial is being trained, if it is."""
        found = (turn for turn in self._unseen.values() if turn.trial.number == trial.number and not turn.ended)
        return next(found, None)

    def _took(self, number: int, trial: Trial) -> _Turn:
        """Take note of what a turn trains."""
        turn = self._unseen[number] = _Turn(trial, TrialState.RUNNING)
        self._numbers.setdefault(trial.number or 0, []).append(number)
        self._curves.setdefault(trial.number or 0, {})
        return turn

    def _has_seen(self, last: int) -> bool:
        """Let the search see what came of the turns up to one, in their order, as far as they have ended.

        Returns:
            Whether all of them have.
        """
        for number in [number for number in self._unseen if number <= last]:
            turn = self._unseen[number]
            if not turn.ended:
                return False
            del self._unseen[number]
            for epoch, score in sorted(turn.values.items()):
                self._search.take(turn.trial, epoch, score)
            self._search.tell(turn.trial, turn.state, turn.scores)
            if turn.state.finished:
                self._curves.pop(turn.trial.number or 0)
        return True

    def _replay(self, past: Sequence[Past]) -> None:
        """Begin and promote again what was begun and promoted, each after what the search had seen by then."""
        known = {entry.trial.number or 0: entry for entry in past}
        given_up: dict[int, list[Trial]] = {}
        for entry in past:
            for number in (-turn for turn in entry.turns if turn < 0):
                given_up.setdefault(number, []).append(entry.trial)
        trained = [(turn, at) for at, entry in known.items() for turn in entry.turns if turn > 0]
        for number, at in sorted([*trained, *((number, -1) for number in given_up)]):
            self._next = number
            if at < 0:
                self.give_up(given_up[number])
                continue
            entry = known[at]
            self._has_seen(number - self._lag)
            is_first = number == entry.turns[0]
            trial = self._search.begin_again(entry) if is_first else self._search.promote_again(at)
            self._end_again(self._took(number, trial), entry, is_last=number == entry.turns[-1])
            self._next = number + 1

    def _end_again(self, turn: _Turn, entry: Past, *, is_last: bool) -> None:
        """Give a turn the result that it had."""
        limit, curve = self._search.may_train(entry.trial), self._curves[entry.trial.number or 0]
        turn.values = {epoch: score for epoch, score in entry.values.items() if max(curve, default=0) < epoch <= limit}
        curve.update(turn.values)
        turn.state, turn.scores = entry.state, entry.scores
        if not is_last:
            turn.state = TrialState.PAUSED
        elif entry.state is TrialState.RUNNING:
            turn.state = TrialState.INTERRUPTED
