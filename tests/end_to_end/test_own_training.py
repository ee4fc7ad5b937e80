"""A script of the user's own as a study, from the command line: searched, interrupted, promoted, ablated, refused."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any, Protocol

import pytest

from ..conftest import CommandLine

SPACE = """
from study.space import Choice, Float, SearchSpace, Variant

SPACE = SearchSpace(
    name="mine",
    domains={"rate": Float(default=0.1, low=0.01, high=0.5, log=True), "steps": Choice(default=1, choices=(1, 2))},
    variants=(Variant("fast", {"rate": 0.4}), Variant("twice", {"steps": 2})),
)
metrics = {"error": "minimize"}
"""
LOOP = """
import random
import time

def train(run):
    run.keep(error=1.0)
    for epoch in run.epochs():
        for _ in range(run.config["steps"]):
            run.keep(error=run.kept["error"] * (1 - run.config["rate"]) + random.uniform(0, 0.01))
        {extra}
        yield {{"validation/error": run.kept["error"], "train/loss": run.kept["error"] / 2}}

def test(run):
    return {{"error": run.kept["error"] + random.uniform(0, 0.01)}}
"""
BUDGET = ("--trials", "4", "--epochs", "3", "--replicates", "2", "--workers", "1")
EPOCHS = (
    "SELECT trial, epoch, train_loss, validation_score, metrics FROM epoch "
    "JOIN trial ON trial.id = epoch.trial ORDER BY trial, epoch"
)


class HasFolder(Protocol):
    @property
    def folder(self) -> Path: ...


def write(line: HasFolder, *, space: str = SPACE, loop: str = LOOP, extra: str = "pass") -> None:
    (line.folder / "mine.py").write_text(space + loop.format(extra=extra))


def stored(line: CommandLine) -> dict[str, Any]:
    """Everything that must be equal, bit for bit; only times may differ."""
    return {
        "epochs": line.query(EPOCHS),
        "trials": line.query("SELECT id, state, value, configuration, seed FROM trial ORDER BY id"),
        "tests": line.query("SELECT trial, score, metrics FROM test_result ORDER BY trial"),
    }


def test_a_script_is_searched_tested_and_ablated(command: CommandLine) -> None:
    write(command, extra="run.log(f\"epoch {epoch} at {run.config['rate']:.2f}\")")
    out = command.run("run", "mine.py", *BUDGET).stdout
    assert "mine@own: mine trains itself, by error (minimize); its data is what its own code loads" in out
    assert "mine@own: one epoch of the baseline is tried first, and forgotten" in out
    best = json.loads(command.run("best", "mine", "--json").stdout)
    assert best["test"]["best"]["mean"] < best["test"]["baseline"]["mean"]
    assert command.query("SELECT task, objective, direction, dataset FROM plan") == [
        ("own", "error", "minimize", "own")
    ]
    assert command.query("SELECT DISTINCT precision FROM trial") == [("own",)]
    assert command.query("SELECT count(*) FROM log") == command.query("SELECT count(*) FROM epoch")
    assert command.query("SELECT count(*) FROM test_result WHERE predictions IS NULL AND loss IS NULL") == [(4,)]
    assert command.query("SELECT count(*) FROM test_split") == [(0,)]
    command.run("ablate", "mine.py", "--replicates", "7")
    found = json.loads(command.run("show", "mine", "--ablation", "--json").stdout)
    assert "helps" in json.dumps(found)
    assert command.run("run", "mine.py", *BUDGET).stdout.count("nothing to do") == 1


def test_a_study_of_given_data_has_its_splits(command: CommandLine) -> None:
    loop = """
def train(run):
    data = run.data
    assert len(data.train.inputs) == 100 and len(data.validation.inputs) == 250
    yield {{"validation/error": float(data.train.inputs[0].float().mean()), "train/loss": 0.5}}

def test(run):
    return {{"error": float(run.data.test.targets.float().mean())}}
