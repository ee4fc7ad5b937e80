"""A model that trains itself, stepped through: what it yields and keeps, and that an interruption changes nothing."""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from study.catalog import load_model
from study.engines import checkpoint
from study.engines.job import Job, Outcome
from study.files import Place
from study.files.place import SCRATCH
from study.task import Metric
from study.trial import Epoch, Phase, TrialState

from ..trials import SEARCH_DATA, TEST, Recorder, but_seconds, make_job, path_of, train

Module = Callable[[str, str], str]
F1 = Metric("f1", "maximize", "fraction", "F1")
DATA = replace(SEARCH_DATA, full=SEARCH_DATA.train, test=TEST)

LOOP = """
import random

import numpy as np

metrics = {"f1": "maximize"}

def train(run):
    outputs = run.data.spec.outputs
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 8), nn.Dropout(0.5), nn.ReLU(), nn.Linear(8, outputs))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=5)
    run.keep(model=model, optimizer=optimizer, schedule=schedule, best=0.0)
    inputs, targets = run.data.train.inputs / 255, run.data.train.targets
    for epoch in run.epochs():
        model.train()
        noisy = inputs + 0.1 * torch.randn(inputs.shape) + random.gauss(0, 0.01) + np.random.normal(0, 0.01)
        loss = nn.functional.cross_entropy(model(noisy), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.eval()
        right = (model(run.data.validation.inputs / 255).argmax(1) == run.data.validation.targets).float().mean().item()
        run.keep(best=max(run.kept["best"], right))
        run.log(f"at {epoch}")
        yield {"train/loss": loss.item(), "validation/f1": right, "validation/best": run.kept["best"]}
        schedule.step()  # after the yield: it belongs to the epoch all the same
    run.keep(finished=True)

def test(run):
    model = run.kept["model"].eval()
    right = (model(run.data.test.inputs / 255).argmax(1) == run.data.test.targets).float().mean().item()
    return {"f1": right, "best": run.kept["best"], "drawn": torch.rand(()).item(), "finished": run.kept["finished"]}
"""


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def own_job(folder: Path, model: str, phase: Phase = Phase.ABLATE) -> Job:
    return replace(make_job(folder, phase, model=model), objective=F1, metrics=(F1,), precision="own")


def told(outcome: Outcome) -> object:
    """What must be equal of a trial that was interrupted and of one that was not."""
    result = replace(outcome.result, seconds=0.0) if outcome.result else None
    return outcome.state, outcome.value, result, outcome.parameters


@pytest.fixture
def failed(tmp_path: Path, model_module: Module) -> Callable[[str, str], str]:
    """Returns a function that trains a module's text and returns how it failed, in a message."""

    def run(name: str, text: str) -> str:
        outcome = train(own_job(tmp_path, model_module(name, text)), DATA, Recorder())
        assert outcome.state is TrialState.FAILED, outcome
        assert outcome.failure is not None
        return outcome.failure[1]

    return run


# Going on


