"""The commands as a user types them, from an empty folder to the report."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import optuna
import psutil
import pytest
from PIL import Image
from statsmodels.stats.weightstats import DescrStatsW

from ..conftest import CommandLine

QUICK = ("--dataset", "digits", "--train-size", "100", "--epochs", "2", "--replicates", "2")
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A small finished study, only read from."""
    line = CommandLine(tmp_path_factory.mktemp("finished"))
    # The baseline's learning rate is far too small here, so that the best is another configuration.
    line.run("run", "cnn", *QUICK, "--trials", "4", "--set", "optimizer=sgd", "--set", "batch_size=100")
    return line


def test_a_study_ends_with_a_table_of_best_and_baseline_and_what_to_do_next(command: CommandLine) -> None:
    out = command.run("run", "cnn", *QUICK, "--trials", "2", "--set", "width=16").stdout
    lines = out.splitlines()
    assert lines[0] == (
        "cnn@digits: classification of 1 x 28 x 28 (channels, height, width) by accuracy; search and ablation trials "
        "learn from 100 examples and are validated on 250, final trials learn from 100; the test split has 300"
    )
    assert lines[1] == "cnn@digits: 2 seeds decide nothing; a verdict takes at least 3 (--replicates)"
    assert lines[2].startswith(
        "cnn@digits: 0 of 2 search trials and 0 of 2 replicates are finished; trial database sql"
    )
    assert "cnn@digits: best is trial" in out
    assert re.search(r"│ learning_rate +│ 0\.001 +│", out)
    assert re.search(r"│ test accuracy, mean of final trials +│ \d+\.\d\d % \(\d+\.\d\d to \d+\.\d\d %\), 2 seeds", out)
    assert "│   learned from 100 images " in out
    assert lines[-1].startswith("next: `python -m study report` for tables and curves")


def test_run_again_does_nothing_and_a_larger_budget_trains_only_what_is_missing(command: CommandLine) -> None:
    words = ("run", "cnn", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "1")
    command.run(*words, "--trials", "2")
    before = command.query("SELECT id, finished_at FROM trial WHERE phase = 'search' ORDER BY optuna_number")
    again = command.run(*words, "--trials", "2").stdout
    assert "cnn@digits: nothing to do, 2 of 2 search trials and " in again
    more = command.run("run", "cnn", "--dataset", "digits", "--trials", "4").stdout
    assert "cnn@digits: 2 of 4 search trials and " in more
    after = command.query("SELECT id, finished_at FROM trial WHERE phase = 'search' ORDER BY optuna_number")
    assert after[:2] == before
    assert len(after) == 4
    assert json.loads(command.run("list", "--json").stdout)[0]["status"] == "finished"
    resumed = command.run("resume").stdout
    assert resumed == "nothing to resume: every study is finished; `python -m study list` shows them\n"


@pytest.mark.slow
def test_two_fresh_databases_with_one_worker_hold_identical_records(command: CommandLine) -> None:
    words = ("run", "lstm", *QUICK, "--trials", "3", "--workers", "1", "--seed", "5", "--set", "hidden_size=32")
    sql = (
        "SELECT epoch.trial, epoch.epoch, train_loss, train_score, validation_loss, validation_score, "
        "learning_rate, configuration FROM epoch JOIN trial ON trial.id = epoch.trial ORDER BY 1, 2"
    )
    found = []
    for name in ("one", "two"):
        command.run(*words, "--storage", f"sqlite:///{name}.db")
        connection = sqlite3.connect(command.folder / f"{name}.db")
        found.append(connection.execute(sql).fetchall())
        connection.close()
    assert len(found[0]) >= 3 * 1 + 2 * 2
    assert found[0] == found[1]


def test_the_baseline_is_trial_0_and_only_final_trainings_meet_the_test_split(finished: CommandLine) -> None:
    (configuration,) = finished.query("SELECT configuration FROM trial WHERE optuna_number = 0")[0]
    (baseline,) = finished.query("SELECT baseline FROM plan")[0]
    assert json.loads(configuration) == json.loads(baseline)
    tested = finished.query("SELECT DISTINCT phase, variant, epochs FROM test_result JOIN trial ON trial = trial.id")
    assert {phase for phase, _, _ in tested} == {"replicate"}
    counted = finished.query("SELECT trial.id, count(*) FROM test_result JOIN trial ON trial = trial.id GROUP BY 1")
    assert {count for _, count in counted} == {1}
    seeds = finished.query("SELECT replicate, count(DISTINCT seed) FROM trial WHERE phase = 'replicate' GROUP BY 1")
    assert seeds == [(0, 1), (1, 1)]
    shared = (
        "SELECT count(*) FROM trial a JOIN trial b ON a.seed = b.seed WHERE a.phase = 'search' AND b.phase != 'search'"
    )
    assert finished.query(shared) == [(0,)]


