"""The stages that a launch is made of, run with the same workers: a search with its replicates, or planned trials."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from study.database import PlanRow, TrialDatabase, TrialRow, take_up_again
from study.database.finals import stored_finals
from study.database.tries import add_tries
from study.engines.protocol import Engine
from study.execution.coordinator import Coordinator
from study.execution.files import claim_files, move_files
from study.execution.planned_queue import PlannedQueue
from study.execution.queue import SearchQueue
from study.execution.view import View
from study.plan import Plan
from study.prepare.plan_changes import begun, changes_of
from study.prepare.retry import Retry
from study.search import Try, quiet
from study.status.finals import without_finals
from study.status.progress import best_trial
from study.task import Metric
from study.trial import Phase, Trial
from study.version import __version__


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a view shows beside the trials themselves."""

    title: str
    epochs: int
    """Of the whole stage, as if nothing were pruned."""
    done: int
    """Epochs that need not be trained any more: recorded ones, and those that pruning saved."""
    metric: Metric
    """The study's, in which `best` is counted."""
    best: float | None
    """Validation score of the best complete search trial so far."""
    patience: int | None = None
    """Epochs without a better validation score after which a search trial ends."""
    study: str = ""
    """The study's name."""
    spends_epochs: bool = False
    """Whether the search has a budget of epochs: what pruning saves there is trained by others."""


OpenView = Callable[[Outlook], AbstractContextManager[View]]


def save_plan(
    database: TrialDatabase, plan: Plan, stored: PlanRow | None, command: str, say: Callable[[str], None]
) -> None:
    """Store a plan, what changed in it, and the command that asked for it; a stored one is this process's from then on.

    Args:
        database: Open for writing.
        plan: The study as it is now.
        stored: As it was stored, if it was begun before.
        command: As it was typed, without secrets.
        say: Tells the user a line.

    Raises:
        StudyBusyError: Another process is running the study, or began it since it was looked for.
    """
    commands = list(stored.commands) if stored else []
    if plan.parent is None and command:  # those of what re-tunes an arm are its parent's
        commands.append(command)
    columns = plan.columns() | {"code_version": __version__, "commands": commands}
    if stored is None:
        database.add_plan(columns, [begun(plan)], command)
    else:
        database.acquire(plan.study)  # before its plan is touched: another process may be running it
        move_files(database, plan, stored, say, command)
        database.save_plan(columns, changes_of(stored, plan), command)
    claim_files(database, plan, say)


@dataclass(frozen=True, slots=True)
class Session:
    """One database, one engine, and however many stages."""

    database: TrialDatabase
    engine: Engine
    open_view: OpenView
    say: Callable[[str], None]
    retry: Retry = field(default_factory=Retry)
    command: str = ""
    """As it was typed, without secrets."""

    def save(self, plan: Plan, stored: PlanRow | None) -> None:
        """Store a plan, as `save_plan` does."""
        save_plan(self.database, plan, stored, self.command, self.say)

    def enqueue(self, plan: Plan, tries: Sequence[Try]) -> None:
        """Store what somebody wants tried, which the search tries before it asks its sampler."""
        add_tries(
            self.database,
            plan.study,
            [(dict(entry.given), entry.prune) for entry in tries],
            changes=[f"to be tried: {entry.in_words()}" for entry in tries],
            command=self.command,
        )

    def tune(self, plan: Plan) -> None:
        """Search to the plan's budget and train its replicates."""
        phases = [Phase.SEARCH, *([Phase.REPLICATE] if plan.budget.replicates else [])]
        self._take_up_again(plan, self._tuned(plan, phases))
        rows = self._tuned(plan, phases)
        best = best_trial(rows, plan.metric)
        budget = plan.budget
        searched = min(budget.trials * budget.epochs, budget.epoch_budget or math.inf)
        replicated = budget.replicates * (2 if plan.domains else 1) * budget.epochs
        outlook = Outlook(
            plan.study,
            int(searched) + replicated,
            self._done(rows, spends_epochs=budget.epoch_budget is not None),
            plan.metric,
            best.value if best else None,
            plan.method.patience,
            plan.study,
            spends_epochs=budget.epoch_budget is not None,
        )
        with quiet(), self.open_view(outlook) as view:
            self._run(plan, view, SearchQueue(plan, self.database, view.note))

    def train(self, plan: Plan, title: str, trials: Sequence[Trial]) -> None:
        """Train what is not finished of some planned trials."""
        wanted = {trial.id for trial in trials}
        self._take_up_again(plan, [row for row in self.database.trials(plan.study) if row.id in wanted])
        rows = [row for row in self.database.trials(plan.study) if row.id in wanted]
        if sum(row.state.finished for row in rows) == len(wanted):
            return
        outlook = Outlook(
            title, sum(trial.epochs for trial in trials), self._done(rows), plan.metric, None, study=plan.study
        )
        with self.open_view(outlook) as view:
            self._run(plan, view, PlannedQueue(trials, self.database))

    def _take_up_again(self, plan: Plan, rows: Sequence[TrialRow]) -> None:
        """Open those of the trials that ended badly before this command began, if that was asked for."""
        chosen = self.retry.chosen(rows)
        if not chosen:
            return
        self.database.acquire(plan.study)
        take_up_again(self.database, [row.id for row in chosen])
        counted = Counter(row.state for row in chosen)
        ended = " and ".join(f"{number} {state}" for state, number in counted.items())
        self.say(f"{plan.study}: {ended} taken up again, from the first epoch; `show` tells how they ended before")

    def _run(self, plan: Plan, view: View, queue: SearchQueue | PlannedQueue) -> None:
        Coordinator(plan, queue, self.database, self.engine, view).run()

    def _tuned(self, plan: Plan, phases: Sequence[Phase]) -> list[TrialRow]:
        """Return the trials of a study's search and its own replicates."""
        rows = without_finals(self.database.trials(plan.study), stored_finals(self.database, plan.study))
        return [row for row in rows if row.phase in phases]

    def _done(self, rows: Sequence[TrialRow], *, spends_epochs: bool = False) -> int:
        """Return the epochs that need not be trained any more."""
        saved = [row for row in rows if row.state.finished and not (spends_epochs and row.phase is Phase.SEARCH)]
        whole = {row.id for row in saved}
        recorded = sum(len(self.database.epochs(row.id)) for row in rows if row.id not in whole)
        return sum(row.epochs for row in saved) + recorded
