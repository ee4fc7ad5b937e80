"""One of our trials in Optuna's tables: found there, added, and brought to where ours is, by Optuna's own interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.plan import Plan
from study.search.parameters import suggest_all
from study.space import Choice, to_category

OURS = "study_trial"
"""Optuna's user attribute that holds the id of our trial."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is to stand in Optuna's table of one of our trials."""

    trial: str
    """Our id."""
    frozen: FrozenTrial
    """As Optuna has it in memory."""
    waits: bool = False
    """Whether it was interrupted: nobody trains it now."""
    optuna_trial_id: int | None = None
    """Its key in Optuna's tables, as far as it is known."""
    reopened: bool = False
    """Whether it had ended before and was taken up again: Optuna reopens nothing."""
    began_at: str | None = None
    ended_at: str | None = None


def adopt(plan: Plan, study: optuna.Study, there: Mapping[int, FrozenTrial], copy: Copy) -> FrozenTrial | None:
    """Return the trial that a copy belongs to although it is not marked: somebody's wish, or an older program's.

    One that is open is marked, and has all the values after this.

    Args:
        plan: Whose values are suggested.
        study: Optuna's.
        there: Key in Optuna's tables -> trial, all that the study has.
        copy: What is to stand there.
    """
    numbered = [frozen for frozen in there.values() if frozen.number == copy.frozen.number]
    known = there.get(copy.optuna_trial_id or -1)
    for frozen in [*([known] if known else []), *numbered]:
        given = values_of(frozen)
        same = bool(given) and all(copy.frozen.params.get(name) == value for name, value in given.items())
        if not same or OURS in frozen.user_attrs:
            continue
        if frozen.state.is_finished():  # an older program's, which cannot be marked any more
            if frozen is known and given == copy.frozen.params:
                return frozen
            continue
        _set_state(study, frozen, OptunaState.RUNNING)
        study.sampler = optuna.samplers.PartialFixedSampler(copy.frozen.params, optuna.samplers.RandomSampler())
        asked = optuna.Trial(study, frozen._trial_id)
        asked.set_user_attr(OURS, copy.trial)
        suggest_all(plan, asked)
        return study.get_trials(deepcopy=False)[frozen.number]
    return None


def add(study: optuna.Study, copy: Copy) -> int:
    """Add a copy to Optuna's study as a new trial, and return its key.

    `study.add_trial` does the same, but tells no key; to find it all trials would have to be read.
    """
    source = copy.frozen
    made = optuna.trial.create_trial(
        state=source.state,
        values=source.values,
        params=source.params,
        distributions=source.distributions,
        user_attrs={OURS: copy.trial},
        intermediate_values=source.intermediate_values,
    )
    made.datetime_start = _local(copy.began_at) or made.datetime_start
    if source.state.is_finished():
        made.datetime_complete = _local(copy.ended_at) or made.datetime_complete
    key: int = study._storage.create_new_trial(study._study_id, template_trial=made)
    if copy.waits:
        study._storage.set_trial_state_values(key, OptunaState.WAITING)
    return key


def bring_up(study: optuna.Study, there: FrozenTrial, copy: Copy, note: Callable[[str], None]) -> None:
    """Bring a trial that is there to where ours is; one that has ended there stays as it is.

    Args:
        study: Optuna's.
        there: The trial as it stands in Optuna's tables.
        copy: What is to stand there.
        note: Told where somebody else has ended the trial.
    """
    ours = copy.frozen
    wanted = OptunaState.WAITING if copy.waits else ours.state
    if there.state.is_finished():
        if there.state is not wanted and not copy.reopened:
            note(
                f"trial {ours.number} was ended in Optuna's study by somebody, as {there.state.name}; that counts "
                f"for nothing here, and stays so there"
            )
        return
    storage, state = study._storage, there.state
    reported = there.intermediate_values
    missing = {step: value for step, value in ours.intermediate_values.items() if step not in reported}
    if (missing or wanted.is_finished()) and state is not OptunaState.RUNNING:
        state = OptunaState.RUNNING
        storage.set_trial_state_values(there._trial_id, state)
    for step, value in sorted(missing.items()):
        storage.set_trial_intermediate_value(there._trial_id, step, value)
    if wanted.is_finished():
        values = list(ours.values) if wanted is OptunaState.COMPLETE and ours.values else None
        study.tell(there.number, values, state=wanted)
    elif wanted is not state:
        storage.set_trial_state_values(there._trial_id, wanted)


def is_outdated(plan: Plan, there: FrozenTrial, ours: FrozenTrial) -> bool:
    """Return whether a trial there has other choices than are tuned now, or lacks a parameter that ours has.

    Args:
        plan: Whose domains are tuned.
        there: As it stands in Optuna's tables.
        ours: As it is to stand there.
    """
    if there.state.is_finished() and ours.params.keys() - there.params.keys():
        return True
    for name, distribution in there.distributions.items():
        domain = plan.domains.get(name)
        if isinstance(domain, Choice) and isinstance(distribution, optuna.distributions.CategoricalDistribution):
            choices = [to_category(domain, choice) for choice in domain.choices]
            if list(distribution.choices) != choices:
                return True
    return False


def values_of(frozen: FrozenTrial) -> dict[str, Any]:
    """Return the values that a trial has, or is to have."""
    fixed: dict[str, Any] = frozen.system_attrs.get("fixed_params", {})
    return {**fixed, **frozen.params}


def _set_state(study: optuna.Study, frozen: FrozenTrial, state: OptunaState) -> None:
    """Take an open trial out of the queue, or put it back."""
    if study._storage.get_trial(frozen._trial_id).state is not state:
        study._storage.set_trial_state_values(frozen._trial_id, state)


def _local(moment: str | None) -> datetime | None:
    """Return one of our times as Optuna keeps it."""
    return None if moment is None else datetime.fromisoformat(moment).astimezone().replace(tzinfo=None)
