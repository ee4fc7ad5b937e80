"""An option of the recipe that the optimizer does not use is refused where it is given, and held where it is tuned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from study.recipe import USED_BY

from ..conftest import CommandLine
from ..own_space import DATA, MODEL

RUN = ("run", "mine.py", *DATA, "--workers", "1", "--replicates", "0", "--sampler", "random", "--pruner", "none")
ABLATE = ("ablate", "mine.py", *DATA, "--workers", "1", "--replicates", "1")
SPACE = """
from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="mine",
    model="mine_model",
    domains={{{domains}}},
    variants=(
        Variant("betas", {{"beta1": 0.5}}),
        Variant("wide", {{"size": 16}}),
        Variant("plain", {{"optimizer": "sgd"}}),
        Variant("plain-betas", {{"optimizer": "sgd", "beta2": 0.5}}),
        Variant("heavy", {{"optimizer": "sgd", "momentum": 0.5}}),
        Variant("everything", {{"beta1": 0.5, "size": 16}}),
    ),
)
"""
SIZE = '"size": Int(default=8, low=8, high=64, step=8)'
BETA = '"beta1": Float(default=0.8, low=0.5, high=0.9)'
KIND = '"optimizer": Choice(default="adam", choices=("adam", "sgd"))'
SWING = '"momentum": Float(default=0.9, low=0.5, high=0.98)'
CONFIGURATIONS = "SELECT configuration FROM trial WHERE study = 'mine@digits' ORDER BY optuna_number"
NOT_OF_SGD = "as sgd does not use this, but adam, adamw, nadam and muon do"
BETAS = f"beta1=0.5 has no effect here, {NOT_OF_SGD}: leave it at 0.9"
SGD, OF_SGD = ("--set", "optimizer=sgd"), {"optimizer": "sgd"}
HELD = f"held, not tuned: beta1 at 0.9, {NOT_OF_SGD}"


def write(command: CommandLine, *domains: str) -> None:
    (command.folder / "mine_model.py").write_text(MODEL)
    (command.folder / "mine.py").write_text(SPACE.format(domains=", ".join(domains)))


@contextmanager
def older_version() -> Iterator[None]:
    """Has every option be of every optimizer, as it was once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in tuple(USED_BY):
            patch.delitem(USED_BY, name)  # type: ignore[arg-type]
        yield


def values_of(command: CommandLine, name: str) -> list[object]:
    return [json.loads(text)[name] for (text,) in command.query(CONFIGURATIONS)]


@pytest.mark.parametrize(
    ("domains", "words", "message"),
    [
        ((SIZE,), ("--set", "optimizer=sgd", "--set", "beta1=0.5"), f"--set {BETAS}"),
        ((BETA,), ("--set", "optimizer=sgd", "--set", "beta1=0.5"), f"--set {BETAS}"),
        (
            (SIZE,),
            ("--set", "momentum=0.5"),
            "--set momentum=0.5 has no effect here, as adam does not use this, but sgd and muon do: leave it at 0.9",
        ),
        (
            (KIND.replace('"sgd"', '"nadam"'), SIZE),
            ("--set", "momentum=0.5"),
            "--set momentum=0.5 has no effect here, as adam and nadam do not use this, but sgd and muon do: leave it "
            "at 0.9",
        ),
        (
            (KIND, BETA),
            ("--try", "optimizer=sgd,beta1=0.5"),
            f"--try optimizer=sgd,beta1=0.5 cannot be tried: {BETAS}",
        ),
    ],
)
def test_what_the_optimizer_does_not_use_is_refused_where_it_is_given(
    domains: tuple[str, ...], words: tuple[str, ...], message: str, command: CommandLine
) -> None:
    write(command, *domains)
    assert command.run(*RUN, "--trials", "2", *words, status=2).stderr == f"error: {message}\n"
    assert not command.database.exists()


def test_what_is_used_is_taken(command: CommandLine) -> None:
    write(command, KIND, SIZE)
    command.run(*RUN, "--trials", "1", "--set", "beta1=0.5", "--set", "momentum=0.5", "--dry-run")
    command.run(*RUN, "--trials", "1", "--set", "optimizer=muon", "--set", "beta1=0.5", "--dry-run")
    command.run(*RUN, "--trials", "1", "--set", "optimizer=sgd", "--set", "beta1=0.9", "--dry-run")


def test_what_a_space_tunes_without_use_is_held_and_said(command: CommandLine) -> None:
    write(command, BETA, SIZE)
    began = command.run(*RUN, "--trials", "3", *SGD)
    assert (began.stdout + began.stderr).count(f"mine@digits: {HELD}\n") == 1
    assert values_of(command, "beta1") == [0.9] * 3
    longer = command.run(*RUN, "--trials", "4", *SGD)
    assert (longer.stdout + longer.stderr).count(HELD) == 1
    command.run("resume")
    assert values_of(command, "beta1") == [0.9] * 4
    tuned = command.run(*RUN, "--trials", "1", "--dry-run", "--name", "other")
    assert "held, not tuned" not in tuned.stdout + tuned.stderr


