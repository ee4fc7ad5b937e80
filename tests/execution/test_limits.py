"""Where a study's patience ends: time limits, trials that are skipped, workers that die, and what is tried again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from study.database import TrialDatabase, ask_to_skip, earlier_failures, place_of, take_up_again
from study.engines import checkpoint
from study.errors import OutOfTimeError, StudyError
from study.execution.attempts import Deaths, Running, how_it_died
from study.execution.planned_queue import PlannedQueue
from study.execution.skip import skip
from study.files import FileWriteError, LocalFile, Place
from study.plan import Plan
from study.prepare.retry import Retry
from study.status.details import list_rows
from study.trial import Epoch, Phase, Trial, TrialState

from ..made_workers import EPOCHS, PLAN, MadeWorkers, Silent, Stop, coordinator, optunas, states
from ..plans import message_of
from ..trials import make_job

BEST = {"search": ["complete"] * 3, "replicate": ["complete"] * 2}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        save(opened, PLAN)
        yield opened


def save(database: TrialDatabase, plan: Plan) -> None:
    database.save_plan(plan.columns() | {"code_version": "0", "commands": []})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A monotonic clock that a test turns."""
    now = [100.0]
    monkeypatch.setattr("study.execution.coordinator.time.monotonic", lambda: now[0])
    return now


def is_trial(number: int) -> Callable[[Trial], bool]:
    return lambda trial: trial.phase is Phase.SEARCH and trial.number == number


def failures(database: TrialDatabase) -> dict[int | None, tuple[str | None, str | None]]:
    return {
        row.optuna_number: (row.failure_type, row.failure_message)
        for row in database.trials(PLAN.study)
        if row.state == "failed"
    }


def of_phase(database: TrialDatabase, phase: str) -> list[str]:
    return [state for found, _, state, _ in states(database) if found == phase]


# A trial's own limit


def test_a_trial_that_trains_too_long_is_ended_as_failed_and_the_others_go_on(
    database: TrialDatabase, clock: list[float]
) -> None:
    def wait(trial: Trial) -> None:
        clock[0] += 4.0

    plan = replace(PLAN, budget=replace(PLAN.budget, trial_timeout=10.0))
    workers = MadeWorkers(hangs=lambda trial, number: is_trial(1)(trial) and number == 2, on_wait=wait)
    coordinator(database, workers, plan).run()
    assert of_phase(database, "search") == ["complete", "failed", "complete"]
    assert of_phase(database, "replicate") == ["complete"] * 2
    assert workers.killed == [0]
    assert failures(database) == {
        1: ("TrialTimeout", "it had trained for 13 seconds in epoch 2, and --trial-timeout is 10")
    }
    assert optunas(database)[1] in ("FAIL", "PRUNED")


def test_the_seconds_of_a_trial_are_counted_over_interruptions(database: TrialDatabase, clock: list[float]) -> None:
    """A trial that never ends its second epoch does not hold up a study that is stopped and taken up for ever."""
    plan = replace(PLAN, budget=replace(PLAN.budget, trial_timeout=1.5))

    def stop(trial: Trial) -> None:
        raise Stop

    def wait(trial: Trial) -> None:
        clock[0] += 1.0

    second = MadeWorkers(hangs=lambda trial, number: is_trial(0)(trial) and number == 2, on_wait=stop)
    with pytest.raises(Stop):
        coordinator(database, second, plan).run()
    assert states(database) == [("search", 0, "interrupted", 1)]
    again = MadeWorkers(hangs=lambda trial, number: is_trial(0)(trial), on_wait=wait)
    coordinator(database, again, plan).run()
    assert failures(database)[0] == (
        "TrialTimeout",
        "it had trained for 2 seconds in epoch 2, and --trial-timeout is 1.5",
    )


def test_a_trial_within_its_limit_is_left_alone(database: TrialDatabase) -> None:
    plan = replace(PLAN, budget=replace(PLAN.budget, trial_timeout=2.5))  # each has two epochs of one second
    coordinator(database, MadeWorkers(), plan).run()
    assert {"search": of_phase(database, "search"), "replicate": of_phase(database, "replicate")} == BEST


