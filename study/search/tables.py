"""Optuna's study in the trial database, by what Optuna has public of its study and of its storage."""

from __future__ import annotations

import contextlib

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.database import TrialDatabase
from study.plan import Plan
from study.search.copies import OURS, Copy
from study.search.storage import open_storage


class Tables:
    """One study there, made if need be; opened with the first use, and again after it was closed."""

    def __init__(self, database: TrialDatabase, plan: Plan, name: str) -> None:
        """Keep whose it is.

        Args:
            database: Where it is.
            plan: The study that it is a copy of.
            name: What it is called there.
        """
        self.name = name
        self._database = database
        self._directions = list(plan.directions)
        self._opened: tuple[optuna.Study, optuna.storages.RDBStorage, int] | None = None
        """Optuna's study, the tables themselves, which it reads through a cache, and its key there."""
        self._next = 0
        """Number that the next trial gets, unless somebody else adds one."""

    @property
    def study(self) -> optuna.Study:
        """Optuna's study."""
        return self._open()[0]

    @property
    def storage(self) -> optuna.storages.RDBStorage:
        """The tables themselves."""
        return self._open()[1]

    def close(self) -> None:
        """Close the connections."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].remove_session()
            opened[1].engine.dispose()

    def trials(self) -> list[FrozenTrial]:
        """Return every trial, ours and others', in the order of their numbers."""
        found: list[FrozenTrial] = self.study.get_trials(deepcopy=False)
        self._next = len(found)
        return found

    def waiting(self) -> list[FrozenTrial]:
        """Return the trials that somebody enqueued, the next one first; none of ours waits there."""
        _, storage, study = self._open()
        found: list[FrozenTrial] = storage.get_all_trials(study, deepcopy=False, states=(OptunaState.WAITING,))
        return found

    def key(self, number: int) -> int:
        """Return the key of the trial of that number."""
        _, storage, study = self._open()
        return storage.get_trial_id_from_study_id_trial_number(study, number)

    def at(self, key: int) -> FrozenTrial | None:
        """Return the trial of that key; None where this study has none: SQLite gives the key of a removed one again."""
        with contextlib.suppress(KeyError):
            found: FrozenTrial = self.storage.get_trial(key)
            if self.key(found.number) == key:
                return found
        return None

    def add(self, copy: Copy) -> int:
        """Add a copy as a new trial, and return its key."""
        self.study.add_trial(copy.frozen)
        while True:  # somebody else may have added some
            key = self.key(self._next)
            self._next += 1
            if self.storage.get_trial_user_attrs(key).get(OURS) == copy.trial:
                return key

    def take(self, key: int) -> bool:
        """Let a trial run that waits there; return whether it does, unless somebody else who asks was quicker."""
        with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
            taken: bool = self.storage.set_trial_state_values(key, OptunaState.RUNNING)
            return taken
        return False

    def _open(self) -> tuple[optuna.Study, optuna.storages.RDBStorage, int]:
        """Return Optuna's study, its tables, and its key there.

        Raises:
            ValueError: It goes another way than ours.
        """
        if self._opened is None:
            storage = open_storage(self._database)
            try:
                study = optuna.create_study(
                    study_name=self.name, storage=storage, directions=self._directions, load_if_exists=True
                )
                found = [direction.name.lower() for direction in study.directions]
                if found != self._directions:
                    raise ValueError(
                        f"study {self.name!r} there goes to {', '.join(found)}, ours to {', '.join(self._directions)}"
                    )
                study.sampler, study.pruner = optuna.samplers.RandomSampler(), optuna.pruners.NopPruner()
                self._opened = study, storage, storage.get_study_id_from_name(self.name)
            except BaseException:
                storage.remove_session()
                storage.engine.dispose()
                raise
        return self._opened
