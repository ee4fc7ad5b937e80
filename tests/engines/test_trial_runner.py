"""One trial, whatever becomes of it: an outcome, never an exception; and each phase sees its own images alone."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch
from torch import Tensor

from study.catalog import load_model
from study.data import Split, TrialData
from study.engines import checkpoint, weights
from study.errors import StoppedError
from study.seeds import derive
from study.task import spec_from_json
from study.training.loop import evaluate, prepare
from study.trial import Decision, Epoch, Phase, Scalar, TrialState

from ..scoring import by_accuracy
from ..trials import (
    EPOCHS,
    FINAL_DATA,
    POISON,
    SEARCH_DATA,
    TEST,
    Recorder,
    but_seconds,
    make_job,
    path_of,
    same_result,
    same_weights,
    train,
)


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


# Ends


def test_a_complete_search_trial_has_the_last_epochs_validation_score(tmp_path: Path) -> None:
    job, record = make_job(tmp_path), Recorder()
    outcome = train(job, SEARCH_DATA, record)
    assert outcome.state is TrialState.COMPLETE
    assert outcome.value == record.epochs[-1].validation_score
    assert record.numbers == [1, 2, 3, 4]
    assert (outcome.result, outcome.failure, outcome.notice) == (None, None, None)
    assert not job.weights.exists()


def test_an_outcome_counts_the_trainable_parameters_and_memory(tmp_path: Path) -> None:
    outcome = train(make_job(tmp_path), SEARCH_DATA, Recorder())
    assert outcome.parameters == (2 * 9 + 2) + (4 * 2 * 9 + 4) + (4 * 49 * 4 + 4) + (4 * 4 + 4)
    assert outcome.peak_memory_bytes is not None
    assert 10**7 < outcome.peak_memory_bytes < 10**12


def test_a_frozen_weight_is_not_counted(tmp_path: Path, model_module: Callable[[str, str], str]) -> None:
    name = model_module(
        "runner_frozen",
        "def build(params, data):\n"
        "    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 3), nn.Linear(3, data.outputs))\n"
        "    model[1].requires_grad_(False)\n"
        "    return model\n",
    )
    outcome = train(make_job(tmp_path, model=name), SEARCH_DATA, Recorder())
    assert (outcome.state, outcome.parameters) == (TrialState.COMPLETE, 3 * 4 + 4)


def test_a_trial_that_is_told_to_stop_is_pruned(tmp_path: Path) -> None:
    record = Recorder(stop_after=2)
    outcome = train(make_job(tmp_path), SEARCH_DATA, record)
    assert (outcome.state, outcome.value, outcome.result) == (TrialState.PRUNED, None, None)
    assert record.numbers == [1, 2]
    assert outcome.parameters is not None


def test_a_trial_whose_loss_is_no_number_has_diverged(tmp_path: Path, model_module: Callable[[str, str], str]) -> None:
    name = model_module(
        "runner_nan",
        "def build(params, data):\n"
        "    model = nn.Sequential(nn.Flatten(), nn.Linear(784, data.outputs))\n"
        "    nn.init.constant_(model[1].weight, float('nan'))\n"
        "    return model\n",
    )
    record = Recorder()
    outcome = train(make_job(tmp_path, model=name), SEARCH_DATA, record)
    assert outcome.state is TrialState.DIVERGED
    assert outcome.failure == ("DivergedError", "the training loss became nan in epoch 1", "")
    assert record.epochs == []
    assert outcome.value is None


@pytest.mark.parametrize(
    ("phase", "split", "epoch"), [(Phase.SEARCH, "validation", 1), (Phase.REPLICATE, "test", EPOCHS)]
)
def test_a_model_that_an_epochs_last_step_ruined_has_diverged(
    phase: Phase, split: str, epoch: int, tmp_path: Path, model_module: Callable[[str, str], str]
) -> None:
    name = model_module(
        f"runner_ruined_{split}",
        "class Ruined(nn.Module):\n"
        "    def __init__(self, classes):\n"
        "        super().__init__()\n"
        "        self.layer = nn.Linear(784, classes)\n"
        "    def forward(self, x):\n"
        "        return self.layer(x.flatten(1)) * (1.0 if self.training else float('nan'))\n"
        "def build(params, data):\n"
        "    return Ruined(data.outputs)\n",
    )
    data = SEARCH_DATA if phase is Phase.SEARCH else FINAL_DATA
    outcome = train(make_job(tmp_path, phase, model=name), data, Recorder())
    assert outcome.state is TrialState.DIVERGED
    assert outcome.failure == ("DivergedError", f"the {split} loss became nan in epoch {epoch}", "")
    assert (outcome.value, outcome.result) == (None, None)


def test_a_trial_that_diverges_later_keeps_the_epochs_before(
    tmp_path: Path, model_module: Callable[[str, str], str]
) -> None:
    name = model_module(
        "runner_late",
        "class Late(nn.Module):\n"
        "    def __init__(self, classes):\n"
        "        super().__init__()\n"
        "        self.line = nn.Linear(784, classes)\n"
        "        self.batches = 0\n"
        "    def forward(self, x):\n"
        "        self.batches += self.training\n"
        "        return self.line(x.flatten(1)) * (float('inf') if self.batches > 2 else 1)\n"
        "def build(params, data):\n"
        "    return Late(data.outputs)\n",
    )
    record = Recorder()
    outcome = train(make_job(tmp_path, model=name, batch_size=20), SEARCH_DATA, record)
    assert outcome.state is TrialState.DIVERGED
    assert outcome.failure == ("DivergedError", "the training loss became nan in epoch 3", "")
    assert record.numbers == [1, 2]


@pytest.mark.parametrize(
    ("name", "body", "kind", "message", "parameters"),
    [
        (
            "runner_build",
            "def build(params, data):\n    raise RuntimeError('no such layer')\n",
            "RuntimeError",
            "no such layer",
            None,
        ),
        (
            "runner_forward",
            "class Net(nn.Linear):\n"
            "    def forward(self, x):\n"
            "        raise MemoryError('out of memory')\n"
            "def build(params, data):\n    return Net(2, data.outputs)\n",
            "MemoryError",
            "out of memory",
            12,
        ),
    ],
)
def test_an_exception_in_a_model_is_a_failure_with_its_traceback(
    name: str,
    body: str,
    kind: str,
    message: str,
    parameters: int | None,
    tmp_path: Path,
    model_module: Callable[[str, str], str],
) -> None:
    model_module(name, body)
    outcome = train(make_job(tmp_path, model=name, batch_size=8), SEARCH_DATA, Recorder())
    assert outcome.state is TrialState.FAILED
    assert outcome.failure is not None
    assert outcome.failure[:2] == (kind, message)
    assert outcome.failure[2].startswith("Traceback (most recent call last):\n")
    assert outcome.failure[2].endswith(f"{kind}: {message}\n")
    assert "study/engines/trial_runner.py" in outcome.failure[2]
    assert f"{name}.py" in outcome.failure[2]
    assert outcome.parameters == parameters
    assert outcome.value is None


def test_a_configuration_that_no_model_has_is_a_failure(tmp_path: Path) -> None:
    outcome = train(make_job(tmp_path, width=0), SEARCH_DATA, Recorder())
    assert outcome.state is TrialState.FAILED
    assert outcome.failure is not None
    assert outcome.failure[:2] == ("StudyError", "width and hidden_size are at least 1, not 0 and 4")


def test_whoever_leaves_a_trial_leaves_it_resumable_and_the_process_as_it_was(tmp_path: Path) -> None:
    def record(_: Epoch) -> Decision:
        raise LookupError("no such trial")

    whole, job = Recorder(), make_job(tmp_path / "left")
    expected = train(make_job(tmp_path / "whole"), SEARCH_DATA, whole)
    with pytest.raises(LookupError, match="no such trial"):
        train(job, SEARCH_DATA, record)
    assert same_result(train(replace(job, resume=True), SEARCH_DATA, Recorder()), expected)


def test_a_signal_in_the_midst_of_an_epoch_is_no_failure_of_the_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise StoppedError(signal.SIGINT)

    monkeypatch.setattr("study.training.loop.factor_at", stop)
    with pytest.raises(StoppedError):
        train(make_job(tmp_path), SEARCH_DATA, Recorder())


@pytest.mark.parametrize("phase", [Phase.SEARCH, Phase.REPLICATE])
def test_a_full_disk_leaves_the_trial_resumable(phase: Phase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = SEARCH_DATA if phase is Phase.SEARCH else FINAL_DATA
    expected = train(make_job(tmp_path / "whole", phase), data, Recorder())
    job = make_job(tmp_path / "full", phase)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        outcome = train(job, data, Recorder())
    assert outcome.state is TrialState.INTERRUPTED
    message = f"{job.checkpoint} cannot be written: No space left on device"
    assert outcome.failure == ("FileWriteError", message, "")
    assert same_result(train(replace(job, resume=True), data, Recorder()), expected)


def test_weights_that_cannot_be_written_leave_the_trial_resumable(tmp_path: Path) -> None:
    job = make_job(tmp_path, Phase.REPLICATE)
    path_of(job.weights).parent.write_text("a file where the folder should be")
    outcome = train(job, FINAL_DATA, Recorder())
    message = f"{job.weights} cannot be written: File exists"
    assert (outcome.state, outcome.failure) == (TrialState.INTERRUPTED, ("FileWriteError", message, ""))
    path_of(job.weights).parent.unlink()
    record = Recorder()
    assert train(replace(job, resume=True), FINAL_DATA, record).state is TrialState.COMPLETE
    assert record.numbers == [EPOCHS]


def test_a_trial_runs_on_the_threads_of_its_job(tmp_path: Path) -> None:
    seen: list[int] = []

    def record(_: Epoch) -> Decision:
        seen.append(torch.get_num_threads())
        return Decision.PRUNE

    for threads in (2, 1):
        train(replace(make_job(tmp_path), threads=threads), SEARCH_DATA, record)
    assert seen == [2, 1]


# Who sees what


def test_a_search_never_looks_at_the_test_split(tmp_path: Path) -> None:
    """The poison works: a final trial that is given it fails."""
    assert train(make_job(tmp_path), SEARCH_DATA, Recorder()).state is TrialState.COMPLETE
    final = train(make_job(tmp_path, Phase.REPLICATE), replace(FINAL_DATA, test=POISON), Recorder())
    assert final.failure is not None
    assert final.failure[0] == "PoisonedError"


def test_a_replicate_never_looks_at_the_validation_split_alone(tmp_path: Path) -> None:
    record = Recorder()
    outcome = train(make_job(tmp_path, Phase.REPLICATE), FINAL_DATA, record)
    assert outcome.state is TrialState.COMPLETE
    assert [(epoch.validation_loss, epoch.validation_score) for epoch in record.epochs] == [(None, None)] * EPOCHS
    assert outcome.value is None


def test_the_test_split_is_scored_once_after_the_last_epoch(tmp_path: Path) -> None:
    looks: list[int] = []
    record = Recorder()

    class Watched:
        """The test split, telling when it was looked at."""

        targets = TEST.targets

        def __len__(self) -> int:
            return len(TEST)

        @property
        def inputs(self) -> Tensor:
            looks.append(len(record.epochs))
            return TEST.inputs

    train(make_job(tmp_path, Phase.REPLICATE), replace(FINAL_DATA, test=cast("Split", Watched())), record)
    assert set(looks) == {EPOCHS}


def test_a_final_trainings_predictions_give_its_accuracy(tmp_path: Path) -> None:
    result = train(make_job(tmp_path, Phase.REPLICATE), FINAL_DATA, Recorder()).result
    assert result is not None
    predictions = torch.tensor(list(result.predictions))
    assert len(predictions) == len(TEST)
    assert result.score == float((predictions == TEST.targets).double().mean())
    assert result.seconds > 0


@pytest.mark.parametrize("averaged", [{}, {"ema": 2.0, "batch_norm": True}])
def test_a_final_trainings_weights_give_its_predictions(averaged: dict[str, Scalar], tmp_path: Path) -> None:
    job = make_job(tmp_path, Phase.REPLICATE, **averaged)
    result = train(job, FINAL_DATA, Recorder()).result
    assert result is not None
    stored = weights.load(job.weights)
    model = load_model("cnn")
    recipe, params = model.split(job.trial.configuration)
    model = model.build(params, spec_from_json(stored["data"]))
    model.load_state_dict(stored["state_dict"])
    scores = evaluate(
        prepare(
            model,
            recipe,
            0,
            torch.device("cpu"),
            "float32",
            scoring=by_accuracy(),
            preprocessing=weights.preprocessing_of(stored),
        ),
        TEST,
    )
    loss, accuracy, predictions = scores.loss, scores.score, scores.outputs.argmax(dim=1)
    assert (loss, accuracy, bytes(predictions.tolist())) == (result.loss, result.score, result.predictions)


def test_the_seed_decides_the_first_weights(tmp_path: Path) -> None:
    losses = []
    for seed in (5, 5, 6):
        job, record = make_job(tmp_path), Recorder(stop_after=1)
        torch.manual_seed(len(losses))
        train(replace(job, trial=replace(job.trial, seed=seed)), SEARCH_DATA, record)
        losses.append(record.epochs[0].train_loss)
    assert losses[0] == losses[1] != losses[2]
    assert derive(5, "init") != derive(6, "init")


# Going on


@pytest.mark.cases(3)
@pytest.mark.parametrize(("phase", "data"), [(Phase.SEARCH, SEARCH_DATA), (Phase.REPLICATE, FINAL_DATA)])
@pytest.mark.parametrize("interrupt_at", [1, 2, 3, 4])
def test_an_interrupted_trial_goes_on_to_the_same_bits(
    phase: Phase, data: TrialData, interrupt_at: int, tmp_path: Path
) -> None:
    whole, before = make_job(tmp_path / "whole", phase), Recorder()
    expected = train(whole, data, before)
    job, first, second = make_job(tmp_path / "cut", phase), Recorder(interrupt_at=interrupt_at), Recorder()
    with pytest.raises(KeyboardInterrupt):
        train(job, data, first)
    outcome = train(replace(job, resume=True), data, second)
    # What was interrupted is the epoch that was just trained: the checkpoint before it holds, and is told again.
    assert second.numbers == list(range(max(1, interrupt_at - 1), EPOCHS + 1))
    told_again = second.epochs if interrupt_at == 1 else second.epochs[1:]
    assert but_seconds(first.epochs + told_again) == but_seconds(before.epochs)
    assert same_result(outcome, expected)
    if phase is Phase.REPLICATE:
        assert same_weights(job.weights, whole.weights, job.trial.id)
    else:
        assert but_seconds(second.epochs[:1])[0] in but_seconds(before.epochs)


@pytest.mark.parametrize("pauses", [(1,), (1, 3), (2, 3)])
def test_a_paused_trial_goes_on_to_the_same_bits(pauses: tuple[int, ...], tmp_path: Path) -> None:
    before, epochs = Recorder(), list[Epoch]()
    expected = train(make_job(tmp_path / "whole"), SEARCH_DATA, before)
    job = make_job(tmp_path / "paused")
    for pause in pauses:
        record = Recorder(pause_after=pause)
        assert train(job, SEARCH_DATA, record).state is TrialState.PAUSED
        epochs += record.epochs[1 if job.resume else 0 :]
        job = replace(job, resume=True)
    record = Recorder()
    assert same_result(train(job, SEARCH_DATA, record), expected)
    assert but_seconds(epochs + record.epochs[1:]) == but_seconds(before.epochs)


def test_a_trial_that_was_not_promoted_stays_where_it_is(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    train(job, SEARCH_DATA, Recorder(pause_after=2))
    record = Recorder(pause_after=2)
    assert train(replace(job, resume=True), SEARCH_DATA, record).state is TrialState.PAUSED
    assert record.numbers == [2]


def test_a_final_training_cut_before_its_test_only_takes_the_test(tmp_path: Path) -> None:
    job = make_job(tmp_path, Phase.REPLICATE)
    expected = train(job, FINAL_DATA, Recorder())
    record = Recorder()
    again = train(replace(job, resume=True), replace(FINAL_DATA, full=POISON), record)
    assert same_result(again, expected)
    assert record.numbers == [EPOCHS]


def test_a_trial_can_be_pruned_by_the_epoch_it_stands_at(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(job, SEARCH_DATA, Recorder(interrupt_at=3))
    record = Recorder(stop_after=2)
    assert train(replace(job, resume=True), SEARCH_DATA, record).state is TrialState.PRUNED
    assert record.numbers == [2]


def test_a_complete_search_trial_leaves_no_checkpoint_of_its_last_epoch(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    train(job, SEARCH_DATA, Recorder())
    assert checkpoint.load(job.checkpoint, job.trial.id)["epoch"] == EPOCHS - 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[: len(content) // 2], "is damaged: its checksum does not match"),
        (lambda content: content[:-1] + bytes([content[-1] ^ 1]), "is damaged: its checksum does not match"),
        (lambda _: b"", "is not a checkpoint of this program"),
    ],
)
def test_a_damaged_checkpoint_is_told_and_the_trial_starts_again(
    damage: Callable[[bytes], bytes], message: str, tmp_path: Path
) -> None:
    job, whole = make_job(tmp_path), Recorder()
    expected = train(job, SEARCH_DATA, whole)
    path_of(job.checkpoint).write_bytes(damage(job.checkpoint.read()))
    record = Recorder()
    outcome = train(replace(job, resume=True), SEARCH_DATA, record)
    assert outcome.notice == f"{job.checkpoint} {message}; trial {job.trial.id} starts again from its first epoch"
    assert but_seconds(record.epochs) == but_seconds(whole.epochs)
    assert same_result(replace(outcome, notice=None), expected)


def test_another_trials_checkpoint_is_told_and_the_trial_starts_again(tmp_path: Path) -> None:
    job, record = make_job(tmp_path), Recorder()
    job.checkpoint.write(checkpoint.content("another", {"epoch": 3}))
    outcome = train(replace(job, resume=True), SEARCH_DATA, record)
    assert outcome.notice == (
        f"{job.checkpoint} belongs to trial another, not to {job.trial.id}; "
        f"trial {job.trial.id} starts again from its first epoch"
    )
    assert record.numbers == [1, 2, 3, 4]


def test_a_notice_survives_a_bad_end(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    job.checkpoint.write(checkpoint.content("another", {}))
    outcome = train(replace(job, resume=True), replace(SEARCH_DATA, train=POISON), Recorder())
    assert outcome.state is TrialState.FAILED
    assert outcome.notice is not None


def test_a_trial_without_a_checkpoint_starts_from_its_first_epoch(tmp_path: Path) -> None:
    record = Recorder()
    outcome = train(replace(make_job(tmp_path), resume=True), SEARCH_DATA, record)
    assert (outcome.notice, record.numbers) == (None, [1, 2, 3, 4])


def test_a_new_trial_ignores_a_checkpoint_that_lies_about(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    train(job, SEARCH_DATA, Recorder(stop_after=3))
    assert job.checkpoint.exists()
    record = Recorder(stop_after=1)
    train(job, SEARCH_DATA, record)
    assert record.numbers == [1]
    assert not job.checkpoint.exists()


def test_a_trial_of_changed_source_is_not_begun(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    record = Recorder()
    outcome = train(replace(job, code="0" * 64), SEARCH_DATA, record)
    assert outcome.state is TrialState.INTERRUPTED
    assert outcome.failure == ("CodeChanged", "the source of model 'cnn' was changed while its study ran", "")
    assert record.epochs == []
    assert (
        train(replace(job, code=load_model("cnn").code.instructions_hash), SEARCH_DATA, record).state
        is TrialState.COMPLETE
    )


def test_a_checkpoint_from_before_scores_is_gone_on_from(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    whole = Recorder()
    expected = train(job, SEARCH_DATA, whole)
    with pytest.raises(KeyboardInterrupt):
        train(job, SEARCH_DATA, Recorder(interrupt_at=3))
    state = checkpoint.load(job.checkpoint, job.trial.id)
    last = state["last"]
    assert isinstance(last, dict)
    state["last"] = {name.replace("_score", "_accuracy"): value for name, value in last.items()}
    job.checkpoint.write(checkpoint.content(job.trial.id, state))
    record = Recorder()
    assert same_result(train(replace(job, resume=True), SEARCH_DATA, record), expected)
    assert but_seconds(record.epochs) == but_seconds(whole.epochs[1:])