def test_no_second_counts_before_a_worker_has_begun(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    running = Running(job.trial, job, {1: 2.0, 2: 3.0}, resumed_after=2)
    assert running.trained(1000.0) == 5.0
    running.began(1000.0)
    assert running.trained(1004.0) == 9.0
    running.record(Epoch(2, 0.5, 0.5, None, None, 0.001, 3.5), 1004.0)  # trained again: it counts once
    assert running.trained(1005.0) == 6.5
    assert running.last_epoch == 2


# The study's limit


@pytest.mark.cases(1)
@pytest.mark.parametrize("limit", [3.0, 13.0, *(pytest.param(limit, marks=pytest.mark.slow) for limit in (7.0, 15.0))])
def test_when_all_time_is_up_no_trial_begins_and_more_time_trains_the_rest(
    database: TrialDatabase, clock: list[float], limit: float
) -> None:
    def tick(trial: Trial, number: int) -> None:
        clock[0] += 2.0  # a trial takes 4 seconds, all five take 20

    def with_limit(seconds: float) -> Any:  # noqa: ANN401
        return replace(PLAN, budget=replace(PLAN.budget, total_timeout=seconds))

    plan = with_limit(limit)
    save(database, plan)
    with pytest.raises(OutOfTimeError) as caught:
        coordinator(database, MadeWorkers(on_epoch=tick), plan).run()
    assert str(caught.value) == (
        f"cnn@digits: the {limit:g} seconds of --timeout-total are over and it is not finished; "
        f"`python -m study resume cnn@digits --timeout-total SECONDS` goes on with more of them, or with inf"
    )
    row = database.plan(PLAN.study)
    assert row is not None
    assert row.total_seconds == 4.0 * len(states(database))
    assert len(states(database)) == -(-limit // 4)
    assert {state for _, _, state, _ in states(database)} == {"complete"}
    assert list_rows(database)[0]["status"] == "unfinished"
    with pytest.raises(OutOfTimeError):  # the same again trains nothing
        coordinator(database, workers := MadeWorkers(on_epoch=tick), plan).run()
    assert workers.begun == []
    save(database, with_limit(float("inf")))
    coordinator(database, MadeWorkers(on_epoch=tick), with_limit(float("inf"))).run()
    assert {"search": of_phase(database, "search"), "replicate": of_phase(database, "replicate")} == BEST
    assert list_rows(database)[0]["status"] == "finished"


def test_a_study_that_ends_with_its_time_is_finished(database: TrialDatabase, clock: list[float]) -> None:
    def tick(trial: Trial, number: int) -> None:
        clock[0] += 2.0

    plan = replace(PLAN, budget=replace(PLAN.budget, total_timeout=16.5))  # the last trial begins before, ends after
    save(database, plan)
    coordinator(database, MadeWorkers(on_epoch=tick), plan).run()
    assert {"search": of_phase(database, "search"), "replicate": of_phase(database, "replicate")} == BEST


def test_what_was_in_hand_when_time_was_up_goes_to_its_end_after_an_interruption(
    database: TrialDatabase, clock: list[float]
) -> None:
    def tick(trial: Trial, number: int) -> None:
        clock[0] += 6.0
        if number == 2:
            raise Stop

    plan = replace(PLAN, budget=replace(PLAN.budget, total_timeout=5.0))
    save(database, plan)
    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(on_epoch=tick), plan).run()
    assert states(database) == [("search", 0, "interrupted", 1)]
    with pytest.raises(OutOfTimeError):
        coordinator(database, MadeWorkers(), plan).run()
    assert states(database) == [("search", 0, "complete", 2)]


def test_the_limit_holds_for_planned_trials_too(database: TrialDatabase, clock: list[float]) -> None:
    def tick(trial: Trial, number: int) -> None:
        clock[0] += 2.0

    plan = replace(PLAN, budget=replace(PLAN.budget, total_timeout=5.0))
    trials = plan.replicates("arm", plan.baseline | {"width": 8}) + plan.replicates(
        "arm", plan.baseline | {"width": 16}
    )
    planned_trials = PlannedQueue([*trials, *plan.replicates("arm", plan.baseline)], database)
    with pytest.raises(OutOfTimeError):
        coordinator(database, MadeWorkers(on_epoch=tick), plan, queue=planned_trials).run()
    assert of_phase(database, "replicate") == ["complete"] * 2
    plan = replace(plan, budget=replace(plan.budget, total_timeout=50.0))
    coordinator(database, MadeWorkers(on_epoch=tick), plan, queue=planned_trials).run()
    assert of_phase(database, "replicate") == ["complete"] * 3


# Skipping


def test_a_running_trial_is_skipped_at_the_owners_next_heartbeat(database: TrialDatabase, clock: list[float]) -> None:
    def wait(trial: Trial) -> None:
        line = skip(database, "cnn", str(trial.number))
        assert line.startswith("trial 1 of cnn@digits: process ")
        assert line.endswith(", which runs it, ends it in seconds")
        clock[0] += 6.0

    workers = MadeWorkers(hangs=lambda trial, number: is_trial(1)(trial), on_wait=wait)
    coordinator(database, workers).run()
    assert of_phase(database, "search") == ["complete", "failed", "complete"]
    assert failures(database) == {1: ("Skipped", "skipped by hand")}
    assert workers.killed == [0]


def interrupted(database: TrialDatabase) -> None:
    """Leaves trial 1 interrupted."""

    def stop(trial: Trial) -> None:
        raise Stop

    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(hangs=lambda trial, number: is_trial(1)(trial), on_wait=stop)).run()


