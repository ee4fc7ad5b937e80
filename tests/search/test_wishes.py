"""What somebody enqueues in Optuna's study is tried once, whatever else is done there."""

from __future__ import annotations

from dataclasses import replace

import optuna
import pytest

from study.database import Columns, TrialDatabase
from study.execution.queue import SearchQueue
from study.options.method import Budget
from study.plan import Plan
from study.search import tables
from study.search.copies import OURS
from study.space import Float
from study.trial import Trial

from ..made_workers import EPOCHS, PLAN, MadeWorkers, Silent, Stop, coordinator
from .test_mirror import NAME, enqueue, enqueue_misfit, load, ours

FIXED = replace(PLAN, fixed={"width": 32})
STEPPED = replace(
    PLAN,
    space=replace(
        PLAN.space, domains=dict(PLAN.space.domains) | {"dropout": Float(low=0.0, high=0.9, step=0.1, default=0.0)}
    ),
)


def of(trials: int, plan: Plan = PLAN) -> Plan:
    return replace(plan, budget=Budget(trials=trials, epochs=EPOCHS, replicates=1))


def tried(database: TrialDatabase) -> list[object]:
    """Returns the learning rates of the search's trials."""
    return [configuration["learning_rate"] for *_, configuration in ours(database)]


def test_a_wish_is_tried_after_the_baseline_and_counts(database: TrialDatabase) -> None:
    optuna.create_study(study_name=NAME, storage=database.storage, direction="maximize")
    load(database.storage).enqueue_trial({"learning_rate": 0.002}, user_attrs={"by": "anna"})
    view = Silent()
    coordinator(database, MadeWorkers(), view=view).run()
    found = ours(database)
    assert found[0][3] == PLAN.baseline
    assert found[1][3]["learning_rate"] == 0.002
    assert len(found) == PLAN.budget.trials
    assert view.notes == ["trial 1 is one that was enqueued in Optuna's study (learning_rate=0.002)"]
    shown = load(database.storage).get_trials()
    assert [trial.state.name for trial in shown] == ["COMPLETE"] * 3
    assert shown[0].user_attrs["by"] == "anna"
    assert shown[0].params["learning_rate"] == 0.002


def test_a_wish_that_does_not_fit_fails_alone_with_the_reason(database: TrialDatabase) -> None:
    optuna.create_study(study_name=NAME, storage=database.storage, direction="maximize")
    enqueue_misfit(database.storage)
    load(database.storage).enqueue_trial({"speed": 3})
    load(database.storage).enqueue_trial({"learning_rate": 7.0})
    coordinator(database, MadeWorkers()).run()
    strange = [trial for trial in load(database.storage).get_trials() if OURS not in trial.user_attrs]
    assert [trial.state.name for trial in strange] == ["FAIL"] * 3
    reasons = [trial.user_attrs["refused"] for trial in strange]
    assert reasons[0].startswith("optimizer='rmsprop' is not in its domain, one of ")
    assert reasons[1].startswith(f"'speed' is no parameter that is tuned in {NAME}; tuned are ")
    assert reasons[2].startswith("learning_rate=7.0 is not in its domain, ")
    assert [number for number, *_ in ours(database)] == [0, 1, 2]


def test_a_wish_for_a_search_that_no_timing_changes_is_refused_with_the_remedy(database: TrialDatabase) -> None:
    plan = replace(PLAN, method=replace(PLAN.method, pruner="none", reproducible=2))
    optuna.create_study(study_name=NAME, storage=database.storage, direction="maximize")
    enqueue(database.storage)
    view = Silent()
    coordinator(database, MadeWorkers(), plan, view=view).run()
    reason = "when it would come would depend on the moment, which --reproducible excludes; --try gives it beforehand"
    assert view.notes == [f"a trial enqueued in Optuna's study cannot be tried, and failed there: {reason}"]
    (strange,) = [trial for trial in load(database.storage).get_trials() if OURS not in trial.user_attrs]
    assert (strange.state.name, strange.user_attrs["refused"]) == ("FAIL", reason)
    assert [row.turns for row in database.trials(NAME) if row.phase == "search"] == [(1,), (2,), (3,)]


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("plan", "given"), [(FIXED, {"width": 32}), (STEPPED, {"dropout": 0.1 + 0.2})], ids=["fixed", "stepped"]
)
def test_a_wish_in_other_words_than_its_trial_is_tried_once(
    database: TrialDatabase, plan: Plan, given: dict[str, object]
) -> None:
    optuna.create_study(study_name=NAME, storage=database.storage, direction="maximize")
    load(database.storage).enqueue_trial({"learning_rate": 0.003} | given)
    load(database.storage).enqueue_trial({"learning_rate": 0.002})
    for trials in (3, 5):
        coordinator(database, MadeWorkers(), of(trials, plan)).run()
    assert tried(database)[1:3] == [0.003, 0.002]
    assert not {0.003, 0.002} & set(tried(database)[3:])
    shown = load(database.storage).get_trials()
    assert [trial.state.name for trial in shown] == ["COMPLETE"] * 5
    assert [trial.params["learning_rate"] for trial in shown[:2]] == [0.003, 0.002]


