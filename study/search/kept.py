"""What others wrote in Optuna's study, kept beside it while it is made again: whoever is killed loses none of it.

`put_aside` keeps it in a study of its own; `attributes` and `put_back` give it to the new one, however often they are
called, and `drop` ends it.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections import Counter
from collections.abc import Callable, Container, Sequence
from typing import Any

import optuna
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.search.copies import OURS, STATE, ours_of
from study.search.storage import called

BACK = "study_put_back"
"""Optuna's user attribute of a kept trial that was put back, where it may have changed since."""
PARAMS = "params"
"""That of a trial that was put back without its parameters, as the study has other domains: what they were."""
METRIC_NAMES = "study:metric_names"
"""Optuna's system attribute of a study whose metrics somebody named."""


def put_aside(storage: RDBStorage, name: str, note: Callable[[str], None], claimed: Container[int] = ()) -> None:
    """Keep what others wrote in a study, and remove it.

    That is its user attributes and the names of its metrics, trials that are not ours, and the user attributes of ours.

    Args:
        storage: Optuna's tables.
        name: The study's, there.
        note: Told what is lost: further system attributes, which tell of trials by their keys.
        claimed: Keys of trials that are ours without having our mark.
    """
    study = optuna.load_study(study_name=name, storage=storage)
    kept = optuna.create_study(
        study_name=_beside(name), storage=storage, directions=study.directions, load_if_exists=True
    )
    _hand_over(study, kept)
    key = storage.get_study_id_from_name(name)
    trials, known = study.get_trials(deepcopy=False), attributes(storage, name)
    ours = ours_of(trials)
    for trial, frozen in ours.items():
        before = known.get(trial, {})
        whole = before | {name: value for name, value in frozen.user_attrs.items() if name not in (OURS, STATE)}
        if whole != before:
            kept.add_trial(optuna.trial.create_trial(state=OptunaState.WAITING, user_attrs=whole | {OURS: trial}))
    numbers = {frozen.number for frozen in ours.values()}
    strange = [_unmarked(frozen) for frozen in trials if frozen.number not in numbers]
    there = Counter(_signature(frozen) for frozen in _strange(kept) if BACK not in frozen.user_attrs)
    for frozen in strange:
        is_ours = storage.get_trial_id_from_study_id_trial_number(key, frozen.number) in claimed
        if not is_ours and not _takes(there, frozen):
            kept.add_trial(frozen)
    lost = storage.get_study_system_attrs(key).keys() - {METRIC_NAMES}
    optuna.delete_study(study_name=name, storage=storage)
    if lost:
        note(
            f"{len(lost)} of the system attributes of Optuna's study {name!r}, where optuna-dashboard keeps notes, "
            f"are gone with it"
        )


def attributes(storage: RDBStorage, name: str) -> dict[str, dict[str, Any]]:
    """Return the user attributes that others gave to our trials, by our id, as far as they are kept."""
    kept, found = _kept(storage, name), dict[str, dict[str, Any]]()
    for frozen in kept.get_trials(deepcopy=False) if kept else ():
        if OURS in frozen.user_attrs:
            given = {name: value for name, value in frozen.user_attrs.items() if name != OURS}
            found[frozen.user_attrs[OURS]] = found.get(frozen.user_attrs[OURS], {}) | given
    return found


def put_back(storage: RDBStorage, study: optuna.Study, note: Callable[[str], None]) -> None:
    """Give a study that was made again what it lacks of what is kept, but for the attributes of our trials.

    Args:
        storage: Optuna's tables.
        study: As it is now.
        note: Told what could not be put back as it was.
    """
    kept = _kept(storage, study.study_name)
    if kept is None:
        return
    _hand_over(kept, study)
    there = Counter(_signature(frozen) for frozen in study.get_trials(deepcopy=False))
    key = storage.get_study_id_from_name(kept.study_name)
    for frozen in sorted(_strange(kept), key=lambda frozen: BACK not in frozen.user_attrs):
        # What was put back before comes first, or another one like it would be taken for it.
        if not (_takes(there, frozen) or BACK in frozen.user_attrs or _takes(there, _bare(frozen))):
            try:
                study.add_trial(frozen)
            except ValueError as error:
                study.add_trial(_bare(frozen))
                note(
                    f"a trial that somebody put into Optuna's study has its parameters in its user attribute "
                    f"{PARAMS!r} now, for {error}"
                )
        if not frozen.state.is_finished():
            number = storage.get_trial_id_from_study_id_trial_number(key, frozen.number)
            storage.set_trial_user_attr(number, BACK, True)


def drop(storage: RDBStorage, name: str) -> None:
    """Keep nothing any more: the study has it all."""
    if (kept := _kept(storage, name)) is not None:
        optuna.delete_study(study_name=kept.study_name, storage=storage)


def _beside(name: str) -> str:
    return called(f"{name} (being made again)")


def _kept(storage: RDBStorage, name: str) -> optuna.Study | None:
    try:
        return optuna.load_study(study_name=_beside(name), storage=storage)
    except KeyError:
        return None


def _strange(kept: optuna.Study) -> list[FrozenTrial]:
    """Return the trials of others that are kept."""
    trials: Sequence[FrozenTrial] = kept.get_trials(deepcopy=False)
    return [frozen for frozen in trials if OURS not in frozen.user_attrs]


def _hand_over(one: optuna.Study, other: optuna.Study) -> None:
    """Give one study's attributes, and the names of its metrics, to another that lacks them."""
    for name, value in one.user_attrs.items():
        if name not in other.user_attrs:
            other.set_user_attr(name, value)
    if one.metric_names is not None and other.metric_names is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            other.set_metric_names(one.metric_names)


def _unmarked(frozen: FrozenTrial) -> FrozenTrial:
    """Return somebody else's trial without marks of ours: one may have come with what it was copied from."""
    given = {name: value for name, value in frozen.user_attrs.items() if name not in (OURS, BACK)}
    return _with(frozen, user_attrs=given)


def _bare(frozen: FrozenTrial) -> FrozenTrial:
    """Return a trial that has its parameters as a user attribute alone."""
    return _with(frozen, params={}, distributions={}, user_attrs={**frozen.user_attrs, PARAMS: frozen.params})


def _with(frozen: FrozenTrial, **parts: object) -> FrozenTrial:
    made = copy.copy(frozen)
    for name, value in parts.items():
        setattr(made, name, value)
    return made


def _takes(there: Counter[str], frozen: FrozenTrial) -> bool:
    """Return whether one like a trial is there that no other trial took before, and take it."""
    mark = _signature(frozen)
    there[mark] -= 1
    return there[mark] >= 0


def _signature(frozen: FrozenTrial) -> str:
    """Return what tells a trial of others from a different one, wherever it stands."""
    parts = (frozen.state.name, frozen.datetime_start, frozen.datetime_complete, frozen.values, frozen.params)
    described = (*parts, frozen.intermediate_values, _unmarked(frozen).user_attrs, frozen.system_attrs)
    return json.dumps(described, sort_keys=True, default=str)
