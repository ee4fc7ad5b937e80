"""The storage's own Optuna study: a copy of ours for dashboards and `load_study`, and a letter box for wishes.

Nothing is decided by what stands there, and nothing is lost with it: it is written from our rows, and where it cannot
become what they say, whatever somebody did to it, it is removed and made again from them.
"""

from __future__ import annotations

import contextlib
import functools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Concatenate, ParamSpec, TypeVar

import optuna
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from study.database import TrialDatabase, TrialRow
from study.errors import StudyError
from study.plan import Plan
from study.search.allowance import Allowance
from study.search.copies import OURS, Copy, bring_up, differs, is_followed, is_there, ours_of, values_of
from study.search.kept import attributes, drop, put_aside, put_back
from study.search.parameters import from_optuna, given_values, misfit
from study.search.storage import LONGEST_NAME, called, open_storage, sentence
from study.search.tables import Tables
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

    def __init__(
        self, database: TrialDatabase, plan: Plan, copy: Callable[[TrialRow], Copy], note: Callable[[str], None]
    ) -> None:
        """Keep its parts; Optuna's tables are opened when they are needed.

        Args:
            database: Where our rows are.
            plan: The study.
            copy: Returns what is to stand there of a trial of the search.
            note: Told, once each, what the user should know.
        """
        self.plan = plan
        self.name = called(plan.study)
        self.is_anew = False
        """Whether Optuna's study was made again and is not whole yet: every trial is to be brought up. Whoever does so
        takes this back."""
        self._database = database
        self._copy = copy
        self._note = note
        self._looking = Allowance(LOOKING)
        self._inspecting = Allowance(INSPECTING)
        self._noted: set[str] = set()
        self._silent_until = 0.0
        self._tables = Tables(database, plan, self.name)
        self._keys: dict[str, int] = {}
        """Our id -> key in Optuna's tables, of trials that are known to stand there."""
        self._claimed: set[int] = set()
        """Keys in Optuna's tables of our own trials, and of the wishes that they follow."""
        self._looked = False
        """Whether it is known which trials stand there."""
        self._attributes: dict[str, dict[str, object]] = {}
        """Our id -> user attributes that others gave to our trial in a study that is being made again."""
        if self.name != plan.study:
            self._say(
                f"in Optuna's tables the study is called {self.name!r}, for names have at most {LONGEST_NAME} "
                f"letters there"
            )

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        self._tables.close()

    @_guarded
    def show(self, rows: Sequence[TrialRow], seconds: float = math.inf) -> dict[str, int]:
        """Write what Optuna's tables lack of the trials of the search, whatever somebody has done to them.

        Args:
            rows: All of them, in the order of their numbers.
            seconds: How long it may take, about; what is left then waits for the next call, which is said.

        Returns:
            Our id -> key in Optuna's tables, of those that were written.
        """
        self._claimed |= {row.optuna_trial_id for row in rows if row.optuna_trial_id is not None}
        until, left = time.monotonic() + seconds, 0
        for row in self._lacking(rows):
            if time.monotonic() > until:
                left += 1
            else:
                self._bring_up(row)
        if left:
            self._say(
                f"Optuna's tables lag behind: they were not brought up for {left} of the trials, which is done when "
                f"the study goes on"
            )
        self.is_anew = bool(left)
        if not left:
            self._put_back()
            drop(self._tables.storage, self.name)
        return dict(self._keys)

    @_guarded
    def bring_up(self, row: TrialRow) -> int:
        """Write what Optuna's table lacks of one trial, without reading others, and return its key there."""
        return self._bring_up(row)

    @_guarded
    def wish(self, refused: str | None = None) -> tuple[int, dict[str, Scalar]] | None:
        """Return what somebody enqueued in Optuna's study and can be tried: its key there, and the values given.

        One that does not fit the space ends alone, as FAIL with the reason, and is told of. Looking takes the
        longer the more trials are open there, and has its allowance: what is enqueued is found within seconds.

        Args:
            refused: Why none can be tried, if so.
        """
        if not self._looking.is_left:
            return None
        if self._inspecting.is_left:  # this reads every open trial, the paused ones too
            with self._inspecting.spending():
                self._tell_of_strangers(self._tables.trials())
        with self._looking.spending():
            for frozen in self._tables.waiting():
                key = self._tables.key(frozen.number)
                if key in self._claimed:
                    continue
                given = from_optuna(self.plan, values_of(frozen))
                reason = refused or misfit(self.plan, given)
                if reason is None:
                    self._claimed.add(key)
                    return key, given_values(self.plan, given)
                self._refuse(key, frozen.number, reason)
        return None

    def _lacking(self, rows: Sequence[TrialRow]) -> Sequence[TrialRow]:
        """Return the trials of which Optuna's tables lack something; where they disagree, all, of a study made anew."""
        marked = self._marked()
        if self._keys and not self._keys.keys() & marked.keys():
            self._say_removed()
        self._keys = {}
        followed = {row.id: self._followed(row) for row in rows if row.id not in marked}
        self._claimed.difference_update(row.optuna_trial_id for row in rows if followed.get(row.id) is None)
        lacking = []
        for row in rows:
            there, why = marked.get(row.id), None
            if (older := followed.get(row.id)) is not None and older.state.is_finished():
                why = "an older program did not mark its trials as ours"
            if there is not None and is_there(self.plan, there, row):
                if row.optuna_trial_id is not None:
                    continue
            elif there is not None:
                why = differs(self.plan, there, self._copy(row))
            if why is not None:
                self._make_again(why)
                return [replace(row, optuna_trial_id=None) for row in rows]
            if there is not None:
                self._keys[row.id] = self._tables.key(there.number)
            lacking.append(row)
        return lacking

    def _marked(self) -> dict[str, FrozenTrial]:
        """Return what stands there of our trials, by our id."""
        self._attributes = attributes(self._tables.storage, self.name)
        trials, self._looked = self._tables.trials(), True
        return ours_of(trials)

    def _followed(self, row: TrialRow) -> FrozenTrial | None:
        """Return the trial that our row has the key of and that is to get our mark, if it is still there."""
        there = None if row.optuna_trial_id is None else self._tables.at(row.optuna_trial_id)
        return there if there is not None and is_followed(self.plan, there, row) else None

    def _bring_up(self, row: TrialRow) -> int:
        if not self._looked:
            self._keys |= {id: self._tables.key(frozen.number) for id, frozen in self._marked().items()}
        copy, key = self._copy(row), self._keys.get(row.id) or self._keep(row)
        if key is None:
            copy.frozen.user_attrs = self._attributes.get(row.id, {}) | copy.frozen.user_attrs
            key = self._tables.add(copy)
        else:
            there = self._tables.at(key)
            if there is None or there.user_attrs.get(OURS) != row.id:
                self._begin_anew()
                _ = self._tables.study  # it may not be had again
                self._say_removed()
                return self._bring_up(replace(row, optuna_trial_id=None))
            if why := differs(self.plan, there, copy):
                self._make_again(why)
                key = self._bring_up(replace(row, optuna_trial_id=None))
                self._put_back()
                return key
            bring_up(self._tables.study, self._tables.storage, key, there, copy)
        self._keys[row.id] = key
        return key

    def _keep(self, row: TrialRow) -> int | None:
        """Return the key that our row has where it follows a trial there, which has our mark and runs from now on."""
        key, there = row.optuna_trial_id, self._followed(row)
        if key is None or there is None or there.state.is_finished():
            return None
        self._tables.storage.set_trial_user_attr(key, OURS, row.id)
        if there.state is OptunaState.WAITING and not self._tables.take(key):
            with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
                self._tables.storage.set_trial_user_attr(key, OURS, "")
            return None
        return key

    def _make_again(self, why: str) -> None:
        """Remove Optuna's study and begin it anew; what somebody put there is kept."""
        put_aside(self._tables.storage, self.name, self._say, self._claimed)
        self._say(f"Optuna's study {self.name!r} is made again from our own rows, for {why}")
        self._begin_anew()

    def _put_back(self) -> None:
        """Let Optuna's study have what others had written in it before it was made again."""
        put_back(self._tables.storage, self._tables.study, self._say)

    def _begin_anew(self) -> None:
        """Begin Optuna's study again: nothing of ours is there, and no key holds any more."""
        self._tables.close()
        self._database.forget_optuna_trial_ids(self.plan.study)
        self._keys.clear()
        self._claimed.clear()
        self._looked = False
        self.is_anew = True

    def _refuse(self, key: int, number: int, reason: str) -> None:
        """End a wish as FAIL, with the reason."""
        if self._tables.take(key):
            self._tables.storage.set_trial_user_attr(key, REFUSED, reason)
            self._tables.study.tell(number, state=OptunaState.FAIL)
            self._say(f"a trial enqueued in Optuna's study cannot be tried, and failed there: {reason}")

    def _tell_of_strangers(self, trials: Sequence[FrozenTrial]) -> None:
        ours = {frozen.number for frozen in ours_of(trials).values()}
        others = [frozen for frozen in trials if frozen.number not in ours and REFUSED not in frozen.user_attrs]
        others = [frozen for frozen in others if frozen.state is not OptunaState.WAITING]
        if others and STRANGERS not in self._noted:
            self._noted.add(STRANGERS)
            numbers = ", ".join(str(frozen.number) for frozen in others[:5]) + (", ..." if len(others) > 5 else "")
            self._note(
                f"{len(others)} of the trials in Optuna's study {self.name!r} are not from this program (there they "
                f"have the numbers {numbers}); they count for nothing here"
            )

    def _say_removed(self) -> None:
        self._say(f"Optuna's study {self.name!r} was removed by somebody; it is made again from our own rows")

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
            put_aside(storage, called(study), note)
            note(f"{study}: Optuna's tables are made again without its stale trials")
    except Exception as error:  # these tables may hold anything, and Optuna raise anything about it
        note(f"Optuna's tables still show the stale trials of {study}: {sentence(error)}")
    finally:
        storage.remove_session()
        storage.engine.dispose()
