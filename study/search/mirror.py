"""The storage's own Optuna study: a copy of ours for dashboards and `load_study`, and a letter box for wishes.

Nothing is decided by what stands there. Whatever somebody does to it by Optuna's interface, our rows are what happened:
the copy is put right or made again where Optuna allows it, and left alone with a note where it does not.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.database import TrialDatabase
from study.errors import StudyError
from study.plan import Plan
from study.search.allowance import Allowance
from study.search.copies import OURS, Copy, add, adopt, bring_up, is_outdated, values_of
from study.search.parameters import from_optuna, given_values, misfit
from study.search.storage import LONGEST_NAME, called, open_storage, sentence
from study.trial import Scalar

REFUSED = "refused"
"""Optuna's user attribute of a trial that could not be taken up: the reason."""
LOOKING = 0.05
"""The fraction of the time in which Optuna's tables are looked through for what somebody enqueued."""
INSPECTING = 0.01
"""The fraction of the time in which they are looked through for what else is not ours."""
RETRY_SECONDS = 60.0
"""How long nothing is tried after the copy could not be written."""

STRANGERS = "strangers"

P = ParamSpec("P")
T = TypeVar("T")


def _guarded(method: Callable[Concatenate[Mirror, P], T]) -> Callable[Concatenate[Mirror, P], T | None]:
    """Let no failure of Optuna's tables stop a study: try once more on a fresh connection, then say so, once."""

    @functools.wraps(method)
    def wrapped(self: Mirror, /, *args: P.args, **kwargs: P.kwargs) -> T | None:
        self._database.check()
        if time.monotonic() < self._silent_until:
            return None
        for last in (False, True):
            try:
                return method(self, *args, **kwargs)
            except StudyError:
                raise
            except Exception as error:  # these tables may hold anything, and Optuna raise anything about it
                self._database.check()  # a file that is gone stops the study itself
                self.close()
                if last:
                    self._silent_until = time.monotonic() + RETRY_SECONDS
                    self._say(f"Optuna's tables are not written: {sentence(error)}; the study goes on without them")
        return None

    return wrapped