"""
    write(command, loop=loop)
    out = command.run("run", "mine.py", *BUDGET[:2], *BUDGET[4:], "--dataset", "digits", "--train-size", "100").stdout
    assert "mine@digits: mine trains itself on a classification of 1 x 28 x 28" in out
    assert "final trials learn from 100" in out
    assert "mine@digits: train(run) yields once, so that a trial has 1 epoch; --epochs says otherwise" in out
    assert command.query("SELECT epochs, final_examples FROM plan") == [(1, 100)]


def test_promotion_goes_on_from_what_was_kept(command: CommandLine) -> None:
    write(command)
    out = command.run(
        "run", "mine.py", "--trials", "6", "--epochs", "9", "--replicates", "0", "--pruner", "promote"
    ).stdout
    assert (
        "a training that keeps nothing (run.keep) begins again from its first epoch at each rung of --pruner promote"
        in out
    )
    assert command.query("SELECT max(epoch), count(*) FROM epoch GROUP BY trial HAVING max(epoch) != count(*)") == []
    assert {state for (state,) in command.query("SELECT state FROM trial")} == {"complete", "pruned"}
    assert command.query("SELECT count(*) FROM trial WHERE promoted_to = 9")[0][0] >= 1


def test_a_wider_space_beside_the_training_is_no_changed_training(command: CommandLine) -> None:
    write(command)
    command.run("run", "mine.py", *BUDGET)
    write(command, space=SPACE.replace('Variant("twice", {"steps": 2})', 'Variant("slow", {"rate": 0.05})'))
    assert "nothing to do" in command.run("run", "mine.py", *BUDGET).stdout
    write(command, extra="error = 0")
    assert "what 8 of its trials were trained by has changed" in command.run("run", "mine.py", *BUDGET, status=2).stderr


def test_a_hyperparameter_is_added_to_a_module_that_says_what_trials_had_before(command: CommandLine) -> None:
    write(command)
    command.run("run", "mine.py", *BUDGET)
    more = SPACE.replace('"steps"', '"drop": Float(default=0.1, low=0.0, high=0.5),\n        "steps"', 1)
    write(command, space=more)
    told = command.run("run", "mine.py", *BUDGET, status=2).stderr
    assert "drop: give the module a dataclass `Params` whose defaults are what its earlier trials had" in told
    fields = "rate: float = 0.1\n    steps: int = 1\n    drop: float = 0.1\n"
    declared = f"from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Params:\n    {fields}"
    write(command, space=more + declared, extra='assert run.config["drop"] >= 0')
    changed = ("--code-changed", "keep")
    out = command.run("run", "mine.py", *BUDGET[2:], "--trials", "6", *changed).stdout
    assert "drop is tuned now" in out
    command.run("ablate", "mine.py", "--replicates", "2", "--variants", "fast")
    command.run("final", "mine", "--set", "rate=0.2", "--epochs", "4", "--replicates", "1")
    assert command.query("SELECT count(*) FROM trial WHERE state != 'complete' AND state != 'pruned'") == [(0,)]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("yield {{'validation/f1': 0.5}}", "mine.py, line {line}: train(run) yields no 'validation/error'"),
        ("import no_such_package", "mine.py, line {line}: No module named 'no_such_package' (ModuleNotFoundError)"),
        ("1 / 0", "mine.py, line {line}: division by zero (ZeroDivisionError)"),
    ],
)
def test_the_first_thing_wrong_is_one_sentence_and_nothing_is_stored(
    extra: str, message: str, command: CommandLine
) -> None:
    write(command, extra=extra.format())
    line = 1 + next(
        number
        for number, text in enumerate((command.folder / "mine.py").read_text().splitlines())
        if text.strip() == extra.format()
    )
    told = command.run("run", "mine.py", *BUDGET, status=2).stderr
    assert told.startswith(f"error: model 'mine' cannot be trained: {message.format(line=line)}")
    assert told.count("\n") == 1
    assert not command.database.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--precision", "float32"), "--precision has no effect on model 'mine', which trains itself"),
        (("--metrics", "all"), "--metrics has no effect on model 'mine', which trains itself"),
        (
            ("--train-size", "9"),
            "--train-size has no effect on model 'mine', which trains itself and loads its own data",
        ),
        (
            ("--grey",),
            "--grey has no effect on model 'mine', which trains itself and loads its own data; --dataset gives",
        ),
        (("--objective", "gain"), "--objective 'gain': whether higher is better is known of accuracy"),
        (("--set", "momentum=0.5"), "--set fixes 'momentum', which model 'mine' does not have"),
    ],
)
def test_an_option_without_effect_is_refused(options: tuple[str, ...], message: str, command: CommandLine) -> None:
    write(command)
    assert message in command.run("run", "mine.py", *options, status=2).stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SPACE.replace('metrics = {"error": "minimize"}', "") + LOOP.format(extra="pass"),
            "--objective says what its study",
        ),
        (SPACE.replace("minimize", "down") + LOOP.format(extra="pass"), "goes to 'maximize' or 'minimize', not 'down'"),
        (SPACE + LOOP.format(extra="pass") + "\ndef build(params, data): ...\n", "has both `build` and `train`"),
        (SPACE + "\ntrain = 3\n", "`train` is a function `train(run)`"),
        (
            SPACE + LOOP.format(extra="pass").split("def test")[0],
            "has no `test(run)`, by which final trials are scored",
        ),
        (SPACE, "a model's module has a dataclass `Params`"),
    ],
)
def test_a_file_that_is_no_training_is_refused(text: str, message: str, command: CommandLine) -> None:
    (command.folder / "mine.py").write_text(text)
    assert message in command.run("run", "mine.py", status=2).stderr


def test_a_file_named_as_a_library_is_refused(command: CommandLine) -> None:
    (command.folder / "json.py").write_text(SPACE + LOOP.format(extra="pass"))
    told = command.run("run", "json.py", status=2).stderr
    assert told.startswith("error: json.py has the name of a module of Python or of a library")


def test_search_alone_needs_no_test(command: CommandLine) -> None:
    (command.folder / "mine.py").write_text(SPACE + LOOP.format(extra="pass").split("def test")[0])
    command.run("run", "mine.py", "--trials", "2", "--epochs", "2", "--replicates", "0")
    assert "by which an ablation's trials are scored" in command.run("ablate", "mine.py", status=2).stderr


def test_a_model_elsewhere_with_parameters_of_its_own(command: CommandLine) -> None:
    (command.folder / "elsewhere.py").write_text(
        "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Params:\n    rate: float = 0.1\n"
        "    steps: int = 1\n    flat: bool = False\n" + 'metrics = {"error": "minimize"}\n' + LOOP.format(extra="pass")
    )
    space = SPACE.replace('name="mine",', 'name="mine", model="elsewhere",').replace('{"steps": 2}', '{"flat": True}')
    (command.folder / "mine.py").write_text(space)
    command.run("run", "mine.py", *BUDGET, "--set", "flat=true")
    baselines = command.query("SELECT baseline FROM plan")
    assert json.loads(baselines[0][0]) == {"rate": 0.1, "steps": 1, "flat": True}


# Interrupted, in processes of its own

TORCH = (Path(__file__).parents[1] / "engines" / "test_own_loop.py").read_text().split('"""')[3]
SLOW = (
    SPACE.replace("metrics = ", "_ = ")
    .replace('"steps": Choice(default=1, choices=(1, 2))', '"steps": Choice(default=1, choices=(1,))')
    .replace('Variant("twice", {"steps": 2})', "")
    + "\nimport time\nimport torch\nfrom torch import nn\n"
    + TORCH.replace("        loss.backward()", "        time.sleep(0.4)\n        loss.backward()").replace(
        "lr=0.01", 'lr=run.config["rate"]'
    )
)
ONE = ("run", "mine.py", "--dataset", "digits", "--train-size", "100", "--trials", "1", "--epochs", "4")
ONE = (*ONE, "--replicates", "1", "--workers", "1")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    line = CommandLine(tmp_path_factory.mktemp("undisturbed"))
    (line.folder / "mine.py").write_text(SLOW)
    line.run(*ONE)
    return stored(line)


