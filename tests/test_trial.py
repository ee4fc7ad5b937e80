"""A trial's identity is what its numbers follow from, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.options.method import Budget
from study.trial import Phase, Scalar, Trial, TrialState, differences, fingerprint

from .examples import examples

quick = examples(100)
scalars = st.one_of(st.booleans(), st.integers(-1000, 1000), st.floats(-1e6, 1e6), st.text(max_size=5))
configurations = st.dictionaries(st.text("abcdef_", min_size=1, max_size=6), scalars, max_size=6)

TRIAL = Trial(
    study="cnn@mnist",
    phase=Phase.SEARCH,
    variant="search",
    configuration={"learning_rate": 0.001, "width": 32, "bidirectional": False, "optimizer": "adam"},
    seed=7,
    epochs=10,
)


def test_the_id_is_the_hash_of_study_phase_configuration_seed_and_epochs() -> None:
    text = '["cnn@mnist","search",{"bidirectional":false,"learning_rate":0.001,"optimizer":"adam","width":32},7,10]'
    assert TRIAL.id == hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    "other",
    [
        replace(TRIAL, study="cnn@digits"),
        replace(TRIAL, phase=Phase.REPLICATE),
        replace(TRIAL, seed=8),
        replace(TRIAL, epochs=11),
        replace(TRIAL, configuration={**TRIAL.configuration, "width": 33}),
        replace(TRIAL, configuration={**TRIAL.configuration, "learning_rate": 0.0010000000000000002}),
        replace(TRIAL, configuration={**TRIAL.configuration, "bidirectional": 0}),
        replace(TRIAL, configuration={**TRIAL.configuration, "dropout": 0.0}),
        replace(TRIAL, configuration={"width": 32}),
    ],
)
def test_another_training_has_another_id(other: Trial) -> None:
    assert other.id != TRIAL.id


@pytest.mark.parametrize(
    "same",
    [
        replace(TRIAL, variant="best"),
        replace(TRIAL, changes={"width": 32}),
        replace(TRIAL, replicate=3),
        replace(TRIAL, number=12),
        replace(TRIAL, configuration=dict(reversed(TRIAL.configuration.items()))),
    ],
)
def test_what_a_training_is_called_leaves_its_id_alone(same: Trial) -> None:
    assert same.id == TRIAL.id


@quick
@given(configurations, st.integers(0, 2**63 - 1), st.integers(1, 1000))
def test_an_id_survives_the_database(configuration: dict[str, Scalar], seed: int, epochs: int) -> None:
    trial = Trial("a@b", Phase.REPLICATE, "best", configuration, seed, epochs)
    stored = json.loads(json.dumps(configuration))
    assert replace(trial, configuration=stored).id == trial.id
    assert re.fullmatch("[0-9a-f]{16}", trial.id)


@quick
@given(configurations, configurations)
def test_different_configurations_have_different_ids(one: dict[str, Scalar], other: dict[str, Scalar]) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (replace(TRIAL, configuration=one).id == replace(TRIAL, configuration=other).id) is same


def test_a_fingerprint_is_the_sha256_of_compact_sorted_json() -> None:
    assert (
        fingerprint({"b": [1, 2.5, None], "a": "é"}) == hashlib.sha256(b'{"a":"\\u00e9","b":[1,2.5,null]}').hexdigest()
    )
    assert fingerprint("") == hashlib.sha256(b'""').hexdigest()


@quick
@given(configurations)
def test_a_fingerprint_ignores_the_order_of_keys_at_every_depth(configuration: dict[str, Scalar]) -> None:
    turned = dict(reversed(configuration.items()))
    assert fingerprint(turned) == fingerprint(configuration)
    assert fingerprint({"x": [turned], "y": 1}) == fingerprint({"y": 1, "x": [configuration]})


def test_a_fingerprint_sees_the_order_of_lists_and_the_type_of_numbers() -> None:
    assert len({fingerprint(value) for value in ([1, 2], [2, 1], [1.0, 2], [True, 2], ["1", 2])}) == 5


def test_differences_are_the_entries_that_are_not_the_baselines() -> None:
    baseline: dict[str, Scalar] = {"width": 32, "dropout": 0.0, "optimizer": "adam"}
    assert differences({"width": 48, "dropout": 0.0, "optimizer": "adam"}, baseline) == {"width": 48}
    assert differences({"width": 32, "layers": 2}, baseline) == {"layers": 2}
    assert differences(baseline, baseline) == {}


@quick
@given(configurations, configurations)
def test_differences_on_the_baseline_give_the_configuration(one: dict[str, Scalar], other: dict[str, Scalar]) -> None:
    found = differences(one, other)
    assert {**other, **found} == {**other, **one}
    assert all(name not in other or other[name] != value for name, value in found.items())


def test_only_running_interrupted_and_paused_trials_are_trained_again() -> None:
    assert {state for state in TrialState if not state.finished} == {
        *(TrialState.RUNNING, TrialState.INTERRUPTED, TrialState.PAUSED)
    }
    assert {state for state in TrialState if state.finished} == {
        *(TrialState.COMPLETE, TrialState.PRUNED, TrialState.DIVERGED, TrialState.FAILED)
    }


def test_the_default_budget_has_no_end_of_time() -> None:
    assert Budget() == Budget(trials=20, epochs=10, replicates=3, timeout=None)
