"""One of our trials as Optuna's tables are to show it: made from our row, and compared with what stands there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.database import TrialRow
from study.plan import Plan
from study.search.history import TOLD
from study.search.parameters import distributions, from_optuna, given_values, misfit, to_optuna, tuned
from study.space import Choice, to_category
from study.trial import Scalar, TrialState

OURS = "study_trial"
"""Optuna's user attribute that holds the id of our trial."""
STATE = "study_state"
"""Optuna's user attribute that holds our state, where Optuna has no word for it."""
UNSPOKEN = (TrialState.PAUSED, TrialState.INTERRUPTED, TrialState.DIVERGED)
"""States that Optuna has no word for."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is to stand in Optuna's table of one of our trials."""

    trial: str
    """Our id."""
    state: TrialState
    frozen: FrozenTrial
    """As it would be added; its number is Optuna's to give."""


def copy_of(plan: Plan, row: TrialRow, values: Mapping[int, float], scores: Sequence[float] | None) -> Copy:
    """Return what is to stand in Optuna's table of a trial of the search.

    Args:
        plan: The study.
        row: The trial.
        values: Epoch -> validation score, as far as it was trained.
        scores: What a complete trial reached of each objective.
    """
    params = _params(plan, row)
    reported = dict(values) if len(plan.objectives) == 1 else {}  # Optuna takes no reports of several
    state = TOLD.get(row.state, OptunaState.RUNNING)
    last = reported.get(max(reported, default=0), math.nan)
    if state is OptunaState.PRUNED:  # Optuna's own value of one
        scores = None if math.isnan(last) else [last]
    frozen = optuna.trial.create_trial(
        state=state,
        values=None if scores is None else list(scores),
        params=to_optuna(plan, params),
        distributions={name: kind for name, kind in distributions(plan).items() if name in params},
        user_attrs={OURS: row.id} | ({STATE: row.state.value} if row.state in UNSPOKEN else {}),
        intermediate_values=reported,
    )
    frozen.datetime_start = _local(row.created_at) or frozen.datetime_start
    if state.is_finished():
        frozen.datetime_complete = _local(row.finished_at) or frozen.datetime_complete
    return Copy(row.id, row.state, frozen)


def is_there(plan: Plan, there: FrozenTrial, row: TrialRow) -> bool:
    """Return whether a trial of ours has ended, and stands so in Optuna's table: nothing changes there any more."""
    alike = row.state.finished and there.state is TOLD[row.state]
    return alike and not _is_of_other_domains(plan, there, _params(plan, row))


def differs(plan: Plan, there: FrozenTrial, copy: Copy) -> str | None:
    """Return why what stands in Optuna's table of a trial cannot become its copy any more; None where it can.

    Args:
        plan: Whose domains are tuned.
        there: As it stands in Optuna's table.
        copy: What is to stand there.
    """
    ours = copy.frozen
    if _is_of_other_domains(plan, there, ours.params):
        return "its tables cannot hold other domains than it began with"
    if there.state.is_finished() and there.state is not ours.state:
        return f"trial {there.number} stands there as {there.state.name}, which is not what became of it"
    if there.state is OptunaState.WAITING:
        return f"trial {there.number} waits there, though it has begun"
    known, others = ours.intermediate_values, there.intermediate_values.items()
    if any(step not in known or not _same(value, known[step]) for step, value in others):
        return f"trial {there.number} has other values there"
    return None


def bring_up(
    study: optuna.Study, storage: optuna.storages.RDBStorage, key: int, there: FrozenTrial, copy: Copy
) -> None:
    """Write what a trial lacks that stands in Optuna's tables and does not differ.

    Args:
        study: Optuna's.
        storage: Its tables.
        key: The trial's there.
        there: The trial as it stands there.
        copy: What is to stand there.
    """
    if there.state.is_finished():
        return
    ours = copy.frozen
    for name in ours.params.keys() - there.params.keys():
        kind = ours.distributions[name]
        storage.set_trial_param(key, name, kind.to_internal_repr(ours.params[name]), kind)
    for step, value in sorted(ours.intermediate_values.items()):
        if step not in there.intermediate_values:
            storage.set_trial_intermediate_value(key, step, value)
    told = there.user_attrs.get(STATE)
    if told != copy.state.value and (told is not None or copy.state in UNSPOKEN):
        storage.set_trial_user_attr(key, STATE, copy.state.value)
    if ours.state.is_finished():
        study.tell(there.number, ours.values if ours.state is OptunaState.COMPLETE else None, state=ours.state)


def ours_of(trials: Sequence[FrozenTrial]) -> dict[str, FrozenTrial]:
    """Return what stands there of our trials, by our id.

    None of ours waits there, and of several with one id the first is ours: the others have our mark from somebody who
    copied it with the rest.
    """
    found: dict[str, FrozenTrial] = {}
    for frozen in trials:
        if frozen.user_attrs.get(OURS) and frozen.state is not OptunaState.WAITING:
            found.setdefault(frozen.user_attrs[OURS], frozen)
    return found


def is_followed(plan: Plan, there: FrozenTrial, row: TrialRow) -> bool:
    """Return whether a trial that has none of our marks is one of ours yet: a wish it follows, or an older program's.

    The key that its row has proves nothing, as somebody else's trial may have it by now.
    """
    ours = to_optuna(plan, _params(plan, row))
    if there.state is OptunaState.WAITING:
        wanted = from_optuna(plan, values_of(there))
        return not misfit(plan, wanted) and to_optuna(plan, given_values(plan, wanted)).items() <= ours.items()
    is_alike = there.number == row.optuna_number and ours.items() <= there.params.items()
    return is_alike and OURS not in there.user_attrs


def values_of(frozen: FrozenTrial) -> dict[str, Any]:
    """Return the values that a trial has, or is to have."""
    fixed: dict[str, Any] = frozen.system_attrs.get("fixed_params", {})
    return {**fixed, **frozen.params}


def _params(plan: Plan, row: TrialRow) -> dict[str, Scalar]:
    """Return the tuned values of a trial; none where they are of domains that are no more."""
    params = tuned(plan, row.configuration)
    return {} if misfit(plan, params) else params


def _is_of_other_domains(plan: Plan, there: FrozenTrial, ours: Mapping[str, object]) -> bool:
    """Return whether a trial there has other choices than are tuned now, or has ended without a parameter of ours.

    A wider range does not matter there, but a further choice does, and a parameter that is tuned since.
    """
    if there.state.is_finished() and ours.keys() - there.params.keys():
        return True
    for name, distribution in there.distributions.items():
        domain = plan.domains.get(name)
        if isinstance(domain, Choice) and isinstance(distribution, optuna.distributions.CategoricalDistribution):
            choices = [to_category(domain, choice) for choice in domain.choices]
            if list(distribution.choices) != choices:
                return True
    return False


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _local(moment: str | None) -> datetime | None:
    """Return one of our times as Optuna keeps it."""
    return None if moment is None else datetime.fromisoformat(moment).astimezone().replace(tzinfo=None)