def test_a_trial_of_a_study_that_nobody_runs_is_skipped_at_once(database: TrialDatabase) -> None:
    interrupted(database)
    file = place_of(database.storage, None).checkpoint(database.trials(PLAN.study)[1].id)
    file.write(b"anything")
    line = skip(database, "cnn@digits", "1")
    assert line == "trial 1 of cnn@digits is ended as failed: skipped by hand; no process runs the study"
    assert failures(database) == {1: ("Skipped", "skipped by hand")}
    assert not file.exists()
    workers = MadeWorkers()
    coordinator(database, workers).run()
    assert (Phase.SEARCH, 1) not in workers.begun
    assert of_phase(database, "search") == ["complete", "failed", "complete"]
    assert "RUNNING" not in optunas(database)
    assert "WAITING" not in optunas(database)


def test_what_was_asked_to_be_skipped_while_its_owner_died_is_skipped_when_the_study_is_taken_up(
    database: TrialDatabase,
) -> None:
    interrupted(database)
    ask_to_skip(database, database.trials(PLAN.study)[1].id)
    workers = MadeWorkers()
    coordinator(database, workers).run()
    assert (Phase.SEARCH, 1) not in workers.begun
    assert failures(database) == {1: ("Skipped", "skipped by hand")}


def test_a_trial_is_named_as_show_prints_it_or_by_its_id(database: TrialDatabase) -> None:
    interrupted(database)
    rows = database.trials(PLAN.study)
    ended = "trial 0 of cnn@digits has ended (complete); only an open trial is skipped"
    for name in ("0", "trial 0", rows[0].id):
        assert message_of(lambda name=name: skip(database, "cnn", name)) == ended
    unknown = message_of(lambda: skip(database, "cnn", "7"))
    assert unknown == "cnn@digits has no trial '7' (open now: trial 1)"
    assert message_of(lambda: skip(database, "cmn", "0")) == ("a study here is one of cnn@digits, not 'cmn'")
    assert skip(database, "cnn", rows[1].id).startswith("trial 1 of cnn@digits is ended as failed")


# Workers that die


def test_a_trial_whose_worker_dies_again_and_again_at_one_epoch_has_failed(database: TrialDatabase) -> None:
    view = Silent()
    workers = MadeWorkers(dies=lambda trial, number: -9 if is_trial(1)(trial) and number == 2 else None)
    coordinator(database, workers, view=view).run()
    assert of_phase(database, "search") == ["complete", "failed", "complete"]
    assert failures(database) == {
        1: (
            "WorkerDied",
            "its worker process was killed by signal 9 (out of memory?) in epoch 2, as did 2 before it; "
            "`python -m study resume --failed` tries it again",
        )
    }
    told = "worker 0 was killed by signal 9 (out of memory?); its trial goes on from its last checkpoint"
    assert view.notes == [told, told]


