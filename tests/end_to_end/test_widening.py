"""A study whose space was widened, as a user has it: it goes on, says what was taken up, and loses nothing."""

from __future__ import annotations

import json

import optuna
import pytest

from ..conftest import CommandLine
from ..own_space import DATA, MODEL

RUN = ("run", "mine.py", "--workers", "1")
SPACE = """
from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="mine",
    model="mine_model",
    domains={{{domains}}},
    variants=(Variant("smooth", {{"label_smoothing": 0.1}}),),
)
"""
RATE = '"learning_rate": Float(default=1e-3, low=1e-4, high=1e-2, log=True)'
KIND = '"optimizer": Choice(default="adam", choices=("adam", "sgd"))'
WIDE_RATE = RATE.replace("1e-2", "1e-1")
MORE_KINDS = KIND.replace('"sgd"', '"sgd", "adamw"')
SIZE = '"size": Int(default=8, low=8, high=64, step=8)'
TRIALS = "SELECT id, value, configuration FROM trial ORDER BY optuna_number"


def write(command: CommandLine, *domains: str) -> None:
    (command.folder / "mine_model.py").write_text(MODEL)
    (command.folder / "mine.py").write_text(SPACE.format(domains=", ".join(domains)))


def test_a_range_a_choice_and_a_domain_are_taken_up(command: CommandLine) -> None:
    write(command, RATE, KIND)
    command.run(*RUN, *DATA, "--trials", "3", "--replicates", "1")
    before = command.query(TRIALS)
    optuna.load_study(study_name="mine@digits", storage=f"sqlite:///{command.database}").enqueue_trial(
        {"learning_rate": 0.004}
    )

    write(command, WIDE_RATE, MORE_KINDS, SIZE)
    dry = command.run(*RUN, "--trials", "6", "--dry-run").stdout
    out = command.run(*RUN, "--trials", "6").stdout
    taken = (
        "learning_rate is 0.0001 to 0.1 now, before 0.0001 to 0.01",
        "optimizer is one of 'adam', 'sgd', 'adamw' now, before one of 'adam', 'sgd'",
        "size is tuned now, 8 to 64 in steps of 8; earlier trials have its default, 8",
    )
    for sentence in taken:
        told = f"mine@digits: {sentence}; its trials count on, and teach the sampler\n"
        assert told in dry
        assert told in out
    assert "Optuna's study 'mine@digits' is made again from our own rows, for its tables cannot hold other" in out
    assert "trial 3 is one that was enqueued in Optuna's study (learning_rate=0.004)" in out

    after = command.query(TRIALS)
    assert set(before) < set(after)
    history = [row[0] for row in command.query("SELECT what FROM plan_change ORDER BY number")]
    assert history[1:] == [*taken, "--trials was 3, now 6"]
    mirrored = optuna.load_study(study_name="mine@digits", storage=f"sqlite:///{command.database}").trials
    assert [trial.state.name for trial in mirrored] == ["COMPLETE"] * 6
    assert [trial.value for trial in mirrored] == [
        value for (value,) in command.query("SELECT value FROM trial WHERE phase = 'search' ORDER BY optuna_number")
    ]
    assert all(trial.params["size"] == 8 for trial in mirrored[:3])

    again = command.run(*RUN).stdout
    assert "nothing to do" in again
    assert "now, before" not in again
    assert json.loads(command.run("best", "mine", "--json").stdout)["trial"] is not None
    write(command, RATE, MORE_KINDS, SIZE)
    refused = command.run(*RUN, status=2).stderr
    assert "domain learning_rate was 'kind=Float, default=0.001, low=0.0001, high=0.1, log=True', now" in refused


def test_a_finished_study_takes_it_up_too_and_resume_goes_on_with_it(command: CommandLine) -> None:
    write(command, RATE)
    command.run(*RUN, *DATA, "--trials", "2", "--replicates", "0")
    write(command, WIDE_RATE)
    out = command.run(*RUN).stdout
    assert "learning_rate is 0.0001 to 0.1 now" in out
    assert "mine@digits: nothing to do" in out
    assert "its search has its 2 trials already; a larger --trials searches what is new" in out
    assert "now, before" not in command.run(*RUN, "--dry-run").stdout
    found = json.loads(command.query("SELECT definition FROM plan")[0][0])
    assert found["domains"]["learning_rate"]["high"] == 0.1


@pytest.mark.slow
def test_the_searches_of_re_tuned_arms_follow(command: CommandLine) -> None:
    write(command, RATE, KIND)
    words = ("ablate", "mine.py", "--retune", "--replicates", "1", "--workers", "1")
    command.run(*words, *DATA, "--trials", "2")
    ids = set(command.query("SELECT id FROM trial"))
    write(command, RATE, MORE_KINDS)
    command.run(*words, "--trials", "4")
    assert ids < set(command.query("SELECT id FROM trial"))
    found = command.query("SELECT study, what FROM plan_change WHERE number > 1 ORDER BY study, number")
    widened = "optimizer is one of 'adam', 'sgd', 'adamw' now, before one of 'adam', 'sgd'"
    for study in ("mine@digits", "mine@digits+smooth"):
        assert (study, widened) in found
        assert (study, "--trials was 2, now 4") in found


@pytest.mark.slow
@pytest.mark.usefixtures("unpainted")
def test_a_domain_of_what_the_model_got_since_counts_as_its_default_everywhere(command: CommandLine) -> None:
    write(command, RATE)
    older = MODEL.replace("    size: int = 8\n", "").replace("params.size", "8")
    (command.folder / "mine_model.py").write_text(older)
    command.run(*RUN, *DATA, "--trials", "2", "--replicates", "1")
    baseline = command.query("SELECT id FROM trial WHERE variant = 'baseline' ORDER BY id")
    write(command, RATE, SIZE)
    out = command.run(*RUN, "--trials", "4", "--code-changed", "keep").stdout
    assert "size is tuned now, 8 to 64 in steps of 8; earlier trials have its default, 8" in out
    assert baseline == command.query("SELECT id FROM trial WHERE variant = 'baseline' ORDER BY id")
    assert "nothing to do" in command.run(*RUN).stdout
    best = json.loads(command.run("best", "mine", "--json").stdout)
    assert best["baseline"]["size"] == 8
    assert best["configuration"].keys() == best["baseline"].keys()
    assert "│ size " in command.run("best", "mine").stdout
    command.run("report", "--format", "markdown")
    assert "size is tuned now" in (command.folder / "runs" / "report" / "report.md").read_text()