def test_a_trial_trains_its_epochs_and_is_tested_once(tmp_path: Path, model_module: Module) -> None:
    job, record = own_job(tmp_path, model_module("own_whole", LOOP)), Recorder()
    outcome = train(job, DATA, record)
    assert record.numbers == [1, 2, 3, 4]
    assert all(epoch.log == (f"at {epoch.number}",) for epoch in record.epochs)
    last = record.epochs[-1]
    assert (outcome.state, outcome.value, outcome.failure) == (TrialState.COMPLETE, last.validation_score, None)
    assert last.metrics.keys() == {"train/loss", "f1", "best"}
    assert outcome.result is not None
    assert outcome.result.metrics["f1"] == outcome.result.score
    assert outcome.result.metrics["finished"] == 1.0
    assert outcome.result.predictions is None
    assert outcome.parameters == 784 * 8 + 8 + 8 * 4 + 4


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_trial_that_was_left_at_any_epoch_ends_as_one_that_was_not(
    at: int, tmp_path: Path, model_module: Module
) -> None:
    name = model_module(f"own_left_{at}", LOOP)
    undisturbed, whole = Recorder(), own_job(tmp_path / "whole", name)
    wanted = train(whole, DATA, undisturbed)
    job, first, second = own_job(tmp_path / "left", name), Recorder(interrupt_at=at), Recorder()
    with pytest.raises(KeyboardInterrupt):
        train(job, DATA, first)
    random.seed(at)
    np.random.seed(at)  # noqa: NPY002 - what a user's own code draws from
    torch.manual_seed(at)
    found = train(replace(job, resume=True), DATA, second)
    assert told(found) == told(wanted)
    rest = [epoch for epoch in but_seconds(undisturbed.epochs) if epoch.number >= second.numbers[0]]
    assert but_seconds(second.epochs) == rest
    assert second.numbers[0] == max(1, at - 1)  # what was told last was not left behind yet


@pytest.mark.parametrize("at", [1, 3])
def test_a_paused_trial_goes_on_from_where_it_was_paused(at: int, tmp_path: Path, model_module: Module) -> None:
    name = model_module(f"own_paused_{at}", LOOP)
    undisturbed = Recorder()
    wanted = train(own_job(tmp_path / "whole", name), DATA, undisturbed)
    job, second = own_job(tmp_path / "paused", name), Recorder()
    assert train(job, DATA, Recorder(pause_after=at)).state is TrialState.PAUSED
    found = train(replace(job, resume=True), DATA, second)
    assert told(found) == told(wanted)
    assert second.numbers == list(range(at, 5))
    assert but_seconds(second.epochs) == but_seconds(undisturbed.epochs)[at - 1 :]


def test_a_pruned_trial_stops_where_it_is(tmp_path: Path, model_module: Module) -> None:
    record = Recorder(stop_after=2)
    job = own_job(tmp_path, model_module("own_pruned", LOOP), Phase.SEARCH)
    assert train(job, DATA, record).state is TrialState.PRUNED
    assert record.numbers == [1, 2]


def test_the_second_epoch_is_rehearsed_and_something_that_is_not_kept_is_found(
    tmp_path: Path, model_module: Module
) -> None:
    whole = train(replace(own_job(tmp_path / "1", model_module("own_exact", LOOP)), rehearse=True), DATA, Recorder())
    assert whole.repeatable is True
    forgot = LOOP.replace("optimizer=optimizer, schedule=schedule, ", "")
    lacking = train(
        replace(own_job(tmp_path / "2", model_module("own_lacks", forgot)), rehearse=True), DATA, Recorder()
    )
    assert (lacking.state, lacking.repeatable) == (TrialState.COMPLETE, False)


def test_a_rehearsal_changes_no_number(tmp_path: Path, model_module: Module) -> None:
    name, rehearsed, plain = model_module("own_rehearsed", LOOP), Recorder(), Recorder()
    one = train(replace(own_job(tmp_path / "1", name), rehearse=True), DATA, rehearsed)
    other = train(own_job(tmp_path / "2", name), DATA, plain)
    assert told(one) == told(other)
    assert but_seconds(rehearsed.epochs) == but_seconds(plain.epochs)