def test_a_trial_that_comes_further_may_lose_any_number_of_workers(database: TrialDatabase) -> None:
    deaths = Deaths()
    assert [deaths.add("a", epoch) for epoch in (0, 1, 2, 3, 3, 4, 4, 4)] == [1, 1, 1, 1, 2, 1, 2, 3]
    assert [deaths.add("b", 0), deaths.add("a", 5), deaths.add("b", 0)] == [1, 1, 2]
    left = {1: 2, 2: 2}  # two deaths in each of its two epochs: four in all

    def die(trial: Trial, number: int) -> int | None:
        if is_trial(1)(trial) and left[number]:
            left[number] -= 1
            return -9
        return None

    coordinator(database, MadeWorkers(dies=die)).run()
    assert of_phase(database, "search") == ["complete"] * 3


def test_a_worker_that_dies_before_its_trial_begins_costs_the_trial_nothing(database: TrialDatabase) -> None:
    view = Silent()
    coordinator(database, MadeWorkers(stillborn=2), view=view).run()
    assert {"search": of_phase(database, "search"), "replicate": of_phase(database, "replicate")} == BEST
    told = "worker 0 ended with exit status 1 before its trial began; another one takes the trial"
    assert view.notes == [told, told]


def test_workers_that_never_begin_stop_the_study_with_the_reason(database: TrialDatabase) -> None:
    with pytest.raises(StudyError) as caught:
        coordinator(database, MadeWorkers(stillborn=99)).run()
    assert str(caught.value) == (
        "3 worker processes in a row died before they could train, the last one ended with exit status 1; "
        "once that is mended, `python -m study resume` goes on where this stopped"
    )
    assert states(database) == [("search", 0, "interrupted", 3)]


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (-9, "was killed by signal 9 (out of memory?)"),
        (-11, "was killed by signal 11 (a crash in compiled code)"),
        (-15, "was killed by signal 15"),
        (1, "ended with exit status 1"),
        (0, "ended with exit status 0"),
        (None, "ended with exit status None"),
    ],
)
def test_how_a_process_died_is_told_in_words(exit_code: int | None, words: str) -> None:
    assert how_it_died(exit_code) == words


# Taking up again


def failed_once(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers(dies=lambda trial, number: -9 if is_trial(1)(trial) else None)).run()
    assert of_phase(database, "search") == ["complete", "failed", "complete"]


def test_a_failed_trial_is_taken_up_again_with_its_id_and_seed_and_its_first_end_stays_readable(
    database: TrialDatabase,
) -> None:
    failed_once(database)
    before = {row.id: row for row in database.trials(PLAN.study)}
    (failed,) = [row for row in before.values() if row.state == "failed"]
    assert [row.id for row in Retry((TrialState.FAILED,), "9").in_search(database, PLAN.study)] == [failed.id]
    take_up_again(database, [failed.id])
    assert of_phase(database, "search") == ["complete", "interrupted", "complete"]
    assert database.epochs(failed.id) == []
    workers = MadeWorkers()
    coordinator(database, workers).run()
    assert workers.begun[0] == (Phase.SEARCH, 1)
    assert {"search": of_phase(database, "search"), "replicate": of_phase(database, "replicate")} == BEST
    row = database.trial(failed.id)
    assert row is not None
    assert (row.seed, row.attempt, row.failure_type) == (failed.seed, 4, None)
    (earlier,) = earlier_failures(database, PLAN.study)[failed.id]
    assert (earlier.attempt, earlier.state, earlier.type) == (3, "failed", "WorkerDied")
    assert earlier.message == failed.failure_message
    assert set(before) == {row.id for row in database.trials(PLAN.study)}


def test_only_what_was_asked_for_and_had_ended_before_is_taken_up_again(database: TrialDatabase) -> None:
    failed_once(database)
    rows = database.trials(PLAN.study)
    assert Retry((), "9").chosen(rows) == []
    assert Retry((TrialState.DIVERGED,), "9").chosen(rows) == []
    assert Retry((TrialState.FAILED,), "2000").chosen(rows) == []
    assert Retry((TrialState.FAILED,), "9").chosen(rows, phases=(Phase.ABLATE,)) == []
    assert [row.optuna_number for row in Retry((TrialState.FAILED,), "9").chosen(rows)] == [1]


def test_a_skipped_trial_that_is_taken_up_again_is_not_skipped_once_more(database: TrialDatabase) -> None:
    interrupted(database)
    skip(database, "cnn", "1")
    take_up_again(database, [database.trials(PLAN.study)[1].id])
    coordinator(database, MadeWorkers()).run()
    assert of_phase(database, "search") == ["complete"] * 3


# What the first trial finds out of the model