def test_optuna_sees_the_trials_with_states_values_steps_and_parameters(finished: CommandLine) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.load_study(study_name="cnn@digits", storage=f"sqlite:///{finished.database}")
    ours = finished.query(
        "SELECT optuna_number, state, value, configuration, id FROM trial WHERE phase = 'search' ORDER BY 1"
    )
    assert len(study.trials) == len(ours) == 4
    joined = "SELECT count(*) FROM trial JOIN trials ON trials.trial_id = optuna_trial_id AND number = optuna_number"
    assert finished.query(joined) == [(4,)]
    for theirs, (number, state, value, configuration, identity) in zip(study.trials, ours, strict=True):
        assert (theirs.number, theirs.state.name.lower()) == (number, state)
        if state == "complete":
            assert theirs.value == value
        values = json.loads(configuration)
        assert theirs.params == {name: values[name] for name in theirs.params}
        assert "momentum" in theirs.params
        recorded = finished.query(f"SELECT epoch, validation_score FROM epoch WHERE trial = '{identity}'")
        assert theirs.intermediate_values == dict(recorded)


def test_sqlite_is_in_wal_mode_and_sound(finished: CommandLine) -> None:
    connection = sqlite3.connect(finished.database)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.fixture(scope="module")
def ablated(finished: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The same study, with an ablation."""
    line = CommandLine(tmp_path_factory.mktemp("ablated"))
    shutil.copytree(finished.folder / "runs", line.folder / "runs")
    line.run("ablate", "cnn", "--dataset", "digits", "--variants", "batchnorm", "--replicates", "2")
    return line


def test_every_example_query_of_the_database_page_runs_and_finds_something(ablated: CommandLine) -> None:
    queries = re.findall(r"```sql\n(.*?)```", (DOCS / "database.md").read_text(), re.DOTALL)
    assert len(queries) == 7
    best_differs = ablated.query("SELECT count(*) FROM trial WHERE variant = 'best'") != [(0,)]
    for query in queries:
        rows = ablated.query(query)
        assert rows or ("AS best" in query and not best_differs)


def test_the_database_page_names_every_column(finished: CommandLine) -> None:
    page = (DOCS / "database.md").read_text()
    for table in (
        *("plan", "trial", "epoch", "test_result", "test_split", "test_image", "environment", "schema_version"),
        *("ablation", "arm", "planned_trial", "failure", "code", "code_change"),
    ):
        section = page.split(f"### `{table}`")[1].split("###")[0].split("## Example")[0]
        for _, column, *_ in finished.query(f"PRAGMA table_info({table})"):
            assert f"`{column}`" in section, f"{table}.{column} is not in docs/database.md"


@pytest.mark.parametrize(
    ("words", "heading"),
    [(("list",), "list"), (("show", "cnn"), "show"), (("best", "cnn"), "best"), (("spaces", "cnn"), "spaces")],
)
def test_json_has_exactly_the_documented_keys(finished: CommandLine, words: tuple[str, ...], heading: str) -> None:
    value = json.loads(finished.run(*words, "--json").stdout)
    page = (DOCS / "commands.md").read_text()
    section = page.split(f"**`{heading}`**")[1].split("\n\n")[0]
    for key in value[0] if isinstance(value, list) else value:
        assert f"`{key}`" in section or heading == "show", key
    if heading == "show":
        for key in value["trials"][0]:
            assert f"`{key}`" in section, key


def test_best_agrees_with_the_database_and_its_interval_with_statsmodels(finished: CommandLine) -> None:
    details: dict[str, Any] = json.loads(finished.run("best", "cnn@digits", "--json").stdout)
    assert [(details["validation_score"],)] == finished.query("SELECT max(value) FROM trial WHERE state = 'complete'")
    score = details["test"]["baseline"]
    expected = finished.query(
        "SELECT score FROM test_result JOIN trial ON trial = trial.id WHERE configuration_hash = "
        "(SELECT configuration_hash FROM trial WHERE optuna_number = 0) ORDER BY replicate"
    )
    assert [(accuracy,) for accuracy in score["scores"]] == expected
    low, high = DescrStatsW(score["scores"]).tconfint_mean()
    assert score["low"] == pytest.approx(low)
    assert score["high"] == pytest.approx(high)
    assert len(score["weights"]) == 2


def test_a_dry_run_writes_nothing(command: CommandLine) -> None:
    out = command.run("run", "cnn", "lstm", "--dataset", "digits", "--dry-run").stdout
    assert "20 of 20" in out
    assert "nothing was trained and nothing was written (--dry-run)" in out
    assert list(command.folder.iterdir()) == []


def test_data_tells_counts_balance_and_hash(command: CommandLine) -> None:
    described = json.loads(command.run("data", "digits", "--json").stdout)
    assert described["counts"] == {"train": 1247, "validation": 250, "test": 300}
    assert sum(described["balance"]["train"].values()) == 1247
    assert described["content_hash"] in command.run("data", "digits").stdout


@pytest.mark.usefixtures("unpainted")
def test_the_report_is_made_from_the_database_alone(finished: CommandLine, tmp_path: Path) -> None:
    out = finished.run("report", "--output", str(tmp_path / "report")).stdout
    assert out == f"wrote {tmp_path / 'report' / 'report.html'} and {tmp_path / 'report' / 'report.md'}\n"
    page = (tmp_path / "report" / "report.html").read_text()
    assert "cnn@digits" in page
    assert "://" not in re.sub(
        r"http://www\.w3\.org/[\w/]*|sqlite://|https?://[\w./]*(purl|creativecommons)[\w./]*", "", page
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("rnu",),
            "a command is one of run, ablate, resume, final, skip, watch, list, show, best, predict, spaces, data, "
            "report, export, dashboard, not 'rnu'; did you mean 'run'?",
        ),
        (
            ("run", "cnnn"),
            "a space is one of cnn, cnn-best, cnn-one-epoch, lstm, lstm-best, mlp, a file such as my_space.py, or "
            "my_package.my_module:SPACE, not 'cnnn'; did you mean 'cnn'?",
        ),
        (
            ("run", "cnn", "--trails", "3"),
            "there is no option --trails; did you mean '--trials'?; `--help` after the command lists its options",
        ),
        (
            ("run", "cnn", "--dataset", "digits", "--set", "widht=3"),
            "--set fixes 'widht', which model 'cnn' does not have; did you mean 'width'?",
        ),
        (
            ("run", "cnn", "--sampler", "tpo"),
            "--sampler is one of auto, gp, tpe, random, cmaes, nsga2, qmc, grid, not 'tpo'; did you mean 'tpe'?",
        ),
        (
            ("run", "cnn", "--pruner", "mean"),
            "--pruner is one of promote, median, hyperband, asha, none, not 'mean'; did you mean 'median'?",
        ),
        (("run", "cnn", "--trials", "0"), "--trials is at least 1, not 0"),
        (
            ("run", "cnn", "--precision", "float16"),
            "--precision is one of auto, float32, bfloat16, not 'float16'; did you mean 'bfloat16'?",
        ),
        (
            ("list", "--storage", "postgresq://user:secret@host/name"),
            "a storage is a database URL such as sqlite:///runs/studies.db or postgresql+psycopg://host/name, "
            "not 'postgresq:...'",
        ),
        (("list",), "there is no trial database at sqlite:///runs/studies.db; `python -m study run SPACE` begins one"),
    ],
)
def test_a_mistake_is_told_in_one_line(command: CommandLine, words: tuple[str, ...], message: str) -> None:
    assert command.run(*words, status=2).stderr == f"error: {message}\n"


def test_an_unknown_study_is_told_with_the_nearest_name(finished: CommandLine) -> None:
    err = finished.run("show", "cnn@digit", status=2).stderr
    assert err == "error: a study here is one of cnn@digits, not 'cnn@digit'; did you mean 'cnn@digits'?\n"


def test_what_would_make_trials_incomparable_is_refused_with_old_and_new(finished: CommandLine) -> None:
    err = finished.run("run", "cnn", "--dataset", "digits", "--epochs", "7", status=2).stderr
    assert err == (
        "error: study 'cnn@digits' cannot go on, since its trials could not be compared: --epochs was 2, now 7. "
        "Go back to what it began with, or begin another one beside it, by --name or with another --storage\n"
    )


def test_a_model_that_raises_fails_its_trials_and_not_the_study(command: CommandLine) -> None:
    (command.folder / "fragile.py").write_text(
        "from dataclasses import dataclass\n"
        "from torch import nn\n\n"
        "@dataclass(frozen=True)\nclass Params:\n    size: int = 8\n\n"
        "def build(params, data):\n"
        "    if params.size != 8:\n        raise ValueError(f'no size {params.size}')\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(784, data.outputs))\n"
    )
    (command.folder / "my_space.py").write_text(
        "from study.space import Int, SearchSpace\n\n"
        "SPACE = SearchSpace(name='mine', model='fragile', domains={'size': Int(default=8, low=8, high=64)})\n"
    )
    out = command.run("run", "my_space.py", *QUICK, "--trials", "3").stdout
    assert "FAILED: ValueError: no size " in out
    assert "mine@digits: 2 failed; `python -m study show mine@digits` tells why" in out
    assert command.query("SELECT DISTINCT failure_type FROM trial WHERE state = 'failed'") == [("ValueError",)]
    (trace,) = command.query("SELECT failure_traceback FROM trial WHERE state = 'failed'")[0]
    assert "in build" in trace
    assert command.query("SELECT state, count(*) FROM trials GROUP BY 1 ORDER BY 1") == [("COMPLETE", 1), ("FAIL", 2)]
    assert "nothing to do" in command.run("run", "my_space.py", "--dataset", "digits").stdout


def test_a_diverging_trial_teaches_the_sampler_and_the_search_goes_on(command: CommandLine) -> None:
    out = command.run(
        *("run", "cnn", *QUICK, "--trials", "2", "--precision", "float32"),
        *("--set", "optimizer=sgd", "--set", "learning_rate=1e30", "--replicates", "0"),
        status=3,
    ).stdout
    assert re.search(r"trial 0  DIVERGED: the training loss became (nan|inf) in epoch 1", out)
    assert command.query("SELECT DISTINCT state FROM trial") == [("diverged",)]
    assert command.query("SELECT DISTINCT state FROM trials") == [("PRUNED",)]
    assert "cnn@digits: 2 diverged" in out
    assert out.splitlines()[-1] == (
        "cnn@digits: no search trial came to a result (2 diverged); `python -m study show cnn@digits --failures` tells "
        "why; exit status 3"
    )


@pytest.mark.slow
def test_a_timeout_counts_over_every_run_and_the_final_trainings_follow(command: CommandLine) -> None:
    words = ("run", "cnn", *QUICK, "--trials", "500", "--timeout", "2")
    out = command.run(*words).stdout
    assert re.search(r"note: the search's 2 seconds are over; \d+ of its trials will not begin", out)
    (searched,) = command.query("SELECT count(*) FROM trial WHERE phase = 'search'")[0]
    assert 1 <= searched < 500
    assert command.query("SELECT count(*) FROM trial WHERE phase = 'replicate'")[0][0] >= 2
    assert f"nothing to do, {searched} of {searched} search trials" in command.run(*words).stdout


def test_a_checkpoint_that_cannot_be_written_stops_the_study_and_leaves_it_resumable(command: CommandLine) -> None:
    blocked = command.folder / "runs" / "studies.db.files"
    blocked.parent.mkdir()
    blocked.write_text("not a folder")
    words = ("run", "cnn", *QUICK, "--trials", "1", "--workers", "1")
    err = command.run(*words, status=2).stderr
    assert "cannot be removed: Not a directory; once that is mended, `python -m study resume` goes on" in err
    assert command.query("SELECT state FROM trial") == [("interrupted",)]
    blocked.unlink()
    command.run("resume")
    assert command.query("SELECT state, attempt FROM trial WHERE phase = 'search'") == [("complete", 2)]


@pytest.mark.parametrize(
    "sampler",
    ["grid", *(pytest.param(sampler, marks=pytest.mark.slow) for sampler in ("gp", "random", "cmaes", "qmc"))],
)
def test_every_sampler_searches(command: CommandLine, sampler: str) -> None:
    words = (
        "--dataset",
        "digits",
        "--train-size",
        "100",
        "--epochs",
        "1",
        "--replicates",
        "0",
        "--pruner",
        "hyperband",
    )
    command.run("run", "cnn", *words, "--trials", "4", "--sampler", sampler, "--set", "width=4")
    found = command.query("SELECT count(DISTINCT configuration_hash), count(*) FROM trial")
    assert found == [(4, 4)]


@pytest.mark.slow
def test_a_terminal_gets_a_live_view(command: CommandLine) -> None:
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "study", "run", "cnn", *QUICK, "--trials", "1"],
        cwd=command.folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "120", "LINES": "30", "STUDY_ENGINE": "inline"},
    )
    os.close(terminal)
    seen = b""
    while True:
        try:
            seen += os.read(main, 65536)
        except OSError:  # the terminal's other end is closed: the process ended
            break
    os.close(main)
    assert process.wait(timeout=60) == 0
    text = seen.decode(errors="replace")
    assert "epochs/s" in text
    assert "left" in text
    assert "best so far" in text
    assert "━" in text


def test_list_does_not_import_what_it_does_not_need(finished: CommandLine) -> None:
    code = (
        "import sys; from study.cli.app import app; app(['list'], standalone_mode=False)\n"
        "print({'torch', 'optuna', 'pandas', 'sklearn', 'scipy', 'matplotlib'} & set(sys.modules))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=finished.folder, check=True, capture_output=True, text=True
    )
    assert "cnn@digits" in process.stdout
    assert process.stdout.splitlines()[-1] == "set()"


def test_a_command_that_is_refused_starts_no_process(command: CommandLine) -> None:
    """It would go on for seconds after the command, and hold the command's output open."""
    command.engine = "local"
    before = psutil.Process().children(recursive=True)
    command.run("run", "cnnn", status=2)
    command.run("resume", status=2)
    assert psutil.Process().children(recursive=True) == before


SPACE_FILE = "from study.space import SearchSpace\nSPACE = SearchSpace(name={name!r}, model='cnn', domains={{}})\n"


def test_where_nothing_is_tuned_the_baseline_is_tried_once(command: CommandLine) -> None:
    """More would be the baseline on other seeds, and the luckiest would count as the best."""
    (command.folder / "small.py").write_text(SPACE_FILE.format(name="small"))
    words = ("small.py", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0")
    command.run("run", *words, "--trials", "3")
    assert command.query("SELECT variant, state FROM trial") == [("baseline", "complete")]
    assert "nothing to do, 1 of 1 search trials" in command.run("run", *words, "--trials", "3").stdout


def test_a_folder_named_like_a_data_set_is_not_taken_for_it_and_workers_are_kept(command: CommandLine) -> None:
    (command.folder / "digits").mkdir()
    (command.folder / "small.py").write_text(SPACE_FILE.format(name="small"))
    words = ("run", "small.py", "--dataset", "digits", "--train-size", "100", "--epochs", "1")
    command.run(*words, "--workers", "1", "--replicates", "1")
    command.run(*words, "--replicates", "2")
    assert command.query("SELECT dataset_source, workers FROM plan") == [("digits", 1)]


def test_a_data_sets_folder_may_have_a_comma_and_is_found_from_anywhere(command: CommandLine) -> None:
    for label in ("yes", "no"):
        folder = command.folder / "one, two" / label
        folder.mkdir(parents=True)
        for number in range(12):
            grey = 200 if label == "yes" else 20 + number
            Image.new("L", (28, 28), grey).save(folder / f"{number}.png")
    (command.folder / "small.py").write_text(SPACE_FILE.format(name="small"))
    command.run("run", "small.py", "--dataset", "one, two", "--epochs", "1", "--replicates", "0")
    assert command.query("SELECT dataset_source FROM plan") == [(str((command.folder / "one, two").resolve()),)]


def test_a_grid_smaller_than_the_budget_ends_and_counts_as_finished(command: CommandLine) -> None:
    (command.folder / "small.py").write_text(
        "from study.space import Choice, SearchSpace\n"
        "WIDTHS = Choice(default=8, choices=(8, 16, 24))\n"
        "SPACE = SearchSpace(name='small', model='cnn', domains={'hidden_size': WIDTHS})\n"
    )
    words = ("run", "small.py", "--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0")
    command.run(*words, "--sampler", "grid", "--pruner", "none")
    found = command.query("SELECT json_extract(configuration, '$.hidden_size') FROM trial ORDER BY 1")
    assert [width for (width,) in found] == [8, 16, 24]  # the baseline is one of the points
    assert "nothing to do, 3 of 3 search trials" in command.run(*words).stdout