@pytest.mark.parametrize(
    ("name", "keeping", "notice"),
    [
        ("own_keeps_0", "", "train(run) gives nothing to run.keep, so that nothing can be saved"),
        (
            "own_keeps_1",
            "run.keep(tree=object())",
            "what it keeps as 'tree' (object) has no state_dict and is no plain value, so that nothing can be saved",
        ),
    ],
)
def test_what_cannot_be_saved_begins_anew_and_says_so(
    name: str, keeping: str, notice: str, tmp_path: Path, model_module: Module
) -> None:
    text = f"""
def train(run):
    {keeping or "pass"}
    for epoch in run.epochs():
        yield {{"validation/f1": torch.rand(()).item()}}

def test(run):
    return {{"f1": torch.rand(()).item()}}
"""
    undisturbed, second = Recorder(), Recorder()
    model = model_module(name, text)
    wanted = train(replace(own_job(tmp_path / "whole", model), rehearse=True), DATA, undisturbed)
    assert wanted.notice == f"model '{name}': {notice}; a trial that is interrupted begins anew"
    assert wanted.repeatable is True
    job = own_job(tmp_path / "left", model)
    with pytest.raises(KeyboardInterrupt):
        train(job, DATA, Recorder(interrupt_at=3))
    assert told(train(replace(job, resume=True), DATA, second)) == told(wanted)
    assert but_seconds(second.epochs) == but_seconds(undisturbed.epochs)


def test_a_training_that_yields_once_is_complete(tmp_path: Path, model_module: Module) -> None:
    text = 'def train(run):\n    yield {"validation/f1": 0.5}\n\ndef test(run):\n    return {"f1": 0.25}\n'
    job, record = own_job(tmp_path, model_module("own_once", text)), Recorder()
    outcome = train(job, DATA, record)
    assert (outcome.state, outcome.value, record.numbers) == (TrialState.COMPLETE, 0.5, [1])
    assert outcome.result is not None
    assert (outcome.result.score, outcome.result.loss) == (0.25, None)
    assert train(replace(job, check=True), DATA, Recorder()).once


def test_a_loop_of_its_own_is_pulled_as_often_as_a_trial_has_epochs(tmp_path: Path, model_module: Module) -> None:
    text = 'def train(run):\n    for number in range(100):\n        yield {"validation/f1": number / 100}\n'
    record = Recorder()
    job = own_job(tmp_path, model_module("own_range", text), Phase.SEARCH)
    assert train(job, DATA, record).value == 0.03
    assert record.numbers == [1, 2, 3, 4]
    assert not train(replace(job, check=True), DATA, Recorder()).once


def test_a_check_trains_one_epoch_and_leaves_nothing(tmp_path: Path, model_module: Module) -> None:
    text = LOOP.replace('    run.log(f"at {epoch}")', '    (run.folder / "seen").write_text(str(epoch))')
    job, record = own_job(tmp_path, model_module("own_checked", text)), Recorder()
    outcome = train(replace(job, check=True), DATA, record)
    assert (outcome.state, outcome.once, record.numbers) == (TrialState.COMPLETE, False, [])
    assert not list(tmp_path.rglob("*.pt"))
    assert not list(tmp_path.rglob(f"*{SCRATCH}"))


# What a run gives


def test_a_run_gives_what_a_training_needs(tmp_path: Path, model_module: Module) -> None:
    text = """
def train(run):
    assert dict(run.config) == {"units": 3}
    assert run.seed == 5 and run.device.type == "cpu" and run.threads == 1
    assert run.seed_for("noise", 1) == run.seed_for("noise", 1) != run.seed_for("noise", 2)
    (run.folder / "notes.txt").write_text("here")
    assert len(run.data.train) == 20 and len(run.data.validation) == 9
    yield {"validation/f1": 1, "learning_rate": 0.1}

def test(run):
    assert (run.folder / "notes.txt").read_text() == "here"
    return {"f1": len(run.data.test) / 100}
"""
    job, record = own_job(tmp_path, model_module("own_given", text)), Recorder()
    outcome = train(job, DATA, record)
    assert outcome.failure is None
    assert record.epochs[0].learning_rate == 0.1
    assert outcome.result is not None
    assert outcome.result.score == 0.11
    assert not list(tmp_path.rglob(f"*{SCRATCH}"))