def test_one_trial_of_a_run_finds_out_if_the_model_repeats_itself_and_the_study_keeps_it(
    database: TrialDatabase,
) -> None:
    view = Silent()
    workers = MadeWorkers(count=2, repeatable=False)
    coordinator(database, workers, view=view).run()
    assert [job.rehearse for job in workers.given] == [True, False, False, False, False]
    row = database.plan(PLAN.study)
    assert row is not None
    (note,) = row.notes or ()
    assert note in view.notes
    assert note == (
        "model 'cnn' gave other numbers when its first step was trained a second time on the same seed (does it draw "
        "random numbers by the clock, or from the system?): its trials cannot be repeated, and one that was "
        "interrupted ends with other numbers"
    )


@pytest.mark.cases(1)
@pytest.mark.parametrize("repeatable", [True, None])
def test_a_model_that_repeats_itself_needs_no_note(database: TrialDatabase, repeatable: bool | None) -> None:
    view = Silent()
    coordinator(database, MadeWorkers(repeatable=repeatable), view=view).run()
    row = database.plan(PLAN.study)
    assert row is not None
    assert not row.notes
    assert view.notes == []


# What killed processes leave


def test_checkpoints_of_ended_trials_go_when_the_study_is_taken_up_and_no_others(database: TrialDatabase) -> None:
    interrupted(database)
    ended, waiting = (row.id for row in database.trials(PLAN.study))
    folder = Path(place_of(database.storage, None).location) / "checkpoints"
    LocalFile(folder / "other.pt").write(checkpoint.content("other", {}))
    for name in (f"{ended}.pt", f"{ended}.host.7.partial", f"{waiting}.partial", f"{ended}.txt", "notes.txt"):
        (folder / name).write_bytes(b"left")
    LocalFile(folder / f"{waiting}.pt").write(checkpoint.content(waiting, {}))
    seen: list[set[str]] = []

    def look(trial: Trial, number: int) -> None:
        seen.append({path.name for path in folder.iterdir()})

    coordinator(database, MadeWorkers(on_epoch=look)).run()
    assert seen[0] == {"other.pt", f"{waiting}.pt", f"{ended}.txt", "notes.txt"}
    assert {path.name for path in folder.iterdir()} == {"other.pt", f"{ended}.txt", "notes.txt"}


def test_time_that_is_up_waits_for_no_worker(database: TrialDatabase, clock: list[float]) -> None:
    """A cluster has lost its last node: nothing is to begin any more, so that nobody is waited for."""
    study = replace(PLAN, budget=replace(PLAN.budget, total_timeout=5))
    save(database, study)
    workers = MadeWorkers(elastic=True)

    def lose(trial: Trial, number: int) -> None:
        clock[0] += 10
        if number == EPOCHS:
            workers.count = 0

    workers.on_epoch = lose
    with pytest.raises(OutOfTimeError):
        coordinator(database, workers, study).run()
    assert [row[2] for row in states(database)] == ["complete"]


def test_a_trial_is_skipped_though_others_end_all_the_time(database: TrialDatabase, clock: list[float]) -> None:
    study = replace(PLAN, budget=replace(PLAN.budget, trials=30, replicates=0))
    save(database, study)
    stuck: list[str] = []

    def hangs(trial: Trial, number: int) -> bool:
        if not stuck and trial.number == 1:
            stuck.append(trial.id)
            ask_to_skip(database, trial.id)
        return trial.id in stuck

    def pass_time(trial: Trial, number: int) -> None:
        clock[0] += 1.5

    coordinator(database, MadeWorkers(count=2, hangs=hangs, on_epoch=pass_time), study).run()
    ended = [(row.optuna_number, row.failure_type) for row in database.trials(PLAN.study) if row.state == "failed"]
    assert ended == [(1, "Skipped")]


def test_a_checkpoint_that_cannot_be_removed_stops_nothing_and_is_told(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(place: Place, trial: str) -> None:
        raise FileWriteError(13, f"{trial} cannot be removed: permission denied")

    monkeypatch.setattr(Place, "forget", refuse)
    view = Silent()
    coordinator(database, MadeWorkers(), view=view).run()
    assert all(row[2] == "complete" for row in states(database))
    told = [note for note in view.notes if "cannot be removed: permission denied; it is removed when" in note]
    assert len(told) == 5