class Mirror:
    """Optuna's study of the same name in the trial database."""

    def __init__(self, database: TrialDatabase, plan: Plan, note: Callable[[str], None]) -> None:
        """Keep its parts; Optuna's tables are opened when they are needed.

        Args:
            database: Where our rows are.
            plan: The study.
            note: Told, once each, what the user should know.
        """
        self.plan = plan
        self.name = called(plan.study)
        self._database = database
        self._note = note
        self._looking = Allowance(LOOKING)
        self._inspecting = Allowance(INSPECTING)
        self._noted: set[str] = set()
        self._silent_until = 0.0
        self._study: optuna.Study | None = None
        self._storage: optuna.storages.RDBStorage | None = None
        """The tables themselves; Optuna's study reads them through a cache."""
        self._keys: dict[str, int] = {}
        """Our id -> key in Optuna's tables."""
        self._compared = False
        """Whether Optuna's study is known to be of the domains of now."""
        self._wishes: list[dict[str, Any]] = []
        """What somebody enqueued in a study that is being made again."""
        if self.name != plan.study:
            self._say(
                f"in Optuna's tables the study is called {self.name!r}, for names have at most {LONGEST_NAME} "
                f"letters there"
            )

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        if self._study is not None:
            storage, self._study = self._study._storage, None
            storage.remove_session()
            if self._storage is not None:
                self._storage.engine.dispose()

    @_guarded
    def show(self, copies: Iterable[Copy], seconds: float = math.inf) -> dict[str, int]:
        """Write what Optuna's table lacks of some trials, whatever somebody has done to it.

        Args:
            copies: Of all trials, in the order of their numbers.
            seconds: How long it may take, about; what is left then waits for the next call, which is said.

        Returns:
            Our id -> key in Optuna's tables.
        """
        return self._show(list(copies), seconds, whole=True)

    @_guarded
    def bring_up(self, copy: Copy) -> int:
        """Write what Optuna's table lacks of one trial, without reading others, and return its key there.

        Where something is not as it was left, it is done as `show` does it.
        """
        key = self._keys.get(copy.trial)
        try:
            if key is None and copy.optuna_trial_id is None and self._compared:
                self._keys[copy.trial] = key = add(self._open(), copy)
            elif key is not None:
                there = self._open()._storage.get_trial(key)
                if there.user_attrs.get(OURS) != copy.trial:
                    raise KeyError(f"trial {key} is another one now")
                bring_up(self._open(), there, copy, self._say)
        except KeyError:
            self.close()
            key = None
        return self._show([copy])[copy.trial] if key is None else key

    def _show(self, copies: Sequence[Copy], seconds: float = math.inf, *, whole: bool = False) -> dict[str, int]:
        study, until, left = self._open(), time.monotonic() + seconds, 0
        if not self._compared:
            study = self._of_these_domains(study, copies)
            self._compared = self._compared or whole
        there = {frozen._trial_id: frozen for frozen in study.get_trials(deepcopy=False)}
        marked: dict[str, FrozenTrial] = {}
        for frozen in there.values():
            marked.setdefault(frozen.user_attrs.get(OURS, ""), frozen)
        removed = bool(self._keys) and not self._keys.keys() & marked.keys()
        for copy in copies:
            if time.monotonic() > until:
                left += 1
                continue
            found = marked.get(copy.trial) or adopt(self.plan, study, there, copy)
            if found is None:
                self._keys[copy.trial] = add(study, copy)
            else:
                self._keys[copy.trial] = found._trial_id
                bring_up(study, found, copy, self._say)
        if left:
            self._say(
                f"Optuna's tables lag behind: they were not brought up for {left} of the trials, which is done when "
                f"the study goes on"
            )
        while self._wishes:
            study.enqueue_trial(self._wishes.pop(0))
        if removed:
            self._say(f"Optuna's study {self.name!r} was removed by somebody; it is made again from our own rows")
        return dict(self._keys)

    @_guarded
    def wish(self, claimed: Iterable[int | None]) -> tuple[int, dict[str, Scalar]] | None:
        """Return what somebody enqueued in Optuna's study and can be tried: its key there, and the values given.

        One that does not fit the space ends alone, as FAIL with the reason, and is told of. Looking takes the
        longer the more trials are open there, and has its allowance: what is enqueued is found within seconds.

        Args:
            claimed: Keys in Optuna's tables of our own trials.
        """
        if not self._looking.is_left:
            return None
        ours = {*claimed, *self._keys.values()}
        if self._inspecting.is_left:  # this reads every open trial, the paused ones too
            with self._inspecting.spending():
                trials = self._open().get_trials(deepcopy=False)
                self._tell_of_strangers([trial for trial in trials if self._is_strange(trial, ours)])
        with self._looking.spending():
            return self._look(ours)

    def _look(self, ours: Collection[int | None]) -> tuple[int, dict[str, Scalar]] | None:
        study = self._open()
        assert self._storage is not None  # it is open
        waiting = self._storage.get_all_trials(study._study_id, deepcopy=False, states=(OptunaState.WAITING,))
        for frozen in waiting:
            if not self._is_strange(frozen, ours):
                continue
            given = from_optuna(self.plan, values_of(frozen))
            reason = misfit(self.plan, given)
            if reason is None:
                return frozen._trial_id, given_values(self.plan, given)
            if study._storage.set_trial_state_values(frozen._trial_id, OptunaState.RUNNING):
                optuna.Trial(study, frozen._trial_id).set_user_attr(REFUSED, reason)
                study.tell(frozen.number, state=OptunaState.FAIL)
                self._say(f"a trial enqueued in Optuna's study cannot be tried, and failed there: {reason}")
        return None

    def _open(self) -> optuna.Study:
        if self._study is None:
            storage = self._storage = open_storage(self._database)
            directions = list(self.plan.directions)
            study = optuna.create_study(
                study_name=self.name, storage=storage, directions=directions, load_if_exists=True
            )
            found = [direction.name.lower() for direction in study.directions]
            if found != directions:
                raise ValueError(
                    f"study {self.name!r} there goes to {', '.join(found)}, ours to {', '.join(directions)}"
                )
            study.sampler, study.pruner = optuna.samplers.RandomSampler(), optuna.pruners.NopPruner()
            self._study = study
        return self._study

    def _of_these_domains(self, study: optuna.Study, copies: Sequence[Copy]) -> optuna.Study:
        """Return Optuna's study; where its trials are of other domains than now, one that is made again.

        A wider range does not matter there, but a further choice does, and a parameter that is tuned since.
        """
        trials = study.get_trials(deepcopy=False)
        marked = {frozen.user_attrs[OURS]: frozen for frozen in trials if OURS in frozen.user_attrs}
        ours = {copy.trial: copy.frozen for copy in copies}
        if any(id in ours and is_outdated(self.plan, frozen, ours[id]) for id, frozen in marked.items()):
            claimed = {copy.optuna_trial_id for copy in copies} | {frozen._trial_id for frozen in marked.values()}
            waiting = [frozen for frozen in trials if frozen.state is OptunaState.WAITING]
            self._wishes = [values_of(frozen) for frozen in waiting if frozen._trial_id not in claimed]
            optuna.delete_study(study_name=self.name, storage=study._storage)
            self.close()
            self._keys.clear()
            self._say(
                f"Optuna's study {self.name!r} is made again from our own rows, for its tables cannot hold other "
                f"domains than it began with"
            )
            study = self._open()
            self._compared = True
        return study

    @staticmethod
    def _is_strange(frozen: FrozenTrial, claimed: Collection[int | None]) -> bool:
        return frozen._trial_id not in claimed and OURS not in frozen.user_attrs

    def _tell_of_strangers(self, strangers: Sequence[FrozenTrial]) -> None:
        others = [frozen for frozen in strangers if frozen.state is not OptunaState.WAITING]
        others = [frozen for frozen in others if REFUSED not in frozen.user_attrs]
        if others and STRANGERS not in self._noted:
            self._noted.add(STRANGERS)
            numbers = ", ".join(str(frozen.number) for frozen in others[:5]) + (", ..." if len(others) > 5 else "")
            self._note(
                f"{len(others)} of the trials in Optuna's study {self.name!r} are not from this program (there they "
                f"have the numbers {numbers}); they count for nothing here"
            )

    def _say(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._note(text)


def forget(database: TrialDatabase, study: str, note: Callable[[str], None]) -> None:
    """Remove Optuna's study of a study whose trials were put aside: it is made again from those that count.

    Args:
        database: Open for writing.
        study: The study's name.
        note: Told what the user should know.
    """
    storage = open_storage(database)
    try:
        if called(study) in optuna.get_all_study_names(storage):
            optuna.delete_study(study_name=called(study), storage=storage)
            note(f"{study}: Optuna's tables are made again without its stale trials; wishes enqueued there are gone")
    except Exception as error:  # these tables may hold anything, and Optuna raise anything about it
        note(f"Optuna's tables still show the stale trials of {study}: {sentence(error)}")
    finally:
        storage.remove_session()
        storage.engine.dispose()