@pytest.mark.parametrize("stop_after", [0, 1])
def test_where_its_checkpoint_is_at_a_url_its_folder_is_a_temporary_one_and_goes_with_it(
    stop_after: int, tmp_path: Path, model_module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    place = Place("memory://own-training")
    text = LOOP.replace('    run.log(f"at {epoch}")', '    (run.folder / "seen").write_text(run.folder.name)')
    job = own_job(tmp_path, model_module(f"own_remote_{stop_after}", text))
    job = replace(job, checkpoint=place.checkpoint(job.trial.id), weights=place.weights(job.trial.id))
    outcome = train(job, DATA, Recorder(stop_after=stop_after))
    assert outcome.state is (TrialState.PRUNED if stop_after else TrialState.COMPLETE)
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "line", "message"),
    [
        ("own_asks_0", "run.data.test", "the test split is there in `test(run)` alone"),
        ("own_asks_1", "next(run.epochs()), next(run.epochs())", "run.epochs() is asked for once"),
        ("own_asks_2", "run.config['width']", "'width'"),
        ("own_asks_3", "run.config.update(units=4)", "no attribute 'update'"),
    ],
)
def test_what_a_run_does_not_give_fails_the_trial_with_the_users_line(
    name: str, line: str, message: str, failed: Callable[[str, str], str]
) -> None:
    found = failed(name, f"def train(run):\n    {line}\n    yield {{'validation/f1': 1.0}}\n")
    assert found.startswith(f"{name}.py, line 8: ")
    assert message in found


def test_a_final_trial_leaves_what_it_keeps(tmp_path: Path, model_module: Module) -> None:
    job = own_job(tmp_path, model_module("own_leaves", LOOP), Phase.REPLICATE)
    train(job, DATA, Recorder())
    found = torch.load(path_of(job.weights), weights_only=True)
    assert found["kept"]["model"]["1.weight"].shape == (8, 784)
    assert (found["kept"]["finished"], found["model"]) == (True, "own_leaves")


def test_what_was_kept_and_is_not_given_again_is_missed(tmp_path: Path, model_module: Module) -> None:
    text = LOOP.replace(
        "schedule=schedule, best=0.0)", "best=0.0)\n    if not run.kept['best']:\n        run.keep(schedule=schedule)"
    )
    job = own_job(tmp_path, model_module("own_misses", text))
    with pytest.raises(KeyboardInterrupt):
        train(job, DATA, Recorder(interrupt_at=4))
    outcome = train(replace(job, resume=True), DATA, Recorder())
    assert outcome.failure is not None
    assert "'schedule' was kept before this trial was interrupted, and is not given to keep now" in outcome.failure[1]


def test_a_foreign_checkpoint_is_refused_and_the_trial_begins_anew(tmp_path: Path, model_module: Module) -> None:
    job, record = own_job(tmp_path, model_module("own_foreign", LOOP)), Recorder()
    job.checkpoint.write(checkpoint.content("other", {"last": {}, "kept": {}}))
    outcome = train(replace(job, resume=True), DATA, record)
    assert outcome.notice is not None
    assert outcome.notice.endswith("starts again from its first epoch")
    assert record.numbers == [1, 2, 3, 4]


# What is wrong with what it tells


