"""`--pruner promote` as a user has it: trials pause, the best go on, and no epoch is trained twice."""

from __future__ import annotations

import json

import pytest

from ..conftest import CommandLine

SEARCH = (
    *("run", "cnn", "--dataset", "digits", "--train-size", "100", "--workers", "1", "--sampler", "random"),
    *("--trials", "10", "--epochs", "3", "--replicates", "1", "--set", "width=4", "--set", "batch_size=32"),
)
EPOCHS = (
    "SELECT trial, epoch, train_loss, train_score, validation_loss, validation_score, learning_rate "
    "FROM epoch JOIN trial ON trial.id = epoch.trial WHERE phase = 'search' ORDER BY optuna_number, epoch"
)
TRAINED = (
    "SELECT optuna_number, state, count(epoch.epoch) FROM trial JOIN epoch ON epoch.trial = trial.id "
    "WHERE phase = 'search' GROUP BY optuna_number ORDER BY optuna_number"
)


@pytest.mark.slow
def test_promoted_trials_end_as_if_they_had_never_paused(command: CommandLine) -> None:
    out = command.run(*SEARCH, "--pruner", "promote").stdout
    assert "paused  validation" in out
    assert "goes on after epoch 1" in out
    promoted = command.query(EPOCHS)
    trained = command.query(TRAINED)
    assert [number for number, _, _ in trained] == list(range(10))
    assert {(state, epochs) for _, state, epochs in trained} == {("complete", 3), ("pruned", 1)}
    assert trained[0] == (0, "complete", 3)
    assert 2 <= sum(state == "complete" for _, state, _ in trained) <= 6
    assert command.query("SELECT number, state FROM trials ORDER BY number") == [
        (number, state.upper()) for number, state, _ in trained
    ]
    assert command.query("SELECT state, attempt FROM trial WHERE phase = 'replicate'") == [("complete", 1)] * 2
    assert list((command.folder / "runs" / "studies.db.files" / "checkpoints").iterdir()) == []
    assert "nothing to do, 10 of 10 search trials" in command.run(*SEARCH, "--pruner", "promote").stdout

    command.run(*SEARCH, "--pruner", "none", "--storage", "sqlite:///whole/studies.db")
    (command.folder / "runs").rename(command.folder / "promoted")
    (command.folder / "whole").rename(command.folder / "runs")
    whole = {row[:2]: row for row in command.query(EPOCHS)}
    assert len(whole) == 30
    assert [whole[row[:2]] for row in promoted] == promoted


@pytest.mark.slow
def test_a_search_killed_between_pauses_goes_on_as_if_undisturbed(command: CommandLine) -> None:
    words = (*SEARCH, "--pruner", "promote")
    command.run(*words, "--storage", "sqlite:///whole/studies.db")
    for pauses in (2, 5, 8):
        process = command.start(*words)
        command.wait_for(
            "SELECT count(*) FROM epoch JOIN trial ON trial.id = epoch.trial WHERE phase = 'search'",
            lambda count, enough=pauses: count >= enough,
            process,
        )
        command.kill(process)
        assert command.query("PRAGMA integrity_check") == [("ok",)]
    command.run("resume")
    killed = command.query(EPOCHS), command.query(TRAINED)
    (command.folder / "runs").rename(command.folder / "killed")
    (command.folder / "whole").rename(command.folder / "runs")
    assert killed == (command.query(EPOCHS), command.query(TRAINED))


@pytest.mark.slow
def test_a_larger_budget_lets_new_trials_compete_with_those_that_were_given_up(command: CommandLine) -> None:
    words = (*SEARCH, "--pruner", "promote")
    command.run(*words, "--replicates", "0")
    before = {number: (state, epochs) for number, state, epochs in command.query(TRAINED)}
    command.run("run", "cnn", "--dataset", "digits", "--trials", "16", "--workers", "1")
    after = {number: (state, epochs) for number, state, epochs in command.query(TRAINED)}
    assert sorted(after) == list(range(16))
    assert {number: after[number] for number in before} == before
    assert {state for state, _ in after.values()} == {"complete", "pruned"}


@pytest.mark.slow
def test_several_objectives_are_searched_at_once(command: CommandLine) -> None:
    words = ("run", "cnn", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--trials", "6")
    command.run(*words, "--replicates", "1", "--objective", "accuracy,parameters")
    assert command.query("SELECT objective, direction, pruner FROM plan") == [
        ("accuracy,parameters", "maximize,minimize", "none")
    ]
    ours = command.query(
        "SELECT value, parameters FROM trial WHERE phase = 'search' AND state = 'complete' ORDER BY optuna_number"
    )
    optunas = command.query(
        "SELECT accuracy.value, size.value FROM trial_values AS accuracy JOIN trial_values AS size USING (trial_id) "
        "WHERE accuracy.objective = 0 AND size.objective = 1 ORDER BY trial_id"
    )
    assert optunas == ours
    assert len(ours) == 6
    front = json.loads(command.run("best", "cnn", "--json").stdout)["front"]
    beaten = [
        (value, size)
        for value, size in ours
        if not any(v >= value and s <= size and (v, s) != (value, size) for v, s in ours)
    ]
    assert [(row["accuracy"], row["parameters"]) for row in front] == sorted(beaten, key=lambda p: -p[0])
    assert "Pareto front, single trials" in command.run("best", "cnn").stdout
    refused = command.run(*words, "--objective", "accuracy,seconds", status=2).stderr
    assert "--objective was 'accuracy,parameters', now 'accuracy,seconds'" in refused
    assert "nothing to do" in command.run(*words, "--replicates", "1").stdout
