"""A search without training: workers that end in any order, and processes that are killed."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from study.plan import Plan
from study.search import Past, Search, Turns
from study.trial import Decision, Epoch, Trial, TrialState, fingerprint, spent

ENDS = {Decision.PAUSE: TrialState.PAUSED, Decision.PRUNE: TrialState.PRUNED, Decision.STOP: TrialState.COMPLETE}


def score(trial: Trial, epoch: int) -> float:
    """Returns a made score: it rises, the faster the better the learning rate, with a noise of the trial's own."""
    rate = float(trial.configuration["learning_rate"])  # type: ignore[arg-type]
    noise = random.Random(f"{trial.seed} {epoch}").gauss(0, 0.02)
    return 1 - abs(rate - 0.003) * 50 - 0.5 / epoch + noise


@dataclass
class Simulation:
    """A study's search, its rows, and its workers."""

    plan: Plan
    order: random.Random
    """Decides which worker is the next to end an epoch."""
    fails: Callable[[Trial], int | None] = lambda trial: None
    """The epoch in which a trial fails, if it does."""
    rows: dict[int, Past] = field(default_factory=dict)
    """Number -> the trial as the database has it."""
    begun: list[tuple[int, int]] = field(default_factory=list)
    """Number and first epoch of what was handed out, in its order."""
    moment: int = 0

    def __post_init__(self) -> None:
        self.search = self._process()

    def _process(self) -> Search | Turns:
        """Returns the search as a process finds it."""
        kind = Search if self.plan.method.reproducible is None else Turns
        past = [replace(row, epochs=spent(len(row.values), row.state, row.trial.epochs)) for row in self.rows.values()]
        return kind(self.plan, past)

    def run(self, workers: int, *, killed: float = 0.0) -> None:
        """Trains all that is asked for.

        Args:
            workers: How many there are.
            killed: Chance that the process dies before an epoch: a later one goes on.
        """
        busy: dict[int, Trial] = {}
        while True:
            if self.order.random() < killed:
                busy.clear()
                self.search = self._process()
            for worker in range(workers):
                if worker not in busy and (trial := self.search.ask()) is not None:
                    busy[worker] = trial
                    self._begin(trial)
            if not busy:
                break
            worker = self.order.choice(sorted(busy))
            if self._epoch(busy[worker]):
                del busy[worker]
        self._give_up([row.trial for row in self.rows.values() if row.state is TrialState.PAUSED])

    def spent(self) -> int:
        """Returns the epochs that were spent."""
        return sum(spent(len(row.values), row.state, row.trial.epochs) for row in self.rows.values())

    def database(self) -> Mapping[int, object]:
        """Returns what the trials are, and what became of them."""
        return {
            number: (fingerprint(row.trial.configuration), row.trial.seed, row.state, dict(row.values), row.turns)
            for number, row in sorted(self.rows.items())
        }

    def _begin(self, trial: Trial) -> None:
        number = trial.number or 0
        self.moment += 1
        turns = self.search.turns(trial) if isinstance(self.search, Turns) else ()
        row = self.rows.get(number) or Past(trial, TrialState.RUNNING, {}, began_at=f"{self.moment:06d}")
        promoted = self.search.promoted_to(trial)
        self.rows[number] = replace(row, state=TrialState.RUNNING, promoted_to=promoted, turns=turns)
        self.begun.append((number, len(row.values) + 1))

    def _give_up(self, trials: Sequence[Trial]) -> None:
        """Prunes what is paused, as nothing is left to do."""
        if not trials:
            return
        self.search.give_up(trials)
        self.moment += 1
        for trial in trials:
            number = trial.number or 0
            turns = self.search.turns(trial) if isinstance(self.search, Turns) else ()
            ended = {"state": TrialState.PRUNED, "ended_at": f"{self.moment:06d}", "turns": turns}
            self.rows[number] = replace(self.rows[number], **ended)

    def _epoch(self, trial: Trial) -> bool:
        """Trains an epoch; returns whether the trial leaves its worker."""
        number = trial.number or 0
        row = self.rows[number]
        epoch = len(row.values) + 1
        if self.fails(trial) == epoch:
            self._end(trial, TrialState.FAILED)
            return True
        if epoch > trial.epochs:  # killed between its last epoch and its end
            self._end(trial, TrialState.COMPLETE)
            return True
        self.rows[number] = replace(row, values={**row.values, epoch: score(trial, epoch)})
        decision = self.search.report(trial, Epoch(epoch, 0.5, 0.5, 0.5, score(trial, epoch), 0.001, 1.0))
        state = ENDS.get(decision, TrialState.COMPLETE if epoch == trial.epochs else TrialState.RUNNING)
        if state is not TrialState.RUNNING:
            self._end(trial, state)
        return state is not TrialState.RUNNING

    def _end(self, trial: Trial, state: TrialState) -> None:
        row = self.rows[trial.number or 0]
        self.moment += 1
        scores = [row.values[max(row.values)]] if state is TrialState.COMPLETE else None
        self.rows[trial.number or 0] = replace(row, state=state, scores=scores, ended_at=f"{self.moment:06d}")
        self.search.tell(trial, state, scores)
