"""What holds of every engine: the same numbers, exact resume, and one event for whatever happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from study.data import TrialData
from study.engines.inline import InlineEngine
from study.engines.job import Job, Outcome
from study.engines.local import LocalEngine
from study.engines.protocol import Engine, EpochEnded, Event, TrialBegan, TrialEnded, WorkerDied
from study.trial import Decision, Epoch, Phase, TrialState

from ..clusters import cluster
from ..processes import actors_of, workers_of
from ..trials import (
    EPOCHS,
    FULL,
    TEST,
    TRAIN,
    VALIDATION,
    but_seconds,
    make_job,
    same_result,
    same_weights,
)

DATA = TrialData(train=TRAIN, validation=VALIDATION, full=FULL, test=TEST)
NAMES = ("inline", "local", "ray")
DEADLINE = 120


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, Engine]]:
    """Every engine, each with one worker, or one on each of two nodes."""
    pytest.importorskip("ray", reason="Ray is not installed")
    from study.engines.on_ray.cluster import Cluster, Needs
    from study.engines.on_ray.engine import RayEngine

    with (
        InlineEngine("cpu", DATA) as inline,
        LocalEngine(["cpu"], DATA) as local,
        cluster() as nodes,
        Cluster(nodes.address, Needs(), print).connected() as connected,
        RayEngine(connected, DATA, workers=None) as ray,
    ):
        yield {"inline": inline, "local": local, "ray": ray}


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Engine:
    return engines[request.param]


def worker_of(engine: Engine) -> int:
    """Returns a worker, once there is one."""
    deadline = time.monotonic() + DEADLINE
    while not engine.machines:
        assert time.monotonic() < deadline, "no worker came"
        assert list(engine.events(0.2)) == []
    return next(iter(engine.machines))


def train(
    engine: Engine, job: Job, decide: Callable[[Epoch], Decision | None] = lambda _: Decision.GO_ON
) -> tuple[list[Event], list[Epoch], Outcome | None]:
    """Trains a job to its end, or to the death of its worker; None in place of a decision kills it."""
    worker, happened = worker_of(engine), list[Event]()
    engine.start(worker, job)
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        for event in engine.events(0.2):
            assert event.worker == worker
            happened.append(event)
            match event:
                case EpochEnded():
                    if (decision := decide(event.epoch)) is None:
                        engine.kill(worker)
                        return happened, epochs_of(happened), None
                    engine.answer(worker, decision)
                case TrialEnded():
                    return happened, epochs_of(happened), event.outcome
                case WorkerDied():
                    return happened, epochs_of(happened), None
    pytest.fail(f"no end within {DEADLINE} s: {happened}")


def epochs_of(events: list[Event]) -> list[Epoch]:
    return [event.epoch for event in events if isinstance(event, EpochEnded)]


def after(number: int, decision: Decision | None) -> Callable[[Epoch], Decision | None]:
    return lambda epoch: decision if epoch.number == number else Decision.GO_ON


def test_a_trial_begins_tells_its_epochs_and_ends(engine: Engine, tmp_path: Path) -> None:
    events, epochs, outcome = train(engine, make_job(tmp_path))
    assert [type(event) for event in events] == [TrialBegan, *[EpochEnded] * EPOCHS, TrialEnded]
    assert [epoch.number for epoch in epochs] == [1, 2, 3, 4]
    assert outcome is not None
    assert outcome.state is TrialState.COMPLETE


@pytest.mark.parametrize("phase", [Phase.SEARCH, Phase.REPLICATE])
def test_all_give_the_same_numbers_and_weights(engines: dict[str, Engine], phase: Phase, tmp_path: Path) -> None:
    found = []
    for name, engine in engines.items():
        job = make_job(tmp_path / name, phase)
        _, epochs, outcome = train(engine, job)
        assert outcome is not None
        found.append((but_seconds(epochs), outcome, job))
    (epochs, outcome, job), *others = found
    for other_epochs, other_outcome, other_job in others:
        assert other_epochs == epochs
        assert same_result(other_outcome, outcome)
        if phase is Phase.REPLICATE:
            assert same_weights(other_job.weights, job.weights, job.trial.id)


@pytest.mark.parametrize("decision", [Decision.PAUSE, None], ids=["paused", "killed"])
def test_what_stopped_goes_on_to_the_same_numbers(engine: Engine, decision: Decision | None, tmp_path: Path) -> None:
    _, whole, expected = train(engine, make_job(tmp_path / "whole", Phase.REPLICATE))
    job = make_job(tmp_path / "stopped", Phase.REPLICATE)
    _, first, left = train(engine, job, after(3, decision))
    assert [epoch.number for epoch in first] == [1, 2, 3]
    assert (left is None) == (decision is None)
    _, rest, outcome = train(engine, replace(job, resume=True))
    assert rest[0].number in ((3,) if decision else (1, 2))  # it tells again of the one that it stands at
    assert but_seconds(rest) == but_seconds(whole)[rest[0].number - 1 :]
    assert outcome is not None
    assert expected is not None
    assert same_result(outcome, expected)


def test_a_pruned_trial_ends_at_once_and_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    _, epochs, outcome = train(engine, make_job(tmp_path), after(1, Decision.PRUNE))
    assert len(epochs) == 1
    assert outcome is not None
    assert outcome.state is TrialState.PRUNED
    assert not list(tmp_path.rglob("*.pt"))


def test_what_a_model_raises_is_an_outcome(engine: Engine, tmp_path: Path) -> None:
    _, epochs, outcome = train(engine, make_job(tmp_path, architecture="lenet5", stages=9))
    assert outcome is not None
    assert outcome.state is TrialState.FAILED or epochs


@pytest.mark.parametrize("name", ["local", "ray"])
def test_a_worker_that_dies_is_told_of_and_another_one_takes_its_place(
    engines: dict[str, Engine], name: str, tmp_path: Path
) -> None:
    engine = engines[name]
    expected = train(engine, make_job(tmp_path / "whole"))[1]
    job = make_job(tmp_path / "killed")
    worker_of(engine)

    def kill(epoch: Epoch) -> Decision:
        if epoch.number == 3:
            for process in workers_of(psutil.Process()) if name == "local" else actors_of(psutil.Process()):
                process.kill()
        return Decision.GO_ON

    events, _, outcome = train(engine, job, kill)
    assert outcome is None
    assert isinstance(events[-1], WorkerDied)
    assert not events[-1].machine_lost
    _, rest, outcome = train(engine, replace(job, resume=True))
    assert but_seconds(rest) == but_seconds(expected)[rest[0].number - 1 :]
    assert outcome is not None
    assert outcome.state is TrialState.COMPLETE


@pytest.mark.parametrize("name", ["local", "ray"])
def test_a_worker_that_died_after_its_epoch_may_be_answered(
    engines: dict[str, Engine], name: str, tmp_path: Path
) -> None:
    """Both may come in one round of events, of which the epoch is answered last."""
    engine = engines[name]
    worker = worker_of(engine)
    engine.start(worker, make_job(tmp_path))
    while not epochs_of(list(engine.events(0.2))):
        pass
    for process in workers_of(psutil.Process()) if name == "local" else actors_of(psutil.Process()):
        process.kill()
        process.wait(30)
    engine.kill(worker)
    engine.answer(worker, Decision.GO_ON)
    while train(engine, make_job(tmp_path / "next"))[2] is None:  # a worker that died idle is met by its next trial
        pass


def test_a_checkpoint_beyond_what_the_database_has_is_refused(engine: Engine, tmp_path: Path) -> None:
    """Of a database that was put back from a backup: the epochs in between would be lacking."""
    _, whole, _ = train(engine, make_job(tmp_path / "whole"))
    job = make_job(tmp_path / "ahead")
    train(engine, job, after(3, Decision.PAUSE))
    _, again, outcome = train(engine, replace(job, resume=True, recorded=1))
    assert but_seconds(again) == but_seconds(whole)
    assert outcome is not None
    assert outcome.notice is not None
    assert "is of epoch 3, and the database has 1 epochs of trial" in outcome.notice