@pytest.mark.parametrize(
    ("phase", "epochs", "how"),
    [
        pytest.param("search", 1, signal.SIGKILL, marks=pytest.mark.slow),
        pytest.param("search", 3, signal.SIGKILL, marks=pytest.mark.slow),
        pytest.param("replicate", 2, signal.SIGKILL, marks=pytest.mark.slow),
        pytest.param("search", 2, signal.SIGINT, marks=pytest.mark.slow),
    ],
)
def test_a_training_of_ones_own_that_was_killed_ends_with_equal_numbers(
    phase: str, epochs: int, how: signal.Signals, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    line = CommandLine(tmp_path)
    (line.folder / "mine.py").write_text(SLOW)
    process = line.start(*ONE)
    counted = f"SELECT count(*) FROM epoch JOIN trial ON epoch.trial = trial.id WHERE phase = '{phase}'"
    line.wait_for(counted, lambda count: count >= epochs, process)
    line.kill(process, how)
    assert line.query("SELECT count(*) FROM test_result") == [(0,)]
    line.run("resume")
    assert stored(line) == undisturbed
    assert line.query("SELECT max(attempt) FROM trial") == [(2,)]


@pytest.mark.slow
def test_a_loop_that_yields_nothing_ends_by_its_limit(tmp_path: Path) -> None:
    line = CommandLine(tmp_path)
    write(line, extra='time.sleep(1000 if run.config["rate"] != 0.1 else 0)')
    line.run_process("run", "mine.py", *BUDGET, "--trial-timeout", "4", "--trials", "2")
    assert line.query("SELECT failure_type FROM trial WHERE state = 'failed'") == [("TrialTimeout",)]
    write(line, extra="time.sleep(1000)")
    told = line.run_process("run", "mine.py", "--storage", "sqlite:///b.db", "--trial-timeout", "4", status=2).stderr
    assert "it yielded nothing in 4 seconds, which --trial-timeout allows" in told
    assert not (tmp_path / "b.db").exists()