@pytest.mark.parametrize(
    ("name", "told", "message"),
    [
        (
            "own_says_0",
            "0.5",
            "train(run) yields metrics, such as {'train/loss': 0.3, 'validation/accuracy': 0.9}, not a float",
        ),
        (
            "own_says_1",
            "{'validation/f2': 0.5}",
            "train(run) yields no 'validation/f1', which the study goes by; it yields validation/f2",
        ),
        (
            "own_says_2",
            "{'f1': 0.5}",
            "train(run) yields names such as 'train/loss', 'validation/accuracy' and 'learning_rate', not 'f1'; did "
            "you mean 'validation/f1'?",
        ),
        (
            "own_says_3",
            "{'validation/f1': torch.tensor(0.5)}",
            "train(run) yields 'validation/f1' as a Tensor; write .item(), which makes a number of it",
        ),
        ("own_says_4", "{'validation/f1': 'good'}", "train(run) yields 'validation/f1' as a str, which is no number"),
        (
            "own_says_5",
            "{'validation/f1': None}",
            "train(run) yields 'validation/f1' as a NoneType, which is no number",
        ),
        ("own_says_6", "{}", "train(run) yields no 'validation/f1', which the study goes by; it yields nothing"),
        (
            "own_says_8",
            "{'validation/f1': 93}",
            "train(run) yields 'validation/f1' as 93; F1 is a fraction from 0 to 1, which is shown in per cent",
        ),
        (
            "own_says_7",
            "{'test/f1': 0.5, 'validation/f1': 0.5}",
            "train(run) yields names such as 'train/loss', 'validation/accuracy' and 'learning_rate', not 'test/f1'",
        ),
    ],
)
def test_what_is_yielded_is_checked_and_told_with_its_line(
    name: str, told: str, message: str, failed: Callable[[str, str], str]
) -> None:
    assert failed(name, f"def train(run):\n    yield {told}\n") == f"{name}.py, line 8: {message}"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("own_is_0", "def train(run):\n    return {'validation/f1': 1.0}\n", "line 7: train(run) is a generator"),
        ("own_is_1", "def train(run):\n    if False:\n        yield {}\n", "line 7: train(run) ended without yielding"),
        (
            "own_is_2",
            "def train(run):\n    for _ in run.epochs():\n        pass\n    yield {'validation/f1': 1.0}\n",
            "line 8: train(run) asks for another epoch without having yielded the metrics of epoch 1",
        ),
        (
            "own_is_3",
            "def train(run):\n    yield {'validation/f1': 1.0}\n\ndef test(run):\n    return {'f2': 1.0}\n",
            "line 10: test(run) returns no 'f1', which the study goes by; it returns f2",
        ),
        (
            "own_is_4",
            "def train(run):\n    yield {'validation/f1': 1.0}\n",
            "has no `test(run)`, which a final trial is scored by",
        ),
    ],
)
def test_what_is_no_training_is_told(name: str, text: str, message: str, failed: Callable[[str, str], str]) -> None:
    assert message in failed(name, text)


@pytest.mark.parametrize(
    ("name", "metrics", "message"),
    [
        ("own_nan_0", "{'validation/f1': float('nan')}", "the validation F1 became nan in epoch 1"),
        ("own_nan_1", "{'validation/f1': 1.0, 'train/loss': float('inf')}", "the training loss became inf in epoch 1"),
    ],
)
def test_an_objective_that_is_no_finite_number_ends_the_trial_diverged(
    name: str, metrics: str, message: str, tmp_path: Path, model_module: Module
) -> None:
    job = own_job(tmp_path, model_module(name, f"def train(run):\n    yield {metrics}\n"))
    outcome = train(job, DATA, Recorder())
    assert (outcome.state, outcome.failure) == (TrialState.DIVERGED, ("DivergedError", message, ""))


def test_another_number_that_is_not_finite_is_none(tmp_path: Path, model_module: Module) -> None:
    text = "def train(run):\n    yield {'validation/f1': 1.0, 'validation/x': float('nan')}\n"
    record: Recorder = Recorder()
    train(own_job(tmp_path, model_module("own_other_nan", text), Phase.SEARCH), DATA, record)
    epoch: Epoch = record.epochs[0]
    assert epoch.metrics == {"f1": 1.0, "x": None}


# What must not go wrong in silence