def test_a_wish_with_the_attributes_of_one_of_our_trials_is_a_wish(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers()).run()
    before = load(database.storage).get_trials()
    load(database.storage).enqueue_trial({"learning_rate": 0.004}, user_attrs=before[1].user_attrs | {"by": "anna"})
    coordinator(database, MadeWorkers(), of(4)).run()
    assert tried(database)[3] == 0.004
    shown = load(database.storage).get_trials()
    assert shown[:3] == before
    assert len({trial.user_attrs[OURS] for trial in shown}) == len(shown) == 4
    assert shown[3].user_attrs["by"] == "anna"


def test_a_wish_that_somebody_else_takes_first_is_theirs_and_ours_is_added(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    optuna.create_study(study_name=NAME, storage=database.storage, direction="maximize")
    enqueue(database.storage)
    load(database.storage).enqueue_trial({"learning_rate": 0.003})
    take, theirs = tables.Tables.take, list[optuna.Trial]()

    def take_after(self: tables.Tables, key: int) -> bool:
        if not theirs:
            theirs.append(load(database.storage).ask())
        return take(self, key)

    monkeypatch.setattr(tables.Tables, "take", take_after)
    coordinator(database, MadeWorkers()).run()
    assert tried(database)[1:] == [0.002, 0.003]
    states = [(trial.state.name, bool(trial.user_attrs.get(OURS))) for trial in load(database.storage).get_trials()]
    assert states == [("RUNNING", False), ("COMPLETE", True), ("COMPLETE", True), ("COMPLETE", True)]


def test_a_wish_is_taken_up_where_a_killed_process_marked_it(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: tables.Tables, key: int) -> bool:
        raise Stop

    optuna.create_study(study_name=NAME, storage=database.storage, direction="maximize")
    enqueue(database.storage)
    with monkeypatch.context() as patched:
        patched.setattr(tables.Tables, "take", die)
        with pytest.raises(Stop):
            coordinator(database, MadeWorkers()).run()
    coordinator(database, MadeWorkers()).run()
    assert tried(database).count(0.002) == 1
    assert [trial.state.name for trial in load(database.storage).get_trials()] == ["COMPLETE"] * 3


def test_a_row_gets_the_key_of_its_wish_once_for_it_may_be_another_trials_later(database: TrialDatabase) -> None:
    optuna.create_study(study_name=NAME, storage=database.storage, direction="maximize")
    enqueue(database.storage)
    given, deaths = list[tuple[int | None, object]](), iter([-9])

    class Watched(SearchQueue):
        def columns(self, trial: Trial) -> Columns:
            found = super().columns(trial)
            given.append((trial.number, found.get("optuna_trial_id")))
            return found

    def dies(trial: Trial, epoch: int) -> int | None:
        return next(deaths, None) if (trial.number, epoch) == (1, 2) else None

    queue = Watched(PLAN, database, [].append)
    coordinator(database, MadeWorkers(dies=dies), queue=queue).run()
    (wish, *_) = load(database.storage).get_trials()
    assert [key for number, key in given if number == 1] == [wish._trial_id, None]


@pytest.mark.cases(1)
@pytest.mark.parametrize("name", [NAME, "mine"])
def test_trials_that_got_the_keys_of_ours_are_their_owners(database: TrialDatabase, name: str) -> None:
    coordinator(database, MadeWorkers()).run()
    optuna.delete_study(study_name=NAME, storage=database.storage)
    made = optuna.create_study(study_name=name, storage=database.storage, direction="maximize")
    made.add_trial(optuna.trial.create_trial(value=0.9, user_attrs={"by": "anna"}))
    made.enqueue_trial({"learning_rate": 0.002})
    made.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING))
    before = made.get_trials()
    assert {trial._trial_id for trial in before} == {row.optuna_trial_id for row in database.trials(NAME)} - {None}
    coordinator(database, MadeWorkers()).run()
    theirs = optuna.load_study(study_name=name, storage=database.storage).get_trials()[:3]
    assert theirs == before
    assert [OURS in trial.user_attrs for trial in load(database.storage).get_trials()][-3:] == [True] * 3
    coordinator(database, MadeWorkers(), of(4)).run()
    assert (tried(database)[3] == 0.002) == (name == NAME)
