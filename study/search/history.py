"""What a search has done so far, and Optuna's study in memory made from it: the same whether it was interrupted or not.

Some samplers keep notes in their trials (CMA-ES its distribution, NSGA-II its generations, the quasi-random one its
place in the sequence), and so do the halving pruners. Those notes are not stored: asking the same questions in the same
order makes them again.
"""

from __future__ import annotations

import copy
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.plan import Plan
from study.search.parameters import misfit, suggest_all, to_optuna, tuned
from study.search.samplers import make_pruner, make_sampler
from study.trial import Trial, TrialState

NOTED = ("cmaes", "nsga2", "qmc")
"""Samplers that keep notes in the trials they proposed."""
HALVING = ("hyperband", "asha")
"""Pruners that keep the value at every rung in the trial that reached it."""
TOLD = {
    TrialState.COMPLETE: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    # A diverged trial must teach the sampler to stay away. Optuna's samplers ignore FAIL; PRUNED counts as bad.
    TrialState.DIVERGED: OptunaState.PRUNED,
    TrialState.FAILED: OptunaState.FAIL,
}


@dataclass(frozen=True, slots=True)
class Past:
    """A trial of the search, as the database has it."""

    trial: Trial
    state: TrialState
    values: Mapping[int, float] = field(default_factory=dict)
    """Epoch -> validation score."""
    scores: Sequence[float] | None = None
    """What a complete trial reached of each objective."""
    promoted_to: int | None = None
    """Epochs to which it was allowed to train when it was promoted, if it was."""
    began_at: str = ""
    """When it was first begun; times sort as text."""
    ended_at: str | None = None
    spared: bool = False
    """Whether it goes to its end in any case, as somebody wanted it tried."""
    turns: Sequence[int] = ()
    """In which it was begun and promoted, where turns are counted."""
    epochs: int = 0
    """Trained so far, where the search has a budget of epochs."""


class Memory(optuna.storages.InMemoryStorage):
    """Optuna's storage in memory, in which a sampler may be shown some trials otherwise than they are."""

    def __init__(self) -> None:
        """Begin without any trial."""
        super().__init__()
        self._shown: Mapping[int, FrozenTrial] = {}

    @contextmanager
    def showing(self, others: Mapping[int, FrozenTrial]) -> Iterator[None]:
        """Let whoever reads all trials see others in place of some: number -> what is seen."""
        self._shown = others
        try:
            yield
        finally:
            self._shown = {}

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:  # noqa: ANN401 - as Optuna has it
        """Keep a sampler's note, but for what a Gaussian process proposed: a later process has no such notes.

        Optuna would take a trial's parameters from it that turned out not to be in force.
        """
        if not key.startswith("gp:relative_params"):
            super().set_trial_system_attr(trial_id, key, value)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[OptunaState] | None = None
    ) -> list[FrozenTrial]:
        """Return the trials, as `showing` says; none of those shown otherwise waits."""
        if not self._shown or states == (OptunaState.WAITING,):
            found: list[FrozenTrial] = super().get_all_trials(study_id, deepcopy, states)
            return found
        trials: list[FrozenTrial] = super().get_all_trials(study_id, deepcopy=False)
        for number, frozen in self._shown.items():
            trials[number] = frozen
        if states is not None:
            trials = [frozen for frozen in trials if frozen.state in states]
        return copy.deepcopy(trials) if deepcopy else trials


def remember(plan: Plan, past: Sequence[Past], memory: Memory) -> tuple[optuna.Study, dict[int, optuna.Trial]]:
    """Return Optuna's study in memory as it is after these trials, and those of its trials that have not ended.

    Args:
        plan: The study.
        past: Every trial of the search. A number that is missing, or whose values no longer fit, stands there as a
            failed trial, which no sampler looks at.
        memory: Where it is made; empty.
    """
    study = optuna.create_study(
        study_name=plan.study, storage=memory, directions=list(plan.directions), pruner=make_pruner(plan)
    )
    known = {entry.trial.number or 0: entry for entry in past}
    ends = sorted((entry.ended_at or "", number) for number, entry in known.items() if entry.state.finished)
    open_trials: dict[int, optuna.Trial] = {}
    for number in range(max(known, default=-1) + 1):
        entry = known.get(number)
        if entry is None or misfit(plan, tuned(plan, entry.trial.configuration)):
            if entry is None or entry.state.finished:
                study.add_trial(optuna.trial.create_trial(state=OptunaState.FAIL))
            else:
                open_trials[number] = begin(study, plan, entry.trial)
            continue
        while ends and ends[0][0] <= entry.began_at:
            _end(study, open_trials, known[ends.pop(0)[1]])
        open_trials[number] = _begin(study, plan, entry)
    for _, number in ends:
        _end(study, open_trials, known[number])
    return study, open_trials


def ask(study: optuna.Study, plan: Plan, number: int) -> optuna.Trial:
    """Ask for a trial; a sampler that keeps notes takes this one's even if all its values are given."""
    study.sampler = make_sampler(plan, number)
    asked = study.ask()
    if number > 0 and plan.method.sampler in NOTED:
        _ = asked.relative_params  # Optuna would draw them only when one is wanted
    return asked


def begin(study: optuna.Study, plan: Plan, trial: Trial) -> optuna.Trial:
    """Begin a trial whose values are known; without any where they are of domains that are no more."""
    values = tuned(plan, trial.configuration)
    if misfit(plan, values):
        return study.ask()
    study.enqueue_trial(to_optuna(plan, values))
    asked = ask(study, plan, trial.number or 0)
    suggest_all(plan, asked)
    return asked


def _begin(study: optuna.Study, plan: Plan, entry: Past) -> optuna.Trial:
    number, asked = entry.trial.number or 0, begin(study, plan, entry.trial)
    decided = entry.values if entry.state.finished else sorted(entry.values)[:-1]  # the last one's is taken once more
    compared = plan.method.pruner in HALVING and number > 0 and not entry.spared
    for epoch, value in sorted(entry.values.items()):
        if len(plan.objectives) > 1:
            break
        asked.report(value, step=epoch)
        if compared and epoch in decided and epoch < entry.trial.epochs:
            asked.should_prune()
    return asked


def _end(study: optuna.Study, open_trials: dict[int, optuna.Trial], entry: Past) -> None:
    asked = open_trials.pop(entry.trial.number or 0, None)
    if asked is not None:
        scores = list(entry.scores) if entry.scores is not None else None
        study.tell(asked, scores, state=TOLD[entry.state])