def test_what_only_some_optimizers_of_a_search_use_is_said(command: CommandLine) -> None:
    write(command, KIND, SWING, SIZE)
    told = command.run(*RUN, "--trials", "1", "--dry-run")
    assert (
        "mine@digits: momentum is tuned with adam too, where it has no effect; when={'optimizer': ('sgd',)} in its "
        "domain keeps a new study from that\n" in told.stdout + told.stderr
    )
    write(command, KIND, SWING.replace("0.98", "0.98, when={'optimizer': ('sgd',)}"), SIZE)
    told = command.run(*RUN, "--trials", "1", "--dry-run")
    assert "no effect" not in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (*SGD, "--variants", "betas,wide"),
            f"'betas' cannot be compared with 'baseline': {BETAS}; name the others with --variants",
        ),
        (
            ("--variants", "plain-betas"),
            "'plain-betas' cannot be compared with 'baseline': beta2=0.5 has no effect here, as sgd does not use this, "
            "but adam, adamw, nadam and muon do: leave it at 0.999; name the others with --variants",
        ),
        (
            (*SGD, "--design", "factorial", "--factors", "wide,betas"),
            f"'betas' cannot be compared with 'baseline': {BETAS}; name the others with --variants",
        ),
        (
            (*SGD, "--design", "leave-one-out"),
            "'without betas' cannot be compared with 'everything': beta1=0.9 in place of 0.5 has no effect here, "
            f"{NOT_OF_SGD}; name the others with --variants",
        ),
    ],
)
def test_an_arm_that_would_train_what_its_control_does_is_refused(
    words: tuple[str, ...], message: str, command: CommandLine
) -> None:
    write(command, SIZE)
    assert command.run(*ABLATE, *words, status=2).stderr == f"error: {message}\n"
    assert not command.database.exists()


def test_arms_of_which_each_trains_something_are_taken(command: CommandLine) -> None:
    write(command, SIZE)
    command.run(*ABLATE, "--variants", "betas,plain,heavy", "--dry-run")
    command.run(*ABLATE, "--design", "leave-one-out", "--dry-run")


def test_a_variant_that_the_best_has_no_use_for_is_told(command: CommandLine) -> None:
    write(command, KIND)
    ablate = (*ABLATE, "--from", "best", "--trials", "1", "--variants", "betas,wide")
    # The one trial, of Adam, is said to be of SGD.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("study.execution.ablation._Run._best", lambda self, plan, *_: plan.baseline | OF_SGD)
        done = command.run(*ablate)
    assert f"Variant 'betas' cannot be added to the best: {BETAS}" in done.stdout + done.stderr
    assert command.query("SELECT name FROM arm WHERE role = 'variant'") == [("wide",)]


def test_the_search_of_a_re_tuned_arm_holds_what_its_optimizer_does_not_use(command: CommandLine) -> None:
    write(command, BETA, SIZE)
    retune = (*ABLATE, "--variants", "plain", "--retune", "--trials", "2", "--sampler", "random", "--pruner", "none")
    done = command.run(*retune)
    assert (done.stdout + done.stderr).count(f"mine@digits+plain: {HELD}\n") == 1
    held = "SELECT DISTINCT json_extract(configuration, '$.beta1') FROM trial WHERE study = 'mine@digits+plain'"
    assert command.query(held) == [(0.9,)]
    command.run(*retune[:-6], "--trials", "3")
    assert command.query(held) == [(0.9,)]


def test_final_trials_of_what_has_no_effect_are_refused(command: CommandLine) -> None:
    write(command, SIZE)
    command.run(*RUN, "--trials", "1", *SGD)
    final = ("final", "mine", "--baseline", "--set", "beta1=0.5", "--replicates")
    assert command.run(*final, "1", status=2).stderr == f"error: --set {BETAS}\n"
    with older_version():
        command.run(*final, "1")
    command.run(*final, "2")
    assert command.query("SELECT count(*) FROM trial WHERE phase = 'replicate'") == [(2,)]


def test_what_an_older_version_began_goes_on_as_it_was(command: CommandLine) -> None:
    write(command, BETA, SIZE)
    with older_version():
        command.run(*RUN, "--trials", "2", *SGD)
    done = command.run(*RUN, "--trials", "4", *SGD)
    assert len(set(values_of(command, "beta1"))) > 1
    assert "mine@digits: beta1 is tuned with sgd too, where it has no effect; a space without its domain" in (
        done.stdout + done.stderr
    )
    assert "held, not tuned" not in done.stdout + done.stderr
    command.run("resume")


def test_what_an_older_version_fixed_or_ablated_goes_on_as_it_was(command: CommandLine) -> None:
    write(command, SIZE)
    given = (*SGD, "--set", "beta1=0.5")
    with older_version():
        command.run(*RUN, "--trials", "1", *given)
        command.run(*ABLATE, "--name", "ablated", *SGD, "--variants", "betas")
    command.run(*RUN, "--trials", "2", *given)
    assert values_of(command, "beta1") == [0.5, 0.5]
    command.run(*ABLATE, "--name", "ablated", *SGD, "--variants", "betas", "--replicates", "2")
    assert command.query("SELECT count(*) FROM trial WHERE variant = 'betas'") == [(2,)]
    command.run("resume")


def test_a_re_tuning_that_an_older_version_began_goes_on_as_it_was(command: CommandLine) -> None:
    write(command, BETA, SIZE)
    retune = (*ABLATE, "--variants", "plain", "--retune", "--sampler", "random", "--pruner", "none", "--trials")
    with older_version():
        command.run(*retune, "2")
    command.run(*ABLATE, "--variants", "plain", "--retune", "--trials", "4")
    tuned = "SELECT count(DISTINCT json_extract(configuration, '$.beta1')) FROM trial WHERE study = 'mine@digits+plain'"
    assert command.query(tuned)[0][0] > 2