def test_files_of_a_training_are_not_put_back_so_that_it_begins_anew(tmp_path: Path, model_module: Module) -> None:
    text = """
def train(run):
    path = run.folder / "count"
    run.keep(best=0.0)
    for _ in run.epochs():
        count = int(path.read_text()) + 1 if path.exists() else 1
        path.write_text(str(count))
        yield {"validation/f1": 1 / count}
"""
    model, whole, second = model_module("own_files", text), Recorder(), Recorder()
    wanted = train(replace(own_job(tmp_path / "whole", model, Phase.SEARCH), rehearse=True), DATA, whole)
    assert (wanted.value, wanted.repeatable) == (0.25, True)
    assert wanted.notice is not None
    assert "it has files in run.folder, which are not put back" in wanted.notice
    job = own_job(tmp_path / "left", model, Phase.SEARCH)
    with pytest.raises(KeyboardInterrupt):
        train(job, DATA, Recorder(interrupt_at=3))
    assert told(train(replace(job, resume=True), DATA, second)) == told(wanted)
    assert second.numbers == [1, 2, 3, 4]


@pytest.mark.parametrize("later", ["np.float64(epoch)", "object()"])
def test_a_value_that_comes_later_is_saved_or_the_trial_begins_anew(
    later: str, tmp_path: Path, model_module: Module
) -> None:
    text = f"""
import numpy as np

def train(run):
    run.keep(best=0.0)
    for epoch in run.epochs():
        if epoch > 1:
            run.keep(best={later})
        yield {{"validation/f1": torch.rand(()).item()}}
"""
    model, whole, second = model_module(f"own_later_{len(later)}", text), Recorder(), Recorder()
    wanted = train(own_job(tmp_path / "whole", model, Phase.SEARCH), DATA, whole)
    job = own_job(tmp_path / "left", model, Phase.SEARCH)
    with pytest.raises(KeyboardInterrupt):
        train(job, DATA, Recorder(interrupt_at=4))
    assert told(train(replace(job, resume=True), DATA, second)) == told(wanted)
    assert second.numbers[0] == (1 if later == "object()" else 3)
    assert (wanted.notice is None) == (later != "object()")


def test_a_yield_after_the_last_epoch_is_none_of_the_budget(failed: Callable[[str, str], str]) -> None:
    text = (
        "def train(run):\n    for _ in run.epochs():\n        yield {'validation/f1': 0.5}\n"
        "    yield {'validation/f1': 1.0}\n"
    )
    found = failed("own_more", text)
    assert found == "own_more.py, line 10: train(run) yields once more after the last of its 4 epochs"


def test_a_training_that_catches_everything_is_left_all_the_same(tmp_path: Path, model_module: Module) -> None:
    text = """
def train(run):
    number = 0
    while True:
        try:
            number += 1
            yield {"validation/f1": number / 10}
        except BaseException:
            continue
"""
    job, record = own_job(tmp_path, model_module("own_catches", text), Phase.SEARCH), Recorder(stop_after=2)
    outcome = train(job, DATA, record)
    assert outcome.state is TrialState.PRUNED
    assert outcome.notice is not None
    assert "train(run) catches what ends it and yields on" in outcome.notice
    assert train(replace(job, check=True), DATA, Recorder()).state is TrialState.COMPLETE


def test_a_hyperparameter_that_came_later_is_in_the_configuration(tmp_path: Path, model_module: Module) -> None:
    text = "def train(run):\n    yield {'validation/f1': run.config['units'] / 10 + run.config['later'] / 100}\n"
    job = replace(own_job(tmp_path, model_module("own_came_later", text), Phase.SEARCH), later={"later": 5})
    assert train(job, DATA, Recorder()).value == 0.35


def test_a_space_that_is_edited_meanwhile_stops_no_trial(tmp_path: Path, model_module: Module) -> None:
    name = model_module("own_edited", "def train(run):\n    yield {'validation/f1': 0.5}\n")
    job = replace(own_job(tmp_path, name, Phase.SEARCH), code=load_model(name).code.instructions_hash)
    path = tmp_path / "models" / f"{name}.py"
    for edited, state in (("SPACE = 3  # wider", TrialState.COMPLETE), ("other = 3", TrialState.INTERRUPTED)):
        sys.modules.pop(name)
        path.write_text(f"{path.read_text()}{edited}\n")
        assert train(job, DATA, Recorder()).state is state
