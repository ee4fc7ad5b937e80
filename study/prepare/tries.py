"""Settings that `--try` asks for: checked, told from those that were tried before, and given room in the budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from study.ablation.fitting import idle
from study.database import TrialRow, TriedRow
from study.errors import StudyError
from study.options.rungs import first_limit
from study.plan import Plan
from study.prepare.epochs import spoken_for
from study.prepare.request import Request
from study.prepare.validation import parse_try
from study.search import Try, follower, open_tries, tries_of
from study.search.parameters import given_values, misfit, tuned
from study.search.points import points_left
from study.status.progress import out_of_time
from study.trial import Phase, TrialState, fingerprint


@dataclass(frozen=True, slots=True)
class Asked:
    """What a study is to try, beside what its sampler proposes."""

    new: tuple[Try, ...] = ()
    """Asked for by this command."""
    waiting: tuple[Try, ...] = ()
    """Asked for before, and not begun."""
    notes: tuple[str, ...] = ()
    """What the user should know, a sentence each, without the study's name."""

    @property
    def open(self) -> tuple[Try, ...]:
        """All that no trial follows yet, in the order in which they are tried."""
        return (*self.waiting, *self.new)


def asked_tries(
    plan: Plan,
    request: Request,
    stored: Sequence[TriedRow],
    trials: Sequence[TrialRow],
    search_seconds: float = 0.0,
    search_epochs: Mapping[str, int] | None = None,
) -> Asked:
    """Return what is to be tried, with what was asked for before.

    Args:
        plan: The study.
        request: What was asked now.
        stored: What was asked before.
        trials: The study's.
        search_seconds: How long it has searched so far.
        search_epochs: Trial id -> epochs that it has trained, of the search.

    Raises:
        StudyError: Values cannot be tried, or no trial of the search will begin any more.
    """
    known = tries_of(plan, stored)
    new: list[Try] = []
    notes: list[str] = []
    for text in request.tried:
        entry = _checked(plan, text, prune=request.prune_tried)
        reason = _done_before(plan, entry, [*known, *new], trials)
        if reason is not None:
            notes.append(f"--try {text}: {reason}; nothing is added")
            continue
        new.append(entry)
        spared = "" if request.prune_tried else ", and goes to its end in any case"
        notes.append(
            f"to be tried before the sampler is asked: {entry.in_words()}; all else is as in the baseline{spared}"
        )
    if new and out_of_time(search_seconds, plan.budget.timeout):
        raise StudyError(
            f"--try adds nothing to {plan.study!r}, whose search has used up its --timeout of {plan.budget.timeout:g} "
            f"seconds; give a larger one"
        )
    if new and request.prune_tried and plan.method.pruner == "none" and plan.method.patience is None:
        raise StudyError(f"--prune-tried has no effect on {plan.study!r}, which has --pruner none and no --patience")
    waiting = open_tries(known, trials)
    if new:
        _check_room(plan, [*waiting, *new], known, request.retry.opened(trials), search_epochs or {})
    return Asked(tuple(new), tuple(waiting), tuple(notes))


def _check_room(
    plan: Plan, wanted: Sequence[Try], known: Sequence[Try], trials: Sequence[TrialRow], trained: Mapping[str, int]
) -> None:
    """Check that what is to be tried fits into the epochs that are left, if these are limited.

    Raises:
        StudyError: It does not.
    """
    budget = plan.budget
    if budget.epoch_budget is None:
        return
    shortest = first_limit(plan.method.pruner, budget.epochs)
    taken = spoken_for(plan, known, trials, trained)
    needed = sum(shortest if entry.prune else budget.epochs for entry in wanted)
    if taken + needed > budget.epoch_budget:
        raise StudyError(
            f"what is to be tried needs {needed} epochs, and --epoch-budget {budget.epoch_budget} has "
            f"{max(0, budget.epoch_budget - taken)} left for it; give a larger one"
        )


def with_room(plan: Plan, tries: Sequence[Try], trials: Sequence[TrialRow]) -> Plan:
    """Return the plan with as many search trials as there can be, and enough for what is to be tried.

    A target that is too small for what is to be tried is raised. A grid has no more trials than points, and a study
    without domains has one: more would be the baseline on other seeds, and the luckiest would win.

    Args:
        plan: The study, with the target that was asked for.
        tries: What is to be tried.
        trials: The study's.
    """
    target = plan.budget.trials
    if not target:
        return plan
    begun = [row for row in trials if row.phase is Phase.SEARCH]
    needed = max(1, len(begun)) + len(tries)
    if tries:
        target = max(target, needed)
    if plan.method.sampler == "grid":
        target = min(target, needed + _points_left(plan, tries, begun, target - needed))
    if not plan.domains:
        target = min(target, 1)
    return replace(plan, budget=replace(plan.budget, trials=target))


def _points_left(plan: Plan, tries: Sequence[Try], begun: Sequence[TrialRow], most: int) -> int:
    """Return how many points no trial has or will have, of the grid and of the space's starts, counted up to `most`."""
    begun_values = [tuned(plan, row.configuration) for row in begun]
    tried = {fingerprint(tuned(plan, plan.baseline)), *map(fingerprint, begun_values)}
    tried |= {fingerprint(dict(entry.values)) for entry in tries}
    left = 0
    for point in islice(points_left(plan, tried), max(0, most)):
        tried.add(fingerprint(point))
        left += 1
    return left


def _checked(plan: Plan, text: str, *, prune: bool) -> Try:
    """Return what a text asks for.

    Raises:
        StudyError: It cannot be tried.
    """
    given = parse_try(text, plan.model)
    if not plan.domains:
        raise StudyError(f"--try {text}: {plan.study} tunes nothing, so there is nothing to try; give it with --set")
    whole = Try.of(plan, given, prune=prune).values
    reason = misfit(plan, {**whole, **given})
    if reason is not None:
        raise StudyError(f"--try {text} cannot be tried: {reason}")
    entry = Try.of(plan, given_values(plan, given), prune=prune)
    if (reason := idle(plan, entry.configuration, plan.baseline)) is not None:
        raise StudyError(f"--try {text} cannot be tried: {reason}")
    return entry


def _done_before(plan: Plan, entry: Try, known: Sequence[Try], trials: Sequence[TrialRow]) -> str | None:
    """Return why values need no further trial; None where they do."""
    if entry.configuration == plan.baseline:
        return "this is the baseline, which is trial 0"
    if (row := follower(entry, trials)) is not None:
        return f"this is trial {row.optuna_number} already ({row.state})"
    if any(other.configuration == entry.configuration for other in known):
        return "this is to be tried already"
    for row in trials:
        same = row.phase is Phase.SEARCH and row.configuration == entry.configuration
        if same and row.state is TrialState.COMPLETE:
            return f"this is trial {row.optuna_number} already, which the sampler proposed ({row.state})"
    return None
